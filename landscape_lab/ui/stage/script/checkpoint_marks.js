// @ts-check
import { MARKER_RADIUS } from "./constants.js";
import { toHeights } from "./contour_bands.js";
import { bracket, parametersAt } from "./projections.js";
import { ReliefProjection } from "./relief.js";
import { escapeHtml, fill, mix, showNumber } from "./words.js";

/**
 * @import { StageModel } from "./model.js"
 * @import { Panel } from "./panel.js"
 * @import { Lane, Pixel, Projection } from "./types.js"
 */

const RING = 26; // px that the ring of the farthest checkpoint is wider than a marker
const RING_GAP = 2; // px between a marker and the ring of a checkpoint on the plane

/** The value of an array over checkpoints between two of them. @param {Lane} lane @param {Float32Array} values @param {number} position */
function checkpointValue(lane, values, position) {
  const [i, j, part] = bracket(lane, position);
  return mix(values[i], values[j], part);
}

/**
 * How far from the plane the head of a recorded run is, as a ring around it; in 3-D also a line to its true loss.
 * @param {StageModel} model @param {number} position of the clock
 * @param {Panel<Projection>} panel @param {Lane} lane @param {Pixel} head @param {number} index
 */
export function paintCheckpoint(model, position, { projection, moving }, lane, head, index) {
  const { recording, theme, weight } = model;
  if (!recording) return;
  const { distance, farthest } = recording;
  const off = distance ? checkpointValue(lane, distance[index], position) : NaN;
  const below = projection instanceof ReliefProjection ? trueHeight(model, projection, lane, position) : null;
  for (const { color, width } of [{ color: theme.halo, width: 4.5 }, { color: model.colorOf(lane), width: 2 }]) {
    moving.strokeStyle = color;
    moving.lineWidth = width * weight;
    moving.lineCap = "butt";
    moving.beginPath();
    if (farthest > 0 && off >= 0) {
      const radius = (MARKER_RADIUS + RING_GAP + (RING * off) / farthest) * weight;
      moving.moveTo(head.x + radius, head.y);
      moving.arc(head.x, head.y, radius, 0, 2 * Math.PI);
    }
    if (below) {
      moving.moveTo(head.x, head.y);
      moving.lineTo(below.x, below.y);
      moving.moveTo(below.x - 5, below.y);
      moving.lineTo(below.x + 5, below.y);
    }
    moving.stroke();
  }
}

/** The pixel of a head at its true loss. @param {StageModel} model @param {ReliefProjection} projection @param {Lane} lane @param {number} position */
function trueHeight({ tree }, projection, lane, position) {
  const loss = checkpointValue(lane, lane.gaps, position) + tree.curves.offset;
  const [height] = toHeights(Float64Array.of(loss), tree.surface.height);
  const pixel = projection.at(...parametersAt(lane, position), height);
  return Number.isFinite(pixel.x + pixel.y) ? pixel : null;
}

/** What the marks of a recording mean, and how much of the paths the plane holds. @param {StageModel} model */
export function checkpointKey({ recording, projection, words }) {
  if (!recording) return "";
  const { share, farthest } = recording;
  const sample = (/** @type {string} */ shape) =>
    `<svg class="lll-sample" viewBox="0 0 38 18" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.6">${shape}</svg>`;
  const ring = '<circle cx="19" cy="9" r="8"/><circle cx="19" cy="9" r="3.5" fill="currentColor"/>';
  const line = '<circle cx="19" cy="3" r="3" fill="currentColor"/><path d="M19 3V16M14 16h10"/>';
  return [
    farthest > 0 ? sample(ring) + escapeHtml(fill(words.ring_note, { farthest: showNumber(farthest) })) : "",
    projection === "relief" ? sample(line) + escapeHtml(words.height_note) : "",
    escapeHtml(share),
  ]
    .filter(Boolean)
    .map((text) => `<li class="lll-aside lll-picture-key">${text}</li>`)
    .join("");
}
