// @ts-check
import { Clock } from "./clock.js";
import { frameHtml } from "./controls.js";
import { ExamplesView } from "./examples_view.js";
import { Listening, closest, find, isDark, named, setText, topOnPage } from "./dom.js";
import { EngineSource } from "./engine_source.js";
import { FamilySlider } from "./family.js";
import { Fan } from "./fan.js";
import { FogLayer } from "./fog_layer.js";
import { FullScreen } from "./full_screen.js";
import { Graphs } from "./graphs.js";
import { Hover } from "./hover.js";
import { Inspector } from "./inspector.js";
import { Keyboard } from "./keyboard.js";
import { Legend } from "./legend.js";
import { Marks } from "./marks.js";
import { MiniPicture } from "./mini.js";
import { StageModel } from "./model.js";
import { MovedSurface } from "./moved_surface.js";
import { PageFollower } from "./page.js";
import { Painter } from "./painter.js";
import { Panel } from "./panel.js";
import { Paths } from "./paths.js";
import { Player } from "./player.js";
import { Preview, numbersOf } from "./preview.js";
import { QuantityView, measured } from "./quantity.js";
import { stateOf } from "./stage_state.js";
import { Tour } from "./tour.js";
import { StartHandle } from "./start_handle.js";
import { fill } from "./words.js";

/**
 * @import { Picture } from "./examples.js"
 * @import { Listeners, LoadPlotly, Projection, Tree, View } from "./types.js"
 */


/**
 * The animated stage: optimizers race down a loss surface, and the loss curves keep step.
 *
 * Plotly draws what stands still: surface, axes, colour bar, minima, and the hover of surface values. Everything that
 * moves is painted on canvases that lie between Plotly's axes and its hover labels. A new race repaints the canvases;
 * Plotly is called again only when the surface itself (tree.surface.key) or the page's theme changes.
 *
 * The stage composes the parts, each with its own state, and paints a frame whenever one of them asks for it.
 */
export class Stage {
  /**
   * @param {HTMLElement} root
   * @param {Tree} tree
   * @param {LoadPlotly} plotly
   */
  constructor(root, tree, plotly) {
    this.root = root;
    this.model = new StageModel(tree);
    this.clock = new Clock(this.model.length);
    this.listening = new Listening();
    /** @type {Listeners} */
    this.listeners = {};
    const loading = Promise.resolve(plotly(tree));

    root.classList.add("lll-stage");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", tree.words.stage);
    root.tabIndex = -1;
    root.innerHTML = frameHtml(tree);
    const show = named(root, "show");
    this.show = show;
    this.model.dark = isDark(root);
    this.fitHeight();

    this.painter = new Painter(this);
    /** @type {Record<"surface" | "curves" | "quantity", Panel<Projection>>} */
    this.panels = {
      surface: new Panel(find(root, "[data-panel=surface]")),
      curves: new Panel(find(root, "[data-panel=curves]")),
      quantity: new Panel(find(root, "[data-panel=quantity]"), measured(this.model)),
    };
    const { map, relief, curves, quantity, data } = named(root, "graph");
    this.graphs = new Graphs(this, { map, relief, curves, quantity, data });
    this.quantity = new QuantityView(this, show.quantity);
    this.inspector = new Inspector(this, show);
    const marks = new Marks(this.model, this.clock, this.inspector);
    this.paths = new Paths(this.model, this.clock, (...at) => marks.paint(...at));
    this.fan = new Fan(this);
    this.fogLayer = new FogLayer(this.model);
    this.movedSurface = new MovedSurface(this);
    this.data = new ExamplesView(this, show);
    this.legend = new Legend(this, show.legend);
    this.player = new Player(this, show.step);
    this.family = new FamilySlider(this, show.family, show.member);
    this.source = new EngineSource(this.model, () => this.preview.held.empty || this.preview.showHeld());
    this.preview = new Preview(this);
    this.hover = new Hover(this);
    this.start = new StartHandle(this, /** @type {HTMLButtonElement} */ (show.start));
    this.keyboard = new Keyboard(this);
    this.mini = new MiniPicture(this);
    this.fullScreen = new FullScreen(this);
    this.page = new PageFollower(this);
    this.tour = new Tour(this);
    this.#listen();

    this.clock.locked = this.model.veiled;
    if (tree.play) this.#restart();
    this.family.update();
    this.showRace();
    this.showSettings();
    this.painter.invalidate(); // a first picture, on which the race can begin
    this.page.update();
    loading.then(
      (loaded) => {
        this.graphs.plotly = loaded;
        this.graphs.draw();
      },
      () => {
        this.note(fill(tree.words.no_plotly, { address: tree.plotly }));
        this.painter.pictured = this.graphs.failed = true;
        this.painter.request();
      },
    );
  }

