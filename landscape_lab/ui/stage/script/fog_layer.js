// @ts-check
import { channelsOf } from "./colours.js";
import { Fog } from "./fog.js";
import { clipped } from "./panel.js";
import { MapProjection } from "./projections.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { StageModel } from "./model.js"
 * @import { Projection } from "./types.js"
 */

/** Paints the fog over the map. */
export class FogLayer {
  #place = "";
  /** @type {CanvasRenderingContext2D | null} the fog as an image */
  #bitmap = null;

  /** @param {StageModel} model */
  constructor(model) {
    this.model = model;
    /** What is seen of the map; null where there has been no fog. @type {Fog | null} */
    this.fog = null;
    /** Whether the map has moved since the fog was painted. */
    this.moved = false;
  }

  /** The part of the map that is seen. */
  get seen() {
    return this.model.foggy ? (this.fog?.seen ?? 0) : 1;
  }

  /** Whether a point of the map lies in the fog. @param {number} x @param {number} y */
  hides(x, y) {
    return this.model.foggy && (!this.fog || this.fog.hides(x, y));
  }

  /**
   * @param {Panel<Projection>} panel
   * @param {number} position
   * @param {string} variant of the race: another one begins in full fog
   */
  paint(panel, position, variant) {
    const { model } = this;
    const { tree } = model;
    panel.host.classList.toggle("lll-foggy", model.foggy);
    const { projection } = panel;
    if (!tree.fog || !model.foggy || !(projection instanceof MapProjection)) {
      if (this.moved) panel.clear("fog");
      this.moved = false;
      return;
    }
    const fog = this.#fogOf(tree.fog);
    const shown = new Map([...model.lanes.entries()].filter(([index]) => model.isShown(index)));
    const changed = fog.follow(shown, position, channelsOf(model.theme.grid), `${tree.race.key} ${variant}`);
    if (!changed && !this.moved) return;
    this.moved = false;
    this.#paintOn(panel, projection, fog);
  }

  /** Paint the fog of the map on another picture of it. @param {Panel<Projection>} panel */
  copyTo(panel) {
    const { projection } = panel;
    if (this.model.foggy && this.fog && projection instanceof MapProjection) this.#paintOn(panel, projection, this.fog);
    else panel.clear("fog");
  }

  /** @param {number} radius */
  #fogOf(radius) {
    const { domain } = this.model.tree.surface;
    const place = `${radius} ${domain}`;
    if (place !== this.#place || !this.fog) this.fog = new Fog(domain, radius);
    this.#place = place;
    return this.fog;
  }

  /** @param {Panel<Projection>} panel @param {MapProjection} projection @param {Fog} fog */
  #paintOn(panel, projection, fog) {
    const context = panel.below("fog");
    const { left, top, right, bottom } = projection.rect;
    const [[x0, x1], [y0, y1]] = this.model.tree.surface.domain;
    const [west, east, north, south] = [projection.px(x0), projection.px(x1), projection.py(y1), projection.py(y0)].map(Math.round);
    panel.begin(context);
    clipped(context, projection.rect, () => {
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.rect(west, north, east - west, south - north);
      context.fillStyle = this.model.theme.grid;
      context.fill("evenodd");
      context.drawImage(this.#image(fog), west, north, east - west, south - north);
    });
  }

  /** @param {Fog} fog */
  #image({ pixels, size }) {
    if (!this.#bitmap) {
      const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
      this.#bitmap = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    }
    this.#bitmap.putImageData(new ImageData(pixels, size), 0, 0);
    return this.#bitmap.canvas;
  }
}
