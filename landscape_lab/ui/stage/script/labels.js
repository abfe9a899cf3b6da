// @ts-check
/**
 * @import { Rect } from "./types.js"
 * @typedef {{ index: number, x: number, y: number, width: number }} Head a head, and the width of its name in pixels; an index below 0 is a mark without a name
 * @typedef {"right" | "left" | "above" | "below"} Side
 * @typedef {{ side: Side, x: number, y: number }} Label the left end and the middle of a name
 */

const GAP = 5; // px between a marker and a name
/** @type {Side[]} */
const SIDES = ["right", "left", "above", "below"];

/**
 * Where the names of heads go so that they cover neither a head nor each other, nor leave the rectangle. A name without
 * room is left out; one that has its former side free stays there, so that names do not jump while heads move.
 * @param {Head[]} heads
 * @param {Rect} rect
 * @param {{ radius: number, height: number }} size of markers and of names
 * @param {Map<number, Label>} before
 * @returns {Map<number, Label>} by the index of the head
 */
export function placeLabels(heads, rect, { radius, height }, before) {
  const taken = heads.map(({ x, y }) => ({ left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }));
  /** @type {Map<number, Label>} */
  const labels = new Map();
  for (const { index, x, y, width } of heads) {
    if (index < 0) continue;
    const former = before.get(index)?.side;
    const sides = former ? [former, ...SIDES.filter((side) => side !== former)] : SIDES;
    for (const side of sides) {
      const beside = side === "right" ? radius + GAP : side === "left" ? -radius - GAP - width : -width / 2;
      const up = side === "above" ? -radius - height / 2 : side === "below" ? radius + height / 2 : 0;
      const box = { left: x + beside, right: x + beside + width, top: y + up - height / 2, bottom: y + up + height / 2 };
      const inside = box.left >= rect.left && box.right <= rect.right && box.top >= rect.top && box.bottom <= rect.bottom;
      if (!inside || taken.some((other) => boxesMeet(box, other))) continue;
      taken.push(box);
      labels.set(index, { side, x: box.left, y: y + up });
      break;
    }
  }
  return labels;
}

/** @param {Rect} one @param {Rect} other */
const boxesMeet = (one, other) =>
  one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
