// @ts-check
import { partOf } from "../../stage/script/knob_range.js";
import { isWhole } from "./view.js";

/**
 * @import { KnobRange } from "../../stage/script/knob_range.js"
 * @import { MapTree } from "./map.js"
 * @import { Box, Side } from "./view.js"
 * @typedef {{ canvas: HTMLCanvasElement, x: KnobRange, y: KnobRange, scope: string }} Layer one map, a pixel a cell
 */

const MOST_LAYERS = 8; // layers, of up to 4 MB each
const NOTHING = 255; // the place in the palette of a cell without a run

/**
 * The cells of the latest maps of the same runs, over other parts of the axes. While a map is zoomed or computed they show
 * what is known of its surroundings, and more of its own part than its first coarse cells.
 */
export class Layers {
  /** @type {Layer[]} the current map is the last one */
  #all = [];

  /** @param {MapTree} tree */
  add({ indices, palette, x, y, scope }) {
    const [rows, columns] = indices.shape;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: columns, height: rows });
    const image = new ImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const colors = new Uint32Array(256);
    for (let i = 0; i < NOTHING; i++) {
      colors[i] = (255 << 24) | (palette[3 * i + 2] << 16) | (palette[3 * i + 1] << 8) | palette[3 * i];
    }
    for (let row = 0; row < rows; row++) {
      const below = (rows - 1 - row) * columns;
      for (let column = 0; column < columns; column++) pixels[below + column] = colors[indices[row * columns + column]];
    }
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    /** @param {KnobRange} one @param {KnobRange} other */
    const same = (one, other) => one.low === other.low && one.high === other.high;
    this.#all = this.#all.filter((old) => old.scope === scope && !(same(old.x, x) && same(old.y, y)));
    this.#all = [...this.#all.slice(1 - MOST_LAYERS), { canvas, x, y, scope }];
  }

  /**
   * Draw a part of the current map, and what older maps show there: below it, or above it where they cover it with smaller
   * cells and it is still being computed.
   * @param {CanvasRenderingContext2D} context
   * @param {MapTree} tree
   * @param {Box} view
   * @param {{ left: number, top: number, width: number, height: number }} frame
   * @param {number} ratio of device pixels to CSS pixels
   */
  draw(context, tree, view, frame, ratio) {
    const current = this.#all.at(-1);
    const alone = !tree.busy && isWhole(view);
    const layers = (alone ? this.#all.slice(-1) : this.#all).map((layer) => {
      /** @param {KnobRange} from @param {KnobRange} to @returns {Side} */
      const span = (from, to) => [partOf(from, to.low), partOf(from, to.high)];
      const [x, y] = [span(tree.x, layer.x), span(tree.y, layer.y)];
      const covers = x[0] <= 1e-9 && y[0] <= 1e-9 && x[1] >= 1 - 1e-9 && y[1] >= 1 - 1e-9;
      const cell = (x[1] - x[0]) / layer.canvas.width;
      const above = layer === current || (covers && tree.busy);
      return { canvas: layer.canvas, x, y, cell, above: Number(above) };
    });
    layers.sort((one, other) => one.above - other.above || other.cell - one.cell); // of equal cells the current ones on top
    for (const { canvas, x, y } of layers) {
      const from = [Math.max(x[0], view.x[0]), Math.max(y[0], view.y[0])];
      const to = [Math.min(x[1], view.x[1]), Math.min(y[1], view.y[1])];
      if (!(from[0] < to[0] && from[1] < to[1])) continue;
      /** @param {number} at @param {Side} side */
      const part = (at, [begin, end]) => (at - begin) / (end - begin);
      const [sx, sy] = [part(from[0], x) * canvas.width, (1 - part(to[1], y)) * canvas.height];
      const [sw, sh] = [(part(to[0], x) - part(from[0], x)) * canvas.width, (part(to[1], y) - part(from[1], y)) * canvas.height];
      const [dx, dy] = [frame.left + part(from[0], view.x) * frame.width, frame.top + (1 - part(to[1], view.y)) * frame.height];
      const dw = ((to[0] - from[0]) / (view.x[1] - view.x[0])) * frame.width;
      const dh = ((to[1] - from[1]) / (view.y[1] - view.y[0])) * frame.height;
      context.imageSmoothingEnabled = sw > dw * ratio;
      context.imageSmoothingQuality = "high";
      context.drawImage(canvas, sx, sy, sw, sh, dx, dy, dw, dh);
    }
  }
}
