// @ts-check
import { isLost } from "./connection.js";
import { FlipSearch } from "./flip_search.js";
import { Ghosts } from "./ghosts.js";
import { HeldNumbers, sameNumber } from "./held_numbers.js";
import { isRange } from "./knob_range.js";
import { grownRanges } from "./loss_axes.js";
import { RaceRequest } from "./race_request.js";
import { runsApart } from "./runs_apart.js";
import { smoothedBy } from "./smoothing.js";

/**
 * @import { Engine, LaneRun } from "./engine.js"
 * @import { KnobRange } from "./knob_range.js"
 * @import { Stage } from "./stage.js"
 * @import { KnobDetail, Lane, Tree } from "./types.js"
 * @typedef {Record<string, number>} Changes numbers by their paths
 * @typedef {{ path: string, range: KnobRange | null, lane?: number }} Knob the one that is dragged, and the entry it belongs to
 * @typedef {{ numbers: Changes, engine: Engine }} Previewed what the engine ran
 */

const ANSWER_PATIENCE = 10_000; // ms to wait for the server's race before the last one that came is shown again
const REST = 150; // ms without a move after which what takes longer than a frame follows
const VISIBLE = 0.01; // of the map: races farther apart than this visibly differ
const LANE_PATH = /^lane\/(\d+)\//;

/** The numbers of a page in its link, without how they are viewed. @param {Tree} tree */
export function numbersOf({ route }) {
  const query = new URLSearchParams(route?.link);
  for (const part of ["show", "hidden", "inspect", "camera"]) query.delete(part);
  return String(query);
}

/**
 * Shows the race with the numbers that are dragged. The engine runs it in the browser, and the next frame paints it; where
 * it cannot, the server's route does. The page's script is asked once, on release; its race replaces the preview.
 */
export class Preview {
  /** @type {Previewed | null} null where the server ran what is shown */
  #previewed = null;
  /** How far the engine's runs were from the server's, where that is known. @type {number | null} */
  #apart = null;
  /** @type {RaceRequest | null} for races that differ from `#base` */
  #requests = null;
  /** @type {Tree | null} */
  #base = null;
  /** @type {number | undefined} until released numbers are given up without an answer */
  #unanswered;
  /** @type {number | undefined} */
  #resting;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.model = stage.model;
    this.source = stage.source;
    this.held = new HeldNumbers();
    this.ghosts = new Ghosts(stage);
    this.flip = new FlipSearch(stage);
    /** The knob that is dragged. @type {Knob | null} */
    this.knob = null;
    /** How many previews have been shown. */
    this.count = 0;
    stage.listening.on(document, "lab-knob", ({ detail }) => detail && this.#receive(detail));
    stage.listening.on(document, "lab-connection", () => {
      this.#base = null; // a server that did not answer is asked again
      this.#expectAnswer();
    });
  }

  /** Whether the server ran the race that is shown, with everything that was released. */
  get settled() {
    return !this.model.previewing || (!this.held.inHand && this.#apart !== null);
  }

  /** The numbers that the engine ran; null where the server ran what is shown. */
  get numbers() {
    return this.#previewed?.numbers ?? null;
  }

  /** Whether the server gives a race without a run of the page's script. What a veil hides is not asked for. */
  get #canFetch() {
    const { route, race } = this.model.fromServer;
    return Boolean(route) && !race.veiled && !isLost();
  }

  /* ---- numbers that are dragged ---- */

