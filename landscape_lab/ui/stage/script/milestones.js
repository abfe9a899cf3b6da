// @ts-check
import { fill } from "./words.js";

/**
 * @import { Stage } from "./stage.js"
 * @import { Lane } from "./types.js"
 */

const HELD = 0.02; // share of the race: a shorter lead is not mentioned
const READ_ALOUD = 1500; // ms between two announcements: a screen reader needs time for a sentence

/**
 * What happens in a race, in the order of the steps: an entry diverges, or takes the lead.
 * @param {Lane[]} lanes that are shown
 * @param {number} steps of the race
 * @returns {{ step: number, kind: "diverges" | "passes", name: string, other: string }[]}
 */
export function milestonesOf(lanes, steps) {
  const found = [];
  for (const { name, diverged, last_step } of lanes) {
    if (diverged) found.push({ step: last_step, kind: /** @type {const} */ ("diverges"), name, other: "" });
  }
  const hold = Math.max(1, Math.round(HELD * steps));
  let [leader, next, since] = [-1, -1, 0];
  for (let step = 1; step <= steps; step++) {
    const first = leaderAt(lanes, step);
    if (first !== next) [next, since] = [first, step];
    if (next === leader || next < 0 || step - since < hold) continue;
    const passed = leader >= 0 && isRunning(lanes[leader], since);
    if (passed) found.push({ step: since, kind: /** @type {const} */ ("passes"), name: lanes[next].name, other: lanes[leader].name });
    leader = next;
  }
  return found.sort((a, b) => a.step - b.step);
}

/** @param {Lane} lane @param {number} step */
const isRunning = (lane, step) => !lane.diverged || step < lane.last_step;

/** The place of the entry with the lowest loss, -1 where none is defined. @param {Lane[]} lanes @param {number} step */
function leaderAt(lanes, step) {
  let [best, lowest] = [-1, Infinity];
  lanes.forEach((lane, i) => {
    const loss = isRunning(lane, step) ? lane.gaps[Math.min(step, lane.last_step)] : NaN;
    if (loss < lowest) [best, lowest] = [i, loss];
  });
  return best;
}

/** Announces what happens while the race plays. */
export class Milestones {
  /** @type {ReturnType<typeof milestonesOf>} */
  #found = [];
  #key = "";
  #step = 0;
  #announcedAt = -READ_ALOUD;
  /** @type {string[]} */
  #waiting = [];
  /** The race that the last announcement was about. */
  #said = "";

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /** The clock has reached a step. @param {number} step @param {number} [now] in ms */
  reach(step, now = performance.now()) {
    const { model, clock } = this.stage;
    const before = this.#step;
    this.#step = step;
    if (this.#said && model.tree.race.key !== this.#said) this.#say("");
    if (!clock.playing || step < before) this.#waiting = [];
    if (!clock.playing || step < before || model.veiled) return;
    this.#find();
    for (const each of this.#found) if (each.step > before && each.step <= step) this.#waiting.push(this.#text(each));
    if (!this.#waiting.length || now - this.#announcedAt < READ_ALOUD) return;
    this.#announcedAt = now;
    this.#say(this.#waiting.splice(0).join(" "));
  }

  /** @param {string} text "" after another race has begun, about which the last announcement is not */
  #say(text) {
    this.#said = text && this.stage.model.tree.race.key;
    this.stage.announce(text);
  }

  #find() {
    const { model, clock } = this.stage;
    const key = `${model.tree.race.key} ${model.view.hidden}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#found = milestonesOf(model.lanes.filter((_, i) => model.isShown(i)), clock.steps);
  }

  /** @param {ReturnType<typeof milestonesOf>[number]} milestone */
  #text({ step, kind, name, other }) {
    const { model } = this.stage;
    return fill(model.words[kind], { name, other, step: model.stepAt(step) });
  }
}
