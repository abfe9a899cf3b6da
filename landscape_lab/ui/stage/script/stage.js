/* The stage itself: its frame, its graphs, its clock. More of its methods are in the files `stage_*.js`. */

import { active } from "./active.js";
import { isDark } from "./colours.js";
import { END_PAUSE, LARGE, LONGEST_FRAME, MEMBER_PATIENCE, RIGHT_OF_WAY, RUN_SECONDS } from "./constants.js";
import { frameHtml } from "./controls.js";
import { membersOf } from "./message.js";
import { Panel } from "./painting.js";
import { numbersOf, previewMethods } from "./preview.js";
import { graphMethods } from "./stage_graphs.js";
import { paintingMethods } from "./stage_painting.js";
import { exampleMethods } from "./stage_examples.js";
import { wordMethods } from "./stage_words.js";
import { inputMethods } from "./stage_hands.js";
import { miniMethods } from "./mini.js";
import { inspectorMethods } from "./inspector.js";
import { pageMethods } from "./page.js";
import { previewMarkMethods } from "./preview_marks.js";
import { clamp, fill } from "./words.js";

export class Stage {
  constructor(root, tree, plotly) {
    this.root = root;
    this.tree = this.fromServer = tree;
    this.loading = Promise.resolve(plotly(tree));
    this.view = { ...tree.view, hidden: [...tree.view.hidden] };
    this.seenView = JSON.stringify(tree.view);
    this.told = tree.told ?? 0;
    this.speed = 1;
    this.loop = false;
    this.trail = 0;
    this.surfaceDraws = 0;
    this.frames = 0;
    this.previews = 0;
    this.waitsUntil = 0;
    this.stale = { map: true, relief: true, curves: true, data: true };
    this.cleanups = [];
    this.sentMembers = [];
    this.early = {};
    this.build();
    this.listen();
    if (tree.play) this.restart();
    else [this.position, this.playing] = [0, false];
    this.receiveMember();
    this.showRace();
    this.showSettings();
    this.invalidate(); // a first picture, on which the race can begin
    this.pageFollows();
    this.loading.then(
      (Plotly) => {
        this.Plotly = Plotly;
        this.drawGraphs();
      },
      () => {
        this.note(fill(tree.words.no_plotly, { address: tree.plotly }));
        this.pictured = this.failed = true;
        this.request();
      },
    );
  }

  get words() {
    return this.tree.words;
  }

  /** Type and lines are this many times as large as usual: more for a hall. */
  get weight() {
    return (this.tree.large ? LARGE : 1) * (this.shrunk ?? 1);
  }

  get steps() {
    return this.tree.race.steps;
  }

  get veiled() {
    return Boolean(this.tree.race.veiled);
  }

  /** Whether the map lies in the fog; then there is no 3-D. */
  get foggy() {
    return Boolean(this.tree.fog) && !this.lifted;
  }

  /** The horizontal axis of the loss curves; not every surface has examples to count. */
  get progressAxis() {
    const { progress_axis: wanted } = this.view;
    return wanted in this.tree.curves.ranges ? wanted : "steps";
  }

  get projection() {
    return this.foggy ? "map" : this.view.projection;
  }

  isShown(index) {
    return !this.view.hidden.includes(index);
  }

  /* ---- building ---- */

  build() {
    const { root } = this;
    root.classList.add("lll-stage");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", this.words.stage);
    root.tabIndex = -1;
    root.innerHTML = frameHtml(this.tree);
    const named = (attribute) =>
      Object.fromEntries([...root.querySelectorAll(`[data-${attribute}]`)].map((e) => [e.dataset[attribute], e]));
    this.show = named("show");
    this.graphs = named("graph");
    const hosts = named("panel");
    this.panels = { surface: new Panel(hosts.surface), curves: new Panel(hosts.curves), data: new Panel(hosts.data) };
    this.scrub = root.querySelector(".lll-scrub");
    this.slider = root.querySelector(".lll-member");
    this.help = root.querySelector(".lll-help");
    this.dark = isDark(root);
    this.fitHeight();
  }

