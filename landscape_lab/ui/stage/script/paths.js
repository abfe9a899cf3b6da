// @ts-check
import { coincidingStretches, headShift, stripes } from "./coinciding.js";
import { HALO_WIDTH, HELD_OUT_DASH, LINE_WIDTH, MARKER_RADIUS } from "./constants.js";
import { onHeldOut } from "./examples.js";
import { placeLabels } from "./labels.js";
import { drawCross, drawMarker, drawNumber, stroke } from "./painting.js";
import { clipped } from "./panel.js";
import { CurveProjection } from "./projections.js";
import { showNumber } from "./words.js";

/**
 * @import { Clock } from "./clock.js"
 * @import { StageModel } from "./model.js"
 * @import { Panel } from "./panel.js"
 * @import { Polyline } from "./polylines.js"
 * @import { Lane, Pixel, Projection } from "./types.js"
 * @typedef {{ lane: number, step: number, beside?: boolean }} Hovered a step of an entry, or of its curve on held-out data
 * @typedef {(panel: Panel<Projection>, lane: Lane, head: Pixel, index: number) => void} PaintMarks
 */

const NAMED_WIDTH = 360; // px of a map below which heads have no names
const NAME_SIZE = 13; // px
const FLOOR_SIZE = 12; // px of the note on what the lower edge of the losses stands for
const FLOOR_WIDTH = 160; // px of a chart below which there is no such note
const RAW_STRENGTH = 0.4; // of the losses behind a smoothed curve
const PIECE = 200; // steps of a trail that are painted anew in every frame, at most; what is older stays as it is

/** Paints the entries' paths: whole and faint, their trails up to the present step, and their heads. */
export class Paths {
  /** @type {WeakMap<Panel<Projection>, number>} the step up to which trails are on the canvas "past" of a panel */
  past = new WeakMap();

  /**
   * @param {StageModel} model
   * @param {Clock} clock
   * @param {PaintMarks} paintMarks what is painted at a head on the surface
   */
  constructor(model, clock, paintMarks) {
    this.model = model;
    this.clock = clock;
    this.paintMarks = paintMarks;
    /** Steps of a trail; 0 is the whole one. */
    this.trail = 0;
    /** @type {Hovered | null} */
    this.hovered = null;
    /** The names at the heads. @type {Map<number, import("./labels.js").Label>} */
    this.labels = new Map();
  }

