// @ts-check
import { isLost } from "./connection.js";
import { onceAnswered } from "./once_answered.js";
import { isInsideAxes, isInsideScene } from "./plotly_inside.js";
import { FlatAxes } from "./projections.js";
import { ReliefProjection } from "./relief.js";
import { clamp, fill, roundTo, showNumber } from "./words.js";

/**
 * @import { Stage } from "./stage.js"
 * @typedef {[number, number]} Point
 */

const CLICK_RADIUS = 4;
const DOUBLE_CLICK = 320; // ms
const DOUBLE_CLICK_RADIUS = 24; // px: a finger hits no pixel twice
const START_REPEATS = 4;
const NEW_SESSION_REPEATS = 30; // a server that was started again has a page to draw before it receives a start
const START_PATIENCE = 400; // ms to wait for the answer to one start before the next is sent
const KEYS_REST = 150; // ms after the last arrow key before the server is asked
const KEY_STRIDE = 0.01; // of the domain
/** @type {Record<string, Point | undefined>} to the right, and up */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The handle at the start: clicks on the surface, drags and arrow keys move it, and the server is asked for the race from there. */
export class StartHandle {
  /** The start to ask the server for. @type {Point | null} */
  #wanted = null;
  #repeats = 0;
  /** @type {number | undefined} since a start was sent */
  #waiting;
  /** @type {number | undefined} until the start is let go of without an answer */
  #settling;
  /** @type {number | undefined} since the last arrow key */
  #keys;

  /**
   * @param {Stage} stage
   * @param {HTMLButtonElement} handle
   */
  constructor(stage, handle) {
    this.stage = stage;
    this.model = stage.model;
    this.handle = handle;
    /** Where it is held, until the server's race starts there. @type {Point | null} */
    this.held = null;
    this.dragging = false;
    this.#listenToMap();
    this.#listenToHandle();
  }

  /** Show it where it is held, or where the race starts. */
  place() {
    const { handle, model } = this;
    const { projection } = this.stage.panels.surface;
    const [x, y] = this.held ?? model.tree.race.start;
    const relief = projection instanceof ReliefProjection;
    const pixel = relief ? projection.place(x, y) : projection instanceof FlatAxes ? { x: projection.px(x), y: projection.py(y) } : null;
    const rect = projection?.rect;
    const visible = pixel && rect && pixel.x >= rect.left && pixel.x <= rect.right && pixel.y >= rect.top && pixel.y <= rect.bottom;
    handle.hidden = !visible;
    if (!visible) return;
    handle.disabled = Boolean(model.tree.fixed_start);
    handle.style.transform = `translate(${pixel.x}px, ${pixel.y}px)`;
    if (this.dragging) return; // a screen reader hears where it comes to rest
    const template = handle.disabled ? model.words.fixed_start : model.words.start;
    const label = this.#told(template, x, y);
    if (handle.title !== label) {
      handle.title = label;
      handle.setAttribute("aria-label", label);
    }
  }

