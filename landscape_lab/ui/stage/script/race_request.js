// @ts-check
import { unpack } from "./message.js";

/**
 * @import { Route, Tree } from "./types.js"
 * @typedef {Record<string, number>} Changes numbers by their paths
 * @typedef {Map<string, any>} Parts surfaces, families and programs by key
 */

const MOST_FAILURES = 3; // after so many in a row the server is not asked any more
const USELESS = [403, 404, 405]; // answers that stay the same

/**
 * Asks the server for the race on screen with some numbers changed, while they are dragged.
 *
 * One request runs at a time. What is asked meanwhile waits, and only the last of it is sent, so the answers come as
 * fast as the server gives them. `route` is the message's: {address, link, token}. Surfaces, families and programs that
 * are here are not sent again. An answer is a tree like the message's, with its surface and its family, but without
 * what the page adds to it.
 */
export class RaceRequest {
  #route;
  #round; // of the page: an answer is the race that is on screen, changed
  #kept; // the parts of the page's own race
  /** @type {Parts} */
  #last = new Map(); // and those of the last answer
  /** @type {AbortController | null} */
  #running = null; // of the request that runs
  /** @type {{ changes: Changes, released: boolean, resolve: (tree: Tree | null) => void } | null} */
  #waiting = null; // to be sent after it
  #failures = 0;
  #pauseEnds = 0; // in milliseconds, as Date.now()

  /** @param {Route} route @param {Tree} tree of the page */
  constructor(route, tree) {
    this.#route = route;
    this.#round = tree.race.round;
    this.#kept = partsOf(tree);
  }

  /**
   * The race with these changes, or null: because a newer one was asked for, because the server refuses the values or is
   * too busy, or because it cannot be reached.
   * @param {Changes} changes
   * @returns {Promise<Tree | null>}
   */
  ask(changes, released = false) {
    this.#drop();
    return new Promise((resolve) => {
      this.#waiting = { changes, released, resolve };
      if (!this.#running) this.#next();
    });
  }

  /** The same for what has been released: at once, and before what is asked for while others drag. @param {Changes} changes */
  settle(changes) {
    this.cancel();
    return this.ask(changes, true);
  }

  /** End what runs and what waits. */
  cancel() {
    this.#drop();
    this.#running?.abort();
    this.#running = null;
  }

  #drop() {
    this.#waiting?.resolve(null);
    this.#waiting = null;
  }

  async #next() {
    if (!this.#waiting) return;
    const { changes, released, resolve } = this.#waiting;
    this.#waiting = null;
    const controller = new AbortController();
    this.#running = controller;
    const silent = this.#failures >= MOST_FAILURES || Date.now() < this.#pauseEnds;
    const tree = silent ? null : await this.#fetch(this.#query(changes, released), controller.signal);
    resolve(controller.signal.aborted ? null : tree);
    if (this.#running !== controller) return; // cancelled: another one may run by now
    this.#running = null;
    if (this.#waiting) this.#next();
  }

  /** @param {URLSearchParams} query @param {AbortSignal} signal */
  async #fetch(query, signal) {
    try {
      const { address, token } = this.#route;
      /** @type {Record<string, string>} */
      const headers = token ? { "Session-Token": token } : {};
      const answer = await fetch(`${address}?${query}`, { signal, headers, credentials: "same-origin" });
      if (answer.ok) {
        const tree = this.#whole(unpack(new Uint8Array(await answer.arrayBuffer())));
        this.#failures = 0;
        return tree;
      }
      if (USELESS.includes(answer.status)) this.#failures = MOST_FAILURES;
      const wait = Number(answer.headers.get("Retry-After"));
      if (wait) this.#pauseEnds = Date.now() + 1000 * wait;
    } catch {
      if (!signal.aborted) this.#failures += 1;
    }
    return null;
  }

  /** @param {Changes} changes @param {boolean} released */
  #query(changes, released) {
    const query = new URLSearchParams(this.#route.link);
    if (released) query.set("released", "");
    for (const [path, value] of Object.entries(changes)) {
      query.append("knob", path);
      query.append("value", String(value));
    }
    for (const key of new Set([...this.#kept.keys(), ...this.#last.keys()])) query.append("have", key);
    return query;
  }

  /** The tree with the parts that were not sent. @param {Tree} tree @returns {Tree} */
  #whole(tree) {
    const had = (/** @type {string} */ key) => this.#last.get(key) ?? this.#kept.get(key);
    const { surface } = tree;
    const { family } = tree.race;
    tree.surface = had(surface.key) ?? surface;
    tree.race.round = this.#round;
    tree.race.family = family && { ...had(family.key), ...family };
    if (tree.engine) tree.engine.program ??= had(tree.engine.key);
    this.#last = partsOf(tree);
    return tree;
  }
}

/**
 * The parts of a message that are large and often stay the same, by key; the page's own program comes on its own.
 * @param {Tree} tree
 * @returns {Parts}
 */
function partsOf({ surface, race, engine }) {
  /** @type {Parts} */
  const parts = new Map([[surface.key, surface]]);
  if (race.family) parts.set(race.family.key, race.family);
  return engine ? parts.set(engine.key, engine.program) : parts;
}
