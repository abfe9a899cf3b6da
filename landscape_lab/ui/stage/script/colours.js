// @ts-check
import { rows } from "./message.js";
import { mix } from "./words.js";

/**
 * @import { Trace } from "./plotly.js"
 * @import { HeightScale, Shaped, Theme } from "./types.js"
 */

/**
 * Red, green and blue of #rrggbb, 0 to 255.
 * @param {string} color
 */
export const channelsOf = (color) => (color.match(/[0-9a-f]{2}/gi) ?? []).map((text) => parseInt(text, 16));

/**
 * A colour between two of the form #rrggbb.
 * @param {string} a
 * @param {string} b
 * @param {number} part
 */
export function mixColors(a, b, part) {
  const from = channelsOf(a);
  return `rgb(${channelsOf(b).map((value, i) => Math.round(mix(from[i], value, part)))})`;
}

/**
 * A table from every colour of one theme to the same colour of another (figures.theme.recolor does the same).
 * @param {Theme} from
 * @param {Theme} to
 */
export function exchangeTable(from, to) {
  /** @param {Theme} theme @returns {string[]} */
  const colors = (theme) => [
    ...Object.values(theme).filter((value) => typeof value === "string"),
    ...theme.colorscale.map(([, color]) => color),
  ];
  const wanted = colors(to);
  return new Map(colors(from).map((color, i) => [color, wanted[i]]));
}

/**
 * A figure as Plotly may keep and change it: in the page's colours, font and size, arrays of several axes as rows.
 * @param {any} node any value of the figure
 * @param {Map<string, string>} table of colours
 * @param {string} font
 * @param {number} weight
 * @returns {any} the same kind of value
 */
export function dressed(node, table, font, weight) {
  if (typeof node === "string") return table.get(node) ?? (node.startsWith("inherit,") ? font : node);
  if (ArrayBuffer.isView(node)) return "shape" in node ? rows(/** @type {Shaped} */ (node)) : node;
  if (Array.isArray(node)) return node.map((item) => dressed(item, table, font, weight));
  if (node === null || typeof node !== "object") return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, dressed(value, table, font, weight)]));
  for (const name of ["font", "tickfont", "textfont"]) if (copy[name]?.size) copy[name].size *= weight;
  return copy;
}

/**
 * A surface drawn by the logarithm of its height, with the true losses for Plotly's hover text.
 * @param {Trace} trace
 * @param {HeightScale} scale
 */
export function withLosses(trace, { log, floor }) {
  if (!log || trace.meta !== "surface" || trace.customdata) return trace;
  /** @type {Shaped} */
  const losses = trace.z.map((height) => 10 ** height + floor);
  losses.shape = trace.z.shape;
  return { ...trace, customdata: losses, hovertemplate: trace.hovertemplate?.replace("%{z:", "%{customdata:") };
}
