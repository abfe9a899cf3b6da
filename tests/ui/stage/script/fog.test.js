// What has been seen of a map in the fog.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Fog } from "../../../../landscape_lab/ui/stage/script/fog.js";

const DOMAIN = [[-1, 1], [-1, 1]];
const path = (...points) => ({ last_step: points.length - 1, points: points.flat() });
const follow = (fog, lanes, now, race = "a race") => fog.follow(new Map(lanes.map((lane, i) => [i, lane])), now, [1, 2, 3], race);

test("a disc around the start is seen, of the radius that is a part of the diagonal", () => {
  const fog = new Fog(DOMAIN, 0.1);
  follow(fog, [path([0, 0])], 0);
  const radius = 0.1 * Math.hypot(2, 2);
  assert.equal(fog.hides(0, 0), false);
  assert.equal(fog.hides(0.7 * radius, 0), false);
  assert.equal(fog.hides(0, 1.1 * radius), true);
  assert.equal(fog.hides(5, 5), true);
  assert.ok(Math.abs(fog.seen - (Math.PI * radius ** 2) / 4) < 0.03);
});

test("along a path everything within reach is seen, up to the present step and no farther", () => {
  const fog = new Fog(DOMAIN, 0.05);
  const lane = path([-0.9, 0], [0, 0], [0.9, 0]);
  follow(fog, [lane], 1);
  assert.deepEqual([-0.9, -0.45, 0, 0.5, 0.9].map((x) => fog.hides(x, 0)), [false, false, false, true, true]);
  const seen = fog.seen;
  assert.equal(follow(fog, [lane], 1), false);
  assert.equal(follow(fog, [lane], 2), true);
  assert.ok(fog.seen > seen && !fog.hides(0.9, 0));
});

test("back in time, and in another race, the fog closes", () => {
  const fog = new Fog(DOMAIN, 0.05);
  const lane = path([-0.9, 0], [0.9, 0]);
  follow(fog, [lane], 1);
  follow(fog, [lane], 0);
  assert.equal(fog.hides(0.9, 0), true);
  follow(fog, [lane], 1);
  follow(fog, [path([0, 0.9])], 0, "another race");
  assert.deepEqual([fog.hides(0, 0), fog.hides(0, 0.9)], [true, false]);
});

test("a step to nowhere lifts nothing", () => {
  const fog = new Fog(DOMAIN, 0.05);
  follow(fog, [path([0, 0], [NaN, NaN], [1e300, 0])], 2);
  assert.ok(fog.seen < 0.1);
});
