// @ts-check
import { mixColors } from "./colours.js";
import { HALO_WIDTH, LINE_WIDTH, SHADES } from "./constants.js";
import { borderLine } from "./examples.js";
import { clipped } from "./panel.js";
import { parametersAt } from "./projections.js";
import { clamp, mix } from "./words.js";

/**
 * @import { Clock } from "./clock.js"
 * @import { ExamplesView } from "./examples_view.js"
 * @import { Examples } from "./examples.js"
 * @import { FlatAxes } from "./projections.js"
 * @import { ExampleSet, Lane } from "./types.js"
 * @typedef {{ lane: Lane, index: number, strength: number, theta: [number, number] }} Fitted the model of an entry now
 */

const GLOW = 0.12; // seconds that an example stays lit while the race plays
const MOST_LIT = 300; // examples and lines to them that are lit at once
const MOST_PREDICTIONS = 8000; // markers; where all entries together have more, only one shows its own

/** Paints examples, and the models that the heads stand for. */
export class ExamplesPainter {
  #painted = "";

  /**
   * @param {ExamplesView} view
   * @param {Clock} clock
   */
  constructor(view, clock) {
    this.view = view;
    this.model = view.model;
    this.clock = clock;
  }

  /** What stands still. @param {Examples} examples */
  paintExamples(examples) {
    const { panel, picture, heldOut, parts } = this.view;
    const { projection, width, height, ratio } = panel;
    const { muted } = this.model.theme;
    const below = panel.below("examples");
    // Thousands of examples take longer than a frame: they wait until something about them has changed.
    const now = JSON.stringify([projection, width, height, ratio, picture, muted, heldOut, this.model.tree.surface.key]);
    if (now === this.#painted) return;
    this.#painted = now;
    panel.begin(below);
    if (!projection) return;
    clipped(below, projection.rect, () => {
      if (picture !== "predictions") {
        for (const part of [...parts].reverse()) this.#paintScatter(below, projection, examples, part);
        return;
      }
      const [low, high] = [Math.min(projection.x0, projection.y0), Math.max(projection.x1, projection.y1)];
      below.beginPath();
      below.moveTo(projection.px(low), projection.py(low));
      below.lineTo(projection.px(high), projection.py(high));
      Object.assign(below, { strokeStyle: muted, lineWidth: 1.5, globalAlpha: 0.8 });
      below.stroke();
    });
    below.globalAlpha = 1;
  }

  /**
   * What moves with the step. Returns the name of an entry that is shown alone, since all together have too many markers.
   * @param {Examples} examples
   */
  paintMoving(examples) {
    const { panel, picture, pointed } = this.view;
    const { projection, moving } = panel;
    panel.begin(moving);
    if (!projection) return "";
    const all = this.#models();
    const tooMany = picture === "predictions" && all.length > 1 && all.length * examples.count > MOST_PREDICTIONS;
    const alone = all.find(({ index }) => index === this.model.highlighted) ?? all[0];
    const models = tooMany ? [alone] : all;
    clipped(moving, projection.rect, () => {
      for (const model of models) {
        if (picture === "predictions") this.#paintPredictions(moving, projection, examples, model);
        else this.#paintModel(moving, projection, examples, model);
      }
      if (picture !== "features") this.#paintResiduals(moving, projection, examples, models);
      this.#paintLit(moving, projection, examples, models);
      if (pointed) {
        const [u, v] = examples.place(picture, pointed.i, pointed.part);
        moving.beginPath();
        moving.arc(projection.px(u), projection.py(v), examples.radius + 3, 0, 2 * Math.PI);
        Object.assign(moving, { strokeStyle: this.model.theme.text, lineWidth: 1.5, globalAlpha: 1 });
        moving.stroke();
      }
    });
    moving.globalAlpha = 1;
    return tooMany ? alone.lane.name : "";
  }

  /** The model that each shown entry has arrived at. Of one that has diverged there is none. @returns {Fitted[]} */
  #models() {
    const { model } = this;
    const { position } = this.clock;
    return model.lanes
      .map((lane, index) => ({ lane, index, strength: model.strength(index), theta: parametersAt(lane, position) }))
      .filter(({ lane, index }) => model.isShown(index) && !(lane.diverged && position >= lane.last_step));
  }

