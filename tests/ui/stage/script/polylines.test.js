// Paths in pixels, cut to a rectangle.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Polyline, clipSegment } from "../../../../landscape_lab/ui/stage/script/polylines.js";

const RECT = { left: 0, top: 0, right: 100, bottom: 50 };
const inside = (x, y) => x >= 0 && x <= 100 && y >= 0 && y <= 50;

/** The same sequence of numbers between 0 and 1 in every run. */
function random(seed) {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

test("a segment is cut where a search along it leaves the rectangle", () => {
  const next = random(7);
  const place = () => [300 * next() - 100, 200 * next() - 75];
  for (let i = 0; i < 300; i++) {
    const [[ax, ay], [bx, by]] = [place(), place()];
    const found = clipSegment(ax, ay, bx, by, RECT);
    const parts = Array.from({ length: 2001 }, (_, k) => k / 2000).filter((part) => inside(ax + part * (bx - ax), ay + part * (by - ay)));
    if (!parts.length) assert.ok(found === null || found[1] - found[0] < 1e-3);
    else for (const [part, wanted] of [[found[0], parts[0]], [found[1], parts.at(-1)]]) assert.ok(Math.abs(part - wanted) <= 1 / 2000);
  }
});

test("a path outside of the rectangle is left out, and its steps stay those of the whole path", () => {
  const line = new Polyline(RECT);
  [[50, 25], [150, 25], [150, 40], [50, 40]].forEach(([x, y], step) => line.add(x, y, step));
  assert.equal(line.runs.length, 2);
  assert.deepEqual(line.runs[0], { x: [50, 100], y: [25, 25], step: [0, 0.5], length: [0, 50], veiled: false });
  assert.deepEqual(line.runs[1].step, [2.5, 3]);
  assert.deepEqual(line.exit, { x: 50, y: 40, step: 3 });
});

test("what is not finite ends a run", () => {
  const line = new Polyline(RECT);
  [10, 20, NaN, 30, 40].forEach((x, step) => line.add(x, 10, step));
  assert.deepEqual(line.runs.map(({ step }) => step), [[0, 1], [3, 4]]);
});

test("many vertices within a pixel become one, at the last of their steps", () => {
  const line = new Polyline(RECT);
  for (let step = 0; step <= 1000; step++) line.add(10 + step / 100, 10, step);
  const [run] = line.runs;
  assert.ok(run.x.length < 20 && run.step.at(-1) === 1000);
});

test("veiled vertices are a run of their own", () => {
  const line = new Polyline(RECT);
  [[10, false], [20, false], [30, true], [40, true]].forEach(([x, veiled], step) => line.add(x, 10, step, veiled));
  assert.deepEqual(line.runs.map(({ veiled, step }) => [veiled, step]), [[false, [0, 1]], [true, [1, 2, 3]]]);
});

test("the nearest point lies on the path, and within its steps so far", () => {
  const line = new Polyline(RECT);
  [0, 10, 20].forEach((x, step) => line.add(x, 10, step));
  assert.deepEqual(line.nearest(15, 13), { distance: 3, x: 15, y: 10, step: 1.5 });
  assert.equal(line.nearest(20, 10, 0).distance, 10);
  assert.equal(new Polyline(RECT).nearest(1, 1).distance, Infinity);
});
