// Entries and steps as pixels of a flat graph.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CurveProjection, MapProjection, parametersAt } from "../../../../landscape_lab/ui/stage/script/projections.js";

const axis = (range, offset, length, type = "linear") => ({ range, offset, length, type });
const FRAME = { x: axis([-2, 2], 10, 400), y: axis([0, 1], 20, 100) };
const LANE = { last_step: 2, points: [-2, 0, 0, 0.5, 2, 1], gaps: [100, 10, 1], evaluated: 2, seen: [0, 5, 30], validation: null };
const close = (found, wanted) => found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]) < 1e-9, `${found} is not ${wanted}`));

test("an entry is between two points at a fractional step, and stays where it ended", () => {
  close(parametersAt(LANE, 0.5), [-1, 0.25]);
  close(parametersAt(LANE, 99), [2, 1]);
});

test("a place and its pixels lead to each other", () => {
  const map = new MapProjection(FRAME);
  assert.deepEqual([map.px(-2), map.px(2), map.py(0), map.py(1)], [10, 410, 120, 20]);
  close(map.dataAt(map.px(0.3), map.py(0.7)), [0.3, 0.7]);
});

test("a direction is a unit vector in pixels, which point down", () => {
  const { x, y } = new MapProjection(FRAME).heading(LANE, 0, 0, 3);
  close([x, y], [0, -1]);
  assert.equal(new MapProjection(FRAME).heading(LANE, 0, 0, 0), null);
});

test("a path on the map has a vertex for each step", () => {
  const [run] = new MapProjection(FRAME).line(LANE).runs;
  close(run.x, [10, 210, 410]);
  assert.deepEqual(run.step, [0, 1, 2]);
});

test("curves count steps, evaluations, examples or epochs", () => {
  for (const [name, wanted] of [["steps", 1], ["evaluations", 2], ["examples", 5], ["epochs", 0.5]]) {
    assert.equal(new CurveProjection(FRAME, name, 0, 10).progress(LANE, 1), wanted);
  }
  assert.equal(new CurveProjection(FRAME, "steps", 0, undefined, null, [0, 50, 70]).progress(LANE, 1), 50, "of a recording");
});

test("on a logarithmic axis a gap of nothing lies below the picture, and on a linear one the offset counts", () => {
  const log = new CurveProjection({ x: FRAME.x, y: axis([-1, 3], 20, 100, "log") }, "steps", 7);
  close([log.level(100)], [2]);
  assert.ok(log.level(0) < -100 && Number.isNaN(log.level(NaN)));
  assert.equal(new CurveProjection(FRAME, "steps", 7).level(1), 8);
});

test("losses below a logarithmic axis are drawn along its lower edge", () => {
  const log = new CurveProjection({ x: FRAME.x, y: axis([-1, 3], 20, 100, "log") }, "steps", 0);
  const [run] = log.line({ ...LANE, gaps: [100, 0, 0] }).runs;
  assert.deepEqual([run.y[1], run.y[2], log.sunk], [118.5, 118.5, true]);
  assert.equal(log.head({ ...LANE, gaps: [100, 0, 0] }, 2).y, 118.5);
  const high = new CurveProjection({ x: FRAME.x, y: axis([-1, 3], 20, 100, "log") }, "steps", 0);
  high.line(LANE);
  assert.equal(high.sunk, false);
});

test("of many steps in one column of pixels the extremes are kept", () => {
  const gaps = Float32Array.from({ length: 4001 }, (_, t) => (t === 1234 ? 0.9 : 0.5));
  const frame = { x: axis([0, 4000], 0, 40), y: axis([0, 1], 0, 100) };
  const [run] = new CurveProjection(frame, "steps", 0).line({ ...LANE, gaps, last_step: 4000 }).runs;
  assert.ok(run.x.length < 200 && Math.min(...run.y) < 11);
});

test("an entry that diverged ends at its step, on the edge that its loss has left by", () => {
  const curves = new CurveProjection({ x: axis([0, 4], 0, 40), y: axis([0, 1], 0, 100) }, "steps", 0);
  assert.deepEqual(curves.end({ ...LANE, gaps: [0.5, 0.7, 1e9] }), { x: 20, y: 0, step: 2 });
  assert.deepEqual(curves.end({ ...LANE, gaps: [0.5, 0.7, NaN] }), { x: 20, y: 0, step: 2 });
});
