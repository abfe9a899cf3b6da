// @ts-check
import { partOf, valueAt } from "../../stage/script/knob_range.js";
import { clamp, mix } from "../../stage/script/words.js";

/**
 * @import { KnobRange } from "../../stage/script/knob_range.js"
 * @typedef {[number, number]} Side of a view, in parts of an axis
 * @typedef {{ x: Side, y: Side }} Box in parts of the axes, which may extend beyond both ends
 * @typedef {[number, number]} Place in parts of the axes
 * @typedef {{ limits: Side, least: number }} Bounds of a side: the range of the setting, and the shortest side
 */

const LEAST = 0.01; // of each side, left by one gesture
const MOST = 4; // times each side, shown by one gesture
const LEAST_DISTANCE = 24; // px between two fingers that still scales

/** @type {Box} */
export const WHOLE = { x: [0, 1], y: [0, 1] };

/** Whether a view is the whole map. @param {Box} view */
export const isWhole = ({ x, y }) => [x[0], y[0], 1 - x[1], 1 - y[1]].every((rest) => Math.abs(rest) < 1e-6);

/** The box with two places at its corners. @param {Place} a @param {Place} b @returns {Box} */
export const between = ([x0, y0], [x1, y1]) => ({
  x: [Math.min(x0, x1), Math.max(x0, x1)],
  y: [Math.min(y0, y1), Math.max(y0, y1)],
});

/**
 * A side of a length, moved into the limits.
 * @param {number} from @param {number} length @param {Bounds} bounds @returns {Side}
 */
function bounded(from, length, { limits: [low, high], least }) {
  const held = clamp(length, least, high - low);
  const start = clamp(from + (length - held) / 2, low, high - held);
  return [start, Math.min(start + held, high)];
}

/**
 * The bounds of a gesture.
 * @param {{ x: Bounds, y: Bounds }} axes @param {number} most times each side @returns {{ x: Bounds, y: Bounds }}
 */
export function boundsOf({ x, y }, most = MOST) {
  /** @param {Bounds} axis @returns {Bounds} */
  const bounds = ({ limits: [low, high], least }) => ({
    limits: [Math.max(low, (1 - most) / 2), Math.min(high, (1 + most) / 2)],
    least: Math.max(least, LEAST),
  });
  return { x: bounds(x), y: bounds(y) };
}

/** A side within its bounds. @param {Side} side @param {Bounds} bounds */
export const boundedSide = ([from, to], bounds) => bounded(from, to - from, bounds);

/**
 * A side that is scaled around a place.
 * @param {Side} side @param {number} at @param {number} factor @param {Bounds} bounds
 */
export function scaled([from, to], at, factor, bounds) {
  const length = clamp((to - from) * factor, bounds.least, bounds.limits[1] - bounds.limits[0]);
  return bounded(at - ((at - from) / (to - from)) * length, length, bounds);
}

/**
 * The view after fingers have moved: the places that were under them are under them again. One finger moves the map, two
 * scale it as well, both axes by the same factor.
 * @param {Box} view at the beginning
 * @param {Place[]} places under the fingers at the beginning
 * @param {Place[]} points where the fingers are, in parts of the frame
 * @param {{ width: number, height: number }} frame in px
 * @param {{ x: Bounds, y: Bounds }} bounds
 * @returns {Box}
 */
export function pinched(view, places, points, { width, height }, bounds) {
  const wide = width / (view.x[1] - view.x[0]);
  const high = height / (view.y[1] - view.y[0]);
  /** @param {Place[]} ends @param {number} x @param {number} y */
  const distance = ([[x0, y0], [x1, y1]], x, y) => Math.max(LEAST_DISTANCE, Math.hypot((x1 - x0) * x, (y1 - y0) * y));
  const factor = places.length > 1 ? distance(places, wide, high) / distance(points, width, height) : 1;
  /** @param {"x" | "y"} name @param {number} i */
  const side = (name, i) => {
    const [from, to] = view[name];
    const { limits, least } = bounds[name];
    const length = clamp((to - from) * factor, least, limits[1] - limits[0]);
    /** @param {Place[]} all */
    const middle = (all) => all.reduce((sum, place) => sum + place[i], 0) / all.length;
    return bounded(middle(places) - middle(points) * length, length, bounds[name]);
  };
  return { x: side("x", 0), y: side("y", 1) };
}

/** A view in parts of other axes with the same settings and scales. @param {Side} side @param {KnobRange} from @param {KnobRange} to */
export const onAxis = ([begin, end], from, to) =>
  /** @type {Side} */ ([partOf(to, valueAt(from, begin)), partOf(to, valueAt(from, end))]);

/**
 * A view on the way from one to another, whose size changes by the same factor in equal times.
 * @param {Box} a @param {Box} b @param {number} part of the way @returns {Box}
 */
export function onTheWay(a, b, part) {
  /** @param {Side} from @param {Side} to @returns {Side} */
  const side = (from, to) => {
    const [l0, l1] = [from[1] - from[0], to[1] - to[0]];
    const even = Math.abs(l1 / l0 - 1) < 1e-3;
    const moved = even ? part : (l0 * (l1 / l0) ** part - l0) / (l1 - l0);
    return [mix(from[0], to[0], moved), mix(from[1], to[1], moved)];
  };
  return { x: side(a.x, b.x), y: side(a.y, b.y) };
}
