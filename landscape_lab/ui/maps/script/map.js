// @ts-check
import { unpack } from "../../stage/script/message.js";
import { clamp, fill, mix } from "../../stage/script/words.js";
import { CellText } from "./cell_text.js";
import { Fingers } from "./fingers.js";
import { MapPainter } from "./map_painter.js";
import { WHOLE, between, boundedSide, boundsOf, isWhole, onAxis, onTheWay, scaled } from "./view.js";

/**
 * @import { KnobRange } from "../../stage/script/knob_range.js"
 * @import { ShapedInts } from "../../stage/script/types.js"
 * @import { Bounds, Box, Place } from "./view.js"
 *
 * The message (Python side: ui/maps/component.py). `key` changes with the axes, `stamp` with the cells, and `scope` with
 * everything but the ends of the axes.
 * @typedef {KnobRange & Bounds & { label: string }} MapAxis
 * @typedef {{ name: string, from: number, to: number, text: string }} Kind of cells: places in the palette, and what the text
 *   of such a cell says, with a gap {step} or {loss}
 * @typedef {{
 *   key: string, stamp: unknown, scope: string, name: string, x: MapAxis, y: MapAxis, kinds: Kind[], words: Record<string, string>,
 *   indices: ShapedInts, palette: Uint8Array, told: ArrayLike<number>, busy: boolean,
 * }} MapTree indices: (rows, columns) places in the palette, the lowest row first, 255 for nothing; palette: (256 * 3) red, green,
 *   blue; told: (rows, columns) the number in a cell's text; busy: finer cells follow
 *
 * @typedef {[number, number]} Cell column and row
 */

const DRAG = 5; // px that a pointer may move in a click
const ANSWER = 20_000; // ms after which a request counts as lost
const GLIDE = 300; // ms of a zoom that is no gesture
const WHEEL_ZOOM = 0.002; // per px of the wheel, the logarithm of the factor
const WHEEL_END = 250; // ms without an event after which a gesture of the wheel has ended
const KEY_ZOOM = 0.25; // of each side that is left by a zoom with the keyboard
const KEY_OUT = 0.5; // of each side that a zoom out with the keyboard adds at both ends
/** @type {Record<string, Cell | undefined>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @type {Set<RunMap>} the maps of the page */
const maps = new Set();
/** @type {[number, number] | null} the values of the two settings in the selected cell: they come in a message of their own, */
let picked = null; // as the cells of a map are some megabytes

/**
 * A map of a thousand runs: every cell a colour. Pointing shows a text about a cell, dragging a box zooms, a click picks a run.
 * A finger moves the map, and two scale it.
 */
