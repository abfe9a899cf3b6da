// @ts-check
import { changePoint } from "./knob_range.js";

/**
 * @import { Engine } from "./engine.js"
 * @import { Knob } from "./preview.js"
 * @import { Stage } from "./stage.js"
 * @typedef {Generator<undefined, number | null>} Search
 */

const MOST_TIME = 4; // ms of one piece of the search
const LATER = 20; // ms until the next piece, in browsers that do not report when they are idle

/**
 * Searches for the value of the number that is dragged from which on its entry diverges, once for each drag, while the
 * page is idle, and reports it to the knobs.
 */
export class FlipSearch {
  /** @type {Search | null} */
  #search = null;
  /** @type {Knob | null} the drag that has been searched for */
  #searched = null;
  /** @type {{ path: string, besides: string } | null} the number that has a mark, and what else its entry depends on */
  #mark = null;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /** @param {Knob} knob @param {Engine} engine @param {Record<string, number>} numbers of the preview */
  search(knob, engine, numbers) {
    const { lane, path, range } = knob;
    if (lane === undefined || !range || knob === this.#searched || this.stage.model.foggy) return;
    this.#searched = knob;
    const diverges = (/** @type {number} */ value) => engine.lane(lane, { ...numbers, [path]: value }).diverged;
    this.#search = changePoint(range, numbers[path], diverges);
    this.#goOn(this.#search, path);
  }

  stop() {
    this.#search = null;
  }

  /** Take the mark away where another number has changed than its own: it may lie elsewhere now. @param {string} [path] */
  check(path = this.#mark?.path) {
    const mark = this.#mark;
    if (mark && (path !== mark.path || this.#besides(path) !== mark.besides)) this.#report(mark.path, null);
  }

  /** @param {string} path @param {number | null} value null takes the mark away */
  #report(path, value) {
    this.#mark = value === null ? null : { path, besides: this.#besides(path) };
    const detail = { path, stage: this.stage.model.name, value, outcome: value === null ? null : "diverges" };
    document.dispatchEvent(new CustomEvent("lab-flip", { detail }));
  }

  /** All that a run depends on besides one number of its entry, as text. @param {string} path */
  #besides(path) {
    const { engine } = this.stage.model.fromServer;
    const [, index, field] = path.split("/");
    const lane = engine?.lanes[Number(index)];
    const rest = { ...engine, program: undefined, lanes: undefined };
    return JSON.stringify([rest, lane && { ...lane, values: { ...lane.values, [field]: null } }]);
  }

  /** Go on in the page's idle time until it is over, or another search has taken its place. @param {Search} search @param {string} path */
  #goOn(search, path) {
    const step = (/** @type {number} */ time) => {
      const began = performance.now();
      while (this.#search === search) {
        const { done, value } = search.next();
        if (done) {
          this.#search = null;
          this.#report(path, value);
          return;
        }
        if (performance.now() - began > time) {
          this.#goOn(search, path);
          return;
        }
      }
    };
    // Safari has no such callback.
    if ("requestIdleCallback" in window) requestIdleCallback((idle) => step(Math.min(idle.timeRemaining() / 2, MOST_TIME)));
    else setTimeout(() => step(MOST_TIME / 2), LATER);
  }
}
