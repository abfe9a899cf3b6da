// The 3-D surface: its height, and what it hides.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ground, ReliefProjection, stepBack } from "../../../../landscape_lab/ui/stage/script/relief.js";

/** A grid of 5 x 5 heights over [0, 4] x [0, 4]. */
function grid(height) {
  const side = [0, 1, 2, 3, 4];
  return { x: side, y: side, z: Float32Array.from(side.flatMap((y) => side.map((x) => height(x, y)))) };
}

test("between its points the ground is bilinear, and beyond its edge there is none", () => {
  const ground = new Ground(grid((x, y) => 2 * x - y + x * y));
  for (const [x, y] of [[0, 0], [1.25, 2.5], [3.9, 0.1], [4, 4]]) assert.ok(Math.abs(ground.at(x, y) - (2 * x - y + x * y)) < 1e-5);
  assert.ok(Number.isNaN(ground.at(-0.1, 1)) && Number.isNaN(ground.at(1, 4.1)));
  assert.deepEqual([ground.low, ground.high], [-4, 20]);
});

test("paths lie a little above the ground, within the heights that are drawn", () => {
  const ground = new Ground(grid((x) => x), [1, 3]);
  assert.deepEqual([ground.lifted(0, 0), ground.lifted(4, 0)].map((z) => z - ground.lift), [1, 3]);
  assert.ok(ground.lift > 0 && ground.lift < 0.1);
});

test("a ridge hides what lies behind it from a low eye, and nothing from a high one", () => {
  const ground = new Ground(grid((x) => (x === 2 ? 3 : 0)));
  assert.equal(ground.hides(0.5, 2, 0.1, [10, 2, 1]), true);
  assert.equal(ground.hides(3.5, 2, 0.1, [10, 2, 1]), false);
  assert.equal(ground.hides(0.5, 2, 0.1, [10, 2, 100]), false);
});

test("without a camera's turn a point is seen where its parameters are", () => {
  const identity = Float32Array.from({ length: 16 }, (_, i) => (i % 5 ? 0 : 1));
  const box = (left, top) => ({ getBoundingClientRect: () => ({ left, top, width: 200, height: 100 }) });
  const scene = { container: box(30, 40), model: identity, view: identity, projection: identity, scale: [0.25, 0.25, 1] };
  const relief = new ReliefProjection(scene, box(10, 10), new Ground(grid(() => 0)));
  const { x, y } = relief.place(2, 2); // half way from the middle to the right, and to the top
  assert.deepEqual([x, y], [20 + 0.75 * 200, 30 + 0.25 * 100]);
  assert.ok(Number.isNaN(relief.place(9, 9).x));
});

test("in a narrow scene the eye steps back, in a wide one it stays", () => {
  const eye = { x: 1, y: 1, z: 2 };
  stepBack(eye, 2);
  assert.deepEqual(eye, { x: 1, y: 1, z: 2 });
  stepBack(eye, 0.65);
  assert.deepEqual(eye, { x: 2, y: 2, z: 4 });
});
