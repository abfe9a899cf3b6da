// The race of a live file without its page: what is chosen, its link, and its axes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { linkOf, nameOf, written } from "../../../../landscape_lab/ui/stage/live/link.js";
import { liveCurves, roomy } from "../../../../landscape_lab/ui/stage/live/live_axes.js";
import { LiveRace } from "../../../../landscape_lab/ui/stage/live/live_race.js";

const call = (name, given = {}, factor = null) => ({ name, arguments: given, factor });
const NUMBERS = { steps: 50, start: [1, 2], domain: [[0, 1], [0, 1]], surface: { place: 0, values: { a: 1 } }, sampler: { values: {} },
  lanes: [{ optimizer: 3, values: { rate: 0.1 }, factors: {} }], data: {} };
const rate = { path: "rate", value: 0.5 };
const LIVE = {
  optimizers: { " adam": 7, "look adam": 8 },
  cores: [{ key: "adam", label: "Adam", facts: [rate], call: call("adam", { rate: 0.5 }) }],
  wrappers: [{ key: "look", label: "Lookahead", facts: [{ path: "period", value: 5 }], call: call("look", { period: 5 }) }],
  surfaces: [{ label: "Bowl", numbers: NUMBERS, call: call("bowl"), lowest: 0 }, { label: "None", numbers: null, call: call("none") }],
  races: [{ surface: 0, numbers: NUMBERS, noise: [], rest: { v: "1", seed: "4" }, sampler: null,
    lanes: [{ name: "Plain", core: null, wrapper: null, facts: [rate], call: call("plain", { rate: 0.1 }) }] }],
};

test("what is set shows in the link and in the engine's numbers, and not in the file", () => {
  const race = new LiveRace(LIVE);
  assert.equal(race.address, 'v=1&surface=bowl&start=1,2&lanes=plain(rate=0.1)&steps=50&seed=4');
  race.set({ "surface/a": 9, "lane/0/rate": 0.3, "start/y": -1, steps: 7 });
  assert.equal(race.address, "v=1&surface=bowl(a=9)&start=1,-1&lanes=plain(rate=0.3)&steps=7&seed=4");
  const { start, steps, surface, lanes } = race.spec();
  assert.deepEqual([start, steps, surface.values, lanes[0].values], [[1, -1], 7, { a: 9 }, { rate: 0.3 }]);
  assert.equal(new LiveRace(LIVE).address, "v=1&surface=bowl&start=1,2&lanes=plain(rate=0.1)&steps=50&seed=4");
});

test("an optimizer in a wrapper has the numbers of both, in the program's order", () => {
  const race = new LiveRace(LIVE);
  race.build(0, "look", "adam");
  assert.deepEqual(Object.entries(race.lanes[0].values), [["period", 5], ["inner.rate", 0.5]]);
  assert.deepEqual([race.lanes[0].name, race.lanes[0].optimizer, race.index], ["Adam + Lookahead", 8, -1]);
  race.set({ "lane/0/inner.rate": 0.25 });
  assert.match(race.address, /lanes=look\(period=5,inner=adam\(rate=0\.25\)\)/);
});

test("a surface that the engine cannot run is not taken", () => {
  const race = new LiveRace(LIVE);
  race.choose(1);
  assert.deepEqual([race.surface, race.index], [0, 0]);
});

test("entries come and go", () => {
  const race = new LiveRace(LIVE);
  assert.equal(race.add(), 1);
  race.remove(0);
  assert.deepEqual(race.lanes.map(({ core }) => core), ["adam"]);
});

test("a scheduled number is written with its factor, under its path", () => {
  const value = call("adam", { rate: call("cosine", { final: 0.2 }, 0.01), on: true, name: "x" });
  const numbers = { rate: 0.5, "rate/schedule/final": 0.3 };
  assert.equal(written(value, (path) => numbers[path]), 'adam(rate=0.5*cosine(final=0.3),on=true,name="x")');
  assert.equal(nameOf("lane/0/rate/schedule/then.final"), "final");
  assert.equal(linkOf({ a: "f(x=1,y:2) é" }), "a=f(x=1,y:2)%20%C3%A9");
});

test("axes reach all losses but those of a run that leaves the picture", () => {
  const run = (gaps, evaluated = 1) => ({ gaps: Float32Array.from(gaps), evaluated, seen: null, last_step: gaps.length - 1 });
  const surface = { titles: {}, lowest: 0, examples: 0 };
  const { log, ranges } = liveCurves([run([8, 1, 0.5], 2), run([8, 1e9, 1e12])], surface, 2);
  assert.equal(log, true);
  assert.deepEqual([ranges.steps, ranges.evaluations], [[0, 2], [0, 4]]);
  assert.ok(ranges.linear[0] <= 0.5 && ranges.linear[1] >= 8 && ranges.linear[1] < 10);
  assert.ok(10 ** ranges.log[0] <= 0.5 && 10 ** ranges.log[1] >= 8 && 10 ** ranges.log[1] < 20);
  assert.equal(liveCurves([run([8, 1]), run([8, -1])], { ...surface, lowest: null }, 1).log, false);
});

test("a range ends at round numbers, with some room", () => {
  for (const [low, high] of [[0, 1], [-3.3, 1e3], [2, 2]]) {
    const [from, to] = roomy(low, high);
    assert.ok(from < low && to > high && to - from <= 1.3 * (high - low) + 1.2);
  }
});
