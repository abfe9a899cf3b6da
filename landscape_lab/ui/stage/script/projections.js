// @ts-check
import { Polyline } from "./polylines.js";
import { runningMedian } from "./smoothing.js";
import { clamp, mix } from "./words.js";

/** @import { AxesFrame, Lane, Numbers, Projection, Range } from "./types.js" */

/**
 * The whole steps around a fractional one, and the part between them; an entry stays where it ended.
 * @param {{ last_step: number }} lane
 * @param {number} step
 */
export function bracket(lane, step) {
  const t = clamp(step, 0, lane.last_step);
  const low = Math.floor(t);
  return [low, Math.min(low + 1, lane.last_step), t - low];
}

/**
 * An entry's parameters at a (fractional) step.
 * @param {{ last_step: number, points: ArrayLike<number> }} lane
 * @param {number} step
 * @returns {[number, number]}
 */
export function parametersAt(lane, step) {
  const [i, j, part] = bracket(lane, step);
  const p = lane.points;
  return [mix(p[2 * i], p[2 * j], part), mix(p[2 * i + 1], p[2 * j + 1], part)];
}

const LOSS_EDGE = 1.5; // px above the lower edge of a logarithmic axis, along which a loss below it is drawn

/** Flat axes in pixels of their graph. */
export class FlatAxes {
  /**
   * @param {AxesFrame} frame
   * @param {{ x: Range, y: Range } | null} [ahead] ranges that Plotly has not drawn yet
   */
  constructor({ x, y }, ahead) {
    const [x0, x1] = ahead?.x ?? x.range;
    const [y0, y1] = ahead?.y ?? y.range;
    this.x0 = x0;
    this.x1 = x1;
    this.y0 = y0;
    this.y1 = y1;
    this.rect = { left: x.offset, top: y.offset, right: x.offset + x.length, bottom: y.offset + y.length };
  }

  /** @param {number} x */
  px(x) {
    const { left, right } = this.rect;
    return left + ((x - this.x0) / (this.x1 - this.x0)) * (right - left);
  }

  /** @param {number} y */
  py(y) {
    const { top, bottom } = this.rect;
    return bottom - ((y - this.y0) / (this.y1 - this.y0)) * (bottom - top);
  }

  /** @param {number} px @param {number} py @returns {[number, number]} */
  dataAt(px, py) {
    const { left, right, top, bottom } = this.rect;
    return [mix(this.x0, this.x1, (px - left) / (right - left)), mix(this.y1, this.y0, (py - top) / (bottom - top))];
  }
}

/**
 * Paths on the map.
 * @implements {Projection}
 */
export class MapProjection extends FlatAxes {
  /** @param {Lane} lane @param {number} step */
  head(lane, step) {
    const [x, y] = parametersAt(lane, step);
    return { x: this.px(x), y: this.py(y) };
  }

  /** @param {Lane} lane */
  line(lane) {
    const line = new Polyline(this.rect);
    for (let t = 0; t <= lane.last_step; t++) line.add(this.px(lane.points[2 * t]), this.py(lane.points[2 * t + 1]), t);
    return line;
  }

  /**
   * Where the path leaves the map.
   * @param {Lane} _lane @param {Polyline} line
   */
  end(_lane, line) {
    return line.exit;
  }

  /** @param {Lane} _lane @param {number} _step @param {number} dx @param {number} dy */
  heading(_lane, _step, dx, dy) {
    const x = (dx / (this.x1 - this.x0)) * (this.rect.right - this.rect.left);
    const y = (-dy / (this.y1 - this.y0)) * (this.rect.bottom - this.rect.top);
    const size = Math.hypot(x, y);
    return size > 0 && Number.isFinite(size) ? { x: x / size, y: y / size } : null;
  }
}

/**
 * Loss curves.
 * @implements {Projection}
 */
