// @ts-check
import { find } from "./dom.js";

/** @import { Stage } from "./stage.js" */

const SIZES = [0.75, 0.83, 1, 1.15, 1.3, 1.5, 1.7, 2, 2.3]; // of the arithmetic, times that of a lead
const NARROW = 760; // px of a stage up to which the inspector is as high as what it shows
const NARROW_LARGEST = 3; // place in the sizes
const READ = 1; // place of the smallest size; except in large type, lines wider than the room may be smaller

/** The size of the inspector's arithmetic: as large as its room allows, and steady while the race plays. */
export class WorkedType {
  #place = 0;

  /**
   * @param {Stage} stage
   * @param {HTMLElement} inspector
   */
  constructor(stage, inspector) {
    this.stage = stage;
    this.room = find(inspector, ".lll-opened-step");
    this.worked = find(inspector, ".lll-worked");
    const observer = new ResizeObserver(() => this.fill());
    observer.observe(this.room);
    stage.listening.atEnd(() => observer.disconnect());
  }

  /** The largest size that fits. */
  fill() {
    this.#fit(SIZES.length - 1);
  }

  /** The numbers of another step of the same form: they may be longer, and the type must not grow and shrink with them. */
  keep() {
    this.#fit(this.#place);
  }

  /**
   * All of it fits; else the arithmetic does, without what stands below it; else its lines do, and one scrolls down.
   * @param {number} largest place in the sizes
   */
  #fit(largest) {
    const { room, stage, worked } = this;
    if (!room.clientHeight) return;
    const first = stage.root.clientWidth > NARROW ? largest : Math.min(largest, NARROW_LARGEST);
    const isLow = () => room.scrollHeight <= room.clientHeight;
    const isWorkedLow = () => worked.offsetHeight <= room.clientHeight;
    const smallest = stage.model.tree.large ? READ : 0;
    if (this.#shrink(first, READ, isLow) || this.#shrink(first, READ, isWorkedLow)) return;
    this.#shrink(Math.min(first, READ), smallest, () => true);
  }

  /** Take the largest size in which no line is too wide and a condition holds. @param {number} first @param {number} last @param {() => boolean} holds */
  #shrink(first, last, holds) {
    const { room } = this;
    for (let place = first; place >= last; place--) {
      room.style.setProperty("--lll-worked", `calc(${SIZES[place]} * var(--lll-lead))`);
      this.#place = place;
      if (room.scrollWidth <= room.clientWidth && holds()) return true;
    }
    return false;
  }
}
