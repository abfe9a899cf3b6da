// @ts-check
import { HOVER_RADIUS } from "./constants.js";
import { closest } from "./dom.js";
import { isPlotlyButton } from "./plotly_inside.js";
import { escapeHtml, fill, showNumber } from "./words.js";

/**
 * @import { StageModel } from "./model.js"
 * @import { Panel } from "./panel.js"
 * @import { Stage } from "./stage.js"
 * @import { Projection } from "./types.js"
 * @typedef {{ lane: number, step: number, x: number, y: number, beside: boolean }} Found a point of a path near the pointer
 */

/** Shows a tip for the point of a path that is under the pointer. */
export class Hover {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.model = stage.model;
    for (const panel of Object.values(stage.panels)) this.#listen(panel);
  }

  /** @param {Panel<Projection>} panel */
  #listen(panel) {
    const { host } = panel;
    const { listening } = this.stage;
    // Caught on the way down: where a path is near, Plotly does not receive the event and shows no label of its own.
    listening.on(host, "pointermove", (event) => this.#seek(panel, event), true);
    listening.on(host, "pointerleave", () => this.#show(panel, null));
  }

  /** @param {Panel<Projection>} panel @param {PointerEvent} event */
  #seek(panel, event) {
    if (event.buttons || closest(event.target, ".lll-start") || isPlotlyButton(event.target)) {
      this.#show(panel, null);
      return;
    }
    const box = panel.host.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    if (panel === this.stage.panels.surface) this.hideHeights(event);
    const until = this.model.foggy ? this.stage.clock.position : Infinity;
    let nearest = HOVER_RADIUS;
    let found = null;
    for (const lines of [panel.lines, panel.beside]) {
      const beside = lines === panel.beside;
      for (const [lane, line] of lines) {
        const near = line.nearest(x, y, beside ? Infinity : until);
        if (near.distance < nearest) [nearest, found] = [near.distance, { ...near, lane, beside }];
      }
    }
    this.#show(panel, found);
    if (!found && panel === this.stage.panels.surface) this.#showMark(panel, this.stage.graphs.relief.markAt(x, y));
  }

  /**
   * Show what a mark of the relief is; on the map Plotly does.
   * @param {Panel<Projection>} panel
   * @param {{ x: number, y: number, lines: string[] } | null} mark
   */
  #showMark(panel, mark) {
    if (!mark) return;
    panel.host.classList.add("lll-on-path");
    panel.tip.hidden = false;
    panel.tip.innerHTML = mark.lines.map((line) => `<span>${escapeHtml(line)}</span>`).join("");
    panel.placeTip(mark);
  }

  /**
   * Hide Plotly's labels where they would show a loss that the fog hides, or one of a surface that is moved by now.
   * @param {PointerEvent} [event]
   */
  hideHeights(event) {
    const { stage } = this;
    const fogged = this.model.foggy && (!event || stage.fogLayer.hides(...stage.painter.dataAt(event)));
    const hidden = fogged || Boolean(stage.movedSurface.numbers);
    stage.panels.surface.host.classList.toggle("lll-in-fog", hidden);
  }

  /** Point at nothing any more. */
  end() {
    for (const panel of this.stage.pathPanels) this.#show(panel, null);
  }

  /** @param {Panel<Projection>} panel @param {Found | null} found */
  #show(panel, found) {
    const { model, stage } = this;
    const before = stage.paths.hovered;
    panel.host.classList.toggle("lll-on-path", Boolean(found));
    panel.tip.hidden = !found;
    if (found || before) stage.painter.highlight(found?.lane);
    if (!found) {
      stage.paths.hovered = null;
      if (before) stage.painter.request();
      return;
    }
    const { lane: index, beside } = found;
    const lane = model.lanes[index];
    const last = Math.min(lane.last_step, model.foggy ? Math.floor(stage.clock.position) : Infinity);
    const step = Math.min(Math.round(found.step), last);
    stage.paths.hovered = { lane: index, beside, step };
    stage.painter.request();
    const { words, tree } = model;
    const held_out = beside && lane.validation;
    const lines = [
      { name: tree.surface.axes[0], value: lane.points[2 * step] },
      { name: tree.surface.axes[1], value: lane.points[2 * step + 1] },
      held_out
        ? { name: words.validation_loss, value: held_out[step] + tree.curves.offset }
        : { name: words.loss, value: model.loss(lane, step) },
      ...measurements(model, index, step),
    ];
    panel.tip.innerHTML =
      `<strong style="--lll-color:${escapeHtml(model.colorOf(lane))}">${escapeHtml(lane.name)}</strong>` +
      `<span>${escapeHtml(fill(words.step, { step: model.stepAt(step) }))}</span>` +
      lines.map(({ name, value }) => `<span><i>${escapeHtml(name)}</i> ${showNumber(value)}</span>`).join("");
    panel.placeTip(found);
  }
}

/**
 * What a recording has of a checkpoint beside its loss.
 * @param {StageModel} model @param {number} index of the entry @param {number} step
 */
function measurements({ recording, words }, index, step) {
  if (!recording) return [];
  const drawn = recording.drawn?.[index];
  const others = recording.quantities.map(({ label, runs }) => ({ name: label, value: runs[index].values[step] }));
  return [...(drawn ? [{ name: words.drawn_loss, value: drawn[step] }] : []), ...others];
}
