// @ts-check
import { ExamplesPainter } from "./examples_painter.js";
import { find, setText } from "./dom.js";
import { Examples } from "./examples.js";
import { HOVER_RADIUS, SHADES } from "./constants.js";
import { PredictionsView } from "./predictions_view.js";
import { Panel } from "./panel.js";
import { axesOf } from "./plotly_inside.js";
import { FlatAxes } from "./projections.js";
import { escapeHtml, fill, showNumber } from "./words.js";

/**
 * @import { ExampleData, ExampleSet } from "./types.js"
 * @import { Picture } from "./examples.js"
 * @import { Stage } from "./stage.js"
 * @typedef {{ part: ExampleSet, i: number }} Pointed an example
 */

/** The panel of a loss over examples: the data, and the models that the heads stand for. */
export class ExamplesView {
  /** @type {ExampleData | null} */
  #shown = null;
  #axes = "";

  /**
   * @param {Stage} stage
   * @param {Record<string, HTMLElement>} show the elements that it writes in
   */
  constructor(stage, show) {
    this.stage = stage;
    this.model = stage.model;
    this.show = show;
    /** @type {Panel<FlatAxes>} */
    this.panel = new Panel(find(stage.root, "[data-panel=data]"));
    /** @type {Examples | null} */
    this.examples = null;
    /** @type {Picture} */
    this.picture = "curve";
    /** Whether held-out examples are shown too. */
    this.heldOut = false;
    /** The example under the pointer. @type {Pointed | null} */
    this.pointed = null;
    this.painter = new ExamplesPainter(this, stage.clock);
    this.predictions = new PredictionsView(this);
    this.#listen();
  }

  /** The parts of the examples that are shown. */
  get parts() {
    const parts = this.examples?.parts ?? [];
    return this.heldOut ? parts : parts.slice(0, 1);
  }

  /** Take over the surface's examples. */
  update() {
    const { data, pictures } = this.model.tree.surface;
    this.predictions.update();
    if (data !== this.#shown || Boolean(data ?? pictures) === this.show.data.hidden) {
      this.#shown = data;
      this.examples = data ? new Examples(data) : null;
      this.pointed = null;
      this.panel.tip.hidden = true;
      this.panel.projection = null;
      if (this.examples && !this.examples.pictures.includes(this.picture)) [this.picture] = this.examples.pictures;
      this.show.data.hidden = !data && !pictures;
      this.show.data_title.textContent = this.model.words[pictures?.kind ?? "data"];
      this.show.rows.textContent = data?.rows ?? "";
      this.show.rows.hidden = !data?.rows;
      find(this.stage.root, "[data-act=held_out]").hidden = !data?.held_out.targets.length;
      this.stage.root.classList.toggle("lll-with-data", Boolean(data ?? pictures));
    }
  }

  /** Whether other axes are wanted than those that are drawn. */
  get outdated() {
    return Boolean(this.examples) && this.#axes !== JSON.stringify(this.wantedAxes());
  }

  wantedAxes() {
    return this.examples?.axes(this.picture, this.model.tree.race.start, this.model.words) ?? [];
  }

  /** The axes as Plotly takes them. @param {HTMLElement} host */
  figure(host) {
    this.#showKey();
    const axes = this.wantedAxes();
    this.#axes = JSON.stringify(axes);
    return this.stage.graphs.figures.data(host, axes, `${this.model.tree.surface.key} ${this.picture}`);
  }

  /** @param {Picture} picture */
  choosePicture(picture) {
    this.picture = picture;
    this.point(null);
    this.stage.graphs.stale.data = true;
    this.stage.showSettings();
    this.stage.graphs.drawIfLoaded();
  }

  toggleHeldOut() {
    this.heldOut = !this.heldOut;
    this.point(null);
    this.stage.showSettings();
    this.stage.painter.invalidate();
  }

  /** What the looks of the examples mean. */
  #showKey() {
    const { key } = this.show;
    if (!this.examples) return;
    const { classifies: classes, names, ranges } = this.examples;
    const name = escapeHtml(names.at(-1) ?? "");
    key.hidden = !classes && this.picture !== "features";
    if (key.hidden) return;
    const { painter } = this;
    const shape = (/** @type {number} */ look) => {
      const outline = this.model.markers[look ? "triangle-up" : "circle"];
      const points = outline.map(([x, y]) => `${(6 + 5 * x).toFixed(2)},${(6 - 5 * y).toFixed(2)}`).join(" ");
      return `<svg viewBox="0 0 12 12" aria-hidden="true"><polygon points="${points}" fill="${painter.lookColor(look)}"/></svg>`;
    };
    const scale = `linear-gradient(to right, ${painter.lookColor(0)}, ${painter.lookColor(SHADES - 1)})`;
    const ring = '<svg viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="5" fill="none" stroke="currentColor"/></svg>';
    const wrong = this.predictions.pictures ? `<span>${ring} ${escapeHtml(this.model.words.wrong)}</span>` : "";
    key.innerHTML = classes
      ? [0, 1].map((look) => `<span>${shape(look)} ${name} ${look}</span>`).join("") + wrong
      : `<span>${name} ${showNumber(ranges[2][0])} <b style="background: ${scale}"></b> ${showNumber(ranges[2][1])}</span>`;
  }

  /** @param {boolean} moved whether anything but the step has changed */
  paint(moved) {
    const { panel } = this;
    if (moved && this.predictions.pictures) panel.fit();
    if (!this.examples) {
      this.predictions.paint();
      return;
    }
    if (moved) {
      panel.fit();
      const axes = this.stage.graphs.stale.data ? null : axesOf(this.stage.graphs.elements.data);
      panel.projection = axes ? new FlatAxes(axes) : null;
      this.painter.paintExamples(this.examples);
    }
    this.predictions.paint();
    const alone = this.painter.paintMoving(this.examples);
    setText(this.show.whose, alone ? `: ${alone}` : "");
  }

  #listen() {
    const { host } = this.panel;
    const { listening } = this.stage;
    listening.on(host, "pointerleave", () => this.point(null));
    listening.on(host, "pointermove", (event) => {
      const { examples, picture } = this;
      const { projection } = this.panel;
      if (event.buttons || !examples || !projection || picture === "predictions") {
        this.point(null);
        return;
      }
      const box = host.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let nearest = HOVER_RADIUS;
      let found = null;
      for (const part of this.parts) {
        for (let i = 0; i < part.targets.length; i++) {
          const [u, v] = examples.place(picture, i, part);
          const distance = Math.hypot(projection.px(u) - x, projection.py(v) - y);
          if (distance < nearest) [nearest, found] = [distance, { part, i, x, y }];
        }
      }
      this.point(found);
    });
  }

  /** Show the tip of an example, or none. @param {(Pointed & { x: number, y: number }) | null} found */
  point(found) {
    if (!found && !this.pointed) return;
    this.pointed = found;
    this.panel.tip.hidden = !found;
    this.stage.painter.request();
    if (!found || !this.examples) return;
    const { width, names, parts } = this.examples;
    const { words } = this.model;
    const { part, i } = found;
    const values = [...part.features.subarray(width * i, width * (i + 1)), part.targets[i]];
    const title = part === parts[0] ? words.example : words.held_out_example;
    this.panel.tip.innerHTML =
      `<span>${escapeHtml(fill(title, { number: i + 1 }))}</span>` +
      values.map((value, k) => `<span><i>${escapeHtml(names[k])}</i> ${showNumber(value)}</span>`).join("");
    this.panel.placeTip(found);
  }
}
