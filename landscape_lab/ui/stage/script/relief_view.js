// @ts-check
import { FONT_SIZE, HOVER_RADIUS } from "./constants.js";
import { drawSymbol } from "./first_picture.js";
import { moveScene, onPlotlyEvent, sceneCamera, sceneOf } from "./plotly_inside.js";
import { MapProjection } from "./projections.js";
import { Ground, ReliefProjection } from "./relief.js";
import { paintReliefAxes } from "./relief_axes.js";
import { ReliefShape, poseFrom, poseOfFigure, poseText } from "./relief_camera.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { Stage } from "./stage.js"
 * @import { Layout, Trace } from "./plotly.js"
 * @import { Pixel, Projection } from "./types.js"
 */

const RELIEF_MARGINS = { left: 36, right: 18, top: 12, bottom: 30 }; // pixels, for the labels of the axes
const CAMERA_REST = 400; // ms after the last turn of the camera before the link follows
const NAME_RISE = 26; // pixels between a mark and its name
const BEHIND = 0.35; // strength of a mark that is behind the surface

/** The 3-D surface in its panel: how it fits, its camera, and the marks on it. */
export class ReliefView {
  /** @type {ReliefShape | null} */
  shape = null;
  /** The surface as the message has it. @type {Ground | null} */
  ground = null;
  /** The camera of the view that the scene has, or is on its way to. */
  #shown = "";
  /** @type {number | undefined} */
  #resting;
  /** @type {{ key: string, marks: Trace[] }} */
  #dressed = { key: "", marks: [] };
  /** The marks in pixels, with what they are. @type {(Pixel & { lines: string[] })[]} */
  #drawn = [];
  /** The labels of its axes. @type {Layout | null} */
  #layout = null;

  /**
   * @param {Stage} stage
   * @param {HTMLElement} element of the graph
   */
  constructor(stage, element) {
    this.stage = stage;
    this.model = stage.model;
    this.element = element;
  }

  /** Take the surface of the message. @param {Layout} layout of its figure */
  receive(layout) {
    this.#layout = layout;
    this.ground = Ground.of(this.model.tree.surface.relief);
  }

