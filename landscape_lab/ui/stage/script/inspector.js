/* The inspector: the arithmetic of one lane's step at the present moment, and how the surface bends there.

   tree.inspector (Python side: ui/inspector.py) is null while the inspector is closed, else
     lane     the place of the lane that is opened up
     key      changes with what is told
     forms    the ways in which its steps were made; each a list of lines {name, head, body} in MathML, whose numbers are
              empty elements <mn data-at="k">, to be filled with entry k of a step's row; data-signed ones stand behind a
              sign, so that a negative number needs brackets
     form     (T) the form of each step;  numbers (T, k) its row
     rates    null or (T) the learning rate of each step
     momentum, looked_at   null or (T, 2): m, and where else than at the point the gradient was taken
     bend     {low, high: eigenvalues of the Hessian, angle of the higher one, condition, limit: 2 / high,
               kind: code of its kind}, (T + 1) each;  kinds: what each code means, in words */

import { arrowLength, drawArrow } from "./painting.js";
import { MapProjection } from "./projections.js";
import { escapeHtml, fill, showNumber } from "./words.js";

const MARKS = ["downhill", "momentum", "step", "looked_at", "ellipse"];
const ELLIPSE = 46; // px: its longer half
const THINNEST = 30; // times longer than wide is the thinnest ellipse that is drawn
const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** Five significant digits, as on paper: 1.2346·10⁻⁷. */
function workedNumber(value) {
  if (!Number.isFinite(value) || value === 0) return value === 0 ? "0" : showNumber(value);
  const size = Math.abs(value);
  const [digits, power] = (size < 1e-4 || size >= 1e6 ? value.toExponential(4) : String(Number(value.toPrecision(5)))).split("e");
  const plain = String(Number(digits)).replace("-", "−");
  return power === undefined ? plain : `${plain}·10${[...power.replace("+", "")].map((c) => SUPERSCRIPTS[c]).join("")}`;
}

/** What each mark looks like, for the legend. */
const MARK_SAMPLES = {
  downhill: '<path d="M3 9H27M20 4l7 5-7 5" class="lll-ink"/>',
  momentum: '<path d="M3 9H27M20 4l7 5-7 5" class="lll-own"/>',
  step: '<path d="M3 9H21" class="lll-own" stroke-width="2.5"/><path d="M20 4l8 5-8 5z" class="lll-own lll-full"/>',
  looked_at: '<path d="M3 9H18" class="lll-own" stroke-dasharray="2 3"/><circle cx="23" cy="9" r="4" class="lll-own"/>',
  ellipse: '<ellipse cx="15" cy="9" rx="12" ry="5" class="lll-ink"/>',
};
const markSample = (mark) => `<svg class="lll-sample" viewBox="0 0 30 18" aria-hidden="true">${MARK_SAMPLES[mark]}</svg>`;

export function inspectorHtml(words) {
  const names = { ...words, step: words.last_step };
  const marks = MARKS.map(
    (mark) => `<button type="button" class="lll-mark" data-mark="${mark}" aria-pressed="true">${markSample(mark)}${escapeHtml(names[mark])}</button>`,
  );
  return `
      <section class="lll-inspector" data-show="inspector" aria-label="${escapeHtml(words.inspector)}" hidden>
        <header><h2>${escapeHtml(words.inspector)}</h2>
          <select class="lll-select" data-show="inspected" aria-label="${escapeHtml(words.inspected)}"></select>
          <span data-show="from_to"></span></header>
        <div class="lll-marks" role="group" aria-label="${escapeHtml(words.on_map)}">${marks.join("")}</div>
        <div class="lll-opened-step">
          <div class="lll-worked" data-show="worked" tabindex="0" role="group" aria-label="${escapeHtml(words.inspector)}"></div>
          <div class="lll-bend"><h3>${escapeHtml(words.here)}</h3><div data-show="bend"></div></div>
        </div>
      </section>`;
}

