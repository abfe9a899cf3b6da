// @ts-check
/* Paths that coincide on the screen: they are painted in stripes, so that each of them shows. */


/**
 * @import { Domain, Lane, Pixel, Projection } from "./types.js"
 * @typedef {{ from: number, to: number, leader: number, place: number, count: number }} Stretch steps of a path in which
 *   `count` paths coincide: it is the one at `place`, and all follow the line of the entry `leader`
 */

const NEAR = 1.5; // px between paths that coincide
const SHORTEST = 36; // px of a stretch with stripes
const STRIPE = 12; // px
const SAMPLES = 240; // of a path
const HEADS_APART = 1.5; // radii between heads that would cover each other
const HEADS_WIDE = 6; // radii of a row of them
const MOST_NAMES = 4; // of equal paths, that are written out
const SAME = 1e-3; // of the domain: runs that are nowhere farther apart are the same path

/** The dash pattern of a path in a stretch: over those before it, and with gaps for those after it. @param {Stretch} stretch */
export const stripes = ({ place, count }) => (place ? [STRIPE * (count - place), STRIPE * place] : []);

/** How far beside its place a head is painted, in radii. @param {Stretch} stretch */
export const headShift = ({ place, count }) => (place - (count - 1) / 2) * Math.min(HEADS_APART, HEADS_WIDE / count);

/** The names of equal paths as one text. @param {string[]} names */
export const equalNames = (names) => (names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES - 1), "…"] : names).join(" = ");

/**
 * The stretches of each entry's path; none for a path that is nowhere to be striped. A solid and a dashed line show
 * through each other anyway: only where two lines of one kind coincide there are stripes.
 * @param {Projection} projection
 * @param {Lane[]} lanes as they are drawn
 * @param {number[]} shown their places, of those that are shown
 * @param {Domain} domain
 * @returns {Map<number, Stretch[]>}
 */
export function coincidingStretches(projection, lanes, shown, domain) {
  const dashed = (/** @type {number} */ i) => lanes[i].dash.length > 0;
  const order = [...shown].sort((a, b) => Number(dashed(a)) - Number(dashed(b)) || a - b); // as they are painted
  const last = Math.max(0, ...shown.map((i) => lanes[i].last_step));
  const stride = Math.max(1, Math.ceil(last / SAMPLES));
  const steps = Array.from({ length: Math.floor(last / stride) + 1 }, (_, k) => k * stride);
  if (steps[steps.length - 1] < last) steps.push(last);
  const at = placesOf(projection, domain);
  const places = new Map(order.map((i) => [i, steps.map((step) => (step <= lanes[i].last_step ? at(lanes[i], step) : null))]));
  /** @type {Map<number, Stretch[]>} */
  const found = new Map(order.map((i) => [i, []]));
  /** @type {Map<number, number>} how long the last stretch of each entry is */
  const lengths = new Map();
  for (let k = 1; k < steps.length; k++) {
    for (const group of groupsOf(order, (i) => [places.get(i)?.[k - 1], places.get(i)?.[k]])) {
      if (new Set(group.map(dashed)).size === group.length) continue;
      const [leader] = group;
      const [a, b] = [places.get(leader)?.[k - 1], places.get(leader)?.[k]];
      const length = a && b ? Math.hypot(b.x - a.x, b.y - a.y) : 0;
      group.forEach((i, place) => {
        const stretches = found.get(i) ?? [];
        const before = stretches.at(-1);
        if (before && before.to === steps[k - 1] && before.leader === leader && before.place === place && before.count === group.length) {
          before.to = steps[k];
          lengths.set(i, (lengths.get(i) ?? 0) + length);
          return;
        }
        if (before && (lengths.get(i) ?? 0) < SHORTEST) stretches.pop();
        stretches.push({ from: steps[k - 1], to: steps[k], leader, place, count: group.length });
        lengths.set(i, length);
      });
    }
  }
  for (const [i, stretches] of found) {
    if (stretches.length && (lengths.get(i) ?? 0) < SHORTEST) stretches.pop();
    if (!stretches.length) found.delete(i);
  }
  return found;
}

/**
 * Where a projection draws a step. The relief is compared on its ground, which is as large as its picture.
 * @param {Projection} projection @param {Domain} domain
 * @returns {(lane: Lane, step: number) => Pixel}
 */
function placesOf(projection, [[x0, x1], [y0, y1]]) {
  if ("px" in projection) return (lane, step) => projection.head(lane, step);
  const { left, right, top, bottom } = projection.rect;
  return ({ points }, step) => ({
    x: ((points[2 * step] - x0) / (x1 - x0)) * (right - left),
    y: ((points[2 * step + 1] - y0) / (y1 - y0)) * (bottom - top),
  });
}

/**
 * Groups of paths that are together at both ends of a piece.
 * @param {number[]} order
 * @param {(i: number) => (Pixel | null | undefined)[]} endsOf
 */
function groupsOf(order, endsOf) {
  /** @type {{ ends: (Pixel | null | undefined)[], members: number[] }[]} */
  const groups = [];
  for (const i of order) {
    const ends = endsOf(i);
    if (!ends.every((end) => end && Number.isFinite(end.x) && Number.isFinite(end.y))) continue;
    const near = groups.find((group) => group.ends.every((end, k) => Math.hypot((end?.x ?? 0) - (ends[k]?.x ?? 0), (end?.y ?? 0) - (ends[k]?.y ?? 0)) < NEAR));
    if (near) near.members.push(i);
    else groups.push({ ends, members: [i] });
  }
  return groups.map(({ members }) => members).filter(({ length }) => length > 1);
}

/**
 * The groups of entries that take the same path, to their ends.
 * @param {Lane[]} lanes @param {Domain} domain
 * @returns {Lane[][]}
 */
export function samePaths(lanes, [[x0, x1], [y0, y1]]) {
  const [across, up] = [SAME * (x1 - x0), SAME * (y1 - y0)];
  const same = (/** @type {Lane} */ a, /** @type {Lane} */ b) => {
    if (a.last_step !== b.last_step) return false;
    for (let t = 2 * a.last_step; t >= 0; t -= 2) {
      const [dx, dy] = [a.points[t] - b.points[t], a.points[t + 1] - b.points[t + 1]];
      if (Math.abs(dx) > across || Math.abs(dy) > up) return false;
    }
    return true;
  };
  /** @type {Lane[][]} */
  const groups = [];
  for (const lane of lanes) {
    const group = groups.find(([first]) => same(first, lane));
    if (group) group.push(lane);
    else groups.push([lane]);
  }
  return groups.filter(({ length }) => length > 1);
}
