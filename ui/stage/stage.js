/* The animated stage: optimizers race down a loss surface, and the loss curves keep step.

   Plotly draws what stands still: surface, axes, colour bar, minima, and the hover of surface values. Everything that
   moves is painted on canvases that lie between Plotly's axes and its hover labels. A new race repaints the canvases;
   Plotly is called again only when the surface itself (tree.surface.key) or the page's theme changes.

   The tree (Python side: ui/stage/packing.py):
     surface  {key, name, contour: figure, relief: figure, domain: [[x0, x1], [y0, y1]],
               data: null or, of a loss over n examples, {model: line|plane|logistic|tanh, features (n, k), targets (n),
               names and ranges of the features and of the target, held_out: {features, targets},
               moments: null or the [means, deviations] of the features that the model is given}};
              under Streamlit the race's message has the key alone, and the surface comes in another,
              {stage, surface}, for the stage of that name
     curves   {log: is a logarithmic loss axis possible, offset: what it subtracts from the loss,
               ranges and titles of the axes: {steps, evaluations, log, linear; examples and epochs of a loss over data}}
     race     {key, steps, start: [x, y], lanes: [{name, color, dash, marker, last_step, outcome, diverged,
               points (T+1, 2), gaps (T+1): losses less curves.offset, gradients (T+1, 2),
               evaluated (T+1) or their number per step, seen: null or the same of examples,
               validation: null or (T+1): losses on held-out data less curves.offset}], NaN after last_step,
               rows: null or the examples that each step looks at (steps, k), -1 for none,
               round: a text, with another one the race starts again from step 0,
               veiled: only the start of each lane is here, T = 0, and nothing can be played,
               family: null or {key, lane: whose runs they are, label, values (M), chosen: the first one shown,
               and of a lane's fields all that differ, with an axis M before the others; gradients may be null}}
     fog      null, or how far one sees through it, as a part of the domain's diagonal
     view     {projection: map|relief, loss_axis: log|linear, progress_axis: steps|evaluations|examples|epochs,
               hidden: [lane], arrows}
     words, theme {light, dark, markers}, play (else it stands at step 0), compact, plotly (address of plotly.js)

   Sections: constants, words and numbers, message, colours, polylines, projections, fog, data, painting, controls,
   the stage, entry points. */

/* ------------------------------------------------------------------------------------------------ constants */

const RUN_SECONDS = 8; // the whole race at speed 1, however many steps it has
const END_PAUSE = 1.2; // seconds at the end before a repeated race starts again
const LONGEST_FRAME = 0.1; // seconds; a tab that was hidden goes on where it was
const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10];
const TRAILS = [0, 200, 50, 20, 5]; // steps; 0 is the whole trail
const LINE_WIDTH = 2.75;
const HALO_WIDTH = 5.5;
const MARKER_RADIUS = 8;
const HOVER_RADIUS = 12;
const CLICK_RADIUS = 4;
const DOUBLE_CLICK = 320; // ms
const START_REPEATS = 4;
const START_PATIENCE = 400; // ms to wait for the answer to one start before the next is sent
const SMALL_MAP = 440; // px of width below which the colour bar gives its room to the map
const RELIEF_LIFT = 0.012; // of the scene's height: keeps a path from sinking into the surface it lies on
const MEMBER_PATIENCE = 150; // ms after the last move of a family's slider before the server is told
const FAN_STRENGTH = { light: 0.12, dark: 0.22 }; // of a family's members behind the one that runs
const FAN_PATIENCE = 100; // ms that the axes must have stood still
const FOG_CELLS = 192; // along each side of the map
const FOG_STRIDE = 0.08; // of the radius: shorter moves lift the fog together
const FOG_CLEAR = 0.6; // of the radius of a disc in the fog: from here outwards the edge is soft
const HELD_OUT_DASH = [3, 4]; // of the curves on held-out data
const GLOW = 0.12; // seconds that an example stays lit while the race plays
const MOST_LIT = 300; // examples and lines to them that are lit at once
const MOST_PREDICTIONS = 8000; // markers; where all lanes together have more, only one lane shows its own
const SHADES = 7; // of the targets of a regression
const DRAPE = 60; // longest piece of a path on the relief, as a part of the domain: 1 / DRAPE

const ICONS = {
  play: '<path d="M8 5.2v13.6c0 .8.9 1.3 1.6.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8C8.9 3.9 8 4.4 8 5.200z" fill="currentColor"/>',
  pause: '<rect x="6" y="5" width="4.2" height="14" rx="1.2" fill="currentColor"/><rect x="13.8" y="5" width="4.2" height="14" rx="1.2" fill="currentColor"/>',
  replay: '<path d="M5 12a7 7 0 1 0 2.3-5.2"/><path d="M4.5 4v4.500H9"/>',
  back: '<path d="M17.5 6.200v11.600L9 12z" fill="currentColor"/><path d="M6.5 6v12"/>',
  forward: '<path d="M6.5 6.200v11.600L15 12z" fill="currentColor"/><path d="M17.5 6v12"/>',
  loop: '<path d="M17 3l3 3-3 3"/><path d="M4 11V9.500A3.5 3.5 0 0 1 7.5 6H20"/><path d="M7 21l-3-3 3-3"/><path d="M20 13v1.500a3.5 3.5 0 0 1-3.5 3.500H4"/>',
  arrows: '<path d="M5 19L18 6"/><path d="M10.5 5.500H18.500V13.5"/>',
  reset: '<path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5"/>',
  help: '<rect x="3" y="6" width="18" height="12" rx="2"/><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8"/>',
};

const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">${ICONS[name]}</svg>`;

/* ----------------------------------------------------------------------------------------- words and numbers */

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** Four significant digits, a true minus sign, and no noise of zeros. */
function showNumber(value) {
  if (Number.isNaN(value) || value === undefined) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
  return text.replace("e+", "e").replaceAll("-", "−");
}

/** A coordinate of the start with six significant digits of the domain's size: a short link and a steady cache key. */
function roundTo(value, size) {
  const quantum = 10 ** (Math.floor(Math.log10(size)) - 5);
  return Number((Math.round(value / quantum) * quantum).toPrecision(12));
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const mix = (a, b, part) => a + (b - a) * part;

/* --------------------------------------------------------------------------------------------------- message */

/** The tree in one binary message. Arrays become typed arrays over the message; those of two or more axes have a `shape`. */
export function unpack(message) {
  let bytes = message;
  if (bytes.byteOffset % 4) bytes = bytes.slice(); // typed arrays may only begin at a multiple of their size
  const headerSize = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = new TextDecoder().decode(bytes.subarray(4, 4 + headerSize));
  const base = bytes.byteOffset + 4 + headerSize;
  return JSON.parse(header, (_, node) => {
    if (node === null || typeof node !== "object" || node.$array === undefined) return node;
    const Kind = node.dtype === "i4" ? Int32Array : Float32Array;
    const size = node.shape.reduce((a, b) => a * b, 1);
    const array = new Kind(bytes.buffer, base + node.$array, size);
    if (node.shape.length > 1) array.shape = node.shape;
    return array;
  });
}

/** The runs of a family, each as a lane of its own: views into the family's arrays. */
function membersOf(lane, family) {
  const part = (array, i) => {
    const size = array.length / family.values.length;
    return array.subarray(i * size, (i + 1) * size);
  };
  return Array.from(family.values, (value, i) => ({
    ...lane,
    value,
    points: part(family.points, i),
    gaps: part(family.gaps, i),
    gradients: family.gradients && part(family.gradients, i),
    evaluated: family.evaluated.length ? part(family.evaluated, i) : family.evaluated,
    seen: family.seen?.length ? part(family.seen, i) : family.seen,
    validation: family.validation && part(family.validation, i),
    last_step: family.last_step[i],
    outcome: family.outcome[i],
    diverged: family.diverged[i],
  }));
}

/** Nested rows of views, as Plotly wants an array of two or more axes. */
function rows(array, shape = array.shape, offset = 0) {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const part = (i) => array.subarray(offset + i * size, offset + (i + 1) * size);
  return Array.from({ length: shape[0] }, (_, i) =>
    shape.length === 2 ? part(i) : rows(array, shape.slice(1), offset + i * size),
  );
}

/* --------------------------------------------------------------------------------------------------- colours */

/** Whether the page behind an element is dark. */
function isDark(element) {
  for (let node = element; node instanceof Element; node = node.parentElement) {
    const parts = getComputedStyle(node).backgroundColor.match(/[\d.]+/g)?.map(Number);
    if (parts && (parts.length < 4 || parts[3] > 0.5)) return 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] < 128;
  }
  return false;
}

/** A colour between two of the form #rrggbb. */
function mixColors(a, b, part) {
  const channels = (color) => color.match(/[0-9a-f]{2}/gi).map((text) => parseInt(text, 16));
  const from = channels(a);
  return `rgb(${channels(b).map((value, i) => Math.round(mix(from[i], value, part)))})`;
}

/** A table from every colour of one theme to the same colour of another (figures.theme.recolor does the same). */
function exchangeTable(from, to) {
  const colors = (theme) => [
    ...Object.values(theme).filter((value) => typeof value === "string"),
    ...theme.colorscale.map(([, color]) => color),
  ];
  const wanted = colors(to);
  return new Map(colors(from).map((color, i) => [color, wanted[i]]));
}

/** A figure as Plotly may keep and change it: in the page's colours and font, arrays of several axes as rows. */
function dressed(node, table, font) {
  if (typeof node === "string") return table.get(node) ?? (node.startsWith("inherit,") ? font : node);
  if (ArrayBuffer.isView(node)) return node.shape ? rows(node) : node;
  if (Array.isArray(node)) return node.map((item) => dressed(item, table, font));
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, dressed(value, table, font)]));
}

/** A surface drawn by the logarithm of its height, with the true losses for Plotly's hover text. */
function withLosses(trace, { log, floor }) {
  if (!log || trace.meta !== "surface" || trace.customdata) return trace;
  const losses = trace.z.map((height) => 10 ** height + floor);
  losses.shape = trace.z.shape;
  return { ...trace, customdata: losses, hovertemplate: trace.hovertemplate.replace("%{z:", "%{customdata:") };
}

/* ------------------------------------------------------------------------------------------------- polylines */

/** The part of the segment a-b inside the rectangle, as two fractions of it (Liang and Barsky, 1984), or null. */
function clipSegment(ax, ay, bx, by, rect) {
  let enter = 0;
  let leave = 1;
  const edges = [
    [ax - bx, ax - rect.left],
    [bx - ax, rect.right - ax],
    [ay - by, ay - rect.top],
    [by - ay, rect.bottom - ay],
  ];
  for (const [p, q] of edges) {
    if (p === 0 && q < 0) return null;
    if (p < 0) enter = Math.max(enter, q / p);
    if (p > 0) leave = Math.min(leave, q / p);
  }
  return enter <= leave ? [enter, leave] : null;
}

/** A lane's path in pixels: runs of vertices inside the rectangle. Each vertex knows its (fractional) step. */
class Polyline {
  constructor(rect) {
    this.rect = rect;
    this.runs = [];
    this.run = null;
    this.last = null;
  }

  /** The next vertex. Pixels that are not finite end the run; `veiled` vertices lie behind the surface. */
  add(x, y, step, veiled = false) {
    const from = this.last;
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      this.last = this.run = null;
      return;
    }
    this.last = { x, y, step, veiled };
    if (!from) {
      if (this.contains(x, y)) this.begin(x, y, step, veiled);
      return;
    }
    const inside = clipSegment(from.x, from.y, x, y, this.rect);
    if (!inside) {
      this.run = null;
      return;
    }
    const [enter, leave] = inside;
    const at = (part) => [mix(from.x, x, part), mix(from.y, y, part), mix(from.step, step, part)];
    if (!this.run || enter > 0 || this.run.veiled !== veiled) this.begin(...at(enter), veiled);
    this.extend(...at(leave));
    if (leave < 1) this.run = null;
  }

  begin(x, y, step, veiled) {
    this.run = { x: [x], y: [y], step: [step], length: [0], veiled };
    this.runs.push(this.run);
  }

  /** A vertex closer than a pixel to its neighbour moves the neighbour's step instead of being kept. */
  extend(x, y, step) {
    const { run } = this;
    const end = run.x.length - 1;
    const distance = Math.hypot(x - run.x[end], y - run.y[end]);
    if (distance < 0.8 && end > 0) {
      run.step[end] = step;
      return;
    }
    run.x.push(x);
    run.y.push(y);
    run.step.push(step);
    run.length.push(run.length[end] + distance);
  }

  contains(x, y) {
    const { left, right, top, bottom } = this.rect;
    return x >= left && x <= right && y >= top && y <= bottom;
  }

  /** The last visible vertex. */
  get exit() {
    const run = this.runs.at(-1);
    if (!run) return null;
    const end = run.x.length - 1;
    return { x: run.x[end], y: run.y[end], step: run.step[end] };
  }

  /** The point of the polyline, up to a step, nearest to a pixel: {distance, x, y, step}. */
  nearest(px, py, until = Infinity) {
    let best = { distance: Infinity };
    for (const { x, y, step } of this.runs) {
      for (let i = 0; i < x.length && step[i] <= until; i++) {
        const j = Math.min(i + 1, x.length - 1);
        const dx = x[j] - x[i];
        const dy = y[j] - y[i];
        const size = dx * dx + dy * dy;
        const part = size ? clamp(((px - x[i]) * dx + (py - y[i]) * dy) / size, 0, 1) : 0;
        const distance = Math.hypot(x[i] + part * dx - px, y[i] + part * dy - py);
        if (distance < best.distance) {
          best = { distance, x: x[i] + part * dx, y: y[i] + part * dy, step: mix(step[i], step[j], part) };
        }
      }
    }
    return best;
  }
}

