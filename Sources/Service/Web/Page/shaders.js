"use strict";
// The programs of the graphics card: capsules (many in one call), meshes, the floor, and the shadow that all of them throw.

const shaders = (() => {
  const head = "#version 300 es\nprecision highp float;\nprecision highp sampler2DShadow;\n";

  const light = `
uniform mat4 shadowView; uniform sampler2DShadow shadows; uniform vec3 sun; uniform vec3 eye; uniform vec3 sky; uniform vec3 ground;
float lit(vec3 place, float slope) {
  vec4 seen = shadowView * vec4(place, 1.0);
  vec3 spot = seen.xyz / seen.w * 0.5 + 0.5;
  if (any(lessThan(spot.xy, vec2(0.0))) || any(greaterThan(spot.xy, vec2(1.0))) || spot.z > 1.0) return 1.0;
  float bias = mix(0.004, 0.0008, slope), sum = 0.0;
  for (int x = -1; x <= 1; x++) for (int y = -1; y <= 1; y++)
    sum += texture(shadows, vec3(spot.xy + vec2(x, y) / 1400.0, spot.z - bias));
  return sum / 9.0;
}
vec3 shade(vec3 colour, vec3 normal, vec3 place, float gloss) {
  float facing = max(dot(normal, sun), 0.0);
  float bright = facing * lit(place, facing);
  vec3 view = normalize(eye - place);
  float shine = pow(max(dot(normal, normalize(sun + view)), 0.0), 42.0) * gloss * bright;
  float rim = pow(1.0 - max(dot(normal, view), 0.0), 3.0) * 0.18;
  vec3 around = mix(ground, sky, normal.z * 0.5 + 0.5);
  return colour * (around + bright * 0.78) + vec3(shine) + sky * rim;
}`;

  // A sphere whose upper half goes to one end and whose lower half goes to the other.
  const capsule = `
layout(location = 0) in vec3 corner; layout(location = 1) in vec3 from; layout(location = 2) in vec3 to;
layout(location = 3) in float radius; layout(location = 4) in vec4 paint;
vec3 outward() {
  vec3 along = to - from; float length2 = dot(along, along);
  vec3 z = length2 > 1e-10 ? along * inversesqrt(length2) : vec3(0.0, 0.0, 1.0);
  vec3 x = normalize(cross(abs(z.z) < 0.9 ? vec3(0.0, 0.0, 1.0) : vec3(1.0, 0.0, 0.0), z));
  return x * corner.x + cross(z, x) * corner.y + z * corner.z;
}
vec3 place(vec3 normal) { return (corner.z < 0.0 ? from : to) + normal * radius; }`;

  return {
    capsule: {
      vertex: head + capsule + `
uniform mat4 view; out vec3 normal; out vec3 spot; out vec4 colour;
void main() { normal = outward(); spot = place(normal); colour = paint; gl_Position = view * vec4(spot, 1.0); }`,
      fragment: head + light + `
in vec3 normal; in vec3 spot; in vec4 colour; out vec4 result;
void main() { result = vec4(shade(colour.rgb, normalize(normal), spot, 0.35), colour.a); }`,
    },
    capsuleShadow: {
      vertex: head + capsule + `uniform mat4 view; void main() { gl_Position = view * vec4(place(outward()), 1.0); }`,
      fragment: head + `void main() {}`,
    },
    mesh: {
      vertex: head + `
layout(location = 0) in vec3 corner; layout(location = 1) in vec3 outward;
uniform mat4 view; uniform mat4 model; out vec3 normal; out vec3 spot;
void main() { normal = mat3(model) * outward; vec4 here = model * vec4(corner, 1.0); spot = here.xyz; gl_Position = view * here; }`,
      fragment: head + light + `
uniform vec4 colour; in vec3 normal; in vec3 spot; out vec4 result;
void main() {
  vec3 flat_ = normalize(cross(dFdx(spot), dFdy(spot)));
  vec3 facing = dot(normal, normal) > 0.01 ? normalize(normal) : flat_;
  result = vec4(shade(colour.rgb, facing, spot, 0.35), colour.a);
}`,
    },
    meshShadow: {
      vertex: head + `
layout(location = 0) in vec3 corner; uniform mat4 view; uniform mat4 model;
void main() { gl_Position = view * model * vec4(corner, 1.0); }`,
      fragment: head + `void main() {}`,
    },
    floor: {
      vertex: head + `
layout(location = 0) in vec2 corner; uniform mat4 view; uniform vec3 middle; out vec3 spot;
void main() { spot = vec3(middle.xy + corner * 24.0, 0.0); gl_Position = view * vec4(spot, 1.0); }`,
      fragment: head + light + `
uniform vec3 middle; uniform vec3 tile; uniform vec3 line; uniform vec3 horizon; uniform float glow; in vec3 spot; out vec4 result;
float grid(float step, float width) {
  vec2 at = spot.xy / step; vec2 wide = fwidth(at) * width;
  vec2 near = abs(fract(at - 0.5) - 0.5) / max(wide, vec2(1e-6));
  return (1.0 - min(min(near.x, near.y), 1.0)) * (1.0 - smoothstep(0.2, 0.6, max(wide.x, wide.y)));
}
void main() {
  float far = length(spot.xy - middle.xy);
  vec3 colour = mix(tile, line, max(grid(0.5, 1.0) * 0.45, grid(2.0, 1.6)));
  // Shadows fall near the middle only, and asking for them costs the most.
  if (far < 4.4) colour *= 0.62 + 0.38 * lit(spot, 1.0);
  colour *= 1.0 + 0.1 * glow * exp(-far * far * 0.12);
  result = vec4(mix(colour, horizon, smoothstep(3.0, 11.0, far)), 1.0);
}`,
    },
  };
})();
