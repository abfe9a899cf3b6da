// @ts-check
import { clamp, mix } from "./words.js";

/** @import { Rect } from "./types.js" */

/**
 * The part of the segment a-b inside the rectangle, as two fractions of it (Liang and Barsky, 1984), or null.
 * @param {number} ax @param {number} ay @param {number} bx @param {number} by @param {Rect} rect
 * @returns {[number, number] | null}
 */
export function clipSegment(ax, ay, bx, by, rect) {
  let enter = 0;
  let leave = 1;
  const edges = [
    [ax - bx, ax - rect.left],
    [bx - ax, rect.right - ax],
    [ay - by, ay - rect.top],
    [by - ay, rect.bottom - ay],
  ];
  for (const [p, q] of edges) {
    if (p === 0 && q < 0) return null;
    if (p < 0) enter = Math.max(enter, q / p);
    if (p > 0) leave = Math.min(leave, q / p);
  }
  return enter <= leave ? [enter, leave] : null;
}

/**
 * Vertices in a row inside the rectangle: pixels, (fractional) steps, and the length so far.
 * @typedef {{ x: number[], y: number[], step: number[], length: number[], veiled: boolean }} Run
 * @typedef {{ distance: number, x: number, y: number, step: number }} Nearest
 */

/** A path in pixels: runs of vertices inside a rectangle. */
export class Polyline {
  /** @param {Rect} rect */
  constructor(rect) {
    this.rect = rect;
    /** @type {Run[]} */
    this.runs = [];
    /** @type {Run | null} */
    this.run = null;
    /** @type {{ x: number, y: number, step: number } | null} */
    this.last = null;
  }

  /**
   * The next vertex. Pixels that are not finite end the run; `veiled` vertices lie behind the surface.
   * @param {number} x @param {number} y @param {number} step
   */
  add(x, y, step, veiled = false) {
    const from = this.last;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      this.last = this.run = null;
      return;
    }
    this.last = { x, y, step };
    if (!from) {
      if (this.contains(x, y)) this.#begin(x, y, step, veiled);
      return;
    }
    const inside = clipSegment(from.x, from.y, x, y, this.rect);
    if (!inside) {
      this.run = null;
      return;
    }
    const [enter, leave] = inside;
    /** @param {number} part @returns {[number, number, number]} */
    const at = (part) => [mix(from.x, x, part), mix(from.y, y, part), mix(from.step, step, part)];
    const run = this.run && enter <= 0 && this.run.veiled === veiled ? this.run : this.#begin(...at(enter), veiled);
    extend(run, ...at(leave));
    if (leave < 1) this.run = null;
  }

  /** @param {number} x @param {number} y @param {number} step @param {boolean} veiled */
  #begin(x, y, step, veiled) {
    const run = { x: [x], y: [y], step: [step], length: [0], veiled };
    this.runs.push(run);
    this.run = run;
    return run;
  }

  /** @param {number} x @param {number} y */
  contains(x, y) {
    const { left, right, top, bottom } = this.rect;
    return x >= left && x <= right && y >= top && y <= bottom;
  }

  /** The last visible vertex. */
  get exit() {
    const run = this.runs.at(-1);
    if (!run) return null;
    const end = run.x.length - 1;
    return { x: run.x[end], y: run.y[end], step: run.step[end] };
  }

  /**
   * The point of the polyline, up to a step, nearest to a pixel; at an infinite distance if there is none.
   * @param {number} px @param {number} py
   * @returns {Nearest}
   */
  nearest(px, py, until = Infinity) {
    let best = { distance: Infinity, x: NaN, y: NaN, step: NaN };
    for (const { x, y, step } of this.runs) {
      for (let i = 0; i < x.length && step[i] <= until; i++) {
        const j = Math.min(i + 1, x.length - 1);
        const dx = x[j] - x[i];
        const dy = y[j] - y[i];
        const size = dx * dx + dy * dy;
        const part = size ? clamp(((px - x[i]) * dx + (py - y[i]) * dy) / size, 0, 1) : 0;
        const distance = Math.hypot(x[i] + part * dx - px, y[i] + part * dy - py);
        if (distance < best.distance) {
          best = { distance, x: x[i] + part * dx, y: y[i] + part * dy, step: mix(step[i], step[j], part) };
        }
      }
    }
    return best;
  }
}

/**
 * Add a vertex to a run. One closer than a pixel to its neighbour moves the neighbour's step instead.
 * @param {Run} run @param {number} x @param {number} y @param {number} step
 */
function extend(run, x, y, step) {
  const end = run.x.length - 1;
  const distance = Math.hypot(x - run.x[end], y - run.y[end]);
  if (distance < 0.8 && end > 0) {
    run.step[end] = step;
    return;
  }
  run.x.push(x);
  run.y.push(y);
  run.step.push(step);
  run.length.push(run.length[end] + distance);
}