/* ----------------------------------------------------------------------------------------------- projections */

/* A projection turns a lane and a (fractional) step into pixels of its panel. All have
     rect                          the part of the panel that may be painted
     head(lane, step)              -> {x, y, veiled}
     line(lane)                    -> Polyline
     end(lane, line)               -> {x, y, step} of a diverged lane's cross, or null
     heading(lane, step, dx, dy)   -> unit vector in pixels of a direction in parameters, or null */

/** The whole steps around a fractional one, and the part between them; a lane stays where it ended. */
function bracket(lane, step) {
  const t = clamp(step, 0, lane.last_step);
  const low = Math.floor(t);
  return [low, Math.min(low + 1, lane.last_step), t - low];
}

/** A lane's parameters at a (fractional) step. */
function parametersAt(lane, step) {
  const [i, j, part] = bracket(lane, step);
  const p = lane.points;
  return [mix(p[2 * i], p[2 * j], part), mix(p[2 * i + 1], p[2 * j + 1], part)];
}

/** Plotly's flat axes of one graph as they are right now, in the middle of a drag or a zoom too. */
class FlatAxes {
  constructor(graph) {
    const { xaxis, yaxis, _size } = graph._fullLayout;
    const ends = (axis) => axis.range.map((value) => axis.r2l(value));
    [this.x0, this.x1] = ends(xaxis);
    [this.y0, this.y1] = ends(yaxis);
    const left = xaxis._offset;
    const top = yaxis._offset;
    this.rect = { left, top, right: left + xaxis._length, bottom: top + yaxis._length, margin: _size };
  }

  px(x) {
    const { left, right } = this.rect;
    return left + ((x - this.x0) / (this.x1 - this.x0)) * (right - left);
  }

  py(y) {
    const { top, bottom } = this.rect;
    return bottom - ((y - this.y0) / (this.y1 - this.y0)) * (bottom - top);
  }

  dataAt(px, py) {
    const { left, right, top, bottom } = this.rect;
    return [mix(this.x0, this.x1, (px - left) / (right - left)), mix(this.y1, this.y0, (py - top) / (bottom - top))];
  }
}

class MapProjection extends FlatAxes {
  head(lane, step) {
    const [x, y] = parametersAt(lane, step);
    return { x: this.px(x), y: this.py(y) };
  }

  line(lane) {
    const line = new Polyline(this.rect);
    for (let t = 0; t <= lane.last_step; t++) line.add(this.px(lane.points[2 * t]), this.py(lane.points[2 * t + 1]), t);
    return line;
  }

  /** Where the path leaves the map. */
  end(_lane, line) {
    return line.exit;
  }

  heading(_lane, _step, dx, dy) {
    const x = dx / (this.x1 - this.x0) * (this.rect.right - this.rect.left);
    const y = -dy / (this.y1 - this.y0) * (this.rect.bottom - this.rect.top);
    const size = Math.hypot(x, y);
    return size > 0 && Number.isFinite(size) ? { x: x / size, y: y / size } : null;
  }
}

class CurveProjection extends FlatAxes {
  constructor(graph, progressAxis, offset, examples) {
    super(graph);
    const spent = { evaluations: "evaluated", examples: "seen", epochs: "seen" }[progressAxis];
    const unit = progressAxis === "epochs" ? 1 / examples : 1;
    this.progress = spent ? (lane, t) => unit * (lane[spent][t] ?? t * lane[spent]) : (_, t) => t;
    // The logarithm of nothing: the curve leaves the picture at the bottom.
    const logarithm = (gap) => (gap > 0 ? Math.log10(gap) : gap <= 0 ? -1e3 : NaN);
    this.level = graph._fullLayout.yaxis.type === "log" ? logarithm : (gap) => gap + offset;
  }

  head(lane, step) {
    const [i, j, part] = bracket(lane, step);
    return {
      x: this.px(mix(this.progress(lane, i), this.progress(lane, j), part)),
      y: this.py(mix(this.level(lane.gaps[i]), this.level(lane.gaps[j]), part)),
    };
  }

  /** Of the steps that share a column of pixels only the first, the extremes and the last are kept. */
  line(lane) {
    const line = new Polyline(this.rect);
    let column = [];
    const flush = () => {
      if (column.length > 4) {
        const order = column.toSorted((a, b) => a.y - b.y);
        const kept = new Set([column[0], order[0], order.at(-1), column.at(-1)]);
        column = column.filter((vertex) => kept.has(vertex));
      }
      for (const { x, y, step } of column) line.add(x, y, step);
      column = [];
    };
    for (let step = 0; step <= lane.last_step; step++) {
      const x = this.px(this.progress(lane, step));
      const y = this.py(this.level(lane.gaps[step]));
      if (column.length && Math.floor(column[0].x) !== Math.floor(x)) flush();
      column.push({ x, y, step });
    }
    flush();
    return line;
  }

  /** The step at which it diverged, on the edge of the chart that the loss has left it by. */
  end(lane) {
    const { left, right, top, bottom } = this.rect;
    const x = this.px(this.progress(lane, lane.last_step));
    const y = this.py(this.level(lane.gaps[lane.last_step]));
    return x >= left && x <= right ? { x, y: Number.isNaN(y) ? top : clamp(y, top, bottom), step: lane.last_step } : null;
  }

  heading() {
    return null;
  }
}

/** The 3-D scene seen through Plotly's own camera. These fields of Plotly are private: its version is pinned. */
class ReliefProjection {
  constructor(graph, panel, ground) {
    const scene = graph._fullLayout.scene._scene;
    const box = scene.container.getBoundingClientRect();
    const host = panel.getBoundingClientRect();
    this.left = box.left - host.left;
    this.top = box.top - host.top;
    this.width = box.width;
    this.height = box.height;
    this.rect = { left: this.left, top: this.top, right: this.left + box.width, bottom: this.top + box.height };
    this.ground = ground;
    const { model, view, projection } = scene.glplot.cameraParams;
    const scale = scene.dataScale;
    const modelView = multiply(view, model);
    this.matrix = multiply(projection, modelView);
    for (let column = 0; column < 3; column++) {
      for (let row = 0; row < 4; row++) this.matrix[4 * column + row] *= scale[column];
    }
    // The view matrix turns and shifts, so the eye is minus the turned back shift; the model matrix stretches and shifts.
    const eye = [0, 1, 2].map((i) => -(view[4 * i] * view[12] + view[4 * i + 1] * view[13] + view[4 * i + 2] * view[14]));
    this.eye = eye.map((value, i) => (value - model[12 + i]) / (model[5 * i] * scale[i]));
  }

  /** Pixels of a point of the surface; not a number outside of the surface or behind the eye. */
  place(x, y) {
    const z = this.ground.lifted(x, y);
    const m = this.matrix;
    const w = m[3] * x + m[7] * y + m[11] * z + m[15];
    if (!(w > 0)) return { x: NaN, y: NaN, z };
    const u = (m[0] * x + m[4] * y + m[8] * z + m[12]) / w;
    const v = (m[1] * x + m[5] * y + m[9] * z + m[13]) / w;
    return { x: this.left + (0.5 + u / 2) * this.width, y: this.top + (0.5 - v / 2) * this.height, z };
  }

  head(lane, step) {
    const [i, j, part] = bracket(lane, step);
    const x = mix(lane.points[2 * i], lane.points[2 * j], part);
    const y = mix(lane.points[2 * i + 1], lane.points[2 * j + 1], part);
    const pixel = this.place(x, y);
    return { ...pixel, veiled: this.ground.hides(x, y, pixel.z, this.eye) };
  }

  /** Long steps are laid over the surface in short pieces: the same straight line that the map shows. */
  line(lane) {
    const line = new Polyline(this.rect);
    const { width, depth } = this.ground;
    let drawn = null;
    for (let t = 0; t <= lane.last_step; t++) {
      const x = lane.points[2 * t];
      const y = lane.points[2 * t + 1];
      const previous = t ? t - 1 : 0;
      const x0 = lane.points[2 * previous];
      const y0 = lane.points[2 * previous + 1];
      const stride = Math.hypot((x - x0) / width, (y - y0) / depth) * DRAPE;
      const pieces = clamp(Math.ceil(stride), 1, 4 * DRAPE) || 1;
      for (let piece = t ? 1 : pieces; piece <= pieces; piece++) {
        const part = piece / pieces;
        const here = [mix(x0, x, part), mix(y0, y, part)];
        const pixel = this.place(...here);
        const near = drawn && Math.hypot(pixel.x - drawn.x, pixel.y - drawn.y) < 0.8;
        if (near && t < lane.last_step) continue; // saves the search for what hides it
        drawn = pixel;
        const veiled = Number.isFinite(pixel.x) && this.ground.hides(...here, pixel.z, this.eye);
        line.add(pixel.x, pixel.y, previous + part * (t - previous), veiled);
      }
    }
    return line;
  }

  end(_lane, line) {
    return line.exit;
  }

  heading(lane, step, dx, dy) {
    const [i, j, part] = bracket(lane, step);
    const x = mix(lane.points[2 * i], lane.points[2 * j], part);
    const y = mix(lane.points[2 * i + 1], lane.points[2 * j + 1], part);
    const { width, depth } = this.ground;
    const size = Math.hypot(dx / width, dy / depth);
    if (!(size > 0)) return null;
    const from = this.place(x, y);
    const to = this.place(x + (dx / size) * 0.01, y + (dy / size) * 0.01);
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    return length > 0 ? { x: (to.x - from.x) / length, y: (to.y - from.y) / length } : null;
  }
}

/** Product of two 4 x 4 matrices, columns first. */
function multiply(a, b) {
  return Float64Array.from({ length: 16 }, (_, i) => {
    const row = i % 4;
    const column = 4 * Math.floor(i / 4);
    return a[row] * b[column] + a[4 + row] * b[column + 1] + a[8 + row] * b[column + 2] + a[12 + row] * b[column + 3];
  });
}

/** The drawn surface: its height anywhere, and what it hides from the eye. */
class Ground {
  constructor(figure) {
    const { x, y, z } = figure.data.find((trace) => trace.type === "surface");
    const range = figure.layout.scene?.zaxis?.range ?? [Infinity, -Infinity];
    [this.z, this.columns, this.rows] = [z, x.length, y.length];
    [this.x0, this.y0] = [x[0], y[0]];
    [this.width, this.depth] = [x.at(-1) - x[0], y.at(-1) - y[0]];
    let [low, high] = range;
    if (!(low < high)) {
      [low, high] = [Infinity, -Infinity];
      for (const value of z) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
    [this.low, this.high] = [low, high];
    this.lift = RELIEF_LIFT * (high - low);
  }

  /** Height of the surface between its grid points, not a number outside of the grid. */
  at(x, y) {
    const u = ((x - this.x0) / this.width) * (this.columns - 1);
    const v = ((y - this.y0) / this.depth) * (this.rows - 1);
    if (!(u >= 0 && v >= 0 && u <= this.columns - 1 && v <= this.rows - 1)) return NaN;
    const i = Math.min(Math.floor(u), this.columns - 2);
    const j = Math.min(Math.floor(v), this.rows - 2);
    const near = j * this.columns + i;
    const far = near + this.columns;
    return mix(mix(this.z[near], this.z[near + 1], u - i), mix(this.z[far], this.z[far + 1], u - i), v - j);
  }

  lifted(x, y) {
    const z = this.at(x, y);
    return Number.isNaN(z) ? NaN : clamp(z, this.low, this.high) + this.lift;
  }

  /** Whether the surface is in the way of the line of sight from a point to the eye. */
  hides(x, y, z, eye) {
    const [dx, dy, dz] = [eye[0] - x, eye[1] - y, eye[2] - z];
    // How far the line of sight stays above the map and below the highest ground, as a fraction of the way to the eye.
    let end = 1;
    if (dx > 0) end = Math.min(end, (this.x0 + this.width - x) / dx);
    if (dx < 0) end = Math.min(end, (this.x0 - x) / dx);
    if (dy > 0) end = Math.min(end, (this.y0 + this.depth - y) / dy);
    if (dy < 0) end = Math.min(end, (this.y0 - y) / dy);
    if (dz > 0) end = Math.min(end, (this.high - z) / dz);
    const samples = 40;
    for (let k = 1; k <= samples; k++) {
      const part = (end * k * k) / (samples * samples); // densest near the point, where a hill is most easily missed
      if (this.at(x + part * dx, y + part * dy) > z + part * dz) return true;
    }
    return false;
  }
}

/* ------------------------------------------------------------------------------------------------------- fog */

/** What nobody has seen of the map: a grid over the domain, opaque but for discs along the ways of the lanes. */
class Fog {
  constructor(domain, radius) {
    this.domain = domain;
    this.reach = radius * Math.SQRT2 * FOG_CELLS; // on a square map a part of its diagonal
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = FOG_CELLS;
    this.context = canvas.getContext("2d");
    this.image = this.context.createImageData(FOG_CELLS, FOG_CELLS);
  }

