// @ts-check
import { paintCheckpoint } from "./checkpoint_marks.js";
import { arrowLength, drawArrow } from "./painting.js";
import { MapProjection, bracket } from "./projections.js";

/**
 * @import { Clock } from "./clock.js"
 * @import { Inspector } from "./inspector.js"
 * @import { StageModel } from "./model.js"
 * @import { Panel } from "./panel.js"
 * @import { Bend, Lane, Pixel, Projection } from "./types.js"
 */

const ELLIPSE = 46; // px: its longer half
const THINNEST = 30; // times longer than wide is the thinnest ellipse that is drawn

/** Paints at a head: the arrows of all entries, and the quantities of the one that is inspected. */
export class Marks {
  /**
   * @param {StageModel} model
   * @param {Clock} clock
   * @param {Inspector} inspector
   */
  constructor(model, clock, inspector) {
    this.model = model;
    this.clock = clock;
    this.inspector = inspector;
  }

  /** @param {Panel<Projection>} panel @param {Lane} lane @param {Pixel} head @param {number} index */
  paint(panel, lane, head, index) {
    const { projection, moving } = panel;
    if (!projection) return;
    if (this.model.recording) {
      paintCheckpoint(this.model, this.clock.position, panel, lane, head, index);
      return;
    }
    const { inspector, model, clock } = this;
    const { steps, marks } = inspector;
    const opened = steps?.lane === index && !inspector.outdated ? steps : null;
    if (opened && marks.ellipse && projection instanceof MapProjection) this.#paintEllipse(moving, projection, opened.bend, head);
    const step = Math.floor(clock.position);
    if (opened && step < opened.form.length) {
      const { momentum, looked_at } = opened;
      if (momentum && marks.momentum) {
        const [x, y] = [-momentum[2 * step], -momentum[2 * step + 1]];
        const direction = projection.heading(lane, clock.position, x, y);
        const length = arrowLength(Math.log10(1 + Math.hypot(x, y)) / 8);
        if (direction) drawArrow(moving, head, direction, length, this.model.colorOf(lane), model.theme.halo, true);
      }
      if (looked_at && marks.looked_at && projection instanceof MapProjection) {
        this.#paintLookedAt(moving, projection, [looked_at[2 * step], looked_at[2 * step + 1]], head, this.model.colorOf(lane));
      }
    }
    if (opened) this.#paintArrows(moving, projection, lane, head, marks.downhill, marks.step);
    else if (model.arrows) this.#paintArrows(moving, projection, lane, head, true, true);
  }

  /**
   * @param {CanvasRenderingContext2D} moving @param {Projection} projection @param {Lane} lane @param {Pixel} head
   * @param {boolean} with_slope @param {boolean} with_step
   */
  #paintArrows(moving, projection, lane, head, with_slope, with_step) {
    const { position } = this.clock;
    if (position >= lane.last_step) return;
    const [i, j] = bracket(lane, position);
    const { points, gradients } = lane;
    const { theme, tree } = this.model;
    const [width, height] = tree.surface.domain.map(([low, high]) => high - low);
    /** @param {number} x @param {number} y @param {number} length @param {string} color @param {boolean} open */
    const draw = (x, y, length, color, open) => {
      const direction = projection.heading(lane, position, x, y);
      if (direction) drawArrow(moving, head, direction, length, color, theme.halo, open);
    };
    if (gradients && with_slope) {
      const [x, y] = [-gradients[2 * i], -gradients[2 * i + 1]];
      draw(x, y, arrowLength(Math.log10(1 + Math.hypot(x, y)) / 8), theme.ink, true);
    }
    if (with_step) {
      const [x, y] = [points[2 * j] - points[2 * i], points[2 * j + 1] - points[2 * i + 1]];
      draw(x, y, arrowLength(Math.hypot(x / width, y / height)), this.model.colorOf(lane), false);
    }
  }

  /**
   * The point at which the gradient was taken.
   * @param {CanvasRenderingContext2D} moving @param {MapProjection} projection @param {[number, number]} point
   * @param {Pixel} head @param {string} color
   */
  #paintLookedAt(moving, projection, [x, y], head, color) {
    if (!Number.isFinite(x + y)) return;
    const [px, py] = [projection.px(x), projection.py(y)];
    for (const { style, width } of [{ style: this.model.theme.halo, width: 5 }, { style: color, width: 2 }]) {
      moving.strokeStyle = style;
      moving.lineWidth = width;
      moving.setLineDash([2, 4]);
      moving.beginPath();
      moving.moveTo(head.x, head.y);
      moving.lineTo(px, py);
      moving.stroke();
      moving.setLineDash([]);
      moving.beginPath();
      moving.arc(px, py, 5, 0, 2 * Math.PI);
      moving.stroke();
    }
  }

  /**
   * A level set of the Hessian's quadratic form, and its axes; dashed where it curves down.
   * @param {CanvasRenderingContext2D} moving @param {MapProjection} projection @param {Bend} bend @param {Pixel} head
   */
  #paintEllipse(moving, projection, bend, head) {
    const point = Math.min(Math.floor(this.clock.position), bend.kind.length - 1);
    const [low, high, angle] = [bend.low[point], bend.high[point], bend.angle[point]];
    const sizes = [high, low].map((value) => 1 / Math.sqrt(Math.abs(value)));
    const least = Math.min(...sizes);
    if (!Number.isFinite(least) || !(least > 0)) return;
    const halves = sizes.map((size) => Math.min(size, THINNEST * least));
    const { x0, x1, y0, y1, rect } = projection;
    const scale = [(rect.right - rect.left) / (x1 - x0), -(rect.bottom - rect.top) / (y1 - y0)];
    /** @param {number} turn */
    const place = (turn) => {
      const [along, across] = [halves[0] * Math.cos(turn), halves[1] * Math.sin(turn)];
      return [
        scale[0] * (along * Math.cos(angle) - across * Math.sin(angle)),
        scale[1] * (along * Math.sin(angle) + across * Math.cos(angle)),
      ];
    };
    const outline = Array.from({ length: 73 }, (_, i) => place((i * Math.PI) / 36));
    const unit = ELLIPSE / Math.max(...outline.map(([x, y]) => Math.hypot(x, y)));
    const { halo, ink } = this.model.theme;
    /** @param {number[][]} points @param {boolean} dashed */
    const draw = (points, dashed) => {
      for (const { style, width } of [{ style: halo, width: 3.5 }, { style: ink, width: 1.25 }]) {
        moving.strokeStyle = style;
        moving.lineWidth = width;
        moving.setLineDash(dashed ? [4, 4] : []);
        moving.beginPath();
        for (const [x, y] of points) moving.lineTo(head.x + unit * x, head.y + unit * y);
        moving.stroke();
      }
      moving.setLineDash([]);
    };
    draw(outline, !(low > 0));
    draw([place(0), place(Math.PI)], high < 0);
    draw([place(Math.PI / 2), place(1.5 * Math.PI)], low < 0);
  }
}
