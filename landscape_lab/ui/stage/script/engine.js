// @ts-check
import { MeanLoss, doubles, examplesOf, quadraticLoss } from "./losses.js";


// Runs a race in the browser, from functions that experiments/engine.py wrote, judging every point as `run` does.

/**
 * A loss of two parameters. `gradient` fills two numbers, `hessian` four, and both return what they filled.
 * @typedef {{
 *   value: (x: number, y: number) => number,
 *   gradient: (x: number, y: number, out: Numbers) => Numbers,
 *   hessian: (x: number, y: number, out: Numbers) => Numbers,
 * }} Loss
 *
 * An optimizer: `start` fills the state with that of the first step, `step` changes it and returns how many gradient
 * evaluations that took. The point is the first two numbers of the state.
 * @typedef {{
 *   slots: number,
 *   start: (x: number, y: number, knobs: Numbers, state: Numbers) => void,
 *   step: (state: Numbers, knobs: Numbers, loss: Loss) => number,
 * }} Optimizer
 *
 * A surface with parameters p, and a model's loss on one example with its target v.
 * @typedef {{
 *   value: (x: number, y: number, p: Numbers) => number,
 *   gradient: (x: number, y: number, p: Numbers, out: Numbers) => Numbers,
 *   hessian: (x: number, y: number, p: Numbers, out: Numbers) => Numbers,
 * }} Surface
 * @typedef {{
 *   loss: (x: number, y: number, a: number, b: number, v: number) => number,
 *   slopes: (x: number, y: number, a: number, b: number, v: number, out: Numbers) => Numbers,
 *   curvatures: (x: number, y: number, a: number, b: number, v: number, out: Numbers) => Numbers,
 * }} Model
 *
 * @typedef {{optimizers: Optimizer[], surfaces?: Surface[], models?: Model[], scales?: ((t: number, p: Numbers) => number)[],
 *   schedules?: ((t: number, n: number, p: Numbers) => number)[]}} Module
 *
 * The numbers of a race; experiments/engine.py says what they are.
 * @typedef {{[name: string]: number}} Values
 * @typedef {{
 *   optimizer: number, values: Values, factors: {[name: string]: Uint8Array | undefined},
 *   schedules?: {[name: string]: {place: number, values: Values}},
 * }} LaneSpec
 * @typedef {{
 *   a: Uint8Array, b: Uint8Array, target: Uint8Array, weight: Uint8Array | null, ridge: number[],
 *   quadratic: number[] | null,
 * }} RowsSpec
 * @typedef {{
 *   a: Float64Array, b: Float64Array, target: Float64Array, weight: Float64Array | null, ridge: number[],
 *   quadratic: number[] | null,
 * }} Rows
 * @typedef {{
 *   normals?: Uint8Array,
 *   rows?: RowsSpec,
 *   held_out?: RowsSpec,
 *   batches?: {rows: Int32Array, ends: Int32Array},
 * }} Data
 * @typedef {{
 *   key: string, steps: number, start: number[], offset: number, domain: number[][],
 *   lanes: LaneSpec[], surface: {place: number, values: Values}, sampler: {values: Values},
 * }} Spec
 *
 * @typedef {Float64Array | number[]} Numbers
 * @typedef {Float32Array & {shape?: number[]}} Shaped
 * @typedef {{
 *   points: Float64Array, losses: Float64Array, evaluated: Float64Array, last_step: number, outcome: number,
 * }} Path
 * @typedef {{
 *   points: Shaped, gaps: Float32Array, gradients: Shaped, evaluated: number | Float32Array,
 *   seen: number | Float32Array | null, validation: Float32Array | null,
 *   last_step: number, diverged: boolean, outcome: number,
 * }} LaneRun
 */

/** A lane has diverged when it is this many domain sizes away from the middle of the domain. */
const ESCAPE = 1e3;
/** Codes of `Outcome`. */
const FINISHED = 0;
const DIVERGED = 3;

/** @type {Map<string, Promise<any>>} */
const modules = new Map();
const MOST_MODULES = 16;

/**
 * The module that a text is. Rejects where it does not load.
 * @param {string} text
 * @returns {Promise<Module>}
 */
export function loadEngine(text) {
  const known = modules.get(text);
  if (known) return known;
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const made = import(address).finally(() => URL.revokeObjectURL(address));
  modules.set(text, made);
  if (modules.size > MOST_MODULES) modules.delete(modules.keys().next().value ?? "");
  return made;
}

/** Use a module that has been loaded already for its text. @param {string} text @param {Module} module */
export function keepEngine(text, module) {
  modules.set(text, Promise.resolve(module));
}

