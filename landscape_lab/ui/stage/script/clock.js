// @ts-check
import { RUN_SECONDS, SHORT_SECONDS, SHORT_STEPS } from "./constants.js";
import { clamp } from "./words.js";

const END_PAUSE = 1.2; // seconds at the end before a repeated race starts again

/** At which step the race is, and whether and how fast it plays. */
export class Clock {
  /** @param {number} steps */
  constructor(steps) {
    this.steps = steps;
    /** Fractional while the race plays. */
    this.position = 0;
    this.playing = false;
    this.speed = 1;
    /** Whether equal times are equal factors of the number of steps. */
    this.logTime = false;
    this.loop = false;
    /** Seconds spent at the end. */
    this.rest = 0;
    /** Whether nothing can be played. */
    this.locked = false;
  }

  /** Whole steps done: the number of the step under way. */
  get step() {
    return Math.floor(this.position + 1e-6);
  }

  get ended() {
    return !this.playing && this.position >= this.steps;
  }

  /** The race may be longer or shorter than before: a position at its end stays there. @param {number} steps */
  setLength(steps) {
    const { ended } = this;
    this.steps = steps;
    this.position = ended ? steps : Math.min(this.position, steps);
  }

  /** A new race: from its first step, or at once at its end. @param {boolean} still */
  restart(still) {
    this.playing = !still && !this.locked;
    this.position = still && !this.locked ? this.steps : 0;
    this.rest = 0;
  }

  /** @param {boolean} playing */
  setPlaying(playing) {
    if (this.locked) return;
    this.playing = playing;
    this.rest = 0;
    if (playing && this.position >= this.steps) this.position = 0;
  }

  /** Go to a step, and stay there. @param {number} step */
  seek(step) {
    if (this.locked) return;
    this.position = clamp(step, 0, this.steps);
    this.playing = false;
    this.rest = 0;
  }

  /** Whole steps forward or back. @param {number} count */
  move(count) {
    this.seek((count < 0 ? Math.ceil(this.position - 1e-6) : Math.floor(this.position + 1e-6)) + count);
  }

  /** Seconds that the whole race takes at speed 1. */
  get duration() {
    return Math.min(RUN_SECONDS, SHORT_SECONDS + this.steps / SHORT_STEPS);
  }

  /** Steps per second at the present position: the first steps, where most happens, are slower. */
  get rate() {
    return (this.#positionAt(this.#partAt(this.position) + 1e-3) - this.position) / (1e-3 * this.duration) * this.speed;
  }

  /** The part of the time, 0 to 1, that has passed at a position. @param {number} position */
  #partAt(position) {
    if (!this.steps) return 1;
    return this.logTime ? Math.log1p(position) / Math.log1p(this.steps) : Math.sqrt(position / this.steps);
  }

  /** @param {number} part of the time */
  #positionAt(part) {
    return this.logTime ? Math.expm1(part * Math.log1p(this.steps)) : this.steps * part * part;
  }

  /** Play for some seconds. Stops at the end unless it repeats. @param {number} seconds */
  advance(seconds) {
    if (this.position >= this.steps) {
      this.rest += seconds;
      if (this.rest < END_PAUSE) return;
      this.position = 0;
    }
    this.rest = 0;
    const part = this.#partAt(this.position) + (seconds * this.speed) / this.duration;
    this.position = part < 1 ? Math.min(this.#positionAt(part), this.steps) : this.steps;
    if (this.position >= this.steps && !this.loop) this.playing = false;
  }
}
