/* On a phone the stage and the numbers beside it are never on one screen. While the numbers are, a small picture of the
   race stays at the top: the map and the loss without their axes, and the button that plays. */

import { icon } from "./constants.js";
import { button } from "./controls.js";
import { FirstPicture } from "./first_picture.js";
import { Panel } from "./painting.js";
import { MapProjection } from "./projections.js";

const MINI_WIDTH = 760; // of a stage, up to which its page has one column
const MINI_STRENGTH = 0.65; // of its lines and markers

/** What scrolls an element: the nearest box around it that can, or the whole page. */
export function scrollerOf(element) {
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
    if (/^(auto|scroll)$/.test(getComputedStyle(box).overflowY)) return box;
  }
  return document.scrollingElement;
}

/** The top and the bottom of what is seen of a scroller, below the page's header. */
function seenOf(scroller) {
  const { top, bottom } = scroller.getBoundingClientRect();
  const header = document.querySelector("[data-testid='stHeader']");
  return {
    top: Math.max(0, scroller === document.scrollingElement ? 0 : top, header?.getBoundingClientRect().bottom ?? 0),
    bottom: Math.min(bottom, window.innerHeight),
  };
}

export const miniMethods = {
  listenToScroll() {
    const scroller = scrollerOf(this.root);
    const look = () => (this.looking ||= requestAnimationFrame(() => ((this.looking = 0), this.showMini(scroller))));
    this.on(scroller === document.scrollingElement ? window : scroller, "scroll", look, { passive: true });
    this.on(window, "resize", look);
    this.cleanups.push(() => (cancelAnimationFrame(this.looking), this.closeMini()));
  },

  /** Whether the map has left the screen, and the numbers beside the stage are on it. */
  wantsMini(scroller) {
    const block = this.root.closest("[data-testid='stHorizontalBlock'], .lll-live");
    const beside = block && [...block.children].find((column) => !column.contains(this.root));
    if (!beside || this.foggy || this.veiled || this.root.clientWidth > MINI_WIDTH) return false;
    const { top, bottom } = seenOf(scroller);
    const map = this.panels.surface.host.getBoundingClientRect();
    const contents = document.createRange(); // the column itself may have no box
    contents.selectNodeContents(beside);
    const numbers = contents.getBoundingClientRect();
    const stacked = numbers.top >= map.bottom;
    return stacked && map.bottom < top + 60 && numbers.top < bottom - 120 && numbers.bottom > top + 120;
  },

  showMini(scroller) {
    const wanted = this.wantsMini(scroller);
    if (wanted === Boolean(this.mini)) return;
    if (wanted) this.openMini(scroller);
    else this.closeMini();
  },

  openMini(scroller) {
    const { words } = this;
    const element = document.createElement("div");
    element.className = "lll-mini";
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", words.mini);
    element.style.top = `${seenOf(scroller).top}px`;
    element.innerHTML = `<div class="lll-plot"></div><div class="lll-plot"></div>
      ${button("play", words.play, "", icon("play"), "lll-play")}<span aria-hidden="true"></span>
      ${button("up", words.to_stage, "", icon("up"))}`;
    element.addEventListener("click", ({ target }) => {
      const act = target.closest("[data-act]")?.dataset.act;
      if (act === "play") this.act("play");
      else if (act === "up") this.root.scrollIntoView();
    });
    (scroller === document.scrollingElement ? document.body : scroller).append(element);
    const [surface, curves] = [...element.querySelectorAll(".lll-plot")].map((host) => new Panel(host));
    this.mini = { element, scroller, surface, curves, play: element.querySelector(".lll-play"), step: element.querySelector("span") };
    scroller.style.scrollPaddingTop = `${element.offsetHeight + 8}px`; // what gets the focus comes to stand below it
    this.invalidate();
  },

  closeMini() {
    if (!this.mini) return;
    this.mini.scroller.style.scrollPaddingTop = "";
    this.mini.element.remove();
    this.mini = null;
  },

  paintMini(changed) {
    const { surface, curves, play, step } = this.mini;
    this.shrunk = MINI_STRENGTH;
    if (changed) {
      const map = this.miniGraph(surface, this.tree.surface.key, () => this.mapFigure());
      const graph = this.miniGraph(curves, JSON.stringify(this.wantedAxes()), () => this.figure(this.curveFigure(), "curves", {}));
      surface.projection = new MapProjection(map);
      curves.projection = this.curveProjection(graph);
      if (this.surfaceNumbers || surface.lower.bands) this.paintBands(surface, this.surfaceNumbers);
      for (const panel of [surface, curves]) this.paintWhole(panel);
    }
    for (const panel of [surface, curves]) this.paintMoving(panel);
    this.shrunk = 1;
    const { state } = this.root.querySelector("[data-act=play]").dataset;
    if (state !== play.dataset.state) {
      play.dataset.state = state;
      play.innerHTML = icon(state);
      play.setAttribute("aria-label", this.words[state]);
      play.title = this.words[state];
    }
    step.textContent = this.show.step.textContent;
  },

  miniGraph(panel, name, figure) {
    panel.fit();
    const key = `${name} ${panel.width} ${panel.height} ${panel.ratio} ${this.dark}`;
    if (panel.graph?.key !== key) {
      const context = panel.below("early");
      panel.begin(context);
      const { data, layout } = figure();
      const size = { width: panel.width, height: panel.height };
      const picture = new FirstPicture(context, { data, layout: { ...layout, ...size } }, this.tree.theme.markers, { bare: true });
      panel.graph = Object.assign(picture, { key });
    }
    return panel.graph;
  },
};
