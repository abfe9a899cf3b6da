// Paths that coincide on the screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { coincidingStretches, samePaths, stripes } from "../../../../landscape_lab/ui/stage/script/coinciding.js";
import { MapProjection } from "../../../../landscape_lab/ui/stage/script/projections.js";

const axis = (range, offset, length) => ({ range, offset, length, type: "linear" });
const MAP = new MapProjection({ x: axis([0, 10], 0, 500), y: axis([0, 10], 0, 500) });
const DOMAIN = [[0, 10], [0, 10]];
const lane = (points, dash = []) => ({ points: points.flat(), last_step: points.length - 1, dash });
const along = (height, steps = 6) => Array.from({ length: steps + 1 }, (_, t) => [t, height(t)]);
const [level, parted] = [lane(along(() => 5)), lane(along((t) => (t < 4 ? 5 : 8)))];
const stretchesOf = (lanes) => coincidingStretches(MAP, lanes, lanes.map((_, i) => i), DOMAIN);

test("solid paths are striped where they coincide, along the line of the first", () => {
  const found = stretchesOf([level, parted]);
  assert.deepEqual(found.get(0), [{ from: 0, to: 3, leader: 0, place: 0, count: 2 }]);
  assert.deepEqual(found.get(1), [{ from: 0, to: 3, leader: 0, place: 1, count: 2 }]);
});

test("a solid and a dashed path show through each other, and need no stripes", () => {
  assert.equal(stretchesOf([level, lane(along(() => 5), [8, 5])]).size, 0);
  const dashed = stretchesOf([lane(along(() => 5), [8, 5]), lane(along(() => 5), [2, 4]), level]);
  assert.deepEqual([0, 1, 2].map((i) => dashed.get(i)[0].place), [1, 2, 0], "solid lines are painted first");
});

test("paths that cross, lie apart or only end together have no stripes", () => {
  assert.equal(stretchesOf([level, lane(along((t) => 2 + t))]).size, 0);
  assert.equal(stretchesOf([level, lane(along(() => 5.1))]).size, 0);
  const still = [[6, 5], [6.001, 5], [6, 5.001], [6, 5]];
  assert.equal(stretchesOf([lane([[0, 5], ...still]), lane([[0, 9], ...still])]).size, 0);
});

test("a run that has ended takes no part, and stripes leave every path a part of their length", () => {
  const [, longer] = stretchesOf([lane(along(() => 5, 3)), level]).get(1);
  assert.equal(longer, undefined);
  assert.equal(stretchesOf([lane(along(() => 5, 3)), level]).get(1)[0].to, 3);
  const visible = [0, 1, 2].map((place) => stripes({ place, count: 3 })[0] ?? Infinity);
  assert.deepEqual(visible, [Infinity, 24, 12]);
});

test("the same path is one that is the same to its end", () => {
  assert.deepEqual(samePaths([level, parted, { ...level }], DOMAIN).map((group) => group.length), [2]);
  assert.deepEqual(samePaths([level, lane(along(() => 5, 3))], DOMAIN), []);
});
