// @ts-check
/**
 * Numbers that are followed while they are dragged: native range and text inputs, one row for each number.
 *
 * Every move is a "lab-knob" event on the document, which the stage hears; the server hears of a number when it is let
 * go of or entered. It gets a list of numbered changes, the ones that it has not acknowledged yet, so that none is lost
 * or made twice when a run of the page is interrupted.
 *
 * @typedef {{ path: string, label: string, exact: string | null, help: string, whole: boolean, log: boolean,
 *   low: number | null, high: number | null, initial: number, value: number, beyond: string }} Facts
 *   one number. `exact` names the text field beside a slider; null for a number that has a text field alone. `beyond` is
 *   the sentence for a value out of range, with a gap {value}.
 * @typedef {{ n: number, path: string, value: number }} Change
 * @typedef {{ key: string, page: string, shown: string, stage: string | null, epoch: string, heard: number,
 *   lines: Facts[][], disabled?: boolean, refused: { n: number, sentence: string }[], words: Record<string, any> }} Data
 *   what a place shows. `heard` is the number of the last change that the server has heard of in this `epoch`, and
 *   `refused` has those that it refused. `shown` differs between any two states of the page.
 */

/** The stops of a logarithmic slider in each decade. */
const MANTISSAS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];
/** A decimal number as people write it. */
const NUMBER = /^[+−-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+−-]?\d+)?$/i;
const KEYS = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"]);

/**
 * Every value that a slider can be moved to, in order: round numbers, the initial value and both ends.
 * @param {{ low: number, high: number, log: boolean, whole: boolean, initial: number }} facts
 */
export function stopsOf({ low, high, log, whole, initial }) {
  const stops = new Set([low, high, initial]);
  if (log) {
    for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade++) {
      // Through text, so that a stop is the same number as the one that a person types.
      for (const mantissa of MANTISSAS) stops.add(Number(`${mantissa}e${decade}`));
    }
  } else {
    const step = whole ? 1 : linearStep(low, high);
    for (let i = 0, count = Math.ceil((high - low) / step); i < count; i++) {
      stops.add(Number((low + i * step).toPrecision(12)));
    }
  }
  const kept = [...stops].filter((stop) => low <= stop && stop <= high && (!whole || Number.isInteger(stop)));
  return kept.sort((a, b) => a - b);
}

/**
 * A round step that cuts the range into 50 to 500 parts.
 * @param {number} low
 * @param {number} high
 */
export function linearStep(low, high) {
  return Number(`1e${Math.floor(Math.log10((high - low) / 50))}`);
}

/**
 * Where a value lies on a slider with these stops, which are evenly apart: 0 at the first one, 1 at the last.
 * @param {number[]} stops
 * @param {number} value
 * @param {boolean} log
 */
export function placeOf(stops, value, log) {
  const last = stops.length - 1;
  if (!(value > stops[0])) return 0;
  if (value >= stops[last]) return 1;
  const after = stops.findIndex((stop) => stop > value);
  const [low, high] = [stops[after - 1], stops[after]];
  const part = log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return (after - 1 + part) / last;
}

/**
 * The shortest text that reads back as the same number.
 * @param {number} value
 */
export function numberText(value) {
  const size = Math.abs(value);
  const plain = size === 0 || (size >= 1e-4 && size < 1e12);
  return plain ? String(value) : value.toExponential().replace("e+", "e");
}

/**
 * A finite number, or what is wrong with the text: "empty", "number" or "whole". A comma may be the decimal point.
 * @param {string} text
 * @param {boolean} whole
 * @returns {number | "empty" | "number" | "whole"}
 */
export function readNumber(text, whole) {
  const written = text.normalize("NFKC").trim();
  if (!written) return "empty";
  const number = NUMBER.test(written) ? Number(written.replace(",", ".").replaceAll("−", "-")) : NaN;
  if (!Number.isFinite(number)) return "number";
  return whole && !Number.isInteger(number) ? "whole" : number;
}

/**
 * @param {string} template
 * @param {Record<string, string>} values
 */
const filled = (template, values) => template.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);

/**
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {Record<string, string>} [attributes]
 * @returns {any}
 */
