// @ts-check
import { showKnobs } from "../../knobs/knobs.js";
import { toHeights } from "../script/contour_bands.js";
import { Engine, keepEngine } from "../script/engine.js";
import { find } from "../script/dom.js";
import { smoothedBy, windowOf } from "../script/smoothing.js";
import { nameOf } from "./link.js";
import { liveCurves } from "./live_axes.js";
import { LiveRace } from "./live_race.js";

/**
 * @import { Facts, Operations } from "../../knobs/knobs.js"
 * @import { Module, Spec } from "../script/engine.js"
 * @import { Stage } from "../script/stage.js"
 * @import { Figure } from "../script/plotly.js"
 * @import { Lane, Shaped, Surface, Tree } from "../script/types.js"
 * @import { LiveData } from "./live_race.js"
 * @typedef {string | number} Key
 * @typedef {{ key: Key, text: string, disabled?: boolean }} Option
 */

const MOST_LANES = 12;
const MOST_STEPS = 2000;
const MOST_PICTURES = 40;

/**
 * A module's text as the object that it exports; the page's own policy alone decides whether it may run.
 * @param {string} text
 * @returns {Module}
 */
function evaluated(text) {
  const script = document.createElement("script");
  const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
  script.textContent = `window.lllLibrary = (() => {\n${text.replace(/^export /gm, "")}\nreturn { ${names} };\n})();`;
  document.head.append(script);
  script.remove();
  if (!window.lllLibrary) throw new TypeError("a file without an engine");
  return window.lllLibrary;
}

/**
 * Compute the runs of the file's own race, which are not in its message. Returns the engine's module.
 * @param {Tree} tree
 * @param {LiveData} live
 */
export function makeRuns({ race, curves }, live) {
  const module = evaluated(live.text);
  const { numbers } = live.races[0];
  if (numbers) {
    const { data, ...spec } = numbers;
    const engine = new Engine(module, { ...spec, key: "file", offset: curves.offset }, data);
    race.lanes = race.lanes.map((lane, i) => ({ ...engine.lane(i), ...lane }));
  }
  return module;
}

/**
 * The controls of a live file. They take the place of the server: what is chosen or released makes a new tree for the stage,
 * and between two of them the stage previews what is dragged, as in the app.
 */
export class Lab {
  /** How many trees have been made, and the last change of a number. */
  #made = 0;
  #heard = 0;
  /** @type {Map<string, Surface>} pictures of surfaces that have been shown */
  #pictures = new Map();

  /**
   * @param {HTMLElement} root
   * @param {LiveData} live
   * @param {Tree} tree of the file's own race
   * @param {Stage} stage
   * @param {Module} module
   */
  constructor(root, live, tree, stage, module) {
    this.root = root;
    this.live = live;
    this.words = live.words;
    this.base = tree;
    this.stage = stage;
    this.module = module;
    this.race = new LiveRace(live);
    /** The place of the entry that is chosen. */
    this.chosen = 0;
    keepEngine(live.text, module);
    stage.listeners.onStart = ({ x, y }) => this.change(() => this.race.set({ "start/x": x, "start/y": y }));
    this.groups = ["race", "lane"].map(() => {
      const innerHTML = '<div class="lll-lab-choices"></div><div class="lll-knobs"></div>';
      const group = made("div", { className: "lll-lab-group", innerHTML });
      root.append(group);
      return group;
    });
    this.show(tree);
  }

  /** @param {string} name of what an exercise may hide */
  isHidden(name) {
    return this.live.hidden.includes(name);
  }

  /** Change the race, and show it. @param {() => void} act */
  change(act) {
    act();
    this.show();
  }

