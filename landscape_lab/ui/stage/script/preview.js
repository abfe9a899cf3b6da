/* While a number is dragged the engine runs the race in the browser, and the stage paints it in the next frame. The server
   is asked once, when the hand lets go; its race replaces the preview. `fromServer` is the tree that came last from
   there, and `tree` what is shown. A knob tells what it does by the event "lab-knob" on the document:
     {path, value, phase: move|release|cancel, stage: whose it is, low, high, scale: log|linear};
   the stage answers with "lab-flip": {path, stage, value: from here upwards its lane diverges, or null}. */

import { Engine, loadEngine } from "./engine.js";
import { HeldNumbers, sameNumber } from "./held_numbers.js";
import { isRange } from "./knob_range.js";
import { grownRanges } from "./loss_axes.js";
import { RaceRequest } from "./race_request.js";
import { runsApart } from "./runs_apart.js";

const ANSWER_PATIENCE = 10_000; // ms to wait for the server's race before the last one that came is shown again
export const REST = 150; // ms without a move after which a hand rests
const VISIBLE = 0.01; // of the map: races farther apart than this are seen to differ
const LANE_PATH = /^lane\/(\d+)\//;

/** The numbers of a page in its link, without how they are looked at. */
export function numbersOf({ route }) {
  const query = new URLSearchParams(route?.link);
  for (const part of ["show", "hidden", "inspect"]) query.delete(part);
  return String(query);
}

