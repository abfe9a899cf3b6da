// @ts-check
/**
 * The picture before plotly.js is there, which is the largest file of all: heights, axes and marks on a canvas.
 *
 * It is drawn from the figure that Plotly will get, with the axes where Plotly will have them, to a few pixels, and paths
 * are painted on it as on Plotly's.
 */
import { NUMBERS_APART, TITLE, usualParts } from "./axis_titles.js";
import { bandColors, fillBands } from "./contour_bands.js";
import { drawCross, drawMarker } from "./painting.js";
import { showNumber } from "./words.js";

/**
 * @import { AxisLayout, ColorAxis, Figure, Marker, Trace } from "./plotly.js"
 * @import { AxisFrame, Numbers, Outline } from "./types.js"
 */

const AXIS_GAP = 8; // pixels from an axis to its numbers
const TITLE_LINE = 1.3; // the height of a line of a title, in parts of its size
const BAR_PAD = 10; // pixels above and below the colour bar
const BAR_ROOM = 40; // what the colour bar takes beside its numbers
const BAR_WIDTH = 12;
const BARE_EDGE = 9; // pixels around curves without axes, for the heads at their ends

export class FirstPicture {
  /**
   * Draw a figure as Plotly gets it.
   * @param {CanvasRenderingContext2D} context of a canvas of the figure's size
   * @param {Figure} figure
   * @param {Record<string, Outline>} markers the theme's outlines
   * @param {{ bare?: boolean, secret?: boolean }} [options] bare: without axes; secret: no colour bar, but its room
   */
  constructor(context, { data, layout }, markers, { bare = false, secret = false } = {}) {
    this.context = context;
    this.layout = layout;
    this.markers = markers;
    this.bare = bare;
    this.size = layout.font.size;
    this.family = layout.font.family;
    const { coloraxis } = layout;
    const surface = data.find(({ meta }) => meta === "surface");
    this.scale = surface && coloraxis && coloraxis.showscale !== false && !bare ? coloraxis : null;
    this.box = this.place();
    const { left, top, width, height } = this.box;
    /** @type {Tick[]} */
    this.ups = ticksOf(layout.yaxis, height, NUMBERS_APART.up);
    /** @type {Tick[]} */
    this.across = ticksOf(layout.xaxis, width, NUMBERS_APART.across);
    /** Where the axes are, for projections. */
    this.frame = { x: axisFrame(layout.xaxis, left, width), y: axisFrame(layout.yaxis, top, height) };
    context.fillStyle = layout.plot_bgcolor;
    context.fillRect(left, top, width, height);
    if (surface && coloraxis) this.drawHeights(surface, coloraxis);
    else this.drawGrid();
    if (!bare) this.drawNumbers();
    if (this.scale && !secret) this.drawBar(this.scale);
    for (const { x, y, marker } of data) if (marker) this.drawMarks(x, y, marker);
  }

  /** Where Plotly will place the axes: next to the widest number, and the titles beyond. */
  place() {
    const { width, height, margin, yaxis } = this.layout;
    const map = Boolean(this.layout.coloraxis);
    if (this.bare) {
      const edge = map ? 0 : BARE_EDGE;
      return { left: edge, top: edge, width: width - 2 * edge, height: height - 2 * edge };
    }
    const bottom = Math.ceil((map ? 30 : 34) + 1.6 * this.size);
    let top = margin.t;
    const inside = height - top - bottom;
    const ups = ticksOf(yaxis, inside, NUMBERS_APART.up);
    this.context.font = this.font(numberSize(yaxis));
    const widest = (/** @type {string[]} */ texts) => Math.max(0, ...texts.map((text) => widthOf(this.context, text)));
    const { size, lines } = this.title(yaxis);
    const more = (lines.length - 1) * TITLE_LINE * size;
    const left = Math.max(margin.l, Math.round(widest(ups.map(({ text }) => text)) + (map ? 33.6 : 37.2) + more));
    if (yaxis.type === "log" && ups.some(({ part }) => part > 1 - 12 / inside)) top += 9;
    this.context.font = this.font();
    const right = this.scale ? Math.round(BAR_ROOM + widest(this.scale.colorbar.ticktext)) : margin.r;
    return { left, top, width: width - left - right, height: height - top - bottom };
  }

  font(size = this.size) {
    return `${size}px ${this.family}`;
  }

  /** @param {number} x */
  px(x) {
    const [low, high] = this.layout.xaxis.range;
    return this.box.left + ((x - low) / (high - low)) * this.box.width;
  }

  /** @param {number} y */
  py(y) {
    const [low, high] = this.layout.yaxis.range;
    return this.box.top + ((high - y) / (high - low)) * this.box.height;
  }