  on(target, type, handler, options) {
    target.addEventListener(type, handler, options);
    this.cleanups.push(() => target.removeEventListener(type, handler, options));
  }

  listen() {
    const { root } = this;
    this.on(root, "click", (event) => this.clicked(event));
    this.on(root, "dblclick", (event) => this.doubleClicked(event));
    this.on(root, "change", ({ target }) => {
      const { choose } = target.dataset;
      if (choose === "progress_axis") this.changeView({ progress_axis: target.value });
      else if (choose) this.choose(choose, Number(target.value));
    });
    this.on(this.scrub, "input", () => this.seek(Number(this.scrub.value)));
    this.on(this.slider, "input", () => {
      this.pickMember(Number(this.slider.value));
      if (this.view.inspector) this.tellMember(); // the opened step comes as soon as the hand rests
    });
    this.on(this.slider, "change", () => this.tellMember());
    this.on(document, "keydown", (event) => this.key(event));
    this.on(window, "resize", () => this.fitHeight());
    this.on(document, "visibilitychange", () => (this.before = undefined));
    this.on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.retheme());
    // Elsewhere on the page a pointer or a key may change the race; a key that types a letter does not yet.
    const elsewhere = ({ target, key = "" }) => !root.contains(target) && key.length !== 1 && this.giveWay();
    for (const type of ["pointerup", "keydown"]) this.on(document, type, elsewhere, true);
    this.listenToSurface();
    this.listenToScroll();
    this.listenToKnobs();
    this.listenToInspector();
    this.listenToHover(this.panels.surface);
    this.listenToHover(this.panels.curves);
    this.listenToExamples(this.panels.data);
    this.on(root, "pointerdown", ({ target }) => {
      active.stage = this;
      if (!target.closest("button, input, select")) root.focus({ preventScroll: true });
    });
    this.on(root, "focusin", () => (active.stage = this));
    this.on(this.show.legend, "pointerover", ({ target }) => this.highlight(target.closest("[data-lane]")));
    this.on(this.show.legend, "pointerleave", () => this.highlight(null));
    const observer = new ResizeObserver(() => this.resized());
    for (const { host } of Object.values(this.panels)) observer.observe(host);
    // A sentence that comes above the stage, or goes, must not push the player off the screen.
    const page = root.closest("[data-testid='stMainBlockContainer']");
    const above = new ResizeObserver(() => requestAnimationFrame(() => root.isConnected && this.fitHeight()));
    if (page) above.observe(page);
    this.cleanups.push(() => (observer.disconnect(), above.disconnect()));
  }

  /** The height that is left below what the page has above the stage. Wide pages only: a narrow one scrolls. */
  fitHeight() {
    const scroller = this.root.closest("[data-testid='stMain']") ?? document.scrollingElement;
    const top = this.root.getBoundingClientRect().top + (scroller?.scrollTop ?? 0);
    if (top < window.innerHeight * 0.45) this.root.style.setProperty("--lll-top", `${Math.round(top)}px`);
  }

  /* ---- a new payload ---- */

  update(tree) {
    const [before, shown] = [this.fromServer, this.tree];
    this.fromServer = this.tree = tree;
    this.receiveView(tree);
    this.checkFlip();
    const surfaceChanged = tree.surface.key !== shown.surface.key;
    const raceChanged = tree.race.key !== before.race.key;
    this.waitsUntil = 0;
    if (surfaceChanged) this.stale.map = this.stale.relief = this.stale.data = true;
    if (raceChanged || surfaceChanged) {
      this.showLength(shown.race.steps);
      this.hovered = null;
      this.remark("");
      this.answered();
    }
    if (surfaceChanged) this.lifted = this.pictured = false;
    const { round, veiled } = before.race;
    if (tree.race.round !== round || Boolean(veiled) !== this.veiled) this.restart();
    this.receiveMember();
    const held = this.resumePreview(shown, raceChanged || numbersOf(tree) !== numbersOf(before));
    this.showRace();
    this.showSettings();
    if (this.examples && this.dataAxes !== JSON.stringify(this.wantedDataAxes())) this.stale.data = true;
    if (surfaceChanged || (this.examples && this.stale.data)) this.drawGraphs();
    else if (!held) this.fitCurvesSoon();
    this.invalidate();
    this.paint(); // now: before the next frame Streamlit may have a page of widgets to draw
    this.retheme();
    this.pageFollows();
  }

  /** The browser owns the view; the server's counts when it says something new, and knows the browser's last choice. */
  receiveView({ view, told = 0 }) {
    const text = JSON.stringify(view);
    if (text !== this.seenView && told >= this.told) this.view = { ...view, hidden: [...view.hidden] };
    this.seenView = text;
  }

  /** A new race from its first step. Who wants no motion sees its end at once. */
  restart() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playing = !still && !this.veiled;
    this.position = still && !this.veiled ? this.steps : 0;
    this.before = undefined;
    this.rest = 0;
    this.lifted = false;
    this.request();
  }

  /** The browser owns the choice of a family's member, as it owns the view, for as long as there is such a member. */
  receiveMember() {
    const { lanes, family } = this.tree.race;
    this.lanes = [...lanes];
    this.members = family ? membersOf(lanes[family.lane], family) : [];
    this.show.family.hidden = !family;
    if (!family) return;
    const { chosen, label } = family;
    const value = family.values[chosen];
    const kind = `${label} ${family.lane}`;
    const echo = this.sentMembers.indexOf(value);
    let kept = this.pickedValue;
    if (kind !== this.familyKind) [kept, this.sentMembers] = [value, []];
    else if (echo >= 0) this.sentMembers.splice(0, echo + 1);
    else if (value !== this.seenMember) kept = value;
    [this.familyKind, this.seenMember] = [kind, value];
    this.member = family.values.indexOf(kept);
    if (this.member < 0) this.member = chosen;
    this.pickedValue = family.values[this.member];
    this.lanes[family.lane] = this.members[this.member];
    this.show.family.style.setProperty("--lll-accent", lanes[family.lane].color);
    this.slider.max = this.members.length - 1;
    this.slider.setAttribute("aria-label", label);
    this.showMember();
  }

  /** Another member runs in its lane; every picture of it is a real run. */
  pickMember(index) {
    this.member = index;
    this.pickedValue = this.members[index].value;
    this.lanes[this.tree.race.family.lane] = this.members[index];
    if (this.hovered) Object.values(this.panels).forEach((panel) => this.hover(panel, null));
    this.showMember();
    this.showOutcomes();
    this.memberMoved = true;
    if (this.previewing) this.showHeld();
    this.request();
  }

  tellMember() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      if (this.pickedValue === (this.sentMembers.at(-1) ?? this.seenMember)) return;
      this.sentMembers.push(this.pickedValue);
      this.onMember?.(this.member);
    }, MEMBER_PATIENCE);
  }

  changeView(change) {
    Object.assign(this.view, change);
    const view = { ...this.view, hidden: [...this.view.hidden].sort((a, b) => a - b) };
    this.onView?.({ ...view, told: ++this.told });
    this.showSettings();
    if (this.Plotly) this.drawGraphs();
  }

  retheme() {
    const dark = isDark(this.root);
    if (dark === this.dark) return;
    this.dark = dark;
    this.stale = { map: true, relief: true, curves: true, data: true };
    this.invalidate();
    if (this.Plotly) this.drawGraphs();
  }

  note(text) {
    this.show.note.textContent = text;
    this.show.note.hidden = !text;
  }

  /* ---- the clock ---- */

  /** Something that moves paths in the picture has changed: work their pixels out again at the next frame. */
  invalidate() {
    this.moved = true;
    this.request();
  }

  request() {
    this.frame ||= requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    this.frame = 0;
    const seconds = Math.min((now - (this.before ?? now)) / 1000, LONGEST_FRAME);
    const running = this.playing && this.pictured; // what is painted on comes first: its drawing asks for a frame
    this.before = running ? now : undefined;
    if (running) this.advance(seconds);
    if (!running || now >= this.waitsUntil) this.paint();
    if (this.playing && this.pictured) this.request();
  }

  /** The answer to a change has the right of way: a race that plays is not painted until it is here, or for long. */
  giveWay() {
    if (!this.previewing) this.waitsUntil = performance.now() + RIGHT_OF_WAY;
  }

  advance(seconds) {
    if (this.position >= this.steps) {
      this.rest = (this.rest ?? 0) + seconds;
      if (this.rest < END_PAUSE) return;
      this.position = 0;
    }
    this.rest = 0;
    this.position = Math.min(this.position + (seconds * this.speed * this.steps) / RUN_SECONDS, this.steps);
    if (this.position >= this.steps && !this.loop) this.setPlaying(false);
  }

  setPlaying(playing) {
    if (this.veiled) return;
    this.playing = playing;
    this.before = undefined;
    this.rest = 0;
    if (playing && this.position >= this.steps) this.position = 0;
    this.showSettings();
    this.request();
  }

  seek(step) {
    if (this.veiled) return;
    this.position = clamp(step, 0, this.steps);
    if (this.playing) this.setPlaying(false);
    this.showSettings();
    this.request();
  }

  /* ---- painting ---- */

  /** What tests and other scripts of the page may read. */
  state() {
    return {
      step: this.position,
      steps: this.steps,
      playing: this.playing,
      painted: !this.frame, // nothing waits for the next frame
      speed: this.speed,
      loop: this.loop,
      trail: this.trail,
      surfaceDraws: this.surfaceDraws,
      frames: this.frames,
      preview: this.previewing,
      previews: this.previews,
      ghosts: this.ghosts ?? 0,
      pictured: Boolean(this.pictured),
      ready: this.isDrawn(this.projection) && this.isDrawn("curves") && Boolean(this.panels.surface.projection),
      raceKey: this.tree.race.key,
      surfaceKey: this.tree.surface.key,
      start: [...this.tree.race.start],
      round: this.tree.race.round,
      veiled: this.veiled,
      member: this.members.length ? this.member : null,
      members: this.members.length,
      value: this.members[this.member]?.value ?? null,
      data: this.examples && {
        ready: Boolean(this.panels.data.projection),
        picture: this.picture,
        heldOut: Boolean(this.heldOut),
        lit: [...this.rowsOf(this.step)],
      },
      foggy: this.foggy,
      seen: this.foggy ? (this.fog?.seen ?? 0) : 1,
      dark: this.dark,
      view: structuredClone(this.view),
    };
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.resizing);
    clearTimeout(this.startTimer);
    clearTimeout(this.lettingGo);
    clearTimeout(this.telling);
    clearTimeout(this.fanning);
    clearTimeout(this.unanswered);
    clearTimeout(this.pageRest);
    this.pageView?.disconnect();
    this.search = null;
    this.forgetPreview();
    this.fitLater(null);
    this.cleanups.forEach((undo) => undo());
    if (active.stage === this) active.stage = null;
    if (this.Plotly) Object.values(this.graphs).forEach((graph) => this.Plotly.purge(graph));
  }
}

const methods = [graphMethods, paintingMethods, exampleMethods, wordMethods, inputMethods, miniMethods, inspectorMethods, pageMethods, previewMethods, previewMarkMethods];
for (const some of methods) Object.defineProperties(Stage.prototype, Object.getOwnPropertyDescriptors(some));
