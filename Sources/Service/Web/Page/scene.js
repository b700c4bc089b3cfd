"use strict";
// A lit floor, capsules and meshes in WebGL 2. Nothing here knows of robots: it draws what it is given.

/** A place for drawings in a canvas; `gl` is null where the browser has no WebGL 2. */
class Scene {
  constructor(canvas) {
    this.canvas = canvas;
    // `back` is how much farther away the camera stands than one chose, so that all is seen.
    this.camera = { yaw: -0.65, pitch: 0.22, distance: 3.0, back: 1, target: [0, 0, 0.75] };
    // Without a graphics card the processor draws: fewer pixels, fewer pictures, no smoothed edges.
    this.isSoftware = Scene.isSoftware();
    this.most = this.share = this.isSoftware ? 0.6 : 1;
    this.gl = canvas.getContext("webgl2", { antialias: !this.isSoftware, powerPreference: "low-power" });
    this.capsules = [];
    this.ghosts = [];
    this.meshes = [];
    if (!this.gl) return;
    this.programs = {};
    for (const [name, source] of Object.entries(shaders)) this.programs[name] = this.program(source);
    this.makeSphere();
    this.makeFloor();
    this.makeShadowMap();
    canvas.addEventListener("webglcontextlost", event => { event.preventDefault(); this.gl = null; });
  }

  /** Half the height of the view at a distance of one. */
  static slope = Math.tan(0.36);

  static isSoftware() {
    const gl = document.createElement("canvas").getContext("webgl2");
    const info = gl && gl.getExtension("WEBGL_debug_renderer_info");
    const name = info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "";
    gl?.getExtension("WEBGL_lose_context")?.loseContext();
    return /swiftshader|llvmpipe|softpipe|software/i.test(name);
  }

  // Making

