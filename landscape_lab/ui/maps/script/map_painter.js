// @ts-check
import { partOf, valueAt } from "../../stage/script/knob_range.js";
import { clamp } from "../../stage/script/words.js";
import { mapTicks } from "./axes.js";
import { Layers } from "./layers.js";

/**
 * @import { Cell, MapTree } from "./map.js"
 * @import { Box } from "./view.js"
 * @import { KnobRange } from "../../stage/script/knob_range.js"
 * @typedef {{ view: Box, cursor: Cell | null, box: Box | null, dragging: boolean, picked: [number, number] | null }} MapView
 *   what is shown of the map: a part of its axes, the cell under the pointer, the box that is dragged, and the values of the
 *   selected cell
 */

const MARGIN = { left: 70, right: 14, top: 10, bottom: 46 };
const NARROW = 420; // px of width below which there is less room for numbers
const FONT_SIZE = 14; // in pixels, as --lll-type in figures/theme.py

/** Paints a map on a canvas: its cells, what is picked and pointed at, and the axes around it. */
export class MapPainter {
  /** @param {HTMLElement} root @param {HTMLCanvasElement} canvas */
  constructor(root, canvas) {
    this.root = root;
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.layers = new Layers();
    this.columns = this.rows = 0;
    /** More than 1 for projection in a hall. */
    this.scale = 1;
    this.ink = "";
    this.over = { dark: "", light: "", veil: "" };
    /** @type {MapView} */
    this.shown = { view: { x: [0, 1], y: [0, 1] }, cursor: null, box: null, dragging: false, picked: null };
    /** How often it has been painted. */
    this.draws = 0;
  }

  /** @param {MapTree} tree */
  paintCells(tree) {
    [this.rows, this.columns] = tree.indices.shape;
    this.layers.add(tree);
  }

  /** The rectangle of the map inside the canvas, in CSS pixels. */
  get frame() {
    const { scale } = this;
    const left = (this.root.clientWidth < NARROW ? 54 : MARGIN.left) * scale;
    const width = Math.max(10, this.canvas.clientWidth - left - MARGIN.right * scale);
    const height = Math.max(10, this.canvas.clientHeight - (MARGIN.top + MARGIN.bottom) * scale);
    return { left, top: MARGIN.top * scale, width, height };
  }

  /** Where a place, in parts of the axes, is drawn. @param {number} x @param {number} y @returns {[number, number]} */
  pixel(x, y) {
    const { left, top, width, height } = this.frame;
    const { view } = this.shown;
    const part = (/** @type {number} */ at, /** @type {[number, number]} */ [from, to]) => (at - from) / (to - from);
    return [left + part(x, view.x) * width, top + (1 - part(y, view.y)) * height];
  }

