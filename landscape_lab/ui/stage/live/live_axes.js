// @ts-check
import { FLOOR } from "../script/loss_axes.js";

/**
 * @import { Curves, Lane, Range } from "../script/types.js"
 * @typedef {Pick<Lane, "gaps" | "evaluated" | "seen" | "last_step">} Run
 */

const ROOM_LEFT = 0.04; // of an axis beyond the curves
const LEAST_GAP = 1e-16; // below it there is only rounding
const FAR_OFF = 100; // a run that rises to so many times its start leaves through the top

/**
 * The axes of the loss curves, as figures/curves.py makes them.
 * @param {Run[]} lanes
 * @param {{ titles: Record<string, string>, lowest: number | null, examples: number }} surface
 * @param {number} steps
 * @returns {Curves}
 */
export function liveCurves(lanes, { titles, lowest, examples }, steps) {
  const offset = lowest ?? 0;
  const numbers = lanes.map(({ gaps }) => [...gaps].filter(Number.isFinite)).filter((gaps) => gaps.length);
  const runs = numbers.map((gaps) => {
    const start = gaps[0] + offset;
    return { start, top: largest(gaps) + offset, end: smallest(gaps) + offset, limit: FAR_OFF * Math.max(Math.abs(start), 1) };
  });
  const starts = runs.map(({ start }) => start);
  const ends = runs.filter(({ end, limit }) => lowest !== null || end >= -limit).map(({ end }) => end);
  const tops = runs.filter(({ top, limit }) => top <= limit).map(({ top }) => top);
  const [low, high] = [Math.min(...starts, ...ends), Math.max(...starts, ...tops)];
  const all = numbers.flat();
  const above = all.filter((gap) => gap > LEAST_GAP);
  const log = above.length > 0 && all.every((gap) => gap > -1e-7 * Math.max(1, Math.abs(offset)));
  const most = log ? Math.max(high - offset, smallest(above)) : 1;
  const least = log ? Math.max(smallest(above), FLOOR * most) : 0.1;
  const paid = Math.max(1, ...lanes.map(({ evaluated, last_step: last }) => spent(evaluated, last)));
  /** @type {Record<string, Range>} */
  const ranges = {
    steps: [0, Math.max(1, ...lanes.map(({ last_step: last }) => Math.min(last, steps)))],
    evaluations: [0, paid],
    log: roomy(Math.log10(least), Math.log10(most)),
    linear: numbers.length ? roomy(low, high) : [0, 1],
  };
  if (examples) {
    const seen = Math.max(1, ...lanes.map(({ seen: each, last_step: last }) => spent(each, last)));
    Object.assign(ranges, { examples: [0, seen], epochs: [0, seen / examples] });
  }
  return { log, offset, ranges, titles };
}

/** @param {number[]} numbers */
const smallest = (numbers) => numbers.reduce((a, b) => Math.min(a, b));
/** @param {number[]} numbers */
const largest = (numbers) => numbers.reduce((a, b) => Math.max(a, b));

/** What has been spent up to a step. @param {number | Float32Array | null} each @param {number} last */
const spent = (each, last) => (typeof each === "number" ? each * last : (each?.[last] ?? 0));

/** A range with a little room, that ends at round numbers. @param {number} low @param {number} high @returns {Range} */
export function roomy(low, high) {
  const room = ROOM_LEFT * (high - low) || 0.5;
  const rough = (high - low + 2 * room) / 25;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((nice) => decade * nice >= rough) ?? 10);
  return [Math.floor((low - room) / step) * step, Math.ceil((high + room) / step) * step];
}
