// What networks predict at the checkpoints of a recording.
import assert from "node:assert/strict";
import { test } from "node:test";
import { contourSegments, imageGrid, outputsOf, pictureAt, wrongExamples, wrongImages } from "../../../../landscape_lab/ui/stage/script/pictures.js";

const shaped = (numbers, shape) => Object.assign(Uint8Array.from(numbers), { shape });

test("the picture is the last one at or before the clock", () => {
  assert.deepEqual([0, 2.9, 3, 9, 99].map((position) => pictureAt([0, 3, 7], position)), [0, 0, 1, 2, 2]);
});

test("wrong examples are bits, the lowest of a byte first", () => {
  const bits = shaped([0b00000101, 0b1, 0, 0b10], [2, 2]);
  assert.deepEqual([wrongExamples(bits, 0), wrongExamples(bits, 1)], [[0, 2, 8], [9]]);
});

test("wrong images are those whose label is not the predicted one", () => {
  const pictures = { labels: Uint8Array.of(3, 8, 1), runs: [{}, { predicted: Uint8Array.of(3, 8, 1, 5, 8, 7) }] };
  assert.deepEqual(wrongImages(pictures, 1, 0), []);
  assert.deepEqual(wrongImages(pictures, 1, 1), [{ image: 0, label: 3, predicted: 5 }, { image: 2, label: 1, predicted: 7 }]);
});

test("outputs belong to a picture", () => {
  const { values, rows, columns } = outputsOf({ runs: [{ outputs: shaped([...Array(12).keys()], [2, 2, 3]) }] }, 0, 1);
  assert.deepEqual([[...values], rows, columns], [[6, 7, 8, 9, 10, 11], 2, 3]);
});

test("a contour is where the grid has the level, from edge to edge", () => {
  const upright = contourSegments([0, 4, 0, 4, 0, 4], 3, 2, 1);
  assert.deepEqual(upright, [[0.25, 0, 0.25, 0.5], [0.25, 0.5, 0.25, 1]]);
  assert.deepEqual(contourSegments([0, 0, 0, 0], 2, 2, 1), []);
  // On a finer grid of x² + y² all ends are on the circle.
  const n = 41;
  const at = (i) => (2 * i) / (n - 1) - 1;
  const values = Array.from({ length: n * n }, (_, i) => at(i % n) ** 2 + at(Math.floor(i / n)) ** 2);
  const circle = contourSegments(values, n, n, 0.5);
  assert.ok(circle.length > 60);
  for (const [ax, ay, bx, by] of circle) {
    for (const [x, y] of [[ax, ay], [bx, by]]) assert.ok(Math.abs(Math.hypot(2 * x - 1, 2 * y - 1) - Math.SQRT1_2) < 2e-3);
  }
});

test("images are as large as all of them allow, and never too small to be seen", () => {
  const few = imageGrid(3, 400, 300);
  assert.deepEqual([few.side, few.columns], [52, 6]);
  const many = imageGrid(40, 400, 300);
  assert.ok(many.side < 52 && many.fits >= 40);
  const [across, down] = many.cell;
  assert.ok(many.columns * across <= 400 && Math.ceil(40 / many.columns) * down <= 300);
  const crowd = imageGrid(500, 400, 300);
  assert.ok(crowd.side >= 20 && crowd.fits < 500);
});
