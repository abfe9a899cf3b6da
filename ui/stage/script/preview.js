/* While a number is dragged the engine runs the race in the browser, and the stage paints it in the next frame. The server
   is asked once, when the hand lets go; its race replaces the preview. `fromServer` is the tree that came last from
   there, and `tree` what is shown. A knob tells what it does by the event "lab-knob" on the document:
     {path, value, phase: move|release|cancel, stage: whose it is, low, high, scale: log|linear};
   the stage answers with "lab-flip": {path, stage, value: from here upwards its lane diverges, or null}. */

const ANSWER_PATIENCE = 10_000; // ms to wait for the server's race before the last one that came is shown again
const REST = 150; // ms without a move after which a hand rests
const VISIBLE = 0.01; // of the map: races farther apart than this are seen to differ
const LANE_PATH = /^lane\/(\d+)\//;

extend(Stage, {
  listenToKnobs() {
    this.held = new HeldNumbers();
    this.on(document, "lab-knob", ({ detail }) => this.hearKnob(detail ?? {}));
  },

  get name() {
    return this.tree.stage ?? "stage";
  },

  get previewing() {
    return this.tree !== this.fromServer;
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
      () => undefined, // the page's policy forbids it: the server is asked instead
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

  /** Hold numbers under a name, and show them. Gives whether the engine can. */
  hold(name, numbers) {
    this.held.move(name, numbers);
    clearTimeout(this.unanswered);
    return this.showHeld() && Object.keys(numbers).every((path) => this.engine.has(path));
  },

  /** The server is being asked for what is held under a name; what is shown stays until its race is here. */
  letGo(name) {
    this.dropKnob();
    const same = !this.held.waits(name) && this.held.isIn(name, this.valueOf());
    if (same) this.held.cancel(name);
    else this.held.release(name);
    if (same) this.showHeld();
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

  /** Show the race with all that is held, or without anything the server's. Gives whether it is a preview. */
  showHeld() {
    const shown = !this.held.empty && this.preview(this.held.numbers);
    if (!shown && this.previewing) this.endPreview();
    return shown;
  },

  /** Show the race with other numbers, by path, from the next frame on. Gives false where the engine knows none of them. */
  preview(changes) {
    const { engine } = this;
    const numbers = Object.fromEntries(Object.entries(changes).filter(([path]) => engine?.has(path)));
    if (!Object.keys(numbers).length) return false;
    const { family } = this.fromServer.race;
    const picked = family?.path && engine.has(family.path) && Math.fround(engine.value(family.path)) !== this.pickedValue;
    if (picked) numbers[family.path] ??= this.pickedValue;
    this.previewed = numbers;
    this.showRuns(engine.race(numbers));
    this.surfaceNumbers = Object.keys(numbers).some((path) => path.startsWith("surface/")) ? numbers : null;
    this.surfaceMoved = Boolean(this.surfaceNumbers);
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.handRests(), REST);
    this.followWithGhosts();
    this.searchFlip();
    return true;
  },

  showRuns({ start, lanes: runs }) {
    const base = this.fromServer;
    const { words } = this;
    if (!this.previewing) this.beginPreview();
    const steps = runs[0].points.length / 2 - 1;
    const lanes = base.race.lanes.map((lane, i) => {
      const outcome = runs[i].diverged ? words.diverged : "";
      const seen = steps === base.race.steps ? lane.seen : null;
      return { ...lane, ...runs[i], outcome, seen, validation: null };
    });
    const wasAtEnd = this.position >= this.steps && !this.playing;
    const { curves } = this.tree;
    this.tree = { ...base, curves, race: { ...base.race, start: [...start], steps, lanes } };
    this.lanes = lanes;
    this.scrub.max = steps;
    this.position = wasAtEnd ? steps : Math.min(this.position, steps);
    this.previews++;
    this.pathsMoved = true;
    this.waitsUntil = 0;
    this.showOutcomes();
    this.request();
  },

  beginPreview() {
    this.root.classList.add("lll-previewing");
    for (const panel of Object.values(this.panels)) {
      this.hover(panel, null);
      panel.fanKey = undefined;
      if (panel.lower.fan) panel.begin(panel.lower.fan);
    }
    this.remark("");
    this.moved = true; // no curves on held-out data, no fan
    this.tree = { ...this.tree }; // no longer the server's
    this.showWorking();
  },

  endPreview() {
    this.tree = this.fromServer;
    this.forgetPreview();
    this.receiveMember();
    this.scrub.max = this.steps;
    this.position = Math.min(this.position, this.steps);
    this.showOutcomes();
    this.showWorking();
    this.fitCurvesSoon();
    this.invalidate();
  },

  /** What a preview has left behind. */
  forgetPreview() {
    clearTimeout(this.resting);
    clearTimeout(this.unanswered);
    this.root.classList.remove("lll-previewing");
    this.surfaceNumbers = null;
    this.surfaceMoved = true;
    this.lowerGround();
    this.clearGhosts();
  },

  /** The server's tree is here, and is the one that is shown. Gives whether something is still held. */
  resumePreview(shown, raceChanged) {
    if (this.held.empty) return false;
    const wasPreview = this.root.classList.contains("lll-previewing");
    const settled = raceChanged && this.held.answered(this.valueOf());
    const { log, offset } = this.tree.curves;
    if (this.held.inHand && shown.curves.log === log && shown.curves.offset === offset) {
      this.tree = { ...this.tree, curves: shown.curves }; // the axes stand still as long as the hand moves
    }
    if (this.showHeld()) return true;
    this.forgetPreview();
    const apart = wasPreview && settled ? runsApart(shown.race.lanes, this.lanes, this.tree.surface.domain) : 0;
    if (apart > VISIBLE) this.remark(this.words.settled_elsewhere);
    return false;
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
});
