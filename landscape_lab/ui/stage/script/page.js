/* What the page shows beside the stage, such as the figures of a lesson, follows when the hand rests and it is in view: the
   server draws the stage alone with every number that is released, and says in `tree.follows` that the page is behind. */

import { PAGE_REST } from "./constants.js";
import { scrollerOf } from "./mini.js";

export const pageMethods = {
  /** Ask for the page once the hand has rested, and what follows has come into view. */
  pageFollows() {
    clearTimeout(this.pageRest);
    this.pageView?.disconnect();
    if (this.tree.follows) this.pageRest = setTimeout(() => this.askForPage(), PAGE_REST);
  },

  askForPage() {
    if (this.dragging || !this.held.empty) return this.pageFollows();
    const mark = document.querySelector(".st-key-follows");
    if (!mark) return this.onRest?.();
    const ask = ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      this.pageView.disconnect();
      this.onRest?.();
    };
    const scroller = scrollerOf(mark);
    const root = scroller === document.scrollingElement ? null : scroller;
    // What has been scrolled past counts as seen, and what is nearly in view.
    this.pageView = new IntersectionObserver(ask, { root, rootMargin: "1000000px 0px 200px 0px" });
    this.pageView.observe(mark);
    return undefined;
  },
};