  get bitmap() {
    return this.context.canvas;
  }

  /** Bring it to what these lanes, by their places, have seen up to a step. Gives whether it has changed. */
  follow(lanes, now, color, what) {
    const [red, green, blue] = color;
    const from = `${what} ${color} ${[...lanes.keys()]}`;
    if (from === this.from && now === this.now) return false;
    this.changed = false;
    if (from !== this.from || now < this.now) {
      const { data } = this.image;
      for (let i = 0; i < data.length; i += 4) [data[i], data[i + 1], data[i + 2], data[i + 3]] = [red, green, blue, 255];
      this.ends = new Map();
      this.now = 0;
      this.changed = true;
    }
    for (const [index, lane] of lanes) this.walk(lane, index, now);
    [this.from, this.now] = [from, now];
    if (this.changed) this.context.putImageData(this.image, 0, 0);
    return this.changed;
  }

  /** Cells of a point: to the right, and down. */
  cell(x, y) {
    const [[x0, x1], [y0, y1]] = this.domain;
    return [((x - x0) / (x1 - x0)) * FOG_CELLS, ((y1 - y) / (y1 - y0)) * FOG_CELLS];
  }

  /** Go on with a lane where it was left. A move too small to see waits for more. */
  walk(lane, index, now) {
    const end = Math.min(now, lane.last_step);
    const at = (step) => {
      const [i, j, part] = bracket(lane, step);
      const p = lane.points;
      return this.cell(mix(p[2 * i], p[2 * j], part), mix(p[2 * i + 1], p[2 * j + 1], part));
    };
    let here = this.ends.get(index);
    if (!here) this.lift(...(here = at(0)), ...here);
    for (let t = Math.min(Math.floor(this.now) + 1, end); ; t = Math.min(t + 1, end)) {
      const there = at(t);
      if (Math.hypot(there[0] - here[0], there[1] - here[1]) > FOG_STRIDE * this.reach) {
        this.lift(...here, ...there);
        here = there;
      }
      if (t >= end) break;
    }
    this.ends.set(index, here);
  }

  /** Nothing within reach of the straight way between two cells stays hidden. */
  lift(ax, ay, bx, by) {
    const { reach } = this;
    const { data } = this.image;
    const [low, high] = [-reach, FOG_CELLS + reach];
    const inside = clipSegment(ax, ay, bx, by, { left: low, right: high, top: low, bottom: high });
    if (!inside || ![ax, ay, bx, by].every(Number.isFinite)) return;
    const [[x0, y0], [x1, y1]] = inside.map((part) => [mix(ax, bx, part), mix(ay, by, part)]);
    const [dx, dy] = [x1 - x0, y1 - y0];
    const size = dx * dx + dy * dy;
    const first = (value) => Math.max(Math.floor(value - reach), 0);
    const last = (value) => Math.min(Math.ceil(value + reach), FOG_CELLS - 1);
    for (let row = first(Math.min(y0, y1)); row <= last(Math.max(y0, y1)); row++) {
      for (let column = first(Math.min(x0, x1)); column <= last(Math.max(x0, x1)); column++) {
        const [u, v] = [column + 0.5 - x0, row + 0.5 - y0];
        const part = size ? clamp((u * dx + v * dy) / size, 0, 1) : 0;
        const far = (u - part * dx) ** 2 + (v - part * dy) ** 2;
        if (far >= reach * reach) continue;
        const edge = clamp((Math.sqrt(far) / reach - FOG_CLEAR) / (1 - FOG_CLEAR), 0, 1);
        const cover = 255 * edge * edge * (3 - 2 * edge);
        const k = 4 * (row * FOG_CELLS + column) + 3;
        if (cover >= data[k]) continue;
        data[k] = cover;
        this.changed = true;
      }
    }
  }

  /** Whether a point of the parameters has not been seen. */
  hides(x, y) {
    const [u, v] = this.cell(x, y).map(Math.floor);
    const inside = u >= 0 && v >= 0 && u < FOG_CELLS && v < FOG_CELLS;
    return !inside || this.image.data[4 * (v * FOG_CELLS + u) + 3] > 127;
  }

  /** The part of the map that has been seen. */
  get seen() {
    let open = 0;
    for (let k = 3; k < this.image.data.length; k += 4) open += 255 - this.image.data[k];
    return open / 255 / FOG_CELLS ** 2;
  }
}

/* ------------------------------------------------------------------------------------------------------ data */

/** What each model says of an example, from the parameters x, y and the features u, v that it is given. */
const MODELS = {
  line: (x, y, u) => x * u + y,
  plane: (x, y, u, v) => x * u + y * v,
  logistic: (x, y, u, v) => 1 / (1 + Math.exp(-(x * u + y * v))),
  tanh: (x, y, u) => y * Math.tanh(x * u),
};

/** The examples that a surface is the loss over, and what the model says of them. All features here are raw. */
class Examples {
  constructor({ model, names, ranges, features, targets, held_out, moments }) {
    Object.assign(this, { model, names, ranges, moments });
    this.parts = [{ features, targets }, held_out]; // to learn from, and to validate with
    this.count = targets.length;
    this.width = names.length - 1;
    /* curve: the feature and the target; features: the two of them; predictions: true and predicted target. */
    this.pictures = this.width === 1 ? ["curve"] : model === "plane" ? ["predictions", "features"] : ["features"];
    this.radius = clamp(9.5 / this.count ** 0.22, 1.6, 4.5);
  }

  /** What the model says of raw features: landscapes.DataLoss.predict. */
  says(x, y, u, v) {
    const given = (value, k) => (this.moments ? (value - this.moments[0][k]) / this.moments[1][k] : value);
    return MODELS[this.model](x, y, given(u, 0), given(v, 1));
  }

  prediction([x, y], i, { features } = this.parts[0]) {
    return this.says(x, y, features[this.width * i], features[this.width * i + 1]);
  }

  /** Where an example lies in a picture. */
  place(picture, i, part, theta) {
    const { features, targets } = part;
    if (picture === "curve") return [features[i], targets[i]];
    return picture === "features" ? [features[2 * i], features[2 * i + 1]] : [targets[i], this.prediction(theta, i, part)];
  }

  /** The line a u + b v = c on which a model of two raw features says nothing: class 1 as likely as not, or 0. */
  border([x, y]) {
    const [[m0, m1], [s0, s1]] = this.moments ?? [[0, 0], [1, 1]];
    const [a, b] = [x / s0, y / s1];
    return [a, b, a * m0 + b * m1];
  }

  /** Titles and ranges of the axes of a picture, for a race from a start. */
  axes(picture, start, words) {
    const { ranges } = this;
    const names = this.names.map(escapeHtml); // Plotly reads titles as HTML, and a name may come from a file
    if (picture !== "predictions") return [0, 1].map((i) => ({ type: "linear", title: names[i], range: ranges[i] }));
    // In whole strides, so that a start that is dragged seldom moves the axes.
    let [low, high] = ranges[2];
    const stride = (high - low) / 2;
    for (let i = 0; i < this.count; i++) {
      const said = this.prediction(start, i);
      low -= stride * Math.max(0, Math.ceil((low - said) / stride));
      high += stride * Math.max(0, Math.ceil((said - high) / stride));
    }
    return [
      { type: "linear", title: fill(words.true_target, { name: names[2] }), range: ranges[2] },
      { type: "linear", title: fill(words.predicted_target, { name: names[2] }), range: [low, high] },
    ];
  }
}

/** The two ends of the line a x + b y = c on flat axes, in pixels, from edge to edge; null where there is none. */
function borderLine(axes, [a, b, c]) {
  const { x0, x1, y0, y1 } = axes;
  if (!(Math.abs(a) + Math.abs(b) > 0) || !Number.isFinite(a + b + c)) return null;
  const steep = Math.abs(a * (x1 - x0)) > Math.abs(b * (y1 - y0));
  const ends = steep ? [y0, y1].map((y) => [(c - b * y) / a, y]) : [x0, x1].map((x) => [x, (c - a * x) / b]);
  return ends.map(([x, y]) => [axes.px(x), axes.py(y)]);
}

/* -------------------------------------------------------------------------------------------------- painting */

/** Two canvases over one graph: the whole paths, painted when something moves them, and what changes with the step. */
class Panel {
  constructor(host) {
    this.host = host;
    this.whole = host.appendChild(document.createElement("canvas")).getContext("2d");
    this.moving = host.appendChild(document.createElement("canvas")).getContext("2d");
    this.tip = host.appendChild(document.createElement("div"));
    this.tip.className = "lll-tip";
    this.tip.hidden = true;
    this.lower = {};
    this.lines = new Map();
    this.beside = new Map(); // lines on held-out data
    this.projection = null;
  }

  /** A canvas of that name below the paths, made when it is first asked for. */
  below(name) {
    if (!this.lower[name]) {
      const canvas = document.createElement("canvas");
      canvas.className = `lll-${name}`;
      this.host.insertBefore(canvas, this.whole.canvas);
      this.lower[name] = canvas.getContext("2d");
      this.fit();
    }
    return this.lower[name];
  }

  /** Size in CSS pixels; the canvases have the screen's own. */
  fit() {
    const ratio = window.devicePixelRatio || 1;
    [this.width, this.height] = [this.host.clientWidth, this.host.clientHeight];
    for (const { canvas } of [this.whole, this.moving, ...Object.values(this.lower)]) {
      const [width, height] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
    }
    this.ratio = ratio;
  }

  begin(context) {
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.lineJoin = context.lineCap = "round";
  }
}

/** Stroke the part of a line between two steps. `dash` empty: solid. */
function stroke(context, line, from, to, { color, width, dash = [], veiled }) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineCap = dash.length ? "butt" : "round";
  context.setLineDash(dash);
  for (const run of line.runs) {
    const { x, y, step, length } = run;
    if (step[0] > to) break;
    if (run.veiled !== veiled && veiled !== undefined) continue;
    const end = step.length - 1;
    if (step[end] < from) continue;
    let i = 0;
    while (i < end && step[i + 1] < from) i++;
    const between = (j, t) => clamp((t - step[j]) / (step[j + 1] - step[j] || 1), 0, 1);
    const first = i < end && from > step[i] ? between(i, from) : 0;
    context.lineDashOffset = i < end ? mix(length[i], length[i + 1], first) : 0;
    context.beginPath();
    context.moveTo(i < end ? mix(x[i], x[i + 1], first) : x[i], i < end ? mix(y[i], y[i + 1], first) : y[i]);
    for (i++; i <= end && step[i] <= to; i++) context.lineTo(x[i], y[i]);
    if (i <= end) {
      const part = between(i - 1, to);
      context.lineTo(mix(x[i - 1], x[i], part), mix(y[i - 1], y[i], part));
    }
    context.stroke();
  }
  context.setLineDash([]);
}

/** Fill one of the theme's marker outlines (in the unit circle, y upwards) with a rim of the halo's colour. */
function drawMarker(context, outline, x, y, radius, color, rim) {
  context.beginPath();
  for (const [u, v] of outline) context.lineTo(x + radius * u, y - radius * v);
  context.closePath();
  context.lineJoin = "round";
  context.lineWidth = 3.5;
  context.strokeStyle = rim;
  context.stroke();
  context.fillStyle = color;
  context.fill();
}

function drawCross(context, x, y, radius, color, rim) {
  for (const [style, width] of [
    [rim, 6],
    [color, 3],
  ]) {
    context.beginPath();
    context.moveTo(x - radius, y - radius);
    context.lineTo(x + radius, y + radius);
    context.moveTo(x - radius, y + radius);
    context.lineTo(x + radius, y - radius);
    context.lineWidth = width;
    context.strokeStyle = style;
    context.lineCap = "round";
    context.stroke();
  }
}

/** An arrow from a head along a unit vector; solid for the last step, open for the negative gradient. */
function drawArrow(context, x, y, direction, length, color, rim, open) {
  const start = MARKER_RADIUS + 3;
  const [ux, uy] = [direction.x, direction.y];
  const tip = [x + ux * (start + length), y + uy * (start + length)];
  const barb = open ? 8 : 9;
  const wing = (side) => [
    tip[0] - barb * (ux - side * 0.55 * uy),
    tip[1] - barb * (uy + side * 0.55 * ux),
  ];
  const shape = () => {
    context.beginPath();
    context.moveTo(x + ux * start, y + uy * start);
    context.lineTo(...(open ? tip : [tip[0] - ux * barb * 0.8, tip[1] - uy * barb * 0.8]));
    context.stroke();
    context.beginPath();
    context.moveTo(...wing(1));
    context.lineTo(...tip);
    context.lineTo(...wing(-1));
    if (!open) context.closePath();
    context.stroke();
    if (!open) context.fill();
  };
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = context.fillStyle = rim;
  context.lineWidth = open ? 4.5 : 5.5;
  shape();
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = open ? 1.75 : 2.5;
  shape();
}

/** Length of an arrow in pixels: grows with what it stands for, but a tiny and a huge one can both be seen. */
const arrowLength = (part) => 14 + 34 * Math.tanh(4 * part);

/* -------------------------------------------------------------------------------------------------- controls */

const button = (name, label, key, content, extra = "") =>
  `<button type="button" class="lll-button ${extra}" data-act="${name}" aria-label="${escapeHtml(label)}"` +
  ` title="${escapeHtml(key ? `${label} (${key})` : label)}">${content}</button>`;

