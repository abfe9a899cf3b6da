// @ts-check
import { clamp } from "./words.js";

/**
 * @import { Polyline } from "./polylines.js"
 * @import { FlatAxes } from "./projections.js"
 * @import { Lane, Rect } from "./types.js"
 * @typedef {"early" | "fan" | "bands" | "fog" | "examples" | "marks" | "past"} LowerLayer
 */

/**
 * Canvases over one graph: the whole paths, painted when something moves them, and what changes with the step. Others
 * lie below these.
 * @template {FlatAxes | import("./types.js").Projection} P how the panel's graph places things
 */
export class Panel {
  /**
   * @param {HTMLElement} host
   * @param {(lane: Lane, index: number) => Lane} [shown] an entry with what the panel's curves show of it
   */
  constructor(host, shown = (lane) => lane) {
    this.host = host;
    this.shown = shown;
    this.width = this.height = 0;
    this.ratio = 1;
    /** @type {Partial<Record<LowerLayer, CanvasRenderingContext2D>>} */
    this.lower = {};
    this.whole = this.#layer("whole");
    this.moving = this.#layer("moving");
    this.tip = host.appendChild(document.createElement("div"));
    this.tip.className = "lll-tip";
    this.tip.hidden = true;
    /** @type {Map<number, Polyline>} the entries' paths in pixels */
    this.lines = new Map();
    /** @type {Map<number, Polyline>} and those on held-out data */
    this.beside = new Map();
    /** @type {Map<number, import("./coinciding.js").Stretch[]>} where the entries' paths coincide with others */
    this.stretches = new Map();
    /** @type {P | null} null while there is nothing to paint on */
    this.projection = null;
  }

  /**
   * A canvas of that name just below another one, or above them all.
   * @param {string} name
   * @param {Element | null} [upper]
   */
  #layer(name, upper = null) {
    const canvas = document.createElement("canvas");
    canvas.className = `lll-${name}`;
    // A screen reader meets one picture, named as its panel is.
    if (name === "moving") {
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", this.host.closest("[aria-label]")?.getAttribute("aria-label") ?? "");
    } else canvas.setAttribute("aria-hidden", "true");
    this.host.insertBefore(canvas, upper);
    return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  }

  /**
   * A layer below the whole paths, or just below another canvas, made when it is first needed.
   * @param {LowerLayer} name
   * @param {Element} upper
   */
  below(name, upper = this.whole.canvas) {
    let context = this.lower[name];
    if (!context) {
      context = this.lower[name] = this.#layer(name, upper);
      this.fit();
    }
    return context;
  }

  /** The lowest layer, apart from the first picture. */
  bottom() {
    const canvases = this.host.querySelectorAll(":scope > canvas:not(.lll-early)");
    return this.below("bands", canvases[0] ?? undefined);
  }

  /** Remove a layer. @param {LowerLayer} name */
  drop(name) {
    this.lower[name]?.canvas.remove();
    delete this.lower[name];
  }

  /** Clear a layer that there may be. @param {LowerLayer} name */
  clear(name) {
    const context = this.lower[name];
    if (context) this.begin(context);
  }

  /** Measure the panel. Sizes are in CSS pixels; the canvases have the screen's own. */
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

  /** Show the tip beside a pixel. @param {{ x: number, y: number }} pixel */
  placeTip(pixel) {
    const [width, height] = [this.tip.offsetWidth, this.tip.offsetHeight];
    const x = pixel.x + 16 + width > this.width ? pixel.x - 16 - width : pixel.x + 16;
    const y = clamp(pixel.y - height / 2, 4, this.height - height - 4);
    this.tip.style.transform = `translate(${Math.round(Math.max(4, x))}px, ${Math.round(y)}px)`;
  }

  /** Clear a canvas to paint on it. @param {CanvasRenderingContext2D} context */
  begin(context) {
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.lineJoin = context.lineCap = "round";
  }
}

/**
 * Paint inside a rectangle only.
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} rect
 * @param {() => void} paint
 */
export function clipped(context, { left, top, right, bottom }, paint) {
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
  paint();
  context.restore();
}
