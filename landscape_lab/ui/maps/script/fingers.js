// @ts-check
import { mix } from "../../stage/script/words.js";
import { WHOLE, onAxis, pinched } from "./view.js";

/**
 * @import { KnobRange } from "../../stage/script/knob_range.js"
 * @import { Bounds, Box, Place } from "./view.js"
 * @typedef {{ x: KnobRange, y: KnobRange }} Axes
 */

const TAP = 10; // px that a finger may move in a tap

/** The fingers on a map: each moves the place that was under it. */
export class Fingers {
  /** @type {Map<number, { point: Place, place: Place }>} each finger: where it is in the frame, and its place on the map */
  #all = new Map();
  /** @type {Box} the view when the number of fingers changed last */
  #view = WHOLE;
  /** @type {[number, number] | null} where a finger came down that may be a tap, in px */
  #tap = null;

  get count() {
    return this.#all.size;
  }

  /** Whether the one finger has not moved. */
  get tapping() {
    return this.#tap !== null;
  }

  /** @param {number} id */
  has(id) {
    return this.#all.has(id);
  }

  /** @param {number} id @param {Place} point in parts of the frame @param {[number, number]} at in px @param {Box} view */
  add(id, point, at, view) {
    this.#all.set(id, { point, place: [0, 0] });
    this.#tap = this.count === 1 ? at : null;
    this.#grip(view);
  }

  /** @param {number} id @param {Box} view */
  remove(id, view) {
    this.#all.delete(id);
    this.#tap = null;
    this.#grip(view);
  }

  clear() {
    this.#all.clear();
    this.#tap = null;
  }

  /**
   * The view after a finger has moved, or null while it may be a tap.
   * @param {number} id @param {Place} point @param {[number, number]} at
   * @param {{ width: number, height: number }} frame in px @param {{ x: Bounds, y: Bounds }} bounds
   */
  move(id, point, at, frame, bounds) {
    const finger = this.#all.get(id);
    if (finger) finger.point = point;
    if (this.#tap && Math.hypot(at[0] - this.#tap[0], at[1] - this.#tap[1]) <= TAP) return null;
    this.#tap = null;
    const all = [...this.#all.values()].slice(0, 2);
    return pinched(this.#view, all.map(({ place }) => place), all.map((each) => each.point), frame, bounds);
  }

  /** The map has other axes with the same settings. @param {Axes} from @param {Axes} to */
  convert(from, to) {
    this.#view = { x: onAxis(this.#view.x, from.x, to.x), y: onAxis(this.#view.y, from.y, to.y) };
    for (const finger of this.#all.values()) {
      const [x, y] = finger.place;
      finger.place = [onAxis([x, x], from.x, to.x)[0], onAxis([y, y], from.y, to.y)[0]];
    }
  }

  /** From now on each finger moves the place that is under it. @param {Box} view */
  #grip(view) {
    this.#view = view;
    for (const finger of this.#all.values()) {
      const [x, y] = finger.point;
      finger.place = [mix(...view.x, x), mix(...view.y, y)];
    }
  }
}
