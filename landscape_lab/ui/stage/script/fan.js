// @ts-check
import { stroke } from "./painting.js";
import { clipped } from "./panel.js";
import { FlatAxes } from "./projections.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { Stage } from "./stage.js"
 * @import { Projection } from "./types.js"
 */

const FAN_STRENGTH = { light: 0.12, dark: 0.22 }; // of a family's runs behind the one that is chosen
const FAN_PATIENCE = 100; // ms that the axes must have stood still

/** Paints all runs of a family, faintly, behind the chosen one. Away while the axes move: it takes several frames. */
export class Fan {
  /** @type {WeakMap<Panel<Projection>, { painted?: string, wanted?: string }>} what each panel shows, and shall show */
  #panels = new WeakMap();
  /** @type {number | undefined} */
  #timer;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /** @param {Panel<Projection>} panel */
  #of(panel) {
    const known = this.#panels.get(panel) ?? {};
    this.#panels.set(panel, known);
    return known;
  }

  /** Whether a panel shows the fan. @param {Panel<Projection>} panel */
  isPainted(panel) {
    return Boolean(this.#of(panel).painted);
  }

  /** @param {Panel<Projection>} panel */
  paint(panel) {
    const { model, family: members } = this.stage;
    if (model.previewing) return; // it is of another race
    const { family } = model.tree.race;
    const { projection, width, height, ratio } = panel;
    const flat = projection instanceof FlatAxes ? projection : null;
    const wanted = family && flat && model.isShown(family.lane) && !model.foggy;
    if (!wanted && !panel.lower.fan) return;
    const known = this.#of(panel);
    const place = flat && [flat.x0, flat.x1, flat.y0, flat.y1, flat.rect];
    const key = wanted ? `${family.key} ${JSON.stringify([place, width, height, ratio, model.progressAxis, model.dark])}` : "";
    if (key === known.painted) return;
    const context = panel.below("fan");
    known.painted = undefined;
    panel.begin(context);
    if (key !== known.wanted) {
      known.wanted = key;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.stage.painter.invalidate(), FAN_PATIENCE);
      return;
    }
    known.painted = key;
    if (!wanted || !projection) return;
    context.globalAlpha = FAN_STRENGTH[model.dark ? "dark" : "light"];
    clipped(context, projection.rect, () => {
      for (const member of members.members) {
        stroke(context, projection.line(member), 0, Infinity, { color: model.colorOf(member), width: 1 });
      }
    });
  }

  /** Take the fan away. @param {Panel<Projection>} panel */
  clear(panel) {
    this.#of(panel).painted = undefined;
    panel.clear("fan");
  }

  destroy() {
    clearTimeout(this.#timer);
  }
}