  /**
   * The examples of one part in the colours of their targets; those held out are open.
   * @param {CanvasRenderingContext2D} context @param {FlatAxes} projection @param {Examples} examples @param {ExampleSet} part
   */
  #paintScatter(context, projection, examples, part) {
    const open = part !== examples.parts[0];
    const groups = Map.groupBy(part.targets.keys(), (i) => this.#lookOf(examples, part.targets[i]));
    for (const [look, rows] of groups) {
      context.beginPath();
      for (const i of rows) {
        const [u, v] = examples.place(this.view.picture, i, part);
        this.#outline(context, examples, look, projection.px(u), projection.py(v), examples.radius);
      }
      const color = this.lookColor(look);
      const rim = open ? color : this.model.theme.muted;
      Object.assign(context, { fillStyle: color, strokeStyle: rim, lineWidth: open ? 1.2 : 0.7 });
      context.globalAlpha = open ? 0.75 : clamp(1.2 - 0.2 * Math.log10(part.targets.length), 0.5, 1);
      if (!open) context.fill();
      if (open || examples.radius > 2.5) context.stroke(); // a rim would be all there is of smaller ones
    }
  }

  /**
   * How an example looks: the number of its class, or of the shade of its target; 0 where its place says everything.
   * @param {Examples} examples @param {number} target
   */
  #lookOf({ classifies, ranges }, target) {
    if (classifies) return target;
    if (this.view.picture !== "features") return 0;
    const [low, high] = ranges[2];
    return clamp(Math.floor((SHADES * (target - low)) / (high - low)), 0, SHADES - 1);
  }

  /** @param {number} look */
  lookColor(look) {
    const { muted, plot, ink, grid } = this.model.theme;
    if (this.view.examples?.classifies) return look ? ink : mixColors(muted, plot, 0.35);
    return this.view.picture === "features" ? mixColors(grid, ink, look / (SHADES - 1)) : muted;
  }

  /**
   * Add the outline of an example to a path: a triangle for class 1, else a circle.
   * @param {CanvasRenderingContext2D} context @param {Examples} examples @param {number} look
   * @param {number} x @param {number} y @param {number} radius
   */
  #outline(context, { classifies }, look, x, y, radius) {
    if (classifies && look) {
      this.model.markers["triangle-up"].forEach(([u, v], i) =>
        context[i ? "lineTo" : "moveTo"](x + 1.25 * radius * u, y - 1.25 * radius * v),
      );
      context.closePath();
    } else {
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, 2 * Math.PI);
    }
  }

  /**
   * An entry's fitted line or curve, or the border between its classes.
   * @param {CanvasRenderingContext2D} moving @param {FlatAxes} projection @param {Examples} examples @param {Fitted} fitted
   */
  #paintModel(moving, projection, examples, { lane, strength, theta }) {
    if (examples.model === "network") return; // its predictions are a picture of their own
    const { x0, x1, rect } = projection;
    const { theme, weight } = this.model;
    let line;
    if (this.view.picture === "features") line = borderLine(projection, examples.border(theta));
    else {
      const pieces = examples.model === "line" ? 1 : Math.ceil((rect.right - rect.left) / 3);
      line = Array.from({ length: pieces + 1 }, (_, k) => {
        const u = mix(x0, x1, k / pieces);
        return [projection.px(u), projection.py(examples.predict(...theta, u))];
      });
    }
    if (!line?.flat().every(Number.isFinite)) return;
    moving.beginPath();
    line.forEach(([x, y], i) => moving[i ? "lineTo" : "moveTo"](x, y));
    Object.assign(moving, { lineCap: "butt", lineJoin: "round" });
    Object.assign(moving, { strokeStyle: theme.halo, lineWidth: HALO_WIDTH * weight, globalAlpha: 0.8 * strength });
    moving.stroke();
    moving.setLineDash(lane.dash);
    Object.assign(moving, { strokeStyle: this.model.colorOf(lane), lineWidth: LINE_WIDTH * weight, globalAlpha: strength });
    moving.stroke();
    moving.setLineDash([]);
  }

  /**
   * An entry's prediction for every example, above its target.
   * @param {CanvasRenderingContext2D} moving @param {FlatAxes} projection @param {Examples} examples @param {Fitted} fitted
   */
  #paintPredictions(moving, projection, examples, { lane, strength, theta }) {
    Object.assign(moving, { fillStyle: this.model.colorOf(lane), strokeStyle: this.model.colorOf(lane), lineWidth: 1.2 });
    for (const part of this.view.parts) {
      const open = part !== examples.parts[0];
      const radius = 0.9 * examples.radius;
      const square = !open && radius < 2.5; // looks as round, and is faster
      moving.globalAlpha = strength * (open ? 0.6 : 0.8);
      moving.beginPath();
      for (let i = 0; i < part.targets.length; i++) {
        const [u, v] = examples.place("predictions", i, part, theta);
        const [x, y] = [projection.px(u), projection.py(v)];
        if (square) moving.fillRect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
        else this.#outline(moving, examples, 0, x, y, radius);
      }
      if (open) moving.stroke();
      else moving.fill();
    }
  }

  /** The examples that a step uses. @param {number} step @returns {number[]} */
  rowsOf(step) {
    const { rows: all } = this.model.tree.race;
    if (!all || step < 0 || step >= all.shape[0]) return [];
    const width = all.shape[1];
    return [...all.subarray(step * width, (step + 1) * width)].filter((row) => row >= 0);
  }

  /**
   * Upright lines between the targets of the examples that this step uses and the models' predictions.
   * @param {CanvasRenderingContext2D} moving @param {FlatAxes} projection @param {Examples} examples @param {Fitted[]} models
   */
  #paintResiduals(moving, projection, examples, models) {
    const { step } = this.clock;
    const { features, targets } = examples.parts[0];
    const rows = this.rowsOf(step);
    if (rows.length * models.length > MOST_LIT) return;
    for (const { lane, strength, theta } of models) {
      if (step >= lane.last_step) continue;
      moving.beginPath();
      for (const i of rows) {
        const x = projection.px(this.view.picture === "curve" ? features[i] : targets[i]);
        moving.moveTo(x, projection.py(targets[i]));
        moving.lineTo(x, projection.py(examples.prediction(theta, i)));
      }
      Object.assign(moving, { strokeStyle: this.model.colorOf(lane), lineWidth: 1.25, globalAlpha: 0.9 * strength });
      moving.stroke();
    }
  }

  /**
   * The examples that this step uses; while it plays, those of a moment ago fade.
   * @param {CanvasRenderingContext2D} moving @param {FlatAxes} projection @param {Examples} examples @param {Fitted[]} models
   */
  #paintLit(moving, projection, examples, models) {
    const { picture } = this.view;
    const { ink, halo } = this.model.theme;
    const { playing, rate, step: now } = this.clock;
    const [train] = examples.parts;
    const ago = playing ? Math.floor(GLOW * rate) : 0;
    let left = MOST_LIT;
    for (let step = now; step >= now - ago && left > 0; step--) {
      const rows = this.rowsOf(step);
      left -= rows.length;
      const part = 1 - (now - step) / (ago + 1);
      for (const fitted of picture === "predictions" ? models : [null]) {
        for (const i of rows) {
          const [u, v] = examples.place(picture, i, train, fitted?.theta);
          const [x, y] = [projection.px(u), projection.py(v)];
          for (const { color, width } of [{ color: halo, width: 4.5 }, { color: fitted ? this.model.colorOf(fitted.lane) : ink, width: 2 }]) {
            moving.beginPath();
            moving.arc(x, y, examples.radius + 3, 0, 2 * Math.PI);
            Object.assign(moving, { strokeStyle: color, lineWidth: width, globalAlpha: part });
            moving.stroke();
          }
          if (picture !== "curve") continue; // elsewhere the colour of an example says something
          moving.beginPath();
          this.#outline(moving, examples, 0, x, y, examples.radius);
          moving.fillStyle = ink;
          moving.fill();
        }
      }
    }
  }
}
