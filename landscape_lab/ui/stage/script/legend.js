// @ts-check
import { checkpointKey } from "./checkpoint_marks.js";
import { equalNames, samePaths } from "./coinciding.js";
import { HELD_OUT_DASH, LINE_WIDTH } from "./constants.js";
import { closest } from "./dom.js";
import { markSample } from "./inspector.js";
import { symbolKey } from "./symbols.js";
import { escapeHtml, fill, showNumber } from "./words.js";

/**
 * @import { Stage } from "./stage.js"
 * @import { StageModel } from "./model.js"
 * @import { Lane, Words } from "./types.js"
 */

/** The list of entries: it shows their losses, and hides, shows and highlights them. */
export class Legend {
  #text = "";
  #key = "";
  /** @type {Element[]} */
  #losses = [];

  /**
   * @param {Stage} stage
   * @param {HTMLElement} list
   */
  constructor(stage, list) {
    this.stage = stage;
    this.model = stage.model;
    this.list = list;
    stage.listening.on(list, "pointerover", ({ target }) => this.highlight(closest(target, "[data-lane]")));
    stage.listening.on(list, "pointerleave", () => this.highlight(null));
    stage.listening.on(list, "focusin", ({ target }) => this.highlight(closest(target, "[data-lane]:focus-visible")));
    stage.listening.on(list, "focusout", () => this.highlight(null));
  }

  /** Take over the race's entries. */
  update() {
    const { race, words } = this.model.tree;
    const held_out = race.lanes.some(({ validation }) => validation);
    const text = JSON.stringify([race.lanes.map((lane) => [lane.name, this.model.colorOf(lane), lane.dash, lane.marker, lane.number]), held_out]);
    if (text === this.#text) return;
    this.#text = text;
    this.#key = "";
    const entries = race.lanes.map(
      (lane, i) =>
        `<li><button type="button" class="lll-lane" data-act="lane" data-lane="${i}" aria-pressed="true">` +
        `${sampleHtml(lane, this.model)}<span class="lll-name">${escapeHtml(lane.name)}</span>` +
        `<span class="lll-loss"></span></button></li>`,
    );
    this.list.innerHTML = entries.join("") + (held_out ? heldOutNote(words) : "");
    this.#losses = [...this.list.querySelectorAll(".lll-loss")];
  }

  /** Which entries are shown, and what the arrows mean. */
  showView() {
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll(".lll-lane"));
    for (const button of buttons) button.setAttribute("aria-pressed", String(this.model.isShown(Number(button.dataset.lane))));
    this.#showKeys();
    const old = this.list.querySelector(".lll-arrow-key");
    if (!this.model.arrows || this.model.foggy) old?.remove();
    else if (!old) {
      const { words } = this.model;
      const line = document.createElement("li");
      line.className = "lll-aside lll-arrow-key";
      line.innerHTML =
        `<span>${markSample("downhill")}${escapeHtml(words.arrow_downhill)}</span>` +
        `<span>${markSample("step")}${escapeHtml(words.arrow_step)}</span>`;
      this.list.append(line);
    }
  }

  /** What the symbols mean, what is painted beside the paths, and how the losses are smoothed. */
  #showKeys() {
    const { smoothing, words, recording } = this.model;
    const smoothed = fill(recording ? words.smoothed_checkpoints : words.smoothed, { count: smoothing });
    const { tree, lanes, veiled } = this.model;
    const same = veiled ? [] : samePaths(lanes.filter((_, i) => this.model.isShown(i)), tree.surface.domain);
    const notes = same.map((group) => fill(words.same_path, { names: equalNames(group.map(({ name, number }) => (number ? `${name} ${number}` : name))) }));
    if (smoothing > 1) notes.push(smoothed);
    const key = symbolKey(this.model) + checkpointKey(this.model) + notes.map((note) => `<li class="lll-aside lll-picture-key">${escapeHtml(note)}</li>`).join("");
    if (key === this.#key) return;
    this.#key = key;
    for (const line of this.list.querySelectorAll(".lll-picture-key")) line.remove();
    this.list.insertAdjacentHTML("beforeend", key);
  }

  showOutcomes() {
    this.#showKeys();
    this.model.lanes.forEach(({ name, outcome }, i) => {
      const entry = closest(this.#losses[i], "button");
      const title = outcome || fill(this.model.words.show_hide, { name });
      if (entry && entry.title !== title) entry.title = title;
    });
  }

  /** The losses at a step. @param {number} step */
  showStep(step) {
    this.model.lanes.forEach((lane, i) => {
      const ended = lane.diverged && step >= lane.last_step;
      // Up to its colon an outcome says what happened; the title and the table have the rest.
      const loss = () => showNumber(this.model.loss(lane, Math.min(step, lane.last_step)));
      this.#losses[i].textContent = ended ? lane.outcome.split(/[:：]/)[0] : loss();
      this.#losses[i].classList.toggle("lll-diverged", ended);
    });
  }

  /** @param {HTMLElement | null} entry */
  highlight(entry) {
    const index = entry ? Number(entry.dataset.lane) : undefined;
    const lane = index !== undefined && this.model.isShown(index) ? index : undefined;
    this.stage.painter.highlight(lane);
  }
}

/**
 * An entry's line and marker, as in the picture.
 * @param {Lane} lane
 * @param {StageModel} model
 */
function sampleHtml(lane, model) {
  const points = model.markers[lane.marker].map(([x, y]) => `${(30 + 6.5 * x).toFixed(2)},${(9 - 6.5 * y).toFixed(2)}`).join(" ");
  const color = escapeHtml(model.colorOf(lane));
  const number = lane.number ? `<text x="30" y="12" font-size="10.5" stroke="${color}">${Number(lane.number)}</text>` : "";
  return (
    `<svg class="lll-sample" viewBox="0 0 38 18" aria-hidden="true"><g stroke="${color}" stroke-width="${LINE_WIDTH}"` +
    ` stroke-dasharray="${lane.dash.map(Number).join(" ")}"><line x1="1" y1="9" x2="28" y2="9"/></g>` +
    `<polygon points="${points}" fill="${color}" class="lll-sample-marker"/>${number}</svg>`
  );
}

/** The legend's line about the curves on held-out data. @param {Words} words */
const heldOutNote = (words) =>
  `<li class="lll-aside"><svg class="lll-sample" viewBox="0 0 38 18" aria-hidden="true"><line x1="2" y1="9" x2="36" y2="9"` +
  ` stroke="currentColor" stroke-width="1.6" stroke-dasharray="${HELD_OUT_DASH.join(" ")}"/></svg>${escapeHtml(words.held_out_note)}</li>`;
