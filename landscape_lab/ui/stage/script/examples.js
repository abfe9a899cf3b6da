// @ts-check
import { clamp, escapeHtml, fill } from "./words.js";

/**
 * @import { FlatAxes } from "./projections.js"
 * @import { ExampleData, ExampleSet, Lane, Range, Words } from "./types.js"
 * @typedef {"curve" | "features" | "predictions"} Picture
 *   curve: the feature and the target; features: the two of them; predictions: true and predicted target
 */

/**
 * What each model predicts for an example, from the parameters x, y and the features u, v that it receives.
 * @type {Record<string, (x: number, y: number, u: number, v: number) => number>}
 */
const MODELS = {
  line: (x, y, u) => x * u + y,
  plane: (x, y, u, v) => x * u + y * v,
  logistic: (x, y, u, v) => 1 / (1 + Math.exp(-(x * u + y * v))),
  tanh: (x, y, u) => y * Math.tanh(x * u),
};

/** The examples that a surface is the loss over, and what the model predicts for them. All features here are raw. */
export class Examples {
  /** @param {ExampleData} data */
  constructor({ model, names, ranges, features, targets, held_out, moments }) {
    this.model = model;
    this.names = names;
    this.ranges = ranges;
    this.moments = moments;
    /** To learn from, and held out. */
    this.parts = [{ features, targets }, held_out];
    this.count = targets.length;
    this.width = names.length - 1;
    /** @type {Picture[]} */
    this.pictures = this.width === 1 ? ["curve"] : model === "plane" ? ["predictions", "features"] : ["features"];
    /** Whether the targets are classes. */
    this.classifies = model === "logistic" || model === "network";
    this.radius = clamp(9.5 / this.count ** 0.22, 1.6, 4.5);
  }

  /**
   * The prediction for raw features: landscapes.DataLoss.predict.
   * @param {number} x @param {number} y @param {number} u @param {number} [v]
   */
  predict(x, y, u, v = NaN) {
    const { moments } = this;
    const given = (/** @type {number} */ value, /** @type {number} */ k) =>
      moments ? (value - moments[0][k]) / moments[1][k] : value;
    return MODELS[this.model](x, y, given(u, 0), given(v, 1));
  }

  /** @param {ArrayLike<number>} theta @param {number} i @param {ExampleSet} [part] */
  prediction(theta, i, { features } = this.parts[0]) {
    return this.predict(theta[0], theta[1], features[this.width * i], features[this.width * i + 1]);
  }

  /**
   * Where an example lies in a picture.
   * @param {Picture} picture @param {number} i @param {ExampleSet} part @param {ArrayLike<number>} [theta]
   * @returns {[number, number]}
   */
  place(picture, i, part, theta = [NaN, NaN]) {
    const { features, targets } = part;
    if (picture === "curve") return [features[i], targets[i]];
    return picture === "features" ? [features[2 * i], features[2 * i + 1]] : [targets[i], this.prediction(theta, i, part)];
  }

  /**
   * The line a u + b v = c on which a model of two raw features is undecided: class 1 as likely as not, or 0.
   * @param {ArrayLike<number>} theta
   */
  border(theta) {
    const [[m0, m1], [s0, s1]] = this.moments ?? [[0, 0], [1, 1]];
    const [a, b] = [theta[0] / s0, theta[1] / s1];
    return [a, b, a * m0 + b * m1];
  }

  /**
   * Titles and ranges of the axes of a picture, for a race from a start.
   * @param {Picture} picture @param {ArrayLike<number>} start @param {Words} words
   * @returns {{ type: string, title: string, range: Range }[]}
   */
  axes(picture, start, words) {
    const { ranges } = this;
    const names = this.names.map(escapeHtml); // Plotly reads titles as HTML, and a name may come from a file
    if (picture !== "predictions") return [0, 1].map((i) => ({ type: "linear", title: names[i], range: ranges[i] }));
    // In whole strides, so that a start that is dragged seldom moves the axes.
    let [low, high] = ranges[2];
    const stride = (high - low) / 2;
    for (let i = 0; i < this.count; i++) {
      const predicted = this.prediction(start, i);
      low -= stride * Math.max(0, Math.ceil((low - predicted) / stride));
      high += stride * Math.max(0, Math.ceil((predicted - high) / stride));
    }
    return [
      { type: "linear", title: fill(words.true_target, { name: names[2] }), range: ranges[2] },
      { type: "linear", title: fill(words.predicted_target, { name: names[2] }), range: [low, high] },
    ];
  }
}

/**
 * The two ends of the line a x + b y = c on flat axes, in pixels, from edge to edge; null where there is none.
 * @param {FlatAxes} axes
 * @param {number[]} line
 */
export function borderLine(axes, [a, b, c]) {
  const { x0, x1, y0, y1 } = axes;
  if (!(Math.abs(a) + Math.abs(b) > 0) || !Number.isFinite(a + b + c)) return null;
  const steep = Math.abs(a * (x1 - x0)) > Math.abs(b * (y1 - y0));
  const ends = steep ? [y0, y1].map((y) => [(c - b * y) / a, y]) : [x0, x1].map((x) => [x, (c - a * x) / b]);
  return ends.map(([x, y]) => [axes.px(x), axes.py(y)]);
}

/**
 * An entry with the loss on held-out data in place of its own.
 * @param {Lane} lane
 * @returns {Lane}
 */
export const onHeldOut = (lane) => ({ ...lane, gaps: lane.validation ?? lane.gaps });