/** The race of a stage, run again with other numbers. */
export class Engine {
  /**
   * @param {Module} module
   * @param {Spec} spec
   * @param {Data} data what travels with the module's text
   */
  constructor(module, spec, data = {}) {
    this.module = module;
    this.spec = spec;
    /** @type {Map<string, number>} every number that can be changed, by its path */
    this.values = new Map([
      ["steps", spec.steps],
      ["start/x", spec.start[0]],
      ["start/y", spec.start[1]],
    ]);
    const groups = { surface: spec.surface.values, sampler: spec.sampler.values };
    for (const [group, values] of Object.entries(groups))
      for (const [name, value] of Object.entries(values)) this.values.set(`${group}/${name}`, value);
    spec.lanes.forEach((lane, i) => {
      for (const [name, value] of Object.entries(lane.values)) this.values.set(`lane/${i}/${name}`, value);
      for (const [field, { values }] of Object.entries(lane.schedules ?? {}))
        for (const [name, value] of Object.entries(values)) this.values.set(`lane/${i}/${field}/schedule/${name}`, value);
    });
    this.factors = spec.lanes.map(({ values, factors, schedules }) =>
      Object.keys({ ...factors, ...schedules }).map((name) => ({
        name,
        place: Object.keys(values).indexOf(name),
        factors: factors[name] && doubles(factors[name]),
      })),
    );
    this.normals = data.normals && doubles(data.normals);
    this.rows = data.rows && examplesOf(data.rows);
    this.heldOut = data.held_out && this.#lossOver(examplesOf(data.held_out));
    this.batches = data.batches;
    /** How many steps there is noise for. */
    this.most = Math.min(this.normals ? this.normals.length / 2 : Infinity, this.batches?.ends.length ?? Infinity);
  }

  /**
   * Whether a path names a number that can be changed here, to that value.
   * @param {string} path
   * @param {number} [value]
   */
  has(path, value = this.values.get(path)) {
    if (path === "steps") return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= this.most;
    return this.values.has(path);
  }

  /** The number at a path, as the spec has it. @param {string} path */
  value(path) {
    const value = this.values.get(path);
    if (value === undefined) throw new RangeError(path);
    return value;
  }

