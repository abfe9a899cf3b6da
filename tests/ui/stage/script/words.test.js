// Numbers and templates as text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { workedNumber } from "../../../../landscape_lab/ui/stage/script/inspector.js";
import { escapeHtml, fill, roundTo, showNumber } from "../../../../landscape_lab/ui/stage/script/words.js";

test("numbers have four significant digits, true signs and small powers", () => {
  const texts = [0, 1, -2.5, 1234.5678, 0.00123456, 1e-7, -123456, 1e21, NaN, undefined, Infinity, -Infinity].map(showNumber);
  const thin = "\u202f×\u202f";
  assert.deepEqual(texts, ["0", "1", "−2.5", "1235", "0.001235", `1${thin}10⁻⁷`, `−1.235${thin}10⁵`, `1${thin}10²¹`, "–", "–", "∞", "−∞"]);
});

test("the inspector's numbers have five", () => {
  assert.deepEqual([0, 1.234567, -0.00001234567, 1e6, NaN].map(workedNumber), ["0", "1.2346", "−1.2346·10⁻⁵", "1·10⁶", "–"]);
});

test("a start is rounded to a millionth of the domain, and stays when it is rounded again", () => {
  for (const [value, size, wanted] of [[0.123456789, 1, 0.12346], [0.123456789, 4, 0.12346], [123.456789, 400, 123.457]]) {
    assert.equal(roundTo(value, size), wanted);
    assert.equal(roundTo(wanted, size), wanted);
  }
});

test("gaps without a value stay, and what a value says is not a gap", () => {
  assert.equal(fill("{a} {b} {c}", { a: 1, b: "{a}" }), "1 {a} {c}");
});

test("text is no HTML", () => {
  assert.equal(escapeHtml("<b title='\"'>&"), "&#60;b title=&#39;&#34;&#39;&#62;&#38;");
});