const choice = (group, label, values) =>
  `<div class="lll-choice" role="group" aria-label="${escapeHtml(label)}">${values
    .map(
      ([value, text]) =>
        `<button type="button" data-act="${group}" data-value="${value}" aria-pressed="false">${escapeHtml(text)}</button>`,
    )
    .join("")}</div>`;

const select = (name, label, values) =>
  `<select class="lll-select" data-choose="${name}" aria-label="${escapeHtml(label)}" title="${escapeHtml(label)}">${values
    .map(([value, text]) => `<option value="${value}">${escapeHtml(text)}</option>`)
    .join("")}</select>`;

function frameHtml({ words, fog }) {
  const speeds = SPEEDS.map((speed) => [speed, `${speed}×`]);
  const trails = TRAILS.map((steps) => [steps, steps ? fill(words.trail_steps, { steps }) : words.trail_all]);
  const keys = [
    [words.key_space, words.key_play],
    ["← →", words.key_step],
    ["Home End", words.key_ends],
    ["− +", words.key_speed],
    ["L", words.key_loop],
    ["A", words.key_arrows],
    ["V", words.key_view],
    ["G", words.key_log],
    ...(fog ? [["F", words.key_fog]] : []),
    ["1 … 9", words.key_lanes],
    ["?", words.key_help],
  ];
  return `
    <div class="lll-frame">
      <section class="lll-panel lll-surface" aria-label="${escapeHtml(words.surface)}">
        <header><h3 data-show="name"></h3>${button("fog", words.lift_fog, "F", "", "lll-text")}${button("reset", words.reset, "", icon("reset"))}
          ${choice("projection", words.projection, [["map", words.map], ["relief", words.relief]])}</header>
        <div class="lll-plot" data-panel="surface">
          <div class="lll-graph" data-graph="map"></div>
          <div class="lll-graph" data-graph="relief" hidden></div>
          <p class="lll-note" data-show="note">${escapeHtml(words.loading)}</p>
          <button type="button" class="lll-start" data-show="start" hidden></button>
        </div>
      </section>
      <section class="lll-panel lll-curves" aria-label="${escapeHtml(words.curves)}">
        <header><h3>${escapeHtml(words.curves)}</h3>
          ${choice("progress_axis", words.progress_axis, [["steps", words.steps], ["evaluations", words.evaluations]])}
          ${select("progress_axis", words.progress_axis, ["steps", "evaluations", "examples", "epochs"].map((axis) => [axis, words[axis]]))}
          ${choice("loss_axis", words.loss_axis, [["log", words.log], ["linear", words.linear]])}</header>
        <div class="lll-plot" data-panel="curves"><div class="lll-graph" data-graph="curves"></div></div>
      </section>
      <section class="lll-panel lll-data" data-show="data" aria-label="${escapeHtml(words.data)}" hidden>
        <header><h3>${escapeHtml(words.data)}<span data-show="whose"></span></h3>
          ${choice("picture", words.picture, [["predictions", words.predictions], ["features", words.features]])}
          ${button("held_out", words.show_held_out, "", escapeHtml(words.held_out), "lll-text")}</header>
        <div class="lll-plot" data-panel="data"><div class="lll-graph" data-graph="data"></div>
          <p class="lll-key" data-show="key" hidden></p></div>
      </section>
      <ul class="lll-legend" data-show="legend" aria-label="${escapeHtml(words.legend)}"></ul>
      <div class="lll-bar">
        <div class="lll-transport">
          ${button("back", words.back, "←", icon("back"))}
          ${button("play", words.play, words.key_space, icon("play"), "lll-play")}
          ${button("forward", words.forward, "→", icon("forward"))}
        </div>
        <input class="lll-scrub" type="range" min="0" max="1" step="1" value="0" aria-label="${escapeHtml(words.scrub)}">
        <span class="lll-step" data-show="step" aria-hidden="true"></span>
        <div class="lll-options">
          ${select("speed", words.speed, speeds)}
          ${select("trail", words.trail, trails)}
          ${button("loop", words.loop, "L", icon("loop"))}
          ${button("arrows", words.arrows, "A", icon("arrows"))}
          ${button("help", words.help, "?", icon("help"), "lll-keys")}
        </div>
      </div>
      <label class="lll-family" data-show="family" hidden>
        <span data-show="member" aria-hidden="true"></span>
        <input class="lll-scrub lll-member" type="range" min="0" max="1" step="1">
      </label>
      <div class="lll-help" role="dialog" aria-label="${escapeHtml(words.help)}" hidden>
        <dl>${keys.map(([key, text]) => `<div><dt><kbd>${escapeHtml(key)}</kbd></dt><dd>${escapeHtml(text)}</dd></div>`).join("")}</dl>
        <p>${escapeHtml(words.click_map)}</p>
        ${button("help", words.close, "Esc", escapeHtml(words.close), "lll-text")}
      </div>
    </div>
    <p class="lll-unseen" role="status" aria-live="polite" data-show="summary"></p>`;
}

/* A lane's line and marker, as in the picture. */
function sampleHtml(lane, outline) {
  const points = outline.map(([x, y]) => `${(19 + 6.5 * x).toFixed(2)},${(9 - 6.5 * y).toFixed(2)}`).join(" ");
  return (
    `<svg class="lll-sample" viewBox="0 0 38 18" aria-hidden="true"><line x1="2" y1="9" x2="36" y2="9"` +
    ` stroke="${escapeHtml(lane.color)}" stroke-width="${LINE_WIDTH}" stroke-dasharray="${lane.dash.map(Number).join(" ")}"/>` +
    `<polygon points="${points}" fill="${escapeHtml(lane.color)}" class="lll-sample-marker"/></svg>`
  );
}

/* ------------------------------------------------------------------------------------------------- the stage */

class Stage {
  constructor(root, tree, plotly) {
    this.root = root;
    this.tree = tree;
    this.loading = Promise.resolve(plotly(tree));
    this.view = { ...tree.view, hidden: [...tree.view.hidden] };
    this.seenView = JSON.stringify(tree.view);
    this.sentViews = [];
    this.speed = 1;
    this.loop = false;
    this.trail = 0;
    this.surfaceDraws = 0;
    this.frames = 0;
    this.stale = { map: true, relief: true, curves: true, data: true };
    this.cleanups = [];
    this.sentMembers = [];
    this.build();
    this.listen();
    if (tree.play) this.restart();
    else [this.position, this.playing] = [0, false];
    this.receiveMember();
    this.showRace();
    this.showSettings();
    this.loading.then(
      (Plotly) => {
        this.Plotly = Plotly;
        this.drawGraphs();
      },
      () => this.note(fill(tree.words.no_plotly, { address: tree.plotly })),
    );
  }

  get words() {
    return this.tree.words;
  }

  get steps() {
    return this.tree.race.steps;
  }

  get veiled() {
    return Boolean(this.tree.race.veiled);
  }

  /** Whether the map lies in the fog; then there is no 3-D. */
  get foggy() {
    return Boolean(this.tree.fog) && !this.lifted;
  }

  /** The horizontal axis of the loss curves; not every surface has examples to count. */
  get progressAxis() {
    const { progress_axis: wanted } = this.view;
    return wanted in this.tree.curves.ranges ? wanted : "steps";
  }

  get projection() {
    return this.foggy ? "map" : this.view.projection;
  }

  isShown(index) {
    return !this.view.hidden.includes(index);
  }

  /* ---- building ---- */

  build() {
    const { root } = this;
    root.classList.add("lll-stage");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", this.words.stage);
    root.tabIndex = -1;
    root.innerHTML = frameHtml(this.tree);
    const named = (attribute) =>
      Object.fromEntries([...root.querySelectorAll(`[data-${attribute}]`)].map((e) => [e.dataset[attribute], e]));
    this.show = named("show");
    this.graphs = named("graph");
    const hosts = named("panel");
    this.panels = { surface: new Panel(hosts.surface), curves: new Panel(hosts.curves), data: new Panel(hosts.data) };
    this.scrub = root.querySelector(".lll-scrub");
    this.slider = root.querySelector(".lll-member");
    this.help = root.querySelector(".lll-help");
    this.dark = isDark(root);
    this.fitHeight();
  }

  on(target, type, handler, options) {
    target.addEventListener(type, handler, options);
    this.cleanups.push(() => target.removeEventListener(type, handler, options));
  }

