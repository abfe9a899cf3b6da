/* What Plotly draws of the stage: the surface, and the axes that something is painted on. */

import { dressed, exchangeTable, withLosses } from "./colours.js";
import { FONT_SIZE, LOW, SMALL_MAP } from "./constants.js";
import { Ground, stepBack } from "./projections.js";
import { lossTicks } from "./loss_axes.js";
import { clamp } from "./words.js";

export const graphMethods = {
  get theme() {
    return this.tree.theme[this.dark ? "dark" : "light"];
  },

  figure({ data, layout }, name, changes) {
    const table = exchangeTable(this.tree.theme.light, this.theme);
    const font = getComputedStyle(this.root).fontFamily;
    const host = this.graphs[name];
    const size = { autosize: false, width: host.clientWidth, height: host.clientHeight };
    const { height } = this.tree.surface;
    const { muted, text } = this.theme;
    const modebar = { bgcolor: "rgba(0,0,0,0)", color: muted, activecolor: text };
    return {
      data: dressed(data.map((trace) => withLosses(trace, height)), table, font, this.weight),
      layout: { ...dressed(layout, table, font, this.weight), paper_bgcolor: "rgba(0,0,0,0)", modebar, ...changes, ...size },
    };
  },

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
  },

  /** Bring Plotly's part up to date. Calls that come while it is drawing are answered after it. */
  async drawGraphs() {
    if (!this.Plotly || this.root.clientWidth === 0) return;
    this.drawAgain = Boolean(this.drawing);
    if (this.drawing) return;
    this.drawing = true;
    try {
      await this.drawStale();
    } finally {
      this.drawing = false;
    }
    this.showSettings();
    this.fitCurves();
    this.invalidate();
    if (this.drawAgain) await this.drawGraphs();
  },

  mapFigure() {
    const { surface } = this.tree;
    const dragmode = matchMedia("(pointer: coarse)").matches ? false : "pan";
    const figure = this.figure(surface.contour, "map", { uirevision: `${surface.name} ${surface.domain}`, dragmode });
    this.small = this.graphs.map.clientWidth < SMALL_MAP;
    if (this.small && figure.layout.coloraxis) figure.layout.coloraxis.showscale = false;
    return figure;
  },

  async drawStale() {
    const { surface } = this.tree;
    const touch = matchMedia("(pointer: coarse)").matches;
    const wanted = this.projection;
    if (wanted === "map" && this.stale.map) {
      this.stale.map = false;
      const { data, layout } = this.mapFigure();
      // The stage tells a double click itself: Plotly goes by when it gets to hear of the clicks, which may be late.
      const config = { ...this.config(["zoom2d", "pan2d"]), doubleClick: false };
      await this.Plotly.react(this.graphs.map, data, layout, config);
      this.surfaceDraws++;
      this.follow(this.graphs.map);
    }
    if (wanted === "relief" && this.stale.relief) {
      this.stale.relief = false;
      const { data, layout } = this.figure(surface.relief, "relief", { uirevision: "camera" });
      stepBack(layout.scene.camera.eye, layout.width / layout.height);
      this.ground = new Ground(surface.relief);
      this.reliefShows = null;
      this.graphs.relief.hidden = false; // a scene cannot be made in a box without a size
      try {
        await this.Plotly.react(this.graphs.relief, data, layout, this.config(["orbitRotation", "pan3d"]));
        this.surfaceDraws++;
        this.follow(this.graphs.relief);
      } catch {
        this.noRelief = true;
      }
      if (!this.graphs.relief._fullLayout?.scene?._scene?.glplot) this.noRelief = true;
    }
    if (this.stale.curves) {
      this.stale.curves = false;
      const { data, layout } = this.figure(this.curveFigure(), "curves", { dragmode: touch ? false : "pan" });
      this.curveAxes = this.curvesZoomed ? this.curveAxes : JSON.stringify(this.wantedAxes());
      this.curveKind ??= this.wantedKind();
      this.curveSetup = undefined;
      await this.Plotly.react(this.graphs.curves, data, layout, this.config(["zoom2d", "pan2d"]));
      this.follow(this.graphs.curves);
    }
    if (this.examples && this.stale.data) {
      this.stale.data = false;
      this.showKey();
      const { data, layout } = this.figure(this.dataFigure(), "data", { dragmode: touch ? false : "pan" });
      await this.Plotly.react(this.graphs.data, data, layout, this.config(["zoom2d", "pan2d"]));
      this.follow(this.graphs.data);
    }
  },

  /** Draw another surface. */
  drawSurface() {
    this.stale.map = this.stale.relief = this.stale.data = true;
    this.drawGraphs();
  },

  /** Repaint whenever Plotly moves its axes or its camera. Nothing here may call Plotly: it would never end. */
  follow(graph) {
    if (graph.llLFollowed !== this) {
      graph.llLFollowed = this;
      const moved = () => this.invalidate();
      for (const event of ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"]) graph.on(event, moved);
      if (graph === this.graphs.curves) {
        graph.on("plotly_relayout", (change) => {
          if (!this.fitting && Object.keys(change).some((key) => key.includes("axis.range"))) this.curvesZoomed = true;
        });
        graph.on("plotly_doubleclick", () => {
          this.curvesZoomed = false;
          this.curveAxes = null;
          this.fitCurves();
        });
      }
    }
    const glplot = graph._fullLayout.scene?._scene?.glplot;
    if (glplot && !glplot.llLFollowed) {
      glplot.llLFollowed = true;
      const render = glplot.onrender;
      glplot.onrender = (...args) => {
        render?.apply(glplot, args);
        this.invalidate();
      };
    }
  },

  resized() {
    cancelAnimationFrame(this.resizing);
    this.resizing = requestAnimationFrame(async () => {
      this.invalidate();
      if (!this.Plotly) return;
      const { clientWidth } = this.panels.surface.host;
      if (clientWidth && clientWidth < SMALL_MAP !== this.small) this.stale.map = true;
      await this.drawGraphs();
      for (const graph of Object.values(this.graphs)) {
        const [width, height] = [graph.clientWidth, graph.clientHeight];
        const layout = graph._fullLayout;
        if (!layout || !width || !height || (layout.width === width && layout.height === height)) continue;
        await this.Plotly.relayout(graph, { width, height });
      }
      this.invalidate();
    });
  },

  /** Type, range and title of the axes of the loss curves, as the view wants them. */
  wantedAxes() {
    const { log, ranges, titles } = this.tree.curves;
    const loss = log ? this.view.loss_axis : "linear";
    const progress = this.progressAxis;
    const low = this.graphs.curves.clientHeight < LOW;
    return {
      x: { type: "linear", range: ranges[progress], title: titles[progress] },
      // Beside a low picture the title of the logarithmic axis needs two lines.
      y: { type: loss, range: ranges[loss], title: low ? titles[loss].replace(" (", "<br>(") : titles[loss] },
    };
  },

  /** What the axes of the loss curves tell, whatever their ranges are. */
  wantedKind() {
    return `${this.wantedAxes().y.type} ${this.progressAxis}`;
  },

  /** The axes that the loss curves are painted on; figures.curves.curves_figure has the same ones around its traces. */
  curveFigure() {
    const { x, y } = this.wantedAxes();
    const { dtick, tickformat, size } = lossTicks(y);
    return this.emptyFigure(x, y, {
      xaxis: { showgrid: false },
      yaxis: { exponentformat: "power", dtick, tickformat, tickfont: { size, color: this.tree.theme.light.muted } },
      uirevision: "curves",
    });
  },

  wantedDataAxes() {
    return this.examples.axes(this.picture, this.tree.race.start, this.words);
  },

  dataFigure() {
    const axes = this.wantedDataAxes();
    this.dataAxes = JSON.stringify(axes);
    return this.emptyFigure(...axes, { uirevision: `${this.tree.surface.key} ${this.picture}` });
  },

  /** Axes that something is painted on. */
  emptyFigure(x, y, { xaxis, yaxis, uirevision }) {
    const { light } = this.tree.theme;
    const axis = ({ type, range, title }) => ({
      type,
      range: [...range],
      title: { text: title, standoff: 6 },
      gridcolor: light.grid,
      zeroline: false,
      ticks: "outside",
      ticklen: 4,
      tickcolor: light.grid,
      tickfont: { color: light.muted },
      automargin: true,
    });
    const layout = {
      xaxis: { ...axis(x), ...xaxis },
      yaxis: { ...axis(y), ...yaxis },
      plot_bgcolor: light.plot,
      font: { family: "inherit,", size: FONT_SIZE, color: light.text },
      margin: { l: 56, r: 12, t: 14, b: 40 },
      showlegend: false,
      uirevision,
    };
    return { data: [], layout };
  },

  /** Let the axes of the loss curves follow the race and the view, but not away from where the reader has zoomed. */
  fitCurves() {
    this.fitLater(null);
    const graph = this.graphs.curves;
    if (!graph._fullLayout?.yaxis) return;
    const { x, y } = this.wantedAxes();
    const axes = JSON.stringify({ x, y });
    if (axes === this.curveAxes) return;
    const kind = this.wantedKind();
    if (kind !== this.curveKind) this.curvesZoomed = false;
    this.curveKind = kind;
    this.curveAxes = axes;
    const { dtick, tickformat, size } = lossTicks(y);
    // A distance of the ticks, even none, is to Plotly the wish for evenly spaced ones: where it may choose, that is said.
    const tickmode = dtick === null ? "auto" : "linear";
    const wanted = { "xaxis.title.text": x.title, "yaxis.title.text": y.title, "yaxis.type": y.type, "yaxis.tickmode": tickmode, "yaxis.dtick": dtick, "yaxis.tickformat": tickformat, "yaxis.tickfont.size": size };
    // Plotly changes a range in a fifth of the time that it needs to set an axis up again, even as it was.
    const change = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => value !== this.curveSetup?.[name]));
    this.curveSetup = wanted;
    if (!this.curvesZoomed) Object.assign(change, { "xaxis.range": [...x.range], "yaxis.range": [...y.range] });
    if (!Object.keys(change).length) return;
    this.fitting = true;
    this.Plotly.relayout(graph, change).finally(() => (this.fitting = false));
  },

  /** The same for a new race: it is painted on its axes at once, and Plotly, which takes longer, draws them after that. */
  fitCurvesSoon() {
    const { x, y } = this.wantedAxes();
    const drawn = this.curveKind === this.wantedKind() && !this.curvesZoomed && this.graphs.curves._fullLayout?.yaxis;
    if (drawn && JSON.stringify({ x, y }) !== this.curveAxes) this.fitLater({ x: x.range, y: y.range });
    else this.fitCurves();
  },

  /** Paint on axes that are still to be drawn; on none when they have been. */
  fitLater(ranges) {
    cancelAnimationFrame(this.fittingFrame);
    clearTimeout(this.fittingTimer);
    this.rangesAhead = ranges;
    const fit = () => (this.fittingTimer = setTimeout(() => this.fitCurves()));
    if (ranges) this.fittingFrame = requestAnimationFrame(fit);
  },

  resetView() {
    const { relief, data } = this.graphs;
    if (this.examples && data._fullLayout) {
      const [x, y] = this.wantedDataAxes();
      this.Plotly.relayout(data, { "xaxis.range": [...x.range], "yaxis.range": [...y.range] });
    }
    this.curvesZoomed = false;
    this.curveAxes = null;
    this.fitCurves();
    this.resetMap();
    if (relief._fullLayout?.scene) {
      const camera = this.tree.surface.relief.layout.scene?.camera ?? { eye: { x: 1.25, y: 1.25, z: 1.25 } };
      this.Plotly.relayout(relief, { "scene.camera": structuredClone(camera) });
    }
  },

  resetMap() {
    const { map } = this.graphs;
    if (!map._fullLayout) return;
    const change = {};
    for (const axis of ["xaxis", "yaxis"]) {
      const { range } = this.tree.surface.contour.layout[axis] ?? {};
      if (range) change[`${axis}.range`] = [...range];
      else change[`${axis}.autorange`] = true;
    }
    this.Plotly.relayout(map, change);
  },
};
