// What is shown of a map while it is zoomed and moved.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WHOLE, boundedSide, isWhole, onAxis, onTheWay, pinched, scaled } from "../../../../landscape_lab/ui/maps/script/view.js";

const bounds = { limits: [-1, 2], least: 0.01 };
const both = { x: bounds, y: bounds };
const frame = { width: 400, height: 200 };
const near = (found, wanted) => wanted.forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 1e-9, `${found} ${wanted}`));

test("a place stays where it is while the map is scaled around it, until the limits", () => {
  for (const factor of [0.5, 1.2]) {
    const [from, to] = scaled([0.2, 0.7], 0.3, factor, bounds);
    near([to - from, (0.3 - from) / (to - from)], [0.5 * factor, 0.2]);
  }
  near(scaled([0, 1], 0.5, 10, bounds), [-1, 2]);
  const [from, to] = scaled([0, 1], 0.5, 1e-9, bounds);
  near([to - from, (from + to) / 2], [0.01, 0.5]);
});

test("one finger moves the map by as much as it moves, and not beyond the limits", () => {
  const { x, y } = pinched(WHOLE, [[0.5, 0.5]], [[0.7, 0.4]], frame, both);
  near([...x, ...y], [-0.2, 0.8, 0.1, 1.1]);
  near(pinched(WHOLE, [[0.5, 0.5]], [[5, 0.5]], frame, both).x, [-1, 0]);
});

test("two fingers scale both axes alike, and the places between them stay between them", () => {
  const { x, y } = pinched(WHOLE, [[0.4, 0.5], [0.6, 0.5]], [[0.3, 0.6], [0.7, 0.6]], frame, both);
  near([x[1] - x[0], y[1] - y[0]], [0.5, 0.5]);
  near([x[0] + 0.5 * 0.5, y[0] + 0.6 * 0.5], [0.5, 0.5]);
  const out = pinched(WHOLE, [[0.1, 0.5], [0.9, 0.5]], [[0.3, 0.5], [0.7, 0.5]], frame, both);
  near([...out.x, ...out.y], [-0.5, 1.5, -0.5, 1.5]);
});

test("a view is the same on other axes with the same scale", () => {
  for (const scale of ["linear", "log"]) {
    const axis = { low: 0.1, high: 10, scale };
    const side = onAxis([0.25, 0.5], axis, { ...axis, low: 0.2, high: 3 });
    near(onAxis(side, { ...axis, low: 0.2, high: 3 }, axis), [0.25, 0.5]);
  }
  assert.ok(isWhole({ x: onAxis([0, 0.5], { low: 1, high: 3 }, { low: 1, high: 2 }), y: [0, 1] }));
});

test("a view changes its size evenly on its way, and begins and ends where it should", () => {
  const to = { x: [0.2, 0.3], y: [0.5, 0.6] };
  near(onTheWay(WHOLE, to, 0).x, [0, 1]);
  near(onTheWay(WHOLE, to, 1).y, [0.5, 0.6]);
  const { x } = onTheWay(WHOLE, to, 0.5);
  near([x[1] - x[0]], [Math.sqrt(0.1)]);
  near(onTheWay(WHOLE, { x: [0.5, 1.5], y: [0, 1] }, 0.5).x, [0.25, 1.25]);
});

test("a box that is too small for the cells is larger, with the same middle", () => {
  near(boundedSide([0.5, 0.502], bounds), [0.496, 0.506]);
  near(boundedSide([1.9, 2.4], bounds), [1.5, 2]);
});
