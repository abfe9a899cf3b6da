// The second curves of a recording.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkpointKey } from "../../../../landscape_lab/ui/stage/script/checkpoint_marks.js";
import { StageModel } from "../../../../landscape_lab/ui/stage/script/model.js";
import { CurveProjection } from "../../../../landscape_lab/ui/stage/script/projections.js";
import { measured, quantityAxis } from "../../../../landscape_lab/ui/stage/script/quantity.js";

const quantity = (name, values, type = "linear") =>
  ({ name, label: `the ${name}`, type, range: [0, 1], runs: values.map((each) => ({ values: each, validation: null, limit: null })) });
const RECORDING = {
  numbers: [0, 50, 100], quantities: [quantity("accuracy", [[0.5, 0.6, 0.7]]), quantity("sharpness", [[1, 10, 100]], "log")],
  drawn: null, distance: null, farthest: 2.5, share: "<b>",
};
const model = (recording = RECORDING) =>
  new StageModel({ view: { projection: "map", quantity: "sharpness", hidden: [] }, fog: null, words: { ring_note: "at most {farthest}", height_note: "height" },
    race: { lanes: [{ name: "one", last_step: 2, gaps: [3, 2, 1], validation: [4, 3, 2] }] }, recording });

test("the curves show the quantity that the view names, or the first that there is", () => {
  const shown = model();
  assert.deepEqual(measured(shown)(shown.lanes[0], 0).gaps, [1, 10, 100]);
  assert.equal(measured(shown)(shown.lanes[0], 0).validation, null);
  assert.deepEqual(quantityAxis(shown), { type: "log", range: [0, 1], title: "the sharpness", kind: "sharpness" });
  shown.changeView({ quantity: "distance" });
  assert.equal(shown.quantity.name, "accuracy");
  const race = model(null);
  assert.deepEqual([race.quantity, measured(race)(race.lanes[0], 0)], [null, race.lanes[0]]);
});

test("a curve passes over checkpoints at which nothing was measured", () => {
  const axis = (range) => ({ range, offset: 0, length: 100, type: "linear" });
  const projection = new CurveProjection({ x: axis([0, 100]), y: axis([0, 1]) }, "steps", 0, undefined, null, RECORDING.numbers);
  const [run] = projection.line({ last_step: 2, gaps: [0, NaN, 1] }).runs;
  assert.deepEqual([run.x, run.y, run.step], [[0, 100], [100, 0], [0, 2]]);
});

test("the key says what the marks mean, in words that are no HTML", () => {
  const shown = model();
  assert.match(checkpointKey(shown), /at most 2.5.*&#60;b&#62;/);
  assert.doesNotMatch(checkpointKey(shown), /height/);
  shown.changeView({ projection: "relief" });
  assert.match(checkpointKey(shown), /height/);
  assert.equal(checkpointKey(model(null)), "");
});
