import { MARKER_RADIUS } from "./constants.js";
import { clamp, mix } from "./words.js";

/** Two canvases over one graph: the whole paths, painted when something moves them, and what changes with the step. */
export class Panel {
  constructor(host) {
    this.host = host;
    this.whole = this.layer("whole");
    this.moving = this.layer("moving");
    this.tip = host.appendChild(document.createElement("div"));
    this.tip.className = "lll-tip";
    this.tip.hidden = true;
    this.lower = {};
    this.lines = new Map();
    this.beside = new Map(); // lines on held-out data
    this.projection = null;
    this.past = 0; // the step up to which trails are on the canvas of that name
  }

  /** A canvas of that name just below another layer, or above them all. */
  layer(name, upper) {
    const canvas = document.createElement("canvas");
    canvas.className = `lll-${name}`;
    this.host.insertBefore(canvas, upper?.canvas ?? null);
    return canvas.getContext("2d");
  }

  /** A layer just below the whole paths, or below another one, made when it is first asked for. */
  below(name, upper = this.whole) {
    if (!this.lower[name]) {
      this.lower[name] = this.layer(name, upper);
      this.fit();
    }
    return this.lower[name];
  }

  /** Size in CSS pixels; the canvases have the screen's own. */
  fit() {
    const ratio = window.devicePixelRatio || 1;
    [this.width, this.height] = [this.host.clientWidth, this.host.clientHeight];
    for (const { canvas } of [this.whole, this.moving, ...Object.values(this.lower)]) {
      const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
    }
    this.ratio = ratio;
  }

  begin(context) {
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.lineJoin = context.lineCap = "round";
  }
}

/** Stroke the part of a line between two steps. `dash` empty: solid. */
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
    const between = (j, t) => clamp((t - step[j]) / (step[j + 1] - step[j] || 1), 0, 1);
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

/** Fill one of the theme's marker outlines (in the unit circle, y upwards) with a rim of the halo's colour. */
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

export function drawCross(context, x, y, radius, color, rim) {
  for (const [style, width] of [
    [rim, 6],
    [color, 3],
  ]) {
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

/** An arrow from a head along a unit vector; solid for the last step, open for the negative gradient. */
export function drawArrow(context, x, y, direction, length, color, rim, open) {
  const start = MARKER_RADIUS + 3;
  const [ux, uy] = [direction.x, direction.y];
  const tip = [x + ux * (start + length), y + uy * (start + length)];
  const barb = open ? 8 : 9;
  const wing = (side) => [
    tip[0] - barb * (ux - side * 0.55 * uy),
    tip[1] - barb * (uy + side * 0.55 * ux),
  ];
  const shape = () => {
    context.beginPath();
    context.moveTo(x + ux * start, y + uy * start);
    context.lineTo(...(open ? tip : [tip[0] - ux * barb * 0.8, tip[1] - uy * barb * 0.8]));
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

/** Length of an arrow in pixels: grows with what it stands for, but a tiny and a huge one can both be seen. */
export const arrowLength = (part) => 14 + 34 * Math.tanh(4 * part);
