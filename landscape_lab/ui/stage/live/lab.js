/* The controls of a live file, They take the place of the server: what is chosen or let go
   of makes a new tree for the stage, and between two of them the stage previews what is dragged, as in the app.

   The lab (Python side: ui/live_file.py):
     text        the module with all functions; optimizers: their places in it by "wrapper core"
     cores, wrappers  {key, label, facts, call}; facts: of each number, as ui/knobs/knobs.js shows it; call: as a link
                 writes it, {name, arguments, factor: a number that follows a schedule, or null}
     surfaces    {label, tree: the picture without its heights, points: of its grids' sides, titles and lowest loss of the
                 curves, examples, numbers: of a race on it, or null where the engine cannot run one, facts, call}
     races       {label, story, surface, numbers, noise: facts, lanes: {name, core, wrapper, facts, call}, sampler: call or
                 null, rest: further parts of its link}, the file's own first
     styles      of the lanes;  hidden: what an exercise hides;  steps: facts;  words;  knobs: the words of the numbers */

import { showKnobs } from "../../knobs/knobs.js";
import { toHeights } from "../script/contour_bands.js";
import { Engine, keepEngine } from "../script/engine.js";

const MOST_LANES = 12;
const MOST_STEPS = 2000;
const ROOM_LEFT = 0.04; // of an axis beyond the curves
const LEAST_GAP = 1e-16; // below it there is only rounding
const FAR_OFF = 100; // a run that rises to so many times its start leaves through the top

/** A module's text as the object that it exports; no policy but the page's own has a say in it. */
function evaluated(text) {
  const script = document.createElement("script");
  const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
  script.textContent = `window.lllLibrary = (() => {\n${text.replace(/^export /gm, "")}\nreturn { ${names} };\n})();`;
  document.head.append(script);
  script.remove();
  return window.lllLibrary;
}

/** Make the runs of the file's own race, which are not in its message. */
export function makeRuns({ race, curves }, lab) {
  const { data, ...spec } = lab.races[0].numbers;
  const engine = new Engine(evaluated(lab.text), { ...spec, key: "file", offset: curves.offset }, data);
  race.lanes = race.lanes.map((lane, i) => ({ ...engine.lane(i), ...lane }));
}

export class Lab {
  constructor(root, lab, tree, stage) {
    Object.assign(this, { root, lab, base: tree, stage, words: lab.words, made: 0, chosen: 0, heard: 0 });
    this.pictures = new Map();
    this.module = window.lllLibrary;
    keepEngine(lab.text, this.module);
    stage.onStart = ({ x, y }) => this.set({ "start/x": x, "start/y": y });
    this.groups = ["race", "lane"].map(() => {
      const group = made("div", { className: "lll-lab-group", innerHTML: '<div class="lll-lab-choices"></div><div class="lll-knobs"></div>' });
      root.append(group);
      return group;
    });
    this.load(0);
    this.show(tree);
  }

  isHidden(name) {
    return this.lab.hidden.includes(name);
  }

  /** Take over a race of the lab. */
  load(index) {
    const { numbers, surface, noise, lanes, rest, sampler } = this.lab.races[index];
    this.race = index;
    this.surface = surface;
    this.told = { rest, sampler };
    this.values = { ...numbers.surface.values };
    this.start = [...numbers.start];
    this.steps = this.mostSteps = numbers.steps;
    this.sampler = { ...numbers.sampler.values };
    this.noise = noise.map((facts) => ({ ...facts, value: this.sampler[nameOf(facts.path)] })).filter((facts) => facts.value !== undefined);
    this.data = numbers.data;
    this.program = `live ${index}`;
    this.lanes = lanes.map((lane, i) => {
      const { values, schedules, ...fixed } = numbers.lanes[i];
      return { ...lane, ...fixed, ...structuredClone({ values, schedules }) };
    });
    this.chosen = 0;
  }

