// @ts-check
/** The stops of a logarithmic slider in each decade. */
const MANTISSAS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
/** A decimal number as people write it. */
const NUMBER = /^[+−-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+−-]?\d+)?$/i;

/**
 * Every value that a slider can be moved to, in order: round numbers, the initial value and both ends.
 * @param {{ low: number, high: number, log: boolean, whole: boolean, initial: number }} facts
 */
export function stopsOf({ low, high, log, whole, initial }) {
  const stops = new Set([low, high, initial]);
  if (log) {
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++) {
      // Through text, so that a stop is the same number as the one that a person types.
      for (const mantissa of MANTISSAS) stops.add(Number(`${mantissa}e${decade}`));
    }
  } else {
    const step = whole ? 1 : linearStep(low, high);
    for (let i = 0, count = Math.ceil((high - low) / step); i < count; i++) {
      stops.add(Number((low + i * step).toPrecision(12)));
    }
  }
  const kept = [...stops].filter((stop) => low <= stop && stop <= high && (!whole || Number.isInteger(stop)));
  return kept.sort((a, b) => a - b);
}

/**
 * A round step that cuts the range into 50 to 500 parts.
 * @param {number} low
 * @param {number} high
 */
export function linearStep(low, high) {
  return Number(`1e${Math.floor(Math.log10((high - low) / 50))}`);
}

/**
 * Where a value lies on a slider with these stops, which are evenly apart: 0 at the first one, 1 at the last.
 * @param {number[]} stops
 * @param {number} value
 * @param {boolean} log
 */
export function placeOf(stops, value, log) {
  const last = stops.length - 1;
  if (!(value > stops[0])) return 0;
  if (value >= stops[last]) return 1;
  const after = stops.findIndex((stop) => stop > value);
  const [low, high] = [stops[after - 1], stops[after]];
  const part = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return (after - 1 + part) / last;
}

/**
 * The shortest text that reads back as the same number.
 * @param {number} value
 */
export function numberText(value) {
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 1e-4 && size < 1e12);
  return plain ? String(value) : value.toExponential().replace("e+", "e");
}

/**
 * A finite number, or what is wrong with the text: "empty", "number" or "whole". A comma may be the decimal point.
 * @param {string} text
 * @param {boolean} whole
 * @returns {number | "empty" | "number" | "whole"}
 */
export function readNumber(text, whole) {
  const written = text.normalize("NFKC").trim();
  if (!written) return "empty";
  const number = NUMBER.test(written) ? Number(written.replace(",", ".").replaceAll("−", "-")) : NaN;
  if (!Number.isFinite(number)) return "number";
  return whole && !Number.isInteger(number) ? "whole" : number;
}
