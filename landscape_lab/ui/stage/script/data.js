import { clamp, escapeHtml, fill } from "./words.js";

/** What each model says of an example, from the parameters x, y and the features u, v that it is given. */
const MODELS = {
  line: (x, y, u) => x * u + y,
  plane: (x, y, u, v) => x * u + y * v,
  logistic: (x, y, u, v) => 1 / (1 + Math.exp(-(x * u + y * v))),
  tanh: (x, y, u) => y * Math.tanh(x * u),
};

/** The examples that a surface is the loss over, and what the model says of them. All features here are raw. */
export class Examples {
  constructor({ model, names, ranges, features, targets, held_out, moments }) {
    Object.assign(this, { model, names, ranges, moments });
    this.parts = [{ features, targets }, held_out]; // to learn from, and to validate with
    this.count = targets.length;
    this.width = names.length - 1;
    /* curve: the feature and the target; features: the two of them; predictions: true and predicted target. */
    this.pictures = this.width === 1 ? ["curve"] : model === "plane" ? ["predictions", "features"] : ["features"];
    this.radius = clamp(9.5 / this.count ** 0.22, 1.6, 4.5);
  }

  /** What the model says of raw features: landscapes.DataLoss.predict. */
  says(x, y, u, v) {
    const given = (value, k) => (this.moments ? (value - this.moments[0][k]) / this.moments[1][k] : value);
    return MODELS[this.model](x, y, given(u, 0), given(v, 1));
  }

  prediction([x, y], i, { features } = this.parts[0]) {
    return this.says(x, y, features[this.width * i], features[this.width * i + 1]);
  }

  /** Where an example lies in a picture. */
  place(picture, i, part, theta) {
    const { features, targets } = part;
    if (picture === "curve") return [features[i], targets[i]];
    return picture === "features" ? [features[2 * i], features[2 * i + 1]] : [targets[i], this.prediction(theta, i, part)];
  }

  /** The line a u + b v = c on which a model of two raw features says nothing: class 1 as likely as not, or 0. */
  border([x, y]) {
    const [[m0, m1], [s0, s1]] = this.moments ?? [[0, 0], [1, 1]];
    const [a, b] = [x / s0, y / s1];
    return [a, b, a * m0 + b * m1];
  }

  /** Titles and ranges of the axes of a picture, for a race from a start. */
  axes(picture, start, words) {
    const { ranges } = this;
    const names = this.names.map(escapeHtml); // Plotly reads titles as HTML, and a name may come from a file
    if (picture !== "predictions") return [0, 1].map((i) => ({ type: "linear", title: names[i], range: ranges[i] }));
    // In whole strides, so that a start that is dragged seldom moves the axes.
    let [low, high] = ranges[2];
    const stride = (high - low) / 2;
    for (let i = 0; i < this.count; i++) {
      const said = this.prediction(start, i);
      low -= stride * Math.max(0, Math.ceil((low - said) / stride));
      high += stride * Math.max(0, Math.ceil((said - high) / stride));
    }
    return [
      { type: "linear", title: fill(words.true_target, { name: names[2] }), range: ranges[2] },
      { type: "linear", title: fill(words.predicted_target, { name: names[2] }), range: [low, high] },
    ];
  }
}

/** The two ends of the line a x + b y = c on flat axes, in pixels, from edge to edge; null where there is none. */
export function borderLine(axes, [a, b, c]) {
  const { x0, x1, y0, y1 } = axes;
  if (!(Math.abs(a) + Math.abs(b) > 0) || !Number.isFinite(a + b + c)) return null;
  const steep = Math.abs(a * (x1 - x0)) > Math.abs(b * (y1 - y0));
  const ends = steep ? [y0, y1].map((y) => [(c - b * y) / a, y]) : [x0, x1].map((x) => [x, (c - a * x) / b]);
  return ends.map(([x, y]) => [axes.px(x), axes.py(y)]);
}

/** A lane with the loss on held-out data in place of its own. */
export const onHeldOut = (lane) => ({ ...lane, gaps: lane.validation });