export class CurveProjection extends FlatAxes {
  /**
   * @param {AxesFrame} frame
   * @param {string} progressAxis
   * @param {number} offset of the entries' gaps
   * @param {number} [examples] how many there are, for epochs
   * @param {{ x: Range, y: Range } | null} [ahead]
   * @param {ArrayLike<number>} [numbers] of the steps, where these are checkpoints
   * @param {number} [smoothing] the window of the running median that is drawn; 1 draws the losses themselves
   */
  constructor(frame, progressAxis, offset, examples, ahead, numbers, smoothing = 1) {
    super(frame, ahead);
    this.smoothing = smoothing;
    const unit = progressAxis === "epochs" && examples ? 1 / examples : 1;
    /** @param {Lane} lane */
    const spent = (lane) => (progressAxis === "evaluations" ? lane.evaluated : progressAxis === "steps" ? (numbers ?? 1) : lane.seen);
    /** How far an entry is after t steps. @type {(lane: Lane, t: number) => number} */
    this.progress = (lane, t) => {
      const each = spent(lane);
      return unit * (typeof each === "number" ? t * each : (each?.[t] ?? NaN));
    };
    // The logarithm of nothing lies below every axis.
    const logarithm = (/** @type {number} */ gap) => (gap > 0 ? Math.log10(gap) : gap <= 0 ? -1e3 : NaN);
    /** Whether the axis is logarithmic: a loss below it is drawn on its lower edge. */
    this.log = frame.y.type === "log";
    /** Whether a line has such losses. */
    this.sunk = false;
    this.level = frame.y.type === "log" ? logarithm : (/** @type {number} */ gap) => gap + offset;
  }

  /** @param {Lane} lane @param {number} step */
  head(lane, step) {
    const [i, j, part] = bracket(lane, step);
    const gaps = this.#drawn(lane);
    const y = this.py(mix(this.level(gaps[i]), this.level(gaps[j]), part));
    return { x: this.px(mix(this.progress(lane, i), this.progress(lane, j), part)), y: Math.min(y, this.#lowest) };
  }

  /** Where losses below the axis are drawn. */
  get #lowest() {
    return this.rect.bottom - (this.log ? LOSS_EDGE : 0);
  }

  /** The losses as they are drawn. @param {Lane} lane */
  #drawn({ gaps, last_step: last }) {
    return runningMedian(gaps, last, this.smoothing);
  }

  /** @param {Lane} lane */
  line(lane) {
    return this.rawLine(lane, this.#drawn(lane));
  }

  /**
   * The losses themselves. Of the steps that share a column of pixels only the first, the extremes and the last are kept.
   * @param {Lane} lane @param {Numbers} [gaps]
   */
  rawLine(lane, gaps = lane.gaps) {
    const line = new Polyline(this.rect);
    /** @type {{ x: number, y: number, step: number }[]} */
    let column = [];
    const flush = () => {
      if (column.length > 4) {
        const order = column.toSorted((a, b) => a.y - b.y);
        const kept = new Set([column[0], order[0], order.at(-1), column.at(-1)]);
        column = column.filter((vertex) => kept.has(vertex));
      }
      for (const { x, y, step } of column) line.add(x, y, step);
      column = [];
    };
    for (let step = 0; step <= lane.last_step; step++) {
      const x = this.px(this.progress(lane, step));
      let y = this.py(this.level(gaps[step]));
      if (this.log && y > this.#lowest) {
        this.sunk ||= y > this.rect.bottom;
        y = this.#lowest;
      }
      if (Number.isNaN(gaps[step]) && step < lane.last_step) continue; // not measured there
      if (column.length && Math.floor(column[0].x) !== Math.floor(x)) flush();
      column.push({ x, y, step });
    }
    flush();
    return line;
  }

  /**
   * The step at which it diverged, on the edge of the chart that the loss has left it by.
   * @param {Lane} lane
   */
  end(lane) {
    const { left, right, top, bottom } = this.rect;
    const x = this.px(this.progress(lane, lane.last_step));
    const y = this.py(this.level(lane.gaps[lane.last_step]));
    return x >= left && x <= right ? { x, y: Number.isNaN(y) ? top : clamp(y, top, bottom), step: lane.last_step } : null;
  }

  heading() {
    return null;
  }
}