  /** @param {Trace} trace @param {ColorAxis} scale */
  drawHeights(trace, scale) {
    const { left, top, width, height } = this.box;
    const ratio = this.context.getTransform().a;
    const image = heightsImage(trace, Math.round(width * ratio), Math.round(height * ratio), scale);
    this.context.drawImage(image, left, top, width, height);
  }

  drawGrid() {
    const { context, box } = this;
    context.fillStyle = this.layout.yaxis.gridcolor;
    for (const { part } of this.ups) context.fillRect(box.left, box.top + (1 - part) * box.height - 0.5, box.width, 1);
  }

  drawNumbers() {
    const { context, box, layout } = this;
    const { left, top, width, height } = box;
    const { tickcolor } = layout.xaxis;
    const [bottom, middle] = [top + height, top + height / 2];
    /**
     * @param {string} text @param {number} x @param {number} y @param {string} color
     * @param {CanvasTextAlign} align @param {CanvasTextBaseline} baseline
     */
    const write = (text, x, y, color, align, baseline) => {
      Object.assign(context, { fillStyle: color, textAlign: align, textBaseline: baseline });
      writeRaised(context, text, x, y);
    };
    context.font = this.font(layout.xaxis.tickfont.size);
    for (const { part, text } of this.across) {
      const x = left + part * width;
      context.fillStyle = tickcolor;
      context.fillRect(x - 0.5, bottom, 1, 4);
      write(text, x, bottom + AXIS_GAP + 2, layout.xaxis.tickfont.color, "center", "top");
    }
    context.font = this.font(numberSize(layout.yaxis));
    for (const { part, text } of this.ups) {
      const y = top + (1 - part) * height;
      context.fillStyle = tickcolor;
      context.fillRect(left - 4, y - 0.5, 4, 1);
      write(text, left - AXIS_GAP, y, layout.yaxis.tickfont.color, "right", "middle");
    }
    /** @param {AxisLayout} axis @param {number} x @param {number} y @param {CanvasTextBaseline} baseline */
    const writeTitle = (axis, x, y, baseline) => {
      const { lines, size, style } = this.title(axis);
      context.font = style + this.font(size);
      lines.forEach((line, i) => write(line, x, y + i * TITLE_LINE * size, layout.font.color, "center", baseline));
    };
    writeTitle(layout.xaxis, left + width / 2, bottom + 16 + 1.05 * this.size, "top");
    context.save();
    context.translate(this.size * 0.75, middle);
    context.rotate(-Math.PI / 2);
    writeTitle(layout.yaxis, 0, 0, "middle");
    context.restore();
  }

  /** The lines of a title and how they are written. @param {AxisLayout} axis */
  title({ title: { text, font } }) {
    const lines = text.split("<br>").map((line) => line.replace(/<[^>]*>/g, ""));
    return { lines, size: font?.size ?? TITLE * this.size, style: /<i>/.test(text) ? "italic " : "" };
  }

  /** @param {ColorAxis} axis */
  drawBar({ colorscale, cmin, cmax, colorbar }) {
    const { context, box, layout } = this;
    const left = box.left + 1.01 * box.width + 4;
    const [top, bottom] = [box.top + BAR_PAD + 2 * this.size, box.top + box.height - BAR_PAD];
    const colors = context.createLinearGradient(0, bottom, 0, top);
    for (const [part, color] of colorscale) colors.addColorStop(part, color);
    context.fillStyle = colors;
    context.fillRect(left, top, BAR_WIDTH, bottom - top);
    const heading = { font: this.font(TITLE * this.size), textAlign: "left", textBaseline: "top" };
    Object.assign(context, heading, { fillStyle: layout.font.color });
    context.fillText(colorbar.title.text, left, box.top + BAR_PAD);
    Object.assign(context, { font: this.font(), textBaseline: "middle", fillStyle: colorbar.tickfont.color });
    colorbar.tickvals.forEach((value, i) => {
      const y = bottom - ((value - cmin) / (cmax - cmin)) * (bottom - top);
      context.fillRect(left + BAR_WIDTH, y - 0.5, 4, 1);
      writeRaised(context, colorbar.ticktext[i], left + BAR_WIDTH + 6, y);
    });
  }

  /** @param {Numbers} x @param {Numbers} y @param {Marker} marker */
  drawMarks(x, y, marker) {
    Array.from(x).forEach((value, i) => drawSymbol(this.context, this.markers.star, this.px(value), this.py(y[i]), marker));
  }
}

/**
 * The mark of a minimum or a saddle, as Plotly draws it.
 * @param {CanvasRenderingContext2D} context
 * @param {Outline} star
 * @param {number} px
 * @param {number} py
 * @param {Marker} marker
 */
