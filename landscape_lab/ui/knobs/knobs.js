// @ts-check
import { onceAnswered } from "../stage/script/once_answered.js";
import { Row, element } from "./row.js";

/** @import { FlipDetail } from "../stage/script/types.js" */

/**
 * Numbers that are followed while they are dragged: native range and text inputs, one row for each number.
 *
 * Every move is a "lab-knob" event on the document, which the stage receives; the server receives a number when it is
 * released or entered: a list of numbered changes, those that it has not acknowledged yet, so that none is lost or made
 * twice when a run of the page is interrupted.
 *
 * @typedef {{ path: string, label: string, exact: string | null, help: string, whole: boolean, log: boolean,
 *   low: number | null, high: number | null, initial: number, value: number, beyond: string, of?: string }} Facts
 *   one number; it has a slider unless `low` is null. `exact` names its text field for a screen reader if the label is not
 *   enough. `beyond` is the sentence for a value out of range, with a gap {value}. `of` says to what it belongs: the same
 *   path can mean another number when entries are removed.
 * @typedef {{ about: string, empty: string, number: string, whole: string, flips: Record<string, string> }} Words templates
 * @typedef {{ n: number, path: string, value: number, of?: string }} Change
 * @typedef {{ key: string, page: string, shown: string, stage: string | null, epoch: string, heard: number,
 *   lines: Facts[][], disabled?: boolean, refused: { n: number, sentence: string }[], words: Words }} Data
 *   what a place shows. `heard` is the number of the last change that the server has received in this `epoch`, and
 *   `refused` has those that it refused. `shown` differs between any two states of the page.
 */

/** @typedef {{ epoch: string, page: string, changes: Change[] }} Operations */

/** All the numbers of one place on a page. */
export class Knobs {
  /**
   * @param {HTMLElement} root
   * @param {Data} data
   * @param {(changes: Operations) => void} onChange  gets what the server has not acknowledged
   * @param {Change[]} pending  changes that an earlier component of this place has sent
   */
  constructor(root, data, onChange, pending = []) {
    this.root = root;
    this.data = data;
    this.onChange = onChange;
    this.pending = withOwners(pending, data);
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.shape = "";
    /** The number of the last change that was submitted. */
    this.submitted = 0;
    this.show(data, onChange);
    if (this.pending.length) this.submit(); // what was sent as the page was left may not have arrived
  }

  /**
   * @param {Data} data
   * @param {(changes: Operations) => void} onChange
   */
  show(data, onChange) {
    // Another epoch is another session, after the server was started again: it shows what the link says, which has
    // everything that was acknowledged, and has received nothing else.
    const another = data.epoch !== this.data.epoch;
    if (!another) this.pending = this.pending.filter(({ n }) => n > data.heard);
    this.data = data;
    this.onChange = onChange;
    if (another && this.pending.length) {
      this.pending = withOwners(this.pending, data);
      this.submit();
    }
    this.arrange();
    for (const facts of data.lines.flat()) {
      const row = /** @type {Row} */ (this.rows.get(facts.path));
      row.update(facts);
      if (this.pending.length) continue; // the server's values are older than what it was sent
      row.show(facts.value);
      const refused = data.refused.find(({ n }) => n === row.sent);
      if (refused) row.refused(refused.sentence);
    }
  }

  /** Build the rows anew where there are others. */
  arrange() {
    const shape = JSON.stringify(this.data.lines.map((line) => line.map(({ path, low }) => [path, low === null])));
    if (shape === this.shape) return;
    this.shape = shape;
    const old = this.rows;
    this.rows = new Map();
    const lines = this.data.lines.map((line) => {
      const box = element("div", { className: "lll-knob-line" });
      for (const facts of line) {
        const kept = old.get(facts.path);
        const row = kept && (kept.range === null) === (facts.low === null) ? kept : new Row(this, facts);
        this.rows.set(facts.path, row);
        box.append(row.root);
      }
      return box;
    });
    for (const [path, row] of old) if (row.moving && this.rows.get(path) !== row) row.dispatch("cancel", row.value);
    const focused = document.activeElement;
    this.root.replaceChildren(...lines);
    if (focused instanceof HTMLElement && this.root.contains(focused)) focused.focus({ preventScroll: true });
  }

  /**
   * @param {string} path
   * @param {number} value
   * @param {Promise<void>} [answer] of the route, for which the change waits
   * @returns {number} the number of the change
   */
  send(path, value, answer) {
    const n = (sent = Math.max(sent, this.data.heard) + 1);
    this.pending = [...this.pending, { n, path, value, of: this.rows.get(path)?.facts.of }];
    onceAnswered(answer, () => this.submitted < n && this.submit());
    return n;
  }

  submit() {
    const { epoch, page } = this.data;
    this.submitted = sent;
    this.onChange({ epoch, page, changes: this.pending });
  }
}

/**
 * Changes of a place that has the same numbers, but may name their owners differently, as another session does.
 * @param {Change[]} changes @param {Data} data
 */
function withOwners(changes, data) {
  const owners = new Map(data.lines.flat().map(({ path, of }) => [path, of]));
  return changes.map((change) => ({ ...change, of: owners.get(change.path) }));
}

/** The number of the last change of this page: a component that is drawn anew goes on counting. */
let sent = 0;
/** @type {Map<string, Knobs>} by their page and the key of their place on it */
const places = new Map();

/** @param {CustomEvent<FlipDetail>} event */
function flipped({ detail }) {
  for (const knobs of places.values()) {
    if (knobs.data.stage === detail.stage) knobs.rows.get(detail.path)?.flipsAt(detail.value, detail.outcome ?? "");
  }
}

/**
 * The component, as Streamlit calls it with every message.
 * @param {{ data: Data, parentElement: HTMLElement, setStateValue: (name: string, value: Operations) => void }} component
 */
export function showKnobs({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".lll-knobs"));
  const onChange = (/** @type {Operations} */ changes) => setStateValue("operations", changes);
  const place = `${data.page} ${data.key}`;
  const there = places.get(place);
  if (there && there.root === root) there.show(data, onChange);
  else places.set(place, new Knobs(root, data, onChange, there && there.data.shown === data.shown ? there.pending : []));
  document.addEventListener("lab-flip", flipped); // the same listener is added once
}