  /** All lanes with some numbers changed. @param {Values} changes by path */
  race(changes = {}) {
    const lanes = this.spec.lanes.map((_, i) => this.lane(i, changes));
    return { start: this.#start(changes), lanes };
  }

  /**
   * One lane, as a stage's message has it: NaN after its last step.
   * @param {number} index
   * @param {Values} changes
   * @returns {LaneRun}
   */
  lane(index, changes = {}) {
    const { points, losses, evaluated, last_step, outcome } = this.path(index, changes);
    const loss = this.loss(changes);
    const steps = losses.length - 1;
    const gaps = new Float32Array(steps + 1).fill(NaN);
    const validation = this.heldOut ? gaps.slice() : null;
    /** @type {Shaped} */
    const gradients = new Float32Array(2 * steps + 2).fill(NaN);
    const slope = new Float64Array(2);
    for (let t = 0; t <= last_step; t++) {
      const [x, y] = [points[2 * t], points[2 * t + 1]];
      gaps[t] = losses[t] - this.spec.offset;
      if (this.heldOut && validation) validation[t] = this.heldOut.value(x, y) - this.spec.offset;
      loss.gradient(x, y, slope);
      gradients.set(slope, 2 * t);
    }
    /** @type {Shaped} */
    const single = Float32Array.from(points);
    single.shape = gradients.shape = [steps + 1, 2];
    const spent = evenly(evaluated, last_step);
    const seen = this.rows ? evenly(this.#seen(evaluated, last_step), last_step) : null;
    return {
      points: single, gaps, gradients, evaluated: spent, seen, validation, last_step, diverged: outcome === DIVERGED, outcome,
    };
  }

  /**
   * The same in double precision: what `run` returns.
   * @param {number} index
   * @param {Values} changes
   * @returns {Path}
   */
  path(index, changes = {}) {
    const { domain, lanes } = this.spec;
    const steps = this.#at("steps", changes);
    const optimizer = this.module.optimizers[lanes[index].optimizer];
    const knobs = Float64Array.from(Object.keys(lanes[index].values), (name) => this.#at(`lane/${index}/${name}`, changes));
    const now = knobs.slice();
    const scheduled = this.#scheduled(index, changes);
    const loss = this.loss(changes);
    const seen = this.sampled(loss, changes);
    const state = new Float64Array(optimizer.slots);
    const points = new Float64Array(2 * steps + 2).fill(NaN);
    const losses = new Float64Array(steps + 1).fill(NaN);
    const evaluated = new Float64Array(steps + 1).fill(NaN);
    const [[x0, x1], [y0, y1]] = domain;
    optimizer.start(...this.#start(changes), knobs, state);
    for (let t = 0, spent = 0; ; t++) {
      const [x, y] = state;
      const value = loss.value(x, y);
      points[2 * t] = x;
      points[2 * t + 1] = y;
      losses[t] = value;
      evaluated[t] = spent;
      const near = Math.abs(x - (x0 + x1) / 2) <= ESCAPE * (x1 - x0) && Math.abs(y - (y0 + y1) / 2) <= ESCAPE * (y1 - y0);
      if (!near || !Number.isFinite(value)) return { points, losses, evaluated, last_step: t, outcome: DIVERGED };
      if (t === steps) return { points, losses, evaluated, last_step: t, outcome: FINISHED };
      for (const { place, factors } of scheduled) now[place] = knobs[place] * (factors ? factors[t] : 1);
      spent += optimizer.step(state, now, seen(t));
    }
  }

  /**
   * The heights on an n x n grid over a domain, in rows of one y each; NaN where there is no finite height.
   * @param {Values} changes
   * @param {number[][]} domain
   * @param {number} n
   */
  surface(changes = {}, domain = this.spec.domain, n = 120) {
    const loss = this.loss(changes);
    const [xs, ys] = domain.map(([low, high]) => Float64Array.from({ length: n }, (_, i) => low + (i * (high - low)) / (n - 1)));
    const z = new Float64Array(n * n);
    let low = Infinity, high = -Infinity;
    for (let row = 0, i = 0; row < n; row++)
      for (let column = 0; column < n; column++, i++) {
        const height = loss.value(xs[column], ys[row]);
        z[i] = Number.isFinite(height) ? height : NaN;
        if (z[i] < low) low = z[i];
        if (z[i] > high) high = z[i];
      }
    return { z, low, high };
  }

  /** @param {string} path @param {Values} changes */
  #at(path, changes) {
    return changes[path] ?? this.value(path);
  }

  /** @param {Values} changes @returns {[number, number]} */
  #start(changes) {
    return [this.#at("start/x", changes), this.#at("start/y", changes)];
  }

  /** @param {"surface" | "sampler"} group @param {Values} changes */
  #parameters(group, changes) {
    return Object.keys(this.spec[group].values).map((name) => this.#at(`${group}/${name}`, changes));
  }

  /** The factors of a lane's scheduled knobs: those of the spec, if it has them, unless the steps or a number of their
   * schedule are changed.
   * @param {number} index
   * @param {Values} changes
   */
  #scheduled(index, changes) {
    const { lanes } = this.spec;
    const steps = this.#at("steps", changes);
    const changed = Object.keys(changes);
    return this.factors[index].map(({ name, place, factors }) => {
      const path = `lane/${index}/${name}/schedule/`;
      const schedule = lanes[index].schedules?.[name];
      const same = factors && steps === this.spec.steps && !changed.some((each) => each.startsWith(path));
      if (!schedule || !this.module.schedules || same) return { place, factors };
      const factor = this.module.schedules[schedule.place];
      const p = Object.keys(schedule.values).map((each) => this.#at(path + each, changes));
      return { place, factors: Float64Array.from({ length: steps }, (_, t) => factor(t, steps, p)) };
    });
  }

  /** The loss itself. @param {Values} changes @returns {Loss} */
  loss(changes) {
    if (this.rows) return this.#lossOver(this.rows);
    const surface = (this.module.surfaces ?? [])[this.spec.surface.place];
    const p = this.#parameters("surface", changes);
    return {
      value: (x, y) => surface.value(x, y, p),
      gradient: (x, y, out) => surface.gradient(x, y, p, out),
      hessian: (x, y, out) => surface.hessian(x, y, p, out),
    };
  }

  /** The loss over examples. @param {Rows} rows @returns {Loss} */
  #lossOver(rows) {
    if (rows.quadratic) return quadraticLoss(rows.quadratic);
    return new MeanLoss((this.module.models ?? [])[this.spec.surface.place], rows);
  }

  /** The loss as a step sees it. @param {Loss} loss @param {Values} changes @returns {(t: number) => Loss} */
  sampled(loss, changes) {
    const { normals, rows, batches } = this;
    if (normals && this.module.scales) {
      const [scale] = this.module.scales;
      const p = this.#parameters("sampler", changes);
      const noise = [0, 0];
      /** @type {Loss} */
      const noisy = {
        value: (x, y) => loss.value(x, y),
        hessian: (x, y, out) => loss.hessian(x, y, out),
        gradient(x, y, out) {
          loss.gradient(x, y, out);
          out[0] += noise[0];
          out[1] += noise[1];
          return out;
        },
      };
      return (t) => {
        const size = scale(t, p);
        noise[0] = size * normals[2 * t];
        noise[1] = size * normals[2 * t + 1];
        return noisy;
      };
    }
    if (rows && batches && this.module.models) {
      const mean = new MeanLoss(this.module.models[this.spec.surface.place], rows);
      return (t) => mean.on(batches.rows.subarray(t ? batches.ends[t - 1] : 0, batches.ends[t]));
    }
    return () => loss;
  }

  /** Examples looked at up to each point. @param {Float64Array} evaluated @param {number} last */
  #seen(evaluated, last) {
    const { rows, batches } = this;
    const seen = new Float64Array(evaluated.length).fill(NaN);
    seen[0] = 0;
    for (let t = 0; t < last; t++) {
      const size = batches ? batches.ends[t] - (t ? batches.ends[t - 1] : 0) : (rows?.target.length ?? 0);
      seen[t + 1] = seen[t] + (evaluated[t + 1] - evaluated[t]) * size;
    }
    return seen;
  }
}

/**
 * What has been spent up to each step; just how much per step where that is always the same.
 * @param {Float64Array} spent
 * @param {number} last
 */
function evenly(spent, last) {
  const each = last > 0 ? spent[1] : 1;
  for (let t = 0; t <= last; t++) if (spent[t] !== each * t) return Float32Array.from(spent);
  return each;
}