export class RunMap {
  /** @type {{ from: Place, at: [number, number], box: Box | null } | null} */
  #drag = null;
  #fingers = new Fingers();
  /** When a zoom was requested that the map does not show yet. */
  #requested = -Infinity;
  /** @type {Box | null} what is to be requested when that map has come */
  #next = null;
  #frame = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} while a gesture of the wheel lasts */
  #wheeling = undefined;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    root.replaceChildren();
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    root.append(this.canvas);
    this.told = new CellText(root);
    this.painter = new MapPainter(root, this.canvas);
    /** @type {MapTree | null} */
    this.tree = null;
    /** @type {Box} the part of the axes that is shown */
    this.view = WHOLE;
    /** @type {Cell | null} under the pointer, or the keyboard's */
    this.cursor = null;
    /** @type {((cell: { column: number, row: number, columns: number, rows: number, of: string }) => void) | undefined} */
    this.onPick = undefined;
    /** @type {((box: Box & { of: string }) => void) | undefined} */
    this.onZoom = undefined;
    this.#listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(root);
    maps.add(this);
  }

  /** @param {MapTree} tree */
  update(tree) {
    const before = this.tree;
    this.tree = tree;
    const other = before && before.key !== tree.key;
    if (other) this.cursor = null;
    if (other && before.scope === tree.scope) this.#convert(before, tree);
    else if (other) {
      this.#endGestures();
      this.view = WHOLE;
    }
    const [rows, columns] = tree.indices.shape;
    if (this.cursor && (this.cursor[0] >= columns || this.cursor[1] >= rows)) this.cursor = null;
    if (!before || before.stamp !== tree.stamp) this.painter.paintCells(tree);
    const { words, name, x, y } = tree;
    this.canvas.setAttribute("aria-label", fill(words.label, { name, x: x.label, y: y.label }));
    if (other) this.#arrived();
    this.draw();
  }

  /** Express what is shown in parts of the new axes. @param {MapTree} from @param {MapTree} to */
  #convert(from, to) {
    /** @param {Box} box @returns {Box} */
    const converted = ({ x, y }) => ({ x: onAxis(x, from.x, to.x), y: onAxis(y, from.y, to.y) });
    this.view = converted(this.view);
    this.#next = this.#next && converted(this.#next);
    this.#fingers.convert(from, to);
  }

  /** The server has answered: show its map, unless a gesture has gone on meanwhile. */
  #arrived() {
    const next = this.#next;
    this.#requested = -Infinity;
    this.#next = null;
    if (this.#fingers.count || this.#wheeling !== undefined) return;
    if (next) this.#zoom(next);
    else this.#glide(WHOLE);
  }

  draw() {
    const { tree, view, cursor, painter } = this;
    const dragging = this.#drag !== null;
    const box = this.#drag?.box ?? null;
    if (!tree) return;
    painter.paint(tree, { view, cursor, box, dragging, picked });
    this.told.show(tree, box || !isWhole(view) ? null : cursor, painter); // while the whole map is still
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
      clamp(Math.floor(x * this.painter.columns), 0, this.painter.columns - 1),
      clamp(Math.floor(y * this.painter.rows), 0, this.painter.rows - 1),
    ];
  }

  #listen() {
    const { canvas } = this;
    canvas.onpointerdown = (event) => this.#press(event);
    // One finger that begins up or down scrolls the page; any other gesture is the map's.
    for (const kind of /** @type {const} */ (["touchstart", "touchmove"])) {
      canvas.addEventListener(kind, (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
    }
    canvas.onpointermove = (event) => this.#move(event);
    canvas.onpointerup = (event) => this.#release(event);
    canvas.onpointercancel = canvas.onlostpointercapture = (event) => {
      if (this.#fingers.has(event.pointerId)) this.#lift(event.pointerId);
      if (!this.#drag) return;
      this.#drag = null;
      this.draw();
    };
    canvas.onpointerleave = ({ pointerType }) => {
      if (this.#drag || pointerType === "touch") return; // the text about a cell stays after a tap
      this.cursor = null;
      this.draw();
    };
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    canvas.onkeydown = (event) => this.#key(event);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button || !this.inside(event)) return;
    this.canvas.setPointerCapture(event.pointerId);
    if (event.pointerType !== "touch") {
      this.#drag = { from: this.place(event), at: [event.clientX, event.clientY], box: null };
      return;
    }
    cancelAnimationFrame(this.#frame);
    this.#fingers.add(event.pointerId, this.#point(event), [event.clientX, event.clientY], this.view);
  }

  /** Where the pointer is, in parts of the frame. @param {PointerEvent} event @returns {Place} */
  #point(event) {
    const { x, y, width, height } = this.#within(event);
    return [x / width, 1 - y / height];
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (!this.tree) return;
    const drag = this.#drag;
    if (this.#fingers.has(event.pointerId)) {
      const at = /** @type {[number, number]} */ ([event.clientX, event.clientY]);
      const { frame } = this.painter;
      const view = this.#fingers.move(event.pointerId, this.#point(event), at, frame, boundsOf(this.tree));
      if (view) this.#show(view);
      return;
    }
    const far = drag && Math.hypot(event.clientX - drag.at[0], event.clientY - drag.at[1]) > DRAG;
    if (drag && (far || drag.box)) drag.box = between(drag.from, this.place(event));
    this.cursor = this.inside(event) ? this.cellAt(this.place(event)) : null;
    this.draw();
  }

  /** @param {PointerEvent} event */
  #release(event) {
    if (this.#fingers.has(event.pointerId)) {
      if (this.#fingers.tapping && this.tree) this.#pick((this.cursor = this.cellAt(this.place(event))));
      this.#lift(event.pointerId);
      return;
    }
    const drag = this.#drag;
    this.#drag = null;
    if (!drag || !this.tree) return;
    const { box } = drag;
    if (!box) this.#pick(this.cellAt(drag.from));
    else if (box.x[1] > box.x[0] && box.y[1] > box.y[0]) this.#zoom(box);
    this.draw();
  }

  /** @param {number} id of a finger that has left the map */
  #lift(id) {
    this.#fingers.remove(id, this.view);
    if (!this.#fingers.count) this.#settle();
    this.draw();
  }

  /** @param {Box} view in a gesture */
  #show(view) {
    this.view = view;
    this.cursor = null;
    this.draw();
  }

  /** Request the map of what a gesture has shown. */
  #settle() {
    if (!isWhole(this.view)) this.#zoom(this.view);
  }

  /**
   * Zoom around the pointer. One request follows when the gesture has ended. Where the whole map is shown, the wheel
   * scrolls the page in the direction that would zoom out, except in a gesture of two fingers on a touch pad, which a
   * browser reports as a wheel with Ctrl. @param {WheelEvent} event
   */
  #wheel(event) {
    const { x, y } = this.view;
    const { deltaY, deltaMode, ctrlKey } = event;
    if (!this.tree || this.#drag || this.#fingers.count || !deltaY || !this.inside(event)) return;
    if (deltaY > 0 && !ctrlKey && x[1] - x[0] >= 1 && y[1] - y[0] >= 1) return;
    event.preventDefault();
    cancelAnimationFrame(this.#frame);
    const pixels = deltaY * (deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 30);
    const pinch = ctrlKey ? 5 : 1; // on a touch pad, whose steps are small
    const factor = Math.exp(clamp(pixels * pinch * WHEEL_ZOOM, -1, 1));
    const [px, py] = this.place(event);
    const bounds = boundsOf(this.tree, ctrlKey ? undefined : 1);
    clearTimeout(this.#wheeling);
    this.#wheeling = setTimeout(() => {
      this.#wheeling = undefined;
      this.#settle();
    }, WHEEL_END);
    this.#show({ x: scaled(x, px, factor, bounds.x), y: scaled(y, py, factor, bounds.y) });
  }

  #endGestures() {
    clearTimeout(this.#wheeling);
    this.#wheeling = undefined;
    this.#fingers.clear();
    this.#drag = this.#next = null;
    this.#requested = -Infinity;
  }

  /** Move the view to another one, at once if the reader prefers less motion. @param {Box} to */
  #glide(to) {
    cancelAnimationFrame(this.#frame);
    const from = this.view;
    const begin = performance.now();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || (isWhole(from) && isWhole(to));
    const step = () => {
      const part = still ? 1 : clamp((performance.now() - begin) / GLIDE, 0, 1);
      this.view = part < 1 ? onTheWay(from, to, part * part * (3 - 2 * part)) : to;
      this.draw();
      if (part < 1) this.#frame = requestAnimationFrame(step);
    };
    step();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey || metaKey || altKey || !this.tree) return;
    const move = MOVES[key];
    const cursor = this.cursor ?? this.cellAt([0.5, 0.5]);
    if (move) {
      const [column, row] = cursor.map((at, i) => at + (shiftKey ? 10 : 1) * move[i]);
      this.cursor = [clamp(column, 0, this.painter.columns - 1), clamp(row, 0, this.painter.rows - 1)];
      this.draw();
    } else if (key === "Enter" || key === " ") this.#pick(cursor);
    else if (key === "+") {
      const [x, y] = [(cursor[0] + 0.5) / this.painter.columns, (cursor[1] + 0.5) / this.painter.rows];
      this.#zoom(between([x - KEY_ZOOM / 2, y - KEY_ZOOM / 2], [x + KEY_ZOOM / 2, y + KEY_ZOOM / 2]));
    } else if (key === "-") this.#zoom({ x: [-KEY_OUT, 1 + KEY_OUT], y: [-KEY_OUT, 1 + KEY_OUT] });
    else if (key === "Escape") {
      this.#drag = null;
      this.draw();
    } else return;
    event.preventDefault();
  }

  /** @param {Cell} cell */
  #pick([column, row]) {
    const { tree } = this;
    const { columns, rows } = this.painter;
    if (tree) this.onPick?.({ column, row, columns, rows, of: tree.key });
  }

  /** Request the map of a box, and show what is known of it. @param {Box} box */
  #zoom(box) {
    if (!this.tree) return;
    const bounds = boundsOf(this.tree);
    const [x, y] = [boundedSide(box.x, bounds.x), boundedSide(box.y, bounds.y)];
    if (isWhole({ x, y })) return;
    this.cursor = null;
    const now = performance.now();
    if (now - this.#requested < ANSWER) this.#next = { x, y };
    else {
      this.onZoom?.({ x, y, of: this.tree.key });
      this.#requested = now;
    }
    this.#glide({ x, y });
  }

  /** What tests may read. */
  state() {
    const { tree } = this;
    return {
      key: tree?.key,
      columns: this.painter.columns,
      rows: this.painter.rows,
      picked,
      busy: tree?.busy,
      told: this.told.text,
      view: this.view,
      draws: this.painter.draws,
      frame: this.painter.frame,
      x: tree && [tree.x.low, tree.x.high],
      y: tree && [tree.y.low, tree.y.high],
    };
  }

  destroy() {
    this.#endGestures();
    cancelAnimationFrame(this.#frame);
    maps.delete(this);
    this.observer.disconnect();
  }
}

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

/** The selected cell of all maps. @param {{ data: { picked: [number, number] | null } }} component */
export function pickedCell({ data }) {
  picked = data.picked;
  for (const each of maps) each.draw();
}