  /** Another surface, at its usual start. What chooses examples has no sense there. */
  choose(index) {
    const { numbers } = this.lab.surfaces[index];
    this.surface = index;
    this.values = { ...numbers.surface.values };
    this.start = [...numbers.start];
    const { normals } = this.data;
    if (!normals) this.told.sampler = null;
    this.data = { ...numbers.data, ...(normals && { normals }) };
    this.program = `${this.program.split(" on ")[0]} on ${index}`; // the normals stay those of the race
    this.race = -1;
  }

  /** Some numbers by their paths, as a hand has let go of them. */
  set(changes) {
    for (const [path, value] of Object.entries(changes)) {
      const [group, name, field, scheduled, part] = path.split("/");
      if (group === "start") this.start[name === "x" ? 0 : 1] = value;
      else if (group === "surface") this.values[name] = value;
      else if (group === "sampler") this.sampler[name] = value;
      else if (scheduled) this.lanes[name].schedules[field].values[part] = value;
      else if (group === "lane") this.lanes[name].values[field] = value;
      else if (group === "steps") this.steps = value;
      // Factors of a schedule are those of its numbers and of the steps.
      if (scheduled) this.lanes[name].factors = {};
      if (group === "steps") for (const lane of this.lanes) lane.factors = {};
    }
    this.race = -1;
    this.show();
  }

  /** An optimizer at its defaults. */
  build(wrapper, core) {
    const { cores, wrappers, optimizers } = this.lab;
    const inner = cores.find(({ key }) => key === core);
    const outer = wrappers.find(({ key }) => key === wrapper);
    const within = ({ path, ...facts }) => ({ ...facts, path: outer ? `inner.${path}` : path });
    const facts = [...inner.facts.map(within), ...(outer?.facts ?? [])];
    const order = [...(outer?.facts ?? []), ...inner.facts.map(within)]; // as the program takes them
    const values = Object.fromEntries(order.map(({ path, value }) => [path, value]));
    const name = outer ? `${inner.label} + ${outer.label}` : inner.label;
    const call = outer ? { ...outer.call, arguments: { ...outer.call.arguments, inner: inner.call } } : inner.call;
    return { name, facts, call, values, factors: {}, schedules: {}, optimizer: optimizers[`${wrapper} ${core}`], wrapper, core };
  }

  /** The numbers for the engine. */
  spec() {
    const { numbers } = this.lab.surfaces[this.surface];
    return {
      key: this.program,
      steps: this.steps,
      start: [...this.start],
      offset: this.lab.surfaces[this.surface].lowest ?? 0,
      domain: numbers.domain,
      lanes: this.lanes.map(({ optimizer, factors, values, schedules }) => ({ optimizer, factors, ...structuredClone({ values, schedules }) })),
      surface: { place: numbers.surface.place, values: { ...this.values } },
      sampler: { values: this.data.normals ? { ...this.sampler } : {} },
    };
  }

  /** Give the stage its tree, and draw the controls. */
  show(first = null) {
    this.made++;
    const spec = this.spec();
    const engine = new Engine(this.module, spec, this.data);
    const tree = first ? { ...first, engine: spec } : this.tree(spec, engine);
    this.stage.receiveProgram({ key: spec.key, text: this.lab.text, data: this.data });
    this.stage.update(tree);
    this.draw();
    if (!first) this.tellRace();
  }

  /** What the page says of the race on screen: its name, and its link, which tells what an exercise hides. */
  tellRace() {
    const { lab, surface, steps, start, values, sampler, lanes, told, words } = this;
    const { label, call, numbers } = lab.surfaces[surface];
    document.title = document.getElementById("lab-title").textContent = `${words.app} · ${label}`;
    if (lab.hidden.length) return;
    const { v, ...rest } = told.rest;
    const turned = Object.entries(values).filter(([name, value]) => value !== numbers.surface.values[name]);
    const parts = {
      v,
      surface: written({ ...call, arguments: { ...call.arguments, ...Object.fromEntries(turned) } }),
      start: start.map((at) => written(at)).join(),
      lanes: lanes.map((lane) => written(lane.call, (path) => numberOf(lane, path))).join(),
      steps,
      ...rest,
      ...(told.sampler && { noise: written(told.sampler, (path) => sampler[path]) }),
    };
    document.getElementById("lab-link").textContent = linkOf(parts);
  }

