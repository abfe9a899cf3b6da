// @ts-check
import { mixColors } from "./colours.js";
import { LINE_WIDTH } from "./constants.js";
import { findSelect, setText } from "./dom.js";
import { clipped } from "./panel.js";
import { contourSegments, imageGrid, outputsOf, pictureAt, wrongExamples, wrongImages } from "./pictures.js";
import { escapeHtml, fill } from "./words.js";

/**
 * @import { ExamplesView } from "./examples_view.js"
 * @import { BoundaryPictures, ImagePictures } from "./recording.js"
 */

const REGION = 0.42; // how strongly a region is coloured where a network is certain
const MIDDLE = 127.5; // the output, as a byte, between both classes

/** What the network of one entry predicts at the present checkpoint: its decision boundary, or the images it gets wrong. */
export class PredictionsView {
  #names = "";
  #painted = "";

  /** @param {ExamplesView} view */
  constructor(view) {
    this.view = view;
    this.model = view.model;
    /** The entry whose predictions are shown. */
    this.entry = 0;
    this.select = findSelect(view.stage.root, "[data-choose=predictions]");
    view.stage.listening.on(this.select, "change", () => {
      this.entry = Number(this.select.value);
      view.stage.painter.request();
    });
  }

  get pictures() {
    return this.model.tree.surface.pictures ?? null;
  }

