// @ts-check
import { FlatAxes } from "./projections.js";
import { isPlotted } from "./plotly_inside.js";
import { clamp } from "./words.js";

/**
 * @import { Stage } from "./stage.js"
 * @import { Range } from "./types.js"
 * @typedef {{ x: number, y: number, apart: number }} Fingers their middle, in pixels of the panel, and their distance
 * @typedef {{ x: Range, y: Range }} Ranges
 */

const CLOSEST = 100;
const LEAST_APART = 20; // px: fingers that are closer have no exact ratio of distances

/**
 * Two fingers zoom the map and move it. During the gesture its pictures are scaled as they are, because Plotly takes a
 * tenth of a second for its contours; it draws the new ranges once, when the fingers are lifted.
 */
export class Pinch {
  /** @type {{ axes: FlatAxes, from: Fingers, ranges: Ranges } | null} */
  #gesture = null;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.host = stage.panels.surface.host;
    const { listening } = stage;
    const options = { capture: true, passive: false };
    for (const type of /** @type {const} */ (["touchstart", "touchmove", "touchend", "touchcancel"])) {
      listening.on(this.host, type, (event) => this.#touched(event), options);
    }
  }

  /** @param {TouchEvent} event */
  #touched(event) {
    const fingers = this.#fingers(event);
    const { axes } = this;
    if (fingers && !this.#gesture && axes && event.cancelable) {
      const { x0, x1, y0, y1 } = axes;
      this.#gesture = { axes, from: fingers, ranges: { x: [x0, x1], y: [y0, y1] } };
    }
    if (!this.#gesture) return;
    event.preventDefault();
    event.stopPropagation();
    if (fingers) this.#move(fingers);
    else this.#end();
  }

  /** Where the map is, if two fingers can move it. */
  get axes() {
    const { model, panels, start, graphs } = this.stage;
    const { projection } = panels.surface;
    const drawing = this.host.classList.contains("lll-pinched"); // the ranges of the last gesture
    const there = isPlotted(graphs.elements.map) && !model.tree.tour && !start.dragging && !drawing;
    return there && projection instanceof FlatAxes ? projection : null;
  }

  /** Two fingers that are both on the map. @param {TouchEvent} event @returns {Fingers | null} */
  #fingers({ touches }) {
    const on = [...touches].filter(({ target }) => target instanceof Node && this.host.contains(target));
    if (on.length !== 2 || touches.length !== 2) return null;
    const { left, top } = this.host.getBoundingClientRect();
    const [a, b] = on.map(({ clientX, clientY }) => ({ x: clientX - left, y: clientY - top }));
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.max(LEAST_APART, Math.hypot(a.x - b.x, a.y - b.y)) };
  }

  /** @param {Fingers} to */
  #move(to) {
    const gesture = this.#gesture;
    if (!gesture) return;
    const { axes, from } = gesture;
    const { rect, x0, x1, y0, y1 } = axes;
    const [across, up] = this.#whole();
    const [whole, shown] = [across[1] - across[0], x1 - x0];
    const scale = clamp(to.apart / from.apart, shown / whole, (CLOSEST * shown) / whole);
    const [x, y] = axes.dataAt(from.x, from.y); // stays below the fingers
    const width = rect.right - rect.left;
    const height = rect.bottom - rect.top;
    const ranges = {
      x: rangeWithin(x - ((to.x - rect.left) / width) * (shown / scale), shown / scale, across),
      y: rangeWithin(y - ((rect.bottom - to.y) / height) * ((y1 - y0) / scale), (y1 - y0) / scale, up),
    };
    gesture.ranges = ranges;
    const right = (width * (x0 - ranges.x[0])) / (ranges.x[1] - ranges.x[0]) + (1 - scale) * rect.left;
    const down = (height * (ranges.y[1] - y1)) / (ranges.y[1] - ranges.y[0]) + (1 - scale) * rect.top;
    const { style } = this.host;
    style.setProperty("--lll-pinch", `translate(${right}px, ${down}px) scale(${scale})`);
    const { clientWidth, clientHeight } = this.host;
    const edge = [rect.top, clientWidth - rect.right, clientHeight - rect.bottom, rect.left];
    style.setProperty("--lll-pinch-edge", `inset(${edge.map((size) => `${size}px`).join(" ")})`);
    this.host.classList.add("lll-pinched");
  }

  /** All of the map. @returns {[Range, Range]} */
  #whole() {
    const { contour, domain } = this.stage.model.tree.surface;
    return [contour.layout.xaxis?.range ?? domain[0], contour.layout.yaxis?.range ?? domain[1]];
  }

  /** The fingers are lifted: draw what they have chosen. */
  async #end() {
    const { graphs, painter } = this.stage;
    const ranges = this.#gesture?.ranges;
    this.#gesture = null;
    if (!ranges) return;
    await graphs.plotly?.relayout(graphs.elements.map, { "xaxis.range": ranges.x, "yaxis.range": ranges.y });
    painter.invalidate();
    painter.paint();
    this.host.classList.remove("lll-pinched");
  }
}

/** A range of that length that begins there, moved into another one. @param {number} low @param {number} length @param {Range} whole @returns {Range} */
function rangeWithin(low, length, [first, last]) {
  if (length > (1 - 1e-9) * (last - first)) return [first, last];
  const begin = clamp(low, first, last - length);
  return [begin, begin + length];
}
