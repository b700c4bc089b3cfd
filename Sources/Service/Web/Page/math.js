"use strict";
// Vectors, quaternions (w, x, y, z) and 4x4 matrices (column by column), as far as drawing robots needs them.

const math = {
  add: (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]],
  subtract: (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]],
  scale: (a, factor) => [a[0] * factor, a[1] * factor, a[2] * factor],
  dot: (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2],
  cross: (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]],
  mix: (a, b, t) => a + (b - a) * t,

  unit(a) {
    const length = Math.hypot(...a) || 1;
    return a.map(value => value / length);
  },

  /** Turns a vector by a quaternion. */
  rotate(q, v) {
    const axis = [q[1], q[2], q[3]];
    const twice = math.scale(math.cross(axis, v), 2);
    return math.add(math.add(v, math.scale(twice, q[0])), math.cross(axis, twice));
  },

  /** The heading in a quaternion: the angle about z, radians. */
  heading: q => 2 * Math.atan2(q[3], q[0]),

  /** Between two poses that lie one after the other: positions and quaternions, seven numbers for each body. */
  mixPoses(a, b, t) {
    if (!b || a.length !== b.length) return a;
    const result = new Float64Array(a.length);
    for (let start = 0; start < a.length; start += 7) {
      for (let i = 0; i < 3; i++) result[start + i] = math.mix(a[start + i], b[start + i], t);
      let agreement = 0;
      for (let i = 3; i < 7; i++) agreement += a[start + i] * b[start + i];
      const sign = agreement < 0 ? -1 : 1;
      let norm = 0;
      for (let i = 3; i < 7; i++) {
        result[start + i] = math.mix(a[start + i], sign * b[start + i], t);
        norm += result[start + i] ** 2;
      }
      for (let i = 3; i < 7; i++) result[start + i] /= Math.sqrt(norm) || 1;
    }
    return result;
  },

  multiply(a, b) {
    const result = new Float32Array(16);
    for (let column = 0; column < 4; column++)
      for (let row = 0; row < 4; row++) {
        let sum = 0;
        for (let k = 0; k < 4; k++) sum += a[4 * k + row] * b[4 * column + k];
        result[4 * column + row] = sum;
      }
    return result;
  },

  perspective(fieldOfView, aspect, near, far) {
    const focus = 1 / Math.tan(fieldOfView / 2);
    return new Float32Array([
      focus / aspect, 0, 0, 0, 0, focus, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, 2 * far * near / (near - far), 0,
    ]);
  },

  orthographic(half, near, far) {
    return new Float32Array([1 / half, 0, 0, 0, 0, 1 / half, 0, 0, 0, 0, 2 / (near - far), 0, 0, 0, (far + near) / (near - far), 1]);
  },

  lookAt(eye, target, up = [0, 0, 1]) {
    const back = math.unit(math.subtract(eye, target));
    const right = math.unit(math.cross(up, back));
    const above = math.cross(back, right);
    return new Float32Array([
      right[0], above[0], back[0], 0, right[1], above[1], back[1], 0, right[2], above[2], back[2], 0,
      -math.dot(right, eye), -math.dot(above, eye), -math.dot(back, eye), 1,
    ]);
  },

  /** The matrix of a pose at `start` of a row of poses. */
  poseMatrix(poses, start, offset = [0, 0, 0]) {
    const [x, y, z, w, i, j, k] = poses.slice(start, start + 7);
    return new Float32Array([
      1 - 2 * (j * j + k * k), 2 * (i * j + k * w), 2 * (i * k - j * w), 0,
      2 * (i * j - k * w), 1 - 2 * (i * i + k * k), 2 * (j * k + i * w), 0,
      2 * (i * k + j * w), 2 * (j * k - i * w), 1 - 2 * (i * i + j * j), 0,
      x + offset[0], y + offset[1], z + offset[2], 1,
    ]);
  },
};
