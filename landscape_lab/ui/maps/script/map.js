/* A map of a thousand runs: one colour a cell, axes around it, and what a hand can ask of it.

   Python sends the cells' colours as places in a palette; everything else happens here: hovering tells the cell, dragging
   a box zooms, a click picks a run. The words of the stage (script/words.js), its message and its colours are joined before
   this file.

   The tree (Python side: ui/map/__init__.py):
     key      changes with the axes, not with the number of cells
     name     of the map
     x, y     {label, low, high, scale: linear|log}
     indices  (rows, columns) places in the palette, the lowest row first; 255 is nothing
     palette  (256 * 3) red, green, blue
     told     (rows, columns) what the hover text says of a cell: a step, or for some kinds a loss
     kinds    [{name, from, to: places in the palette, text: with {step} or {loss}}]
     picked   null or [x, y], the values of the two settings
     busy     whether finer cells are on their way
     words */

import { unpack } from "../../stage/script/message.js";
import { clamp, fill, mix, printed, showNumber, superscript } from "../../stage/script/words.js";

const MARGIN = { left: 70, right: 14, top: 10, bottom: 46 };
export const FONT_SIZE = 14; // in pixels, as --lll-type in figures/theme.py
const DRAG = 5; // px a hand may tremble in a click
const KEY_ZOOM = 0.25; // of each side that is left by a zoom with the keyboard or a button

/** A place on an axis as a part of its length, and back. */
const partOf = ({ low, high, scale }, value) =>
  scale === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
const valueOf = ({ low, high, scale }, part) =>
  scale === "log" ? low * (high / low) ** part : low + (high - low) * part;

/** Round numbers on an axis, about as many as there is room for: [{part, text}]. */
function ticksOf(axis, most) {
  const { low, high, scale } = axis;
  if (scale === "log" && high / low > 20) {
    const first = Math.ceil(Math.log10(low) - 1e-9);
    const last = Math.floor(Math.log10(high) + 1e-9);
    const stride = Math.max(1, Math.ceil((last - first + 1) / most));
    const ticks = [];
    for (let power = first; power <= last; power += stride) {
      const text = power < -3 || power > 4 ? `10${superscript(power)}` : String(Number(`1e${power}`));
      ticks.push({ part: partOf(axis, 10 ** power), text });
    }
    return ticks;
  }
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((nice) => nice * power >= rough * 0.999);
  const digits = Math.max(0, Math.min(18, -Math.floor(Math.log10(step) + 1e-9)));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step && ticks.length < 40; i++) {
    const value = i * step;
    const short = digits > 18 || Math.abs(value) >= 1e6;
    ticks.push({ part: partOf(axis, value), text: printed(short ? String(Number(value.toPrecision(6))) : value.toFixed(digits)) });
  }
  return ticks;
}

/** As many digits of a value as tell its cell from the next one. */
function valueText(axis, value, cells) {
  const width = Math.abs(valueOf(axis, 0.5 + 0.5 / cells) - valueOf(axis, 0.5 - 0.5 / cells));
  const digits = Math.ceil(Math.log10(Math.abs(value) / width)) + 2;
  return printed(String(Number(value.toPrecision(clamp(digits || 4, 4, 17)))));
}