  program(source) {
    const gl = this.gl, program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, source.vertex], [gl.FRAGMENT_SHADER, source.fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    const places = {};
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS);
    for (let i = 0; i < count; i++) {
      const { name } = gl.getActiveUniform(program, i);
      places[name] = gl.getUniformLocation(program, name);
    }
    return { program, places };
  }

  makeSphere() {
    const gl = this.gl, rings = 10, slices = 20, corners = [], order = [];
    for (let ring = 0; ring <= rings + 1; ring++) {
      // The equator is there twice: once for each end of the capsule.
      const half = rings / 2, upper = ring > half;
      const angle = Math.PI * ((upper ? ring - 1 : ring) / rings - 0.5);
      for (let slice = 0; slice <= slices; slice++) {
        const turn = 2 * Math.PI * slice / slices;
        const z = Math.sin(angle) + (ring === half ? -1e-6 : ring === half + 1 ? 1e-6 : 0);
        corners.push(Math.cos(angle) * Math.cos(turn), Math.cos(angle) * Math.sin(turn), z);
      }
    }
    for (let ring = 0; ring <= rings; ring++)
      for (let slice = 0; slice < slices; slice++) {
        const a = ring * (slices + 1) + slice, b = a + slices + 1;
        order.push(a, a + 1, b, a + 1, b + 1, b);
      }
    this.sphere = { shape: gl.createVertexArray(), count: order.length, instances: gl.createBuffer() };
    gl.bindVertexArray(this.sphere.shape);
    this.attribute(0, 3, new Float32Array(corners));
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint16Array(order), gl.STATIC_DRAW);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.sphere.instances);
    for (const [place, size, start] of [[1, 3, 0], [2, 3, 12], [3, 1, 24], [4, 4, 28]]) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, gl.FLOAT, false, 44, start);
      gl.vertexAttribDivisor(place, 1);
    }
    gl.bindVertexArray(null);
  }

  attribute(place, size, data) {
    const gl = this.gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, gl.FLOAT, false, 0, 0);
  }

  makeFloor() {
    this.floor = this.gl.createVertexArray();
    this.gl.bindVertexArray(this.floor);
    this.attribute(0, 2, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]));
    this.gl.bindVertexArray(null);
  }

  makeShadowMap() {
    const gl = this.gl, size = 1024;
    const texture = gl.createTexture(), frame = gl.createFramebuffer();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.DEPTH_COMPONENT24, size, size);
    for (const [name, value] of [
      [gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE], [gl.TEXTURE_COMPARE_MODE, gl.COMPARE_REF_TO_TEXTURE],
    ]) gl.texParameteri(gl.TEXTURE_2D, name, value);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.TEXTURE_2D, texture, 0);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    this.shadow = { texture, frame, size };
  }

  /** A mesh for `meshes`: three numbers for each corner and normal, and three corners for each triangle. */
  addMesh(corners, normals, order) {
    const gl = this.gl, shape = gl.createVertexArray();
    gl.bindVertexArray(shape);
    this.attribute(0, 3, corners);
    if (normals) this.attribute(1, 3, normals);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.STATIC_DRAW);
    gl.bindVertexArray(null);
    return { shape, count: order.length, type: order instanceof Uint32Array ? gl.UNSIGNED_INT : gl.UNSIGNED_SHORT };
  }

  // Drawing

  /** Draws `capsules` (from, to, radius, colour with opacity: 11 numbers each), `ghosts`, `flat` and `meshes`. */
  draw(look) {
    const gl = this.gl, change = gl && this.change(look);
    if (!change) return;
    const scale = Math.min(window.devicePixelRatio || 1, 2) * this.fineness(change === "still");
    const [width, height] = [Math.round(this.canvas.clientWidth * scale), Math.round(this.canvas.clientHeight * scale)];
    if (!width || !height) return;
    if (this.canvas.width !== width || this.canvas.height !== height) [this.canvas.width, this.canvas.height] = [width, height];
    const { yaw, pitch, target } = this.camera, distance = this.camera.distance * this.camera.back;
    const eye = math.add(target, math.scale([Math.cos(yaw) * Math.cos(pitch), Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch)], distance));
    const view = math.multiply(math.perspective(2 * Math.atan(Scene.slope), width / height, 0.05, 80), math.lookAt(eye, target));
    const sun = math.unit([0.45, 0.35, 0.9]);
    const shadowView = math.multiply(math.orthographic(3.2, 0.5, 14), math.lookAt(math.add(target, math.scale(sun, 7)), target));
    gl.enable(gl.DEPTH_TEST);
    gl.enable(gl.CULL_FACE);

    gl.bindFramebuffer(gl.FRAMEBUFFER, this.shadow.frame);
    gl.viewport(0, 0, this.shadow.size, this.shadow.size);
    gl.clear(gl.DEPTH_BUFFER_BIT);
    this.drawCapsules(this.use("capsuleShadow", { view: shadowView }), this.capsules);
    this.drawMeshes("meshShadow", shadowView, null);

    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, width, height);
    gl.clearColor(...look.horizon, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.shadow.texture);
    const light = { view, shadowView, shadows: 0, sun, eye, sky: look.sky, ground: look.ground };
    this.drawCapsules(this.use("capsule", light), this.capsules);
    this.drawMeshes("mesh", view, light);
    gl.disable(gl.CULL_FACE);
    this.use("floor", { ...light, middle: target, tile: look.tile, line: look.line, horizon: look.horizon, glow: look.glow });
    gl.bindVertexArray(this.floor);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    gl.enable(gl.CULL_FACE);
    this.drawGhosts(light);
    gl.bindVertexArray(null);
  }

  /** A share of the screen's pixels that the machine can draw in time: less where pictures come late, all of them where nothing moves. */
  fineness(isStill) {
    const now = performance.now(), gap = now - (this.drawnAt || now);
    this.drawnAt = now;
    if (isStill) {
      this.drawnAt = 0;
      // Smoothed edges for once.
      return this.isSoftware ? 1.5 : 1;
    }
    // A page that was out of sight, or at which nothing moved, is no slow page.
    if (gap < 1000) this.pace = math.mix(this.pace ?? gap, gap, 0.1);
    this.rests = (this.rests || 0) + 1;
    const late = this.isSoftware ? 130 : 45;
    if (this.rests > 20 && this.pace > late && this.share > 0.35) [this.share, this.rests] = [this.share * 0.8, 0];
    if (this.rests > 100 && this.pace < 0.7 * late && this.share < this.most) [this.share, this.rests] = [Math.min(this.most, this.share / 0.8), 0];
    return this.share;
  }

  /** Whether the picture would be another than the last one (by 0.3 mm): it is drawn once more, finely, when nothing has moved for half a second. */
  change(look) {
    const { yaw, pitch, target, distance, back } = this.camera;
    const seen = [yaw, pitch, ...target, distance, back, this.canvas.clientWidth, this.canvas.clientHeight, ...look.horizon,
      ...this.capsules, ...this.ghosts];
    for (const { model, colour } of this.meshes) seen.push(...model, ...colour);
    const drawn = this.drawn, now = performance.now();
    if (!drawn || drawn.length !== seen.length || seen.some((value, index) => Math.abs(value - drawn[index]) > 3e-4)) {
      [this.drawn, this.movedAt, this.isFine] = [seen, now, false];
      return "moves";
    }
    if (this.isFine || now - this.movedAt < 500) return null;
    this.isFine = true;
    return "still";
  }

  drawGhosts(light) {
    const gl = this.gl;
    if (!this.ghosts.length) return;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
    // Only its nearest surface shows, or its limbs would be seen through each other.
    gl.colorMask(false, false, false, false);
    this.drawCapsules(this.use("capsule", light), this.ghosts);
    gl.colorMask(true, true, true, true);
    gl.depthFunc(gl.LEQUAL);
    this.drawCapsules(this.use("capsule", light), this.ghosts);
    gl.depthFunc(gl.LESS);
    gl.disable(gl.BLEND);
  }

  use(name, values) {
    const gl = this.gl, { program, places } = this.programs[name];
    gl.useProgram(program);
    for (const [key, value] of Object.entries(values)) {
      const place = places[key];
      if (place === undefined) continue;
      if (value.length === 16) gl.uniformMatrix4fv(place, false, value);
      else if (value.length === 4) gl.uniform4fv(place, value);
      else if (value.length === 3) gl.uniform3fv(place, value);
      else if (key === "shadows") gl.uniform1i(place, value);
      else gl.uniform1f(place, value);
    }
    return this.programs[name];
  }

  drawCapsules(program, capsules) {
    if (!capsules.length) return;
    const gl = this.gl;
    gl.bindVertexArray(this.sphere.shape);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.sphere.instances);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(capsules), gl.STREAM_DRAW);
    gl.drawElementsInstanced(gl.TRIANGLES, this.sphere.count, gl.UNSIGNED_SHORT, 0, capsules.length / 11);
  }

  drawMeshes(name, view, light) {
    const gl = this.gl;
    gl.disable(gl.CULL_FACE);
    for (const { mesh, model, colour } of this.meshes) {
      this.use(name, { ...light, view, model, colour });
      gl.bindVertexArray(mesh.shape);
      gl.drawElements(gl.TRIANGLES, mesh.count, mesh.type, 0);
    }
    gl.enable(gl.CULL_FACE);
  }

  /** Lets fingers and the mouse turn, zoom and move the camera; arrow keys too, for those who use neither. */
  listen() {
    const canvas = this.canvas, camera = this.camera, fingers = new Map();
    const zoom = factor => { camera.distance = Math.max(0.6, Math.min(14, camera.distance * factor)); };
    const turn = (x, y) => {
      camera.yaw -= x * 0.008;
      camera.pitch = Math.max(-0.05, Math.min(1.5, camera.pitch + y * 0.006));
    };
    canvas.addEventListener("pointerdown", event => {
      canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, event);
    });
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, event => fingers.delete(event.pointerId));
    canvas.addEventListener("pointermove", event => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
      if (fingers.size === 1) turn(x, y);
      else {
        const other = [...fingers.values()].find(finger => finger.pointerId !== event.pointerId);
        const gap = finger => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY) || 1;
        zoom(gap(before) / gap(event));
      }
      fingers.set(event.pointerId, event);
    });
    canvas.addEventListener("wheel", event => { event.preventDefault(); zoom(Math.exp(event.deltaY * 0.001)); }, { passive: false });
    canvas.addEventListener("keydown", event => {
      const moves = { ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12], ArrowDown: [0, 12] };
      if (moves[event.key]) { event.preventDefault(); turn(...moves[event.key]); }
      if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 0.9 : 1.1);
    });
  }
}
