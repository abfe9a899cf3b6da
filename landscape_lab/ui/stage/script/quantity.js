// @ts-check
import { LIMIT_DASH } from "./constants.js";
import { find, setText } from "./dom.js";
import { clipped } from "./panel.js";

/**
 * @import { WantedAxis } from "./figures.js"
 * @import { StageModel } from "./model.js"
 * @import { Panel } from "./panel.js"
 * @import { FlatAxes } from "./projections.js"
 * @import { Stage } from "./stage.js"
 * @import { Lane, Projection } from "./types.js"
 */

/**
 * An entry with the values of the chosen quantity in place of its losses.
 * @param {StageModel} model
 * @returns {(lane: Lane, index: number) => Lane}
 */
export const measured = (model) => (lane, index) => {
  const run = model.quantity?.runs[index];
  return run ? { ...lane, gaps: run.values, validation: run.validation } : lane;
};

/** The vertical axis of the chosen quantity. @param {StageModel} model @returns {WantedAxis} */
export function quantityAxis({ quantity }) {
  const { type, range, label: title, name: kind } = quantity ?? { type: "linear", range: [0, 1], label: "", name: "" };
  return { type, range: /** @type {[number, number]} */ (range), title, kind };
}

/** The panel of the second curves: what else was measured along the runs of a recording. */
export class QuantityView {
  /**
   * @param {Stage} stage
   * @param {HTMLElement} element
   */
  constructor(stage, element) {
    this.stage = stage;
    this.model = stage.model;
    this.element = element;
  }

  /** Show what a recording has, and which of it is chosen. */
  update() {
    const { model, stage, element } = this;
    const { recording, quantity, words } = model;
    element.hidden = !quantity;
    stage.root.classList.toggle("lll-with-quantity", Boolean(quantity));
    if (!recording || !quantity) return;
    element.setAttribute("aria-label", quantity.label);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll("[data-act=quantity]"))) {
      button.hidden = !recording.quantities.some(({ name }) => name === button.dataset.value);
    }
    const note = find(element, "[data-show=limit]");
    note.hidden = !quantity.runs.some(({ limit }, i) => limit !== null && model.isShown(i));
    setText(find(note, "span"), words.limit_note);
  }

  /** The value that each entry's is compared with, as a line in its colour. @param {Panel<Projection>} panel @param {FlatAxes & { level: (value: number) => number }} axes */
  paintLimits({ whole }, axes) {
    const { model } = this;
    clipped(whole, axes.rect, () =>
      model.quantity?.runs.forEach(({ limit }, i) => {
        if (limit === null || !model.isShown(i)) return;
        const y = axes.py(axes.level(limit));
        whole.globalAlpha = model.strength(i);
        whole.strokeStyle = model.colorOf(model.lanes[i]);
        whole.lineWidth = 1.5 * model.weight;
        whole.lineCap = "butt";
        whole.setLineDash(LIMIT_DASH);
        whole.beginPath();
        whole.moveTo(axes.rect.left, y);
        whole.lineTo(axes.rect.right, y);
        whole.stroke();
        whole.setLineDash([]);
      }),
    );
    whole.globalAlpha = 1;
  }
}
