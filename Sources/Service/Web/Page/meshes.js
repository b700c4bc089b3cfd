"use strict";
// Reads glTF 2.0 in its binary form (.glb): one node for each body, by the body's name.

const meshes = {
  /** The bodies' meshes: `{body, corners, normals, order, colour, matrix}` for each piece. */
  read(buffer) {
    const view = new DataView(buffer);
    if (view.getUint32(0, true) !== 0x46546c67) throw new Error("this is no binary glTF");
    let place = 12, document = null, bytes = null;
    while (place + 8 <= buffer.byteLength) {
      const length = view.getUint32(place, true), kind = view.getUint32(place + 4, true);
      if (kind === 0x4e4f534a) document = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, place + 8, length)));
      if (kind === 0x004e4942) bytes = { start: place + 8, length };
      place += 8 + length;
    }
    const numbers = index => meshes.numbers(document, buffer, bytes.start, index);
    const pieces = [];
    for (const node of document.nodes || []) {
      if (node.mesh === undefined) continue;
      for (const primitive of document.meshes[node.mesh].primitives) {
        const corners = new Float32Array(numbers(primitive.attributes.POSITION));
        const normal = primitive.attributes.NORMAL;
        const order = primitive.indices === undefined
          ? Uint32Array.from({ length: corners.length / 3 }, (_, index) => index) : numbers(primitive.indices);
        const material = (document.materials || [])[primitive.material];
        const colour = material && material.pbrMetallicRoughness && material.pbrMetallicRoughness.baseColorFactor;
        pieces.push({
          body: node.name, corners, normals: normal === undefined ? null : new Float32Array(numbers(normal)),
          order: order instanceof Uint32Array ? order : Uint16Array.from(order), colour, matrix: meshes.matrix(node),
        });
      }
    }
    return pieces;
  },

  /** The numbers of an accessor; those of integers that stand for fractions as fractions. */
  numbers(document, buffer, start, index) {
    const accessor = document.accessors[index], view = document.bufferViews[accessor.bufferView];
    const kinds = { 5120: Int8Array, 5121: Uint8Array, 5122: Int16Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array };
    const kind = kinds[accessor.componentType], width = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 }[accessor.type];
    const first = start + (view.byteOffset || 0) + (accessor.byteOffset || 0);
    const stride = view.byteStride || width * kind.BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(buffer), packed = new Uint8Array(accessor.count * width * kind.BYTES_PER_ELEMENT);
    const row = width * kind.BYTES_PER_ELEMENT;
    for (let i = 0; i < accessor.count; i++) packed.set(bytes.subarray(first + i * stride, first + i * stride + row), i * row);
    const values = new kind(packed.buffer);
    if (!accessor.normalized) return values;
    const largest = { 5120: 127, 5121: 255, 5122: 32767, 5123: 65535 }[accessor.componentType];
    return Float32Array.from(values, value => Math.max(value / largest, -1));
  },

  matrix(node) {
    if (node.matrix) return new Float32Array(node.matrix);
    const [x, y, z] = node.translation || [0, 0, 0], [i, j, k, w] = node.rotation || [0, 0, 0, 1], size = node.scale || [1, 1, 1];
    const matrix = math.poseMatrix([x, y, z, w, i, j, k], 0);
    for (let column = 0; column < 3; column++) for (let row = 0; row < 3; row++) matrix[4 * column + row] *= size[column];
    return matrix;
  },
};
