// @ts-check

/**
 * The filled contours of a surface as pixels, as Plotly draws them, but in a hundredth of its time.
 * @typedef {{start: number, end: number, size: number}} Levels heights of the lines
 * @typedef {{log: boolean, floor: number, low: number, high: number}} HeightScale figures/height_scale.py
 */

/** Losses as shown heights, in place. @param {Float64Array} losses @param {HeightScale} scale */
export function toHeights(losses, { log, floor, low }) {
  if (!log) return losses;
  const least = 10 ** low;
  for (let i = 0; i < losses.length; i++) losses[i] = Math.log10(Math.max(losses[i] - floor, least));
  return losses;
}

/**
 * The colours of each band between two lines and of its edge, with one more band at either end: 0xAABBGGRR.
 * @param {Levels} levels @param {[number, string][]} colorscale parts of the way from low to high, and #rrggbb
 * @param {{low: number, high: number}} scale @param {string} line rgba(...) of a translucent line
 */
export function bandColors({ start, end, size }, colorscale, { low, high }, line) {
  const [red, green, blue, strength] = (line.match(/[\d.]+/g) ?? [0, 0, 0, 0.25]).map(Number);
  const middles = Array.from({ length: Math.round((end - start) / size) + 2 }, (_, band) => start + (band - 0.5) * size);
  const fills = middles.map((middle) => colorOf(colorscale, (middle - low) / (high - low || 1)));
  const mixed = (/** @type {number[]} */ fill) => [red, green, blue].map((part, i) => fill[i] + strength * (part - fill[i]));
  return { fills: Uint32Array.from(fills, packed), edges: Uint32Array.from(fills.map(mixed), packed) };
}

/** @param {number[]} color @returns {number} */
const packed = ([red, green, blue]) => ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;

/** @param {[number, string][]} colorscale @param {number} part @returns {number[]} red, green, blue */
function colorOf(colorscale, part) {
  let i = 1;
  while (i < colorscale.length - 1 && colorscale[i][0] < part) i++;
  const [[from, a], [to, b]] = [colorscale[i - 1], colorscale[i]];
  const share = Math.min(Math.max((part - from) / (to - from || 1), 0), 1);
  const channel = (/** @type {string} */ color, /** @type {number} */ at) => parseInt(color.slice(at, at + 2), 16);
  return [1, 3, 5].map((at) => channel(a, at) + share * (channel(b, at) - channel(a, at)));
}

/**
 * Fill pixels with bands and lines of heights in rows of n, the first row at the bottom.
 * @param {Uint32Array} pixels width x height, the first row at the top
 * @param {number} width @param {number} height @param {Float64Array} heights @param {number} n
 * @param {Levels} levels @param {{fills: Uint32Array, edges: Uint32Array}} colors of the bands
 */
export function fillBands(pixels, width, height, heights, n, { start, size }, { fills, edges }) {
  const last = fills.length - 1;
  const rows = heights.length / n;
  const above = new Uint16Array(width); // bands of the row above
  const scale = 1 / size;
  const columns = new Uint16Array(width);
  const shares = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const u = width > 1 ? (i / (width - 1)) * (n - 1) : 0;
    columns[i] = Math.min(Math.floor(u), n - 2);
    shares[i] = u - columns[i];
  }
  const row = new Float64Array(n);
  for (let j = 0; j < height; j++) {
    const v = height > 1 ? (1 - j / (height - 1)) * (rows - 1) : 0;
    const below = Math.min(Math.floor(v), rows - 2);
    const share = v - below;
    for (let k = 0, at = below * n; k < n; k++, at++) {
      row[k] = ((heights[at] + share * (heights[at + n] - heights[at])) - start) * scale + 1;
    }
    let left = -1;
    for (let i = 0, at = j * width; i < width; i++, at++) {
      const k = columns[i];
      const level = row[k] + shares[i] * (row[k + 1] - row[k]);
      const band = level > 0 ? (level < last ? level | 0 : last) : 0;
      const edge = (left >= 0 && band !== left) || (j > 0 && band !== above[i]);
      // A height that is no number is a hole.
      pixels[at] = level === level ? (edge ? edges : fills)[band] : 0;
      above[i] = left = band;
    }
  }
}

/**
 * Lines as far as heights reach, at the same heights as before or, where there would be too many, at every second one.
 * @param {Levels} levels @param {Float64Array} heights @param {number} most
 * @returns {Levels}
 */
export function levelsReaching({ start, end, size }, heights, most) {
  let [low, high] = [start, end];
  for (const height of heights) {
    if (height < low) low = height;
    else if (height > high && height !== Infinity) high = height;
  }
  while ((high - low) / size > most) size *= 2;
  const first = start - Math.ceil((start - low) / size - 1e-9) * size;
  return { start: first, end: first + Math.ceil((high - first) / size - 1e-9) * size, size };
}
