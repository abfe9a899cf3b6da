// @ts-check
import { scrollerOf } from "./dom.js";

/** @import { Stage } from "./stage.js" */

const PAGE_REST = 400; // ms without a change after which the rest of the page follows

/**
 * Asks for what the page shows beside the stage, such as the figures of a lesson, once no number moves and it is in view:
 * with every number that is released the server draws the stage alone, and says in `tree.follows` that the page is behind.
 */
export class PageFollower {
  /** @type {number | undefined} */
  #timer;
  /** @type {IntersectionObserver | null} */
  #observer = null;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  /** Ask for the page once nothing has changed for a while, and what follows has come into view. */
  update() {
    clearTimeout(this.#timer);
    this.#observer?.disconnect();
    if (this.stage.model.tree.follows) this.#timer = setTimeout(() => this.#ask(), PAGE_REST);
  }

  #ask() {
    const { start, preview, listeners } = this.stage;
    if (start.dragging || !preview.held.empty) {
      this.update();
      return;
    }
    const mark = document.querySelector(".st-key-follows");
    if (!mark) {
      listeners.onRest?.();
      return;
    }
    const scroller = scrollerOf(mark);
    const root = scroller === document.scrollingElement ? null : scroller;
    const seen = (/** @type {IntersectionObserverEntry[]} */ [{ isIntersecting }]) => {
      if (!isIntersecting) return;
      this.#observer?.disconnect();
      listeners.onRest?.();
    };
    // What has been scrolled past counts as seen, and what is nearly in view.
    this.#observer = new IntersectionObserver(seen, { root, rootMargin: "1000000px 0px 200px 0px" });
    this.#observer.observe(mark);
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#observer?.disconnect();
  }
}
