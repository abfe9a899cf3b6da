// @ts-check
/**
 * The range of a knob: parts from 0 to 1 of its track, by ratio where its scale is "log".
 * @typedef {{low: number, high: number, scale?: string}} KnobRange
 */

/** @param {KnobRange} range @param {number} part */
export function valueAt({ low, high, scale }, part) {
  return scale === "log" ? low * (high / low) ** part : low + (high - low) * part;
}

/** @param {KnobRange} range @param {number} value */
export function partOf({ low, high, scale }, value) {
  return scale === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/**
 * Whether this is a range: not every knob has one.
 * @param {{low: number | null, high: number | null, scale?: string}} range
 * @returns {range is KnobRange}
 */
export function isRange(range) {
  const { low, high, scale } = range;
  if (low === null || high === null) return false;
  return Number.isFinite(low) && Number.isFinite(high) && low < high && (scale !== "log" || low > 0);
}

/**
 * Values around one, evenly along the track, none outside of the range; the farthest first.
 * @param {KnobRange} range @param {number} value @param {number} count on each side @param {number} stride between two, of the track
 */
export function neighbours(range, value, count, stride) {
  const here = partOf(range, value);
  const found = [];
  for (let k = count; k > 0; k--) {
    for (const part of [here - k * stride, here + k * stride]) {
      if (part >= 0 && part <= 1) found.push({ value: valueAt(range, part), distance: k });
    }
  }
  return found;
}

/**
 * The smallest value from which on the next ones have a property: searched for at a few places of the track, then by
 * bisection between the two where it changes, nearest to a value. The work is bounded: each `next()` tries one value.
 * Gives the lowest value found to have it; null where it changes nowhere.
 * @param {KnobRange} range @param {number} value @param {(value: number) => boolean} has
 * @returns {Generator<undefined, number | null>}
 */
export function* changePoint(range, value, has) {
  const tried = [];
  for (let i = 0; i <= FLIP_SAMPLES; i++) {
    tried.push(has(valueAt(range, i / FLIP_SAMPLES)));
    yield;
  }
  const here = partOf(range, value);
  let [low, high] = [NaN, NaN];
  for (let i = 1; i <= FLIP_SAMPLES; i++) {
    if (tried[i - 1] || !tried[i]) continue;
    const nearer = !(Math.abs((i - 0.5) / FLIP_SAMPLES - here) >= Math.abs((low + high) / 2 - here));
    if (nearer) [low, high] = [(i - 1) / FLIP_SAMPLES, i / FLIP_SAMPLES];
  }
  if (Number.isNaN(low)) return null;
  for (let i = 0; i < FLIP_HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (has(valueAt(range, middle))) high = middle;
    else low = middle;
    yield;
  }
  return valueAt(range, high);
}

const FLIP_SAMPLES = 24; // intervals of the track that are looked at
const FLIP_HALVINGS = 10; // of one of them: a 24,000th of the track