  /** The panels with a path for each entry. */
  get pathPanels() {
    const { surface, curves, quantity } = this.panels;
    return this.model.quantity ? [surface, curves, quantity] : [surface, curves];
  }

  /** The engine that runs the race in the browser; null where there is none. */
  get engine() {
    return this.source.engine;
  }

  #listen() {
    const { root, listening } = this;
    listening.on(root, "click", ({ target }) => this.#clicked(closest(target, "[data-act]")));
    listening.on(root, "dblclick", ({ target }) => {
      const entry = closest(target, "[data-lane]");
      if (entry) this.changeView({ hidden: this.model.othersThan(Number(entry.dataset.lane)) });
    });
    listening.on(root, "change", ({ target }) => {
      if (!(target instanceof HTMLSelectElement)) return;
      const { choose } = target.dataset;
      if (choose === "progress_axis") this.changeView({ progress_axis: target.value });
      else if (choose === "speed") this.setSpeed(Number(target.value) || 1, target.value === "log");
      else if (choose === "trail") this.setTrail(Number(target.value));
    });
    listening.on(window, "resize", () => this.fitHeight());
    listening.on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.#retheme());
    // Elsewhere on the page a pointer or a key may change the race; a key that types a letter does not yet.
    /** @param {EventTarget | null} target @param {string} [key] */
    const elsewhere = (target, key = "") => {
      if (target instanceof Node && !root.contains(target) && key.length !== 1) this.painter.giveWay();
    };
    listening.on(document, "pointerup", ({ target }) => elsewhere(target), true);
    listening.on(document, "keydown", ({ target, key }) => elsewhere(target, key), true);
    listening.on(root, "pointerdown", ({ target }) => {
      this.keyboard.use();
      if (!closest(target, "button, input, select")) root.focus({ preventScroll: true });
    });
    const observer = new ResizeObserver(() => this.graphs.resized());
    for (const { host } of [...Object.values(this.panels), this.data.panel]) observer.observe(host);
    // A sentence that comes above the stage, or goes, must not push the player off the screen.
    const page = root.closest("[data-testid='stMainBlockContainer']");
    const above = new ResizeObserver(() => requestAnimationFrame(() => root.isConnected && this.fitHeight()));
    if (page) above.observe(page);
    listening.atEnd(() => observer.disconnect());
    listening.atEnd(() => above.disconnect());
  }

  /** The height that is left below what the page has above the stage. Wide pages only: a narrow one scrolls. */
  fitHeight() {
    const top = topOnPage(this.root);
    if (top < window.innerHeight * 0.45) this.root.style.setProperty("--lll-top", `${Math.round(top)}px`);
  }

  /* ---- a new tree ---- */

  /** Show the next tree of the server. @param {Tree} tree */
  update(tree) {
    const { model, clock, graphs } = this;
    const [before, shown] = [model.fromServer, model.tree];
    model.receive(tree);
    this.preview.flip.check();
    const surfaceChanged = tree.surface.key !== shown.surface.key;
    const raceChanged = tree.race.key !== before.race.key;
    this.painter.endWaiting();
    if (surfaceChanged) graphs.outdateSurface();
    if (raceChanged || surfaceChanged) {
      this.showLength();
      this.paths.hovered = null;
      this.remark("");
      this.start.answered();
    }
    if (surfaceChanged) model.lifted = this.painter.pictured = false;
    const { round, veiled } = before.race;
    clock.locked = model.veiled;
    if (tree.race.round !== round || Boolean(veiled) !== model.veiled) this.#restart();
    this.family.update();
    const held = this.preview.resume(shown, raceChanged || numbersOf(tree) !== numbersOf(before));
    this.showRace();
    this.showSettings();
    if (this.data.outdated) graphs.stale.data = true;
    if (surfaceChanged || (this.data.examples && graphs.stale.data)) graphs.draw();
    else if (!held) graphs.fitSoon();
    this.painter.invalidate();
    this.painter.paint(); // now: before the next frame Streamlit may have a page of widgets to draw
    this.#retheme();
    this.page.update();
  }

  /** A new race from its first step; at once from its end where no motion is wanted. */
  #restart() {
    this.clock.restart(matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.model.lifted = false;
    this.painter.request();
  }

  /** What the parts say about the race. */
  showRace() {
    const { surface, words, compact, tour } = this.model.tree;
    this.show.name.textContent = surface.name;
    setText(this.show.summary, words.summary);
    this.player.showLength();
    this.data.update();
    this.legend.update();
    this.root.classList.toggle("lll-compact", Boolean(compact));
    this.root.classList.toggle("lll-tour", Boolean(tour));
    this.showOutcomes();
  }

  showOutcomes() {
    this.legend.showOutcomes();
    this.player.outdateStep();
  }

