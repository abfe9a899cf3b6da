// @ts-check
/** Two numbers that differ by rounding at most. @param {number} a @param {number} b */
export const sameNumber = (a, b) => a === b || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));

/**
 * The numbers that are dragged, and those that were released while the server's race with them is not here yet.
 * Each is known by a name and stands for one or more paths of the scenario: the start has two.
 */
export class HeldNumbers {
  constructor() {
    /**
     * In the order of the last change; `asked` counts the releases that the server has not answered.
     * @type {Map<string, {numbers: Record<string, number>, released: boolean, asked: number}>}
     */
    this.entries = new Map();
  }

  /** @param {string} name @param {Record<string, number>} numbers */
  move(name, numbers) {
    const asked = this.entries.get(name)?.asked ?? 0;
    this.entries.delete(name);
    this.entries.set(name, { numbers, released: false, asked });
  }

  /** @param {string} name */
  release(name) {
    const entry = this.entries.get(name);
    if (entry) Object.assign(entry, { released: true, asked: entry.asked + 1 });
  }

  /** Whether the server was asked for another value of it before. @param {string} name */
  waits(name) {
    return Boolean(this.entries.get(name)?.asked);
  }

  /** @param {string} name */
  cancel(name) {
    return this.entries.delete(name);
  }

  /** Whether a race has what is held under a name. @param {string} name @param {(path: string) => number | undefined} valueOf */
  isIn(name, valueOf) {
    return Object.entries(this.entries.get(name)?.numbers ?? {}).every(([path, value]) => {
      const other = valueOf(path);
      return other !== undefined && sameNumber(other, value);
    });
  }

  /** Forget all that has been let go of. */
  forget() {
    for (const [name, { released }] of this.entries) if (released) this.entries.delete(name);
  }

  /**
   * The server's next race is here: forget what it contains, and what it does not know. Where it contains nothing of
   * what was let go of, it answers the oldest request.
   * @param {(path: string) => number | undefined} valueOf what the race has
   */
  answered(valueOf) {
    const released = [...this.entries].filter(([, entry]) => entry.released);
    const unknown = (/** @type {Record<string, number>} */ numbers) => Object.keys(numbers).some((path) => valueOf(path) === undefined);
    const contained = released.filter(([name, { numbers }]) => unknown(numbers) || this.isIn(name, valueOf));
    for (const [name] of contained) this.entries.delete(name);
    if (!contained.length && released.length) {
      const [name, entry] = released[0];
      entry.asked -= 1;
      if (!entry.asked) this.entries.delete(name);
    }
  }

  /** Whether a number is dragged right now. */
  get inHand() {
    return [...this.entries.values()].some(({ released }) => !released);
  }

  get empty() {
    return this.entries.size === 0;
  }

  /** All of them by path. @returns {Record<string, number>} */
  get numbers() {
    return Object.assign({}, ...[...this.entries.values()].map(({ numbers }) => numbers));
  }
}
