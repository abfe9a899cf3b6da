// @ts-check
import { FONT_SIZE } from "./constants.js";
import { clamp } from "./words.js";

const FAR = 100; // a run that rises to so many times its start has left the picture
const SMALLEST_GAP = 1e-12; // losses nearer to the minimum are rounding
export const FLOOR = 1e-8; // of the highest gap: below it a curve leaves through the bottom
const MOST_TICKS = 8;
const TICK_ROOM = 20; // px of height
const USUAL_HEIGHT = 220; // px of a graph that is not measured
const BELOW_CURVES = 54; // px of height that the other axis takes

/**
 * The ranges of the loss curves' axes so that runs fit on them too. They grow and never shrink: the axes stand still
 * while a number is dragged, and grow by whole strides, so that they seldom do.
 * @param {Record<string, [number, number]>} ranges
 * @param {{gaps: ArrayLike<number>, evaluated: number | ArrayLike<number>, last_step: number, diverged: boolean}[]} lanes
 * @param {number} offset what the gaps are measured from
 * @param {number} steps
 * @returns {Record<string, [number, number]>}
 */
export function grownRanges(ranges, lanes, offset, steps) {
  let [low, high, least, spent] = [Infinity, -Infinity, Infinity, 0];
  for (const { gaps, evaluated, last_step: last } of lanes) {
    const limit = FAR * Math.max(Math.abs(gaps[0] + offset), 1);
    let [bottom, top] = [Infinity, -Infinity];
    for (let t = 0; t <= last; t++) {
      const gap = gaps[t];
      if (gap < bottom) bottom = gap;
      if (gap > top && gap !== Infinity) top = gap;
      if (gap > SMALLEST_GAP && gap < least) least = gap;
    }
    low = Math.min(low, bottom + offset >= -limit ? bottom : gaps[0]);
    high = Math.max(high, top + offset <= limit ? top : gaps[0]);
    spent = Math.max(spent, typeof evaluated === "number" ? evaluated * last : evaluated[last] || 0);
  }
  least = Math.max(least, FLOOR * high);
  const grown = { ...ranges };
  if (ranges.steps) grown.steps = [ranges.steps[0], Math.max(ranges.steps[1], steps)];
  if (ranges.evaluations) grown.evaluations = [ranges.evaluations[0], Math.max(ranges.evaluations[1], spent)];
  if (ranges.linear && low <= high) grown.linear = reaching(ranges.linear, low + offset, high + offset, 1 / 8);
  if (ranges.log && least <= high) grown.log = reaching(ranges.log, Math.log10(least), Math.log10(high), 1 / 8);
  return grown;
}

/**
 * A range that reaches from one number to another, longer by whole parts of what it was.
 * @param {[number, number]} range @param {number} from @param {number} to @param {number} part
 * @returns {[number, number]}
 */
function reaching([low, high], from, to, part) {
  const stride = (high - low) * part;
  const down = Math.max(0, Math.ceil((low - from) / stride));
  const up = Math.max(0, Math.ceil((to - high) / stride));
  return [low - down * stride, high + up * stride];
}

/**
 * Whole decades between the ticks of a logarithmic axis that spans several; 1, 2 and 5 of one or two, since all digits
 * would overlap; equal differences on a short one, as wide as the numbers at its upper end need. Numbers are written
 * out, since Plotly would print bare digits, and powers of ten a quarter larger than asked for.
 * @param {{ type: string, range: [number, number] }} axis
 * @param {number} [height] of the graph in pixels
 * @param {number} [weight] the size of type, in parts of the usual one
 */
export function lossTicks({ type, range: [low, high] }, height = 0, weight = 1) {
  if (type !== "log") return { dtick: null, tickformat: "", size: FONT_SIZE };
  const decades = high - low;
  const room = (height || USUAL_HEIGHT) - BELOW_CURVES * weight;
  const most = clamp(Math.floor(room / (TICK_ROOM * weight)), 2, MOST_TICKS);
  if (decades > 2) return { dtick: Math.ceil(decades / most), tickformat: "", size: FONT_SIZE / 1.25 };
  const powers = Math.floor(high) >= low;
  const dtick = decades > 0.9 && 3 * decades <= most ? "D2" : decades > 0.9 && powers ? 1 : `L${difference(low, high, most)}`;
  return { dtick, tickformat: "~g", size: FONT_SIZE };
}

/**
 * The round difference of the numbers on a short logarithmic axis, for `most` of them where they are closest.
 * @param {number} low @param {number} high @param {number} most
 */
function difference(low, high, most) {
  const [lowest, highest] = [10 ** low, 10 ** high];
  const least = highest * (1 - (lowest / highest) ** (1 / most));
  const base = 10 ** Math.floor(Math.log10(least));
  const steps = [10, 5, 2, 1, 0.5, 0.2, 0.1].map((digit) => Number((digit * base).toPrecision(1)));
  const shown = steps.filter((step) => Math.floor(highest / step) * step >= lowest);
  return shown.filter((step) => step >= least).at(-1) ?? shown[0];
}
