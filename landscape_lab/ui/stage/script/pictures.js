// @ts-check
/* What networks predict at the checkpoints of a recording. */

/**
 * @import { BoundaryPictures, ImagePictures } from "./recording.js"
 * @import { ShapedInts } from "./types.js"
 */

/** The last picture at or before a position of the clock. @param {ArrayLike<number>} at @param {number} position */
export function pictureAt(at, position) {
  let last = 0;
  while (last + 1 < at.length && at[last + 1] <= position + 1e-6) last++;
  return last;
}

/** The examples, by their places, that an entry gets wrong in a picture. @param {ShapedInts} bits @param {number} picture */
export function wrongExamples(bits, picture) {
  const [, width] = bits.shape;
  const wrong = [];
  for (let i = 0; i < 8 * width; i++) {
    if ((bits[picture * width + (i >> 3)] >> (i & 7)) & 1) wrong.push(i);
  }
  return wrong;
}

/** The images, by their places, that an entry gets wrong in a picture. @param {ImagePictures} pictures @param {number} entry @param {number} picture */
export function wrongImages({ labels, runs }, entry, picture) {
  const { predicted } = runs[entry];
  const begin = picture * labels.length;
  const wrong = [];
  for (let i = 0; i < labels.length; i++) {
    if (predicted[begin + i] !== labels[i]) wrong.push({ image: i, label: labels[i], predicted: predicted[begin + i] });
  }
  return wrong;
}

/** The outputs of an entry in a picture. @param {BoundaryPictures} pictures @param {number} entry @param {number} picture */
export function outputsOf({ runs }, entry, picture) {
  const { outputs } = runs[entry];
  const [, rows, columns] = outputs.shape;
  return { values: outputs.subarray(picture * rows * columns, (picture + 1) * rows * columns), rows, columns };
}

/**
 * The contour of a grid at a level, as segments in parts of its sides: marching squares.
 * @param {ArrayLike<number>} values @param {number} rows @param {number} columns @param {number} level
 */
export function contourSegments(values, rows, columns, level) {
  /** @type {[number, number, number, number][]} */
  const segments = [];
  /** @type {[number, number][]} the corners of a cell, around it */
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const above = corners.map(([dx, dy]) => values[(row + dy) * columns + column + dx] - level);
      /** @type {[number, number][]} */
      const crossings = [];
      corners.forEach(([dx, dy], i) => {
        const [one, other] = [above[i], above[(i + 1) % 4]];
        if (one > 0 === other > 0) return;
        const part = one / (one - other);
        const [ex, ey] = corners[(i + 1) % 4];
        crossings.push([(column + dx + part * (ex - dx)) / (columns - 1), (row + dy + part * (ey - dy)) / (rows - 1)]);
      });
      for (let i = 0; i + 1 < crossings.length; i += 2) segments.push([...crossings[i], ...crossings[i + 1]]);
    }
  }
  return segments;
}

/**
 * The side of square images of which as many as wanted fit beside and below each other, with room for a line of text
 * below each; and how many fit beside each other, and in all.
 * @param {number} count @param {number} width @param {number} height
 */
export function imageGrid(count, width, height) {
  const [largest, smallest, gap, text] = [52, 20, 10, 18];
  for (let side = largest; ; side -= 2) {
    const columns = Math.max(1, Math.floor(width / (side + gap)));
    const fits = columns * Math.floor(height / (side + text));
    if (fits >= count || side <= smallest) return { side, columns, fits, cell: [side + gap, side + text] };
  }
}
