// @ts-check
import { MARKER_RADIUS } from "./constants.js";
import { clamp, mix } from "./words.js";

/**
 * @import { Polyline } from "./polylines.js"
 * @import { Outline, Pixel } from "./types.js"
 */

/**
 * Stroke the part of a line between two steps. `dash` empty: solid; `veiled`: only what is, or is not, behind the surface.
 * @param {CanvasRenderingContext2D} context
 * @param {Polyline} line
 * @param {number} from
 * @param {number} to
 * @param {{ color: string, width: number, dash?: number[], cap?: CanvasLineCap, veiled?: boolean }} style
 */
export function stroke(context, line, from, to, { color, width, dash = [], cap = dash.length ? "butt" : "round", veiled }) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineCap = cap;
  context.setLineDash(dash);
  for (const run of line.runs) {
    const { x, y, step, length } = run;
    if (step[0] > to) break;
    if (run.veiled !== veiled && veiled !== undefined) continue;
    const end = step.length - 1;
    if (step[end] < from) continue;
    let i = 0;
    while (i < end && step[i + 1] < from) i++;
    const between = (/** @type {number} */ j, /** @type {number} */ t) => clamp((t - step[j]) / (step[j + 1] - step[j] || 1), 0, 1);
    const first = i < end && from > step[i] ? between(i, from) : 0;
    context.lineDashOffset = i < end ? mix(length[i], length[i + 1], first) : 0;
    context.beginPath();
    context.moveTo(i < end ? mix(x[i], x[i + 1], first) : x[i], i < end ? mix(y[i], y[i + 1], first) : y[i]);
    for (i++; i <= end && step[i] <= to; i++) context.lineTo(x[i], y[i]);
    if (i <= end) {
      const part = between(i - 1, to);
      context.lineTo(mix(x[i - 1], x[i], part), mix(y[i - 1], y[i], part));
    }
    context.stroke();
  }
  context.setLineDash([]);
}

/**
 * Fill one of the theme's marker outlines, with a rim of the halo's colour.
 * @param {CanvasRenderingContext2D} context
 * @param {Outline} outline
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} color
 * @param {string} rim
 */
export function drawMarker(context, outline, x, y, radius, color, rim) {
  context.beginPath();
  for (const [u, v] of outline) context.lineTo(x + radius * u, y - radius * v);
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = rim;
  context.stroke();
  context.fillStyle = color;
  context.fill();
}

/**
 * The number of a copy on its marker.
 * @param {CanvasRenderingContext2D} context
 * @param {number} number
 * @param {number} x
 * @param {number} y
 * @param {number} radius of the marker
 * @param {string} color of the marker
 * @param {string} ink
 */
export function drawNumber(context, number, x, y, radius, color, ink) {
  context.font = `700 ${1.3 * radius}px ${getComputedStyle(context.canvas).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 0.3 * radius;
  context.strokeStyle = color;
  context.strokeText(String(number), x, y);
  context.fillStyle = ink;
  context.fillText(String(number), x, y);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} color
 * @param {string} rim
 */
export function drawCross(context, x, y, radius, color, rim) {
  for (const { style, width } of [{ style: rim, width: 6 }, { style: color, width: 3 }]) {
    context.beginPath();
    context.moveTo(x - radius, y - radius);
    context.lineTo(x + radius, y + radius);
    context.moveTo(x - radius, y + radius);
    context.lineTo(x + radius, y - radius);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.lineCap = "round";
    context.stroke();
  }
}

/**
 * An arrow from a head along a unit vector; solid for the last step, open for the negative gradient.
 * @param {CanvasRenderingContext2D} context
 * @param {Pixel} head
 * @param {Pixel} direction
 * @param {number} length
 * @param {string} color
 * @param {string} rim
 * @param {boolean} open
 */
export function drawArrow(context, { x, y }, direction, length, color, rim, open) {
  const start = MARKER_RADIUS + 3;
  const [ux, uy] = [direction.x, direction.y];
  /** @type {[number, number]} */
  const tip = [x + ux * (start + length), y + uy * (start + length)];
  const barb = open ? 8 : 9;
  /** @param {number} side @returns {[number, number]} */
  const wing = (side) => [
    tip[0] - barb * (ux - side * 0.55 * uy),
    tip[1] - barb * (uy + side * 0.55 * ux),
  ];
  const shape = () => {
    context.beginPath();
    context.moveTo(x + ux * start, y + uy * start);
    const short = open ? 0 : 0.8 * barb;
    context.lineTo(tip[0] - short * ux, tip[1] - short * uy);
    context.stroke();
    context.beginPath();
    context.moveTo(...wing(1));
    context.lineTo(...tip);
    context.lineTo(...wing(-1));
    if (!open) context.closePath();
    context.stroke();
    if (!open) context.fill();
  };
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = rim;
  context.lineWidth = open ? 4.5 : 5.5;
  shape();
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = open ? 1.75 : 2.5;
  shape();
}

/**
 * Length of an arrow in pixels: grows with what it stands for, but a tiny and a huge one can both be seen.
 * @param {number} part
 */
export const arrowLength = (part) => 14 + 34 * Math.tanh(4 * part);
