// @ts-check
import { bandColors, fillBands, levelsReaching, toHeights } from "./contour_bands.js";
import { rows } from "./message.js";
import { clipped } from "./panel.js";
import { sceneOf } from "./plotly_inside.js";
import { MapProjection } from "./projections.js";
import { Ground, ReliefProjection } from "./relief.js";
import { mix } from "./words.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { Stage } from "./stage.js"
 * @import { Domain, Projection, Shaped } from "./types.js"
 * @typedef {Record<string, number>} Changes
 */

const SURFACE_POINTS = 101; // along each side of a surface that is dragged
const RELIEF_POINTS = 61;
const SURFACE_PIXELS = 240_000; // that its bands are filled in, at most
const MOST_BANDS = 60;

/** A surface whose own numbers are dragged, painted over Plotly's. What its colours stand for does not change. */
export class MovedSurface {
  /** @type {Ground | null} its heights in 3-D, and the numbers that they are of */
  #raised = null;
  /** @type {Changes | null} */
  #raisedFor = null;
  /** @type {number | undefined} until Plotly's surface follows, and when it may */
  #raising;
  #raiseAgain = 0;
  /** @type {{ context: CanvasRenderingContext2D, image: ImageData, pixels: Uint32Array } | null} */
  #picture = null;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.model = stage.model;
    /** The numbers of the preview, if some are the surface's. @type {Changes | null} */
    this.numbers = null;
    /** Whether it is to be painted again. */
    this.moved = false;
    /** What Plotly's 3-D surface shows; null for the server's. @type {Ground | null} */
    this.plotted = null;
  }

  /** The 3-D surface that is shown. */
  get ground() {
    return this.#raised ?? this.stage.graphs.relief.ground;
  }

  /** Show other numbers, or none of the surface's. @param {Changes | null} numbers */
  move(numbers) {
    this.moved = Boolean(numbers ?? this.numbers);
    this.numbers = numbers;
  }

  /** Plotly's surface is the server's again. */
  end() {
    this.numbers = null;
    this.moved = true;
    clearTimeout(this.#raising);
    this.#raising = undefined;
    this.#raised = this.#raisedFor = null;
    if (!this.plotted) return;
    this.stage.graphs.stale.relief = true;
    this.stage.graphs.drawIfLoaded();
  }

  /** @param {Panel<Projection>} panel */
  paint(panel) {
    if (!this.numbers && this.stage.graphs.drawing) return; // it stays until Plotly has drawn the server's
    this.moved = false;
    this.paintBands(panel);
    this.#raise(panel);
  }

  /** Its contours, over Plotly's map. @param {Panel<Projection>} panel */
  paintBands(panel) {
    const { projection } = panel;
    const { numbers } = this;
    const { engine } = this.stage.source;
    if (!numbers && !panel.lower.bands) return;
    const bands = panel.bottom();
    panel.fit();
    panel.begin(bands);
    if (!numbers || !engine || !(projection instanceof MapProjection)) return;
    const { theme, tree } = this.model;
    const { height, contour, domain } = tree.surface;
    const [[x0, x1], [y0, y1]] = overlap(domain, [[projection.x0, projection.x1], [projection.y0, projection.y1]]);
    if (!(x0 < x1 && y0 < y1)) return;
    const heights = toHeights(engine.surface(numbers, [[x0, x1], [y0, y1]], SURFACE_POINTS).z, height);
    const [west, east, north, south] = [projection.px(x0), projection.px(x1), projection.py(y1), projection.py(y0)];
    const scale = Math.min(1, Math.sqrt(SURFACE_PIXELS / ((east - west) * (south - north))));
    const [width, lines] = [east - west, south - north].map((size) => Math.max(2, Math.round(scale * size)));
    const picture = this.#pictureOf(width, lines);
    const trace = contour.data.find(({ meta }) => meta === "surface");
    if (!trace) return;
    const levels = levelsReaching(trace.contours, heights, MOST_BANDS);
    const colors = bandColors(levels, theme.colorscale, height, theme.line);
    fillBands(picture.pixels, width, lines, heights, SURFACE_POINTS, levels, colors);
    picture.context.putImageData(picture.image, 0, 0);
    clipped(bands, projection.rect, () =>
      bands.drawImage(picture.context.canvas, west, north, east - west, south - north),
    );
  }

  /**
   * Its heights in 3-D: the paths lie on them at once, and Plotly's surface follows in a quarter of the time at most.
   * @param {Panel<Projection>} panel
   */
  #raise({ projection }) {
    const { numbers } = this;
    if (!(projection instanceof ReliefProjection)) return;
    if (!numbers || numbers !== this.#raisedFor) this.#raised = numbers && this.#groundOf(numbers);
    this.#raisedFor = numbers;
    if (this.ground) projection.ground = this.ground;
    // What Plotly draws comes back here: it is asked for nothing twice.
    if (!numbers || this.plotted === this.#raised) return;
    this.#raising ??= setTimeout(() => this.#plot(), Math.max(0, this.#raiseAgain - performance.now()));
  }

  /** @param {Changes} numbers */
  #groundOf(numbers) {
    const { engine } = this.stage.source;
    if (!engine) return null;
    const { relief, domain, height } = this.model.tree.surface;
    /** @type {Shaped} */
    const z = Float32Array.from(toHeights(engine.surface(numbers, domain, RELIEF_POINTS).z, height));
    z.shape = [RELIEF_POINTS, RELIEF_POINTS];
    const [x, y] = domain.map(([low, high]) =>
      Float64Array.from({ length: RELIEF_POINTS }, (_, i) => mix(low, high, i / (RELIEF_POINTS - 1))),
    );
    return new Ground({ x, y, z }, relief.layout.scene?.zaxis?.range);
  }

  async #plot() {
    const raised = this.#raised;
    const { plotly, elements, drawing } = this.stage.graphs;
    if (raised && plotly && sceneOf(elements.relief) && !elements.relief.hidden && !drawing) {
      const began = performance.now();
      this.plotted = raised;
      const [x, y] = raised.axes;
      await plotly.restyle(elements.relief, { x: [x], y: [y], z: [rows(raised.z)] }, [0]);
      const now = performance.now();
      this.#raiseAgain = now + 3 * (now - began);
    }
    this.#raising = undefined;
  }

  /** Pixels of that size, the same ones as long as the size stays. @param {number} width @param {number} height */
  #pictureOf(width, height) {
    if (this.#picture?.image.width === width && this.#picture.image.height === height) return this.#picture;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const image = context.createImageData(width, height);
    this.#picture = { context, image, pixels: new Uint32Array(image.data.buffer) };
    return this.#picture;
  }
}

/** @param {Domain} some @param {Domain} others @returns {Domain} */
const overlap = ([[x0, x1], [y0, y1]], [[u0, u1], [v0, v1]]) => [
  [Math.max(x0, u0), Math.min(x1, u1)],
  [Math.max(y0, v0), Math.min(y1, v1)],
];