  listen() {
    const { root } = this;
    this.on(root, "click", (event) => this.clicked(event));
    this.on(root, "dblclick", (event) => this.doubleClicked(event));
    this.on(root, "change", ({ target }) => {
      const { choose } = target.dataset;
      if (choose === "progress_axis") this.changeView({ progress_axis: target.value });
      else if (choose) this.choose(choose, Number(target.value));
    });
    this.on(this.scrub, "input", () => this.seek(Number(this.scrub.value)));
    this.on(this.slider, "input", () => this.pickMember(Number(this.slider.value)));
    this.on(this.slider, "change", () => this.tellMember());
    this.on(document, "keydown", (event) => this.key(event));
    this.on(window, "resize", () => this.fitHeight());
    this.on(document, "visibilitychange", () => (this.before = undefined));
    this.on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.retheme());
    this.listenToSurface();
    this.listenToHover(this.panels.surface);
    this.listenToHover(this.panels.curves);
    this.listenToExamples(this.panels.data);
    this.on(root, "pointerdown", ({ target }) => {
      Stage.active = this;
      if (!target.closest("button, input, select")) root.focus({ preventScroll: true });
    });
    this.on(root, "focusin", () => (Stage.active = this));
    this.on(this.show.legend, "pointerover", ({ target }) => this.highlight(target.closest("[data-lane]")));
    this.on(this.show.legend, "pointerleave", () => this.highlight(null));
    const observer = new ResizeObserver(() => this.resized());
    for (const { host } of Object.values(this.panels)) observer.observe(host);
    this.cleanups.push(() => observer.disconnect());
  }

  /** The height that is left below what the page has above the stage. Wide pages only: a narrow one scrolls. */
  fitHeight() {
    const scroller = this.root.closest("[data-testid='stMain']") ?? document.scrollingElement;
    const top = this.root.getBoundingClientRect().top + (scroller?.scrollTop ?? 0);
    if (top < window.innerHeight * 0.45) this.root.style.setProperty("--lll-top", `${Math.round(top)}px`);
  }

  /* ---- a new payload ---- */

  update(tree) {
    const before = this.tree;
    this.tree = tree;
    this.receiveView(tree.view);
    const surfaceChanged = tree.surface.key !== before.surface.key;
    const raceChanged = tree.race.key !== before.race.key;
    if (surfaceChanged) this.stale.map = this.stale.relief = this.stale.data = true;
    if (raceChanged || surfaceChanged) {
      const wasAtEnd = this.position >= before.race.steps && !this.playing;
      this.position = wasAtEnd ? this.steps : Math.min(this.position, this.steps);
      this.hovered = null;
      this.answered();
    }
    if (surfaceChanged) this.lifted = false;
    const { round, veiled } = before.race;
    if (tree.race.round !== round || Boolean(veiled) !== this.veiled) this.restart();
    this.receiveMember();
    this.showRace();
    this.showSettings();
    if (this.examples && this.dataAxes !== JSON.stringify(this.wantedDataAxes())) this.stale.data = true;
    if (this.retheme() || surfaceChanged || (this.examples && this.stale.data)) this.drawGraphs();
    else this.fitCurves();
    this.invalidate();
  }

  /** The browser owns the view; the server's counts when it says something new that is not an echo. */
  receiveView(view) {
    const text = JSON.stringify(view);
    const echo = this.sentViews.indexOf(text);
    if (echo >= 0) this.sentViews.splice(0, echo + 1);
    else if (text !== this.seenView) this.view = { ...view, hidden: [...view.hidden] };
    this.seenView = text;
  }

  /** A new race from its first step. Who wants no motion sees its end at once. */
  restart() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playing = !still && !this.veiled;
    this.position = still && !this.veiled ? this.steps : 0;
    this.before = undefined;
    this.rest = 0;
    this.lifted = false;
    this.request();
  }

  /** The browser owns the choice of a family's member, as it owns the view, for as long as there is such a member. */
  receiveMember() {
    const { lanes, family } = this.tree.race;
    this.lanes = [...lanes];
    this.members = family ? membersOf(lanes[family.lane], family) : [];
    this.show.family.hidden = !family;
    if (!family) return;
    const { chosen, label } = family;
    const value = family.values[chosen];
    const kind = `${label} ${family.lane}`;
    const echo = this.sentMembers.indexOf(value);
    let kept = this.pickedValue;
    if (kind !== this.familyKind) [kept, this.sentMembers] = [value, []];
    else if (echo >= 0) this.sentMembers.splice(0, echo + 1);
    else if (value !== this.seenMember) kept = value;
    [this.familyKind, this.seenMember] = [kind, value];
    this.member = family.values.indexOf(kept);
    if (this.member < 0) this.member = chosen;
    this.pickedValue = family.values[this.member];
    this.lanes[family.lane] = this.members[this.member];
    this.show.family.style.setProperty("--lll-accent", lanes[family.lane].color);
    this.slider.max = this.members.length - 1;
    this.slider.setAttribute("aria-label", label);
    this.showMember();
  }

  /** Another member runs in its lane; every picture of it is a real run. */
  pickMember(index) {
    this.member = index;
    this.pickedValue = this.members[index].value;
    this.lanes[this.tree.race.family.lane] = this.members[index];
    if (this.hovered) Object.values(this.panels).forEach((panel) => this.hover(panel, null));
    this.showMember();
    this.showOutcomes();
    this.memberMoved = true;
    this.request();
  }

  tellMember() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      if (this.pickedValue === (this.sentMembers.at(-1) ?? this.seenMember)) return;
      this.sentMembers.push(this.pickedValue);
      this.onMember?.(this.member);
    }, MEMBER_PATIENCE);
  }

  changeView(change) {
    Object.assign(this.view, change);
    const view = { ...this.view, hidden: [...this.view.hidden].sort((a, b) => a - b) };
    this.sentViews.push(JSON.stringify(view));
    this.onView?.(view);
    this.showSettings();
    if (this.Plotly) this.drawGraphs();
  }

  retheme() {
    const dark = isDark(this.root);
    if (dark === this.dark) return false;
    this.dark = dark;
    this.stale = { map: true, relief: true, curves: true, data: true };
    if (this.Plotly) this.drawGraphs();
    return true;
  }

  /* ---- Plotly: what stands still ---- */

  get theme() {
    return this.tree.theme[this.dark ? "dark" : "light"];
  }

  figure({ data, layout }, name, changes) {
    const table = exchangeTable(this.tree.theme.light, this.theme);
    const font = getComputedStyle(this.root).fontFamily;
    const host = this.graphs[name];
    const size = { autosize: false, width: host.clientWidth, height: host.clientHeight };
    const { height } = this.tree.surface;
    const { muted, text } = this.theme;
    const modebar = { bgcolor: "rgba(0,0,0,0)", color: muted, activecolor: text };
    return {
      data: dressed(data.map((trace) => withLosses(trace, height)), table, font),
      layout: { ...dressed(layout, table, font), paper_bgcolor: "rgba(0,0,0,0)", modebar, ...changes, ...size },
    };
  }

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
  }

  async drawStale() {
    const { surface } = this.tree;
    const touch = matchMedia("(pointer: coarse)").matches;
    const wanted = this.projection;
    if (wanted === "map" && this.stale.map) {
      this.stale.map = false;
      const { data, layout } = this.figure(surface.contour, "map", {
        uirevision: `${surface.name} ${surface.domain}`,
        dragmode: touch ? false : "pan",
      });
      this.small = this.graphs.map.clientWidth < SMALL_MAP;
      if (this.small && layout.coloraxis) layout.coloraxis.showscale = false;
      await this.Plotly.react(this.graphs.map, data, layout, this.config(["zoom2d", "pan2d"]));
      this.surfaceDraws++;
      this.follow(this.graphs.map);
    }
    if (wanted === "relief" && this.stale.relief) {
      this.stale.relief = false;
      const { data, layout } = this.figure(surface.relief, "relief", { uirevision: "camera" });
      this.ground = new Ground(surface.relief);
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
  }

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
  }

  resized() {
    cancelAnimationFrame(this.resizing);
    this.resizing = requestAnimationFrame(async () => {
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
  }

  /** Type, range and title of the axes of the loss curves, as the view wants them. */
  wantedAxes() {
    const { log, ranges, titles } = this.tree.curves;
    const loss = log ? this.view.loss_axis : "linear";
    const progress = this.progressAxis;
    return {
      x: { type: "linear", range: ranges[progress], title: titles[progress] },
      y: { type: loss, range: ranges[loss], title: titles[loss] },
    };
  }

  /** The axes that the loss curves are painted on; figures.curves.curves_figure has the same ones around its traces. */
  curveFigure() {
    const { x, y } = this.wantedAxes();
    return this.emptyFigure(x, y, {
      xaxis: { showgrid: false },
      yaxis: { exponentformat: "power", ...lossTicks(y) },
      uirevision: "curves",
    });
  }

  wantedDataAxes() {
    return this.examples.axes(this.picture, this.tree.race.start, this.words);
  }

  dataFigure() {
    const axes = this.wantedDataAxes();
    this.dataAxes = JSON.stringify(axes);
    return this.emptyFigure(...axes, { uirevision: `${this.tree.surface.key} ${this.picture}` });
  }

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
      font: { family: "inherit,", size: 14, color: light.text },
      margin: { l: 56, r: 12, t: 14, b: 40 },
      showlegend: false,
      uirevision,
    };
    return { data: [], layout };
  }

  /** Let the axes of the loss curves follow the race and the view, but not away from where the reader has zoomed. */
  fitCurves() {
    const graph = this.graphs.curves;
    if (!graph._fullLayout?.yaxis) return;
    const { x, y } = this.wantedAxes();
    const axes = JSON.stringify({ x, y });
    if (axes === this.curveAxes) return;
    const kind = `${y.type} ${this.progressAxis}`;
    if (kind !== this.curveKind) this.curvesZoomed = false;
    this.curveKind = kind;
    this.curveAxes = axes;
    const change = { "xaxis.title.text": x.title, "yaxis.title.text": y.title, "yaxis.type": y.type, "yaxis.dtick": lossTicks(y).dtick, "yaxis.tickformat": lossTicks(y).tickformat };
    if (!this.curvesZoomed) Object.assign(change, { "xaxis.range": [...x.range], "yaxis.range": [...y.range] });
    this.fitting = true;
    this.Plotly.relayout(graph, change).finally(() => (this.fitting = false));
  }

  resetView() {
    const { map, relief, data } = this.graphs;
    if (this.examples && data._fullLayout) {
      const [x, y] = this.wantedDataAxes();
      this.Plotly.relayout(data, { "xaxis.range": [...x.range], "yaxis.range": [...y.range] });
    }
    this.curvesZoomed = false;
    this.curveAxes = null;
    this.fitCurves();
    if (map._fullLayout) {
      const change = {};
      for (const axis of ["xaxis", "yaxis"]) {
        const { range } = this.tree.surface.contour.layout[axis] ?? {};
        if (range) change[`${axis}.range`] = [...range];
        else change[`${axis}.autorange`] = true;
      }
      this.Plotly.relayout(map, change);
    }
    if (relief._fullLayout?.scene) {
      const camera = this.tree.surface.relief.layout.scene?.camera ?? { eye: { x: 1.25, y: 1.25, z: 1.25 } };
      this.Plotly.relayout(relief, { "scene.camera": structuredClone(camera) });
    }
  }

  note(text) {
    this.show.note.textContent = text;
    this.show.note.hidden = !text;
  }

  /* ---- the clock ---- */

  /** Something that moves paths in the picture has changed: work their pixels out again at the next frame. */
  invalidate() {
    this.moved = true;
    this.request();
  }

  request() {
    this.frame ||= requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = 0;
    const seconds = Math.min((now - (this.before ?? now)) / 1000, LONGEST_FRAME);
    this.before = this.playing ? now : undefined;
    if (this.playing) this.advance(seconds);
    this.paint();
    if (this.playing) this.request();
  }

  advance(seconds) {
    if (this.position >= this.steps) {
      this.rest = (this.rest ?? 0) + seconds;
      if (this.rest < END_PAUSE) return;
      this.position = 0;
    }
    this.rest = 0;
    this.position = Math.min(this.position + (seconds * this.speed * this.steps) / RUN_SECONDS, this.steps);
    if (this.position >= this.steps && !this.loop) this.setPlaying(false);
  }

  setPlaying(playing) {
    if (this.veiled) return;
    this.playing = playing;
    this.before = undefined;
    this.rest = 0;
    if (playing && this.position >= this.steps) this.position = 0;
    this.showSettings();
    this.request();
  }

  seek(step) {
    if (this.veiled) return;
    this.position = clamp(step, 0, this.steps);
    if (this.playing) this.setPlaying(false);
    this.showSettings();
    this.request();
  }

  /* ---- painting ---- */

  paint() {
    const { surface, curves } = this.panels;
    const { moved } = this;
    this.frames++;
    if (moved) {
      this.moved = false;
      const { map, relief, curves: graph } = this.graphs;
      const { projection } = this;
      surface.projection =
        projection === "map" && map._fullLayout?.xaxis && !this.stale.map
          ? new MapProjection(map)
          : projection === "relief" && relief._fullLayout?.scene?._scene?.glplot && !this.stale.relief
            ? new ReliefProjection(relief, surface.host, this.ground)
            : null;
      curves.projection = graph._fullLayout?.xaxis ? this.curveProjection(graph) : null;
      for (const panel of [surface, curves]) this.paintWhole(panel);
      this.placeStart();
      this.fogMoved = true;
    }
    if (this.memberMoved) {
      this.memberMoved = false;
      for (const panel of [surface, curves]) this.paintPaths(panel, this.tree.race.family?.lane);
    }
    this.paintFog(surface);
    for (const panel of [surface, curves]) this.paintMoving(panel);
    if (this.examples) this.paintData(this.panels.data, moved);
    this.showStep();
  }

  curveProjection(graph) {
    return new CurveProjection(graph, this.progressAxis, this.tree.curves.offset, this.examples?.count);
  }

  eachShown(panel, paint) {
    this.lanes.forEach((lane, index) => {
      const line = panel.lines.get(index);
      if (!line || !this.isShown(index)) return;
      paint(lane, line, this.highlighted === undefined || this.highlighted === index ? 1 : 0.18, index);
    });
  }

  clipped(context, { left, top, right, bottom }, paint) {
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    paint();
    context.restore();
  }

  paintWhole(panel) {
    panel.fit();
    panel.lines.clear();
    panel.beside.clear();
    this.paintPaths(panel);
    this.paintFan(panel);
  }

  /** The whole paths, after the pixels of one lane, or of all, have been worked out. */
  paintPaths(panel, changed) {
    const { projection, whole } = panel;
    panel.begin(whole);
    if (!projection) return;
    this.lanes.forEach((lane, index) => {
      if (!this.isShown(index) || (changed ?? index) !== index) return;
      panel.lines.set(index, projection.line(lane));
      if (lane.validation && panel === this.panels.curves) panel.beside.set(index, projection.line(onHeldOut(lane)));
    });
    if (this.foggy) return; // what will happen is as unknown as the map
    this.clipped(whole, projection.rect, () =>
      this.eachShown(panel, (lane, line, strength, index) => {
        const faint = { color: lane.color, width: 1.5, dash: lane.dash };
        whole.globalAlpha = strength * (this.dark ? 0.75 : 0.66);
        stroke(whole, line, 0, Infinity, { ...faint, veiled: false });
        whole.globalAlpha = strength * (this.dark ? 0.5 : 0.42);
        stroke(whole, line, 0, Infinity, { ...faint, veiled: true });
        const beside = panel.beside.get(index);
        whole.globalAlpha = strength * 0.75;
        if (beside) stroke(whole, beside, 0, Infinity, { color: lane.color, width: 1, dash: HELD_OUT_DASH });
      }),
    );
  }

  /** All members of a family, faintly, behind the one that runs. Away while the axes move: it takes several frames. */
  paintFan(panel) {
    const { family } = this.tree.race;
    const { projection, width, height, ratio } = panel;
    const wanted = family && projection && this.isShown(family.lane) && !this.foggy && !(projection instanceof ReliefProjection);
    if (!wanted && !panel.lower.fan) return;
    const { x0, x1, y0, y1, rect } = projection ?? {};
    const place = [x0, x1, y0, y1, rect, width, height, ratio, this.progressAxis, this.dark];
    const key = wanted ? `${family.key} ${JSON.stringify(place)}` : "";
    if (key === panel.fanKey) return;
    const fan = panel.below("fan");
    panel.fanKey = undefined;
    panel.begin(fan);
    if (key !== panel.fanWanted) {
      panel.fanWanted = key;
      clearTimeout(this.fanning);
      this.fanning = setTimeout(() => this.invalidate(), FAN_PATIENCE);
      return;
    }
    panel.fanKey = key;
    if (!wanted) return;
    fan.globalAlpha = this.dark ? FAN_STRENGTH.dark : FAN_STRENGTH.light;
    this.clipped(fan, rect, () =>
      this.members.forEach((member) => stroke(fan, projection.line(member), 0, Infinity, { color: member.color, width: 1 })),
    );
  }

  paintMoving(panel) {
    const { projection, moving } = panel;
    panel.begin(moving);
    if (!projection) return;
    const { halo, muted } = this.theme;
    const now = this.position;
    const from = this.trail ? Math.max(0, now - this.trail) : 0;
    this.clipped(moving, projection.rect, () => {
      if (panel === this.panels.curves && this.progressAxis === "steps") this.paintNow(panel, muted);
      this.eachShown(panel, (lane, line, strength, index) => {
        const beside = panel.beside.get(index);
        moving.globalAlpha = strength;
        if (beside) stroke(moving, beside, from, now, { color: lane.color, width: 1.6, dash: HELD_OUT_DASH });
        moving.globalAlpha = 0.8 * strength;
        stroke(moving, line, from, now, { color: halo, width: HALO_WIDTH, veiled: false });
        moving.globalAlpha = strength;
        stroke(moving, line, from, now, { color: lane.color, width: LINE_WIDTH, dash: lane.dash, veiled: false });
        moving.globalAlpha = 0.35 * strength;
        stroke(moving, line, from, now, { color: lane.color, width: LINE_WIDTH, dash: lane.dash, veiled: true });
      });
    });
    this.eachShown(panel, (lane, line, strength) => this.paintHead(panel, lane, line, strength));
    if (this.hovered) this.paintHovered(panel);
    moving.globalAlpha = 1;
  }

  paintFog(panel) {
    panel.host.classList.toggle("lll-foggy", this.foggy);
    const { projection } = panel;
    if (!this.foggy || !(projection instanceof MapProjection)) {
      if (panel.lower.fog && this.fogMoved) panel.begin(panel.lower.fog);
      this.fogMoved = false;
      return;
    }
    const { tree } = this;
    const place = `${tree.fog} ${tree.surface.domain}`;
    if (place !== this.fogPlace) this.fog = new Fog(tree.surface.domain, tree.fog);
    this.fogPlace = place;
    const shown = new Map([...this.lanes.entries()].filter(([index]) => this.isShown(index)));
    const color = this.theme.grid.match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16));
    const changed = this.fog.follow(shown, this.position, color, `${tree.race.key} ${this.members.length && this.member}`);
    if (!changed && !this.fogMoved) return;
    this.fogMoved = false;
    const context = panel.below("fog");
    const { left, top, right, bottom } = projection.rect;
    const [[x0, x1], [y0, y1]] = tree.surface.domain;
    const [west, east, north, south] = [projection.px(x0), projection.px(x1), projection.py(y1), projection.py(y0)].map(Math.round);
    panel.begin(context);
    this.clipped(context, projection.rect, () => {
      context.beginPath();
      context.rect(left, top, right - left, bottom - top);
      context.rect(west, north, east - west, south - north);
      context.fillStyle = this.theme.grid;
      context.fill("evenodd");
      context.drawImage(this.fog.bitmap, west, north, east - west, south - north);
    });
  }

  /** The present step as a thin upright line through the curves. */
  paintNow({ moving, projection }, color) {
    const x = Math.round(projection.px(this.position)) + 0.5;
    moving.globalAlpha = 0.5;
    moving.beginPath();
    moving.moveTo(x, projection.rect.top);
    moving.lineTo(x, projection.rect.bottom);
    moving.strokeStyle = color;
    moving.lineWidth = 1;
    moving.stroke();
  }

  paintHead(panel, lane, line, strength) {
    const { projection, moving } = panel;
    const { halo } = this.theme;
    const end = lane.diverged && projection.end(lane, line);
    if (end && this.position >= end.step) {
      moving.globalAlpha = strength;
      drawCross(moving, end.x, end.y, 6, lane.color, halo);
      return;
    }
    const head = projection.head(lane, this.position);
    if (!line.contains(head.x, head.y)) return;
    moving.globalAlpha = strength * (head.veiled ? 0.45 : 1);
    if (this.view.arrows && panel === this.panels.surface) this.paintArrows(panel, lane, head);
    drawMarker(moving, this.tree.theme.markers[lane.marker], head.x, head.y, MARKER_RADIUS, lane.color, halo);
  }

  paintArrows({ projection, moving }, lane, head) {
    if (this.position >= lane.last_step) return;
    const [i, j] = bracket(lane, this.position);
    const { points, gradients } = lane;
    const { domain } = this.tree.surface;
    const size = domain.map(([low, high]) => high - low);
    const step = [points[2 * j] - points[2 * i], points[2 * j + 1] - points[2 * i + 1]];
    const { halo, ink } = this.theme;
    const draw = (vector, length, color, open) => {
      const direction = projection.heading(lane, this.position, ...vector);
      if (direction) drawArrow(moving, head.x, head.y, direction, length, color, halo, open);
    };
    if (gradients) {
      const downhill = [-gradients[2 * i], -gradients[2 * i + 1]];
      draw(downhill, arrowLength(Math.log10(1 + Math.hypot(...downhill)) / 8), ink, true);
    }
    draw(step, arrowLength(Math.hypot(step[0] / size[0], step[1] / size[1])), lane.color, false);
  }

  paintHovered(panel) {
    const { lane: index, step, beside } = this.hovered;
    const lane = this.lanes[index];
    const { x, y } = panel.projection.head(beside && panel === this.panels.curves ? onHeldOut(lane) : lane, step);
    const { moving } = panel;
    moving.globalAlpha = 1;
    for (const [color, width] of [
      [this.theme.halo, 5],
      [lane.color, 2.5],
    ]) {
      moving.beginPath();
      moving.arc(x, y, 6, 0, 2 * Math.PI);
      moving.strokeStyle = color;
      moving.lineWidth = width;
      moving.stroke();
    }
  }

  /* ---- the data: what stands still below, what moves with the step above ---- */

  paintData(panel, moved) {
    const { moving } = panel;
    const graph = this.graphs.data;
    if (moved) {
      panel.fit();
      panel.projection = graph._fullLayout?.xaxis && !this.stale.data ? new FlatAxes(graph) : null;
      this.paintExamples(panel);
    }
    panel.begin(moving);
    const { projection } = panel;
    if (!projection) return;
    const models = this.shownModels();
    this.clipped(moving, projection.rect, () => {
      if (this.picture !== "predictions") for (const model of models) this.paintModel(panel, model);
      else for (const model of models) this.paintPredictions(panel, model);
      if (this.picture !== "features") this.paintResiduals(panel, models);
      this.paintLit(panel, models);
      if (this.pointed) this.paintPointed(panel);
    });
    moving.globalAlpha = 1;
  }

  /** The model that each shown lane has arrived at. Of a lane that has diverged there is none. */
  shownModels() {
    const models = this.lanes
      .map((lane, index) => {
        const strength = this.highlighted === undefined || this.highlighted === index ? 1 : 0.18;
        return { lane, index, strength, theta: parametersAt(lane, this.position) };
      })
      .filter(({ lane, index }) => this.isShown(index) && !(lane.diverged && this.position >= lane.last_step));
    const tooMany = this.picture === "predictions" && models.length > 1 && models.length * this.examples.count > MOST_PREDICTIONS;
    const alone = tooMany && (models.find(({ index }) => index === this.highlighted) ?? models[0]);
    const whose = alone ? `: ${alone.lane.name}` : "";
    if (this.show.whose.textContent !== whose) this.show.whose.textContent = whose;
    return alone ? [alone] : models;
  }

  get shownParts() {
    return this.heldOut ? this.examples.parts : this.examples.parts.slice(0, 1);
  }

  paintExamples(panel) {
    const { projection, width, height, ratio } = panel;
    const { picture } = this;
    const { muted } = this.theme;
    const below = panel.below("examples");
    // Thousands of examples take longer than a frame: they wait until something about them has changed.
    const now = JSON.stringify([projection, width, height, ratio, picture, muted, Boolean(this.heldOut), this.tree.surface.key]);
    if (now === panel.examplesNow) return;
    panel.examplesNow = now;
    panel.begin(below);
    if (!projection) return;
    this.clipped(below, projection.rect, () => {
      if (picture !== "predictions") for (const part of [...this.shownParts].reverse()) this.paintScatter(below, projection, part);
      else {
        const [low, high] = [Math.min(projection.x0, projection.y0), Math.max(projection.x1, projection.y1)];
        below.beginPath();
        below.moveTo(projection.px(low), projection.py(low));
        below.lineTo(projection.px(high), projection.py(high));
        Object.assign(below, { strokeStyle: muted, lineWidth: 1.5, globalAlpha: 0.8 });
        below.stroke();
      }
    });
    below.globalAlpha = 1;
  }

  /** The examples of one part in the colours of their targets; those held out are open. */
  paintScatter(context, projection, part) {
    const { examples, picture } = this;
    const open = part !== examples.parts[0];
    const groups = new Map();
    for (let i = 0; i < part.targets.length; i++) {
      const look = this.lookOf(part.targets[i]);
      if (!groups.has(look)) groups.set(look, []);
      groups.get(look).push(i);
    }
    for (const [look, rows] of groups) {
      context.beginPath();
      for (const i of rows) {
        const [u, v] = examples.place(picture, i, part);
        this.outline(context, look, projection.px(u), projection.py(v), examples.radius);
      }
      const color = this.lookColor(look);
      Object.assign(context, { fillStyle: color, strokeStyle: open ? color : this.theme.muted, lineWidth: open ? 1.2 : 0.7 });
      context.globalAlpha = open ? 0.75 : clamp(1.2 - 0.2 * Math.log10(part.targets.length), 0.5, 1);
      if (!open) context.fill();
      if (open || examples.radius > 2.5) context.stroke(); // a rim would be all there is of smaller ones
    }
  }

  /** How an example is shown: the number of its class, or of the shade of its target; 0 where its place tells all. */
  lookOf(target) {
    const { model, ranges } = this.examples;
    if (model === "logistic") return target;
    if (this.picture !== "features") return 0;
    const [low, high] = ranges[2];
    return clamp(Math.floor((SHADES * (target - low)) / (high - low)), 0, SHADES - 1);
  }

  lookColor(look) {
    const { muted, plot, ink, grid } = this.theme;
    if (this.examples.model === "logistic") return look ? ink : mixColors(muted, plot, 0.35);
    return this.picture === "features" ? mixColors(grid, ink, look / (SHADES - 1)) : muted;
  }

  /** Add the outline of an example to a path: a triangle for class 1, else a circle. */
  outline(context, look, x, y, radius) {
    if (this.examples.model === "logistic" && look) {
      this.tree.theme.markers["triangle-up"].forEach(([u, v], i) =>
        context[i ? "lineTo" : "moveTo"](x + 1.25 * radius * u, y - 1.25 * radius * v),
      );
      context.closePath();
    } else {
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
  }

  /** A lane's fitted line or curve, or the border between what it tells apart. */
  paintModel({ moving, projection }, { lane, strength, theta }) {
    const { examples, picture } = this;
    const { x0, x1, rect } = projection;
    let line;
    if (picture === "features") line = borderLine(projection, examples.border(theta));
    else {
      const pieces = examples.model === "line" ? 1 : Math.ceil((rect.right - rect.left) / 3);
      line = Array.from({ length: pieces + 1 }, (_, k) => {
        const u = mix(x0, x1, k / pieces);
        return [projection.px(u), projection.py(examples.says(...theta, u))];
      });
    }
    if (!line?.flat().every(Number.isFinite)) return;
    moving.beginPath();
    line.forEach((point, i) => moving[i ? "lineTo" : "moveTo"](...point));
    Object.assign(moving, { lineCap: "butt", lineJoin: "round" });
    Object.assign(moving, { strokeStyle: this.theme.halo, lineWidth: HALO_WIDTH, globalAlpha: 0.8 * strength });
    moving.stroke();
    moving.setLineDash(lane.dash);
    Object.assign(moving, { strokeStyle: lane.color, lineWidth: LINE_WIDTH, globalAlpha: strength });
    moving.stroke();
    moving.setLineDash([]);
  }

  /** What a lane's model says of every example, above what is true of it. */
  paintPredictions({ moving, projection }, { lane, strength, theta }) {
    const { examples } = this;
    Object.assign(moving, { fillStyle: lane.color, strokeStyle: lane.color, lineWidth: 1.2 });
    for (const part of this.shownParts) {
      const open = part !== examples.parts[0];
      const radius = 0.9 * examples.radius;
      const square = !open && radius < 2.5; // looks as round, and is faster
      moving.globalAlpha = strength * (open ? 0.6 : 0.8);
      moving.beginPath();
      for (let i = 0; i < part.targets.length; i++) {
        const [u, v] = examples.place("predictions", i, part, theta);
        const [x, y] = [projection.px(u), projection.py(v)];
        if (square) moving.fillRect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
        else this.outline(moving, 0, x, y, radius);
      }
      if (open) moving.stroke();
      else moving.fill();
    }
  }

  /** The examples that a step looks at. */
  rowsOf(step) {
    const { rows: all } = this.tree.race;
    if (!all || step < 0 || step >= all.shape[0]) return [];
    const width = all.shape[1];
    return all.subarray(step * width, (step + 1) * width).filter((row) => row >= 0);
  }

  /** Whole steps done: the number of the step under way. */
  get step() {
    return Math.floor(this.position + 1e-6);
  }

  /** Upright lines between what is true of the examples that this step looks at and what the models say. */
  paintResiduals({ moving, projection }, models) {
    const { examples, step } = this;
    const { features, targets } = examples.parts[0];
    const rows = this.rowsOf(step);
    if (rows.length * models.length > MOST_LIT) return;
    for (const { lane, strength, theta } of models) {
      if (step >= lane.last_step) continue;
      moving.beginPath();
      for (const i of rows) {
        const x = projection.px(this.picture === "curve" ? features[i] : targets[i]);
        moving.moveTo(x, projection.py(targets[i]));
        moving.lineTo(x, projection.py(examples.prediction(theta, i)));
      }
      Object.assign(moving, { strokeStyle: lane.color, lineWidth: 1.25, globalAlpha: 0.9 * strength });
      moving.stroke();
    }
  }

  /** The examples that this step looks at; while it plays those of a moment ago fade. */
  paintLit({ moving, projection }, models) {
    const { examples, picture, step: now } = this;
    const { ink, halo } = this.theme;
    const [train] = examples.parts;
    const ago = this.playing ? Math.floor((GLOW * this.speed * this.steps) / RUN_SECONDS) : 0;
    let left = MOST_LIT;
    for (let step = now; step >= now - ago && left > 0; step--) {
      const rows = this.rowsOf(step);
      left -= rows.length;
      const part = 1 - (now - step) / (ago + 1);
      for (const { lane, theta } of picture === "predictions" ? models : [{ theta: null }]) {
        for (const i of rows) {
          const [u, v] = examples.place(picture, i, train, theta);
          const [x, y] = [projection.px(u), projection.py(v)];
          for (const [color, width] of [[halo, 4.5], [lane?.color ?? ink, 2]]) {
            moving.beginPath();
            moving.arc(x, y, examples.radius + 3, 0, 2 * Math.PI);
            Object.assign(moving, { strokeStyle: color, lineWidth: width, globalAlpha: part });
            moving.stroke();
          }
          if (picture !== "curve") continue; // elsewhere the colour of an example says something
          moving.beginPath();
          this.outline(moving, 0, x, y, examples.radius);
          moving.fillStyle = ink;
          moving.fill();
        }
      }
    }
  }

  /** The example under the pointer. */
  paintPointed({ moving, projection }) {
    const { part, i } = this.pointed;
    const [u, v] = this.examples.place(this.picture, i, part);
    moving.beginPath();
    moving.arc(projection.px(u), projection.py(v), this.examples.radius + 3, 0, 2 * Math.PI);
    Object.assign(moving, { strokeStyle: this.theme.text, lineWidth: 1.5, globalAlpha: 1 });
    moving.stroke();
  }

  listenToExamples(panel) {
    const { host } = panel;
    const leave = () => this.point(panel, null);
    this.on(host, "pointerleave", leave);
    this.on(host, "pointermove", (event) => {
      const { projection } = panel;
      if (event.buttons || !this.examples || !projection || this.picture === "predictions") return leave();
      const box = host.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      let best = { distance: HOVER_RADIUS };
      for (const part of this.shownParts) {
        for (let i = 0; i < part.targets.length; i++) {
          const [u, v] = this.examples.place(this.picture, i, part);
          const distance = Math.hypot(projection.px(u) - x, projection.py(v) - y);
          if (distance < best.distance) best = { distance, part, i, x, y };
        }
      }
      return this.point(panel, best.part ? best : null);
    });
  }

  point(panel, found) {
    if (!found && !this.pointed) return;
    this.pointed = found;
    panel.tip.hidden = !found;
    this.request();
    if (!found) return;
    const { examples, words } = this;
    const { part, i } = found;
    const values = [...part.features.subarray(examples.width * i, examples.width * (i + 1)), part.targets[i]];
    const title = part === examples.parts[0] ? words.example : words.held_out_example;
    panel.tip.innerHTML =
      `<span>${escapeHtml(fill(title, { number: i + 1 }))}</span>` +
      values.map((value, k) => `<span><i>${escapeHtml(examples.names[k])}</i> ${showNumber(value)}</span>`).join("");
    this.placeTip(panel, found);
  }

  /** What the looks of the examples mean. */
  showKey() {
    const { key } = this.show;
    const { model, names, ranges } = this.examples;
    const name = escapeHtml(names.at(-1));
    const classes = model === "logistic";
    key.hidden = !classes && !(this.picture === "features");
    if (key.hidden) return;
    const shape = (look) => {
      const outline = this.tree.theme.markers[look ? "triangle-up" : "circle"];
      const points = outline.map(([x, y]) => `${(6 + 5 * x).toFixed(2)},${(6 - 5 * y).toFixed(2)}`).join(" ");
      return `<svg viewBox="0 0 12 12" aria-hidden="true"><polygon points="${points}" fill="${this.lookColor(look)}"/></svg>`;
    };
    const scale = `linear-gradient(to right, ${this.lookColor(0)}, ${this.lookColor(SHADES - 1)})`;
    key.innerHTML = classes
      ? [0, 1].map((look) => `<span>${shape(look)} ${name} ${look}</span>`).join("")
      : `<span>${name} ${showNumber(ranges[2][0])} <b style="background: ${scale}"></b> ${showNumber(ranges[2][1])}</span>`;
  }

  showPicture(picture) {
    this.picture = picture;
    this.point(this.panels.data, null);
    this.stale.data = true;
    this.showSettings();
    if (this.Plotly) this.drawGraphs();
  }

  /* ---- what the controls say ---- */

  showRace() {
    const { race, surface, words, theme } = this.tree;
    this.show.name.textContent = surface.name;
    if (this.show.summary.textContent !== words.summary) this.show.summary.textContent = words.summary;
    this.scrub.max = race.steps;
    this.showExamples();
    const legend = race.lanes.map(({ name, color, dash, marker }) => [name, color, dash, marker]);
    const beside = race.lanes.some(({ validation }) => validation);
    const text = JSON.stringify([legend, beside]);
    if (text !== this.legendText) {
      this.legendText = text;
      this.show.legend.innerHTML = race.lanes
        .map(
          (lane, i) =>
            `<li><button type="button" class="lll-lane" data-act="lane" data-lane="${i}" aria-pressed="true">` +
            `${sampleHtml(lane, theme.markers[lane.marker])}<span class="lll-name">${escapeHtml(lane.name)}</span>` +
            `<span class="lll-loss"></span></button></li>`,
        )
        .join("");
      if (beside) this.show.legend.innerHTML += heldOutNote(words);
      this.lossCells = [...this.show.legend.querySelectorAll(".lll-loss")];
    }
    this.root.classList.toggle("lll-compact", Boolean(this.tree.compact));
    this.showOutcomes();
  }

  /** The third panel is there where the surface is a loss over data. */
  showExamples() {
    const { data } = this.tree.surface;
    if (data === this.shownData) return;
    this.shownData = data;
    this.examples = data ? new Examples(data) : null;
    this.pointed = null;
    this.panels.data.tip.hidden = true;
    this.panels.data.projection = null;
    if (data && !this.examples.pictures.includes(this.picture)) [this.picture] = this.examples.pictures;
    this.show.data.hidden = !data;
    this.root.classList.toggle("lll-with-data", Boolean(data));
  }

  showOutcomes() {
    this.lanes.forEach(({ name, outcome }, i) => {
      const entry = this.lossCells[i].closest("button");
      const title = outcome || fill(this.words.show_hide, { name });
      if (entry.title !== title) entry.title = title;
    });
    this.shownStep = undefined;
  }

  /** What a family's slider says. */
  showMember() {
    const { value, outcome } = this.members[this.member];
    const text = fill(this.words.family, { label: this.tree.race.family.label, value: showNumber(value), outcome });
    this.show.member.textContent = this.show.family.title = text;
    this.slider.value = this.member;
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.style.setProperty("--lll-done", `${(100 * this.member) / (this.members.length - 1 || 1)}%`);
  }

  showSettings() {
    const { root, view, words } = this;
    const ended = !this.playing && this.position >= this.steps;
    const play = root.querySelector("[data-act=play]");
    const state = this.playing ? "pause" : ended ? "replay" : "play";
    if (play.dataset.state !== state) {
      play.dataset.state = state;
      play.innerHTML = icon(state);
      play.setAttribute("aria-label", words[state]);
      play.title = `${words[state]} (${words.key_space})`;
    }
    const press = (selector, on) => root.querySelector(selector)?.setAttribute("aria-pressed", String(on));
    press("[data-act=loop]", this.loop);
    press("[data-act=arrows]", view.arrows);
    root.querySelectorAll(".lll-choice button").forEach((b) => {
      const shown = { ...view, projection: this.projection, progress_axis: this.progressAxis, picture: this.picture };
      const current = b.dataset.act === "loss_axis" && !this.tree.curves.log ? "linear" : shown[b.dataset.act];
      b.setAttribute("aria-pressed", String(current === b.dataset.value));
    });
    root.querySelector("[data-act=loss_axis][data-value=log]").disabled = !this.tree.curves.log;
    root.querySelectorAll(".lll-lane").forEach((b) => b.setAttribute("aria-pressed", String(this.isShown(Number(b.dataset.lane)))));
    root.querySelector("[data-choose=speed]").value = String(this.speed);
    root.querySelector("[data-choose=trail]").value = String(this.trail);
    const axis = root.querySelector("[data-choose=progress_axis]");
    axis.value = this.progressAxis;
    axis.hidden = !this.examples;
    root.querySelector("[role=group]:has([data-act=progress_axis])").hidden = Boolean(this.examples);
    root.querySelector("[role=group]:has([data-act=picture])").hidden = !(this.examples?.pictures.length > 1);
    press("[data-act=held_out]", Boolean(this.heldOut));
    root.querySelector("[data-act=projection][data-value=relief]").disabled = this.foggy;
    const fog = root.querySelector("[data-act=fog]");
    fog.hidden = !this.tree.fog;
    fog.textContent = this.foggy ? words.lift_fog : words.fog;
    fog.setAttribute("aria-label", fog.textContent);
    fog.title = `${fog.textContent} (F)`;
    for (const control of [this.scrub, ...root.querySelectorAll(".lll-transport button")]) control.disabled = this.veiled;
    const relief = this.projection === "relief";
    this.graphs.relief.hidden = !relief;
    this.graphs.map.hidden = relief;
    if (this.Plotly) this.note(relief && this.noRelief ? words.no_webgl : "");
  }

  loss(lane, step) {
    return lane.gaps[step] + this.tree.curves.offset;
  }

  /** Slider, step and losses. Text changes at whole steps only, and not more often than it can be read. */
  showStep() {
    const { step } = this;
    if (step === this.shownStep) return;
    const now = performance.now();
    if (this.playing && now - (this.shownAt ?? 0) < 45) return;
    this.shownAt = now;
    this.shownStep = step;
    const text = fill(this.words.step_of, { step, steps: this.steps });
    this.scrub.value = step;
    this.scrub.style.setProperty("--lll-done", `${(100 * step) / (this.steps || 1)}%`);
    this.scrub.setAttribute("aria-valuetext", text);
    this.show.step.textContent = text;
    this.lanes.forEach((lane, i) => {
      const ended = lane.diverged && step >= lane.last_step;
      const cell = this.lossCells[i];
      cell.textContent = ended ? lane.outcome : showNumber(this.loss(lane, Math.min(step, lane.last_step)));
      cell.classList.toggle("lll-diverged", ended);
    });
  }

  /** The start's handle: where the pointer holds it until the answer is here. */
  placeStart() {
    const { start: handle } = this.show;
    const { projection } = this.panels.surface;
    const [x, y] = this.heldStart ?? this.tree.race.start;
    const onMap = projection instanceof MapProjection;
    const [px, py] = onMap ? [projection.px(x), projection.py(y)] : [NaN, NaN];
    const { left, right, top, bottom } = projection?.rect ?? {};
    handle.hidden = !(px >= left && px <= right && py >= top && py <= bottom);
    if (handle.hidden) return;
    handle.style.transform = `translate(${px}px, ${py}px)`;
    const label = fill(this.words.start, { x: showNumber(x), y: showNumber(y) });
    if (handle.title !== label) {
      handle.title = label;
      handle.setAttribute("aria-label", label);
    }
  }

  /* ---- hovering ---- */

  listenToHover(panel) {
    const { host } = panel;
    // Caught on the way down: where a path is near, Plotly does not hear of the pointer and shows no label of its own.
    const seek = (event) => {
      if (event.buttons || event.target.closest?.(".lll-start, .modebar")) return this.hover(panel, null);
      const box = host.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      if (panel === this.panels.surface) this.hideHeights(event);
      let best = { distance: HOVER_RADIUS };
      for (const [lane, line] of panel.lines) {
        const found = line.nearest(x, y, this.foggy ? this.position : Infinity);
        if (found.distance < best.distance) best = { ...found, lane };
      }
      for (const [lane, line] of panel.beside) {
        const found = line.nearest(x, y);
        if (found.distance < best.distance) best = { ...found, lane, beside: true };
      }
      this.hover(panel, best.lane === undefined ? null : best);
      return undefined;
    };
    this.on(host, "pointermove", seek, true);
    this.on(host, "pointerleave", () => this.hover(panel, null));
  }

  /** In the fog Plotly's labels tell no loss that nobody has seen. */
  hideHeights(event) {
    const hidden = this.foggy && (!event || !this.fog || this.fog.hides(...this.dataAt(event)));
    this.panels.surface.host.classList.toggle("lll-in-fog", hidden);
  }

  hover(panel, found) {
    const before = this.hovered;
    panel.host.classList.toggle("lll-on-path", Boolean(found));
    panel.tip.hidden = !found;
    const last = (lane) => Math.min(lane.last_step, this.foggy ? Math.floor(this.position) : Infinity);
    const { lane: nearest, beside } = found ?? {};
    this.hovered = found && { lane: nearest, beside, step: Math.min(Math.round(found.step), last(this.lanes[nearest])) };
    if (!found && !before) return;
    this.request();
    if (!found) return;
    const lane = this.lanes[found.lane];
    const { step } = this.hovered;
    const { words } = this;
    const lines = [
      [words.x, lane.points[2 * step]],
      [words.y, lane.points[2 * step + 1]],
      beside ? [words.validation_loss, lane.validation[step] + this.tree.curves.offset] : [words.loss, this.loss(lane, step)],
    ];
    panel.tip.innerHTML =
      `<strong style="--lll-color:${escapeHtml(lane.color)}">${escapeHtml(lane.name)}</strong>` +
      `<span>${escapeHtml(fill(words.step, { step }))}</span>` +
      lines.map(([name, value]) => `<span><i>${escapeHtml(name)}</i> ${showNumber(value)}</span>`).join("");
    this.placeTip(panel, found);
  }

  placeTip(panel, found) {
    const [width, height] = [panel.tip.offsetWidth, panel.tip.offsetHeight];
    const x = found.x + 16 + width > panel.width ? found.x - 16 - width : found.x + 16;
    const y = clamp(found.y - height / 2, 4, panel.height - height - 4);
    panel.tip.style.transform = `translate(${Math.round(Math.max(4, x))}px, ${Math.round(y)}px)`;
  }

  highlight(entry) {
    const index = entry ? Number(entry.dataset.lane) : undefined;
    const lane = index !== undefined && this.isShown(index) ? index : undefined;
    if (lane === this.highlighted) return;
    this.highlighted = lane;
    this.invalidate();
  }

  /* ---- setting the start ---- */

  listenToSurface() {
    const { host } = this.panels.surface;
    const handle = this.show.start;
    let pressed = null;
    let earlier = null;
    this.on(host, "pointerdown", (event) => {
      this.hideHeights(event); // a finger does not hover before it taps
      pressed = event.target.closest?.(".nsewdrag") && event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
    }, true);
    // On the window: during a drag Plotly lays a cover over the page, which gets the release.
    this.on(window, "pointerup", (event) => {
      const from = pressed;
      pressed = null;
      if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) > CLICK_RADIUS) return;
      const now = performance.now();
      if (earlier && now - earlier.time < DOUBLE_CLICK) {
        this.offerStart(...earlier.start); // a double click resets the zoom and leaves the start where it was
        earlier = null;
        return;
      }
      const point = this.dataAt(event);
      const inside = point.every((value, i) => value >= this.tree.surface.domain[i][0] && value <= this.tree.surface.domain[i][1]);
      earlier = { time: now, start: this.heldStart ?? this.tree.race.start };
      if (inside) this.offerStart(...point);
    }, true);
    this.on(window, "pointercancel", () => (pressed = null), true);

    this.on(handle, "pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
      this.dragging = true;
    });
    this.on(handle, "pointermove", (event) => this.dragging && this.offerStart(...this.withinDomain(this.dataAt(event))));
    const release = () => {
      this.dragging = false;
      this.pumpStart();
    };
    this.on(handle, "pointerup", release);
    this.on(handle, "pointercancel", release);
    this.on(handle, "keydown", (event) => {
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      const start = this.heldStart ?? this.tree.race.start;
      const moved = this.tree.surface.domain.map(([low, high], i) => start[i] + 0.01 * move[i] * (high - low));
      this.offerStart(...this.withinDomain(moved));
    });
  }

  dataAt({ clientX, clientY }) {
    const box = this.panels.surface.host.getBoundingClientRect();
    return new MapProjection(this.graphs.map).dataAt(clientX - box.left, clientY - box.top);
  }

  withinDomain(point) {
    return point.map((value, i) => clamp(value, ...this.tree.surface.domain[i]));
  }

  /** Ask for a start. One request is under way at a time; the last one asked for is always sent. */
  offerStart(x, y) {
    const size = this.tree.surface.domain.map(([low, high]) => high - low);
    this.heldStart = [roundTo(x, size[0]), roundTo(y, size[1])];
    this.wantedStart = this.heldStart;
    this.startRepeats = 0;
    this.invalidate();
    this.pumpStart();
  }

  pumpStart() {
    if (!this.wantedStart || this.startTimer) return;
    const [x, y] = this.wantedStart;
    this.wantedStart = null;
    this.startTimer = setTimeout(() => this.answered(), START_PATIENCE);
    clearTimeout(this.lettingGo);
    this.onStart?.({ x, y });
  }

  /** The answer to the last start is here, or has been waited for long enough. */
  answered() {
    clearTimeout(this.startTimer);
    this.startTimer = 0;
    const [x, y] = this.tree.race.start;
    const arrived = this.heldStart && x === this.heldStart[0] && y === this.heldStart[1];
    // A start that met another change on its way to the server can get lost there: ask again, but not for ever.
    if (this.heldStart && !arrived && this.startRepeats++ < START_REPEATS) this.wantedStart ??= this.heldStart;
    this.pumpStart();
    if (this.startTimer || this.dragging || !this.heldStart) return;
    const letGo = () => {
      this.heldStart = null;
      this.invalidate();
    };
    clearTimeout(this.lettingGo);
    if (arrived) letGo();
    else this.lettingGo = setTimeout(letGo, 5 * START_PATIENCE);
  }

  /* ---- clicks and keys ---- */

  clicked({ target }) {
    const control = target.closest("[data-act]");
    if (!control || control.disabled) return;
    const { act, value, lane } = control.dataset;
    if (act === "lane") this.toggleLane(Number(lane));
    else if (act === "picture") this.showPicture(value);
    else if (value !== undefined) this.changeView({ [act]: value });
    else this.act(act);
  }

  doubleClicked({ target }) {
    const entry = target.closest("[data-lane]");
    if (entry) this.isolate(Number(entry.dataset.lane));
  }

  act(name) {
    const acts = {
      play: () => this.setPlaying(!this.playing),
      back: () => this.seek(Math.ceil(this.position - 1e-6) - 1),
      forward: () => this.seek(Math.floor(this.position + 1e-6) + 1),
      loop: () => {
        this.loop = !this.loop;
        this.showSettings();
      },
      arrows: () => this.changeView({ arrows: !this.view.arrows }),
      reset: () => this.resetView(),
      held_out: () => {
        this.heldOut = !this.heldOut;
        this.point(this.panels.data, null);
        this.showSettings();
        this.invalidate();
      },
      fog: () => this.setFog(Boolean(this.lifted)),
      help: () => this.showHelp(this.help.hidden),
    };
    acts[name]?.();
  }

  setFog(on) {
    if (!this.tree.fog) return;
    this.lifted = !on;
    this.hideHeights();
    this.showSettings();
    this.invalidate();
    if (this.Plotly) this.drawGraphs();
  }

  choose(name, value) {
    this[name] = value;
    this.showSettings();
    this.request();
  }

  toggleLane(index) {
    const hidden = this.isShown(index) ? [...this.view.hidden, index] : this.view.hidden.filter((i) => i !== index);
    this.highlighted = undefined;
    this.changeView({ hidden });
  }

  /** One lane alone; all of them again when it is alone already. */
  isolate(index) {
    const others = this.lanes.map((_, i) => i).filter((i) => i !== index);
    const alone = this.isShown(index) && others.every((i) => !this.isShown(i));
    this.changeView({ hidden: alone ? [] : others });
  }

  showHelp(open) {
    this.help.hidden = !open;
    this.root.querySelector(".lll-bar [data-act=help]").setAttribute("aria-expanded", String(open));
    if (open) this.help.querySelector("button").focus();
  }

  key(event) {
    const { target, key } = event;
    // Of several stages the one used last hears the keys, at first the topmost.
    const active = Stage.active ?? document.querySelector(".lll-stage")?.lllStage;
    const mine = this.root.contains(target) || (target === document.body && active === this);
    if (!mine || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("select, input:not([type=range]), textarea, [contenteditable]")) return;
    const onSlider = target === this.scrub || target === this.slider;
    if (onSlider && (key.startsWith("Arrow") || key === "Home" || key === "End") && !event.shiftKey) return; // its own keys
    if (key === " " && target.matches("button:not(.lll-start)")) return; // presses that button
    const far = event.shiftKey ? 10 : 1;
    const faster = (by) => this.choose("speed", SPEEDS[clamp(SPEEDS.indexOf(this.speed) + by, 0, SPEEDS.length - 1)]);
    const keys = {
      " ": () => this.act("play"),
      ArrowLeft: () => this.seek(Math.ceil(this.position - 1e-6) - far),
      ArrowRight: () => this.seek(Math.floor(this.position + 1e-6) + far),
      Home: () => this.seek(0),
      End: () => this.seek(this.steps),
      "+": () => faster(1),
      "=": () => faster(1),
      "]": () => faster(1),
      "-": () => faster(-1),
      "[": () => faster(-1),
      l: () => this.act("loop"),
      a: () => this.act("arrows"),
      f: () => this.act("fog"),
      v: () => !this.foggy && this.changeView({ projection: this.view.projection === "map" ? "relief" : "map" }),
      g: () => this.tree.curves.log && this.changeView({ loss_axis: this.view.loss_axis === "log" ? "linear" : "log" }),
      "?": () => this.act("help"),
      Escape: () => this.showHelp(false),
    };
    const digit = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
    const action = digit >= 0 && digit < this.lanes.length ? () => this.toggleLane(digit) : keys[key.length === 1 ? key.toLowerCase() : key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /* ---- the end ---- */

  /** What tests and other scripts of the page may read. */
  state() {
    return {
      step: this.position,
      steps: this.steps,
      playing: this.playing,
      speed: this.speed,
      loop: this.loop,
      trail: this.trail,
      surfaceDraws: this.surfaceDraws,
      frames: this.frames,
      ready: Boolean(this.panels.surface.projection && this.panels.curves.projection),
      raceKey: this.tree.race.key,
      surfaceKey: this.tree.surface.key,
      start: [...this.tree.race.start],
      round: this.tree.race.round,
      veiled: this.veiled,
      member: this.members.length ? this.member : null,
      members: this.members.length,
      value: this.members[this.member]?.value ?? null,
      data: this.examples && {
        ready: Boolean(this.panels.data.projection),
        picture: this.picture,
        heldOut: Boolean(this.heldOut),
        lit: [...this.rowsOf(this.step)],
      },
      foggy: this.foggy,
      seen: this.foggy ? (this.fog?.seen ?? 0) : 1,
      dark: this.dark,
      view: structuredClone(this.view),
    };
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.resizing);
    clearTimeout(this.startTimer);
    clearTimeout(this.lettingGo);
    clearTimeout(this.telling);
    clearTimeout(this.fanning);
    this.cleanups.forEach((undo) => undo());
    if (Stage.active === this) Stage.active = null;
    if (this.Plotly) Object.values(this.graphs).forEach((graph) => this.Plotly.purge(graph));
  }
}