export const inspectorMethods = {
  listenToInspector() {
    this.marks = Object.fromEntries(MARKS.map((mark) => [mark, true]));
    const { inspector, inspected } = this.show;
    this.on(inspected, "change", () => this.changeView({ inspected: Number(inspected.value) }));
    this.on(inspector, "click", ({ target }) => {
      const button = target.closest("[data-mark]");
      if (!button) return;
      const { mark } = button.dataset;
      this.marks[mark] = !this.marks[mark];
      button.setAttribute("aria-pressed", String(this.marks[mark]));
      this.request();
    });
  },

  /** What is told of the lane that the reader wants opened up; null until it is here. */
  get opened() {
    const { inspector } = this.tree;
    return this.view.inspector && inspector?.lane === this.view.inspected ? inspector : null;
  },

  /** Whether another race, or another member of a family, is shown than the one whose steps are told. */
  get outdated() {
    const { family } = this.tree.race;
    return this.previewing || Boolean(family && this.opened?.lane === family.lane && this.pickedValue !== family.values[family.chosen]);
  },

  showInspector() {
    const { inspector, inspected } = this.show;
    const { lanes } = this.tree.race;
    const offered = !this.tree.compact && Boolean(this.tree.inspector || this.onView); // a page in a file has what it has
    const open = this.view.inspector && !this.veiled && offered;
    const button = this.root.querySelector("[data-act=inspector]");
    button.hidden = !offered;
    button.setAttribute("aria-pressed", String(open));
    inspected.disabled = !this.onView;
    this.root.classList.toggle("lll-opened", open);
    inspector.hidden = !open;
    this.showArrowKey();
    if (!open) return;
    const names = lanes.map(({ name }, i) => `<option value="${i}">${escapeHtml(name)}</option>`).join("");
    if (names !== this.inspectedNames) this.inspectedNames = inspected.innerHTML = names;
    inspected.value = String(Math.min(this.view.inspected, lanes.length - 1));
    inspector.style.setProperty("--lll-own", lanes[inspected.value].color);
    for (const mark of ["momentum", "looked_at"]) {
      inspector.querySelector(`[data-mark=${mark}]`).hidden = !this.opened?.[mark];
    }
    this.showWorking();
  },

  /** The legend's line about the arrows of all lanes. */
  showArrowKey() {
    const { legend } = this.show;
    const old = legend.querySelector(".lll-arrow-key");
    if (!this.view.arrows || this.foggy) return old?.remove();
    if (old) return;
    const line = document.createElement("li");
    line.className = "lll-aside lll-arrow-key";
    line.innerHTML =
      `<span>${markSample("downhill")}${escapeHtml(this.words.arrow_downhill)}</span>` +
      `<span>${markSample("step")}${escapeHtml(this.words.arrow_step)}</span>`;
    legend.append(line);
  },

  /** The arithmetic of the present step. */
  showWorking() {
    const { opened, words } = this;
    const { inspector, worked, from_to } = this.show;
    if (inspector.hidden) return;
    const waits = !opened || this.outdated;
    inspector.classList.toggle("lll-waiting", waits);
    inspector.querySelector(".lll-opened-step").inert = waits; // pale numbers of another race are not for readers
    if (!opened || this.previewing) return;
    const steps = opened.form.length;
    const step = Math.min(this.step, steps - 1);
    from_to.textContent = steps ? fill(words.from_to, { step, next: step + 1 }) : words.no_step;
    this.showBend(opened, Math.min(this.step, this.tree.race.lanes[opened.lane].last_step), step);
    const form = steps ? `${opened.key} ${opened.form[step]}` : "";
    if (form !== this.shownForm) {
      this.shownForm = form;
      const lines = steps ? opened.forms[opened.form[step]] : [];
      worked.innerHTML = lines
        .map(({ name, head, body }) => `<div class="lll-line" data-letter="${escapeHtml(name)}"><span>${head}</span>${body}</div>`)
        .join("");
      this.workedCells = [...worked.querySelectorAll("[data-at]")].map((cell) => [cell, Number(cell.dataset.at), "signed" in cell.dataset]);
    }
    if (!steps) return;
    const width = opened.numbers.length / steps;
    for (const [cell, at, signed] of this.workedCells) {
      const value = opened.numbers[step * width + at];
      const text = workedNumber(value);
      cell.textContent = signed && value < 0 ? `(${text})` : text;
    }
  },

  /** How the surface bends where the head is. */
  showBend({ bend, rates, kinds }, point, step) {
    const { words } = this;
    const { gradients } = this.lanes[this.view.inspected];
    const slope = gradients && Math.hypot(gradients[2 * point], gradients[2 * point + 1]);
    const rate = rates?.[step];
    const limit = bend.limit[point];
    const verdict =
      limit === Infinity ? words.no_limit : rate > limit ? words.above_limit : rate <= limit ? words.below_limit : "";
    const entries = [
      [words.slope, "‖∇L‖", gradients ? workedNumber(slope) : "–"],
      [words.curvatures, "λ", `${workedNumber(bend.high[point])}, ${workedNumber(bend.low[point])}`],
      [words.condition, "κ", workedNumber(bend.condition[point])],
      [words.limit, "2 / λ<sub>max</sub>", workedNumber(limit)],
      ...(rate === undefined ? [] : [[words.rate, "η", workedNumber(rate)]]),
    ];
    const list = entries
      .map(([name, letter, value]) => `<div><dt>${escapeHtml(name)} <i>${letter}</i></dt><dd>${value}</dd></div>`)
      .join("");
    const text =
      `<dl>${list}</dl>` +
      `<p class="${rate > limit ? "lll-warning" : ""}">${escapeHtml(verdict)}</p><p data-show="kind">${escapeHtml(kinds[bend.kind[point]])}</p>`;
    if (text === this.bendText) return;
    this.bendText = this.show.bend.innerHTML = text;
  },

  /** What is drawn at a head: the arrows of all lanes, and the quantities of the one that is opened up. */
  paintMarks(panel, lane, head, index) {
    const opened = this.opened?.lane === index && !this.outdated ? this.opened : null;
    if (opened && this.marks.ellipse) this.paintEllipse(panel, opened.bend, head);
    const step = Math.floor(this.position);
    if (opened && step < opened.form.length) {
      const { halo } = this.theme;
      const at = (vectors) => [vectors[2 * step], vectors[2 * step + 1]];
      if (opened.momentum && this.marks.momentum) {
        const back = at(opened.momentum).map((part) => -part);
        const direction = panel.projection.heading(lane, this.position, ...back);
        const length = arrowLength(Math.log10(1 + Math.hypot(...back)) / 8);
        if (direction) drawArrow(panel.moving, head.x, head.y, direction, length, lane.color, halo, true);
      }
      if (opened.looked_at && this.marks.looked_at) this.paintLookedAt(panel, at(opened.looked_at), head, lane.color);
    }
    if (opened) this.paintArrows(panel, lane, head, this.marks);
    else if (this.view.arrows) this.paintArrows(panel, lane, head);
  },

  paintLookedAt({ projection, moving }, [x, y], head, color) {
    if (!(projection instanceof MapProjection) || !Number.isFinite(x + y)) return;
    const [px, py] = [projection.px(x), projection.py(y)];
    for (const [style, width] of [
      [this.theme.halo, 5],
      [color, 2],
    ]) {
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
  },

  /** Where the parabola of the curvature alone has one height, and its axes; dashed where it curves down. */
  paintEllipse({ projection, moving }, bend, head) {
    if (!(projection instanceof MapProjection)) return;
    const point = Math.min(Math.floor(this.position), bend.kind.length - 1);
    const [low, high, angle] = [bend.low[point], bend.high[point], bend.angle[point]];
    const sizes = [high, low].map((value) => 1 / Math.sqrt(Math.abs(value)));
    const least = Math.min(...sizes);
    if (!Number.isFinite(least) || !(least > 0)) return;
    const halves = sizes.map((size) => Math.min(size, THINNEST * least));
    const { x0, x1, y0, y1, rect } = projection;
    const scale = [(rect.right - rect.left) / (x1 - x0), -(rect.bottom - rect.top) / (y1 - y0)];
    const place = (turn) => {
      const [along, across] = [halves[0] * Math.cos(turn), halves[1] * Math.sin(turn)];
      return [
        scale[0] * (along * Math.cos(angle) - across * Math.sin(angle)),
        scale[1] * (along * Math.sin(angle) + across * Math.cos(angle)),
      ];
    };
    const outline = Array.from({ length: 73 }, (_, i) => place((i * Math.PI) / 36));
    const unit = ELLIPSE / Math.max(...outline.map(([x, y]) => Math.hypot(x, y)));
    const draw = (points, dashed) => {
      for (const [style, width] of [
        [this.theme.halo, 3.5],
        [this.theme.ink, 1.25],
      ]) {
        moving.strokeStyle = style;
        moving.lineWidth = width;
        moving.setLineDash(dashed ? [4, 4] : []);
        moving.beginPath();
        points.forEach(([x, y]) => moving.lineTo(head.x + unit * x, head.y + unit * y));
        moving.stroke();
      }
      moving.setLineDash([]);
    };
    draw(outline, !(low > 0));
    draw([place(0), place(Math.PI)], high < 0);
    draw([place(Math.PI / 2), place(1.5 * Math.PI)], low < 0);
  },
};
