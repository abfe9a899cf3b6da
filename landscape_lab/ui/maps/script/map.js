// @ts-check
import { valueAt } from "../../stage/script/knob_range.js";
import { unpack } from "../../stage/script/message.js";
import { clamp, fill, mix, showNumber } from "../../stage/script/words.js";
import { valueText } from "./axes.js";
import { MapPainter } from "./map_painter.js";

/**
 * @import { KnobRange } from "../../stage/script/knob_range.js"
 * @import { ShapedInts } from "../../stage/script/types.js"
 *
 * The message (Python side: ui/maps/component.py). `key` changes with the axes, and `stamp` with the cells.
 * @typedef {KnobRange & { label: string }} MapAxis
 * @typedef {{ name: string, from: number, to: number, text: string }} Kind of cells: places in the palette, and what the text
 *   of such a cell says, with a gap {step} or {loss}
 * @typedef {{
 *   key: string, stamp: unknown, name: string, x: MapAxis, y: MapAxis, kinds: Kind[], words: Record<string, string>,
 *   indices: ShapedInts, palette: Uint8Array, told: ArrayLike<number>, picked: [number, number] | null, busy: boolean,
 * }} MapTree indices: (rows, columns) places in the palette, the lowest row first, 255 for nothing; palette: (256 * 3) red, green,
 *   blue; told: (rows, columns) the number in a cell's text; picked: the values of the two settings; busy: finer cells follow
 *
 * @typedef {[number, number]} Cell column and row
 * @typedef {[number, number]} Place in parts of the axes
 * @typedef {{ x: [number, number], y: [number, number] }} Box in parts of the axes
 */

const DRAG = 5; // px that a pointer may move in a click
const WHEEL_ZOOM = 0.002; // per px of the wheel, the logarithm of the factor
const WHEEL_END = 250; // ms without an event after which a gesture of the wheel has ended
const LEAST = 0.01; // of each side, left by one gesture
const KEY_ZOOM = 0.25; // of each side that is left by a zoom with the keyboard
const LOW = 110; // px above the lower edge from where on the text stands above the cell
/** @type {Record<string, Cell | undefined>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * A map of a thousand runs: every cell a colour. Pointing shows a text about a cell, dragging a box zooms, a click picks a run.
 */