/** A lane with the loss on held-out data in place of its own. */
const onHeldOut = (lane) => ({ ...lane, gaps: lane.validation });

/** The legend's line about the curves on held-out data. */
const heldOutNote = (words) =>
  `<li class="lll-aside"><svg class="lll-sample" viewBox="0 0 38 18" aria-hidden="true"><line x1="2" y1="9" x2="36" y2="9"` +
  ` stroke="currentColor" stroke-width="1.6" stroke-dasharray="${HELD_OUT_DASH.join(" ")}"/></svg>${escapeHtml(words.held_out_note)}</li>`;

/** Whole decades between the ticks of a logarithmic axis that spans several; on a short one Plotly's choice, as numbers
    written out, for it would print bare digits. */
function lossTicks({ type, range: [low, high] }) {
  if (type !== "log") return { dtick: null, tickformat: "" };
  return high - low > 2 ? { dtick: Math.ceil((high - low) / 8), tickformat: "" } : { dtick: null, tickformat: "~g" };
}

/* ---------------------------------------------------------------------------------------------- entry points */

/** Show a tree in an element, or the next tree in the same one. `plotly(tree)` gives Plotly or a promise of it. */
export function mount(root, tree, { onStart, onView, onMember, plotly }) {
  if (root.lllStage) root.lllStage.update(tree);
  else {
    root.lllStage = new Stage(root, tree, plotly);
    root.stageState = () => root.lllStage.state();
  }
  Object.assign(root.lllStage, { onStart, onView, onMember });
  return root.lllStage;
}

