// @ts-check
import { fill } from "../stage/script/words.js";
import { numberText, placeOf, readNumber, stopsOf } from "./numbers.js";

/**
 * @import { KnobDetail } from "../stage/script/types.js"
 * @import { Facts, Knobs } from "./knobs.js"
 */

/** Keys that move a slider. */
const KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]);

/**
 * @param {string} tag
 * @param {object} [properties]
 * @param {Record<string, string>} [attributes]
 */
export function element(tag, properties = {}, attributes = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** @param {object} properties */
const input = (properties) => /** @type {HTMLInputElement} */ (element("input", properties));

/**
 * Show a value on a slider. The part is how far along its track it is.
 * @param {HTMLInputElement} range @param {number} value @param {number} part
 */
function dress(range, value, part) {
  range.setAttribute("aria-valuetext", numberText(value));
  range.style.setProperty("--lll-done", `${100 * part}%`);
}

/** One number: its name, a slider if it has a range, and a field for the exact value. */
export class Row {
  /**
   * @param {Knobs} knobs
   * @param {Facts} facts
   */
  constructor(knobs, facts) {
    this.knobs = knobs;
    this.path = facts.path;
    /** The value that the server has, or has been sent. */
    this.value = facts.value;
    /** Whether the slider has been moved and not released. */
    this.moving = false;
    /** Whether a key is held down on the slider. */
    this.keyed = false;
    /** Whether the drag was given up with Escape. */
    this.givenUp = false;
    /** Whether the field holds an entry that is not finished. */
    this.editing = false;
    /** The number of this row's last change, and the text of its field then. */
    this.sent = 0;
    this.entered = "";
    /** @type {number[]} */
    this.stops = [];
    const id = `lll-${knobs.data.key}-${facts.path}`.replace(/[^\w-]/g, "-");
    this.field = input({ type: "text", id: `${id}-field`, className: "lll-knob-field", maxLength: 300 });
    for (const [name, value] of Object.entries({ inputmode: "decimal", autocomplete: "off", spellcheck: "false" })) {
      this.field.setAttribute(name, value);
    }
    this.range = facts.low === null ? null : input({ type: "range", id: `${id}-range`, min: "0", step: "1" });
    this.name = element("label", { htmlFor: this.range?.id ?? this.field.id, className: "lll-knob-name" });
    this.flip = element("span", { className: "lll-knob-flip-text" });
    this.mark = element("span", { className: "lll-knob-flip", hidden: true });
    this.about = element("button", { type: "button", className: "lll-knob-help", textContent: "?" });
    this.help = element("span", { id: `${id}-help`, className: "lll-knob-tip" }, { role: "tooltip" });
    this.about.setAttribute("aria-describedby", this.help.id);
    this.wrong = element("p", { id: `${id}-wrong`, className: "lll-knob-wrong", hidden: true }, { role: "alert" });
    const head = element("div", { className: "lll-knob-head" });
    head.append(this.name, this.flip);
    const controls = element("div", { className: "lll-knob-controls" });
    if (this.range) {
      const track = element("div", { className: "lll-knob-track" });
      track.append(this.range, this.mark);
      controls.append(track);
      this.listenToRange(this.range);
    }
    controls.append(this.field);
    this.root = element("div", { className: `lll-knob${this.range ? "" : " lll-knob-alone"}` });
    this.root.dataset.path = facts.path;
    this.root.append(head, controls, this.wrong);
    this.listenToField();
    this.about.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") this.about.blur();
    });
    this.facts = facts;
    this.update(facts);
    this.show(facts.value);
  }

  /**
   * Take over the facts, whose texts may be in another language now.
   * @param {Facts} facts
   */
  update(facts) {
    const { low, high, log, whole, initial } = facts;
    this.facts = facts;
    this.name.textContent = facts.label;
    if (!facts.help) for (const part of [this.about, this.help]) part.remove();
    else if (!this.about.parentElement) this.name.after(this.about, this.help);
    this.about.setAttribute("aria-label", fill(this.knobs.data.words.about, { name: facts.label }));
    this.help.textContent = facts.help;
    if (facts.exact !== null) this.field.setAttribute("aria-label", facts.exact);
    if (this.range && low !== null && high !== null) {
      this.stops = stopsOf({ low, high, log, whole, initial });
      this.range.max = String(this.stops.length - 1);
      if (facts.help) this.range.setAttribute("aria-describedby", this.help.id);
      else this.range.removeAttribute("aria-describedby");
    }
    for (const input of [this.range, this.field]) if (input) input.disabled = Boolean(this.knobs.data.disabled);
  }

  /**
   * Show the server's value, except in what the user is changing.
   * @param {number} value
   */
  show(value) {
    const changed = value !== this.value;
    this.value = value;
    if (!this.moving) this.place(value);
    if (this.moving || this.editing || (this.refusing && !changed)) return;
    this.accept();
    this.write(value);
  }

  /** @param {number} value */
  write(value) {
    const text = numberText(value);
    if (this.field.value !== text) this.field.value = text;
  }

  /** @param {number} value */
  place(value) {
    if (!this.range) return;
    const part = placeOf(this.stops, value, this.facts.log);
    this.range.value = String(Math.round(part * (this.stops.length - 1)));
    dress(this.range, value, part);
  }

  /** The value that the slider is at. */
  get pointed() {
    return this.stops[Number(this.range?.value)];
  }

  get refusing() {
    return !this.wrong.hidden;
  }

  /** @param {HTMLInputElement} range */
  listenToRange(range) {
    range.addEventListener("input", () => {
      if (this.givenUp) return this.place(this.value);
      this.moving = true;
      this.editing = false;
      this.accept();
      const value = this.pointed;
      this.write(value);
      dress(range, value, Number(range.value) / (this.stops.length - 1));
      this.dispatch("move", value);
    });
    // A key that is held down changes the value many times: it is let go of when the key is.
    range.addEventListener("change", () => this.keyed || this.letGo());
    range.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (KEYS.has(event.key)) this.keyed = true;
      if (event.key === "Escape" && this.moving) this.giveUp();
    });
    range.addEventListener("keyup", () => this.keyUp());
    range.addEventListener("blur", () => this.keyUp());
    // A drag that ends where it began changes nothing: the browser says nothing of it.
    range.addEventListener("pointerdown", () => {
      this.givenUp = false;
      const end = () => {
        removeEventListener("pointerup", end);
        removeEventListener("pointercancel", end);
        setTimeout(() => this.letGo(), 50);
      };
      addEventListener("pointerup", end);
      addEventListener("pointercancel", end);
    });
  }

  keyUp() {
    if (!this.keyed) return;
    this.keyed = false;
    this.letGo();
  }

  letGo() {
    if (this.givenUp) {
      this.givenUp = false;
      this.place(this.value);
    }
    if (!this.moving) return;
    this.moving = false;
    const value = this.pointed;
    if (value === this.value) this.dispatch("cancel", value);
    else this.send(value);
    this.place(value);
  }

  giveUp() {
    this.moving = this.keyed = false;
    this.givenUp = true;
    this.place(this.value);
    this.write(this.value);
    this.dispatch("cancel", this.value);
  }

  listenToField() {
    this.field.addEventListener("input", () => (this.editing = true));
    this.field.addEventListener("change", () => this.enter());
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      this.editing = false;
      this.accept();
      this.write(this.value);
    });
    // What was put back to what it was is no entry: the browser says nothing of it.
    this.field.addEventListener("blur", () => (this.editing = false));
  }

  enter() {
    this.editing = false;
    const text = this.field.value;
    if (text === numberText(this.value)) return this.accept();
    const { words } = this.knobs.data;
    const { whole, low, high, beyond } = this.facts;
    const value = readNumber(text, whole);
    if (typeof value === "string") {
      const brief = text.length > 40 ? `${text.slice(0, 40)}…` : text;
      return this.refuse(fill(words[value], { text: brief }));
    }
    if ((low !== null && value < low) || (high !== null && value > high)) {
      return this.refuse(fill(beyond, { value: numberText(value).replace("-", "−") }));
    }
    this.accept();
    this.write(value);
    this.place(value);
    if (value !== this.value) this.send(value);
  }

  /** @param {number} value */
  send(value) {
    this.value = value;
    this.entered = this.field.value;
    this.sent = this.knobs.send(this.path, value, this.dispatch("release", value));
  }

  /**
   * @param {"move" | "release" | "cancel"} phase
   * @param {number} value
   * @returns {Promise<void> | undefined} settled with the route's answer to a release, where the stage asks it
   */
  dispatch(phase, value) {
    const { stage } = this.knobs.data;
    if (stage === null) return undefined;
    const { low, high, log } = this.facts;
    /** @type {KnobDetail} */
    const detail = { path: this.path, value, phase, stage, low, high, scale: log ? "log" : "linear" };
    document.dispatchEvent(new CustomEvent("lab-knob", { detail }));
    return detail.answer;
  }

  /**
   * The server does not take the last change: the slider goes back, and the text stays for the user to correct.
   * @param {string} sentence
   */
  refused(sentence) {
    this.sent = 0;
    if (!this.editing) this.field.value = this.entered;
    this.refuse(sentence);
    this.dispatch("cancel", this.value);
  }

  /** @param {string} sentence */
  refuse(sentence) {
    this.wrong.textContent = sentence;
    this.wrong.hidden = false;
    this.field.setAttribute("aria-invalid", "true");
    this.field.setAttribute("aria-describedby", this.wrong.id);
  }

  accept() {
    if (!this.refusing) return;
    this.wrong.hidden = true;
    this.wrong.textContent = "";
    this.field.removeAttribute("aria-invalid");
    this.field.removeAttribute("aria-describedby");
  }

  /**
   * Where the outcome of the run becomes another one; null for nowhere.
   * @param {number | null} value
   * @param {string} outcome
   */
  flipsAt(value, outcome) {
    if (!this.range) return;
    this.mark.hidden = value === null;
    const { flips } = this.knobs.data.words;
    const text = value === null ? "" : fill(flips[outcome] ?? flips.other, { value: numberText(value) });
    this.flip.textContent = this.mark.title = text;
    if (value !== null) this.mark.style.setProperty("--lll-at", String(placeOf(this.stops, value, this.facts.log)));
  }
}
