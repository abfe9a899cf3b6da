// @ts-check
import { FONT_SIZE } from "./constants.js";
import { clamp } from "./words.js";

const FAR = 100; // a run that rises to so many times its start has left the picture
const SMALLEST_GAP = 1e-12; // losses nearer to the minimum are rounding
export const FLOOR = 1e-8; // of the highest gap: below it a curve leaves through the bottom
const MOST_TICKS = 8;
const TICK_ROOM = 20; // px of height
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
 * would overlap; on a short one Plotly's choice. Numbers are written out, since Plotly would print bare digits, and
 * powers of ten a quarter larger than asked for.
 * @param {{ type: string, range: [number, number] }} axis
 * @param {number} [height] of the graph in pixels
 */
export function lossTicks({ type, range: [low, high] }, height = 0) {
  if (type !== "log") return { dtick: null, tickformat: "", size: FONT_SIZE };
  const decades = high - low;
  const most = height ? clamp(Math.floor((height - BELOW_CURVES) / TICK_ROOM), 2, MOST_TICKS) : MOST_TICKS;
  if (decades > 2) return { dtick: Math.ceil(decades / most), tickformat: "", size: FONT_SIZE / 1.25 };
  const dtick = decades <= 0.9 ? null : 3 * decades <= most ? "D2" : 1;
  return { dtick, tickformat: "~g", size: FONT_SIZE };
}