export class RunMap {
  /** @type {{ from: Place, at: [number, number], box: Box | null } | null} */
  #drag = null;
  /** @type {Map<number, Place>} where each finger is; a mouse is one finger */
  #down = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} while a gesture of the wheel lasts */
  #wheeling = undefined;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.replaceChildren();
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.told = document.createElement("div");
    this.told.className = "lll-map-told";
    this.told.setAttribute("role", "status");
    root.append(this.canvas, this.told);
    this.painter = new MapPainter(root, this.canvas);
    /** @type {MapTree | null} */
    this.tree = null;
    /** @type {Box} the part of the axes that is shown */
    this.view = { x: [0, 1], y: [0, 1] };
    /** @type {Cell | null} under the pointer, or the keyboard's */
    this.cursor = null;
    /** @type {((cell: { column: number, row: number, columns: number, rows: number, of: string }) => void) | undefined} */
    this.onPick = undefined;
    /** @type {((box: Box & { of: string }) => void) | undefined} */
    this.onZoom = undefined;
    this.#listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(root);
  }

  get columns() {
    return this.painter.columns;
  }

  get rows() {
    return this.painter.rows;
  }

  /** @param {MapTree} tree */
  update(tree) {
    const before = this.tree;
    this.tree = tree;
    const same = before?.key === tree.key;
    if (!same) this.#endWheel();
    if (!same || this.#wheeling === undefined) this.view = { x: [0, 1], y: [0, 1] };
    if (before && before.key !== tree.key) this.cursor = null;
    const [rows, columns] = tree.indices.shape;
    if (this.cursor && (this.cursor[0] >= columns || this.cursor[1] >= rows)) this.cursor = null;
    if (!before || before.stamp !== tree.stamp) this.painter.paintCells(tree);
    const { words, name, x, y } = tree;
    this.canvas.setAttribute("aria-label", fill(words.label, { name, x: x.label, y: y.label }));
    this.root.style.cursor = "";
    this.draw();
    this.showText();
  }

  draw() {
    const { tree, view, cursor } = this;
    const dragging = this.#drag !== null;
    if (tree) this.painter.paint(tree, { view, cursor, box: this.#drag?.box ?? null, dragging });
  }

  /** The pointer inside the map, in pixels from its corner, and the map's size. @param {MouseEvent} event */
  #within({ clientX, clientY }) {
    const { left, top, width, height } = this.painter.frame;
    const box = this.canvas.getBoundingClientRect();
    return { x: clientX - box.left - left, y: clientY - box.top - top, width, height };
  }

  /** The place under the pointer, held inside the map. @param {MouseEvent} event @returns {Place} */
  place(event) {
    const { x, y, width, height } = this.#within(event);
    return [mix(...this.view.x, clamp(x / width, 0, 1)), mix(...this.view.y, clamp(1 - y / height, 0, 1))];
  }

  /** @param {MouseEvent} event */
  inside(event) {
    const { x, y, width, height } = this.#within(event);
    return x >= 0 && y >= 0 && x <= width && y <= height;
  }

  /** @param {Place} place @returns {Cell} */
  cellAt([x, y]) {
    return [
      clamp(Math.floor(x * this.columns), 0, this.columns - 1),
      clamp(Math.floor(y * this.rows), 0, this.rows - 1),
    ];
  }

  #listen() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => this.#press(event);
    // One finger may go up and down the page; what lies between two of them is the map's.
    for (const kind of /** @type {const} */ (["touchstart", "touchmove"])) {
      canvas.addEventListener(kind, (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
    }
    canvas.onpointermove = (event) => this.#move(event);
    canvas.onpointerup = (event) => this.#release(event);
    canvas.onpointercancel = canvas.onlostpointercapture = (event) => {
      this.#down.delete(event.pointerId);
      if (!this.#drag) return;
      this.#drag = null;
      this.draw();
    };
    canvas.onpointerleave = () => {
      if (this.#drag) return;
      this.cursor = null;
      this.draw();
      this.showText();
    };
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.onkeydown = (event) => this.#key(event);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button || !this.inside(event)) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.#down.set(event.pointerId, this.place(event));
    if (this.#down.size === 1) this.#drag = { from: this.place(event), at: [event.clientX, event.clientY], box: null };
    else if (this.#drag) this.#drag.box = this.#betweenFingers();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.tree) return;
    if (this.#down.has(event.pointerId)) this.#down.set(event.pointerId, this.place(event));
    const drag = this.#drag;
    if (drag) {
      const far = Math.hypot(event.clientX - drag.at[0], event.clientY - drag.at[1]);
      if (this.#down.size > 1) drag.box = this.#betweenFingers();
      else if (far > DRAG || drag.box) drag.box = between(drag.from, this.place(event));
    }
    this.cursor = this.inside(event) ? this.cellAt(this.place(event)) : null;
    this.draw();
    this.showText();
  }

  /** @param {PointerEvent} event */
  #release(event) {
    this.#down.delete(event.pointerId);
    const drag = this.#drag;
    this.#drag = null;
    if (!drag || !this.tree) return;
    const { box } = drag;
    if (!box) this.#pick(this.cellAt(drag.from));
    else if (box.x[1] > box.x[0] && box.y[1] > box.y[0]) this.#zoom(box);
    this.draw();
    this.showText();
  }

  /**
   * Zoom around the pointer. One request follows when the gesture has ended. Where the whole map is shown, the wheel
   * scrolls the page in the direction that would zoom out. @param {WheelEvent} event
   */
  #wheel(event) {
    const { x, y } = this.view;
    const out = event.deltaY > 0;
    if (!this.tree || this.#drag || !event.deltaY || !this.inside(event)) return;
    if (out && x[1] - x[0] >= 1 && y[1] - y[0] >= 1) return;
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 30);
    const pinch = event.ctrlKey ? 5 : 1; // on a touch pad, whose steps are small
    const factor = Math.exp(clamp(pixels * pinch * WHEEL_ZOOM, -1, 1));
    const [px, py] = this.place(event);
    this.view = { x: scaled(x, px, factor), y: scaled(y, py, factor) };
    this.cursor = null;
    clearTimeout(this.#wheeling);
    this.#wheeling = setTimeout(() => {
      this.#endWheel();
      const whole = this.view.x[1] - this.view.x[0] >= 1;
      if (!whole) this.#zoom(this.view);
    }, WHEEL_END);
    this.draw();
    this.showText();
  }

  #endWheel() {
    clearTimeout(this.#wheeling);
    this.#wheeling = undefined;
  }

  #betweenFingers() {
    const [one, other] = this.#down.values();
    return between(one, other);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey || metaKey || altKey || !this.tree) return;
    const move = MOVES[key];
    const cursor = this.cursor ?? this.cellAt([0.5, 0.5]);
    if (move) {
      const [column, row] = cursor.map((at, i) => at + (shiftKey ? 10 : 1) * move[i]);
      this.cursor = [clamp(column, 0, this.columns - 1), clamp(row, 0, this.rows - 1)];
      this.draw();
      this.showText();
    } else if (key === "Enter" || key === " ") this.#pick(cursor);
    else if (key === "+") this.#zoom(this.#around(cursor));
    else if (key === "Escape") {
      this.#drag = null;
      this.draw();
    } else return;
    event.preventDefault();
  }

  /** The box around a cell that a key zooms into. @param {Cell} cell @returns {Box} */
  #around([column, row]) {
    /** @param {number} at @returns {[number, number]} */
    const side = (at) => {
      const from = clamp(at - KEY_ZOOM / 2, 0, 1 - KEY_ZOOM);
      return [from, from + KEY_ZOOM];
    };
    return { x: side((column + 0.5) / this.columns), y: side((row + 0.5) / this.rows) };
  }

  /** @param {Cell} cell */
  #pick([column, row]) {
    const { tree, columns, rows } = this;
    if (tree) this.onPick?.({ column, row, columns, rows, of: tree.key });
  }

  /** @param {Box} box */
  #zoom({ x, y }) {
    this.view = { x, y };
    this.cursor = null;
    if (this.tree) this.onZoom?.({ x, y, of: this.tree.key });
    this.draw();
    this.showText();
  }

  /** Show the text about the cell under the cursor. */
  showText() {
    const { told, cursor, canvas, root } = this;
    const words = this.text();
    told.textContent = words;
    told.hidden = !words;
    if (!words || !cursor) return;
    const [px, py] = this.painter.pixel((cursor[0] + 0.5) / this.columns, (cursor[1] + 0.5) / this.rows);
    const right = px > canvas.clientWidth / 2;
    told.style.left = right ? "" : `${px + 16}px`;
    told.style.right = right ? `${root.clientWidth - px + 16}px` : "";
    const low = py > canvas.clientHeight - LOW;
    told.style.top = low ? "" : `${py + 14}px`;
    told.style.bottom = low ? `${root.clientHeight - py + 14}px` : "";
  }

  text() {
    const { tree, cursor, view } = this;
    if (!tree || !cursor || this.#drag?.box || view.x[1] - view.x[0] < 1) return "";
    const [column, row] = cursor;
    const { x, y, indices, told, kinds } = tree;
    const at = row * this.columns + column;
    const kind = kinds.find(({ from, to }) => indices[at] >= from && indices[at] < to);
    /** @param {MapAxis} axis @param {number} i @param {number} n */
    const value = (axis, i, n) => valueText(axis, valueAt(axis, (i + 0.5) / n), n);
    const lines = [
      `${x.label} ${value(x, column, this.columns)}`,
      `${y.label} ${value(y, row, this.rows)}`,
      kind ? fill(kind.text, { step: Math.ceil(told[at]), loss: showNumber(told[at]) }) : "",
    ];
    return lines.filter(Boolean).join("\n");
  }

  /** What tests may read. */
  state() {
    const { tree } = this;
    return {
      key: tree?.key,
      columns: this.columns,
      rows: this.rows,
      picked: tree?.picked,
      busy: tree?.busy,
      told: this.told.hidden ? "" : this.told.textContent,
      view: this.view,
      draws: this.painter.draws,
      frame: this.painter.frame,
      x: tree && [tree.x.low, tree.x.high],
      y: tree && [tree.y.low, tree.y.high],
    };
  }

  destroy() {
    this.#endWheel();
    this.observer.disconnect();
  }
}

/** The box with two places at its corners. @param {Place} a @param {Place} b @returns {Box} */
const between = ([x0, y0], [x1, y1]) => ({
  x: [Math.min(x0, x1), Math.max(x0, x1)],
  y: [Math.min(y0, y1), Math.max(y0, y1)],
});

/**
 * A side that is scaled around a place and held inside the map.
 * @param {[number, number]} side @param {number} at @param {number} factor @returns {[number, number]}
 */
const scaled = ([from, to], at, factor) => {
  const length = clamp((to - from) * factor, LEAST, 1);
  const low = clamp(at - ((at - from) / (to - from)) * length, 0, 1 - length);
  return [low, Math.min(low + length, 1)];
};

/**
 * Streamlit calls this again, on the same element, at every rerun; all that lasts is kept on the element.
 * @param {{ data: Uint8Array, parentElement: HTMLElement, setTriggerValue: (name: string, value: object) => void }} component
 */
export function map({ data, parentElement, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".lll-map"));
  const shown = (root.lllMap ??= new RunMap(root));
  root.mapState = () => shown.state();
  shown.onPick = (cell) => setTriggerValue("pick", cell);
  shown.onZoom = (box) => setTriggerValue("zoom", box);
  shown.update(unpack(data));
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      root.lllMap?.destroy();
      root.lllMap = undefined;
    });
}
