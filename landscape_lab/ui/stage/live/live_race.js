// @ts-check
import { linkOf, nameOf, written } from "./link.js";

/**
 * @import { Facts } from "../../knobs/knobs.js"
 * @import { Data, Spec, Values } from "../script/engine.js"
 * @import { Lane, Surface } from "../script/types.js"
 * @import { Call } from "./link.js"
 *
 * What a live file holds besides the stage's tree (Python side: ui/sharing/live_file.py).
 * @typedef {Record<string, { values: Values, place: number }>} Schedules by the number that each of them scales
 * @typedef {{ key: string, label: string, facts: Facts[], call: Call }} Choice a core or a wrapper, with the paths of its numbers
 * @typedef {{ label: string, tree: Surface, points: { contour: number, relief: number }, titles: Record<string, string>,
 *   lowest: number | null, examples: number, numbers: Numbers | null, facts: Facts[], call: Call }} LiveSurface the picture
 *   without its heights, the sides of its grids, and a race on it; null where the engine cannot run one
 * @typedef {Omit<Spec, "key" | "offset"> & { data: Data }} Numbers
 * @typedef {Pick<Lane, "colors" | "dash" | "marker" | "number">} Style
 * @typedef {{ name: string, style: string, core: string | null, wrapper: string | null, facts: Facts[], call: Call }} LiveEntry
 * @typedef {{ label: string, story: string, noisy: boolean, surface: number, numbers: Numbers | null, noise: Facts[], lanes: LiveEntry[],
 *   sampler: Call | null, rest: Record<string, string> }} NamedRace `rest`: further parts of its link
 * @typedef {{ text: string, optimizers: Record<string, number>, cores: Choice[], wrappers: Choice[], surfaces: LiveSurface[],
 *   races: NamedRace[], styles: Record<string, Style[]>, hidden: string[], steps: Facts,
 *   words: Record<string, string>, knobs: import("../../knobs/knobs.js").Words }} LiveData text: the module with all
 *   functions; optimizers: their places in it by "wrapper core"; races: the file's own first; hidden: what an exercise hides;
 *   styles: of the entries with each core, numbered
 * @typedef {LiveEntry & { optimizer: number, factors: Record<string, Uint8Array | undefined>, values: Values,
 *   schedules: Schedules }} RunningEntry
 */

/** The race of a live file: what is chosen, and the numbers. It takes the server's place, and has no page. */
export class LiveRace {
  /** @param {LiveData} live */
  constructor(live) {
    this.live = live;
    /** The place of the named race that it is; -1 for another one. */
    this.index = 0;
    this.surface = 0;
    /** @type {Values} of the surface */
    this.values = {};
    /** @type {number[]} */
    this.start = [];
    this.steps = this.mostSteps = 0;
    /** @type {Values} of the noise */
    this.sampler = {};
    /** @type {Facts[]} */
    this.noise = [];
    /** Whether the steps draw their gradients at random. */
    this.noisy = false;
    /** @type {Data} what goes with the engine's text */
    this.data = {};
    /** @type {RunningEntry[]} */
    this.lanes = [];
    /** The name of what goes with the engine's text. */
    this.program = "";
    /** @type {{ rest: Record<string, string>, sampler: Call | null }} for the link */
    this.link = { rest: {}, sampler: null };
    this.load(0);
  }

  /** Take over a named race. @param {number} index */
  load(index) {
    const { numbers, surface, noise, noisy, lanes, rest, sampler } = this.live.races[index];
    if (!numbers) return;
    this.noisy = noisy;
    this.index = index;
    this.surface = surface;
    this.link = { rest, sampler };
    this.values = { ...numbers.surface.values };
    this.start = [...numbers.start];
    this.steps = this.mostSteps = numbers.steps;
    this.sampler = { ...numbers.sampler.values };
    this.noise = noise.filter(({ path }) => this.sampler[nameOf(path)] !== undefined);
    this.data = numbers.data;
    this.program = `live ${index}`;
    this.lanes = lanes.map((lane, i) => {
      const { values, schedules = {}, optimizer, factors } = numbers.lanes[i];
      return { ...lane, optimizer, factors, ...structuredClone({ values, schedules }) };
    });
  }

  /** Another surface, at its usual start. What chooses examples has no meaning there. @param {number} index */
  choose(index) {
    const { numbers } = this.live.surfaces[index];
    if (!numbers) return;
    this.surface = index;
    this.values = { ...numbers.surface.values };
    this.start = [...numbers.start];
    const { normals } = this.data;
    if (!normals) this.link.sampler = null;
    this.noisy &&= Boolean(normals);
    this.data = { ...numbers.data, ...(normals && { normals }) };
    this.program = `${this.program.split(" on ")[0]} on ${index}`; // the normals stay those of the race
    this.index = -1;
  }

