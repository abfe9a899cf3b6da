// @ts-check

/** @typedef {{ left: number, top: number, width: number }} Box */

/**
 * The place of the option to which a key moves the focus in a grid of options, from the place of the one that has it.
 * @param {Box[]} boxes of the options, in their order
 * @param {number} at -1 if none has the focus
 * @param {string} key
 * @returns {number} -1 for a key that moves nothing, and beyond the first row
 */
export function neighbourOf(boxes, at, key) {
  const last = boxes.length - 1;
  if (key === "Home") return Math.min(0, last);
  if (key === "End") return last;
  if (at < 0) return key === "ArrowDown" ? Math.min(0, last) : -1;
  if (key === "ArrowRight") return Math.min(at + 1, last);
  if (key === "ArrowLeft") return Math.max(at - 1, 0);
  const down = key === "ArrowDown";
  if (!down && key !== "ArrowUp") return -1;
  const { left, top } = boxes[at];
  const beyond = boxes.filter((box) => (down ? box.top > top + 1 : box.top < top - 1));
  if (!beyond.length) return down ? at : -1;
  const row = down ? Math.min(...beyond.map((box) => box.top)) : Math.max(...beyond.map((box) => box.top));
  const inRow = beyond.filter((box) => Math.abs(box.top - row) <= 1);
  const distance = (/** @type {Box} */ box) => Math.abs(box.left - left);
  return boxes.indexOf(inRow.reduce((best, box) => (distance(box) < distance(best) ? box : best)));
}
