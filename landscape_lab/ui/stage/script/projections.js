/* A projection turns a lane and a (fractional) step into pixels of its panel. All have
     rect                          the part of the panel that may be painted
     head(lane, step)              -> {x, y, veiled}
     line(lane)                    -> Polyline
     end(lane, line)               -> {x, y, step} of a diverged lane's cross, or null
     heading(lane, step, dx, dy)   -> unit vector in pixels of a direction in parameters, or null */

import { DRAPE, RELIEF_LIFT, WIDE_SCENE } from "./constants.js";
import { Polyline } from "./polylines.js";
import { clamp, mix } from "./words.js";

/** The whole steps around a fractional one, and the part between them; a lane stays where it ended. */
export function bracket(lane, step) {
  const t = clamp(step, 0, lane.last_step);
  const low = Math.floor(t);
  return [low, Math.min(low + 1, lane.last_step), t - low];
}

/** A lane's parameters at a (fractional) step. */
export function parametersAt(lane, step) {
  const [i, j, part] = bracket(lane, step);
  const p = lane.points;
  return [mix(p[2 * i], p[2 * j], part), mix(p[2 * i + 1], p[2 * j + 1], part)];
}

/** Plotly's flat axes of one graph as they are right now, in the middle of a drag or a zoom too; or as they will be. */
export class FlatAxes {
  constructor(graph, ahead) {
    const { xaxis, yaxis, _size } = graph._fullLayout;
    const ends = (axis, range) => range.map((value) => axis.r2l(value));
    [this.x0, this.x1] = ends(xaxis, ahead?.x ?? xaxis.range);
    [this.y0, this.y1] = ends(yaxis, ahead?.y ?? yaxis.range);
    const left = xaxis._offset;
    const top = yaxis._offset;
    this.rect = { left, top, right: left + xaxis._length, bottom: top + yaxis._length, margin: _size };
  }

  px(x) {
    const { left, right } = this.rect;
    return left + ((x - this.x0) / (this.x1 - this.x0)) * (right - left);
  }

  py(y) {
    const { top, bottom } = this.rect;
    return bottom - ((y - this.y0) / (this.y1 - this.y0)) * (bottom - top);
  }

  dataAt(px, py) {
    const { left, right, top, bottom } = this.rect;
    return [mix(this.x0, this.x1, (px - left) / (right - left)), mix(this.y1, this.y0, (py - top) / (bottom - top))];
  }
}

export class MapProjection extends FlatAxes {
  head(lane, step) {
    const [x, y] = parametersAt(lane, step);
    return { x: this.px(x), y: this.py(y) };
  }

  line(lane) {
    const line = new Polyline(this.rect);
    for (let t = 0; t <= lane.last_step; t++) line.add(this.px(lane.points[2 * t]), this.py(lane.points[2 * t + 1]), t);
    return line;
  }

  /** Where the path leaves the map. */
  end(_lane, line) {
    return line.exit;
  }

  heading(_lane, _step, dx, dy) {
    const x = dx / (this.x1 - this.x0) * (this.rect.right - this.rect.left);
    const y = -dy / (this.y1 - this.y0) * (this.rect.bottom - this.rect.top);
    const size = Math.hypot(x, y);
    return size > 0 && Number.isFinite(size) ? { x: x / size, y: y / size } : null;
  }
}

export class CurveProjection extends FlatAxes {
  constructor(graph, progressAxis, offset, examples, ahead) {
    super(graph, ahead);
    const spent = { evaluations: "evaluated", examples: "seen", epochs: "seen" }[progressAxis];
    const unit = progressAxis === "epochs" ? 1 / examples : 1;
    this.progress = spent ? (lane, t) => unit * (lane[spent][t] ?? t * lane[spent]) : (_, t) => t;
    // The logarithm of nothing: the curve leaves the picture at the bottom.
    const logarithm = (gap) => (gap > 0 ? Math.log10(gap) : gap <= 0 ? -1e3 : NaN);
    this.level = graph._fullLayout.yaxis.type === "log" ? logarithm : (gap) => gap + offset;
  }

