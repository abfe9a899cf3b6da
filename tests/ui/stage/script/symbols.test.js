// The key to the symbols of a picture.
import assert from "node:assert/strict";
import { test } from "node:test";
import { symbolKey } from "../../../../landscape_lab/ui/stage/script/symbols.js";

const WORDS = { start_label: "start", minimum_label: "global minimum", local_minimum: "local minimum", saddle: "saddle point", diverged: "diverged" };
const SHAPES = { shape_ring: "ring", shape_star: "star", shape_cross: "cross" };
const point = (meta, symbol) => ({ meta, marker: { symbol, size: 9, line: { width: 2 } } });
const model = ({ data = [], start = [0, 0], lanes = [{}], foggy = false, hidden = [], tour = false }) => ({
  tree: { tour, race: { start }, surface: { contour: { data } } },
  words: { ...WORDS, ...SHAPES },
  markers: { star: [[0, 1], [1, -1], [-1, -1]] },
  foggy,
  lanes,
  isShown: (i) => !hidden.includes(i),
});
const meanings = (key) => [...key.matchAll(/aria-label="(\w+)">.*?<\/svg>([^<]+)/g)].map(([, shape, name]) => `${shape}: ${name}`);

test("the key has the symbols of the picture and no others", () => {
  const data = [{ meta: "surface" }, point("saddle", "x-thin"), point("global_minimum", "star"), point("local_minimum", "circle-open")];
  const lanes = [{ diverged: true }, { diverged: false }];
  const points = ["cross: saddle point", "star: global minimum", "ring: local minimum"];
  assert.deepEqual(meanings(symbolKey(model({ data, lanes }))), ["ring: start", ...points, "cross: diverged"]);
  assert.deepEqual(meanings(symbolKey(model({ data, lanes, hidden: [0] }))), ["ring: start", ...points]);
  assert.deepEqual(meanings(symbolKey(model({ start: [], data }))), points);
  assert.deepEqual(meanings(symbolKey(model({ data, lanes, foggy: true }))), ["ring: start"], "fog hides the rest");
  assert.equal(symbolKey(model({ start: [] })), "");
  assert.equal(symbolKey(model({ data, tour: true })), "");
});