  /** Set some numbers by their paths. @param {Record<string, number>} changes */
  set(changes) {
    for (const [path, value] of Object.entries(changes)) {
      const [group, name, field, scheduled, part] = path.split("/");
      const lane = this.lanes[Number(name)];
      if (group === "start") this.start[name === "x" ? 0 : 1] = value;
      else if (group === "surface") this.values[name] = value;
      else if (group === "sampler") this.sampler[name] = value;
      else if (scheduled) lane.schedules[field].values[part] = value;
      else if (group === "lane") lane.values[field] = value;
      else if (group === "steps") this.steps = value;
      // Factors of a schedule are those of its numbers and of the steps.
      if (scheduled) lane.factors = {};
      if (group === "steps") for (const each of this.lanes) each.factors = {};
    }
    this.index = -1;
  }

  /** Put another optimizer, at its defaults, in an entry's place. @param {number} place @param {string} wrapper @param {string} core */
  build(place, wrapper, core) {
    const { cores, wrappers, optimizers } = this.live;
    const inner = cores.find(({ key }) => key === core) ?? cores[0];
    const outer = wrappers.find(({ key }) => key === wrapper);
    /** @param {Facts} facts */
    const within = (facts) => ({ ...facts, path: outer ? `inner.${facts.path}` : facts.path });
    const facts = [...inner.facts.map(within), ...(outer?.facts ?? [])];
    const order = [...(outer?.facts ?? []), ...inner.facts.map(within)]; // as the program takes them
    const values = Object.fromEntries(order.map(({ path, value }) => [path, value]));
    const name = outer ? `${inner.label} + ${outer.label}` : inner.label;
    const call = outer ? { ...outer.call, arguments: { ...outer.call.arguments, inner: inner.call } } : inner.call;
    const optimizer = optimizers[`${wrapper} ${core}`];
    this.lanes[place] = { name, facts, call, values, factors: {}, schedules: {}, optimizer, wrapper, core, style: inner.key };
    this.index = -1;
  }

  /** Add an entry with the next core. Returns its place. */
  add() {
    const place = this.lanes.length;
    this.build(place, "", this.live.cores[place % this.live.cores.length].key);
    return place;
  }

  /** @param {number} place */
  remove(place) {
    this.lanes.splice(place, 1);
    this.index = -1;
  }

  /** The styles of the entries, as figures/styles.py gives them. @returns {Style[]} */
  get styles() {
    const keys = this.lanes.map(({ style }) => style);
    return keys.map((key, i) => {
      const copies = this.live.styles[key];
      const alone = keys.indexOf(key) === keys.lastIndexOf(key);
      return alone ? { ...copies[0], number: 0 } : copies[keys.slice(0, i).filter((each) => each === key).length];
    });
  }

  /** The numbers for the engine. @returns {Spec} */
  spec() {
    const { numbers, lowest } = this.live.surfaces[this.surface];
    if (!numbers) throw new RangeError("a surface that the engine cannot run");
    const { domain, surface } = numbers;
    return {
      key: this.program,
      steps: this.steps,
      start: [...this.start],
      offset: lowest ?? 0,
      domain,
      lanes: this.lanes.map(({ optimizer, factors, values, schedules }) => ({
        optimizer,
        factors,
        ...structuredClone({ values, schedules }),
      })),
      surface: { place: surface.place, values: { ...this.values } },
      sampler: { values: this.data.normals ? { ...this.sampler } : {} },
    };
  }

  /** The number of an entry at a path below the entry's own. @param {number} place @param {string} path */
  numberOf(place, path) {
    const { values, schedules } = this.lanes[place];
    const [field, scheduled, part] = path.split("/");
    return scheduled ? schedules[field]?.values[part] : values[field];
  }

  /** Whether the surface has other parameters than its picture was made with. */
  get reshaped() {
    return JSON.stringify(this.values) !== JSON.stringify(this.live.surfaces[this.surface].numbers?.surface.values);
  }

  /** The link of the race, as far as a link has it. */
  get address() {
    const { surfaces } = this.live;
    const { call, numbers } = surfaces[this.surface];
    const { v, ...rest } = this.link.rest;
    const usual = numbers?.surface.values ?? {};
    const turned = Object.entries(this.values).filter(([name, value]) => value !== usual[name]);
    const { sampler } = this.link;
    return linkOf({
      v,
      surface: written({ ...call, arguments: { ...call.arguments, ...Object.fromEntries(turned) } }),
      start: this.start.map((at) => written(at)).join(),
      lanes: this.lanes.map(({ call: lane }, i) => written(lane, (path) => this.numberOf(i, path))).join(),
      steps: this.steps,
      ...rest,
      ...(sampler && { noise: written(sampler, (path) => this.sampler[path]) }),
    });
  }
}
