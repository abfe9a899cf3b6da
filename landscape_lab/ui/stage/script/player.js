// @ts-check
import { find, findButton, findInput, findSelect, setText } from "./dom.js";
import { icon } from "./icons.js";
import { Milestones } from "./milestones.js";
import { fill } from "./words.js";

/** @import { Stage } from "./stage.js" */

const READABLE = 45; // ms between two texts of the step while the race plays

/** The bar below the pictures, and the choices above them: they show the clock and the view. */
export class Player {
  /** @type {number | undefined} */
  #shownStep;
  #shownAt = 0;

  /**
   * @param {Stage} stage
   * @param {HTMLElement} step where the present step is written
   */
  constructor(stage, step) {
    const { root } = stage;
    this.stage = stage;
    this.model = stage.model;
    this.clock = stage.clock;
    this.step = step;
    this.milestones = new Milestones(stage);
    this.scrub = findInput(root, ".lll-scrub");
    this.play = findButton(root, "[data-act=play]");
    this.help = find(root, ".lll-help");
    stage.listening.on(this.scrub, "input", () => stage.seek(Number(this.scrub.value)));
  }

  /** "play", "pause", or at the end "replay". @returns {"play" | "pause" | "replay"} */
  get state() {
    return this.clock.playing ? "pause" : this.clock.ended ? "replay" : "play";
  }

  /** Show how the race is viewed. */
  showSettings() {
    const { model, stage, clock } = this;
    const { root } = stage;
    const { view, words, tree } = model;
    const { state } = this;
    if (this.play.dataset.state !== state) {
      this.play.dataset.state = state;
      this.play.innerHTML = icon(state);
      this.play.setAttribute("aria-label", words[state]);
      this.play.title = `${words[state]} (${words.key_space})`;
    }
    this.#press("[data-act=loop]", clock.loop);
    this.#press("[data-act=arrows]", model.arrows);
    this.#press("[data-act=held_out]", stage.data.heldOut);
    /** @type {Record<string, string>} */
    const chosen = {
      projection: model.projection,
      progress_axis: model.progressAxis,
      loss_axis: tree.curves.log ? view.loss_axis : "linear",
      quantity: model.quantity?.name ?? "",
      picture: stage.data.picture,
    };
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".lll-choice button"))) {
      button.setAttribute("aria-pressed", String(chosen[button.dataset.act ?? ""] === button.dataset.value));
    }
    findButton(root, "[data-act=loss_axis][data-value=log]").disabled = !tree.curves.log;
    findButton(root, "[data-act=projection][data-value=relief]").disabled = model.foggy;
    findSelect(root, "[data-choose=speed]").value = clock.logTime ? "log" : String(clock.speed);
    findSelect(root, "[data-choose=trail]").value = String(stage.paths.trail);
    const { examples } = stage.data;
    const { ranges } = tree.curves;
    const axis = findSelect(root, "[data-choose=progress_axis]");
    axis.value = model.progressAxis;
    axis.hidden = !("examples" in ranges);
    find(root, ".lll-choice:has([data-act=progress_axis])").hidden = "examples" in ranges || !("evaluations" in ranges);
    find(root, "[data-act=arrows]").hidden = Boolean(model.recording);
    find(root, ".lll-choice:has([data-act=picture])").hidden = !examples || examples.pictures.length < 2;
    const fog = find(root, "[data-act=fog]");
    fog.hidden = !tree.fog;
    fog.textContent = model.foggy ? words.lift_fog : words.fog;
    fog.setAttribute("aria-label", fog.textContent);
    fog.title = `${fog.textContent} (F)`;
    const transport = /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll(".lll-transport button"));
    for (const control of [this.scrub, ...transport]) control.disabled = model.veiled;
  }

  /** @param {string} selector @param {boolean} on */
  #press(selector, on) {
    find(this.stage.root, selector).setAttribute("aria-pressed", String(on));
  }

  /** The race has another length. */
  showLength() {
    this.scrub.max = String(this.clock.steps);
  }

  /** The texts of the present step are to be written again. */
  outdateStep() {
    this.#shownStep = undefined;
  }

  /** Slider, step and losses. Text changes at whole steps only, and not more often than it can be read. */
  showStep() {
    const { step, steps, playing } = this.clock;
    if (step === this.#shownStep) return;
    const now = performance.now();
    if (playing && now - this.#shownAt < READABLE) return;
    this.#shownAt = now;
    this.#shownStep = step;
    const { model } = this;
    const text = fill(model.words.step_of, { step: model.stepAt(step), steps: model.stepAt(steps) });
    this.scrub.value = String(step);
    this.scrub.style.setProperty("--lll-done", `${(100 * step) / (steps || 1)}%`);
    this.scrub.setAttribute("aria-valuetext", text);
    setText(this.step, text);
    this.stage.inspector.showStep();
    this.stage.legend.showStep(step);
    this.milestones.reach(step);
  }

  /** @param {boolean} open */
  showHelp(open) {
    this.help.hidden = !open;
    find(this.stage.root, ".lll-bar [data-act=help]").setAttribute("aria-expanded", String(open));
    if (open) find(this.help, "button").focus();
  }
}
