// @ts-check
import { Polyline } from "./polylines.js";
import { bracket, parametersAt } from "./projections.js";
import { clamp, mix } from "./words.js";

/**
 * @import { SceneView } from "./plotly_inside.js"
 * @import { Figure } from "./plotly.js"
 * @import { Lane, Numbers, Projection, Shaped } from "./types.js"
 * @typedef {{ x: Numbers, y: Numbers, z: Shaped }} Grid heights z (rows, columns), at y and x
 */

const RELIEF_LIFT = 0.012; // of the scene's height: keeps a path from sinking into the surface it lies on
const DRAPE = 60; // longest piece of a path on the relief, as a part of the domain: 1 / DRAPE
const SIGHT_SAMPLES = 40; // points of a line of sight that are compared with the surface
const RAY_SAMPLES = 400; // of the ray through a pixel, where it is above the floor
const RAY_HALVINGS = 16;

/**
 * Paths on the 3-D surface, seen through Plotly's own camera.
 * @implements {Projection}
 */
export class ReliefProjection {
  /**
   * @param {SceneView} scene
   * @param {Element} host of the canvases
   * @param {Ground} ground
   */
  constructor({ container, model, view, projection, scale }, host, ground) {
    const box = container.getBoundingClientRect();
    const origin = host.getBoundingClientRect();
    this.left = box.left - origin.left;
    this.top = box.top - origin.top;
    this.width = box.width;
    this.height = box.height;
    this.rect = { left: this.left, top: this.top, right: this.left + box.width, bottom: this.top + box.height };
    this.ground = ground;
    this.matrix = multiply(projection, multiply(view, model));
    for (let column = 0; column < 3; column++) {
      for (let row = 0; row < 4; row++) this.matrix[4 * column + row] *= scale[column];
    }
    // The view matrix turns and shifts, so the eye is minus the turned back shift; the model matrix stretches and shifts.
    const eye = [0, 1, 2].map((i) => -(view[4 * i] * view[12] + view[4 * i + 1] * view[13] + view[4 * i + 2] * view[14]));
    this.eye = eye.map((value, i) => (value - model[12 + i]) / (model[5 * i] * scale[i]));
  }

  /**
   * Pixels of a point of the surface; NaN outside of the surface or behind the eye.
   * @param {number} x @param {number} y
   */
  place(x, y) {
    return this.at(x, y, this.ground.lifted(x, y));
  }

  /** Pixels of a point in space; NaN behind the eye. @param {number} x @param {number} y @param {number} z */
  at(x, y, z) {
    const m = this.matrix;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    if (!(w > 0)) return { x: NaN, y: NaN, z };
    const u = (m[0] * x + m[4] * y + m[8] * z + m[12]) / w;
    const v = (m[1] * x + m[5] * y + m[9] * z + m[13]) / w;
    return { x: this.left + (0.5 + u / 2) * this.width, y: this.top + (0.5 - v / 2) * this.height, z };
  }

  /**
   * The point of the surface that is drawn at a pixel; NaN beside the surface.
   * @param {number} px @param {number} py
   * @returns {[number, number]}
   */
  dataAt(px, py) {
    const u = 2 * ((px - this.left) / this.width) - 1;
    const v = 1 - 2 * ((py - this.top) / this.height);
    const m = this.matrix;
    // The pixel is where two planes through the eye meet: their normals are orthogonal to the ray.
    const [a1, a2, a3] = [0, 4, 8].map((i) => m[i] - u * m[i + 3]);
    const [b1, b2, b3] = [0, 4, 8].map((i) => m[i + 1] - v * m[i + 3]);
    const ray = [a2 * b3 - a3 * b2, a3 * b1 - a1 * b3, a1 * b2 - a2 * b1];
    const ahead = m[3] * ray[0] + m[7] * ray[1] + m[11] * ray[2];
    return this.ground.hit(this.eye, ahead < 0 ? ray.map((value) => -value) : ray);
  }

  /** @param {Lane} lane @param {number} step */
  head(lane, step) {
    const [x, y] = parametersAt(lane, step);
    const pixel = this.place(x, y);
    return { ...pixel, veiled: this.ground.hides(x, y, pixel.z, this.eye) };
  }

  /**
   * Long steps are laid over the surface in short pieces: the same straight line that the map shows.
   * @param {Lane} lane
   */
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
        const [u, v] = [mix(x0, x, part), mix(y0, y, part)];
        const pixel = this.place(u, v);
        const near = drawn && Math.hypot(pixel.x - drawn.x, pixel.y - drawn.y) < 0.8;
        if (near && t < lane.last_step) continue; // saves the search for what hides it
        drawn = pixel;
        const veiled = Number.isFinite(pixel.x) && this.ground.hides(u, v, pixel.z, this.eye);
        line.add(pixel.x, pixel.y, previous + part * (t - previous), veiled);
      }
    }
    return line;
  }

  /** @param {Lane} _lane @param {Polyline} line */
  end(_lane, line) {
    return line.exit;
  }

  /** @param {Lane} lane @param {number} step @param {number} dx @param {number} dy */
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

/**
 * Product of two 4 x 4 matrices, columns first.
 * @param {ArrayLike<number>} a
 * @param {ArrayLike<number>} b
 */
function multiply(a, b) {
  return Float64Array.from({ length: 16 }, (_, i) => {
    const row = i % 4;
    const column = 4 * Math.floor(i / 4);
    return a[row] * b[column] + a[4 + row] * b[column + 1] + a[8 + row] * b[column + 2] + a[12 + row] * b[column + 3];
  });
}