class RunMap {
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
    this.source = document.createElement("canvas");
    this.cursor = null; // [column, row] of the cell under the pointer or the keyboard's
    this.draws = 0;
    this.scale = 1; // more for a hall
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(root);
  }

  update(tree) {
    const first = !this.tree;
    const moved = !first && this.tree.key !== tree.key;
    const same = !first && this.tree.stamp === tree.stamp;
    this.tree = tree;
    this.view = { x: [0, 1], y: [0, 1] };
    if (moved) this.cursor = null;
    [this.rows, this.columns] = tree.indices.shape;
    if (this.cursor && (this.cursor[0] >= this.columns || this.cursor[1] >= this.rows)) this.cursor = null;
    if (!same) this.paintSource();
    const { words, name } = tree;
    this.canvas.setAttribute("aria-label", fill(words.label, { name, x: tree.x.label, y: tree.y.label }));
    this.root.style.cursor = "";
    this.draw();
    this.tell();
  }

  paintSource() {
    const { columns, rows } = this;
    const { indices, palette } = this.tree;
    this.source.width = columns;
    this.source.height = rows;
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const colors = new Uint32Array(256);
    for (let i = 0; i < 255; i++) {
      colors[i] = (255 << 24) | (palette[3 * i + 2] << 16) | (palette[3 * i + 1] << 8) | palette[3 * i];
    }
    for (let row = 0; row < rows; row++) {
      const below = (rows - 1 - row) * columns;
      for (let column = 0; column < columns; column++) pixels[below + column] = colors[indices[row * columns + column]];
    }
    this.source.getContext("2d").putImageData(image, 0, 0);
  }

  /** The rectangle of the map inside the canvas, in CSS pixels. */
  get frame() {
    const { scale } = this;
    const narrow = this.root.clientWidth < 420;
    const left = (narrow ? 54 : MARGIN.left) * scale;
    const width = Math.max(10, this.canvas.clientWidth - left - MARGIN.right * scale);
    const height = Math.max(10, this.canvas.clientHeight - (MARGIN.top + MARGIN.bottom) * scale);
    return { left, top: MARGIN.top * scale, width, height };
  }

  draw() {
    if (!this.tree) return;
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.canvas;
    if (!clientWidth) return;
    if (this.canvas.width !== Math.round(clientWidth * ratio) || this.canvas.height !== Math.round(clientHeight * ratio)) {
      this.canvas.width = Math.round(clientWidth * ratio);
      this.canvas.height = Math.round(clientHeight * ratio);
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, clientWidth, clientHeight);
    const style = getComputedStyle(this.root);
    this.ink = style.color;
    this.scale = parseFloat(style.fontSize) / FONT_SIZE;
    const [dark, light, veil] = ["dark", "light", "veil"].map((name) => style.getPropertyValue(`--lll-over-${name}`));
    this.over = { dark, light, veil };
    const { left, top, width, height } = this.frame;
    context.save();
    context.beginPath();
    context.rect(left, top, width, height);
    context.clip();
    const { x, y } = this.view; // while a zoom is on its way, the old cells are shown at the new size
    context.imageSmoothingEnabled = this.columns > width * ratio;
    context.imageSmoothingQuality = "high";
    context.drawImage(
      this.source,
      x[0] * this.columns, (1 - y[1]) * this.rows, (x[1] - x[0]) * this.columns, (y[1] - y[0]) * this.rows,
      left, top, width, height,
    );
    this.drawPicked(context);
    this.drawCursor(context);
    context.restore();
    this.drawAxes(context);
    this.drawBox(context);
    this.draws += 1;
  }

  drawPicked(context) {
    const { picked, x, y } = this.tree;
    if (!picked) return;
    const [px, py] = this.pixel(partOf(x, picked[0]), partOf(y, picked[1]));
    for (const [color, size] of [[this.over.dark, 5], [this.over.light, 2.25]]) {
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

  drawCursor(context) {
    if (!this.cursor || this.drag) return;
    const [column, row] = this.cursor;
    const [x0, y0] = this.pixel(column / this.columns, (row + 1) / this.rows);
    const [x1, y1] = this.pixel((column + 1) / this.columns, row / this.rows);
    const grow = Math.max(0, 3 - (x1 - x0) / 2);
    context.lineWidth = 1;
    for (const [color, out] of [[this.over.dark, grow + 1], [this.over.light, grow]]) {
      context.strokeStyle = color;
      context.strokeRect(x0 - out, y0 - out, x1 - x0 + 2 * out, y1 - y0 + 2 * out);
    }
  }

  drawAxes(context) {
    const { left, top, width, height } = this.frame;
    const { scale } = this;
    const { x, y } = this.tree;
    const family = getComputedStyle(this.root).fontFamily || "sans-serif";
    context.strokeStyle = context.fillStyle = this.ink;
    context.globalAlpha = 0.75;
    context.lineWidth = scale;
    context.font = `${(FONT_SIZE - 1) * scale}px ${family}`;
    const zoomed = (axis, [from, to]) => ({ ...axis, low: valueOf(axis, from), high: valueOf(axis, to) });
    const across = zoomed(x, this.view.x);
    const up = zoomed(y, this.view.y);
    let most = Math.max(2, Math.floor(width / (70 * scale)));
    let ticks = ticksOf(across, most);
    const widest = () => Math.max(...ticks.map(({ text }) => context.measureText(text).width), 0) + 14;
    while (most > 1 && ticks.length > 1 && ticks.length * widest() > width + widest()) ticks = ticksOf(across, --most);
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const { part, text } of ticks) {
      const at = left + part * width;
      context.fillRect(at - scale / 2, top + height, scale, 4 * scale);
      const half = context.measureText(text).width / 2;
      context.fillText(text, clamp(at, half, left + width + MARGIN.right * scale - half), top + height + 6 * scale);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const { part, text } of ticksOf(up, Math.max(2, Math.floor(height / (60 * scale))))) {
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

  drawBox(context) {
    if (!this.drag?.box) return;
    const { left, top, width, height } = this.frame;
    const { x, y } = this.drag.box;
    const [x0, y0] = this.pixel(x[0], y[1]);
    const [x1, y1] = this.pixel(x[1], y[0]);
    context.fillStyle = this.over.veil;
    context.beginPath();
    context.rect(left, top, width, height);
    context.rect(x0, y0, x1 - x0, y1 - y0);
    context.fill("evenodd");
    context.strokeStyle = this.over.light;
    context.lineWidth = 1.5;
    context.strokeRect(x0, y0, x1 - x0, y1 - y0);
  }

  /** Where a place, in parts of the axes, is drawn. */
  pixel(x, y) {
    const { left, top, width, height } = this.frame;
    const { view } = this;
    const part = (at, [from, to]) => (at - from) / (to - from);
    return [left + part(x, view.x) * width, top + (1 - part(y, view.y)) * height];
  }

  /** The place under the pointer, in parts of the axes; held inside the map. */
  place(event) {
    const { left, top, width, height } = this.frame;
    const box = this.canvas.getBoundingClientRect();
    const x = clamp((event.clientX - box.left - left) / width, 0, 1);
    const y = clamp(1 - (event.clientY - box.top - top) / height, 0, 1);
    return [mix(...this.view.x, x), mix(...this.view.y, y)];
  }

  inside(event) {
    const { left, top, width, height } = this.frame;
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - left, event.clientY - box.top - top];
    return x >= 0 && y >= 0 && x <= width && y <= height;
  }

  cellAt([x, y]) {
    return [
      clamp(Math.floor(x * this.columns), 0, this.columns - 1),
      clamp(Math.floor(y * this.rows), 0, this.rows - 1),
    ];
  }

  listen() {
    const { canvas } = this;
    const down = new Map(); // where each finger is, in parts of the axes; a mouse is one finger
    const between = (a, b) => ({ x: [a[0], b[0]].sort((m, n) => m - n), y: [a[1], b[1]].sort((m, n) => m - n) });
    canvas.onpointerdown = (event) => {
      if (event.button || !this.inside(event)) return;
      canvas.setPointerCapture(event.pointerId);
      down.set(event.pointerId, this.place(event));
      if (down.size === 1) this.drag = { from: this.place(event), at: [event.clientX, event.clientY], box: null };
      else if (this.drag) this.drag.box = between(...down.values());
    };
    // One finger may go up and down the page; of two it is the map's business what lies between them.
    for (const kind of ["touchstart", "touchmove"])
      canvas.addEventListener(kind, (event) => event.touches.length > 1 && event.preventDefault(), { passive: false });
    canvas.onpointermove = (event) => {
      if (!this.tree) return;
      if (down.has(event.pointerId)) down.set(event.pointerId, this.place(event));
      if (this.drag) {
        const far = Math.hypot(event.clientX - this.drag.at[0], event.clientY - this.drag.at[1]);
        if (down.size > 1) this.drag.box = between(...down.values());
        else if (far > DRAG || this.drag.box) this.drag.box = between(this.drag.from, this.place(event));
      }
      this.cursor = this.inside(event) ? this.cellAt(this.place(event)) : null;
      this.draw();
      this.tell(event);
    };
    canvas.onpointerup = (event) => {
      down.delete(event.pointerId);
      const { drag } = this;
      this.drag = null;
      if (!drag || !this.tree) return;
      if (!drag.box) this.pick(this.cellAt(drag.from));
      else if (drag.box.x[1] > drag.box.x[0] && drag.box.y[1] > drag.box.y[0]) this.zoom(drag.box);
      this.draw();
      this.tell(event);
    };
    canvas.onpointercancel = canvas.onlostpointercapture = (event) => {
      down.delete(event.pointerId);
      if (!this.drag) return;
      this.drag = null;
      this.draw();
    };
    canvas.onpointerleave = () => {
      if (this.drag) return;
      this.cursor = null;
      this.draw();
      this.tell();
    };
    canvas.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.tree) return;
      const far = event.shiftKey ? 10 : 1;
      const move = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] }[event.key];
      if (move) {
        const [column, row] = this.cursor ?? this.cellAt([0.5, 0.5]);
        this.cursor = [clamp(column + move[0], 0, this.columns - 1), clamp(row + move[1], 0, this.rows - 1)];
        this.draw();
        this.tell();
      } else if (event.key === "Enter" || event.key === " ") this.pick(this.cursor ?? this.cellAt([0.5, 0.5]));
      else if (event.key === "+") this.zoom(this.around());
      else if (event.key === "Escape") {
        this.drag = null;
        this.draw();
      } else return;
      event.preventDefault();
    };
  }

  /** The box around the cursor that a key zooms into. */
  around() {
    const [column, row] = this.cursor ?? this.cellAt([0.5, 0.5]);
    const side = (at) => {
      const from = clamp(at - KEY_ZOOM / 2, 0, 1 - KEY_ZOOM);
      return [from, from + KEY_ZOOM];
    };
    return { x: side((column + 0.5) / this.columns), y: side((row + 0.5) / this.rows) };
  }

  pick([column, row]) {
    this.onPick?.({ column, row, columns: this.columns, rows: this.rows, of: this.tree.key });
  }

  zoom({ x, y }) {
    this.view = { x, y };
    this.cursor = null;
    this.onZoom?.({ x, y, of: this.tree.key });
    this.draw();
    this.tell();
  }

  /** The words on the cell under the cursor. */
  tell(event) {
    const words = this.text();
    this.told.textContent = words;
    this.told.hidden = !words;
    if (!words) return;
    const [px, py] = this.pixel((this.cursor[0] + 0.5) / this.columns, (this.cursor[1] + 0.5) / this.rows);
    const right = px > this.canvas.clientWidth / 2;
    this.told.style.left = right ? "" : `${px + 16}px`;
    this.told.style.right = right ? `${this.root.clientWidth - px + 16}px` : "";
    const low = py > this.canvas.clientHeight - 110;
    this.told.style.top = low ? "" : `${py + 14}px`;
    this.told.style.bottom = low ? `${this.root.clientHeight - py + 14}px` : "";
  }

  text() {
    if (!this.cursor || this.drag?.box || this.view.x[1] - this.view.x[0] < 1) return "";
    const [column, row] = this.cursor;
    const { x, y, indices, told, kinds } = this.tree;
    const at = row * this.columns + column;
    const kind = kinds.find(({ from, to }) => indices[at] >= from && indices[at] < to);
    const value = (axis, i, n) => valueText(axis, valueOf(axis, (i + 0.5) / n), n);
    const lines = [
      `${x.label} ${value(x, column, this.columns)}`,
      `${y.label} ${value(y, row, this.rows)}`,
      kind ? fill(kind.text, { step: Math.ceil(told[at]), loss: showNumber(told[at]) }) : "",
    ];
    return lines.filter(Boolean).join("\n");
  }

  /** What a test wants to know. */
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
      draws: this.draws,
      frame: this.frame,
      x: tree && [tree.x.low, tree.x.high],
      y: tree && [tree.y.low, tree.y.high],
    };
  }

  destroy() {
    this.observer.disconnect();
  }
}

/** Streamlit calls this again, on the same element, at every rerun; all that lasts is kept on the element. */
export function map({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lll-map");
  root.lllMap ??= new RunMap(root);
  root.mapState = () => root.lllMap.state();
  root.lllMap.onPick = (cell) => setTriggerValue("pick", cell);
  root.lllMap.onZoom = (box) => setTriggerValue("zoom", box);
  root.lllMap.update(unpack(data));
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      root.lllMap?.destroy();
      root.lllMap = undefined;
    });
}