/** Plotly from the app's own static files, once per page however many stages there are. */
function loadPlotly({ plotly: address }) {
  window.lllPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error("not plotly.js")));
    script.onerror = () => {
      window.lllPlotly = undefined;
      script.remove();
      reject(new Error("not found"));
    };
    document.head.append(script);
  });
  return window.lllPlotly;
}

// A surface comes in a message of its own, which Streamlit need not send again when only the race has changed.
const surfaces = new Map(); // by the name of its stage: the surface that came last
const waiting = new Map(); // by the name of a stage: what shows its race once the surface is here

/** Streamlit calls this with the surface of a stage. */
export function surface({ data }) {
  const { stage, surface } = unpack(data);
  surfaces.set(stage, surface);
  waiting.get(stage)?.();
}

/** Streamlit calls this again, on the same element, at every rerun; all that lasts is kept on the element. */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".lll-stage");
  const tree = unpack(data);
  const listeners = {
    onStart: (start) => setTriggerValue("start", start),
    onView: (view) => setStateValue("view", view),
    // A state and not a trigger, which can get lost beside another change; the time makes every choice a new one.
    onMember: (index) => setStateValue("member", { index, at: Date.now() }),
    plotly: loadPlotly,
  };
  const show = () => {
    const surface = surfaces.get(tree.stage);
    if (surface?.key !== tree.surface.key) return;
    waiting.delete(tree.stage);
    mount(root, { ...tree, surface }, listeners);
  };
  waiting.set(tree.stage, show);
  show();
  // Streamlit may end one call when the next has already begun: only an element that left the page is taken down.
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      if (waiting.get(tree.stage) === show) waiting.delete(tree.stage);
      root.lllStage?.destroy();
      root.lllStage = undefined;
    });
}
