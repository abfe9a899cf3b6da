// @ts-check
import { escapeHtml } from "./words.js";

/**
 * @import { StageModel } from "./model.js"
 * @import { Marker } from "./plotly.js"
 * @import { Outline } from "./types.js"
 */

const START = { radius: 8.5, width: 3 }; // as in stage.css
const CROSS = { radius: 6, width: 3 }; // as at the end of a path

/** @param {number} radius @param {number} width */
const circle = (radius, width) => `<circle cx="10" cy="10" r="${radius}" stroke-width="${width}"/>`;

/** @param {number} r */
const strokes = (r, width = CROSS.width) =>
  `<path d="M${10 - r} ${10 - r}L${10 + r} ${10 + r}M${10 - r} ${10 + r}L${10 + r} ${10 - r}" stroke-width="${width}"/>`;

/** @param {Outline} outline @param {number} radius */
const filled = (outline, radius) =>
  `<polygon points="${outline.map(([x, y]) => `${(10 + radius * x).toFixed(2)},${(10 - radius * y).toFixed(2)}`).join(" ")}" fill="currentColor" stroke="none"/>`;

/** The mark of a critical point, as `drawSymbol` paints it. @param {Marker} marker @param {Outline} star */
function markerShape({ symbol, size, line }, star) {
  if (symbol === "star") return filled(star, 0.55 * size);
  return symbol === "x-thin" ? strokes(0.35 * size) : circle(size / 2, line.width);
}

/** What the symbols mean that are in the picture now: a line of the legend. @param {StageModel} model */
export function symbolKey(model) {
  const { tree, words, foggy, lanes, markers } = model;
  if (tree.tour) return "";
  const { shape_ring: ring, shape_star: star, shape_cross: cross } = words;
  /** @type {Record<string, [string, string]>} what a critical point is drawn as, and called */
  const points = {
    global_minimum: [star, words.minimum_label],
    local_minimum: [ring, words.local_minimum],
    saddle: [cross, words.saddle],
  };
  /** @type {[string, string, string][]} what is drawn, the name of the shape, and what it means */
  const symbols = [];
  if (tree.race.start.length) symbols.push([circle(START.radius, START.width), ring, words.start_label]);
  for (const { meta, marker } of foggy ? [] : tree.surface.contour.data) {
    const point = points[meta ?? ""];
    if (marker && point) symbols.push([markerShape(marker, markers.star), ...point]);
  }
  const someDiverge = lanes.some(({ diverged }, i) => diverged && model.isShown(i));
  if (someDiverge && !foggy) symbols.push([strokes(CROSS.radius), cross, words.diverged]);
  if (!symbols.length) return "";
  const entries = symbols.map(
    ([drawn, shape, name]) =>
      `<span><svg class="lll-symbol" viewBox="0 0 20 20" role="img" aria-label="${escapeHtml(shape)}">${drawn}</svg>${escapeHtml(name)}</span>`,
  );
  return `<li class="lll-aside lll-picture-key lll-symbols">${entries.join("")}</li>`;
}
