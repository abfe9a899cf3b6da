// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Milestones, milestonesOf } from "../../../../landscape_lab/ui/stage/script/milestones.js";

/** @param {string} name @param {number[]} gaps @param {boolean} [diverged] @returns {any} */
const lane = (name, gaps, diverged = false) => ({ name, gaps, diverged, last_step: gaps.length - 1 });
const slow = lane("slow", Array.from({ length: 101 }, (_, t) => 100 - t));
const late = lane("late", Array.from({ length: 101 }, (_, t) => (t < 40 ? 150 : 90 - t)));
const lost = lane("lost", [50, 40, 1e9], true);

test("an entry passes another, and an entry diverges", () => {
  assert.deepEqual(milestonesOf([slow, late, lost], 100), [
    { step: 2, kind: "diverges", name: "lost", other: "" },
    { step: 40, kind: "passes", name: "late", other: "slow" },
  ]);
});

test("a lead that does not last is not mentioned", () => {
  const brief = lane("brief", Array.from({ length: 101 }, (_, t) => (t === 50 ? 0 : 200)));
  assert.deepEqual(milestonesOf([slow, brief], 100), []);
});

test("milestones are announced once, while the race plays, and not faster than they can be read", () => {
  /** @type {string[]} */
  const said = [];
  const words = { diverges: "{name} diverges at step {step}.", passes: "{name} passes {other} at step {step}." };
  const clock = { playing: true, steps: 100 };
  const model = {
    tree: { race: { key: "race" } }, view: { hidden: [] }, lanes: [slow, late, lost], words, veiled: false,
    isShown: () => true, stepAt: (/** @type {number} */ step) => step,
  };
  const milestones = new Milestones(/** @type {any} */ ({ model, clock, announce: (/** @type {string} */ text) => said.push(text) }));
  milestones.reach(1, 0);
  milestones.reach(3, 10);
  milestones.reach(45, 20);
  assert.deepEqual(said, ["lost diverges at step 2."]);
  milestones.reach(60, 2000);
  assert.deepEqual(said.slice(1), ["late passes slow at step 40."]);
  milestones.reach(70, 9000);
  clock.playing = false;
  milestones.reach(0, 9100);
  milestones.reach(45, 9200);
  assert.equal(said.length, 2);
  model.tree.race.key = "another";
  milestones.reach(0, 9300);
  assert.deepEqual(said.slice(2), [""]);
});
