/* What surrounds a preview: neighbouring values of the number in hand, where its lane begins to diverge, and the surface. */

import { bandColors, fillBands, levelsReaching, toHeights } from "./contour_bands.js";
import { changePoint, neighbours } from "./knob_range.js";
import { rows } from "./message.js";
import { stroke } from "./painting.js";
import { Ground, MapProjection, ReliefProjection } from "./projections.js";
import { mix } from "./words.js";

const GHOSTS = 5; // neighbours on each side
const GHOST_STRIDE = 0.025; // of the knob's track, from one to the next
const GHOST_STRENGTH = { light: 0.32, dark: 0.42 }; // of the nearest
const SURFACE_POINTS = 101; // along each side of a surface that is dragged
const RELIEF_POINTS = 61;
const SURFACE_PIXELS = 240_000; // that its bands are filled in, at most
const MOST_BANDS = 60;

export const previewMarkMethods = {
  /* ---- ghosts ---- */

  /** Paint the neighbours after the frame that shows the value in hand, and again not before twice their time is over. */
  followWithGhosts() {
    if (this.knob?.lane === undefined || !(this.knob.path in this.previewed)) return;
    const wait = Math.max(0, (this.ghostsAgain ?? 0) - performance.now());
    this.ghosting ||= requestAnimationFrame(() => (this.ghostTimer = setTimeout(() => this.paintGhosts(), wait)));
  },

  paintGhosts() {
    this.ghosting = 0;
    const { knob, engine, previewed } = this;
    if (!knob || !engine || !previewed) return;
    const { lane: index, path, range } = knob;
    const lane = this.lanes[index];
    const began = performance.now();
    const panels = [this.panels.surface, this.panels.curves].filter(
      ({ projection }) => projection && !(projection instanceof ReliefProjection),
    );
    for (const panel of panels) panel.begin(panel.below("fan"));
    this.ghosts = 0;
    if (!lane || !this.isShown(index) || this.foggy) return;
    for (const { value, distance } of neighbours(range, previewed[path], GHOSTS, GHOST_STRIDE)) {
      const ghost = { ...lane, ...engine.lane(index, { ...previewed, [path]: value }) };
      for (const { lower, projection } of panels) {
        lower.fan.globalAlpha = GHOST_STRENGTH[this.dark ? "dark" : "light"] * (1 - (distance - 1) / GHOSTS);
        this.clipped(lower.fan, projection.rect, () =>
          stroke(lower.fan, projection.line(ghost), 0, Infinity, { color: lane.color, width: this.weight }),
        );
      }
      this.ghosts++;
    }
    const now = performance.now();
    this.ghostsAgain = now + 2 * (now - began);
  },

  clearGhosts() {
    cancelAnimationFrame(this.ghosting);
    clearTimeout(this.ghostTimer);
    this.ghosting = this.ghosts = 0;
    for (const panel of [this.panels.surface, this.panels.curves]) {
      panel.fanKey = undefined;
      if (panel.lower.fan) panel.begin(panel.lower.fan);
    }
  },

  /* ---- where the outcome flips ---- */

  /** Look once for the value from which on the lane in hand diverges, when the page has nothing else to do. */
  searchFlip() {
    const { knob } = this;
    if (knob?.lane === undefined || knob.searched || this.foggy || !(knob.path in this.previewed)) return;
    knob.searched = true;
    const { lane, path, range } = knob;
    const { engine, previewed } = this;
    const diverges = (value) => engine.lane(lane, { ...previewed, [path]: value }).diverged;
    this.search = changePoint(range, previewed[path], diverges);
    this.goOn(this.search, (value) => this.tellFlip(path, value));
  },

  /** Tell the knobs from which value on a lane diverges; null takes their mark away. */
  tellFlip(path, value) {
    this.flip = value === null ? null : { path, besides: this.besides(path) };
    const detail = { path, stage: this.name, value, outcome: value === null ? null : "diverges" };
    document.dispatchEvent(new CustomEvent("lab-flip", { detail }));
  },

  /** Take the mark away where another number is changed than its own: it may lie elsewhere now. */
  checkFlip(path = this.flip?.path) {
    const { flip } = this;
    if (flip && (path !== flip.path || this.besides(path) !== flip.besides)) this.tellFlip(flip.path, null);
  },

  /** All that a run depends on besides one number of its lane, as text. */
  besides(path) {
    const { program, lanes, ...rest } = this.fromServer.engine ?? {};
    const [, index, field] = path.split("/");
    const lane = lanes?.[index];
    return JSON.stringify([rest, lane && { ...lane, values: { ...lane.values, [field]: null } }]);
  },

  /** Go on with a search in the page's idle time until it is over, or another one has taken its place. */
  goOn(search, found) {
    const later = window.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 4 }), 20));
    later((idle) => {
      const began = performance.now();
      while (this.search === search) {
        const { done, value } = search.next();
        if (done) {
          this.search = null;
          return found(value);
        }
        if (performance.now() - began > Math.min(idle.timeRemaining() / 2, 4)) return this.goOn(search, found);
      }
      return undefined;
    });
  },

  /* ---- the surface ---- */

  /** A surface whose own numbers are dragged. What its colours stand for does not change. */
  paintSurface(panel) {
    const numbers = this.surfaceNumbers;
    if (!numbers && this.drawing) return; // it stays until Plotly has drawn the server's
    this.surfaceMoved = false;
    this.paintBands(panel, numbers);
    this.raiseGround(panel, numbers);
  },

  /** Its contours, over Plotly's map. */
  paintBands(panel, numbers) {
    const { projection } = panel;
    if (!numbers && !panel.lower.bands) return;
    const bands = (panel.lower.bands ??= panel.layer("bands", { canvas: panel.host.querySelector(":scope > canvas:not(.lll-early)") }));
    panel.fit();
    panel.begin(bands);
    if (!numbers || !(projection instanceof MapProjection)) return;
    const { height, contour, domain } = this.tree.surface;
    const seen = [[projection.x0, projection.x1], [projection.y0, projection.y1]];
    const [[x0, x1], [y0, y1]] = domain.map(([low, high], i) => [Math.max(low, seen[i][0]), Math.min(high, seen[i][1])]);
    if (!(x0 < x1 && y0 < y1)) return;
    const heights = toHeights(this.engine.surface(numbers, [[x0, x1], [y0, y1]], SURFACE_POINTS).z, height);
    const [west, east, north, south] = [projection.px(x0), projection.px(x1), projection.py(y1), projection.py(y0)];
    const scale = Math.min(1, Math.sqrt(SURFACE_PIXELS / ((east - west) * (south - north))));
    const [width, rows] = [east - west, south - north].map((size) => Math.max(2, Math.round(scale * size)));
    const picture = this.bandPicture(width, rows);
    const { contours } = contour.data.find(({ meta }) => meta === "surface");
    const levels = levelsReaching(contours, heights, MOST_BANDS);
    const colors = bandColors(levels, this.theme.colorscale, height, this.theme.line);
    fillBands(picture.pixels, width, rows, heights, SURFACE_POINTS, levels, colors);
    picture.context.putImageData(picture.image, 0, 0);
    this.clipped(bands, projection.rect, () => bands.drawImage(picture.context.canvas, west, north, east - west, south - north));
  },

  /** Its heights in 3-D: the paths lie on them at once, and Plotly's surface follows in a quarter of the time at most. */
  raiseGround({ projection }, numbers) {
    if (!(projection instanceof ReliefProjection)) return;
    if (!numbers || numbers !== this.raisedFor) this.raised = numbers && this.groundOf(numbers);
    this.raisedFor = numbers;
    projection.ground = this.raised ?? this.ground;
    // What Plotly draws comes back here: it is asked for nothing twice.
    if (numbers && this.reliefShows !== this.raised) this.raising ||= setTimeout(() => this.drawRaised(), Math.max(0, (this.raiseAgain ?? 0) - performance.now()));
  },

  groundOf(numbers) {
    const { relief, domain, height } = this.tree.surface;
    const z = toHeights(this.engine.surface(numbers, domain, RELIEF_POINTS).z, height);
    const [x, y] = domain.map(([low, high]) =>
      Float64Array.from({ length: RELIEF_POINTS }, (_, i) => mix(low, high, i / (RELIEF_POINTS - 1))),
    );
    return new Ground({ data: [{ type: "surface", x, y, z }], layout: relief.layout });
  },

  async drawRaised() {
    const { raised } = this;
    const drawn = this.graphs.relief._fullLayout?.scene && !this.graphs.relief.hidden && !this.drawing;
    if (raised && drawn) {
      const began = performance.now();
      this.reliefShows = raised;
      const z = Float32Array.from(raised.z);
      z.shape = [RELIEF_POINTS, RELIEF_POINTS];
      const [x, y] = raised.axes;
      await this.Plotly.restyle(this.graphs.relief, { x: [x], y: [y], z: [rows(z)] }, [0]);
      const now = performance.now();
      this.raiseAgain = now + 3 * (now - began);
    }
    this.raising = 0;
  },

  /** Plotly's surface is the server's again. */
  lowerGround() {
    clearTimeout(this.raising);
    this.raising = 0;
    this.raised = this.raisedFor = null;
    if (!this.reliefShows) return;
    this.stale.relief = true;
    if (this.Plotly) this.drawGraphs();
  },

  /** Pixels of that size, the same ones as long as the size stays. */
  bandPicture(width, height) {
    if (this.bands?.image.width === width && this.bands.image.height === height) return this.bands;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    const image = context.createImageData(width, height);
    this.bands = { context, image, pixels: new Uint32Array(image.data.buffer) };
    return this.bands;
  },
};
