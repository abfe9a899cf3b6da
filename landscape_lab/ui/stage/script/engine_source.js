// @ts-check
import { Engine, loadEngine } from "./engine.js";

/**
 * @import { Module } from "./engine.js"
 * @import { StageModel } from "./model.js"
 * @import { EngineNumbers, Program } from "./types.js"
 */

/** The engine that runs the server's race in the browser, once its program has been loaded. Nothing waits for it. */
export class EngineSource {
  /** @type {Program | null} */
  #program = null;
  /** @type {Module | null} */
  module = null;
  /** @type {EngineNumbers | null} what the engine was made from */
  #spec = null;
  /** @type {Engine | null} */
  #engine = null;

  /**
   * @param {StageModel} model
   * @param {() => void} onLoad
   */
  constructor(model, onLoad) {
    this.model = model;
    this.onLoad = onLoad;
  }

  /** @param {Program | null} [program] null where there is none */
  receive(program) {
    if (!program || program.key === this.#program?.key) return;
    this.#program = program;
    this.module = null;
    loadEngine(program.text).then(
      (module) => {
        if (program !== this.#program) return;
        this.module = module;
        this.onLoad();
      },
      () => undefined, // where it does not load, the server is asked instead
    );
  }

  /** Null where the browser cannot run the race, or its result is hidden. */
  get engine() {
    const { engine: spec, race } = this.model.fromServer;
    if (!spec || race.veiled || !this.module || this.#program?.key !== spec.key) return null;
    if (spec !== this.#spec || !this.#engine) {
      this.#spec = spec;
      this.#engine = new Engine(this.module, spec, this.#program.data);
    }
    return this.#engine;
  }

  /**
   * What the server's race has at a path; undefined for what is not known.
   * @param {string} path
   */
  valueOf(path) {
    const [x, y] = this.model.fromServer.race.start;
    if (path === "start/x") return x;
    if (path === "start/y") return y;
    const { engine } = this;
    return engine?.has(path) ? engine.value(path) : undefined;
  }

  /** Whether the engine can change all of some numbers. @param {Record<string, number>} numbers */
  knows(numbers) {
    const { engine } = this;
    return engine !== null && Object.entries(numbers).every(([path, value]) => engine.has(path, value));
  }
}
