/* What the stage paints on its canvases: paths, heads, arrows, the fog, what is pointed at. */

import {
  FAN_PATIENCE,
  FAN_STRENGTH,
  HALO_WIDTH,
  HELD_OUT_DASH,
  LINE_WIDTH,
  MARKER_RADIUS,
  PIECE,
} from "./constants.js";
import { onHeldOut } from "./data.js";
import { FirstPicture } from "./first_picture.js";
import { Fog } from "./fog.js";
import { arrowLength, drawArrow, drawCross, drawMarker, stroke } from "./painting.js";
import { CurveProjection, MapProjection, ReliefProjection, bracket } from "./projections.js";

export const paintingMethods = {
  paint() {
    const { surface, curves } = this.panels;
    const { moved } = this;
    const changed = moved || this.pathsMoved || this.memberMoved || this.surfaceMoved;
    this.frames++;
    if (moved) {
      this.moved = false;
      const { projection } = this;
      const map = projection === "map" && this.flatGraph("map");
      const graph = this.flatGraph("curves");
      surface.projection = map
        ? new MapProjection(map)
        : projection === "relief" && this.isDrawn("relief")
          ? new ReliefProjection(this.graphs.relief, surface.host, this.raised ?? this.ground)
          : null;
      this.pictured ||= Boolean(surface.projection) || (projection === "relief" && this.noRelief);
      curves.projection = graph ? this.curveProjection(graph) : null;
    }
    if (this.surfaceMoved || (moved && this.surfaceNumbers)) this.paintSurface(surface);
    if (moved) {
      for (const panel of [surface, curves]) this.paintWhole(panel);
      this.placeStart();
      this.fogMoved = true;
    }
    if (this.pathsMoved && !moved) {
      for (const panel of [surface, curves]) this.paintPaths(panel);
      this.placeStart();
    }
    this.pathsMoved = false;
    if (this.memberMoved) {
      this.memberMoved = false;
      for (const panel of [surface, curves]) this.paintPaths(panel, this.tree.race.family?.lane);
    }
    this.paintFog(surface);
    for (const panel of [surface, curves]) this.paintMoving(panel);
    if (this.examples) this.paintData(this.panels.data, moved);
    this.showStep();
    if (this.mini) this.paintMini(changed);
  },

  /** Whether Plotly has drawn a graph as it should be now. */
  isDrawn(name) {
    const layout = this.graphs[name]._fullLayout;
    if (name === "relief") return Boolean(layout?.scene?._scene?.glplot) && !this.stale.relief;
    return Boolean(layout?.xaxis) && !(name === "map" && this.stale.map);
  },

  /** The flat graph that something is painted on: Plotly's, or before it has come a first picture; null while it draws. */
  flatGraph(name) {
    const panel = name === "map" ? this.panels.surface : this.panels.curves;
    if (this.isDrawn(name)) {
      panel.lower.early?.canvas.remove();
      delete panel.lower.early;
      return this.graphs[name];
    }
    const { clientWidth, clientHeight } = panel.host;
    if (this.graphs[name]._fullLayout || !clientWidth || !clientHeight) return null;
    panel.fit();
    const wanted = name === "map" ? this.tree.surface.key : JSON.stringify(this.wantedAxes());
    const key = `${wanted} ${clientWidth} ${clientHeight} ${panel.ratio} ${this.dark} ${this.weight} ${this.foggy}`;
    if (this.early[name]?.key !== key) {
      const context = panel.below("early", panel.lower.fan ?? panel.whole);
      panel.begin(context);
      const figure = name === "map" ? this.mapFigure() : this.figure(this.curveFigure(), "curves", {});
      this.early[name] = Object.assign(new FirstPicture(context, figure, this.tree.theme.markers, { secret: this.foggy }), { key });
      if (name === "map" && !this.failed) this.note("");
    }
    return this.early[name];
  },

  curveProjection(graph) {
    return new CurveProjection(graph, this.progressAxis, this.tree.curves.offset, this.examples?.count, this.rangesAhead);
  },

  eachShown(panel, paint) {
    this.lanes.forEach((lane, index) => {
      const line = panel.lines.get(index);
      if (!line || !this.isShown(index)) return;
      paint(lane, line, this.highlighted === undefined || this.highlighted === index ? 1 : 0.18, index);
    });
  },

  clipped(context, { left, top, right, bottom }, paint) {
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    paint();
    context.restore();
  },

  paintWhole(panel) {
    panel.fit();
    panel.lines.clear();
    panel.beside.clear();
    this.paintPaths(panel);
    this.paintFan(panel);
  },

  /** The whole paths, after the pixels of one lane, or of all, have been worked out. */
  paintPaths(panel, changed) {
    const { projection, whole } = panel;
    panel.begin(whole);
    this.forgetPast(panel);
    if (!projection) return;
    this.lanes.forEach((lane, index) => {
      if (!this.isShown(index) || (changed ?? index) !== index) return;
      panel.lines.set(index, projection.line(lane));
      if (lane.validation && panel === this.panels.curves) panel.beside.set(index, projection.line(onHeldOut(lane)));
    });
    if (this.foggy) return; // what will happen is as unknown as the map
    this.clipped(whole, projection.rect, () =>
      this.eachShown(panel, (lane, line, strength, index) => {
        const faint = { color: lane.color, width: 1.5 * this.weight, dash: lane.dash };
        whole.globalAlpha = strength * (this.dark ? 0.75 : 0.66);
        stroke(whole, line, 0, Infinity, { ...faint, veiled: false });
        whole.globalAlpha = strength * (this.dark ? 0.5 : 0.42);
        stroke(whole, line, 0, Infinity, { ...faint, veiled: true });
        const beside = panel.beside.get(index);
        whole.globalAlpha = strength * 0.75;
        if (beside) stroke(whole, beside, 0, Infinity, { color: lane.color, width: 1, dash: HELD_OUT_DASH });
      }),
    );
  },

  /** All members of a family, faintly, behind the one that runs. Away while the axes move: it takes several frames. */
  paintFan(panel) {
    if (this.previewing) return; // it is of another race
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
  },

  paintMoving(panel) {
    const { projection, moving } = panel;
    panel.begin(moving);
    if (!projection) return;
    const now = this.position;
    const from = this.trail ? Math.max(0, now - this.trail) : this.paintPast(panel, now);
    if (this.trail) this.forgetPast(panel);
    this.clipped(moving, projection.rect, () => {
      if (panel === this.panels.curves && this.progressAxis === "steps") this.paintNow(panel, this.theme.muted);
      this.paintTrails(panel, moving, from, now);
    });
    this.eachShown(panel, (lane, line, strength, index) => this.paintHead(panel, lane, line, strength, index));
    if (this.hovered) this.paintHovered(panel);
    moving.globalAlpha = 1;
  },

  /** The trails of a long race in pieces, the newer over the older; all but the last are painted once. Its first step. */
  paintPast(panel, now) {
    const first = Math.max(0, Math.ceil(now / PIECE) - 1) * PIECE;
    if (panel.past > first) this.forgetPast(panel);
    if (panel.past === first) return first;
    const past = panel.below("past", panel.moving);
    if (!panel.past) panel.begin(past);
    this.clipped(past, panel.projection.rect, () => {
      for (; panel.past < first; panel.past += PIECE) this.paintTrails(panel, past, panel.past, panel.past + PIECE);
    });
    return first;
  },

  forgetPast(panel) {
    if (panel.past) panel.begin(panel.lower.past);
    panel.past = 0;
  },

  paintTrails(panel, context, from, to) {
    // Without a cap the halo of a piece leaves the end of the one before it alone.
    const halo = { color: this.theme.halo, width: HALO_WIDTH * this.weight, cap: from ? "butt" : "round" };
    this.eachShown(panel, (lane, line, strength, index) => {
      const beside = panel.beside.get(index);
      const drawn = { color: lane.color, width: LINE_WIDTH * this.weight, dash: lane.dash };
      context.globalAlpha = strength;
      if (beside) stroke(context, beside, from, to, { color: lane.color, width: 1.6, dash: HELD_OUT_DASH });
      context.globalAlpha = 0.8 * strength;
      stroke(context, line, from, to, { ...halo, veiled: false });
      context.globalAlpha = strength;
      stroke(context, line, from, to, { ...drawn, veiled: false });
      context.globalAlpha = 0.35 * strength;
      stroke(context, line, from, to, { ...drawn, veiled: true });
    });
  },

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
    const changed = this.fog.follow(shown, this.position, color, `${tree.race.key} ${this.previewing && this.previews} ${this.members.length && this.member}`);
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
  },

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
  },

  paintHead(panel, lane, line, strength, index) {
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
    if (panel === this.panels.surface) this.paintMarks(panel, lane, head, index);
    drawMarker(moving, this.tree.theme.markers[lane.marker], head.x, head.y, MARKER_RADIUS * this.weight, lane.color, halo);
  },

  paintArrows({ projection, moving }, lane, head, { downhill: slope = true, step: last = true } = {}) {
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
    if (gradients && slope) {
      const downhill = [-gradients[2 * i], -gradients[2 * i + 1]];
      draw(downhill, arrowLength(Math.log10(1 + Math.hypot(...downhill)) / 8), ink, true);
    }
    if (last) draw(step, arrowLength(Math.hypot(step[0] / size[0], step[1] / size[1])), lane.color, false);
  },

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
  },

  /* ---- the data: what stands still below, what moves with the step above ---- */
};
