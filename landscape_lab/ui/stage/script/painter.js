// @ts-check
import { axesOf, isPlotted, sceneOf } from "./plotly_inside.js";
import { CurveProjection, FlatAxes, MapProjection } from "./projections.js";
import { ReliefProjection } from "./relief.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { Stage } from "./stage.js"
 * @import { AxesFrame, Projection } from "./types.js"
 */

const LONGEST_FRAME = 0.1; // seconds; a tab that was hidden goes on where it was
const RIGHT_OF_WAY = 120; // ms in which a race that plays waits for the answer to a change

/** Paints a frame of a stage whenever one of its parts asks for it, and moves its clock. */
export class Painter {
  /** The frame that is requested. */
  #frame = 0;
  /** When the last frame was painted while the race played. @type {number | undefined} */
  #before;
  /** What has changed since the last frame besides the step: everything, the paths, or a family's run. */
  #moved = false;
  #pathsMoved = false;
  #memberMoved = false;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.model = stage.model;
    this.clock = stage.clock;
    /** How many frames have been painted. */
    this.frames = 0;
    /** Whether there is something to paint on. */
    this.pictured = false;
    /** The race waits for the answer to a change until then. */
    this.waitsUntil = 0;
    stage.listening.on(document, "visibilitychange", () => (this.#before = undefined));
    stage.listening.atEnd(() => cancelAnimationFrame(this.#frame));
  }

  /** Whether nothing waits for the next frame. */
  get done() {
    return !this.#frame;
  }

  /** Something that moves paths in the picture has changed: work their pixels out again at the next frame. */
  invalidate() {
    this.#moved = true;
    this.request();
  }

  /** Paint the other entries faintly; undefined for none. @param {number | undefined} index */
  highlight(index) {
    if (index === this.model.highlighted) return;
    this.model.highlighted = index;
    this.invalidate();
  }

  /** The paths have changed on axes that stand still. */
  pathsMoved() {
    this.#pathsMoved = true;
    this.request();
  }

  /** Another run of a family is shown. */
  memberMoved() {
    this.#memberMoved = true;
    this.request();
  }

  request() {
    this.#frame ||= requestAnimationFrame((now) => this.tick(now));
  }

  /**
   * The answer to a change has the right of way: until it is here, or for long, a race that plays is painted only when
   * something else than its step has changed.
   */
  giveWay() {
    this.waitsUntil = performance.now() + RIGHT_OF_WAY;
  }

  endWaiting() {
    this.waitsUntil = 0;
  }

  get #changed() {
    return this.#moved || this.#pathsMoved || this.#memberMoved || this.stage.movedSurface.moved;
  }

  /** @param {number} now */
  tick(now) {
    const { clock } = this;
    this.#frame = 0;
    const seconds = Math.min((now - (this.#before ?? now)) / 1000, LONGEST_FRAME);
    const running = clock.playing && this.pictured; // what is painted on comes first: its drawing asks for a frame
    this.#before = running ? now : undefined;
    if (running) clock.advance(seconds);
    if (running && !clock.playing) this.stage.showSettings();
    if (!running || this.#changed || now >= this.waitsUntil) this.paint();
    if (clock.playing && this.pictured) this.request();
  }

  paint() {
    const { model, clock, stage } = this;
    const { graphs, data, movedSurface, fogLayer, paths, pathPanels } = stage;
    const { surface } = stage.panels;
    const changed = this.#changed;
    const [moved, pathsMoved, member] = [this.#moved, this.#pathsMoved, this.#memberMoved];
    this.#moved = this.#pathsMoved = this.#memberMoved = false;
    this.frames++;
    if (moved) {
      surface.projection = this.#surfaceProjection();
      this.pictured ||= Boolean(surface.projection) || (model.projection === "relief" && graphs.noRelief);
      for (const name of graphs.chartNames) {
        const axes = graphs.axes(name, stage.panels[name]);
        stage.panels[name].projection = axes && this.curveProjection(axes, name);
      }
    }
    if (movedSurface.moved || (moved && movedSurface.numbers)) movedSurface.paint(surface);
    if (moved) {
      for (const panel of pathPanels) this.paintWhole(panel);
      fogLayer.moved = true;
    } else if (pathsMoved) for (const panel of pathPanels) paths.paintWhole(panel, panel !== surface);
    if (moved || pathsMoved) stage.start.place();
    if (moved) graphs.relief.paint(surface);
    if (member) for (const panel of pathPanels) paths.paintWhole(panel, panel !== surface, model.tree.race.family?.lane);
    const run = stage.family.members.length && stage.family.member;
    fogLayer.paint(surface, clock.position, `${model.previewing && stage.preview.count} ${run}`);
    paths.paintMoving(surface, null, true);
    for (const panel of pathPanels) {
      if (panel.projection instanceof CurveProjection) paths.paintMoving(panel, panel.projection, false);
    }
    data.paint(moved);
    stage.player.showStep();
    stage.mini.paint(changed);
  }

  /** A panel's paths, and the fan behind them, after their pixels have moved. @param {Panel<Projection>} panel */
  paintWhole(panel) {
    panel.fit();
    panel.lines.clear();
    panel.beside.clear();
    const { paths, fan, panels, quantity } = this.stage;
    paths.paintWhole(panel, panel === panels.curves || panel === panels.quantity);
    if (panel === panels.quantity && panel.projection instanceof CurveProjection) quantity.paintLimits(panel, panel.projection);
    fan.paint(panel);
  }

  /** @returns {Projection | null} */
  #surfaceProjection() {
    const { graphs, panels, movedSurface } = this.stage;
    const { host } = panels.surface;
    // Until the relief is there for the first time, the map is.
    const early = !isPlotted(graphs.elements.relief) && !isPlotted(graphs.elements.map);
    if (this.model.projection === "map" || (early && !graphs.noRelief)) {
      const axes = graphs.axes("map", panels.surface);
      return axes && new MapProjection(axes);
    }
    panels.surface.drop("early");
    const scene = graphs.isDrawn("relief") ? sceneOf(graphs.elements.relief) : null;
    return scene && movedSurface.ground ? new ReliefProjection(scene, host, movedSurface.ground) : null;
  }

  /** @param {AxesFrame} axes @param {"curves" | "quantity"} [name] */
  curveProjection(axes, name = "curves") {
    const { progressAxis, tree, recording } = this.model;
    const { data, graphs } = this.stage;
    const { ahead } = graphs.charts[name];
    const [offset, smoothing] = name === "curves" ? [tree.curves.offset, this.model.smoothing] : [0, 1];
    return new CurveProjection(axes, progressAxis, offset, data.examples?.count, ahead, recording?.numbers, smoothing);
  }

  /** The parameters under a pointer, NaN beside the surface. @param {{ clientX: number, clientY: number }} event @returns {[number, number]} */
  dataAt({ clientX, clientY }) {
    const { graphs, panels } = this.stage;
    const box = panels.surface.host.getBoundingClientRect();
    const { projection } = panels.surface;
    if (projection instanceof ReliefProjection) return projection.dataAt(clientX - box.left, clientY - box.top);
    const axes = graphs.axes("map", panels.surface) ?? axesOf(graphs.elements.map);
    return axes ? new FlatAxes(axes).dataAt(clientX - box.left, clientY - box.top) : [NaN, NaN];
  }
}
