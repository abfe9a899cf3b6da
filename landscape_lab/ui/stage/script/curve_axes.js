// @ts-check
import { axisTitle, fewerParts } from "./axis_titles.js";
import { lossTicks } from "./loss_axes.js";
import { axesOf, onPlotlyEvent } from "./plotly_inside.js";

/**
 * @import { WantedAxis } from "./figures.js"
 * @import { StageModel } from "./model.js"
 * @import { Plotly } from "./plotly.js"
 * @import { Range } from "./types.js"
 */

/**
 * The vertical axis of the losses.
 * @param {StageModel} model
 * @returns {WantedAxis}
 */
export function lossAxis({ tree, view }) {
  const { log, ranges, titles } = tree.curves;
  const type = log ? view.loss_axis : "linear";
  return { type, range: ranges[type], title: titles[type] };
}

/** The axes of curves, which follow the race and the view, but not away from where they were zoomed by hand. */
export class CurveAxes {
  /** What Plotly has been given: the axes as text, what they show, and its settings. */
  #drawn = "";
  #kind = "";
  /** @type {Record<string, unknown> | undefined} */
  #setup;
  #zoomed = false;
  #fitting = false;
  #frame = 0;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {StageModel} model
   * @param {HTMLElement} graph
   * @param {() => Plotly | null} plotly
   * @param {(model: StageModel) => WantedAxis} upward the vertical axis
   */
  constructor(model, graph, plotly, upward) {
    this.model = model;
    this.graph = graph;
    this.plotly = plotly;
    this.upward = upward;
    /** Ranges that are painted on although Plotly has not drawn them. @type {{ x: Range, y: Range } | null} */
    this.ahead = null;
  }

  /** Type, range and title of the axes, as the view wants them. @returns {{ x: WantedAxis, y: WantedAxis }} */
  wanted() {
    const { tree, progressAxis } = this.model;
    const { ranges, titles } = tree.curves;
    return {
      x: { type: "linear", range: ranges[progressAxis], title: titles[progressAxis] },
      y: this.upward(this.model),
    };
  }

  /** What the axes measure, whatever their ranges are. */
  #wantedKind() {
    const { type, kind = "" } = this.wanted().y;
    return `${type} ${kind} ${this.model.progressAxis}`;
  }

  /** Plotly is given the whole figure. */
  redrawn() {
    if (!this.#zoomed) this.#drawn = JSON.stringify(this.wanted());
    this.#kind ||= this.#wantedKind();
    this.#setup = undefined;
  }

  /** Notice zooms by hand, once Plotly has drawn the graph. */
  listen() {
    onPlotlyEvent(this.graph, "plotly_relayout", (change) => {
      if (!this.#fitting && Object.keys(change).some((key) => key.includes("axis.range"))) this.#zoomed = true;
    });
    onPlotlyEvent(this.graph, "plotly_doubleclick", () => this.reset());
  }

  /** Give up a zoom. */
  reset() {
    this.#zoomed = false;
    this.#drawn = "";
    this.fit();
  }

  /** Let Plotly draw the axes as they are wanted now. */
  fit() {
    this.paintAhead(null);
    const plotly = this.plotly();
    if (!plotly || !axesOf(this.graph)) return;
    const { model, graph } = this;
    const { x, y } = this.wanted();
    const { dtick, tickformat, size } = lossTicks(y, graph.clientHeight, model.weight);
    const [across, up] = [axisTitle(model, graph, x.title, false), axisTitle(model, graph, y.title, true)];
    const axes = JSON.stringify({ x, y, dtick, across, up });
    if (axes === this.#drawn) return;
    const kind = this.#wantedKind();
    if (kind !== this.#kind) this.#zoomed = false;
    this.#kind = kind;
    this.#drawn = axes;
    /** @type {Record<string, unknown>} */
    const setup = {
      "xaxis.title.text": across.text,
      "xaxis.title.font.size": across.font.size * model.weight,
      "yaxis.title.text": up.text,
      "yaxis.title.font.size": up.font.size * model.weight,
      "xaxis.nticks": fewerParts(model.weight, graph, false),
      "yaxis.nticks": fewerParts(model.weight, graph, true),
      "yaxis.type": y.type,
      // A distance of the ticks, even none, makes Plotly space them evenly: where it may choose, that is said.
      "yaxis.tickmode": dtick === null ? "auto" : "linear",
      "yaxis.dtick": dtick,
      "yaxis.tickformat": tickformat,
      "yaxis.tickfont.size": size * model.weight,
    };
    // Plotly changes a range in a fifth of the time that it needs to set an axis up again, even as it was.
    const change = Object.fromEntries(Object.entries(setup).filter(([name, value]) => value !== this.#setup?.[name]));
    this.#setup = setup;
    if (!this.#zoomed) Object.assign(change, { "xaxis.range": [...x.range], "yaxis.range": [...y.range] });
    if (!Object.keys(change).length) return;
    this.#fitting = true;
    plotly.relayout(this.graph, change).finally(() => (this.#fitting = false));
  }

  /** The same for a new race: it is painted on its axes at once, and Plotly, which takes longer, draws them after that. */
  fitSoon() {
    const { x, y } = this.wanted();
    const drawn = this.#kind === this.#wantedKind() && !this.#zoomed && axesOf(this.graph);
    if (drawn && JSON.stringify({ x, y }) !== this.#drawn) this.paintAhead({ x: x.range, y: y.range });
    else this.fit();
  }

  /** Paint on ranges that Plotly draws soon; null once it has. @param {{ x: Range, y: Range } | null} ranges */
  paintAhead(ranges) {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.ahead = ranges;
    if (ranges) this.#frame = requestAnimationFrame(() => (this.#timer = setTimeout(() => this.fit())));
  }
}