export function drawSymbol(context, star, px, py, { symbol, size, color, line }) {
  if (symbol === "star") return drawMarker(context, star, px, py, 0.55 * size, color, line.color);
  if (symbol === "x-thin") return drawCross(context, px, py, 0.35 * size, line.color, "transparent");
  Object.assign(context, { strokeStyle: line.color, lineWidth: line.width });
  context.beginPath();
  context.arc(px, py, size / 2, 0, 2 * Math.PI);
  return context.stroke();
}

/** @typedef {{ part: number, text: string }} Tick where on an axis, as a part of its length */

/** @param {AxisLayout} axis @param {number} offset @param {number} length @returns {AxisFrame} */
const axisFrame = ({ type, range }, offset, length) => ({ type, range, offset, length });

/**
 * The size of an axis' numbers: Plotly prints powers of ten a quarter larger than asked for.
 * @param {AxisLayout} axis
 */
const numberSize = ({ tickfont, exponentformat, dtick }) =>
  exponentformat === "power" && typeof dtick === "number" ? 1.25 * tickfont.size : tickfont.size;

const POWER = 0.7; // the size of a power

/**
 * The width of a text that may end in a power, `10^-3`.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 */
function widthOf(context, text) {
  const [plain, power = ""] = text.split("^");
  return context.measureText(plain).width + POWER * context.measureText(power).width;
}

/**
 * Write a text that may end in a power, which is smaller and raised, from where the context aligns it.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 */
function writeRaised(context, text, x, y) {
  const [plain, power] = text.split("^");
  if (power === undefined) {
    context.fillText(text, x, y);
    return;
  }
  const { font } = context;
  context.fillText(plain, x - POWER * context.measureText(power).width, y);
  context.font = font.replace(/[\d.]+px/, (size) => `${POWER * parseFloat(size)}px`);
  context.fillText(power, x, y - 5);
  context.font = font;
}

/**
 * The numbers of an axis of that many pixels, as Plotly chooses them.
 * @param {Pick<AxisLayout, "type" | "range" | "dtick" | "nticks">} axis
 * @param {number} length
 * @param {number} apart pixels from one to the next, about
 * @returns {Tick[]}
 */
export function ticksOf({ type, range: [low, high], dtick, nticks }, length, apart) {
  const at = (/** @type {number} */ value, /** @type {string} */ text) => ({ part: (value - low) / (high - low), text });
  /** @type {Tick[]} */
  const found = [];
  if (type === "log") {
    if (typeof dtick === "string" && dtick[0] === "L") {
      const difference = Number(dtick.slice(1));
      for (let i = Math.ceil(10 ** low / difference - 1e-9); i * difference <= 10 ** high; i++)
        found.push(at(Math.log10(i * difference), showNumber(i * difference)));
      return found;
    }
    const stride = typeof dtick === "number" ? dtick : 1;
    const within = typeof dtick === "number" ? [1] : [1, 2, 5];
    for (let power = stride * Math.floor(low / stride); power <= high; power += stride)
      for (const digit of within) {
        const value = power + Math.log10(digit);
        const text = within.length > 1 ? showNumber(digit * 10 ** power) : power === 0 ? "1" : power === 1 ? "10" : `10^${power}`;
        if (value >= low && value <= high) found.push(at(value, text.replace("-", "−")));
      }
    return found;
  }
  const rough = (high - low) / (nticks || usualParts(length, apart));
  const base = 10 ** Math.floor(Math.log10(rough));
  const step = base * ([2, 5, 10].find((digit) => digit > rough / base + 1e-9) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    const value = i * step;
    const text = Math.abs(high) >= 1e4 && value ? `${Number((value / 1000).toFixed(digits + 3))}k` : String(Number(value.toFixed(digits)));
    found.push(at(value, text.replace("-", "−")));
  }
  return found;
}

/**
 * Filled contours of a trace's heights as a canvas of that many pixels.
 * @param {Trace} trace whose heights are rows by now
 * @param {number} width
 * @param {number} height
 * @param {ColorAxis} scale
 */
function heightsImage({ z, contours, line }, width, height, { colorscale, cmin, cmax }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  const rows = /** @type {Float32Array[]} */ (/** @type {unknown} */ (z));
  const n = rows[0].length; // a recording may have fewer rows, or more
  const heights = new Float64Array(rows.length * n);
  rows.forEach((row, j) => heights.set(row, j * n));
  const levels = { start: contours.start, end: contours.end, size: contours.size };
  const colors = bandColors(levels, colorscale, { low: cmin, high: cmax }, line.color);
  fillBands(new Uint32Array(image.data.buffer), width, height, heights, n, levels, colors);
  context.putImageData(image, 0, 0);
  return canvas;
}