  head(lane, step) {
    const [i, j, part] = bracket(lane, step);
    return {
      x: this.px(mix(this.progress(lane, i), this.progress(lane, j), part)),
      y: this.py(mix(this.level(lane.gaps[i]), this.level(lane.gaps[j]), part)),
    };
  }

  /** Of the steps that share a column of pixels only the first, the extremes and the last are kept. */
  line(lane) {
    const line = new Polyline(this.rect);
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
      const y = this.py(this.level(lane.gaps[step]));
      if (column.length && Math.floor(column[0].x) !== Math.floor(x)) flush();
      column.push({ x, y, step });
    }
    flush();
    return line;
  }

  /** The step at which it diverged, on the edge of the chart that the loss has left it by. */
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

/** The 3-D scene seen through Plotly's own camera. These fields of Plotly are private: its version is pinned. */
export class ReliefProjection {
  constructor(graph, panel, ground) {
    const scene = graph._fullLayout.scene._scene;
    const box = scene.container.getBoundingClientRect();
    const host = panel.getBoundingClientRect();
    this.left = box.left - host.left;
    this.top = box.top - host.top;
    this.width = box.width;
    this.height = box.height;
    this.rect = { left: this.left, top: this.top, right: this.left + box.width, bottom: this.top + box.height };
    this.ground = ground;
    const { model, view, projection } = scene.glplot.cameraParams;
    const scale = scene.dataScale;
    const modelView = multiply(view, model);
    this.matrix = multiply(projection, modelView);
    for (let column = 0; column < 3; column++) {
      for (let row = 0; row < 4; row++) this.matrix[4 * column + row] *= scale[column];
    }
    // The view matrix turns and shifts, so the eye is minus the turned back shift; the model matrix stretches and shifts.
    const eye = [0, 1, 2].map((i) => -(view[4 * i] * view[12] + view[4 * i + 1] * view[13] + view[4 * i + 2] * view[14]));
    this.eye = eye.map((value, i) => (value - model[12 + i]) / (model[5 * i] * scale[i]));
  }

  /** Pixels of a point of the surface; not a number outside of the surface or behind the eye. */
  place(x, y) {
    const z = this.ground.lifted(x, y);
    const m = this.matrix;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    if (!(w > 0)) return { x: NaN, y: NaN, z };
    const u = (m[0] * x + m[4] * y + m[8] * z + m[12]) / w;
    const v = (m[1] * x + m[5] * y + m[9] * z + m[13]) / w;
    return { x: this.left + (0.5 + u / 2) * this.width, y: this.top + (0.5 - v / 2) * this.height, z };
  }

  head(lane, step) {
    const [i, j, part] = bracket(lane, step);
    const x = mix(lane.points[2 * i], lane.points[2 * j], part);
    const y = mix(lane.points[2 * i + 1], lane.points[2 * j + 1], part);
    const pixel = this.place(x, y);
    return { ...pixel, veiled: this.ground.hides(x, y, pixel.z, this.eye) };
  }

  /** Long steps are laid over the surface in short pieces: the same straight line that the map shows. */
  line(lane) {
    const line = new Polyline(this.rect);
    const { width, depth } = this.ground;
    let drawn = null;
    for (let t = 0; t <= lane.last_step; t++) {
      const x = lane.points[2 * t];
      const y = lane.points[2 * t + 1];
      const previous = t ? t - 1 : 0;
      const x0 = lane.points[2 * previous];
      const y0 = lane.points[2 * previous + 1];
      const stride = Math.hypot((x - x0) / width, (y - y0) / depth) * DRAPE;
      const pieces = clamp(Math.ceil(stride), 1, 4 * DRAPE) || 1;
      for (let piece = t ? 1 : pieces; piece <= pieces; piece++) {
        const part = piece / pieces;
        const here = [mix(x0, x, part), mix(y0, y, part)];
        const pixel = this.place(...here);
        const near = drawn && Math.hypot(pixel.x - drawn.x, pixel.y - drawn.y) < 0.8;
        if (near && t < lane.last_step) continue; // saves the search for what hides it
        drawn = pixel;
        const veiled = Number.isFinite(pixel.x) && this.ground.hides(...here, pixel.z, this.eye);
        line.add(pixel.x, pixel.y, previous + part * (t - previous), veiled);
      }
    }
    return line;
  }