function element(tag, properties = {}, attributes = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** One number: its name, a slider if it has a range, and a field for the exact value. */
class Row {
  /**
   * @param {Knobs} knobs
   * @param {Facts} facts
   */
  constructor(knobs, facts) {
    this.knobs = knobs;
    this.path = facts.path;
    /** The value that the server has, or has been sent. */
    this.value = facts.value;
    /** Whether the hand has moved the slider and not let go of it. */
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
    this.build(facts);
    this.update(facts);
    this.show(facts.value);
  }

  /** @param {Facts} facts */
  build(facts) {
    const id = `lll-${this.knobs.data.key}-${facts.path}`.replace(/[^\w-]/g, "-");
    this.field = element("input", { type: "text", id: `${id}-field`, className: "lll-knob-field", maxLength: 300 });
    for (const [name, value] of Object.entries({ inputmode: "decimal", autocomplete: "off", spellcheck: "false" })) {
      this.field.setAttribute(name, value);
    }
    this.range = facts.exact === null ? null : element("input", { type: "range", id: `${id}-range`, min: "0", step: "1" });
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
      this.listenToRange();
    }
    controls.append(this.field);
    this.root = element("div", { className: `lll-knob${this.range ? "" : " lll-knob-alone"}` });
    this.root.dataset.path = facts.path;
    this.root.append(head, controls, this.wrong);
    this.listenToField();
    this.about.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") this.about.blur();
    });
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
    this.about.setAttribute("aria-label", filled(this.knobs.data.words.about, { name: facts.label }));
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
   * Show the server's value, except in what the reader is busy with.
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
    this.dress(value, part);
  }

  /**
   * @param {number} value
   * @param {number} part
   */
  dress(value, part) {
    this.range.setAttribute("aria-valuetext", numberText(value));
    this.range.style.setProperty("--lll-done", `${100 * part}%`);
  }

  get pointed() {
    return this.stops[Number(this.range.value)];
  }

  get refusing() {
    return !this.wrong.hidden;
  }

  listenToRange() {
    this.range.addEventListener("input", () => {
      if (this.givenUp) return this.place(this.value);
      this.moving = true;
      this.editing = false;
      this.accept();
      const value = this.pointed;
      this.write(value);
      this.dress(value, Number(this.range.value) / (this.stops.length - 1));
      this.tell("move", value);
    });
    // A key that is held down changes the value many times: it is let go of when the key is.
    this.range.addEventListener("change", () => this.keyed || this.letGo());
    this.range.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (KEYS.has(event.key)) this.keyed = true;
      if (event.key === "Escape" && this.moving) this.giveUp();
    });
    this.range.addEventListener("keyup", () => this.keyUp());
    this.range.addEventListener("blur", () => this.keyUp());
    // A drag that ends where it began changes nothing: the browser says nothing of it.
    this.range.addEventListener("pointerdown", () => {
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
    if (value === this.value) this.tell("cancel", value);
    else this.send(value);
    this.place(value);
  }

  giveUp() {
    this.moving = this.keyed = false;
    this.givenUp = true;
    this.place(this.value);
    this.write(this.value);
    this.tell("cancel", this.value);
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
      return this.refuse(filled(words[value], { text: brief }));
    }
    if ((low !== null && value < low) || (high !== null && value > high)) {
      return this.refuse(filled(beyond, { value: numberText(value).replace("-", "−") }));
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
    this.tell("release", value);
    this.sent = this.knobs.send(this.path, value);
  }

  /**
   * @param {"move" | "release" | "cancel"} phase
   * @param {number} value
   */
  tell(phase, value) {
    const { stage } = this.knobs.data;
    if (stage === null) return;
    const { low, high, log } = this.facts;
    const detail = { path: this.path, value, phase, stage, low, high, scale: log ? "log" : "linear" };
    document.dispatchEvent(new CustomEvent("lab-knob", { detail }));
  }

  /**
   * The server does not take the last change: the slider goes back, and the text stays for the reader to correct.
   * @param {string} sentence
   */
  refused(sentence) {
    this.sent = 0;
    if (!this.editing) this.field.value = this.entered;
    this.refuse(sentence);
    this.tell("cancel", this.value);
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
    const text = value === null ? "" : filled(flips[outcome] ?? flips.other, { value: numberText(value) });
    this.flip.textContent = this.mark.title = text;
    if (value !== null) this.mark.style.setProperty("--lll-at", String(placeOf(this.stops, value, this.facts.log)));
  }
}

