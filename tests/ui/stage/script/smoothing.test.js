// The smoothing of noisy loss curves.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CurveProjection } from "../../../../landscape_lab/ui/stage/script/projections.js";
import { runningMedian, windowOf } from "../../../../landscape_lab/ui/stage/script/smoothing.js";

test("the running median is that of figures/smoothing.py", () => {
  const values = [9, 7, NaN, 8, 1, 2, 6, 3, Infinity, 5]; // as in tests/figures/test_smoothing.py
  assert.deepEqual([...runningMedian(values, 9, 5)], [9, 8, NaN, 7, 6, 3, 3, 5, 5.5, 5]);
  assert.deepEqual([...runningMedian(values, 6, 5)], [9, 8, NaN, 7, 6, 4, 2], "up to the last step");
  assert.equal(runningMedian(values, 9, 1), values);
  assert.deepEqual([0, 24, 25, 300].map(windowOf), [1, 1, 3, 25]);
});

test("a smoothed curve and its head are at the medians, the losses themselves at their own heights", () => {
  const axis = (range, offset, length) => ({ range, offset, length, type: "linear" });
  const frame = { x: axis([0, 4], 0, 400), y: axis([0, 10], 0, 100) };
  const lane = { last_step: 4, gaps: [5, 1, 9, 2, 8], evaluated: 1, seen: null, validation: null };
  const curves = new CurveProjection(frame, "steps", 0, undefined, null, undefined, 3);
  assert.deepEqual(curves.line(lane).runs[0].y, [50, 50, 80, 20, 50]);
  assert.deepEqual(curves.rawLine(lane).runs[0].y, [50, 90, 10, 80, 20]);
  assert.equal(curves.head(lane, 2).y, 80);
});