  /** A text about a start. @param {string} template @param {number} x @param {number} y */
  #told(template, x, y) {
    const [across, up] = this.model.tree.surface.axes;
    return fill(template, { across, up, x: showNumber(x), y: showNumber(y) });
  }

  #listenToMap() {
    const { stage, handle } = this;
    const { host } = stage.panels.surface;
    const { listening } = stage;
    /** @type {{ x: number, y: number } | null} */
    let pressed = null;
    /** @type {{ time: number, x: number, y: number, start: Point } | null} */
    let earlier = null;
    listening.on(host, "pointerdown", (event) => {
      stage.hover.hideHeights(event); // a finger does not hover before it taps
      // The first click of two has brought the handle under the pointer.
      const second = event.target === handle && earlier && event.timeStamp - earlier.time < DOUBLE_CLICK;
      const onMap = second || isInsideAxes(event.target) || isInsideScene(event.target) || event.target === host;
      // A second finger makes it a gesture that moves the map.
      pressed = onMap && event.button === 0 && event.isPrimary ? { x: event.clientX, y: event.clientY } : null;
    }, true);
    // On the window: during a drag Plotly lays a cover over the page, which gets the release.
    listening.on(window, "pointerup", (event) => {
      const from = pressed;
      pressed = null;
      if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) > CLICK_RADIUS) return;
      const now = event.timeStamp; // when it happened, however busy the page is
      const near = earlier && Math.hypot(event.clientX - earlier.x, event.clientY - earlier.y) <= DOUBLE_CLICK_RADIUS;
      if (earlier && near && now - earlier.time < DOUBLE_CLICK) {
        this.#choose(earlier.start); // a double click resets the zoom and leaves the start where it was
        stage.graphs.resetSurface();
        earlier = null;
        return;
      }
      const point = stage.painter.dataAt(event);
      const { domain } = this.model.tree.surface;
      const inside = point.every((value, i) => value >= domain[i][0] && value <= domain[i][1]);
      earlier = { time: now, x: event.clientX, y: event.clientY, start: this.#current };
      if (inside) this.#choose(point);
    }, true);
    listening.on(window, "pointercancel", () => (pressed = null), true);
  }

  #listenToHandle() {
    const { stage, handle } = this;
    const { listening } = stage;
    listening.on(handle, "pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
      this.dragging = true;
    });
    listening.on(handle, "pointermove", (event) => {
      if (!this.dragging) return;
      const point = stage.painter.dataAt(event);
      if (point.every(Number.isFinite)) this.#move(this.#withinDomain(point)); // beside a relief there is no point
    });
    const release = () => {
      if (!this.dragging) return;
      this.dragging = false;
      this.#send();
    };
    listening.on(handle, "pointerup", release);
    listening.on(handle, "pointercancel", release);
    listening.on(handle, "keydown", (event) => this.#key(event));
    listening.on(document, "lab-connection", () => this.#reconnected());
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key === "Escape" && this.dragging) {
      event.stopPropagation();
      this.#giveUp();
    }
    const [right, up] = MOVES[event.key] ?? [0, 0];
    if (!right && !up) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = this.#current;
    const [width, height] = this.model.tree.surface.domain.map(([low, high]) => high - low);
    this.#move(this.#withinDomain([x + KEY_STRIDE * right * width, y + KEY_STRIDE * up * height]));
    clearTimeout(this.#keys);
    this.#keys = setTimeout(() => {
      const [restX, restY] = this.#current;
      this.stage.announce(this.#told(this.model.words.start_at, restX, restY));
      this.#send();
    }, KEYS_REST);
  }

  /** @returns {Point} */
  get #current() {
    const { start } = this.model.tree.race;
    return this.held ?? [start[0], start[1]];
  }

  /** @param {Point} point @returns {Point} */
  #withinDomain([x, y]) {
    const [[x0, x1], [y0, y1]] = this.model.tree.surface.domain;
    return [clamp(x, x0, x1), clamp(y, y0, y1)];
  }

  /** A start that is chosen at once. @param {Point} point */
  #choose(point) {
    this.#move(point);
    this.#send();
  }

  /** A start on its way. Where the engine cannot show its race, the server is asked for it meanwhile. @param {Point} point */
  #move([x, y]) {
    const { tree } = this.model;
    if (tree.fixed_start) return;
    const [width, height] = tree.surface.domain.map(([low, high]) => high - low);
    this.held = [roundTo(x, width), roundTo(y, height)];
    this.#wanted = this.held;
    this.#repeats = 0;
    if (this.stage.preview.hold("start", { "start/x": this.held[0], "start/y": this.held[1] })) return;
    if (isLost()) return this.#giveUp();
    this.place();
    this.#send();
  }

  /** A drag is given up: the start stays where it was. */
  #giveUp() {
    this.dragging = false;
    this.held = this.#wanted = null;
    this.stage.preview.cancel("start");
    this.stage.painter.invalidate();
  }

  /** Ask the server for the start. One request is under way at a time; the last one asked for is always sent. */
  #send() {
    if (!this.#wanted || this.#waiting) return;
    if (isLost()) return void this.stage.preview.letGo("start"); // sent when the connection is back
    const [x, y] = this.#wanted;
    this.#wanted = null;
    this.#waiting = setTimeout(() => this.answered(), START_PATIENCE);
    clearTimeout(this.#settling);
    const answer = this.stage.preview.letGo("start");
    // Later, because the click that follows the release of the ring is no further act of the user.
    setTimeout(() => onceAnswered(answer, () => this.stage.listeners.onStart?.({ x, y })));
  }

  /** What was sent before the connection was lost, or has not been sent since, is sent once it is back. */
  #reconnected() {
    clearTimeout(this.#waiting);
    clearTimeout(this.#settling);
    this.#waiting = undefined;
    if (!this.held || this.dragging) return;
    this.#repeats = START_REPEATS - NEW_SESSION_REPEATS;
    this.#wanted = this.held;
    if (!isLost()) this.#send();
  }

  /** The answer to the last start is here, or has been waited for long enough. */
  answered() {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    if (this.dragging && this.model.previewing) return; // the server is asked when the drag ends
    const [x, y] = this.model.fromServer.race.start;
    const arrived = this.held && x === this.held[0] && y === this.held[1];
    // A start that met another change on its way to the server can get lost there: ask again, but not for ever.
    if (this.held && !arrived && this.#repeats++ < START_REPEATS) this.#wanted ??= this.held;
    this.#send();
    if (this.#waiting || this.dragging || !this.held) return;
    const settle = () => {
      this.held = null;
      if (this.model.previewing) this.stage.preview.cancel("start");
      this.stage.painter.invalidate();
    };
    clearTimeout(this.#settling);
    if (arrived) settle();
    else this.#settling = setTimeout(settle, 5 * START_PATIENCE);
  }

  destroy() {
    clearTimeout(this.#waiting);
    clearTimeout(this.#settling);
    clearTimeout(this.#keys);
  }
}
