// @ts-check
import { button } from "./controls.js";
import { closest, find, scrollerOf, setText } from "./dom.js";
import { FirstPicture } from "./first_picture.js";
import { icon } from "./icons.js";
import { Panel } from "./panel.js";
import { MapProjection } from "./projections.js";

/**
 * @import { Stage } from "./stage.js"
 * @import { AxesFrame, Projection } from "./types.js"
 * @typedef {{ element: HTMLElement, surface: Panel<Projection>, curves: Panel<Projection>, play: HTMLElement,
 *   step: HTMLElement }} Parts
 */

const MINI_WIDTH = 760; // of a stage, up to which its page has one column
const MINI_STRENGTH = 0.65; // of its lines and markers

/** The top and the bottom of what is seen of a scroller, below the page's header. @param {Element} scroller */
function seenOf(scroller) {
  const { top, bottom } = scroller.getBoundingClientRect();
  const header = document.querySelector("[data-testid='stHeader']");
  return {
    top: Math.max(0, scroller === document.scrollingElement ? 0 : top, header?.getBoundingClientRect().bottom ?? 0),
    bottom: Math.min(bottom, window.innerHeight),
  };
}

/**
 * A small picture of the race for phones, where the stage and the numbers below it are never on one screen. While the
 * numbers are, it stays at the top: the map and the loss without their axes, and the button that plays.
 */
export class MiniPicture {
  /** @type {Parts | null} */
  #parts = null;
  #frame = 0;
  /** @type {WeakMap<Panel<Projection>, { key: string, frame: AxesFrame }>} what is drawn below the paths */
  #drawn = new WeakMap();

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.model = stage.model;
    this.scroller = scrollerOf(stage.root);
    const check = () => {
      this.#frame ||= requestAnimationFrame(() => {
        this.#frame = 0;
        if (this.#isWanted() === Boolean(this.#parts)) return;
        if (this.#parts) this.close();
        else this.#open();
      });
    };
    const scrolled = this.scroller === document.scrollingElement ? window : this.scroller;
    stage.listening.on(scrolled, "scroll", check, { passive: true });
    stage.listening.on(window, "resize", check);
  }

  /** Whether the map has left the screen, and the numbers beside the stage are on it. */
  #isWanted() {
    const { root, panels } = this.stage;
    const block = root.closest("[data-testid='stHorizontalBlock'], .lll-live");
    const beside = block && [...block.children].find((column) => !column.contains(root));
    if (!beside || this.model.veiled || root.clientWidth > MINI_WIDTH) return false;
    const { top, bottom } = seenOf(this.scroller);
    const map = panels.surface.host.getBoundingClientRect();
    const contents = document.createRange(); // the column itself may have no box
    contents.selectNodeContents(beside);
    const numbers = contents.getBoundingClientRect();
    const stacked = numbers.top >= map.bottom;
    return stacked && map.bottom < top + 60 && numbers.top < bottom - 120 && numbers.bottom > top + 120;
  }

  #open() {
    const { scroller } = this;
    const { words } = this.model;
    const element = document.createElement("div");
    element.className = "lll-mini";
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", words.mini);
    element.style.top = `${seenOf(scroller).top}px`;
    element.innerHTML = `<div class="lll-plot"></div><div class="lll-plot"></div>
      ${button("play", words.play, "", icon("play"), "lll-play")}<span aria-hidden="true"></span>
      ${button("up", words.to_stage, "", icon("up"))}`;
    element.addEventListener("click", ({ target }) => {
      const act = closest(target, "[data-act]")?.dataset.act;
      if (act === "play") this.stage.act("play");
      else if (act === "up") this.stage.root.scrollIntoView();
    });
    (scroller === document.scrollingElement ? document.body : scroller).append(element);
    const hosts = /** @type {NodeListOf<HTMLElement>} */ (element.querySelectorAll(".lll-plot"));
    this.#parts = {
      element,
      surface: new Panel(hosts[0]),
      curves: new Panel(hosts[1]),
      play: find(element, ".lll-play"),
      step: find(element, "span"),
    };
    scroller.style.scrollPaddingTop = `${element.offsetHeight + 8}px`; // what gets the focus comes to stand below it
    this.stage.painter.invalidate();
  }

  close() {
    if (!this.#parts) return;
    this.scroller.style.scrollPaddingTop = "";
    this.#parts.element.remove();
    this.#parts = null;
  }

  /** @param {boolean} changed whether anything but the step has changed */
  paint(changed) {
    if (!this.#parts) return;
    const { surface, curves, play, step } = this.#parts;
    const { model, stage } = this;
    model.shrunk = MINI_STRENGTH;
    if (changed) {
      surface.projection = new MapProjection(this.#draw(surface, "map"));
      curves.projection = stage.painter.curveProjection(this.#draw(curves, "curves"));
      stage.movedSurface.paintBands(surface);
      for (const panel of [surface, curves]) stage.painter.paintWhole(panel);
    }
    stage.fogLayer.copyTo(surface);
    for (const panel of [surface, curves]) stage.paths.paintMoving(panel, null, false);
    model.shrunk = 1;
    const { state } = stage.player;
    if (state !== play.dataset.state) {
      play.dataset.state = state;
      play.innerHTML = icon(state);
      play.setAttribute("aria-label", model.words[state]);
      play.title = model.words[state];
    }
    setText(step, stage.player.step.textContent ?? "");
  }

  /** The axes of a panel, after what lies below the paths has been drawn. @param {Panel<Projection>} panel @param {"map" | "curves"} name */
  #draw(panel, name) {
    const { graphs } = this.stage;
    panel.fit();
    const wanted = name === "map" ? this.model.tree.surface.key : JSON.stringify(graphs.charts.curves.wanted());
    const key = `${wanted} ${panel.width} ${panel.height} ${panel.ratio} ${this.model.dark}`;
    let drawn = this.#drawn.get(panel);
    if (drawn?.key !== key) {
      const context = panel.below("early");
      panel.begin(context);
      const { data, layout } = graphs.flatFigure(name);
      const figure = { data, layout: { ...layout, width: panel.width, height: panel.height } };
      drawn = { key, frame: new FirstPicture(context, figure, this.model.markers, { bare: true }).frame };
      this.#drawn.set(panel, drawn);
    }
    return drawn.frame;
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.close();
  }
}
