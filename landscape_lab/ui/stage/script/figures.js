// @ts-check
import { axisTitle, fewerParts } from "./axis_titles.js";
import { dressed, exchangeTable, withLosses } from "./colours.js";
import { FONT_SIZE } from "./constants.js";
import { lossTicks } from "./loss_axes.js";
import { addFloorTicks } from "./relief_axes.js";
import { clamp } from "./words.js";

/**
 * @import { StageModel } from "./model.js"
 * @import { AxisLayout, Figure } from "./plotly.js"
 * @import { Range } from "./types.js"
 * @typedef {{ type: string, range: Range, title: string, kind?: string }} WantedAxis
 *   kind: what it measures, where that is not said by its type
 */

export const SMALL_MAP = 440; // px of width below which the colour bar gives its room to the map

/** Whether a finger points, which scrolls the page and does not drag axes. */
const isTouch = () => matchMedia("(pointer: coarse)").matches;

/** The figures of a stage, as Plotly takes them. */
export class Figures {
  /**
   * @param {StageModel} model
   * @param {HTMLElement} root
   */
  constructor(model, root) {
    this.model = model;
    this.root = root;
  }

  /**
   * A figure in the page's colours and font, at the size of an element.
   * @param {{ data: object[], layout: object }} figure
   * @param {HTMLElement} host
   * @param {object} changes of its layout
   * @returns {Figure}
   */
  dress({ data, layout }, host, changes) {
    const { theme, weight, tree } = this.model;
    const table = exchangeTable(tree.theme.light, theme);
    const font = getComputedStyle(this.root).fontFamily;
    const size = { autosize: false, width: host.clientWidth, height: host.clientHeight };
    const modebar = { bgcolor: "rgba(0,0,0,0)", color: theme.muted, activecolor: theme.text };
    const traces = /** @type {Figure["data"]} */ (data).map((trace) => withLosses(trace, tree.surface.height));
    return {
      data: dressed(traces, table, font, weight),
      layout: { ...dressed(layout, table, font, weight), paper_bgcolor: "rgba(0,0,0,0)", modebar, ...changes, ...size },
    };
  }

  /** @param {HTMLElement} host */
  map(host) {
    const { surface } = this.model.tree;
    const uirevision = `${surface.name} ${surface.domain}`;
    const figure = this.dress(surface.contour, host, { uirevision, dragmode: isTouch() ? false : "pan" });
    const { coloraxis, xaxis, yaxis } = figure.layout;
    if (host.clientWidth < SMALL_MAP && coloraxis) coloraxis.showscale = false;
    const titles = this.mapTitles(host);
    Object.assign(xaxis.title, titles["xaxis.title"]);
    Object.assign(yaxis.title, titles["yaxis.title"]);
    return figure;
  }

  /** The titles of the map's axes, as a change of its layout. @param {HTMLElement} host */
  mapTitles(host) {
    const { xaxis, yaxis } = this.model.tree.surface.contour.layout;
    const fitted = (/** @type {AxisLayout} */ { title }, /** @type {boolean} */ up) => {
      const { text, font } = axisTitle(this.model, host, title.text, up);
      return { ...title, text, font: { size: font.size * this.model.weight } };
    };
    return { "xaxis.title": fitted(xaxis, false), "yaxis.title": fitted(yaxis, true) };
  }

  /** The minima and saddles of the map. @param {HTMLElement} host */
  marks(host) {
    const { data, layout } = this.model.tree.surface.contour;
    return this.dress({ data: data.filter(({ marker }) => marker), layout }, host, {}).data;
  }

  /** @param {HTMLElement} host */
  relief(host) {
    const { data, layout } = this.dress(this.model.tree.surface.relief, host, {});
    addFloorTicks(layout);
    return { data: data.filter(({ type }) => type === "surface"), layout }; // the stage paints the marks itself
  }

  /**
   * The axes that the loss curves are painted on; figures.curves.curves_figure has the same ones around its traces.
   * @param {HTMLElement} host
   * @param {{ x: WantedAxis, y: WantedAxis }} axes
   * @param {string} [uirevision]
   */
  curves(host, { x, y }, uirevision = "curves") {
    const { dtick, tickformat, size } = lossTicks(y, host.clientHeight, this.model.weight);
    const { muted } = this.model.tree.theme.light;
    return this.#flat(host, x, y, uirevision, {
      xaxis: { showgrid: false },
      yaxis: { exponentformat: "power", dtick, tickformat, tickfont: { size, color: muted } },
    });
  }

  /**
   * @param {HTMLElement} host
   * @param {WantedAxis[]} axes
   * @param {string} uirevision
   */
  data(host, [x, y], uirevision) {
    return this.#flat(host, x, y, uirevision, { xaxis: {}, yaxis: {} });
  }

  /**
   * Axes that something is painted on.
   * @param {HTMLElement} host @param {WantedAxis} x @param {WantedAxis} y @param {string} uirevision
   * @param {{ xaxis: object, yaxis: object }} more
   */
  #flat(host, x, y, uirevision, { xaxis, yaxis }) {
    const { light } = this.model.tree.theme;
    /** @param {WantedAxis} wanted @param {boolean} up */
    const axis = ({ type, range, title }, up) => ({
      type,
      range: [...range],
      title: { ...axisTitle(this.model, host, title, up), standoff: 6 },
      gridcolor: light.grid,
      zeroline: false,
      ticks: "outside",
      ticklen: 4,
      tickcolor: light.grid,
      tickfont: { color: light.muted },
      nticks: fewerParts(this.model.weight, host, up),
      automargin: true,
    });
    const layout = {
      xaxis: { ...axis(x, false), ...xaxis },
      yaxis: { ...axis(y, true), ...yaxis },
      plot_bgcolor: light.plot,
      font: { family: "inherit,", size: FONT_SIZE, color: light.text },
      // The last number of an axis that ends at it is centred on its end.
      margin: { l: 56, r: Math.round(18 * this.model.weight), t: 14, b: 40 },
      showlegend: false,
      uirevision,
    };
    return this.dress({ data: [], layout }, host, { dragmode: isTouch() ? false : "pan" });
  }

  /** Plotly's settings of a graph with some buttons. @param {string[]} buttons */
  config(buttons) {
    return {
      displaylogo: false,
      displayModeBar: matchMedia("(hover: hover)").matches ? "hover" : false,
      modeBarButtons: [buttons],
      doubleClick: "reset",
      scrollZoom: true,
      showTips: false,
      responsive: false,
      topojsonURL: "about:blank",
      plotGlPixelRatio: clamp(window.devicePixelRatio || 1, 1, 2),
    };
  }
}
