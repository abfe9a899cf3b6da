// @ts-check
/** @import { Family, Lane, Shaped } from "./types.js" */

/**
 * The tree in one binary message. Arrays become typed arrays over the message; those of two or more axes have a `shape`.
 * @param {Uint8Array} message
 * @returns {any} what the sender packed: the receiver knows its type
 */
export function unpack(message) {
  let bytes = message;
  if (bytes.byteOffset % 4) bytes = bytes.slice(); // typed arrays may only begin at a multiple of their size
  const headerSize = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = new TextDecoder().decode(bytes.subarray(4, 4 + headerSize));
  const base = bytes.byteOffset + 4 + headerSize;
  return JSON.parse(header, (_, node) => {
    if (node === null || typeof node !== "object" || node.$array === undefined) return node;
    if (node.dtype === "g4") return fromDifferences(bytes.subarray(base - bytes.byteOffset + node.$array), node.shape);
    const Kind = /** @type {any} */ ({ i4: Int32Array, f4: Float32Array, u1: Uint8Array })[node.dtype];
    const size = node.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const array = new Kind(bytes.buffer, base + node.$array, size);
    if (node.shape.length > 1) array.shape = node.shape;
    return array;
  });
}

/**
 * A grid of numbers from the second differences along both axes; ui/stage/packing.py describes them.
 * @param {Uint8Array} bytes
 * @param {number[]} shape
 */
function fromDifferences(bytes, shape) {
  const [rows, columns] = shape;
  const grid = new Int32Array(rows * columns);
  for (let i = 0, at = 0; i < grid.length; i++) {
    let number = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++];
      number |= (byte & 127) << shift;
      more = byte > 127;
    }
    grid[i] = (number >>> 1) ^ -(number & 1);
  }
  for (let twice = 0; twice < 2; twice++) {
    for (let i = 1; i < grid.length; i++) if (i % columns) grid[i] += grid[i - 1];
    for (let i = columns; i < grid.length; i++) grid[i] += grid[i - columns];
  }
  for (let i = 0; i < grid.length; i++) if (grid[i] < 0) grid[i] ^= 0x7fffffff;
  return Object.assign(new Float32Array(grid.buffer), { shape });
}

/**
 * The runs of a family, each as an entry of its own: views into the family's arrays.
 * @param {Lane} lane
 * @param {Family} family
 * @returns {Lane[]}
 */
export function membersOf(lane, family) {
  /** @param {Float32Array} array @param {number} i */
  const part = (array, i) => {
    const size = array.length / family.values.length;
    return array.subarray(i * size, (i + 1) * size);
  };
  /** @template T @param {Float32Array | T} spent @param {number} i */
  const each = (spent, i) => (spent instanceof Float32Array && spent.length ? part(spent, i) : spent);
  return Array.from(family.values, (value, i) => ({
    ...lane,
    value,
    points: part(family.points, i),
    gaps: part(family.gaps, i),
    gradients: family.gradients && part(family.gradients, i),
    evaluated: each(family.evaluated, i),
    seen: each(family.seen, i),
    validation: family.validation && part(family.validation, i),
    last_step: family.last_step[i],
    outcome: family.outcome[i],
    diverged: Boolean(family.diverged[i]),
  }));
}

/**
 * Nested rows of views, as Plotly takes an array of two or more axes.
 * @param {Shaped} array
 * @param {number[]} [shape]
 * @returns {any[]}
 */
export function rows(array, shape = array.shape ?? [], offset = 0) {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const part = (/** @type {number} */ i) => array.subarray(offset + i * size, offset + (i + 1) * size);
  return Array.from({ length: shape[0] }, (_, i) =>
    shape.length === 2 ? part(i) : rows(array, shape.slice(1), offset + i * size),
  );
}
