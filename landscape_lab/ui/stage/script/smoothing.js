// @ts-check
/* The smoothing of loss curves of runs with random gradients; figures/smoothing.py explains it. */

/** @import { Numbers } from "./types.js" */

const PARTS = 25; // a window is two of so many parts of the longest run

/** How many steps the window of a race has; 1 for no smoothing. @param {number} last the last step of its longest run */
export const windowOf = (last) => 2 * Math.floor(last / PARTS) + 1;

/** @type {WeakMap<Numbers, { window: number, last: number, smooth: Float64Array }>} what was computed last for an array */
const known = new WeakMap();

/**
 * The centred running median of values up to a place. NaN is not measured: it stays, and does not count.
 * @param {Numbers} values @param {number} last the place of the last of them @param {number} window
 * @returns {Numbers}
 */
export function runningMedian(values, last, window) {
  if (window <= 1) return values;
  const before = known.get(values);
  if (before?.window === window && before.last === last) return before.smooth;
  const smooth = new Float64Array(last + 1).fill(NaN);
  const measured = [];
  for (let i = 0; i <= last; i++) if (!Number.isNaN(values[i])) measured.push(i);
  const sorted = new Sorted(window + 2);
  const half = (window - 1) / 2;
  const end = measured.length - 1;
  let [from, to] = [0, -1]; // of what is in the window
  for (let i = 0; i <= end; i++) {
    const reach = Math.min(half, i);
    while (to < Math.min(i + reach, end)) sorted.add(values[measured[++to]]);
    while (from < i - reach) sorted.remove(values[measured[from++]]);
    smooth[measured[i]] = sorted.median;
  }
  known.set(values, { window, last, smooth });
  return smooth;
}

/**
 * Entries with the losses that are drawn. @param {number} window
 * @returns {<L extends { gaps: Numbers, last_step: number }>(lane: L) => L}
 */
export const smoothedBy = (window) => (lane) => ({ ...lane, gaps: runningMedian(lane.gaps, lane.last_step, window) });

/** Numbers in order. */
class Sorted {
  #size = 0;

  /** @param {number} most */
  constructor(most) {
    this.values = new Float64Array(most);
  }

  get median() {
    const middle = this.#size >> 1;
    return this.#size % 2 ? this.values[middle] : (this.values[middle - 1] + this.values[middle]) / 2;
  }

  /** The place of the first number that is at least as large. @param {number} value */
  #place(value) {
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.values[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {number} value */
  add(value) {
    const at = this.#place(value);
    this.values.copyWithin(at + 1, at, this.#size++);
    this.values[at] = value;
  }

  /** @param {number} value one of them */
  remove(value) {
    const at = this.#place(value);
    this.values.copyWithin(at, at + 1, this.#size--);
  }
}
