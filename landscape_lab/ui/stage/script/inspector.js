// @ts-check
import { closest, find } from "./dom.js";
import { WorkedType } from "./worked_type.js";
import { escapeHtml, fill, showNumber, superscript } from "./words.js";

/**
 * @import { Clock } from "./clock.js"
 * @import { Stage } from "./stage.js"
 * @import { InspectedSteps } from "./types.js"
 * @typedef {keyof typeof MARK_SAMPLES} Mark
 */

/** What each mark on the map looks like, for the legend. */
const MARK_SAMPLES = {
  downhill: '<path d="M3 9H27M20 4l7 5-7 5" class="lll-ink"/>',
  momentum: '<path d="M3 9H27M20 4l7 5-7 5" class="lll-own"/>',
  step: '<path d="M3 9H21" class="lll-own" stroke-width="2.5"/><path d="M20 4l8 5-8 5z" class="lll-own lll-filled"/>',
  looked_at: '<path d="M3 9H18" class="lll-own" stroke-dasharray="2 3"/><circle cx="23" cy="9" r="4" class="lll-own"/>',
  ellipse: '<ellipse cx="15" cy="9" rx="12" ry="5" class="lll-ink"/>',
};
const MARKS = /** @type {Mark[]} */ (Object.keys(MARK_SAMPLES));

/** @param {Mark} mark */
export const markSample = (mark) => `<svg class="lll-sample" viewBox="0 0 30 18" aria-hidden="true">${MARK_SAMPLES[mark]}</svg>`;

/**
 * Five significant digits, as on paper: 1.2346·10⁻⁷.
 * @param {number} value
 */
export function workedNumber(value) {
  if (!Number.isFinite(value) || value === 0) return value === 0 ? "0" : showNumber(value);
  const size = Math.abs(value);
  const [digits, power] = (size < 1e-4 || size >= 1e6 ? value.toExponential(4) : String(Number(value.toPrecision(5)))).split("e");
  const plain = String(Number(digits)).replace("-", "−");
  return power === undefined ? plain : `${plain}·10${superscript(Number(power))}`;
}