  end(_lane, line) {
    return line.exit;
  }

  heading(lane, step, dx, dy) {
    const [i, j, part] = bracket(lane, step);
    const x = mix(lane.points[2 * i], lane.points[2 * j], part);
    const y = mix(lane.points[2 * i + 1], lane.points[2 * j + 1], part);
    const { width, depth } = this.ground;
    const size = Math.hypot(dx / width, dy / depth);
    if (!(size > 0)) return null;
    const from = this.place(x, y);
    const to = this.place(x + (dx / size) * 0.01, y + (dy / size) * 0.01);
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    return length > 0 ? { x: (to.x - from.x) / length, y: (to.y - from.y) / length } : null;
  }
}

/** Product of two 4 x 4 matrices, columns first. */
function multiply(a, b) {
  return Float64Array.from({ length: 16 }, (_, i) => {
    const row = i % 4;
    const column = 4 * Math.floor(i / 4);
    return a[row] * b[column] + a[4 + row] * b[column + 1] + a[8 + row] * b[column + 2] + a[12 + row] * b[column + 3];
  });
}

/** The drawn surface: its height anywhere, and what it hides from the eye. */
export class Ground {
  constructor(figure) {
    const { x, y, z } = figure.data.find((trace) => trace.type === "surface");
    const range = figure.layout.scene?.zaxis?.range ?? [Infinity, -Infinity];
    [this.z, this.columns, this.rows, this.axes] = [z, x.length, y.length, [x, y]];
    [this.x0, this.y0] = [x[0], y[0]];
    [this.width, this.depth] = [x.at(-1) - x[0], y.at(-1) - y[0]];
    let [low, high] = range;
    if (!(low < high)) {
      [low, high] = [Infinity, -Infinity];
      for (const value of z) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    [this.low, this.high] = [low, high];
    this.lift = RELIEF_LIFT * (high - low);
  }

  /** Height of the surface between its grid points, not a number outside of the grid. */
  at(x, y) {
    const u = ((x - this.x0) / this.width) * (this.columns - 1);
    const v = ((y - this.y0) / this.depth) * (this.rows - 1);
    if (!(u >= 0 && v >= 0 && u <= this.columns - 1 && v <= this.rows - 1)) return NaN;
    const i = Math.min(Math.floor(u), this.columns - 2);
    const j = Math.min(Math.floor(v), this.rows - 2);
    const near = j * this.columns + i;
    const far = near + this.columns;
    return mix(mix(this.z[near], this.z[near + 1], u - i), mix(this.z[far], this.z[far + 1], u - i), v - j);
  }

  lifted(x, y) {
    const z = this.at(x, y);
    return Number.isNaN(z) ? NaN : clamp(z, this.low, this.high) + this.lift;
  }

  /** Whether the surface is in the way of the line of sight from a point to the eye. */
  hides(x, y, z, eye) {
    const [dx, dy, dz] = [eye[0] - x, eye[1] - y, eye[2] - z];
    // How far the line of sight stays above the map and below the highest ground, as a fraction of the way to the eye.
    let end = 1;
    if (dx > 0) end = Math.min(end, (this.x0 + this.width - x) / dx);
    if (dx < 0) end = Math.min(end, (this.x0 - x) / dx);
    if (dy > 0) end = Math.min(end, (this.y0 + this.depth - y) / dy);
    if (dy < 0) end = Math.min(end, (this.y0 - y) / dy);
    if (dz > 0) end = Math.min(end, (this.high - z) / dz);
    const samples = 40;
    for (let k = 1; k <= samples; k++) {
      const part = (end * k * k) / (samples * samples); // densest near the point, where a hill is most easily missed
      if (this.at(x + part * dx, y + part * dy) > z + part * dz) return true;
    }
    return false;
  }
}

/** The eye farther off where a scene is narrow: the camera looks as far up in any scene, but less far to the sides. */
export function stepBack(eye, aspect) {
  const far = Math.max(1, WIDE_SCENE / aspect);
  for (const axis of ["x", "y", "z"]) eye[axis] *= far;
}
