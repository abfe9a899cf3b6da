// @ts-check
import { FONT_SIZE } from "./constants.js";
import { clamp } from "./words.js";

/**
 * @import { StageModel } from "./model.js"
 * @typedef {{ text: string, font: { size: number } }} Title as Plotly takes it, at the usual size of type
 */

export const TITLE = 1.2; // the size of a title, in parts of the graph's own size of type
const SMALLEST_TITLE = 12; // px of type
const TITLE_ENDS = 12; // px of the height that a title across it cannot take, and in parts of the type:
const NUMBERS_ROOM = 2.4; // the numbers of the other axis
const BELOW_AND_ABOVE = 70; // px of the height that the other axis and the margin take, at the usual size of type
const NUMBER_HEIGHT = 22; // px along a vertical axis for each number
const NUMBER_WIDTH = 40; // and along a horizontal one
const TITLE_SIDES = 80; // px of the width that a title cannot take, at the usual size of type

/**
 * A title of an axis that is not longer than the axis: in two lines where it has a part in parentheses, else smaller.
 * @param {string} text
 * @param {number} room px
 * @param {number} smallest part of the size
 * @param {(line: string) => number} width of a line in full size, px
 */
export function fittedTitle(text, room, smallest, width) {
  if (width(text) <= room) return { text, part: 1 };
  const lines = text.split(/ ?(?=[(（])/);
  const longest = Math.max(...lines.map(width));
  return { text: lines.join("<br>"), part: Math.min(1, Math.max(smallest, room / longest)) };
}

/**
 * The title of an axis of a graph, which fits beside it.
 * @param {StageModel} model
 * @param {HTMLElement} graph
 * @param {string} text HTML as Plotly reads it
 * @param {boolean} up whether the axis is the vertical one
 * @returns {Title}
 */
export function axisTitle({ weight }, graph, text, up) {
  const type = FONT_SIZE * weight;
  const room = up ? graph.clientHeight - TITLE_ENDS - NUMBERS_ROOM * type : graph.clientWidth - TITLE_SIDES * weight;
  const font = `${TITLE * type}px ${getComputedStyle(graph).fontFamily}`;
  const width = (/** @type {string} */ line) => lengthOf(line.replace(/<[^>]*>/g, ""), font);
  const { text: fitted, part } = fittedTitle(text, room, SMALLEST_TITLE / (TITLE * type), width);
  return { text: fitted, font: { size: TITLE * FONT_SIZE * part } };
}

/**
 * How many parts an axis of a graph has room for, where these are fewer than Plotly would choose by its length alone;
 * else 0, for Plotly's choice.
 * @param {number} weight the size of type, in parts of the usual one
 * @param {HTMLElement} graph
 * @param {boolean} up whether the axis is the vertical one
 */
export function fewerParts(weight, graph, up) {
  const length = up ? graph.clientHeight - BELOW_AND_ABOVE * weight : graph.clientWidth - TITLE_SIDES * weight;
  const most = Math.max(2, Math.floor(length / ((up ? NUMBER_HEIGHT : NUMBER_WIDTH) * weight)));
  return most < usualParts(length, up ? NUMBERS_APART.up : NUMBERS_APART.across) ? most : 0;
}

export const NUMBERS_APART = { up: 40, across: 80 }; // px between the numbers that Plotly aims at

/** As many parts as Plotly divides an axis into. @param {number} length px @param {number} apart px */
export const usualParts = (length, apart) => clamp(length / apart, 4, 9) + 1;

/** @type {CanvasRenderingContext2D | null} */
let measuring = null;

/** The length of a line of text in pixels. @param {string} line @param {string} font */
function lengthOf(line, font) {
  measuring ??= document.createElement("canvas").getContext("2d");
  if (!measuring) return 0;
  measuring.font = font;
  return measuring.measureText(line).width;
}