/** @param {Record<string, string>} words */
export function inspectorHtml(words) {
  /** @type {Record<string, string>} */
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
        <div class="lll-opened-step" tabindex="0" role="group" aria-label="${escapeHtml(words.inspector)}">
          <div class="lll-worked" data-show="worked"></div>
          <div class="lll-bend"><h3>${escapeHtml(words.here)}</h3><div data-show="bend"></div></div>
        </div>
      </section>`;
}

/** The arithmetic of one entry's step at the present moment, and how the surface bends there. */
export class Inspector {
  #names = "";
  #bend = "";
  /** The form of a step that is shown. */
  #form = "";
  /** @type {{ cell: Element, at: number, signed: boolean }[]} the numbers in it */
  #cells = [];

  /**
   * @param {Stage} stage
   * @param {Record<string, HTMLElement>} show the elements that it writes in
   */
  constructor(stage, show) {
    this.stage = stage;
    this.model = stage.model;
    /** @type {Clock} */
    this.clock = stage.clock;
    this.show = show;
    this.select = /** @type {HTMLSelectElement} */ (show.inspected);
    this.button = find(stage.root, "[data-act=inspector]");
    this.type = new WorkedType(stage, show.inspector);
    /** The marks that are painted on the map. */
    this.marks = { downhill: true, momentum: true, step: true, looked_at: true, ellipse: true };
    stage.listening.on(this.select, "change", () => stage.changeView({ inspected: Number(this.select.value) }));
    stage.listening.on(show.inspector, "click", ({ target }) => {
      const button = closest(target, "[data-mark]");
      if (!button) return;
      const mark = /** @type {Mark} */ (button.dataset.mark);
      this.marks[mark] = !this.marks[mark];
      button.setAttribute("aria-pressed", String(this.marks[mark]));
      stage.painter.request();
    });
  }

  /** The steps of the entry that is to be inspected; null until they are here. @returns {InspectedSteps | null} */
  get steps() {
    const { tree, view } = this.model;
    return view.inspector && tree.inspector?.lane === view.inspected ? tree.inspector : null;
  }

  /** Whether another race, or another run of a family, is shown than the one whose steps these are. */
  get outdated() {
    const { family } = this.model.tree.race;
    const own = !family || this.steps?.lane !== family.lane || this.stage.family.value === family.values[family.chosen];
    return this.model.previewing || !own;
  }

  /** Open or close it, as the view says. A page in a file has only what it was written with. */
  update() {
    const { model, select, show } = this;
    const { onView } = this.stage.listeners;
    const { lanes } = model.tree.race;
    const offered = !model.tree.compact && !model.recording && Boolean(model.tree.inspector || onView);
    const open = model.view.inspector && !model.veiled && offered;
    this.button.hidden = !offered;
    this.button.setAttribute("aria-pressed", String(open));
    select.disabled = !onView;
    this.stage.root.classList.toggle("lll-opened", open);
    show.inspector.hidden = !open;
    if (!open) return;
    const names = lanes.map(({ name }, i) => `<option value="${i}">${escapeHtml(name)}</option>`).join("");
    if (names !== this.#names) this.#names = select.innerHTML = names;
    const inspected = Math.min(model.view.inspected, lanes.length - 1);
    select.value = String(inspected);
    show.inspector.style.setProperty("--lll-own", model.colorOf(lanes[inspected]));
    for (const mark of /** @type {const} */ (["momentum", "looked_at"])) {
      find(show.inspector, `[data-mark=${mark}]`).hidden = !this.steps?.[mark];
    }
    this.showStep();
  }

  /** The arithmetic of the present step. */
  showStep() {
    const { model, show, steps } = this;
    const { inspector, worked, from_to } = show;
    if (inspector.hidden) return;
    const waits = !steps || this.outdated;
    inspector.classList.toggle("lll-waiting", waits);
    find(inspector, ".lll-opened-step").inert = waits; // pale numbers of another race are not for readers
    if (!steps || model.previewing) return;
    const { words } = model;
    const count = steps.form.length;
    const step = Math.min(this.clock.step, count - 1);
    from_to.textContent = count ? fill(words.from_to, { step, next: step + 1 }) : words.no_step;
    this.#showBend(steps, Math.min(this.clock.step, model.tree.race.lanes[steps.lane].last_step), step);
    const form = count ? `${steps.key} ${steps.form[step]}` : "";
    const another = form !== this.#form;
    if (another) {
      this.#form = form;
      const lines = count ? steps.forms[steps.form[step]] : [];
      worked.innerHTML = lines
        .map(({ name, head, body }) => `<div class="lll-line" data-letter="${escapeHtml(name)}"><span>${head}</span>${body}</div>`)
        .join("");
      const cells = /** @type {NodeListOf<HTMLElement>} */ (worked.querySelectorAll("[data-at]"));
      this.#cells = [...cells].map((cell) => ({ cell, at: Number(cell.dataset.at), signed: "signed" in cell.dataset }));
    }
    const width = steps.numbers.length / count;
    for (const { cell, at, signed } of this.#cells) {
      const value = steps.numbers[step * width + at];
      const text = workedNumber(value);
      cell.textContent = signed && value < 0 ? `(${text})` : text;
    }
    if (another) this.type.fill();
    else this.type.keep();
  }

  /** How the surface bends at a point. @param {InspectedSteps} steps @param {number} point @param {number} step */
  #showBend({ bend, rates, kinds }, point, step) {
    const { words, lanes, view } = this.model;
    const { gradients } = lanes[view.inspected];
    const rate = rates?.[step];
    const limit = bend.limit[point];
    const above = rate !== undefined && rate > limit;
    const below = rate !== undefined && rate <= limit;
    const verdict = limit === Infinity ? words.no_limit : above ? words.above_limit : below ? words.below_limit : "";
    const slope = gradients ? workedNumber(Math.hypot(gradients[2 * point], gradients[2 * point + 1])) : "–";
    const entries = [
      [words.slope, "‖∇L‖", slope],
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
      `<p class="${above ? "lll-warning" : ""}">${escapeHtml(verdict)}</p><p data-show="kind">${escapeHtml(kinds[bend.kind[point]])}</p>`;
    if (text !== this.#bend) this.#bend = this.show.bend.innerHTML = text;
  }
}
