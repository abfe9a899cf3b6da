// @ts-check
import { CurveAxes, lossAxis } from "./curve_axes.js";
import { Figures, SMALL_MAP } from "./figures.js";
import { FirstPicture } from "./first_picture.js";
import { Pinch } from "./pinch.js";
import { axesOf, isPlotted, onPlotlyEvent, onRender, plottedSize, sceneOf } from "./plotly_inside.js";
import { quantityAxis } from "./quantity.js";
import { withoutLabels } from "./relief_axes.js";
import { ReliefView } from "./relief_view.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { Stage } from "./stage.js"
 * @import { Plotly } from "./plotly.js"
 * @import { AxesFrame } from "./types.js"
 * @typedef {"curves" | "quantity"} ChartName
 * @typedef {"map" | "relief" | "data" | ChartName} GraphName
 */

/** What Plotly draws of a stage: the surface, and the axes that something is painted on. */
export class Graphs {
  #drawing = false;
  #drawAgain = false;
  #resizing = 0;
  #small = false;
  /** @type {WeakSet<Element>} graphs whose events are followed already */
  #followed = new WeakSet();
  /** @type {Partial<Record<GraphName, { key: string, frame: AxesFrame }>>} */
  #early = {};

  /**
   * @param {Stage} stage
   * @param {Record<GraphName, HTMLElement>} elements
   */
  constructor(stage, elements) {
    this.stage = stage;
    this.model = stage.model;
    this.elements = elements;
    this.figures = new Figures(stage.model, stage.root);
    const plotly = () => this.plotly;
    /** The axes of the losses, and of what else was measured. */
    this.charts = {
      curves: new CurveAxes(stage.model, elements.curves, plotly, lossAxis),
      quantity: new CurveAxes(stage.model, elements.quantity, plotly, quantityAxis),
    };
    /** Null until it has been loaded. @type {Plotly | null} */
    this.plotly = null;
    /** Whether it could not be loaded, or has no 3-D. */
    this.failed = this.noRelief = false;
    this.relief = new ReliefView(stage, elements.relief);
    this.pinch = new Pinch(stage);
    /** How often Plotly has drawn a surface. */
    this.surfaceDraws = 0;
    /** Graphs that are to be drawn again. */
    this.stale = { map: true, relief: true, curves: true, quantity: true, data: true };
  }

  get drawing() {
    return this.#drawing;
  }

  /** The charts that are shown. @returns {ChartName[]} */
  get chartNames() {
    return this.model.quantity ? ["curves", "quantity"] : ["curves"];
  }

  /** Let the axes of the charts follow another race. */
  fitSoon() {
    for (const name of this.chartNames) this.charts[name].fitSoon();
  }

  /** Everything is to be drawn again, as in other colours. */
  outdate() {
    this.stale = { map: true, relief: true, curves: true, quantity: true, data: true };
  }

  /** Another surface is to be drawn. */
  outdateSurface() {
    this.stale.map = this.stale.relief = this.stale.data = true;
  }

  /** Bring Plotly's part up to date. Calls that come while it is drawing are answered after it. */
  async draw() {
    if (!this.plotly || this.stage.root.clientWidth === 0) return;
    this.#drawAgain = this.#drawing;
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      await this.#drawStale(this.plotly);
    } finally {
      this.#drawing = false;
    }
    this.stage.showSettings();
    for (const name of this.chartNames) this.charts[name].fit();
    this.stage.painter.invalidate();
    if (this.#drawAgain) await this.draw();
  }

