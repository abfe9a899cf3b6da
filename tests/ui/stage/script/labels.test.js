// Where the names of heads go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { placeLabels } from "../../../../landscape_lab/ui/stage/script/labels.js";

const RECT = { left: 0, right: 300, top: 0, bottom: 200 };
const SIZE = { radius: 8, height: 16 };
const place = (heads, before = new Map()) =>
  placeLabels(heads.map(([x, y, width = 60], index) => ({ index, x, y, width })), RECT, SIZE, before);

const boxOf = (label, width = 60) => ({ left: label.x, right: label.x + width, top: label.y - 8, bottom: label.y + 8 });
const apart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

test("a name stands to the right of its head, and to the left where there is no room", () => {
  assert.equal(place([[100, 100]]).get(0).side, "right");
  assert.equal(place([[290, 100]]).get(0).side, "left");
});

test("no two names overlap, and none covers a head or leaves the picture", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 50; round++) {
    const heads = Array.from({ length: 8 }, () => [300 * random(), 200 * random()]);
    const boxes = [...place(heads).values()].map((label) => boxOf(label));
    assert.ok(boxes.length > 0);
    const marks = heads.map(([x, y]) => ({ left: x - 8, right: x + 8, top: y - 8, bottom: y + 8 }));
    boxes.forEach((box, i) => {
      assert.ok(box.left >= 0 && box.right <= 300 && box.top >= 0 && box.bottom <= 200);
      assert.ok([...marks, ...boxes.slice(i + 1)].every((other) => apart(box, other)));
    });
  }
});

test("of heads in one place those that find room are named", () => {
  const labels = place(Array.from({ length: 6 }, () => [150, 100]));
  assert.deepEqual([...labels.values()].map(({ side }) => side), ["right", "left", "above", "below"]);
});

test("a mark without a name is not covered", () => {
  const labels = placeLabels([{ index: 0, x: 100, y: 100, width: 60 }, { index: -1, x: 130, y: 100, width: 0 }], RECT, SIZE, new Map());
  assert.deepEqual([...labels].map(([index, { side }]) => [index, side]), [[0, "left"]]);
});

test("a name stays on its side as long as that is free", () => {
  const before = new Map([[0, { side: "left", x: 0, y: 0 }]]);
  assert.equal(place([[150, 100]], before).get(0).side, "left");
  assert.equal(place([[20, 100]], before).get(0).side, "right");
});
