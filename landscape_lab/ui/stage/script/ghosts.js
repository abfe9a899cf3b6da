// @ts-check
import { neighbours } from "./knob_range.js";
import { stroke } from "./painting.js";
import { clipped } from "./panel.js";
import { ReliefProjection } from "./relief.js";

/** @import { Stage } from "./stage.js" */

const GHOSTS = 5; // neighbours on each side
const GHOST_STRIDE = 0.025; // of the knob's track, from one to the next
const GHOST_STRENGTH = { light: 0.32, dark: 0.42 }; // of the nearest

/** Paints the runs of neighbouring values of the number that is dragged, faintly, below the paths. */
export class Ghosts {
  #frame = 0;
  /** @type {number | undefined} */
  #timer;
  /** When they may be painted again. */
  #again = 0;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    /** How many are shown. */
    this.count = 0;
  }

  /** Paint them after the frame that shows the value itself, and again not before twice the time that it took is over. */
  follow() {
    if (this.stage.preview.knob?.lane === undefined) return;
    const wait = Math.max(0, this.#again - performance.now());
    this.#frame ||= requestAnimationFrame(() => (this.#timer = setTimeout(() => this.#paint(), wait)));
  }

  #paint() {
    this.#frame = 0;
    const { model, preview, pathPanels } = this.stage;
    const { engine } = this.stage.source;
    const { knob } = preview;
    const numbers = preview.numbers;
    if (knob?.lane === undefined || !knob.range || !engine || !numbers) return;
    const lane = model.lanes[knob.lane];
    const began = performance.now();
    const panels = pathPanels.filter(({ projection }) => projection && !(projection instanceof ReliefProjection));
    for (const panel of panels) panel.begin(panel.below("fan"));
    this.count = 0;
    if (!lane || !model.isShown(knob.lane) || model.foggy) return;
    for (const { value, distance } of neighbours(knob.range, numbers[knob.path], GHOSTS, GHOST_STRIDE)) {
      const ghost = { ...lane, ...engine.lane(knob.lane, { ...numbers, [knob.path]: value }), outcome: "" };
      for (const panel of panels) {
        const { projection } = panel;
        const context = panel.below("fan");
        if (!projection) continue;
        context.globalAlpha = GHOST_STRENGTH[model.dark ? "dark" : "light"] * (1 - (distance - 1) / GHOSTS);
        clipped(context, projection.rect, () =>
          stroke(context, projection.line(ghost), 0, Infinity, { color: model.colorOf(lane), width: model.weight }),
        );
      }
      this.count++;
    }
    const now = performance.now();
    this.#again = now + 2 * (now - began);
  }

  clear() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = this.count = 0;
    for (const panel of this.stage.pathPanels) this.stage.fan.clear(panel);
  }
}