  tree(spec, engine) {
    const surface = this.lab.surfaces[this.surface];
    const lanes = engine.race().lanes.map((run, i) => ({
      ...this.lab.styles[i % this.lab.styles.length],
      ...run,
      name: this.lanes[i].name,
      outcome: run.diverged ? this.words.diverged : "",
      validation: null,
    }));
    return {
      ...this.base,
      surface: this.picture(engine),
      curves: curveAxes(lanes, surface, this.steps),
      race: { ...this.base.race, key: `live ${this.made}`, round: `${this.race} ${this.surface}`, steps: this.steps, start: spec.start, lanes, rows: null },
      view: { ...this.stage.view, inspector: false, inspected: Math.min(this.stage.view.inspected, lanes.length - 1) },
      inspector: null,
      engine: spec,
    };
  }

  /** The surface's part of a tree, with the heights that the engine computes. */
  picture(engine) {
    const { tree, points, numbers } = this.lab.surfaces[this.surface];
    const key = `${tree.key} ${JSON.stringify(this.values)}`;
    if (this.pictures.has(key)) return this.pictures.get(key);
    const moved = JSON.stringify(this.values) !== JSON.stringify(numbers.surface.values);
    const filled = (figure, n) => {
      const [trace, ...marks] = figure.data;
      const heights = toHeights(engine.surface({}, numbers.domain, n).z, tree.height);
      const z = Array.from({ length: n }, (_, row) => Float32Array.from(heights.subarray(row * n, (row + 1) * n)));
      const [x, y] = numbers.domain.map(([low, high]) => Float32Array.from({ length: n }, (_, i) => low + (i * (high - low)) / (n - 1)));
      // Minima and saddles are known for the parameters that the picture was made with.
      return { ...figure, data: [{ ...trace, x, y, z }, ...(moved ? [] : marks)] };
    };
    const made = { ...tree, key, contour: filled(tree.contour, points.contour), relief: filled(tree.relief, points.relief) };
    this.pictures.set(key, made);
    if (this.pictures.size > 40) this.pictures.delete(this.pictures.keys().next().value);
    return made;
  }

  /* ---- the controls ---- */