  /** @param {MapTree} tree @param {MapView} shown */
  paint(tree, shown) {
    const { canvas, context } = this;
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = canvas;
    if (!clientWidth) return;
    const [wide, high] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, clientWidth, clientHeight);
    const style = getComputedStyle(this.root);
    this.shown = shown;
    this.ink = style.color;
    this.scale = parseFloat(style.fontSize) / FONT_SIZE;
    const [dark, light, veil] = ["dark", "light", "veil"].map((name) => style.getPropertyValue(`--lll-over-${name}`));
    this.over = { dark, light, veil };
    const { left, top, width, height } = this.frame;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    context.fillStyle = style.getPropertyValue("--lll-soft");
    context.fillRect(left, top, width, height);
    this.layers.draw(context, tree, shown.view, this.frame, ratio);
    this.#paintPicked(tree, shown.picked);
    this.#paintCursor();
    context.restore();
    this.#paintAxes(tree);
    this.#paintBox();
    this.draws += 1;
  }

  /** @param {MapTree} tree @param {[number, number] | null} picked */
  #paintPicked({ x, y }, picked) {
    if (!picked) return;
    const { context, over } = this;
    const [px, py] = this.pixel(partOf(x, picked[0]), partOf(y, picked[1]));
    for (const { color, size } of [{ color: over.dark, size: 5 }, { color: over.light, size: 2.25 }]) {
      context.strokeStyle = color;
      context.lineWidth = size;
      context.beginPath();
      context.arc(px, py, 8, 0, 2 * Math.PI);
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(px + 5 * dx, py + 5 * dy);
        context.lineTo(px + 13 * dx, py + 13 * dy);
      }
      context.stroke();
    }
  }

  #paintCursor() {
    const { cursor, dragging } = this.shown;
    if (!cursor || dragging) return;
    const { context, over, columns, rows } = this;
    const [column, row] = cursor;
    const [x0, y0] = this.pixel(column / columns, (row + 1) / rows);
    const [x1, y1] = this.pixel((column + 1) / columns, row / rows);
    const grow = Math.max(0, 3 - (x1 - x0) / 2);
    context.lineWidth = 1;
    for (const { color, out } of [{ color: over.dark, out: grow + 1 }, { color: over.light, out: grow }]) {
      context.strokeStyle = color;
      context.strokeRect(x0 - out, y0 - out, x1 - x0 + 2 * out, y1 - y0 + 2 * out);
    }
  }

  /** @param {MapTree} tree */
  #paintAxes({ x, y }) {
    const { context, scale } = this;
    const { left, top, width, height } = this.frame;
    const { view } = this.shown;
    const family = getComputedStyle(this.root).fontFamily || "sans-serif";
    context.strokeStyle = context.fillStyle = this.ink;
    context.globalAlpha = 0.75;
    context.lineWidth = scale;
    context.font = `${(FONT_SIZE - 1) * scale}px ${family}`;
    /** @param {KnobRange} axis @param {[number, number]} part */
    const zoomed = (axis, [from, to]) => ({ ...axis, low: valueAt(axis, from), high: valueAt(axis, to) });
    this.#paintAcross(zoomed(x, view.x));
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const { part, text } of mapTicks(zoomed(y, view.y), Math.max(2, Math.floor(height / (60 * scale))))) {
      const at = top + (1 - part) * height;
      context.fillRect(left - 4 * scale, at - scale / 2, 4 * scale, scale);
      context.save();
      context.translate(left - 7 * scale, at);
      const long = context.measureText(text).width;
      const room = left - 26 * scale;
      if (long > room) context.scale(room / long, 1); // deep in a zoom there are more digits than room
      context.fillText(text, 0, 0);
      context.restore();
    }
    context.globalAlpha = 1;
    context.font = `600 ${FONT_SIZE * scale}px ${family}`;
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    context.fillText(x.label, left + width / 2, top + height + 38 * scale);
    context.save();
    context.translate(13 * scale, top + height / 2);
    context.rotate(-Math.PI / 2);
    context.fillText(y.label, 0, 0);
    context.restore();
  }

  /** The numbers of the horizontal axis, as many as fit. @param {KnobRange} axis */
  #paintAcross(axis) {
    const { context, scale } = this;
    const { left, top, width, height } = this.frame;
    let most = Math.max(2, Math.floor(width / (70 * scale)));
    let ticks = mapTicks(axis, most);
    const widest = () => Math.max(...ticks.map(({ text }) => context.measureText(text).width), 0) + 14;
    while (most > 1 && ticks.length > 1 && ticks.length * widest() > width + widest()) ticks = mapTicks(axis, --most);
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const { part, text } of ticks) {
      const at = left + part * width;
      context.fillRect(at - scale / 2, top + height, scale, 4 * scale);
      const half = context.measureText(text).width / 2;
      context.fillText(text, clamp(at, half, left + width + MARGIN.right * scale - half), top + height + 6 * scale);
    }
  }

  #paintBox() {
    const { box } = this.shown;
    if (!box) return;
    const { context, over } = this;
    const { left, top, width, height } = this.frame;
    const [x0, y0] = this.pixel(box.x[0], box.y[1]);
    const [x1, y1] = this.pixel(box.x[1], box.y[0]);
    context.fillStyle = over.veil;
    context.beginPath();
    context.rect(left, top, width, height);
    context.rect(x0, y0, x1 - x0, y1 - y0);
    context.fill("evenodd");
    context.strokeStyle = over.light;
    context.lineWidth = 1.5;
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }
}