  /** Give the stage its tree, and draw the controls. @param {Tree | null} first the tree that is shown already */
  show(first = null) {
    this.#made++;
    const { race, stage } = this;
    const spec = race.spec();
    const engine = new Engine(this.module, spec, race.data);
    stage.source.receive({ key: spec.key, text: this.live.text, data: race.data });
    stage.update(first ? { ...first, engine: spec } : this.#tree(spec, engine));
    this.draw();
    if (!first) this.showLink();
  }

  /** What the page says about the race on screen: its name, and its link, which would reveal what an exercise hides. */
  showLink() {
    const { label } = this.live.surfaces[this.race.surface];
    document.title = find(document, "#lab-title").textContent = `${this.words.app} · ${label}`;
    if (!this.live.hidden.length) find(document, "#lab-link").textContent = this.race.address;
  }

  /** @param {Spec} spec @param {Engine} engine @returns {Tree} */
  #tree(spec, engine) {
    const { race, live, words, base } = this;
    const { view } = this.stage.model;
    const { styles } = race;
    /** @type {Lane[]} */
    const lanes = engine.race().lanes.map((run, i) => ({
      ...styles[i],
      ...run,
      name: race.lanes[i].name,
      outcome: run.diverged ? words.diverged : "",
      validation: null,
    }));
    const { start, steps } = spec;
    const window = race.noisy ? windowOf(Math.max(...lanes.map(({ last_step: last }) => last))) : 1;
    return {
      ...base,
      surface: this.#picture(engine),
      curves: liveCurves(lanes.map(smoothedBy(window)), live.surfaces[race.surface], steps),
      race: {
        ...base.race,
        key: `live ${this.#made}`,
        round: `${race.index} ${race.surface}`,
        noisy: race.noisy,
        steps,
        start,
        lanes,
        rows: null,
      },
      view: { ...view, inspector: false, inspected: Math.min(view.inspected, lanes.length - 1) },
      inspector: null,
      engine: spec,
    };
  }

  /** The surface's part of a tree, with the heights that the engine computes. @param {Engine} engine @returns {Surface} */
  #picture(engine) {
    const { tree, points } = this.live.surfaces[this.race.surface];
    const { reshaped, values } = this.race;
    const key = `${tree.key} ${JSON.stringify(values)}`;
    const known = this.#pictures.get(key);
    if (known) return known;
    const { domain } = engine.spec;
    /** @param {Figure} figure @param {number} n @returns {Figure} */
    const filled = (figure, n) => {
      const [trace, ...marks] = figure.data;
      /** @type {Shaped} */
      const z = Float32Array.from(toHeights(engine.surface({}, domain, n).z, tree.height));
      z.shape = [n, n];
      const [x, y] = domain.map(([low, high]) => Float32Array.from({ length: n }, (_, i) => low + (i * (high - low)) / (n - 1)));
      // Minima and saddles are known for the parameters that the picture was made with.
      return { ...figure, data: [{ ...trace, x, y, z }, ...(reshaped ? [] : marks)] };
    };
    const picture = { ...tree, key, contour: filled(tree.contour, points.contour), relief: filled(tree.relief, points.relief) };
    this.#pictures.set(key, picture);
    if (this.#pictures.size > MOST_PICTURES) this.#pictures.delete(this.#pictures.keys().next().value ?? "");
    return picture;
  }

  /* ---- the controls ---- */