/** @typedef {{ epoch: string, page: string, changes: Change[] }} Operations */

/** All the numbers of one place on a page. */
export class Knobs {
  /**
   * @param {HTMLElement} root
   * @param {Data} data
   * @param {(changes: Operations) => void} hear  gets what the server has not acknowledged
   * @param {Change[]} unheard  changes that an earlier component of this place has sent
   */
  constructor(root, data, hear, unheard = []) {
    this.root = root;
    this.data = data;
    this.hear = hear;
    this.unheard = unheard;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.shape = "";
    this.show(data, hear);
    if (this.unheard.length) this.submit(); // what was sent as the page was left may not have arrived
  }

  /**
   * @param {Data} data
   * @param {(changes: Operations) => void} hear
   */
  show(data, hear) {
    // Another epoch is another session, which has heard of nothing and shows what its link says.
    this.unheard = data.epoch === this.data.epoch ? this.unheard.filter(({ n }) => n > data.heard) : [];
    this.data = data;
    this.hear = hear;
    this.arrange();
    for (const facts of data.lines.flat()) {
      const row = /** @type {Row} */ (this.rows.get(facts.path));
      row.update(facts);
      if (this.unheard.length) continue; // the server's values are older than what it was sent
      row.show(facts.value);
      const refused = data.refused.find(({ n }) => n === row.sent);
      if (refused) row.refused(refused.sentence);
    }
  }

  /** Build the rows anew where there are others. */
  arrange() {
    const shape = JSON.stringify(this.data.lines.map((line) => line.map(({ path, exact }) => [path, exact === null])));
    if (shape === this.shape) return;
    this.shape = shape;
    const old = this.rows;
    this.rows = new Map();
    const lines = this.data.lines.map((line) => {
      const box = element("div", { className: "lll-knob-line" });
      for (const facts of line) {
        const kept = old.get(facts.path);
        const row = kept && (kept.range === null) === (facts.exact === null) ? kept : new Row(this, facts);
        this.rows.set(facts.path, row);
        box.append(row.root);
      }
      return box;
    });
    for (const [path, row] of old) if (row.moving && this.rows.get(path) !== row) row.tell("cancel", row.value);
    const focused = /** @type {any} */ (document.activeElement);
    this.root.replaceChildren(...lines);
    if (this.root.contains(focused)) focused.focus({ preventScroll: true });
  }

  /**
   * @param {string} path
   * @param {number} value
   * @returns {number} the number of the change
   */
  send(path, value) {
    sent = Math.max(sent, this.data.heard) + 1;
    this.unheard = [...this.unheard, { n: sent, path, value }];
    this.submit();
    return sent;
  }

  submit() {
    const { epoch, page } = this.data;
    this.hear({ epoch, page, changes: this.unheard });
  }
}

/** The number of the last change of this page: a component that is drawn anew goes on counting. */
let sent = 0;
/** @type {Map<string, Knobs>} by their page and the key of their place on it */
const places = new Map();

/** @param {any} event */
function flipped({ detail }) {
  for (const knobs of places.values()) {
    if (knobs.data.stage === detail.stage) knobs.rows.get(detail.path)?.flipsAt(detail.value, detail.outcome);
  }
}

/** The component, as Streamlit calls it with every message. */
export function showKnobs(/** @type {any} */ { data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".lll-knobs");
  const hear = (/** @type {any} */ changes) => setStateValue("operations", changes);
  const place = `${data.page} ${data.key}`;
  const there = places.get(place);
  if (there?.root === root) there.show(data, hear);
  else places.set(place, new Knobs(root, data, hear, there?.data.shown === data.shown ? there.unheard : []));
  document.addEventListener("lab-flip", flipped); // the same listener is added once
}