export const previewMethods = {
  listenToKnobs() {
    this.held = new HeldNumbers();
    this.settledApart = null; // how far the engine's runs were from the server's, where that is known
    this.on(document, "lab-knob", ({ detail }) => this.hearKnob(detail ?? {}));
  },

  get name() {
    return this.tree.name ?? this.tree.stage ?? "stage";
  },

  get previewing() {
    return this.tree !== this.fromServer;
  },

  /** Whether the server ran the race that is shown, with all that was let go of. */
  get settled() {
    return !this.previewing || (!this.held.inHand && this.settledApart !== null);
  },

  /* ---- the engine ---- */

  /** The program {key, text, data} of the stage's engine; null where there is none. Nothing waits for it. */
  receiveProgram(program) {
    if (!program || program.key === this.program?.key) return;
    this.program = program;
    loadEngine(program.text).then(
      (module) => {
        if (program !== this.program) return;
        this.engineModule = module;
        if (!this.held.empty) this.showHeld();
      },
      () => undefined, // where it does not load, the server is asked instead
    );
    this.engineModule = null;
  },

  /** What runs the server's race in the browser; null where nothing can, or nothing may be told. */
  get engine() {
    const { engine: spec, race } = this.fromServer;
    if (!spec || race.veiled || !this.engineModule || this.program.key !== spec.key) return null;
    if (spec !== this.engineSpec) {
      this.engineSpec = spec;
      this.builtEngine = new Engine(this.engineModule, spec, this.program.data);
    }
    return this.builtEngine;
  },

  /* ---- the hand ---- */

  hearKnob({ path, value, phase = "move", stage = "stage", low, high, scale }) {
    if (stage !== this.name || typeof path !== "string") return;
    if (phase === "cancel") {
      this.held.cancel(path);
      this.dropKnob();
      this.showHeld();
    } else if (Number.isFinite(value)) {
      const range = { low, high, scale };
      if (phase === "move" && this.knob?.path !== path) this.takeKnob(path, isRange(range) ? range : null);
      if (this.knob) this.knob.value = value;
      this.hold(path, { [path]: value });
      if (phase === "release") this.letGo(path);
    }
  },

  /** Hold numbers under a name, and show them. Gives whether that needs no run of the page's script. */
  hold(name, numbers) {
    this.checkFlip(name);
    this.held.move(name, numbers);
    clearTimeout(this.unanswered);
    this.showHeld();
    return this.knows(numbers) || this.canFetch;
  },

  /** The server is being asked for what is held under a name; what is shown stays until its race is here. */
  letGo(name) {
    this.dropKnob();
    const same = !this.held.waits(name) && this.held.isIn(name, this.valueOf());
    if (same) this.held.cancel(name);
    else this.held.release(name);
    if (same) this.showHeld();
    else this.settle();
    clearTimeout(this.unanswered);
    const giveUp = () => {
      this.held.forget();
      this.showHeld();
    };
    if (this.onStart) this.unanswered = setTimeout(giveUp, ANSWER_PATIENCE);
  },

  /** A hand has taken a knob. */
  takeKnob(path, range) {
    this.dropKnob();
    this.knob = { path, range };
    const lane = LANE_PATH.exec(path);
    if (lane && range) Object.assign(this.knob, { lane: Number(lane[1]) });
  },

  dropKnob() {
    if (!this.knob) return;
    this.knob = null;
    this.search = null;
    this.clearGhosts();
  },

  /** What the server's race has at a path, as a function; undefined for what is not known. */
  valueOf() {
    const { engine } = this;
    const [x, y] = this.fromServer.race.start;
    const start = { "start/x": x, "start/y": y };
    return (path) => start[path] ?? (engine?.has(path) ? engine.value(path) : undefined);
  },

  /* ---- the picture ---- */

  /** Whether the engine can change all of some numbers. */
  knows(numbers) {
    const { engine } = this;
    return Boolean(engine) && Object.entries(numbers).every(([path, value]) => engine.has(path, value));
  },

  /** Whether the server gives a race without a run of the page's script. What a veil hides is not asked for. */
  get canFetch() {
    const { route, race } = this.fromServer;
    return Boolean(route) && !race.veiled;
  },

  /** Show the race with all that is held, or without anything the server's. Gives whether it is a preview. */
  showHeld() {
    const { numbers, empty } = this.held;
    if (!empty && this.canFetch && !this.knows(numbers)) return this.fetchRace(numbers);
    const shown = !empty && this.preview(numbers);
    if (!shown && this.previewing) this.endPreview();
    return shown;
  },

  /** Ask the server for the race with some numbers that only Python can change, without a run of the page's script. */
  fetchRace(numbers) {
    const base = this.fromServer;
    this.requestsFor(base)
      .ask(numbers)
      .then((tree) => tree && base === this.fromServer && !this.held.empty && this.showTree(tree));
    return this.previewing;
  },

  /**
   * What was let go of, and is shown as the engine ran it: show how the server runs it. The answer of the route is here
   * long before that of the page, which has widgets to draw. Another surface comes with the page: it is drawn once.
   */
  settle() {
    const base = this.fromServer;
    const { numbers, inHand } = this.held;
    if (inHand || !this.previewed || this.surfaceNumbers || !this.canFetch) return;
    const asked = JSON.stringify(numbers);
    this.requestsFor(base)
      .settle(numbers)
      .then((tree) => {
        const { held, previewed, previewer, lanes } = this;
        if (!tree || base !== this.fromServer || held.inHand || JSON.stringify(held.numbers) !== asked) return;
        this.showTree(tree, true);
        const settledApart = runsApart(lanes, this.lanes, base.surface.domain);
        Object.assign(this, { previewed, previewer, settledApart });
        this.paint(); // now: before the next frame Streamlit may have a page of widgets to draw
        this.fitCurvesSoon();
      });
  },

  /** The requests for races that differ from a tree of the page. */
  requestsFor(base) {
    if (this.fetchedFor !== base) {
      this.requests?.cancel();
      [this.fetchedFor, this.requests] = [base, new RaceRequest(base.route, base)];
    }
    return this.requests;
  },

  /** Show a race of the server's that is not the page's yet. The axes stand still but where they fit it again. */
  showTree({ surface, race, curves }, refit = false) {
    const base = this.fromServer;
    const shown = this.tree;
    if (!this.previewing) this.beginPreview();
    const still = !refit && shown.curves.log === curves.log && shown.curves.offset === curves.offset;
    const { key, round } = base.race;
    this.previewed = null;
    this.tree = { ...base, surface, curves: still ? shown.curves : curves, race: { ...race, key, round } };
    this.showLength(shown.race.steps);
    this.receiveMember();
    this.showRace();
    this.showSettings();
    this.previewShown();
    if (surface.key !== shown.surface.key) this.drawSurface();
    this.invalidate();
  },

  /** Show the race with other numbers, by path, from the next frame on. Gives false where the engine knows none of them. */
  preview(changes) {
    const { engine } = this;
    const numbers = Object.fromEntries(Object.entries(changes).filter(([path, value]) => engine?.has(path, value)));
    if (!Object.keys(numbers).length) return false;
    const { family } = this.fromServer.race;
    const picked = family?.path && engine.has(family.path) && Math.fround(engine.value(family.path)) !== this.pickedValue;
    if (picked) numbers[family.path] ??= this.pickedValue;
    [this.previewed, this.previewer, this.settledApart] = [numbers, engine, null];
    this.showRuns(this.runsOf(numbers));
    const ofSurface = Object.keys(numbers).some((path) => path.startsWith("surface/"));
    this.surfaceMoved = ofSurface || Boolean(this.surfaceNumbers);
    this.surfaceNumbers = ofSurface ? numbers : null;
    this.followWithGhosts();
    this.searchFlip();
    return true;
  },

  /** The race with other numbers. Where all of them are one lane's, it is the only one that is run again. */
  runsOf(numbers) {
    const { engine, fromServer } = this;
    const owners = new Set(Object.keys(numbers).map((path) => LANE_PATH.exec(path)?.[1]));
    const [owner] = owners;
    if (owners.size > 1 || owner === undefined) return engine.race(numbers);
    const lanes = Array(fromServer.race.lanes.length);
    lanes[owner] = engine.lane(Number(owner), numbers);
    return { start: fromServer.race.start, lanes };
  },

  /** Show runs, and the server's own where there is none. */
  showRuns({ start, lanes: runs }) {
    const base = this.fromServer;
    const { words } = this;
    if (!this.previewing) this.beginPreview();
    const shown = this.tree;
    const steps = runs.find(Boolean).points.length / 2 - 1;
    const lanes = base.race.lanes.map((lane, i) => {
      if (!runs[i]) return lane;
      const outcome = runs[i].diverged ? words.diverged : "";
      return { ...lane, ...runs[i], outcome };
    });
    this.tree = { ...base, curves: shown.curves, race: { ...base.race, start: [...start], steps, lanes } };
    this.lanes = lanes;
    this.showLength(shown.race.steps);
    this.pathsMoved = true;
    this.showOutcomes();
    this.previewShown();
    this.request();
  },

  /** The race may be longer or shorter than the one before: a position at its end stays there. */
  showLength(before) {
    const wasAtEnd = this.position >= before && !this.playing;
    this.position = wasAtEnd ? this.steps : Math.min(this.position, this.steps);
    this.scrub.max = this.steps;
  },

  previewShown() {
    this.previews++;
    this.waitsUntil = 0;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.handRests(), REST);
  },

  beginPreview() {
    this.root.classList.add("lll-previewing");
    for (const panel of Object.values(this.panels)) {
      this.hover(panel, null);
      panel.fanKey = undefined;
      if (panel.lower.fan) panel.begin(panel.lower.fan);
    }
    this.remark("");
    this.moved = true; // no fan
    this.tree = { ...this.tree }; // no longer the server's
    this.showWorking();
  },

  endPreview() {
    const shown = this.tree;
    this.tree = this.fromServer;
    this.forgetPreview();
    this.showLength(shown.race.steps);
    this.receiveMember();
    this.showRace();
    this.showWorking();
    if (shown.surface.key !== this.tree.surface.key) this.drawSurface();
    else this.fitCurvesSoon();
    this.invalidate();
  },

  /** What a preview has left behind. */
  forgetPreview() {
    clearTimeout(this.resting);
    if (this.held.empty) clearTimeout(this.unanswered);
    this.requests?.cancel();
    this.previewed = null;
    this.root.classList.remove("lll-previewing");
    this.surfaceNumbers = null;
    this.surfaceMoved = true;
    this.lowerGround();
    this.clearGhosts();
  },

  /**
   * The server's tree is here, and is the one that is shown. `answered` says whether any of its numbers is another one,
   * be it one on which the race does not depend. Gives whether a preview is shown again.
   */
  resumePreview(shown, answered) {
    if (this.held.empty) return false;
    const wasPreview = answered && this.previewed;
    if (answered) this.held.answered(this.valueOf());
    const { log, offset } = this.tree.curves;
    if (this.held.inHand && shown.curves.log === log && shown.curves.offset === offset) {
      this.tree = { ...this.tree, curves: shown.curves }; // the axes stand still as long as the hand moves
    }
    if (this.showHeld()) return true;
    const exact = wasPreview && this.isPreviewed();
    this.forgetPreview();
    const apart = exact ? (this.settledApart ?? runsApart(shown.race.lanes, this.lanes, this.tree.surface.domain)) : 0;
    if (apart > VISIBLE) this.remark(this.words.settled_elsewhere);
    if (!this.held.empty) this.showHeld(); // asks for it again
    return false;
  },

  /** Whether the server's race has the very numbers of the last preview: in a lesson others may have changed with them. */
  isPreviewed() {
    const { engine, previewed, previewer } = this;
    const was = (path) => previewed[path] ?? (previewer.has(path) ? previewer.value(path) : NaN);
    return Boolean(engine) && [...engine.values].every(([path, value]) => sameNumber(value, was(path)));
  },

  /** A sentence about the picture that is shown. */
  remark(text) {
    const { remark } = this.show;
    if (remark.textContent !== text) remark.textContent = text;
    remark.hidden = !text;
  },

  /** The hand rests: what takes longer than a frame follows. */
  handRests() {
    if (!this.previewing) return;
    const { curves, race } = this.tree;
    const shown = this.lanes.filter((_, i) => this.isShown(i));
    const ranges = grownRanges(curves.ranges, shown, curves.offset, race.steps);
    this.tree.curves = { ...curves, ranges };
    this.fitCurves();
    this.placeStart();
  },
};