  draw() {
    const { root } = this;
    this.chosen = Math.min(this.chosen, this.race.lanes.length - 1);
    const focused = root.contains(document.activeElement) ? document.activeElement?.id : "";
    const shown = [
      { key: "race", choices: this.raceChoices(), numbers: this.raceNumbers() },
      { key: "lane", choices: this.laneChoices(), numbers: this.laneNumbers(this.chosen) },
    ];
    shown.forEach(({ key, choices, numbers }, i) => {
      find(this.groups[i], ".lll-lab-choices").replaceChildren(...choices);
      this.#showNumbers(key, numbers, this.groups[i]);
    });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /** Show numbers by the app's own component, for which this lab is the server. @param {string} key @param {Facts[]} numbers @param {HTMLElement} parentElement */
  #showNumbers(key, numbers, parentElement) {
    /** @param {string} _name @param {Operations} operations */
    const setStateValue = (_name, { changes }) => {
      this.#heard = changes[changes.length - 1].n;
      this.change(() => this.race.set(Object.fromEntries(changes.map(({ path, value }) => [path, value]))));
    };
    const where = { key, page: "", shown: "", stage: this.stage.model.name, epoch: "file" };
    const data = { ...where, heard: this.#heard, refused: [], lines: [numbers], words: this.live.knobs };
    showKnobs({ data, parentElement, setStateValue });
  }

  /** What all entries have in common. */
  raceChoices() {
    const { live, words, race } = this;
    const parts = [];
    if (!this.isHidden("race")) {
      const races = live.races.map(({ label, numbers }, i) => ({ key: i, text: label, disabled: !numbers }));
      if (race.index < 0) races.unshift({ key: -1, text: "…", disabled: false });
      const load = (/** @type {Key} */ i) => Number(i) < 0 || this.change(() => this.load(Number(i)));
      parts.push(picker("race", words.race, races, race.index, load));
      const story = live.races[race.index]?.story;
      if (story) parts.push(made("p", { className: "lll-lab-story", textContent: story }));
    }
    if (!this.isHidden("surface")) {
      const surfaces = live.surfaces.map(({ label, numbers }, i) => ({ key: i, text: label, disabled: !numbers }));
      parts.push(picker("surface", words.surface, surfaces, race.surface, (i) => this.change(() => race.choose(Number(i)))));
    }
    return parts;
  }

  /** @param {number} index */
  load(index) {
    this.race.load(index);
    this.chosen = 0;
  }

  raceNumbers() {
    const { live, words, race } = this;
    const numbers = [];
    if (!this.isHidden("parameters")) {
      for (const facts of live.surfaces[race.surface].facts) numbers.push(this.number(facts.path, facts, race.values[nameOf(facts.path)]));
    }
    if (!this.isHidden("noise") && race.data.normals) {
      for (const facts of race.noise) numbers.push(this.number(facts.path, facts, race.sampler[nameOf(facts.path)]));
    }
    const high = race.data.normals || race.data.batches ? race.mostSteps : Math.max(MOST_STEPS, race.mostSteps);
    const beyond = words.beyond.replace("{low}", String(live.steps.low)).replace("{high}", String(high));
    numbers.push(this.number("steps", { ...live.steps, high, beyond }, race.steps));
    return numbers.filter((number) => number !== null);
  }

  /** What is chosen for one entry. */
  laneChoices() {
    const { live, words, race } = this;
    const names = race.lanes.map(({ name }, i) => ({ key: i, text: `${i + 1} · ${name}` }));
    const pick = (/** @type {Key} */ i) => {
      this.chosen = Number(i);
      this.draw();
    };
    const parts = [picker("lane", words.lane, names, this.chosen, pick)];
    // An exercise may leave nothing to change in any entry.
    if (this.isHidden("optimizers")) return race.lanes.some((_, i) => this.laneNumbers(i).length) ? parts : [];
    const { core, wrapper } = race.lanes[this.chosen];
    const option = (/** @type {{ key: string, label: string }} */ { key, label }) => ({ key, text: label });
    const cores = [...(core ? [] : [{ key: "", text: "…" }]), ...live.cores.map(option)];
    const wrappers = [{ key: "", text: core ? words.none : "…" }, ...live.wrappers.map(option)];
    const rebuild = (/** @type {string} */ outer, /** @type {string} */ inner) =>
      this.change(() => race.build(this.chosen, outer, inner));
    parts.push(this.laneButtons());
    parts.push(picker("core", words.core, cores, core ?? "", (key) => key && rebuild(wrapper ?? "", String(key))));
    parts.push(picker("wrapper", words.wrapper, wrappers, wrapper ?? "", (key) => rebuild(String(key), core ?? live.cores[0].key)));
    return parts;
  }

  /** @param {number} index */
  laneNumbers(index) {
    const { race } = this;
    const facts = race.lanes[index].facts.map((each) => this.number(`lane/${index}/${each.path}`, each, race.numberOf(index, each.path)));
    return facts.filter((number) => number !== null);
  }

  laneButtons() {
    const { race, words } = this;
    const box = made("div", { className: "lll-lab-buttons" });
    const add = made("button", { type: "button", textContent: words.add, disabled: race.lanes.length >= MOST_LANES });
    add.onclick = () => this.change(() => (this.chosen = race.add()));
    const remove = made("button", { type: "button", textContent: words.remove, disabled: race.lanes.length < 2 });
    remove.onclick = () => this.change(() => race.remove(this.chosen));
    box.append(add, remove);
    return box;
  }

  /** The facts about a number and its value; null where an exercise hides it. @param {string} path @param {Facts} facts @param {number} [value] */
  number(path, facts, value) {
    const hidden = this.isHidden(nameOf(path)) || (path.includes("/schedule/") && this.isHidden("schedules"));
    return hidden || value === undefined ? null : { ...facts, path, value };
  }
}

/** An element with some properties. @param {string} tag @param {object} properties */
const made = (tag, properties) => Object.assign(document.createElement(tag), properties);

/**
 * A native list to choose from.
 * @param {string} name @param {string} text @param {Option[]} options @param {Key} value
 * @param {(key: Key) => void} onChoice
 */
function picker(name, text, options, value, onChoice) {
  const row = made("div", { className: "lll-lab-row lll-lab-choice" });
  const select = Object.assign(document.createElement("select"), { id: `lab-${name}` });
  for (const { key, text: label, disabled } of options) {
    select.append(made("option", { value: key, textContent: label, disabled: Boolean(disabled) }));
  }
  select.value = String(value);
  select.onchange = () => onChoice(select.value);
  row.append(made("label", { htmlFor: select.id, textContent: text }), select);
  return row;
}