  /** Offer the entries. */
  update() {
    const { select, pictures, model } = this;
    const { lanes } = model.tree.race;
    select.hidden = !pictures || lanes.length < 2;
    if (!pictures) return;
    this.#painted = "";
    this.entry = Math.min(this.entry, lanes.length - 1);
    const labels = lanes.map(({ name, number }) => (number ? `${number} · ${name}` : name));
    const names = labels.map((label, i) => `<option value="${i}">${escapeHtml(label)}</option>`).join("");
    if (names !== this.#names) this.#names = select.innerHTML = names;
    select.value = String(this.entry);
  }

  /** Paint the picture of the present checkpoint, if it is another one. */
  paint() {
    const { pictures, entry, model, view } = this;
    if (!pictures) return;
    const { panel, heldOut, stage } = view;
    const picture = pictureAt(pictures.at, stage.clock.position);
    const { projection, width, height, ratio } = panel;
    const key = JSON.stringify([picture, entry, projection, width, height, ratio, model.dark, model.weight, heldOut]);
    if (key === this.#painted) return;
    this.#painted = key;
    const context = pictures.kind === "images" ? panel.whole : panel.bottom();
    panel.begin(context);
    const step = model.stepAt(pictures.at[picture]);
    const text = pictures.kind === "images" ? this.#paintImages(context, pictures, picture, step) : this.#paintBoundary(context, pictures, picture, step);
    setText(view.show.rows, text);
    view.show.rows.hidden = false;
    context.canvas.removeAttribute("aria-hidden");
    context.canvas.setAttribute("role", "img");
    context.canvas.setAttribute("aria-label", `${model.lanes[entry].name}: ${text}`);
  }

  /**
   * The regions of both classes, paler where the network is less certain, the boundary between them, and rings around
   * the examples on the wrong side.
   * @param {CanvasRenderingContext2D} context @param {BoundaryPictures} pictures @param {number} picture @param {number} step
   */
  #paintBoundary(context, pictures, picture, step) {
    const { model, entry, view } = this;
    const { panel, examples, heldOut } = view;
    const { projection } = panel;
    const { words, theme, weight } = model;
    const color = model.colorOf(model.lanes[entry]);
    const wrong = pictures.runs[entry].wrong.map((bits) => wrongExamples(bits, picture));
    if (projection && examples) {
      const [[x0, x1], [y0, y1]] = pictures.ranges;
      const [west, east, south, north] = [projection.px(x0), projection.px(x1), projection.py(y0), projection.py(y1)];
      const { values, rows, columns } = outputsOf(pictures, entry, picture);
      const image = regionImage(values, rows, columns, [theme.muted, color], theme.plot);
      // Each value belongs to the middle of its pixel.
      const [dx, dy] = [(east - west) / (columns - 1) / 2, (south - north) / (rows - 1) / 2];
      clipped(context, projection.rect, () => {
        context.globalAlpha = 1;
        context.imageSmoothingEnabled = true;
        context.drawImage(image, west - dx, north - dy, east - west + 2 * dx, south - north + 2 * dy);
        context.beginPath();
        for (const [ax, ay, bx, by] of contourSegments(values, rows, columns, MIDDLE)) {
          context.moveTo(west + ax * (east - west), south + ay * (north - south));
          context.lineTo(west + bx * (east - west), south + by * (north - south));
        }
        Object.assign(context, { strokeStyle: color, lineWidth: LINE_WIDTH * weight });
        context.stroke();
        Object.assign(context, { strokeStyle: theme.text, lineWidth: 1.5 });
        for (const part of heldOut ? [0, 1] : [0]) {
          for (const i of wrong[part]) {
            const [u, v] = examples.place("features", i, examples.parts[part]);
            context.beginPath();
            context.arc(projection.px(u), projection.py(v), examples.radius + 3.5, 0, 2 * Math.PI);
            context.stroke();
          }
        }
      });
    }
    const [total, held_out_total] = (examples?.parts ?? []).map(({ targets }) => targets.length);
    return fill(words.wrong_points, { count: wrong[0].length, total, held_out: wrong[1].length, held_out_total, step });
  }

  /**
   * The images that are wrong, each above its label and the prediction; as many as there is room for.
   * @param {CanvasRenderingContext2D} context @param {ImagePictures} pictures @param {number} picture @param {number} step
   */
  #paintImages(context, pictures, picture, step) {
    const { model, entry, view } = this;
    const { words, theme, weight } = model;
    const { width, height } = view.panel;
    const wrong = wrongImages(pictures, entry, picture);
    const { side, columns, fits, cell } = imageGrid(wrong.length, width, height);
    context.imageSmoothingEnabled = false;
    Object.assign(context, { fillStyle: theme.text, textAlign: "center", textBaseline: "top" });
    context.font = `${12 * Math.min(weight, 1.2)}px ${getComputedStyle(view.stage.root).fontFamily}`;
    wrong.slice(0, fits).forEach(({ image, label, predicted }, i) => {
      const [x, y] = [(i % columns) * cell[0], Math.floor(i / columns) * cell[1]];
      context.drawImage(imageOf(pictures, image, theme.plot, theme.ink), x, y, side, side);
      context.fillText(`${label} → ${predicted}`, x + side / 2, y + side + 2);
    });
    const told = fill(words.wrong_images, { count: wrong.length, total: pictures.labels.length, step });
    return wrong.length > fits ? `${told} ${fill(words.first_images, { count: fits })}` : told;
  }
}

/** @param {number} width @param {number} height @param {(i: number) => string} colorAt of each pixel, in rows from the top: rgb(...) */
function picture(width, height, colorAt) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = (colorAt(i).match(/\d+/g) ?? []).map(Number);
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Outputs as colours, the last row on top: those of both classes, mixed with that of the paper.
 * @param {ArrayLike<number>} values @param {number} rows @param {number} columns
 * @param {[string, string]} colors @param {string} paper
 */
function regionImage(values, rows, columns, colors, paper) {
  const shades = Array.from({ length: 256 }, (_, value) =>
    mixColors(paper, colors[value > MIDDLE ? 1 : 0], REGION * Math.abs(value / MIDDLE - 1)),
  );
  return picture(columns, rows, (i) => shades[values[(rows - 1 - Math.floor(i / columns)) * columns + (i % columns)]]);
}

/** One of the images. @param {ImagePictures} pictures @param {number} index @param {string} paper @param {string} ink */
function imageOf({ images, side }, index, paper, ink) {
  return picture(side, side, (i) => mixColors(paper, ink, images[index * side * side + i] / 255));
}