  /**
   * What is to change in Plotly's scene so that the relief fits its panel.
   * @returns {Pick<NonNullable<Layout["scene"]>, "aspectratio" | "camera">}
   */
  fitted() {
    const { element, model } = this;
    const { camera } = model.tree.surface.relief.layout.scene ?? {};
    if (!this.ground || !camera) return {};
    const size = { width: element.clientWidth || 1, height: element.clientHeight || 1 };
    const margins = Object.fromEntries(Object.entries(RELIEF_MARGINS).map(([side, length]) => [side, length * model.weight]));
    this.shape = new ReliefShape(this.ground, poseOfFigure(camera), size, /** @type {typeof RELIEF_MARGINS} */ (margins));
    this.#shown = model.view.camera;
    return { aspectratio: { ...this.shape.sides }, camera: this.shape.camera(this.#pose(this.shape)) };
  }

  /** @param {ReliefShape} shape */
  #pose(shape) {
    return this.model.view.camera ? poseFrom(this.model.view.camera) : shape.pose;
  }

  /** Follow the camera that the user turns. */
  listen() {
    onPlotlyEvent(this.element, "plotly_relayout", () => {
      clearTimeout(this.#resting);
      this.#resting = setTimeout(() => this.#cameraMoved(), CAMERA_REST);
    });
  }

  /** The camera that the scene has, as a link has it; empty for the default. */
  get shown() {
    const camera = sceneCamera(this.element);
    if (!camera || !this.shape) return "";
    const text = poseText(this.shape.poseOf(camera));
    return text === poseText(this.shape.pose) ? "" : text;
  }

  #cameraMoved() {
    const chosen = this.shown;
    if (chosen === this.#shown || !this.shape || this.model.projection !== "relief") return;
    this.#shown = chosen;
    this.stage.changeView({ camera: chosen });
  }

  /** Turn the camera to where the view has it, if that has changed. */
  follow() {
    const { camera } = this.model.view;
    if (camera === this.#shown || !this.shape || !sceneOf(this.element)) return;
    this.#shown = camera;
    this.#turn();
  }

  #turn() {
    if (this.shape) this.stage.graphs.plotly?.relayout(this.element, { "scene.camera": this.shape.camera(this.#pose(this.shape)) });
  }

  /**
   * Fly between the relief and its map, without Plotly's layout.
   * @param {{ map: number, turn: number }} moment 1 for the map and 0 for the relief, and degrees of its turn
   */
  fly({ map, turn }) {
    const { shape, element } = this;
    const frame = this.stage.graphs.mapFrame;
    if (!shape || !frame) return;
    const { camera, sides } = shape.between(map, turn, frame, element.clientHeight);
    moveScene(element, camera, sides);
  }

  /** Show the relief from its own direction again. */
  reset() {
    if (!sceneOf(this.element)) return;
    if (this.model.view.camera) this.stage.changeView({ camera: "" });
    this.#shown = "";
    this.#turn();
  }

  /** The labels of the axes, and the marks of the map on the surface. @param {Panel<Projection>} panel */
  paint(panel) {
    const { projection } = panel;
    const { model } = this;
    const isRelief = projection instanceof ReliefProjection;
    if (!isRelief && !(model.tree.tour && projection instanceof MapProjection)) {
      panel.clear("marks");
      return;
    }
    const context = panel.below("marks", (panel.lower.past ?? panel.whole).canvas);
    panel.begin(context);
    if (isRelief) this.#paintRelief(context, projection);
    if (model.tree.tour) this.#paintNames(context, (x, y) => (isRelief ? projection.place(x, y) : { x: projection.px(x), y: projection.py(y) }));
  }

  /**
   * What the ring and the star are, where nothing else says so.
   * @param {CanvasRenderingContext2D} context
   * @param {(x: number, y: number) => Pixel} place
   */
  #paintNames(context, place) {
    const { tree, theme, weight, words } = this.model;
    const star = this.#marks().find(({ meta }) => meta === "global_minimum");
    const named = [{ text: words.start_label, at: tree.race.start, rise: -NAME_RISE }];
    if (star) named.push({ text: words.minimum_label, at: [star.x[0], star.y[0]], rise: NAME_RISE });
    const { fontFamily } = getComputedStyle(this.stage.root);
    Object.assign(context, { font: `600 ${FONT_SIZE * weight}px ${fontFamily}`, textAlign: "center", textBaseline: "middle" });
    Object.assign(context, { strokeStyle: theme.halo, lineWidth: 4 * weight, fillStyle: theme.ink });
    for (const { text, at, rise } of named) {
      const { x, y } = place(at[0], at[1]);
      if (!Number.isFinite(x)) continue;
      context.strokeText(text, x, y + rise * weight);
      context.fillText(text, x, y + rise * weight);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {ReliefProjection} projection */
  #paintRelief(context, projection) {
    const { model } = this;
    if (this.#layout) paintReliefAxes(context, projection, this.#layout);
    this.#drawn = [];
    for (const { x, y, marker, text } of this.#marks()) {
      if (!marker) continue;
      Array.from(x).forEach((value, i) => {
        const place = projection.place(value, y[i]);
        if (!Number.isFinite(place.x)) return;
        this.#drawn.push({ x: place.x, y: place.y, lines: String(/** @type {string[]} */ (text)?.[i] ?? "").split("<br>") });
        context.globalAlpha = projection.ground.hides(value, y[i], place.z, projection.eye) ? BEHIND : 1;
        drawSymbol(context, model.markers.star, place.x, place.y, marker);
      });
    }
    context.globalAlpha = 1;
  }

  /** The marks in the colours of the page. They are dressed once: the camera may move in every frame. */
  #marks() {
    const { tree, dark, weight } = this.model;
    const key = `${tree.surface.key} ${dark} ${weight}`;
    if (this.#dressed.key !== key) this.#dressed = { key, marks: this.stage.graphs.figures.marks(this.element) };
    return this.#dressed.marks;
  }

  /** The mark of the relief near a pixel. @param {number} x @param {number} y */
  markAt(x, y) {
    if (this.model.projection !== "relief") return null;
    return this.#drawn.find((mark) => Math.hypot(mark.x - x, mark.y - y) < HOVER_RADIUS) ?? null;
  }

  destroy() {
    clearTimeout(this.#resting);
  }
}
