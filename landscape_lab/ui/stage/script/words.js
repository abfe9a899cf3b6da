// @ts-check
/**
 * A template with its {gaps} filled.
 * @param {string} template
 * @param {Record<string, string | number>} values
 */
export const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** @param {string | number} text */
export const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** @param {number} power */
export const superscript = (power) => String(power).replace(/[-0-9]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);

/**
 * A formatted number as in a book: a true minus sign, and powers of ten in superscript.
 * @param {string} number
 */
export function printed(number) {
  const [digits, power] = number.split("e");
  return digits.replace("-", "−") + (power ? `\u202f×\u202f10${superscript(Number(power))}` : "");
}

/**
 * Four significant digits, without trailing zeros.
 * @param {number} [value]
 */
export function showNumber(value) {
  if (value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const wide = size !== 0 && (size < 1e-3 || size >= 1e5);
  const [digits, power] = wide ? value.toExponential(3).split("e") : [value.toPrecision(4)];
  return printed(String(Number(digits)) + (wide ? `e${power}` : ""));
}

/**
 * A coordinate of the start with six significant digits of the domain's size: a short link and a steady cache key.
 * @param {number} value
 * @param {number} size
 */
export function roundTo(value, size) {
  const quantum = 10 ** (Math.floor(Math.log10(size)) - 5);
  return Number((Math.round(value / quantum) * quantum).toPrecision(12));
}

/** @param {number} value @param {number} low @param {number} high */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
/** @param {number} a @param {number} b @param {number} part */
export const mix = (a, b, part) => a + (b - a) * part;