  draw() {
    const { root } = this;
    const focused = root.contains(document.activeElement) ? document.activeElement.id : "";
    const shown = { race: [this.raceChoices(), this.raceNumbers()], lane: [this.laneChoices(), this.laneNumbers(this.chosen)] };
    Object.entries(shown).forEach(([key, [choices, numbers]], i) => {
      const group = this.groups[i];
      group.querySelector(".lll-lab-choices").replaceChildren(...choices);
      this.showNumbers(key, numbers.filter(Boolean), group);
    });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  /** Show numbers by the app's own component, for which this lab is the server. */
  showNumbers(key, numbers, parentElement) {
    const { heard, stage, lab } = this;
    const setStateValue = (_name, { changes }) => {
      this.heard = changes.at(-1).n;
      this.set(Object.fromEntries(changes.map(({ path, value }) => [path, value])));
    };
    const data = { key, stage: stage.name, epoch: "file", heard, refused: [], lines: [numbers], words: lab.knobs };
    showKnobs({ data, parentElement, setStateValue });
  }

  /** What all lanes have in common. */
  raceChoices() {
    const { lab, words } = this;
    const parts = [];
    if (!this.isHidden("race")) {
      const races = lab.races.map(({ label, numbers }, i) => [i, label, !numbers]);
      if (this.race < 0) races.unshift([-1, "…"]);
      parts.push(picker("race", words.race, races, this.race, (i) => i < 0 || (this.load(i), this.show())));
      const { story } = lab.races[this.race] ?? {};
      if (story) parts.push(made("p", { className: "lll-lab-story", textContent: story }));
    }
    if (!this.isHidden("surface")) {
      const surfaces = lab.surfaces.map(({ label, numbers }, i) => [i, label, !numbers]);
      parts.push(picker("surface", words.surface, surfaces, this.surface, (i) => (this.choose(i), this.show())));
    }
    return parts;
  }

  raceNumbers() {
    const { lab, words, data } = this;
    const parts = [];
    if (!this.isHidden("parameters")) {
      for (const facts of lab.surfaces[this.surface].facts) parts.push(this.number(facts.path, facts, this.values[nameOf(facts.path)]));
    }
    if (!this.isHidden("noise") && data.normals) {
      for (const facts of this.noise) parts.push(this.number(facts.path, facts, this.sampler[nameOf(facts.path)]));
    }
    const high = data.normals || data.batches ? this.mostSteps : Math.max(MOST_STEPS, this.mostSteps);
    const beyond = words.beyond.replace("{low}", lab.steps.low).replace("{high}", high);
    parts.push(this.number("steps", { ...lab.steps, high, beyond }, this.steps));
    return parts;
  }

  /** The chosen lane. */
  laneChoices() {
    const { lab, words } = this;
    const names = this.lanes.map(({ name }, i) => [i, `${i + 1} · ${name}`]);
    const parts = [picker("lane", words.lane, names, this.chosen, (i) => ((this.chosen = i), this.draw()))];
    // An exercise may leave nothing to change in any lane.
    if (this.isHidden("optimizers")) return this.lanes.some((_, i) => this.laneNumbers(i).some(Boolean)) ? parts : [];
    const { core, wrapper } = this.lanes[this.chosen];
    const rebuild = (next) => {
      this.lanes[this.chosen] = this.build(next.wrapper ?? wrapper ?? "", next.core ?? core ?? lab.cores[0].key);
      this.race = -1;
      this.show();
    };
    const cores = [...(core ? [] : [["", "…"]]), ...lab.cores.map(({ key, label }) => [key, label])];
    const wrappers = [["", core ? words.none : "…"], ...lab.wrappers.map(({ key, label }) => [key, label])];
    parts.push(this.lanesButtons());
    parts.push(picker("core", words.core, cores, core ?? "", (key) => key && rebuild({ core: key })));
    parts.push(picker("wrapper", words.wrapper, wrappers, wrapper ?? "", (key) => rebuild({ wrapper: key })));
    return parts;
  }

  laneNumbers(index) {
    const lane = this.lanes[index];
    return lane.facts.map((each) => this.number(`lane/${index}/${each.path}`, each, numberOf(lane, each.path)));
  }

  lanesButtons() {
    const box = made("div", { className: "lll-lab-buttons" });
    const change = (act) => () => {
      act();
      this.race = -1;
      this.show();
    };
    const add = made("button", { type: "button", textContent: this.words.add, disabled: this.lanes.length >= MOST_LANES });
    add.onclick = change(() => {
      this.lanes.push(this.build("", this.lab.cores[this.lanes.length % this.lab.cores.length].key));
      this.chosen = this.lanes.length - 1;
    });
    const remove = made("button", { type: "button", textContent: this.words.remove, disabled: this.lanes.length < 2 });
    remove.onclick = change(() => {
      this.lanes.splice(this.chosen, 1);
      this.chosen = Math.min(this.chosen, this.lanes.length - 1);
    });
    box.append(add, remove);
    return box;
  }

  /** The facts about a number and its value; null where an exercise hides it. */
  number(path, facts, value) {
    const hidden = this.isHidden(nameOf(path)) || (path.includes("/schedule/") && this.isHidden("schedules"));
    return hidden || value === undefined ? null : { ...facts, path, value };
  }
}

/** What a number is called, without what it is nested in. */
const nameOf = (path) => path.split(/[/.]/).at(-1);

/** The number of a lane at a path below the lane's own. */
function numberOf({ values, schedules }, path) {
  const [field, scheduled, part] = path.split("/");
  return scheduled ? schedules[field]?.values[part] : values[field];
}

/** A part of a link, as experiments/notation.py writes it. `numberAt` gives the numbers that may have changed, by path. */
function written(value, numberAt = () => undefined, path = "") {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object") return String(typeof value === "number" ? (numberAt(path) ?? value) : value);
  const { name, arguments: given, factor } = value;
  const scheduled = factor !== null;
  const within = path && `${path}${scheduled ? "/schedule/" : "."}`;
  const inside = Object.entries(given).map(([key, each]) => `${key}=${written(each, numberAt, within + key)}`).join();
  const called = inside ? `${name}(${inside})` : name;
  return scheduled ? `${numberAt(path) ?? factor}*${called}` : called;
}

/** The parts of a link as text, with brackets and commas as they are. */
const linkOf = (parts) =>
  Object.entries(parts)
    .map(([name, text]) => `${name}=${encodeURIComponent(text).replace(/%(?:2C|3A|2F|3D)/g, decodeURIComponent)}`)
    .join("&");

/** An element with some properties. */
const made = (tag, properties) => Object.assign(document.createElement(tag), properties);

/** A native list to choose from: [value, text, disabled]. */
function picker(name, text, options, value, onChoice) {
  const row = made("div", { className: "lll-lab-row lll-lab-choice" });
  const select = made("select", { id: `lab-${name}` });
  options.forEach(([key, label, disabled]) => select.append(made("option", { value: key, textContent: label, disabled: Boolean(disabled) })));
  select.value = value;
  select.onchange = () => onChoice(typeof options.at(-1)[0] === "number" ? Number(select.value) : select.value);
  row.append(made("label", { htmlFor: select.id, textContent: text }), select);
  return row;
}

/** The axes of the loss curves, as figures/curves.py makes them. */
function curveAxes(lanes, { titles, lowest, examples }, steps) {
  const offset = lowest ?? 0;
  const numbers = lanes.map(({ gaps }) => [...gaps].filter(Number.isFinite)).filter((gaps) => gaps.length);
  const limits = numbers.map(([first]) => FAR_OFF * Math.max(Math.abs(first + offset), 1));
  const starts = numbers.map(([first]) => first + offset);
  const extreme = (pick, losses) => losses.reduce((a, b) => pick(a, b));
  const tops = numbers.map((gaps, i) => [extreme(Math.max, gaps) + offset, limits[i]]).filter(([top, most]) => top <= most);
  const ends = numbers.map((gaps, i) => [extreme(Math.min, gaps) + offset, limits[i]]);
  const kept = ends.filter(([end, most]) => lowest !== null || end >= -most);
  const low = Math.min(...starts, ...kept.map(([end]) => end));
  const high = Math.max(...starts, ...tops.map(([top]) => top));
  const all = numbers.flat();
  const above = all.filter((gap) => gap > LEAST_GAP);
  const log = above.length > 0 && all.every((gap) => gap > -1e-7 * Math.max(1, Math.abs(offset)));
  const least = log ? extreme(Math.min, above) : 0.1;
  const most = log ? Math.max(high - offset, least) : 1;
  const spent = (run, last) => (typeof run === "number" ? run * last : run[last]);
  const paid = Math.max(1, ...lanes.map(({ evaluated, last_step: last }) => spent(evaluated, last)));
  const ranges = {
    steps: [0, steps],
    evaluations: [0, paid],
    log: roomy(Math.log10(least), Math.log10(most)),
    linear: numbers.length ? roomy(low, high) : [0, 1],
  };
  if (examples) {
    const seen = Math.max(1, ...lanes.map(({ seen: each, last_step: last }) => spent(each, last)));
    Object.assign(ranges, { examples: [0, seen], epochs: [0, seen / examples] });
  }
  return { log, offset, ranges, titles };
}

/** A range with a little room, that ends at round numbers. */
function roomy(low, high) {
  const room = ROOM_LEFT * (high - low) || 0.5;
  const rough = (high - low + 2 * room) / 25;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * [1, 2, 5, 10].find((nice) => decade * nice >= rough);
  return [Math.floor((low - room) / step) * step, Math.ceil((high + room) / step) * step];
}
