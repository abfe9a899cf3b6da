// @ts-check
import { FAINT } from "./constants.js";
import { windowOf } from "./smoothing.js";
import { mix } from "./words.js";

/** @import { Lane, Tree, View } from "./types.js" */

const LARGE = 12 / 7; // for a hall, as --lll-scale in stage.css

/** What a stage shows: the race, and how it is viewed. */
export class StageModel {
  #seenView;

  /** @param {Tree} tree */
  constructor(tree) {
    /** The last tree from the server. */
    this.fromServer = tree;
    /** The tree that is shown: the same one, or that of a preview. */
    this.tree = tree;
    /** The runs that are shown: of a family the chosen one. @type {Lane[]} */
    this.lanes = [...tree.race.lanes];
    /** The browser owns the view. @type {View} */
    this.view = copyOf(tree.view);
    this.#seenView = JSON.stringify(tree.view);
    /** The number of the last change of the view here. */
    this.viewChanges = tree.told ?? 0;
    this.dark = false;
    /** Whether the fog has been lifted by hand. */
    this.lifted = false;
    /** The entry that is pointed at in the legend. @type {number | undefined} */
    this.highlighted = undefined;
    /** Less than 1 while a small picture is painted. */
    this.shrunk = 1;
  }

  get words() {
    return this.tree.words;
  }

  get theme() {
    return this.tree.theme[this.dark ? "dark" : "light"];
  }

  get markers() {
    return this.tree.theme.markers;
  }

  /** What the knobs of the page call the stage. */
  get name() {
    return this.tree.name ?? this.tree.stage ?? "stage";
  }

  /** Type and lines are this many times as large as usual. */
  get weight() {
    return (this.tree.large ? LARGE : 1) * this.shrunk;
  }

  get veiled() {
    return Boolean(this.tree.race.veiled);
  }

  /** Whether the map lies in the fog; then there is no 3-D. */
  get foggy() {
    return Boolean(this.tree.fog) && !this.lifted;
  }

  get previewing() {
    return this.tree !== this.fromServer;
  }

  /** The horizontal axis of the loss curves; not every surface has examples to count. */
  get progressAxis() {
    const { progress_axis: wanted } = this.view;
    return wanted in this.tree.curves.ranges ? wanted : "steps";
  }

  /** Whether arrows are painted at the heads: between the checkpoints of a recording there is no step to show. */
  get arrows() {
    return this.view.arrows && !this.recording;
  }

  get projection() {
    return this.foggy ? "map" : this.view.projection;
  }

  /** @param {number} index */
  isShown(index) {
    return !this.view.hidden.includes(index);
  }

  /** How strongly an entry is painted, beside one that is pointed at or not. @param {number} index */
  strength(index) {
    return this.highlighted === undefined || this.highlighted === index ? 1 : FAINT;
  }

  /** What a recording has beside a race; null for a race. */
  get recording() {
    return this.tree.recording ?? null;
  }

  /** What the second curves show; null where nothing else was measured. */
  get quantity() {
    const quantities = this.recording?.quantities ?? [];
    return quantities.find(({ name }) => name === this.view.quantity) ?? quantities[0] ?? null;
  }

  /** The number of a step of the clock, which counts the checkpoints of a recording. @param {number} position */
  stepAt(position) {
    const { recording } = this;
    if (!recording) return position;
    const { numbers } = recording;
    const low = Math.min(Math.floor(position), numbers.length - 1);
    return mix(numbers[low], numbers[Math.min(low + 1, numbers.length - 1)], position - low);
  }

  /** The position of the clock a number of steps before another one. @param {number} position @param {number} steps */
  before(position, steps) {
    const { recording } = this;
    if (!recording) return Math.max(0, position - steps);
    const { numbers } = recording;
    const wanted = this.stepAt(position) - steps;
    const next = numbers.findIndex((number) => number > wanted);
    return next > 0 ? next - 1 + (wanted - numbers[next - 1]) / (numbers[next] - numbers[next - 1]) : 0;
  }

  /** The last step at which a run still goes on, or a run of the family. */
  get length() {
    const { race } = this.tree;
    const ends = [...race.lanes.map(({ last_step }) => last_step), ...(race.family?.last_step ?? [])];
    return this.veiled ? race.steps : Math.min(race.steps, Math.max(1, ...ends));
  }

  /** How many steps the running median of the loss curves has; 1 where they are not smoothed. */
  get smoothing() {
    return this.tree.race.noisy && !this.veiled ? windowOf(this.length) : 1;
  }

  /** The colour of an entry, or of a run of its family. @param {Pick<Lane, "colors">} lane */
  colorOf({ colors }) {
    return this.dark ? colors.dark : colors.light;
  }

  /** @param {Lane} lane @param {number} step */
  loss(lane, step) {
    return lane.gaps[step] + this.tree.curves.offset;
  }

  /** A tree from the server, which is shown from now on. @param {Tree} tree */
  receive(tree) {
    this.fromServer = this.tree = tree;
    const { view, told = 0 } = tree;
    const text = JSON.stringify(view);
    // The server's view counts when it is another one than before, and newer than the browser's last change.
    if (text !== this.#seenView && told >= this.viewChanges) this.view = copyOf(view);
    this.#seenView = text;
  }

  /** Change the view. Returns what is sent to the server. @param {Partial<View>} change */
  changeView(change) {
    Object.assign(this.view, change);
    this.viewChanges += 1;
    return { ...this.view, hidden: [...this.view.hidden].sort((a, b) => a - b), told: this.viewChanges };
  }

  /** The entries to hide so that one is shown alone; none if it is already. @param {number} index */
  othersThan(index) {
    const others = this.lanes.map((_, i) => i).filter((i) => i !== index);
    return this.isShown(index) && others.every((i) => !this.isShown(i)) ? [] : others;
  }
}

/** @param {View} view @returns {View} */
const copyOf = (view) => ({ ...view, hidden: [...view.hidden] });
