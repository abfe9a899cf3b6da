// @ts-check
import { SPEEDS, TRAILS } from "./constants.js";
import { clamp } from "./words.js";

/** @import { Stage } from "./stage.js" */

/** The stage that was used last: of several it gets the keys, at first the topmost. @type {Stage | null} */
let last = null;

/** The keys of a stage. */
export class Keyboard {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    stage.listening.on(document, "keydown", (event) => this.#key(event));
    stage.listening.on(stage.root, "focusin", () => this.use());
  }

  /** This stage is used. */
  use() {
    last = this.stage;
  }

  destroy() {
    if (last === this.stage) last = null;
  }

  /** Whether a key is for this stage. @param {KeyboardEvent} event */
  #isMine({ target, key, defaultPrevented, ctrlKey, metaKey, altKey, shiftKey }) {
    const { root, player, family } = this.stage;
    const first = /** @type {HTMLElement | null} */ (document.querySelector(".lll-stage"));
    const active = last ?? first?.lllStage;
    const mine = target instanceof Node && (root.contains(target) || (target === document.body && active === this.stage));
    if (!mine || defaultPrevented || ctrlKey || metaKey || altKey || !(target instanceof Element)) return false;
    if (target.matches("select, input:not([type=range]), textarea, [contenteditable]")) return false;
    const onSlider = target === player.scrub || target === family.slider;
    if (onSlider && (key.startsWith("Arrow") || key === "Home" || key === "End") && !shiftKey) return false; // its own keys
    return !(key === " " && target.matches("button:not(.lll-start)")); // presses that button
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#isMine(event)) return;
    const { stage } = this;
    const { model, clock, paths } = stage;
    const { key, shiftKey } = event;
    const far = shiftKey ? 10 : 1;
    const faster = (/** @type {number} */ by) =>
      stage.setSpeed(SPEEDS[clamp(SPEEDS.indexOf(clock.speed) + by, 0, SPEEDS.length - 1)]);
    /** @type {Record<string, () => void>} */
    const keys = {
      " ": () => stage.act("play"),
      ArrowLeft: () => stage.move(-far),
      ArrowRight: () => stage.move(far),
      Home: () => stage.seek(0),
      End: () => stage.seek(clock.steps),
      "+": () => faster(1),
      "=": () => faster(1),
      "]": () => faster(1),
      "-": () => faster(-1),
      "[": () => faster(-1),
      t: () => stage.setTrail(TRAILS[(TRAILS.indexOf(paths.trail) + (shiftKey ? TRAILS.length - 1 : 1)) % TRAILS.length]),
      l: () => stage.act("loop"),
      a: () => stage.act("arrows"),
      i: () => stage.inspector.button.hidden || stage.act("inspector"),
      f: () => stage.act("fog"),
      p: () => stage.act("full"),
      v: () => model.foggy || stage.changeView({ projection: model.view.projection === "map" ? "relief" : "map" }),
      g: () => model.tree.curves.log && stage.changeView({ loss_axis: model.view.loss_axis === "log" ? "linear" : "log" }),
      "?": () => stage.act("help"),
      Escape: () => stage.player.showHelp(false),
    };
    const digit = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
    const lane = digit >= 0 && digit < model.lanes.length;
    const action = lane ? () => stage.toggleLane(digit) : keys[key.length === 1 ? key.toLowerCase() : key];
    if (!action) return;
    event.preventDefault();
    action();
  }
}