  /**
   * @param {Panel<Projection>} panel
   * @param {(lane: Lane, line: Polyline, strength: number, index: number) => void} paint
   */
  #each(panel, paint) {
    this.model.lanes.forEach((lane, index) => {
      const line = panel.lines.get(index);
      if (line && this.model.isShown(index)) paint(lane, line, this.model.strength(index), index);
    });
  }

  /**
   * The whole paths, after the pixels of one entry, or of all, have been worked out.
   * @param {Panel<Projection>} panel
   * @param {boolean} held_out whether with the curves on held-out data
   * @param {number} [changed] the place of the only entry that has changed
   */
  paintWhole(panel, held_out, changed) {
    const { model } = this;
    const { projection, whole } = panel;
    panel.begin(whole);
    this.#forgetPast(panel);
    if (!projection) return;
    model.lanes.forEach((lane, index) => {
      if (!model.isShown(index) || (changed ?? index) !== index) return;
      const shown = panel.shown(lane, index);
      panel.lines.set(index, projection.line(shown));
      if (shown.validation && held_out) panel.beside.set(index, projection.line(onHeldOut(shown)));
    });
    const lanes = model.lanes.map((lane, index) => panel.shown(lane, index));
    const places = lanes.map((_, index) => index).filter((index) => model.isShown(index));
    panel.stretches = coincidingStretches(projection, lanes, places, model.tree.surface.domain);
    if (model.foggy) return; // what will happen is as unknown as the map
    const [seen, veiled] = model.dark ? [0.75, 0.5] : [0.66, 0.42];
    clipped(whole, projection.rect, () => {
      if (projection instanceof CurveProjection && projection.smoothing > 1) this.#paintRaw(panel, projection);
      this.#each(panel, (lane, _line, strength, index) => {
        const faint = { color: this.model.colorOf(lane), width: 1.5 * model.weight, dash: lane.dash };
        whole.globalAlpha = strength * seen;
        strokePath(whole, panel, index, 0, Infinity, { ...faint, veiled: false });
        whole.globalAlpha = strength * veiled;
        strokePath(whole, panel, index, 0, Infinity, { ...faint, veiled: true });
        const beside = panel.beside.get(index);
        whole.globalAlpha = strength * 0.75;
        if (beside) stroke(whole, beside, 0, Infinity, { color: this.model.colorOf(lane), width: 1, dash: HELD_OUT_DASH });
      });
      if (projection instanceof CurveProjection) this.#paintFloor(whole, projection);
    });
  }

  /** What the lower edge stands for, where losses lie below the axis. @param {CanvasRenderingContext2D} whole @param {CurveProjection} curves */
  #paintFloor(whole, { rect, sunk, y0 }) {
    const { theme, weight } = this.model;
    if (!sunk || rect.right - rect.left < FLOOR_WIDTH) return;
    Object.assign(whole, { globalAlpha: 1, textAlign: "right", textBaseline: "bottom", lineWidth: 3 * weight });
    whole.font = `${FLOOR_SIZE * weight}px ${getComputedStyle(whole.canvas).fontFamily}`;
    whole.strokeStyle = theme.plot;
    whole.fillStyle = theme.muted;
    const text = `≤ ${showNumber(Number((10 ** y0).toPrecision(1)))}`;
    const [x, y] = [rect.right - 6, rect.bottom - MARKER_RADIUS * weight - 2]; // above the heads
    whole.strokeText(text, x, y);
    whole.fillText(text, x, y);
  }

  /** The losses behind their running medians; plainly those of an entry that is pointed at. @param {Panel<Projection>} panel @param {CurveProjection} curves */
  #paintRaw({ whole }, curves) {
    const { model } = this;
    model.lanes.forEach((lane, index) => {
      if (!model.isShown(index)) return;
      whole.globalAlpha = model.highlighted === index ? 1 : RAW_STRENGTH * model.strength(index);
      stroke(whole, curves.rawLine(lane), 0, Infinity, { color: model.colorOf(lane), width: model.weight });
    });
  }

  /**
   * What changes with the step.
   * @param {Panel<Projection>} panel
   * @param {CurveProjection | null} curves the panel's projection, if it shows the curves
   * @param {boolean} marked whether with marks at the heads
   */
  paintMoving(panel, curves, marked) {
    const { projection, moving } = panel;
    panel.begin(moving);
    if (!projection) return;
    const now = this.clock.position;
    const from = this.trail ? this.model.before(now, this.trail) : this.#paintPast(panel, projection, now);
    if (this.trail) this.#forgetPast(panel);
    clipped(moving, projection.rect, () => {
      if (curves && this.model.progressAxis === "steps") this.#paintNow(moving, curves);
      this.#paintTrails(panel, moving, from, now);
    });
    /** @type {(import("./labels.js").Head & { lane: Lane })[]} */
    const heads = [];
    this.#each(panel, (lane, line, strength, index) => {
      const place = this.#paintHead(panel, projection, panel.shown(lane, index), line, strength);
      if (!place) return;
      const head = { ...place, x: place.x + this.#headShift(panel, index, now) };
      if (marked) this.paintMarks(panel, lane, head, index);
      const { markers, weight, theme } = this.model;
      const [radius, color] = [MARKER_RADIUS * weight, this.model.colorOf(lane)];
      drawMarker(moving, markers[lane.marker], head.x, head.y, radius, color, theme.halo);
      if (lane.number) drawNumber(moving, lane.number, head.x, head.y, radius, color, theme.halo);
      if (strength === 1) heads.push({ index, x: head.x, y: head.y, width: 0, lane });
    });
    if (marked && projection.rect.right - projection.rect.left >= NAMED_WIDTH) this.#paintNames(moving, projection, heads);
    if (this.hovered) this.#paintHovered(panel, projection, this.hovered, Boolean(curves));
    moving.globalAlpha = 1;
  }

  /**
   * The names of the entries at their heads, where there is room.
   * @param {CanvasRenderingContext2D} moving @param {Projection} projection
   * @param {(import("./labels.js").Head & { lane: Lane })[]} heads
   */
  #paintNames(moving, projection, heads) {
    const { theme, weight } = this.model;
    moving.font = `600 ${NAME_SIZE * weight}px ${getComputedStyle(moving.canvas).fontFamily}`;
    for (const head of heads) head.width = moving.measureText(head.lane.name).width;
    if (heads.length) heads.push({ index: -1, ...projection.head(heads[0].lane, 0), width: 0, lane: heads[0].lane }); // the start
    const size = { radius: (MARKER_RADIUS + 1) * weight, height: (NAME_SIZE + 3) * weight };
    this.labels = placeLabels(heads, projection.rect, size, this.labels);
    Object.assign(moving, { globalAlpha: 1, textAlign: "left", textBaseline: "middle", lineJoin: "round", lineWidth: 3.5 * weight });
    moving.strokeStyle = theme.halo;
    moving.fillStyle = theme.text;
    for (const { index, lane } of heads) {
      const label = this.labels.get(index);
      if (!label) continue;
      moving.strokeText(lane.name, label.x, label.y);
      moving.fillText(lane.name, label.x, label.y);
    }
  }

  /**
   * The trails of a long race in pieces, the newer over the older; all but the last are painted once. Returns its first step.
   * @param {Panel<Projection>} panel @param {Projection} projection @param {number} now
   */
  #paintPast(panel, projection, now) {
    const first = Math.max(0, Math.ceil(now / PIECE) - 1) * PIECE;
    if ((this.past.get(panel) ?? 0) > first) this.#forgetPast(panel);
    let past = this.past.get(panel) ?? 0;
    if (past === first) return first;
    const context = panel.below("past", panel.moving.canvas);
    if (!past) panel.begin(context);
    clipped(context, projection.rect, () => {
      for (; past < first; past += PIECE) this.#paintTrails(panel, context, past, past + PIECE);
    });
    this.past.set(panel, past);
    return first;
  }

  /** @param {Panel<Projection>} panel */
  #forgetPast(panel) {
    if (this.past.get(panel)) panel.clear("past");
    this.past.set(panel, 0);
  }

  /** @param {Panel<Projection>} panel @param {CanvasRenderingContext2D} context @param {number} from @param {number} to */
  #paintTrails(panel, context, from, to) {
    const { theme, weight } = this.model;
    // Without a cap the halo of a piece leaves the end of the one before it alone.
    const halo = { color: theme.halo, width: HALO_WIDTH * weight, cap: /** @type {CanvasLineCap} */ (from ? "butt" : "round") };
    this.#each(panel, (lane, line, strength, index) => {
      const beside = panel.beside.get(index);
      context.globalAlpha = strength;
      if (beside) stroke(context, beside, from, to, { color: this.model.colorOf(lane), width: 1.6, dash: HELD_OUT_DASH });
      context.globalAlpha = 0.8 * strength;
      stroke(context, line, from, to, { ...halo, veiled: false });
    });
    // Dashes over solid lines, and no halo over a line: of paths that coincide each shows between the dashes of others.
    for (const dashed of [false, true]) {
      this.#each(panel, (lane, _line, strength, index) => {
        if (lane.dash.length > 0 !== dashed) return;
        const drawn = { color: this.model.colorOf(lane), width: LINE_WIDTH * weight, dash: lane.dash };
        context.globalAlpha = strength;
        strokePath(context, panel, index, from, to, { ...drawn, veiled: false });
        context.globalAlpha = 0.35 * strength;
        strokePath(context, panel, index, from, to, { ...drawn, veiled: true });
      });
    }
  }

  /** How far beside its place a head is painted, where others are in the same place. @param {Panel<Projection>} panel @param {number} index @param {number} now */
  #headShift({ stretches }, index, now) {
    const stretch = stretches.get(index)?.find(({ from, to }) => from <= now && now <= to);
    return stretch ? headShift(stretch) * MARKER_RADIUS * this.model.weight : 0;
  }

  /** The present step as a thin upright line. @param {CanvasRenderingContext2D} moving @param {CurveProjection} curves */
  #paintNow(moving, curves) {
    const x = Math.round(curves.px(this.model.stepAt(this.clock.position))) + 0.5;
    moving.globalAlpha = 0.5;
    moving.beginPath();
    moving.moveTo(x, curves.rect.top);
    moving.lineTo(x, curves.rect.bottom);
    moving.strokeStyle = this.model.theme.muted;
    moving.lineWidth = 1;
    moving.stroke();
  }

  /**
   * The cross of an entry that has diverged by now; else where its marker goes, null outside of the picture.
   * @param {Panel<Projection>} panel @param {Projection} projection @param {Lane} lane @param {Polyline} line
   * @param {number} strength
   */
  #paintHead({ moving }, projection, lane, line, strength) {
    const { position } = this.clock;
    const end = lane.diverged ? projection.end(lane, line) : null;
    if (end && position >= end.step) {
      moving.globalAlpha = strength;
      drawCross(moving, end.x, end.y, 6, this.model.colorOf(lane), this.model.theme.halo);
      return null;
    }
    const head = projection.head(lane, position);
    if (!line.contains(head.x, head.y)) return null;
    moving.globalAlpha = strength * (head.veiled ? 0.45 : 1);
    return head;
  }

  /**
   * @param {Panel<Projection>} panel @param {Projection} projection @param {Hovered} hovered
   * @param {boolean} on_curves
   */
  #paintHovered({ moving, shown }, projection, { lane: index, step, beside }, on_curves) {
    const lane = shown(this.model.lanes[index], index);
    const { x, y } = projection.head(beside && on_curves ? onHeldOut(lane) : lane, step);
    moving.globalAlpha = 1;
    for (const { color, width } of [{ color: this.model.theme.halo, width: 5 }, { color: this.model.colorOf(lane), width: 2.5 }]) {
      moving.beginPath();
      moving.arc(x, y, 6, 0, 2 * Math.PI);
      moving.strokeStyle = color;
      moving.lineWidth = width;
      moving.stroke();
    }
  }
}

/**
 * A path between two steps, in stripes where it coincides with others.
 * @param {CanvasRenderingContext2D} context @param {Panel<Projection>} panel @param {number} index of the entry
 * @param {number} from @param {number} to @param {Parameters<typeof stroke>[4]} style
 */
function strokePath(context, { lines, stretches }, index, from, to, style) {
  const line = lines.get(index);
  if (!line) return;
  for (const stretch of stretches.get(index) ?? []) {
    if (stretch.to <= from || stretch.from >= to) continue;
    if (stretch.from > from) stroke(context, line, from, stretch.from, style);
    const [first, last] = [Math.max(from, stretch.from), Math.min(to, stretch.to)];
    stroke(context, lines.get(stretch.leader) ?? line, first, last, { ...style, dash: stripes(stretch), cap: "butt" });
    from = last;
  }
  if (from < to) stroke(context, line, from, to, style);
}
