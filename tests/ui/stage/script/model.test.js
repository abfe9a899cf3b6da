// What a stage shows, and how it is viewed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { StageModel } from "../../../../landscape_lab/ui/stage/script/model.js";

const VIEW = { projection: "map", loss_axis: "log", progress_axis: "steps", hidden: [], arrows: false, inspector: false, inspected: 0 };
const tree = (changes = {}) => ({
  view: VIEW,
  told: 0,
  fog: null,
  curves: { offset: 2, ranges: { steps: [0, 1], evaluations: [0, 1] } },
  race: { lanes: [{ gaps: [3] }, { gaps: [4] }, { gaps: [5] }] },
  ...changes,
});

test("the server's view counts when it is new, and later than the last change of the view here", () => {
  const model = new StageModel(tree());
  assert.deepEqual(model.changeView({ hidden: [2, 0] }), { ...VIEW, hidden: [0, 2], told: 1 });
  model.receive(tree());
  assert.deepEqual(model.view.hidden, [2, 0], "the server has not heard of it yet");
  model.receive(tree({ view: { ...VIEW, arrows: true } }));
  assert.equal(model.view.arrows, false, "this one is older");
  model.receive(tree({ view: { ...VIEW, projection: "relief" }, told: 1 }));
  assert.deepEqual([model.view.projection, model.view.hidden], ["relief", []]);
});

test("a view that was received is not the server's own", () => {
  const received = tree();
  const model = new StageModel(received);
  model.view.hidden.push(1);
  assert.deepEqual(received.view.hidden, []);
});

test("an entry is shown alone, and all again when it is alone already", () => {
  const model = new StageModel(tree());
  model.changeView({ hidden: model.othersThan(1) });
  assert.deepEqual([0, 1, 2].map((i) => model.isShown(i)), [false, true, false]);
  assert.deepEqual(model.othersThan(1), []);
});

test("in the fog there is a map only, until it is lifted", () => {
  const model = new StageModel(tree({ fog: 0.1, view: { ...VIEW, projection: "relief" } }));
  assert.deepEqual([model.foggy, model.projection], [true, "map"]);
  model.lifted = true;
  assert.deepEqual([model.foggy, model.projection], [false, "relief"]);
});

test("an axis that the race does not have is the steps", () => {
  const model = new StageModel(tree({ view: { ...VIEW, progress_axis: "epochs" } }));
  assert.equal(model.progressAxis, "steps");
  model.changeView({ progress_axis: "evaluations" });
  assert.equal(model.progressAxis, "evaluations");
});

test("losses are gaps above the offset, and what is not pointed at is faint", () => {
  const model = new StageModel(tree());
  assert.equal(model.loss(model.lanes[1], 0), 6);
  assert.deepEqual([0, 1].map((i) => model.strength(i)), [1, 1]);
  model.highlighted = 1;
  assert.ok(model.strength(0) < 0.5 && model.strength(1) === 1);
});

test("another tree than the server's is a preview", () => {
  const model = new StageModel(tree());
  assert.equal(model.previewing, false);
  model.tree = { ...model.tree };
  assert.equal(model.previewing, true);
});

test("the clock of a recording counts checkpoints, and its steps are those after which they were reached", () => {
  const model = new StageModel(tree({ recording: { numbers: [0, 10, 30, 35], quantities: [], drawn: null, share: "" } }));
  assert.deepEqual([0, 1, 1.5, 3].map((position) => model.stepAt(position)), [0, 10, 20, 35]);
  assert.deepEqual([5, 20, 99].map((steps) => model.before(2, steps)), [1.75, 1, 0]);
  model.changeView({ arrows: true });
  assert.equal(model.arrows, false);
  const race = new StageModel(tree());
  assert.deepEqual([race.stepAt(1.5), race.before(9, 4), race.before(2, 4)], [1.5, 5, 0]);
});

test("a race is as long as its longest run, and a hidden one as long as its steps", () => {
  const lanes = [{ last_step: 33 }, { last_step: 65 }];
  const length = (race) => new StageModel(tree({ race: { steps: 1500, lanes, ...race } })).length;
  assert.equal(length({}), 65);
  assert.equal(length({ family: { last_step: Int32Array.of(2, 90) } }), 90);
  assert.equal(length({ lanes: [{ last_step: 0 }] }), 1);
  assert.equal(length({ veiled: true }), 1500);
});
