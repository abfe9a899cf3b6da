// The examples that a loss is over, and its models.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Examples, borderLine } from "../../../../landscape_lab/ui/stage/script/examples.js";

const WORDS = { true_target: "true {name}", predicted_target: "predicted {name}" };
const HELD_OUT = { features: new Float32Array(0), targets: new Float32Array(0) };
const examples = (model, features, targets, moments = null) =>
  new Examples({ model, names: features.length === targets.length ? ["u", "t"] : ["u", "<v>", "t"], ranges: [[-1, 1], [-2, 2], [0, 1]],
    features: Float32Array.from(features), targets: Float32Array.from(targets), held_out: HELD_OUT, moments });

test("each model predicts as its formula does, from standardised features where it learns from these", () => {
  assert.equal(examples("line", [2], [0]).prediction([3, 1], 0), 7);
  assert.equal(examples("plane", [2, 5], [0]).prediction([3, 1], 0), 11);
  assert.equal(examples("tanh", [2], [0]).prediction([3, 4], 0), 4 * Math.tanh(6));
  assert.equal(examples("logistic", [2, 5], [0]).prediction([5, -2], 0), 0.5);
  assert.equal(examples("plane", [2, 5], [0], [[1, 3], [2, 4]]).prediction([3, 8], 0), 3 * 0.5 + 8 * 0.5);
});

test("on the border of a model it is undecided", () => {
  for (const moments of [null, [[1, -3], [2, 4]]]) {
    const data = examples("logistic", [1, 2, 3, 4], [0, 1], moments);
    const theta = [0.7, -1.3];
    const [a, b, c] = data.border(theta);
    for (const u of [-3, 0.5, 8]) assert.ok(Math.abs(data.predict(...theta, u, (c - a * u) / b) - 0.5) < 1e-12);
  }
});

test("a border reaches from edge to edge, and there is none without parameters", () => {
  const axes = { x0: 0, x1: 10, y0: 0, y1: 10, px: (x) => x, py: (y) => y };
  assert.deepEqual(borderLine(axes, [1, 1, 4]), [[0, 4], [10, -6]]);
  assert.deepEqual(borderLine(axes, [2, 0, 4]), [[2, 0], [2, 10]]);
  assert.equal(borderLine(axes, [0, 0, 0]), null);
});

test("the pictures go with the features, and names are no HTML", () => {
  assert.deepEqual(examples("line", [1], [0]).pictures, ["curve"]);
  assert.deepEqual(examples("plane", [1, 2], [0]).pictures, ["predictions", "features"]);
  assert.deepEqual(examples("logistic", [1, 2], [0]).pictures, ["features"]);
  assert.equal(examples("plane", [1, 2], [0]).axes("features", [0, 0], WORDS)[1].title, "&#60;v&#62;");
});

test("the axis of predictions reaches those of the start in whole strides", () => {
  const [across, up] = examples("plane", [1, 0], [0]).axes("predictions", [1.7, 0], WORDS);
  assert.deepEqual([across.range, up.range], [[0, 1], [0, 2]]);
  assert.deepEqual([across.title, up.title], ["true t", "predicted t"]);
});