  /** @param {Plotly} plotly */
  async #drawStale(plotly) {
    const { elements, figures, stale, stage } = this;
    const wanted = this.model.projection;
    if (wanted === "map" && stale.map) {
      stale.map = false;
      this.#small = elements.map.clientWidth < SMALL_MAP;
      const { data, layout } = figures.map(elements.map);
      // The stage detects double clicks itself: Plotly measures from when it receives the clicks, which may be late.
      const config = { ...figures.config(["zoom2d", "pan2d"]), doubleClick: false };
      await plotly.react(elements.map, data, layout, config);
      this.surfaceDraws++;
      this.#follow("map");
    }
    if (wanted === "relief" && stale.relief) {
      stale.relief = false;
      elements.relief.hidden = false; // a scene cannot be made in a box without a size
      const { data, layout } = figures.relief(elements.relief);
      this.relief.receive(layout);
      const scene = { ...withoutLabels(layout).scene, ...this.relief.fitted() };
      stage.movedSurface.plotted = null;
      try {
        await plotly.react(elements.relief, data, { ...layout, scene }, { ...figures.config([]), displayModeBar: false });
        this.surfaceDraws++;
        this.#follow("relief");
        stage.tour.begin();
      } catch {
        this.noRelief = true;
      }
      if (!sceneOf(elements.relief)) this.noRelief = true;
      if (this.noRelief && this.model.tree.tour) stage.changeView({ projection: "map" });
    }
    for (const name of this.chartNames) {
      if (!stale[name]) continue;
      stale[name] = false;
      const { data, layout } = figures.curves(elements[name], this.charts[name].wanted(), name);
      this.charts[name].redrawn();
      await plotly.react(elements[name], data, layout, figures.config(["zoom2d", "pan2d"]));
      this.#follow(name);
    }
    if (stage.data.examples && stale.data) {
      stale.data = false;
      const { data, layout } = stage.data.figure(elements.data);
      await plotly.react(elements.data, data, layout, figures.config(["zoom2d", "pan2d"]));
      this.#follow("data");
    }
  }

  /** Draw what is stale, if Plotly is here. */
  drawIfLoaded() {
    if (this.plotly) this.draw();
  }

  /**
   * Repaint whenever Plotly moves its axes or its camera. Nothing here may call Plotly: it would never end.
   * @param {GraphName} name
   */
  #follow(name) {
    const graph = this.elements[name];
    const moved = () => this.stage.painter.invalidate();
    if (!this.#followed.has(graph)) {
      this.#followed.add(graph);
      for (const event of ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"]) onPlotlyEvent(graph, event, moved);
      if (name === "curves" || name === "quantity") this.charts[name].listen();
      if (name === "relief") this.relief.listen();
    }
    onRender(graph, moved);
  }

  resized() {
    cancelAnimationFrame(this.#resizing);
    this.#resizing = requestAnimationFrame(async () => {
      this.stage.painter.invalidate();
      if (!this.plotly) return;
      const { clientWidth } = this.elements.map.parentElement ?? this.elements.map;
      if (clientWidth && clientWidth < SMALL_MAP !== this.#small) this.stale.map = true;
      this.stale.data = true; // its titles and numbers depend on its size
      await this.draw();
      for (const graph of Object.values(this.elements)) {
        const [width, height] = [graph.clientWidth, graph.clientHeight];
        const drawn = plottedSize(graph);
        if (!drawn || !width || !height || (drawn.width === width && drawn.height === height)) continue;
        const { aspectratio, camera } = graph === this.elements.relief ? this.relief.fitted() : {};
        const scene = camera ? { "scene.aspectratio": aspectratio, "scene.camera": camera } : {};
        const titles = graph === this.elements.map ? this.figures.mapTitles(graph) : {};
        await this.plotly.relayout(graph, { width, height, ...scene, ...titles });
      }
      this.stage.painter.invalidate();
    });
  }

  /** Whether Plotly has drawn a graph as it should be now. @param {"map" | "relief" | ChartName} name */
  isDrawn(name) {
    if (name === "relief") return Boolean(sceneOf(this.elements.relief)) && !this.stale.relief;
    return Boolean(axesOf(this.elements[name])) && !(name === "map" && this.stale.map);
  }

  /**
   * The flat axes to paint on: Plotly's, or before it has come those of a first picture; null while it draws.
   * @param {"map" | ChartName} name
   * @param {Panel<any>} panel
   */
  axes(name, panel) {
    const element = this.elements[name];
    if (this.isDrawn(name)) {
      panel.drop("early");
      return axesOf(element);
    }
    const { clientWidth, clientHeight } = panel.host;
    if (isPlotted(element) || !clientWidth || !clientHeight) return null;
    panel.fit();
    const { tree, dark, weight, foggy, markers } = this.model;
    const wanted = name === "map" ? tree.surface.key : JSON.stringify(this.charts[name].wanted());
    const key = `${wanted} ${clientWidth} ${clientHeight} ${panel.ratio} ${dark} ${weight} ${foggy}`;
    let early = this.#early[name];
    if (early?.key !== key) {
      const context = panel.below("early", (panel.lower.fan ?? panel.whole).canvas);
      panel.begin(context);
      const { frame } = new FirstPicture(context, this.flatFigure(name), markers, { secret: foggy });
      early = this.#early[name] = { key, frame };
      if (name === "map" && !this.failed) this.stage.note("");
    }
    return early.frame;
  }

  /** Where the map is in the first picture. */
  get mapFrame() {
    return this.#early.map?.frame ?? null;
  }

  /** @param {"map" | ChartName} name */
  flatFigure(name) {
    const host = this.elements[name].parentElement ?? this.elements[name]; // the graph itself may not be shown
    return name === "map" ? this.figures.map(host) : this.figures.curves(host, this.charts[name].wanted());
  }

  /** Show all axes and the camera as they were at first. */
  resetView() {
    const { data } = this.elements;
    if (this.stage.data.examples && isPlotted(data)) {
      const [x, y] = this.stage.data.wantedAxes();
      this.plotly?.relayout(data, { "xaxis.range": [...x.range], "yaxis.range": [...y.range] });
    }
    for (const name of this.chartNames) this.charts[name].reset();
    this.resetSurface();
  }

  /** Show all of the map and of the relief. */
  resetSurface() {
    this.relief.reset();
    const { map } = this.elements;
    if (!isPlotted(map)) return;
    /** @type {Record<string, unknown>} */
    const change = {};
    for (const axis of /** @type {const} */ (["xaxis", "yaxis"])) {
      const range = this.model.tree.surface.contour.layout[axis]?.range;
      if (range) change[`${axis}.range`] = [...range];
      else change[`${axis}.autorange`] = true;
    }
    this.plotly?.relayout(map, change);
  }

  destroy() {
    cancelAnimationFrame(this.#resizing);
    this.relief.destroy();
    for (const axes of Object.values(this.charts)) axes.paintAhead(null);
    for (const graph of Object.values(this.elements)) this.plotly?.purge(graph);
  }
}
