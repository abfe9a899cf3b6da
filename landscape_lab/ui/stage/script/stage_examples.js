/* The examples of a loss over data on the stage, and the models that the heads stand for. */

import { mixColors } from "./colours.js";
import {
  GLOW,
  HALO_WIDTH,
  HOVER_RADIUS,
  LINE_WIDTH,
  MOST_LIT,
  MOST_PREDICTIONS,
  RUN_SECONDS,
  SHADES,
} from "./constants.js";
import { borderLine } from "./data.js";
import { FlatAxes, parametersAt } from "./projections.js";
import { clamp, escapeHtml, fill, mix, showNumber } from "./words.js";

export const exampleMethods = {
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
  },

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
  },

  get shownParts() {
    return this.heldOut ? this.examples.parts : this.examples.parts.slice(0, 1);
  },

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
  },

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
  },

  /** How an example is shown: the number of its class, or of the shade of its target; 0 where its place tells all. */
  lookOf(target) {
    const { model, ranges } = this.examples;
    if (model === "logistic") return target;
    if (this.picture !== "features") return 0;
    const [low, high] = ranges[2];
    return clamp(Math.floor((SHADES * (target - low)) / (high - low)), 0, SHADES - 1);
  },

  lookColor(look) {
    const { muted, plot, ink, grid } = this.theme;
    if (this.examples.model === "logistic") return look ? ink : mixColors(muted, plot, 0.35);
    return this.picture === "features" ? mixColors(grid, ink, look / (SHADES - 1)) : muted;
  },

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
  },

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
    Object.assign(moving, { strokeStyle: this.theme.halo, lineWidth: HALO_WIDTH * this.weight, globalAlpha: 0.8 * strength });
    moving.stroke();
    moving.setLineDash(lane.dash);
    Object.assign(moving, { strokeStyle: lane.color, lineWidth: LINE_WIDTH * this.weight, globalAlpha: strength });
    moving.stroke();
    moving.setLineDash([]);
  },

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
  },

  /** The examples that a step looks at. */
  rowsOf(step) {
    const { rows: all } = this.tree.race;
    if (!all || step < 0 || step >= all.shape[0]) return [];
    const width = all.shape[1];
    return all.subarray(step * width, (step + 1) * width).filter((row) => row >= 0);
  },

  /** Whole steps done: the number of the step under way. */
  get step() {
    return Math.floor(this.position + 1e-6);
  },

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
  },

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
  },

  /** The example under the pointer. */
  paintPointed({ moving, projection }) {
    const { part, i } = this.pointed;
    const [u, v] = this.examples.place(this.picture, i, part);
    moving.beginPath();
    moving.arc(projection.px(u), projection.py(v), this.examples.radius + 3, 0, 2 * Math.PI);
    Object.assign(moving, { strokeStyle: this.theme.text, lineWidth: 1.5, globalAlpha: 1 });
    moving.stroke();
  },

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
  },

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
  },
};