  /** @param {KnobDetail} detail */
  #receive(detail) {
    const { path, value, phase = "move", stage = "stage", low, high, scale } = detail;
    if (stage !== this.model.name || typeof path !== "string") return;
    if (phase === "cancel") {
      this.held.cancel(path);
      this.#dropKnob();
      this.showHeld();
    } else if (Number.isFinite(value)) {
      const range = { low, high, scale };
      if (phase === "move" && this.knob?.path !== path) this.#takeKnob(path, isRange(range) ? range : null);
      this.hold(path, { [path]: value });
      if (phase === "release") detail.answer = this.letGo(path);
    }
  }

  /** @param {string} path @param {KnobRange | null} range */
  #takeKnob(path, range) {
    this.#dropKnob();
    const lane = range && LANE_PATH.exec(path);
    this.knob = lane ? { path, range, lane: Number(lane[1]) } : { path, range };
  }

  #dropKnob() {
    if (!this.knob) return;
    this.knob = null;
    this.flip.stop();
    this.ghosts.clear();
  }

  /**
   * Hold numbers under a name, and show them. Returns whether that needs no run of the page's script.
   * @param {string} name
   * @param {Changes} numbers
   */
  hold(name, numbers) {
    this.flip.check(name);
    this.held.move(name, numbers);
    this.showHeld();
    return this.source.knows(numbers) || this.#canFetch;
  }

  /** Give up what is held under a name. @param {string} name */
  cancel(name) {
    if (this.held.cancel(name)) this.showHeld();
  }

  /**
   * The server is being asked for what is held under a name; what is shown stays until its race is here.
   * @param {string} name
   * @returns {Promise<void> | undefined} settled with the answer of the route, where it is asked
   */
  letGo(name) {
    this.#dropKnob();
    let answer;
    const same = !this.held.waits(name) && this.held.isIn(name, (path) => this.source.valueOf(path));
    if (same) {
      this.held.cancel(name);
      this.showHeld();
    } else {
      this.held.release(name);
      answer = this.#settle();
      this.stage.painter.giveWay();
    }
    this.#expectAnswer();
    return answer;
  }

  /** Give up what was released and is not answered for long, unless it is sent when the connection is back. */
  #expectAnswer() {
    clearTimeout(this.#unanswered);
    if (!this.stage.listeners.onStart || this.held.empty || isLost()) return;
    this.#unanswered = setTimeout(() => {
      this.held.forget();
      this.showHeld();
    }, ANSWER_PATIENCE);
  }

  /* ---- the race with these numbers ---- */

  /** Show the race with all that is held, or without anything the server's. Returns whether it is a preview. */
  showHeld() {
    const { numbers, empty } = this.held;
    if (!empty && this.#canFetch && !this.source.knows(numbers)) return this.#fetch(numbers);
    const shown = !empty && this.#run(numbers);
    if (!shown && this.model.previewing) this.#end();
    return shown;
  }

  /** Ask the server for the race with some numbers that only Python can change. @param {Changes} numbers */
  #fetch(numbers) {
    const base = this.model.fromServer;
    this.#requestsFor(base)
      ?.ask(numbers)
      .then((tree) => tree && base === this.model.fromServer && !this.held.empty && this.#showTree(tree));
    return this.model.previewing;
  }

  /**
   * What was released, and is shown as the engine ran it: show how the server runs it. The route's answer is here long
   * before that of the page, which has widgets to draw. Another surface comes with the page: it is drawn once.
   */
  #settle() {
    const { model, held, stage } = this;
    const base = model.fromServer;
    const { numbers, inHand } = held;
    if (inHand || !this.#previewed || stage.movedSurface.numbers || !this.#canFetch) return;
    const asked = JSON.stringify(numbers);
    return this.#requestsFor(base)
      ?.settle(numbers)
      .then((tree) => {
        if (!tree || base !== model.fromServer || held.inHand || JSON.stringify(held.numbers) !== asked) return;
        const previewed = this.#previewed;
        const { lanes } = model;
        this.#showTree(tree, true);
        this.#previewed = previewed;
        this.#apart = runsApart(lanes, model.lanes, base.surface.domain);
        stage.painter.paint(); // now: before the next frame Streamlit may have a page of widgets to draw
        stage.graphs.fitSoon();
      });
  }

  /** @param {Tree} base of the page */
  #requestsFor(base) {
    if (this.#base !== base) {
      this.#requests?.cancel();
      this.#base = base;
      this.#requests = base.route ? new RaceRequest(base.route, base) : null;
    }
    return this.#requests;
  }

  /**
   * Show a race of the server's that is not the page's yet. The axes stand still unless they are to fit it.
   * @param {Pick<Tree, "surface" | "race" | "curves">} tree
   */
  #showTree({ surface, race, curves }, refit = false) {
    const { model, stage } = this;
    const base = model.fromServer;
    const shown = model.tree;
    if (!model.previewing) this.#begin();
    const still = !refit && shown.curves.log === curves.log && shown.curves.offset === curves.offset;
    const { key, round } = base.race;
    this.#previewed = null;
    model.tree = { ...base, surface, curves: still ? shown.curves : curves, race: { ...race, key, round } };
    stage.showLength();
    stage.family.update();
    stage.showRace();
    stage.showSettings();
    this.#shown();
    if (surface.key !== shown.surface.key) {
      stage.graphs.outdateSurface();
      stage.graphs.draw();
    }
    stage.painter.invalidate();
  }

  /**
   * Run the race with other numbers, and show it from the next frame on. Returns false where the engine knows none of them.
   * @param {Changes} changes
   */
  #run(changes) {
    const { engine } = this.source;
    if (!engine) return false;
    const numbers = Object.fromEntries(Object.entries(changes).filter(([path, value]) => engine.has(path, value)));
    if (!Object.keys(numbers).length) return false;
    const { family } = this.model.fromServer.race;
    const { value: chosen } = this.stage.family;
    if (family?.path && chosen !== undefined && engine.has(family.path) && Math.fround(engine.value(family.path)) !== chosen) {
      numbers[family.path] ??= chosen;
    }
    this.#previewed = { numbers, engine };
    this.#apart = null;
    this.#showRuns(this.#runs(engine, numbers));
    this.stage.movedSurface.move(Object.keys(numbers).some((path) => path.startsWith("surface/")) ? numbers : null);
    if (this.knob && this.knob.path in numbers) {
      this.ghosts.follow();
      this.flip.search(this.knob, engine, numbers);
    }
    return true;
  }

  /**
   * The race with other numbers. Where all of them are one entry's, it is the only one that is run again.
   * @param {Engine} engine
   * @param {Changes} numbers
   * @returns {{ start: number[], lanes: (LaneRun | undefined)[] }}
   */
  #runs(engine, numbers) {
    const { start, lanes } = this.model.fromServer.race;
    const owners = new Set(Object.keys(numbers).map((path) => LANE_PATH.exec(path)?.[1]));
    const [owner] = owners;
    if (owners.size > 1 || owner === undefined) return engine.race(numbers);
    return { start, lanes: lanes.map((_, i) => (i === Number(owner) ? engine.lane(i, numbers) : undefined)) };
  }

  /** Show runs, and the server's own where there is none. @param {{ start: number[], lanes: (LaneRun | undefined)[] }} runs */
  #showRuns({ start, lanes: runs }) {
    const { model, stage } = this;
    const base = model.fromServer;
    if (!model.previewing) this.#begin();
    const shown = model.tree;
    const steps = runs.find((run) => run !== undefined)?.gaps.length ?? 1;
    /** @type {Lane[]} */
    const lanes = base.race.lanes.map((lane, i) => {
      const run = runs[i];
      return run ? { ...lane, ...run, outcome: run.diverged ? model.words.diverged : "" } : lane;
    });
    model.tree = { ...base, curves: shown.curves, race: { ...base.race, start: [...start], steps: steps - 1, lanes } };
    model.lanes = lanes;
    stage.showLength();
    stage.showOutcomes();
    this.#shown();
    stage.painter.pathsMoved();
  }

  #shown() {
    this.count++;
    this.stage.painter.endWaiting();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#rest(), REST);
  }

  /** No number has moved for a while: what takes longer than a frame follows. */
  #rest() {
    const { model, stage } = this;
    if (!model.previewing) return;
    const { curves } = model.tree;
    const shown = model.lanes.filter((_, i) => model.isShown(i)).map(smoothedBy(model.smoothing));
    model.tree.curves = { ...curves, ranges: grownRanges(curves.ranges, shown, curves.offset, model.length) };
    stage.graphs.charts.curves.fit();
    stage.start.place();
  }

  #begin() {
    const { stage, model } = this;
    stage.root.classList.add("lll-previewing");
    stage.hover.end();
    for (const panel of stage.pathPanels) stage.fan.clear(panel);
    stage.remark("");
    stage.painter.invalidate(); // no fan
    model.tree = { ...model.tree }; // no longer the server's
    stage.inspector.showStep();
  }

  #end() {
    const { stage, model } = this;
    const shown = model.tree;
    model.tree = model.fromServer;
    this.forget();
    stage.showLength();
    stage.family.update();
    stage.showRace();
    stage.inspector.showStep();
    if (shown.surface.key !== model.tree.surface.key) {
      stage.graphs.outdateSurface();
      stage.graphs.draw();
    } else stage.graphs.fitSoon();
    stage.painter.invalidate();
  }

  /** Remove what a preview has left behind. */
  forget() {
    clearTimeout(this.#resting);
    if (this.held.empty) clearTimeout(this.#unanswered);
    this.#requests?.cancel();
    this.#previewed = null;
    this.stage.root.classList.remove("lll-previewing");
    this.stage.movedSurface.end();
    this.ghosts.clear();
  }

  /**
   * The server's tree is here, and is the one that is shown. Returns whether a preview is shown again.
   * @param {Tree} shown before
   * @param {boolean} answered whether any of its numbers is another one, be it one on which the race does not depend
   */
  resume(shown, answered) {
    const { model, held } = this;
    if (held.empty) return false;
    const previewed = answered ? this.#previewed : null;
    if (answered) held.answered((path) => this.source.valueOf(path));
    const { log, offset } = model.tree.curves;
    if (held.inHand && shown.curves.log === log && shown.curves.offset === offset) {
      model.tree = { ...model.tree, curves: shown.curves }; // the axes stand still as long as a number moves
    }
    if (this.showHeld()) return true;
    const exact = previewed && this.#isAnswer(previewed);
    this.forget();
    const apart = exact ? (this.#apart ?? runsApart(shown.race.lanes, model.lanes, model.tree.surface.domain)) : 0;
    if (apart > VISIBLE) this.stage.remark(model.words.settled_elsewhere);
    if (!held.empty) this.showHeld(); // asks for it again
    return false;
  }

  /** Whether the server's race has the very numbers of a preview: in a lesson others may have changed with them. @param {Previewed} previewed */
  #isAnswer({ numbers, engine: earlier }) {
    const { engine } = this.source;
    const was = (/** @type {string} */ path) => numbers[path] ?? (earlier.has(path) ? earlier.value(path) : NaN);
    return engine !== null && [...engine.values].every(([path, value]) => sameNumber(value, was(path)));
  }

  destroy() {
    clearTimeout(this.#unanswered);
    this.flip.stop();
    this.forget();
  }
}
