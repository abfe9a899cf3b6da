// @ts-check
import { clamp, mix } from "./words.js";

/**
 * @import { Stage } from "./stage.js"
 * @typedef {{ time: number, map: number, turn: number }} Moment seconds, 1 for the map and 0 for the relief, degrees
 */

/** From the map into the relief, around it, to the map and back. @type {Moment[]} */
const MOMENTS = [
  { time: 0, map: 1, turn: 0 },
  { time: 0.5, map: 1, turn: 0 },
  { time: 2.8, map: 0, turn: -12 },
  { time: 5.6, map: 0, turn: 12 },
  { time: 7.4, map: 1, turn: 0 },
  { time: 8.4, map: 1, turn: 0 },
  { time: 10.6, map: 0, turn: 0 },
];
const LONGEST_STEP = 0.1; // seconds of a flight in one frame
const FIRST_FRAMES = 4; // in which the computer compiles and loads what the others need
const SLOW_FRAME = 0.25; // mean seconds of a frame above which the flight is given up
const NEWEST = 0.15; // weight of the newest frame in the mean

/** The flight at a time, eased between two moments. @param {number} time @returns {{ map: number, turn: number }} */
export function momentAt(time) {
  const after = MOMENTS.findIndex((moment) => moment.time > time);
  if (after < 0) return MOMENTS[MOMENTS.length - 1];
  const [from, to] = [MOMENTS[Math.max(0, after - 1)], MOMENTS[after]];
  const part = clamp((time - from.time) / (to.time - from.time || 1), 0, 1);
  const eased = part * part * (3 - 2 * part);
  return { map: mix(from.map, to.map, eased), turn: mix(from.turn, to.turn, eased) };
}

/**
 * The flight of the camera on the start page, once, while the race runs. It ends at the relief: at its end, when the
 * user takes over, or when the computer is too slow for it. It rests while the stage is out of sight.
 */
export class Tour {
  #frame = 0;
  #time = 0;
  #frames = 0;
  /** Seconds of a frame. */
  #mean = 0;
  /** @type {number | undefined} */
  #before;
  #visible = true;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.flying = false;
    /** Whether it has not begun, and is to. */
    const { root, listening, panels, model } = stage;
    // The picture takes most of the screen: the wheel scrolls on to what is below it, and does not zoom.
    if (model.tree.tour) listening.on(panels.surface.host, "wheel", (event) => event.stopPropagation(), true);
    this.waiting = Boolean(model.tree.tour) && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.waiting) return;
    const take = () => this.stop();
    listening.on(root, "pointerdown", take, true);
    listening.on(root, "keydown", take, true);
    const observer = new IntersectionObserver(([{ isIntersecting }]) => {
      this.#visible = isIntersecting;
      this.#before = undefined;
      if (isIntersecting && this.flying) this.#request();
    });
    observer.observe(root);
    listening.atEnd(() => observer.disconnect());
  }

  /** The relief has been drawn. */
  begin() {
    if (!this.waiting) return;
    this.waiting = false;
    this.flying = true;
    this.stage.graphs.relief.fly(momentAt(0));
    this.#request();
  }

  #request() {
    this.#frame ||= requestAnimationFrame((now) => this.#fly(now));
  }

  /** @param {number} now */
  #fly(now) {
    this.#frame = 0;
    if (!this.flying || !this.#visible) return;
    const seconds = (now - (this.#before ?? now)) / 1000;
    this.#before = now;
    this.#time += Math.min(seconds, LONGEST_STEP);
    if (this.#frames++ >= FIRST_FRAMES) this.#mean = mix(this.#mean, seconds, NEWEST);
    const isSlow = this.#mean > SLOW_FRAME;
    if (isSlow || this.#time >= MOMENTS[MOMENTS.length - 1].time || this.stage.model.projection !== "relief") this.stop();
    else {
      this.stage.graphs.relief.fly(momentAt(this.#time));
      this.#request();
    }
  }

  /** End at the relief. */
  stop() {
    this.waiting = false;
    if (!this.flying) return;
    this.flying = false;
    this.stage.graphs.relief.fly({ map: 0, turn: 0 });
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.flying = this.waiting = false;
  }
}