  /** What the parts say about the view. */
  showSettings() {
    const { model, graphs } = this;
    this.player.showSettings();
    this.quantity.update();
    this.legend.showView();
    this.inspector.update();
    const relief = model.projection === "relief";
    graphs.elements.relief.hidden = !relief || graphs.noRelief;
    graphs.elements.map.hidden = relief;
    if (!graphs.plotly) return;
    graphs.relief.follow();
    const empty = !model.lanes.some((_, i) => model.isShown(i));
    this.note(relief && graphs.noRelief ? model.words.no_webgl : empty ? model.words.all_hidden : "");
  }

  /** The race may be longer or shorter than the one before. */
  showLength() {
    this.clock.setLength(this.model.length);
    this.player.showLength();
  }

  #retheme() {
    const dark = isDark(this.root);
    if (dark === this.model.dark) return;
    this.model.dark = dark;
    this.legend.update();
    this.family.update();
    this.showSettings();
    this.player.outdateStep();
    this.graphs.outdate();
    this.painter.invalidate();
    this.graphs.drawIfLoaded();
  }

  /** A sentence in place of the picture. @param {string} text */
  note(text) {
    this.show.note.textContent = text;
    this.show.note.hidden = !text;
  }

  /** A sentence about the picture that is shown. @param {string} text */
  remark(text) {
    setText(this.show.remark, text);
    this.show.remark.hidden = !text;
  }

  /** A sentence for screen readers. @param {string} text */
  announce(text) {
    this.show.said.textContent = text;
  }

  /* ---- what buttons and keys do ---- */

  /** @param {HTMLElement | null} control */
  #clicked(control) {
    if (!control || (control instanceof HTMLButtonElement && control.disabled)) return;
    const { act = "", value, lane } = control.dataset;
    if (act === "lane") this.toggleLane(Number(lane));
    else if (act === "picture") this.data.choosePicture(/** @type {Picture} */ (value));
    else if (value !== undefined) this.changeView({ [act]: value });
    else this.act(act);
  }

  /** @param {string} name of a button */
  act(name) {
    const { model, clock, player } = this;
    /** @type {Record<string, () => void>} */
    const acts = {
      play: () => this.setPlaying(!clock.playing),
      back: () => this.move(-1),
      forward: () => this.move(1),
      loop: () => {
        clock.loop = !clock.loop;
        this.showSettings();
      },
      arrows: () => model.recording || this.changeView({ arrows: !model.view.arrows }),
      inspector: () => this.changeView({ inspector: !model.view.inspector }),
      reset: () => this.graphs.resetView(),
      full: () => this.fullScreen.toggle(),
      held_out: () => this.data.toggleHeldOut(),
      fog: () => this.#setFog(model.lifted),
      help: () => player.showHelp(Boolean(player.help.hidden)),
    };
    acts[name]?.();
  }

  /** @param {Partial<View>} change */
  changeView(change) {
    const view = this.model.changeView(change);
    this.listeners.onView?.(view);
    this.showSettings();
    this.graphs.drawIfLoaded();
    if (change.projection) this.graphs.resized(); // what was hidden may have another size
    this.painter.invalidate();
  }

  /** Hide an entry, or show it again. @param {number} index */
  toggleLane(index) {
    const { model } = this;
    const { hidden } = model.view;
    model.highlighted = undefined;
    this.changeView({ hidden: model.isShown(index) ? [...hidden, index] : hidden.filter((i) => i !== index) });
  }

  /** @param {boolean} on */
  #setFog(on) {
    if (!this.model.tree.fog) return;
    this.model.lifted = !on;
    this.hover.hideHeights();
    this.showSettings();
    this.painter.invalidate();
    this.graphs.drawIfLoaded();
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    this.clock.setPlaying(playing);
    this.#clockChanged();
  }

  /** Go to a step, and stay there. @param {number} step */
  seek(step) {
    this.clock.seek(step);
    this.#clockChanged();
  }

  /** Whole steps forward or back. @param {number} count */
  move(count) {
    this.clock.move(count);
    this.#clockChanged();
  }

  /** @param {number} speed @param {boolean} logTime whether equal times are equal factors of the number of steps */
  setSpeed(speed, logTime = false) {
    this.clock.speed = speed;
    this.clock.logTime = logTime;
    this.#clockChanged();
  }

  /** @param {number} steps of a trail */
  setTrail(steps) {
    this.paths.trail = steps;
    this.#clockChanged();
  }

  #clockChanged() {
    this.showSettings();
    this.painter.request();
  }

  /** What tests and other scripts of the page may read. */
  state() {
    return stateOf(this);
  }

  destroy() {
    for (const part of [this.start, this.family, this.fan, this.page, this.preview, this.mini, this.keyboard, this.tour]) part.destroy();
    this.listening.end();
    this.graphs.destroy();
  }
}
