// @ts-check
import { findInput } from "./dom.js";
import { membersOf } from "./message.js";
import { fill, showNumber } from "./words.js";

/**
 * @import { Stage } from "./stage.js"
 * @import { Lane } from "./types.js"
 */

const MEMBER_PATIENCE = 150; // ms after the last move of the slider before the choice is sent

/** The slider of a family: it chooses which of many runs stands in an entry's place. The browser owns the choice. */
export class FamilySlider {
  /** Values sent to the server and not answered yet. @type {number[]} */
  #sent = [];
  /** The server's last choice, and of which family. @type {number | undefined} */
  #received;
  #kind = "";
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {Stage} stage
   * @param {HTMLElement} box around the slider
   * @param {HTMLElement} label
   */
  constructor(stage, box, label) {
    this.stage = stage;
    this.model = stage.model;
    this.box = box;
    this.label = label;
    this.slider = findInput(stage.root, ".lll-member");
    /** The runs, and the place of the chosen one. @type {Lane[]} */
    this.members = [];
    this.member = 0;
    /** The value of the chosen one. @type {number | undefined} */
    this.value = undefined;
    stage.listening.on(this.slider, "input", () => {
      this.#pick(Number(this.slider.value));
      if (this.model.view.inspector) this.#sendSoon(); // the steps of the run come as soon as the slider rests
    });
    stage.listening.on(this.slider, "change", () => this.#sendSoon());
  }

  /** Take over the family of the tree; a choice is kept for as long as there is such a run. */
  update() {
    const { lanes, family } = this.model.tree.race;
    this.model.lanes = [...lanes];
    this.members = family ? membersOf(lanes[family.lane], family) : [];
    this.box.hidden = !family;
    if (!family) return;
    const { chosen, label } = family;
    const value = family.values[chosen];
    const kind = `${label} ${family.lane}`;
    const echo = this.#sent.indexOf(value);
    let kept = this.value;
    if (kind !== this.#kind) [kept, this.#sent] = [value, []];
    else if (echo >= 0) this.#sent.splice(0, echo + 1);
    else if (value !== this.#received) kept = value;
    this.#kind = kind;
    this.#received = value;
    this.member = kept === undefined ? -1 : family.values.indexOf(kept);
    if (this.member < 0) this.member = chosen;
    this.value = family.values[this.member];
    this.model.lanes[family.lane] = this.members[this.member];
    this.box.style.setProperty("--lll-accent", this.model.colorOf(lanes[family.lane]));
    this.slider.max = String(this.members.length - 1);
    this.slider.setAttribute("aria-label", label);
    this.#show(label);
  }

  /** @param {string} label */
  #show(label) {
    const { value, outcome } = this.members[this.member];
    const text = fill(this.model.words.family, { label, value: showNumber(value), outcome });
    this.label.textContent = this.box.title = text;
    this.slider.value = String(this.member);
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.style.setProperty("--lll-done", `${(100 * this.member) / (this.members.length - 1 || 1)}%`);
  }

  /** @param {number} index */
  #pick(index) {
    const { family } = this.model.tree.race;
    if (!family) return;
    this.member = index;
    this.value = this.members[index].value;
    this.model.lanes[family.lane] = this.members[index];
    this.stage.hover.end();
    this.#show(family.label);
    this.stage.showOutcomes();
    this.stage.painter.memberMoved();
    if (this.model.previewing) this.stage.preview.showHeld();
  }

  #sendSoon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.value === undefined || this.value === (this.#sent.at(-1) ?? this.#received)) return;
      this.#sent.push(this.value);
      this.stage.listeners.onMember?.(this.member);
    }, MEMBER_PATIENCE);
  }

  destroy() {
    clearTimeout(this.#timer);
  }
}
