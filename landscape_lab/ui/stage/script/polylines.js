import { clamp, mix } from "./words.js";

/** The part of the segment a-b inside the rectangle, as two fractions of it (Liang and Barsky, 1984), or null. */
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

/** A lane's path in pixels: runs of vertices inside the rectangle. Each vertex knows its (fractional) step. */
export class Polyline {
  constructor(rect) {
    this.rect = rect;
    this.runs = [];
    this.run = null;
    this.last = null;
  }

  /** The next vertex. Pixels that are not finite end the run; `veiled` vertices lie behind the surface. */
  add(x, y, step, veiled = false) {
    const from = this.last;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      this.last = this.run = null;
      return;
    }
    this.last = { x, y, step, veiled };
    if (!from) {
      if (this.contains(x, y)) this.begin(x, y, step, veiled);
      return;
    }
    const inside = clipSegment(from.x, from.y, x, y, this.rect);
    if (!inside) {
      this.run = null;
      return;
    }
    const [enter, leave] = inside;
    const at = (part) => [mix(from.x, x, part), mix(from.y, y, part), mix(from.step, step, part)];
    if (!this.run || enter > 0 || this.run.veiled !== veiled) this.begin(...at(enter), veiled);
    this.extend(...at(leave));
    if (leave < 1) this.run = null;
  }

  begin(x, y, step, veiled) {
    this.run = { x: [x], y: [y], step: [step], length: [0], veiled };
    this.runs.push(this.run);
  }

  /** A vertex closer than a pixel to its neighbour moves the neighbour's step instead of being kept. */
  extend(x, y, step) {
    const { run } = this;
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

  /** The point of the polyline, up to a step, nearest to a pixel: {distance, x, y, step}. */
  nearest(px, py, until = Infinity) {
    let best = { distance: Infinity };
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
