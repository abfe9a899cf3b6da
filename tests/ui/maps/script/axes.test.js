// The numbers on the axes of a map.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mapTicks, valueText } from "../../../../landscape_lab/ui/maps/script/axes.js";

const texts = (axis, most) => mapTicks(axis, most).map(({ text }) => text);

test("a logarithmic axis has powers of ten, as many as there is room for", () => {
  const axis = { low: 1e-6, high: 10, scale: "log" };
  assert.deepEqual(texts(axis, 10), ["10⁻⁶", "10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1", "10"]);
  assert.deepEqual(texts(axis, 4), ["10⁻⁶", "10⁻⁴", "0.01", "1"]);
});

test("a linear axis, and a short logarithmic one, has round numbers", () => {
  assert.deepEqual(texts({ low: 0, high: 1, scale: "linear" }, 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  assert.deepEqual(texts({ low: 0.8, high: 1.2, scale: "log" }, 4), ["0.8", "0.9", "1.0", "1.1", "1.2"]);
});

test("ticks lie on the axis, in order", () => {
  for (const axis of [{ low: -3, high: 7, scale: "linear" }, { low: 1e-3, high: 2, scale: "log" }, { low: 0.5, high: 0.5001, scale: "log" }]) {
    const parts = mapTicks(axis, 6).map(({ part }) => part);
    assert.ok(parts.length > 1 && parts[0] >= -1e-9 && parts.at(-1) <= 1 + 1e-9);
    assert.deepEqual(parts, parts.toSorted((a, b) => a - b));
  }
});

test("two neighbouring cells have two texts", () => {
  const axis = { low: 0.1, high: 0.2, scale: "linear" };
  for (const cells of [10, 1000]) {
    const value = (i) => valueText(axis, 0.1 + (0.1 * (i + 0.5)) / cells, cells);
    assert.notEqual(value(3), value(4));
    assert.ok(value(3).length < 9);
  }
});