/** The drawn surface: its height anywhere, and what it hides from the eye. */
export class Ground {
  /**
   * @param {Grid} grid
   * @param {[number, number]} [range] of the heights that are drawn; by default that of all
   */
  constructor({ x, y, z }, range = [Infinity, -Infinity]) {
    this.z = z;
    this.columns = x.length;
    this.rows = y.length;
    this.axes = [x, y];
    this.even = this.axes.every(isEven);
    this.x0 = x[0];
    this.y0 = y[0];
    this.width = x[x.length - 1] - x[0];
    this.depth = y[y.length - 1] - y[0];
    let [low, high] = range;
    if (!(low < high)) {
      [low, high] = [Infinity, -Infinity];
      for (const value of z) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    this.low = low;
    this.high = high;
    this.lift = RELIEF_LIFT * (high - low);
  }

  /** The surface of a figure. @param {Figure} figure */
  static of({ data, layout }) {
    const trace = data.find(({ type }) => type === "surface");
    if (!trace) throw new TypeError("a figure without a surface");
    return new Ground(trace, layout.scene?.zaxis?.range);
  }

  /**
   * Height of the surface between its grid points, NaN outside of the grid.
   * @param {number} x @param {number} y
   */
  at(x, y) {
    const u = this.even ? ((x - this.x0) / this.width) * (this.columns - 1) : indexOn(this.axes[0], x);
    const v = this.even ? ((y - this.y0) / this.depth) * (this.rows - 1) : indexOn(this.axes[1], y);
    if (!(u >= 0 && v >= 0 && u <= this.columns - 1 && v <= this.rows - 1)) return NaN;
    const i = Math.min(Math.floor(u), this.columns - 2);
    const j = Math.min(Math.floor(v), this.rows - 2);
    const near = j * this.columns + i;
    const far = near + this.columns;
    return mix(mix(this.z[near], this.z[near + 1], u - i), mix(this.z[far], this.z[far + 1], u - i), v - j);
  }

  /** @param {number} x @param {number} y */
  lifted(x, y) {
    const z = this.at(x, y);
    return Number.isNaN(z) ? NaN : clamp(z, this.low, this.high) + this.lift;
  }

  /**
   * Where a ray first meets the surface; NaN if nowhere.
   * @param {number[]} eye @param {number[]} ray
   * @returns {[number, number]}
   */
  hit(eye, ray) {
    const { x0, y0, width, depth, low, high } = this;
    let [from, to] = [0, Infinity];
    for (const [axis, first, last] of [[0, x0, x0 + width], [1, y0, y0 + depth], [2, low, high]]) {
      const ends = [(first - eye[axis]) / ray[axis], (last - eye[axis]) / ray[axis]];
      from = Math.max(from, Math.min(...ends));
      to = Math.min(to, Math.max(...ends));
    }
    if (!(from < to)) return [NaN, NaN];
    const above = (/** @type {number} */ t) => eye[2] + t * ray[2] - this.at(eye[0] + t * ray[0], eye[1] + t * ray[1]);
    const inside = (to - from) * 1e-6; // at the very edge rounding decides whether there is a surface
    [from, to] = [from + inside, to - inside];
    const side = above(from);
    for (let k = 1; k <= RAY_SAMPLES; k++) {
      let [near, far] = [k - 1, k].map((i) => mix(from, to, i / RAY_SAMPLES));
      if (!(above(far) * side < 0)) continue;
      for (let round = 0; round < RAY_HALVINGS; round++) {
        const middle = (near + far) / 2;
        if (above(middle) * side < 0) far = middle;
        else near = middle;
      }
      return [eye[0] + far * ray[0], eye[1] + far * ray[1]];
    }
    return [NaN, NaN];
  }

  /**
   * Whether the surface is in the way of the line of sight from a point to the eye.
   * @param {number} x @param {number} y @param {number} z @param {number[]} eye
   */
  hides(x, y, z, eye) {
    const [dx, dy, dz] = [eye[0] - x, eye[1] - y, eye[2] - z];
    // How far the line of sight stays above the map and below the highest ground, as a fraction of the way to the eye.
    let end = 1;
    if (dx > 0) end = Math.min(end, (this.x0 + this.width - x) / dx);
    if (dx < 0) end = Math.min(end, (this.x0 - x) / dx);
    if (dy > 0) end = Math.min(end, (this.y0 + this.depth - y) / dy);
    if (dy < 0) end = Math.min(end, (this.y0 - y) / dy);
    if (dz > 0) end = Math.min(end, (this.high - z) / dz);
    for (let k = 1; k <= SIGHT_SAMPLES; k++) {
      const part = end * (k / SIGHT_SAMPLES) ** 2; // densest near the point, where a hill is most easily missed
      if (this.at(x + part * dx, y + part * dy) > z + part * dz) return true;
    }
    return false;
  }
}

/** Whether the numbers of an axis are equally far apart, up to single precision. @param {ArrayLike<number>} axis */
function isEven(axis) {
  const last = axis.length - 1;
  const stride = (axis[last] - axis[0]) / last;
  return Array.prototype.every.call(axis, (value, i) => Math.abs(value - axis[0] - i * stride) < 1e-3 * stride);
}

/** The fractional index of a number on an axis that increases; NaN outside of it. @param {ArrayLike<number>} axis @param {number} value */
function indexOn(axis, value) {
  let [low, high] = [0, axis.length - 1];
  if (!(value >= axis[low] && value <= axis[high])) return NaN;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (axis[middle] <= value) low = middle;
    else high = middle;
  }
  return low + (value - axis[low]) / (axis[high] - axis[low]);
}
