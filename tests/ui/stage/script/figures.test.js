// Figures in other colours, and the numbers on their axes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dressed, exchangeTable, mixColors, withLosses } from "../../../../landscape_lab/ui/stage/script/colours.js";
import { fittedTitle } from "../../../../landscape_lab/ui/stage/script/axis_titles.js";
import { ticksOf } from "../../../../landscape_lab/ui/stage/script/first_picture.js";
import { lossTicks } from "../../../../landscape_lab/ui/stage/script/loss_axes.js";
import { membersOf, rows } from "../../../../landscape_lab/ui/stage/script/message.js";

const LIGHT = { ink: "#000000", plot: "#ffffff", colorscale: [[0, "#010101"], [1, "#020202"]] };
const DARK = { ink: "#eeeeee", plot: "#111111", colorscale: [[0, "#0a0a0a"], [1, "#0b0b0b"]] };

test("a figure is dressed in another theme, font and size, and the message's own stays as it is", () => {
  const grid = Object.assign(new Float32Array([1, 2, 3, 4]), { shape: [2, 2] });
  const figure = { z: grid, line: { color: "#000000" }, font: { family: "inherit,", size: 10 }, scale: [[0, "#010101"]], other: [null, 1] };
  const made = dressed(figure, exchangeTable(LIGHT, DARK), "Serif", 1.5);
  assert.deepEqual(made.z.map((row) => [...row]), [[1, 2], [3, 4]]);
  assert.deepEqual([made.line.color, made.font, made.scale, made.other], ["#eeeeee", { family: "Serif", size: 15 }, [[0, "#0a0a0a"]], [null, 1]]);
  assert.equal(figure.font.size, 10);
});

test("a surface that is drawn by logarithms tells true losses", () => {
  const trace = { meta: "surface", z: Object.assign(new Float32Array([0, 1]), { shape: [1, 2] }), hovertemplate: "%{z:.4g}" };
  const made = withLosses(trace, { log: true, floor: -1 });
  assert.deepEqual([[...made.customdata], made.hovertemplate], [[0, 9], "%{customdata:.4g}"]);
  assert.equal(withLosses(trace, { log: false, floor: 0 }), trace);
});

test("a colour between two others", () => {
  assert.equal(mixColors("#000000", "#ff8000", 0.5), "rgb(128,64,0)");
});

test("arrays of several axes are nested rows", () => {
  const cube = Object.assign(Float32Array.from({ length: 12 }, (_, i) => i), { shape: [2, 3, 2] });
  assert.deepEqual(rows(cube).map((plane) => plane.map((row) => [...row])), [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]);
});

test("the runs of a family are views into its arrays", () => {
  const arrays = { points: Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), gaps: Float32Array.from([1, 2, 3, 4]), gradients: null };
  const family = { ...arrays, values: [0.1, 0.2], evaluated: 1, seen: null, validation: null, last_step: [1, 0], outcome: ["a", "b"], diverged: [0, 1] };
  const [, second] = membersOf({ name: "Adam" }, family);
  assert.deepEqual([[...second.points], [...second.gaps]], [[5, 6, 7, 8], [3, 4]]);
  const { name, value, evaluated, last_step, outcome, diverged } = second;
  assert.deepEqual([name, value, evaluated, last_step, outcome, diverged], ["Adam", 0.2, 1, 0, "b", true]);
  assert.equal(second.points.buffer, arrays.points.buffer);
});

test("ticks are round numbers within the range", () => {
  const linear = ticksOf({ type: "linear", range: [-2, 2] }, 400, 80);
  assert.deepEqual(linear.map(({ text }) => text), ["−2", "−1", "0", "1", "2"]);
  assert.deepEqual([linear[0].part, linear.at(-1).part], [0, 1]);
  assert.deepEqual(ticksOf({ type: "log", range: [-2, 2], dtick: 1 }, 400, 40).map(({ text }) => text), ["10^−2", "10^−1", "1", "10", "10^2"]);
  assert.deepEqual(ticksOf({ type: "log", range: [0, 1], dtick: "D2" }, 400, 40).map(({ text }) => text), ["1", "2", "5", "10"]);
});

test("a long logarithmic axis has whole decades, a short one 1, 2 and 5", () => {
  assert.equal(lossTicks({ type: "log", range: [-20, 4] }).dtick, 3);
  assert.equal(lossTicks({ type: "log", range: [-20, 4] }, 140).dtick, 6, "a low graph has room for four");
  assert.equal(lossTicks({ type: "log", range: [0, 1.5] }).dtick, "D2");
  assert.equal(lossTicks({ type: "log", range: [0, 1.5] }, 140).dtick, 1);
  assert.equal(lossTicks({ type: "log", range: [-0.1, 0.85] }, 140, 1.7).dtick, 1, "in large type");
  assert.equal(lossTicks({ type: "linear", range: [0, 1] }).dtick, null);
});

test("a shorter logarithmic axis has equal differences that fit where they are closest", () => {
  const short = (/** @type {[number, number]} */ range, height = 220, weight = 1) => {
    const axis = { type: "log", range, dtick: lossTicks({ type: "log", range }, height, weight).dtick };
    return ticksOf(axis, height, 40).map(({ text }) => text);
  };
  assert.deepEqual(short([0, 0.5]), ["1", "1.5", "2", "2.5", "3"]);
  assert.deepEqual(short(/** @type {[number, number]} */ ([25, 160].map(Math.log10)), 420, 12 / 7), ["50", "100", "150"]);
  // However low the graph, there is a number.
  for (let low = 0; low < 1; low += 0.013)
    for (const length of [0.01, 0.2, 0.89, 0.95, 1.9]) assert.ok(short([low, low + length], 90).length > 0, `${low} ${length}`);
});

test("a title that is too long takes two lines, then a smaller size", () => {
  const width = (/** @type {string} */ line) => 10 * line.length;
  const title = "loss − minimum (0.0029)"; // 230 px, its lines 140 and 80 px
  assert.deepEqual(fittedTitle(title, 230, 0.5, width), { text: title, part: 1 });
  assert.deepEqual(fittedTitle(title, 140, 0.5, width), { text: "loss − minimum<br>(0.0029)", part: 1 });
  assert.deepEqual(fittedTitle("损失 − 极小值（0.0029）", 84, 0.5, width), { text: "损失 − 极小值<br>（0.0029）", part: 1 });
  assert.equal(fittedTitle(title, 70, 0.4, width).part, 0.5);
  assert.equal(fittedTitle(title, 7, 0.4, width).part, 0.4, "but stays legible");
});
