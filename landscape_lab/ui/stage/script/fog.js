// @ts-check
import { clipSegment } from "./polylines.js";
import { parametersAt } from "./projections.js";
import { clamp, mix } from "./words.js";

/** @import { Domain, Lane } from "./types.js" */

const FOG_CELLS = 192; // along each side of the map
const FOG_STRIDE = 0.08; // of the radius: shorter moves lift the fog together
const FOG_CLEAR = 0.6; // of the radius of a disc in the fog: from here outwards the edge is soft

/** The part of the map that has not been seen: an image over the domain, opaque except for discs along the paths. */
export class Fog {
  /**
   * @param {Domain} domain
   * @param {number} radius as a part of the map's diagonal
   */
  constructor(domain, radius) {
    this.domain = domain;
    this.reach = radius * Math.SQRT2 * FOG_CELLS; // on a square map a part of its diagonal
    /** Red, green, blue and cover of each cell, the first row at the top. */
    this.pixels = new Uint8ClampedArray(4 * FOG_CELLS ** 2);
    this.size = FOG_CELLS;
    this.from = "";
    this.now = 0;
    this.changed = false;
    /** @type {Map<number, [number, number]>} */
    this.ends = new Map();
  }

  /**
   * Lift the fog where these entries, by their places, have been up to a step. Returns whether it has changed.
   * @param {Map<number, Lane>} lanes
   * @param {number} now
   * @param {number[]} color
   * @param {string} race another race begins in full fog
   */
  follow(lanes, now, color, race) {
    const [red, green, blue] = color;
    const from = `${race} ${color} ${[...lanes.keys()]}`;
    if (from === this.from && now === this.now) return false;
    this.changed = false;
    if (from !== this.from || now < this.now) {
      const { pixels } = this;
      for (let i = 0; i < pixels.length; i += 4) {
        [pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]] = [red, green, blue, 255];
      }
      this.ends = new Map();
      this.now = 0;
      this.changed = true;
    }
    for (const [index, lane] of lanes) this.#walk(lane, index, now);
    [this.from, this.now] = [from, now];
    return this.changed;
  }

  /**
   * Cells of a point: to the right, and down.
   * @param {number} x @param {number} y
   * @returns {[number, number]}
   */
  #cell(x, y) {
    const [[x0, x1], [y0, y1]] = this.domain;
    return [((x - x0) / (x1 - x0)) * FOG_CELLS, ((y1 - y) / (y1 - y0)) * FOG_CELLS];
  }

  /**
   * Go on with an entry where it was left. A move too small to see waits for more.
   * @param {Lane} lane @param {number} index @param {number} now
   */
  #walk(lane, index, now) {
    const end = Math.min(now, lane.last_step);
    const at = (/** @type {number} */ step) => this.#cell(...parametersAt(lane, step));
    let here = this.ends.get(index);
    if (!here) {
      here = at(0);
      this.#lift(...here, ...here);
    }
    for (let t = Math.min(Math.floor(this.now) + 1, end); ; t = Math.min(t + 1, end)) {
      const there = at(t);
      if (Math.hypot(there[0] - here[0], there[1] - here[1]) > FOG_STRIDE * this.reach) {
        this.#lift(...here, ...there);
        here = there;
      }
      if (t >= end) break;
    }
    this.ends.set(index, here);
  }

  /**
   * Lift the fog within reach of the straight way between two cells.
   * @param {number} ax @param {number} ay @param {number} bx @param {number} by
   */
  #lift(ax, ay, bx, by) {
    const { reach, pixels } = this;
    const [low, high] = [-reach, FOG_CELLS + reach];
    const inside = clipSegment(ax, ay, bx, by, { left: low, right: high, top: low, bottom: high });
    if (!inside || ![ax, ay, bx, by].every(Number.isFinite)) return;
    const [[x0, y0], [x1, y1]] = inside.map((part) => [mix(ax, bx, part), mix(ay, by, part)]);
    const [dx, dy] = [x1 - x0, y1 - y0];
    const size = dx * dx + dy * dy;
    const first = (/** @type {number} */ value) => Math.max(Math.floor(value - reach), 0);
    const last = (/** @type {number} */ value) => Math.min(Math.ceil(value + reach), FOG_CELLS - 1);
    for (let row = first(Math.min(y0, y1)); row <= last(Math.max(y0, y1)); row++) {
      for (let column = first(Math.min(x0, x1)); column <= last(Math.max(x0, x1)); column++) {
        const [u, v] = [column + 0.5 - x0, row + 0.5 - y0];
        const part = size ? clamp((u * dx + v * dy) / size, 0, 1) : 0;
        const far = (u - part * dx) ** 2 + (v - part * dy) ** 2;
        if (far >= reach * reach) continue;
        const edge = clamp((Math.sqrt(far) / reach - FOG_CLEAR) / (1 - FOG_CLEAR), 0, 1);
        const cover = 255 * edge * edge * (3 - 2 * edge);
        const k = 4 * (row * FOG_CELLS + column) + 3;
        if (cover >= pixels[k]) continue;
        pixels[k] = cover;
        this.changed = true;
      }
    }
  }

  /**
   * Whether a point of the parameters has not been seen.
   * @param {number} x @param {number} y
   */
  hides(x, y) {
    const [u, v] = this.#cell(x, y).map(Math.floor);
    const inside = u >= 0 && v >= 0 && u < FOG_CELLS && v < FOG_CELLS;
    return !inside || this.pixels[4 * (v * FOG_CELLS + u) + 3] > 127;
  }

  /** The part of the map that has been seen. */
  get seen() {
    let open = 0;
    for (let k = 3; k < this.pixels.length; k += 4) open += 255 - this.pixels[k];
    return open / 255 / FOG_CELLS ** 2;
  }
}
