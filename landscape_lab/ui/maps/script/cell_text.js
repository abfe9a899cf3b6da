// @ts-check
import { setText } from "../../stage/script/dom.js";
import { valueAt } from "../../stage/script/knob_range.js";
import { fill, showNumber } from "../../stage/script/words.js";
import { valueText } from "./axes.js";

/**
 * @import { Cell, MapAxis, MapTree } from "./map.js"
 * @import { MapPainter } from "./map_painter.js"
 */

const LOW = 110; // px above the lower edge from where on the text stands above the cell

/** The text about a cell, beside it. */
export class CellText {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.element = document.createElement("div");
    this.element.className = "lll-map-told";
    this.element.setAttribute("role", "status");
    root.append(this.element);
  }

  get text() {
    return this.element.hidden ? "" : this.element.textContent;
  }

  /** @param {MapTree} tree @param {Cell | null} cell null to show no text @param {MapPainter} painter */
  show(tree, cell, painter) {
    const { element, root } = this;
    setText(element, cell ? textOf(tree, cell) : "");
    element.hidden = !cell;
    if (!cell) return;
    const { clientWidth, clientHeight } = root;
    const [px, py] = painter.pixel((cell[0] + 0.5) / painter.columns, (cell[1] + 0.5) / painter.rows);
    const right = px > clientWidth / 2;
    element.style.left = right ? "" : `${px + 16}px`;
    element.style.right = right ? `${clientWidth - px + 16}px` : "";
    const low = py > clientHeight - LOW;
    element.style.top = low ? "" : `${py + 14}px`;
    element.style.bottom = low ? `${clientHeight - py + 14}px` : "";
  }
}

/** @param {MapTree} tree @param {Cell} cell */
function textOf({ x, y, indices, told, kinds }, [column, row]) {
  const [rows, columns] = indices.shape;
  const at = row * columns + column;
  const kind = kinds.find(({ from, to }) => indices[at] >= from && indices[at] < to);
  /** @param {MapAxis} axis @param {number} i @param {number} n */
  const value = (axis, i, n) => valueText(axis, valueAt(axis, (i + 0.5) / n), n);
  const lines = [
    `${x.label} ${value(x, column, columns)}`,
    `${y.label} ${value(y, row, rows)}`,
    kind ? fill(kind.text, { step: Math.ceil(told[at]), loss: showNumber(told[at]) }) : "",
  ];
  return lines.filter(Boolean).join("\n");
}
