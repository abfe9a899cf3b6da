import { FOG_CELLS, FOG_CLEAR, FOG_STRIDE } from "./constants.js";
import { clipSegment } from "./polylines.js";
import { bracket } from "./projections.js";
import { clamp, mix } from "./words.js";

/** What nobody has seen of the map: a grid over the domain, opaque but for discs along the ways of the lanes. */
export class Fog {
  constructor(domain, radius) {
    this.domain = domain;
    this.reach = radius * Math.SQRT2 * FOG_CELLS; // on a square map a part of its diagonal
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = FOG_CELLS;
    this.context = canvas.getContext("2d");
    this.image = this.context.createImageData(FOG_CELLS, FOG_CELLS);
  }

  get bitmap() {
    return this.context.canvas;
  }

  /** Bring it to what these lanes, by their places, have seen up to a step. Gives whether it has changed. */
  follow(lanes, now, color, what) {
    const [red, green, blue] = color;
    const from = `${what} ${color} ${[...lanes.keys()]}`;
    if (from === this.from && now === this.now) return false;
    this.changed = false;
    if (from !== this.from || now < this.now) {
      const { data } = this.image;
      for (let i = 0; i < data.length; i += 4) [data[i], data[i + 1], data[i + 2], data[i + 3]] = [red, green, blue, 255];
      this.ends = new Map();
      this.now = 0;
      this.changed = true;
    }
    for (const [index, lane] of lanes) this.walk(lane, index, now);
    [this.from, this.now] = [from, now];
    if (this.changed) this.context.putImageData(this.image, 0, 0);
    return this.changed;
  }

  /** Cells of a point: to the right, and down. */
  cell(x, y) {
    const [[x0, x1], [y0, y1]] = this.domain;
    return [((x - x0) / (x1 - x0)) * FOG_CELLS, ((y1 - y) / (y1 - y0)) * FOG_CELLS];
  }

  /** Go on with a lane where it was left. A move too small to see waits for more. */
  walk(lane, index, now) {
    const end = Math.min(now, lane.last_step);
    const at = (step) => {
      const [i, j, part] = bracket(lane, step);
      const p = lane.points;
      return this.cell(mix(p[2 * i], p[2 * j], part), mix(p[2 * i + 1], p[2 * j + 1], part));
    };
    let here = this.ends.get(index);
    if (!here) this.lift(...(here = at(0)), ...here);
    for (let t = Math.min(Math.floor(this.now) + 1, end); ; t = Math.min(t + 1, end)) {
      const there = at(t);
      if (Math.hypot(there[0] - here[0], there[1] - here[1]) > FOG_STRIDE * this.reach) {
        this.lift(...here, ...there);
        here = there;
      }
      if (t >= end) break;
    }
    this.ends.set(index, here);
  }

  /** Nothing within reach of the straight way between two cells stays hidden. */
  lift(ax, ay, bx, by) {
    const { reach } = this;
    const { data } = this.image;
    const [low, high] = [-reach, FOG_CELLS + reach];
    const inside = clipSegment(ax, ay, bx, by, { left: low, right: high, top: low, bottom: high });
    if (!inside || ![ax, ay, bx, by].every(Number.isFinite)) return;
    const [[x0, y0], [x1, y1]] = inside.map((part) => [mix(ax, bx, part), mix(ay, by, part)]);
    const [dx, dy] = [x1 - x0, y1 - y0];
    const size = dx * dx + dy * dy;
    const first = (value) => Math.max(Math.floor(value - reach), 0);
    const last = (value) => Math.min(Math.ceil(value + reach), FOG_CELLS - 1);
    for (let row = first(Math.min(y0, y1)); row <= last(Math.max(y0, y1)); row++) {
      for (let column = first(Math.min(x0, x1)); column <= last(Math.max(x0, x1)); column++) {
        const [u, v] = [column + 0.5 - x0, row + 0.5 - y0];
        const part = size ? clamp((u * dx + v * dy) / size, 0, 1) : 0;
        const far = (u - part * dx) ** 2 + (v - part * dy) ** 2;
        if (far >= reach * reach) continue;
        const edge = clamp((Math.sqrt(far) / reach - FOG_CLEAR) / (1 - FOG_CLEAR), 0, 1);
        const cover = 255 * edge * edge * (3 - 2 * edge);
        const k = 4 * (row * FOG_CELLS + column) + 3;
        if (cover >= data[k]) continue;
        data[k] = cover;
        this.changed = true;
      }
    }
  }

  /** Whether a point of the parameters has not been seen. */
  hides(x, y) {
    const [u, v] = this.cell(x, y).map(Math.floor);
    const inside = u >= 0 && v >= 0 && u < FOG_CELLS && v < FOG_CELLS;
    return !inside || this.image.data[4 * (v * FOG_CELLS + u) + 3] > 127;
  }

  /** The part of the map that has been seen. */
  get seen() {
    let open = 0;
    for (let k = 3; k < this.image.data.length; k += 4) open += 255 - this.image.data[k];
    return open / 255 / FOG_CELLS ** 2;
  }
}
