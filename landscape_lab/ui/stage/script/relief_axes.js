// @ts-check
/**
 * The labels of a relief's axes. Plotly turns its own in space and cuts them at the edge of the picture.
 */
import { ticksOf } from "./first_picture.js";
import { clamp } from "./words.js";

/**
 * @import { ReliefProjection } from "./relief.js"
 * @import { Layout } from "./plotly.js"
 * @import { Pixel, Range } from "./types.js"
 * @typedef {{ title: { text: string }, range: Range, tickvals: number[], ticktext: string[], tickfont: { size: number, color: string } }} SceneAxis
 * @typedef {{ from: Pixel, to: Pixel, out: Pixel }} Edge an axis in pixels, and the direction out of the picture
 */

const TICK_GAP = 12; // pixels from an edge to the middle of its numbers, at the usual size of type
const NAME_GAP = 34; // and to the name of the axis
const EDGE = 4; // pixels between a label and the edge of the panel
const FLOOR_TICKS = 4; // along each side, about

/** @param {Layout} layout @returns {Record<string, SceneAxis>} */
const sceneAxes = ({ scene }) => /** @type {any} */ (scene ?? {});

/**
 * Give the horizontal axes the ticks that are painted, where Plotly then draws lines on the floor.
 * @param {Layout} layout
 */
export function addFloorTicks(layout) {
  const scene = sceneAxes(layout);
  for (const name of ["xaxis", "yaxis"]) {
    const { range } = scene[name];
    const ticks = ticksOf({ type: "linear", range }, FLOOR_TICKS, 1);
    const tickvals = ticks.map(({ part }) => range[0] + part * (range[1] - range[0]));
    Object.assign(scene[name], { tickmode: "array", tickvals, ticktext: ticks.map(({ text }) => text) });
  }
}

/** A layout without Plotly's labels of the axes. @param {Layout} layout @returns {Layout} */
export function withoutLabels(layout) {
  const scene = sceneAxes(layout);
  const axes = ["xaxis", "yaxis", "zaxis"].map((name) => [name, { ...scene[name], title: { text: "" }, showticklabels: false }]);
  return { ...layout, scene: { ...layout.scene, ...Object.fromEntries(axes) } };
}

/**
 * Paint the numbers and the names of the axes along the edges of the box that are in front.
 * @param {CanvasRenderingContext2D} context
 * @param {ReliefProjection} projection
 * @param {Layout} layout with the ticks of `addFloorTicks`
 */
export function paintReliefAxes(context, projection, layout) {
  const { xaxis, yaxis, zaxis } = sceneAxes(layout);
  const { size, family, color } = layout.font;
  const scale = size / 14;
  const { rect } = projection;
  const at = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ z) => projection.at(x, y, z);
  const [[x0, x1], [y0, y1], [floor, top]] = [xaxis.range, yaxis.range, zaxis.range];
  const middle = at((x0 + x1) / 2, (y0 + y1) / 2, floor);

  /** @param {string} text @param {number} x @param {number} y @param {CanvasTextAlign} align */
  const write = (text, x, y, align) => {
    const half = context.measureText(text).width * (align === "center" ? 0.5 : 1);
    const low = rect.left + EDGE + (align === "left" ? 0 : half);
    const high = rect.right - EDGE - (align === "right" ? 0 : half);
    Object.assign(context, { textAlign: align, textBaseline: "middle" });
    context.fillText(text, clamp(x, low, high), clamp(y, rect.top + 0.7 * size, rect.bottom - 0.7 * size));
  };
  /** A long name lies along its edge. @param {string} text @param {number} x @param {number} y @param {number} angle */
  const writeAlong = (text, x, y, angle) => {
    context.save();
    context.translate(clamp(x, rect.left + size, rect.right - size), clamp(y, rect.top + size, rect.bottom - size));
    context.rotate(angle);
    Object.assign(context, { textAlign: "center", textBaseline: "middle" });
    context.fillText(text, 0, 0);
    context.restore();
  };
  /** @param {SceneAxis} axis */
  const numbers = ({ tickfont }) => Object.assign(context, { font: `${tickfont.size}px ${family}`, fillStyle: tickfont.color });
  /** @param {SceneAxis} axis */
  const name = ({ title: { text } }) => {
    Object.assign(context, { font: `${/^[a-z].?$/.test(text) ? "italic " : ""}${1.2 * size}px ${family}`, fillStyle: color });
    return text;
  };

  /** @param {SceneAxis} axis @param {(value: number, far: boolean) => Pixel} place on one of the two edges of the floor */
  const along = (axis, place) => {
    const [low, high] = axis.range;
    const center = (low + high) / 2;
    const far = place(center, true).y > place(center, false).y;
    const [from, to] = [place(low, far), place(high, far)];
    const out = outward(from, to, middle);
    numbers(axis);
    axis.tickvals.forEach((value, i) => {
      const { x, y } = place(value, far);
      write(axis.ticktext[i], x + TICK_GAP * scale * out.x, y + TICK_GAP * scale * out.y, "center");
    });
    const { x, y } = place(center, far);
    const text = name(axis);
    const [left, top] = [x + NAME_GAP * scale * out.x, y + NAME_GAP * scale * out.y];
    if (text.length < 3) write(text, left, top, "center");
    else writeAlong(text, left, top, Math.atan((to.y - from.y) / (to.x - from.x || 1e-9)));
  };
  along(xaxis, (value, far) => at(value, far ? y1 : y0, floor));
  along(yaxis, (value, far) => at(far ? x1 : x0, value, floor));

  const corners = [[x0, y0], [x0, y1], [x1, y0], [x1, y1]].map(([x, y]) => ({ x, y, pixel: at(x, y, floor) }));
  const left = corners.reduce((best, corner) => (corner.pixel.x < best.pixel.x ? corner : best));
  const end = at(left.x, left.y, top);
  const height = left.pixel.y - end.y;
  if (height < 3 * size) return; // seen from above
  const stride = Math.ceil((1.3 * size * (zaxis.tickvals.length + 1)) / height);
  numbers(zaxis);
  zaxis.tickvals.forEach((value, i) => {
    if (i % stride) return;
    const { x, y } = at(left.x, left.y, value);
    write(zaxis.ticktext[i], x - 6 * scale, y, "right");
  });
  write(name(zaxis), end.x - 6 * scale, end.y - 1.3 * size, "center");
}

/**
 * The unit vector at a right angle to an edge, away from a point.
 * @param {Pixel} from @param {Pixel} to @param {Pixel} inside
 */
function outward(from, to, inside) {
  const [x, y] = [to.y - from.y, from.x - to.x];
  const length = Math.hypot(x, y) || 1;
  const sign = x * (inside.x - from.x) + y * (inside.y - from.y) > 0 ? -1 : 1;
  return { x: (sign * x) / length, y: (sign * y) / length };
}
