/* What a reader does to the stage: hover, click, drag, keys. */

import { active } from "./active.js";
import {
  CLICK_RADIUS,
  DOUBLE_CLICK,
  DOUBLE_CLICK_RADIUS,
  HOVER_RADIUS,
  SPEEDS,
  START_PATIENCE,
  START_REPEATS,
  TRAILS,
} from "./constants.js";
import { REST } from "./preview.js";
import { MapProjection, ReliefProjection } from "./projections.js";
import { clamp, escapeHtml, fill, roundTo, showNumber } from "./words.js";

export const inputMethods = {
  /** The start's handle: where the pointer holds it until the answer is here. */
  placeStart() {
    const { start: handle } = this.show;
    const { projection } = this.panels.surface;
    const [x, y] = this.heldStart ?? this.tree.race.start;
    // In 3-D it is for the keys alone: there a pointer turns the camera.
    const relief = projection instanceof ReliefProjection;
    handle.classList.toggle("lll-on-relief", relief);
    const { x: px, y: py } = relief ? projection.place(x, y) : { x: projection?.px(x), y: projection?.py(y) };
    const { left, right, top, bottom } = projection?.rect ?? {};
    handle.hidden = !(px >= left && px <= right && py >= top && py <= bottom);
    if (handle.hidden) return;
    handle.disabled = Boolean(this.tree.fixed_start);
    handle.style.transform = `translate(${px}px, ${py}px)`;
    if (this.dragging) return; // a screen reader hears where it comes to rest
    const label = fill(handle.disabled ? this.words.fixed_start : this.words.start, { x: showNumber(x), y: showNumber(y) });
    if (handle.title !== label) {
      handle.title = label;
      handle.setAttribute("aria-label", label);
    }
  },

  /* ---- hovering ---- */

  listenToHover(panel) {
    const { host } = panel;
    // Caught on the way down: where a path is near, Plotly does not hear of the pointer and shows no label of its own.
    const seek = (event) => {
      if (event.buttons || event.target.closest?.(".lll-start, .modebar")) return this.hover(panel, null);
      const box = host.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      if (panel === this.panels.surface) this.hideHeights(event);
      let best = { distance: HOVER_RADIUS };
      for (const [lane, line] of panel.lines) {
        const found = line.nearest(x, y, this.foggy ? this.position : Infinity);
        if (found.distance < best.distance) best = { ...found, lane };
      }
      for (const [lane, line] of panel.beside) {
        const found = line.nearest(x, y);
        if (found.distance < best.distance) best = { ...found, lane, beside: true };
      }
      this.hover(panel, best.lane === undefined ? null : best);
      return undefined;
    };
    this.on(host, "pointermove", seek, true);
    this.on(host, "pointerleave", () => this.hover(panel, null));
  },

  /** Plotly's labels show no loss that the fog hides, and none of a surface that is dragged: they know the old one. */
  hideHeights(event) {
    const fogged = this.foggy && (!event || !this.fog || this.fog.hides(...this.dataAt(event)));
    const hidden = fogged || Boolean(this.surfaceNumbers);
    this.panels.surface.host.classList.toggle("lll-in-fog", hidden);
  },

  hover(panel, found) {
    const before = this.hovered;
    panel.host.classList.toggle("lll-on-path", Boolean(found));
    panel.tip.hidden = !found;
    const last = (lane) => Math.min(lane.last_step, this.foggy ? Math.floor(this.position) : Infinity);
    const { lane: nearest, beside } = found ?? {};
    this.hovered = found && { lane: nearest, beside, step: Math.min(Math.round(found.step), last(this.lanes[nearest])) };
    if (!found && !before) return;
    this.request();
    if (!found) return;
    const lane = this.lanes[found.lane];
    const { step } = this.hovered;
    const { words } = this;
    const lines = [
      [words.x, lane.points[2 * step]],
      [words.y, lane.points[2 * step + 1]],
      beside ? [words.validation_loss, lane.validation[step] + this.tree.curves.offset] : [words.loss, this.loss(lane, step)],
    ];
    panel.tip.innerHTML =
      `<strong style="--lll-color:${escapeHtml(lane.color)}">${escapeHtml(lane.name)}</strong>` +
      `<span>${escapeHtml(fill(words.step, { step }))}</span>` +
      lines.map(([name, value]) => `<span><i>${escapeHtml(name)}</i> ${showNumber(value)}</span>`).join("");
    this.placeTip(panel, found);
  },

  placeTip(panel, found) {
    const [width, height] = [panel.tip.offsetWidth, panel.tip.offsetHeight];
    const x = found.x + 16 + width > panel.width ? found.x - 16 - width : found.x + 16;
    const y = clamp(found.y - height / 2, 4, panel.height - height - 4);
    panel.tip.style.transform = `translate(${Math.round(Math.max(4, x))}px, ${Math.round(y)}px)`;
  },

  highlight(entry) {
    const index = entry ? Number(entry.dataset.lane) : undefined;
    const lane = index !== undefined && this.isShown(index) ? index : undefined;
    if (lane === this.highlighted) return;
    this.highlighted = lane;
    this.invalidate();
  },

  /* ---- setting the start ---- */

  listenToSurface() {
    const { host } = this.panels.surface;
    const handle = this.show.start;
    let pressed = null;
    let earlier = null;
    this.on(host, "pointerdown", (event) => {
      this.hideHeights(event); // a finger does not hover before it taps
      // The first click of two has brought the handle under the pointer.
      const second = event.target === handle && earlier && event.timeStamp - earlier.time < DOUBLE_CLICK;
      const onMap = second || event.target.closest?.(".nsewdrag");
      pressed = onMap && event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
    }, true);
    // On the window: during a drag Plotly lays a cover over the page, which gets the release.
    this.on(window, "pointerup", (event) => {
      const from = pressed;
      pressed = null;
      if (!from || Math.hypot(event.clientX - from.x, event.clientY - from.y) > CLICK_RADIUS) return;
      const now = event.timeStamp; // when it happened, however busy the page is
      const near = earlier && Math.hypot(event.clientX - earlier.x, event.clientY - earlier.y) <= DOUBLE_CLICK_RADIUS;
      if (near && now - earlier.time < DOUBLE_CLICK) {
        this.offerStart(...earlier.start); // a double click resets the zoom and leaves the start where it was
        this.resetMap();
        earlier = null;
        return;
      }
      const point = this.dataAt(event);
      const inside = point.every((value, i) => value >= this.tree.surface.domain[i][0] && value <= this.tree.surface.domain[i][1]);
      earlier = { time: now, x: event.clientX, y: event.clientY, start: this.heldStart ?? this.tree.race.start };
      if (inside) this.offerStart(...point);
    }, true);
    this.on(window, "pointercancel", () => (pressed = null), true);

    this.on(handle, "pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      event.stopPropagation();
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
      this.dragging = true;
    });
    this.on(handle, "pointermove", (event) => this.dragging && this.moveStart(...this.withinDomain(this.dataAt(event))));
    const release = () => {
      if (!this.dragging) return;
      this.dragging = false;
      this.pumpStart();
    };
    this.on(handle, "pointerup", release);
    this.on(handle, "pointercancel", release);
    this.on(handle, "keydown", (event) => {
      if (event.key === "Escape" && this.dragging) {
        event.stopPropagation();
        this.giveUpStart();
      }
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      event.stopPropagation();
      const start = this.heldStart ?? this.tree.race.start;
      const moved = this.tree.surface.domain.map(([low, high], i) => start[i] + 0.01 * move[i] * (high - low));
      this.moveStart(...this.withinDomain(moved));
      clearTimeout(this.keysRest);
      this.keysRest = setTimeout(() => {
        const [x, y] = this.heldStart ?? this.tree.race.start;
        this.show.said.textContent = fill(this.words.start_at, { x: showNumber(x), y: showNumber(y) });
        this.pumpStart();
      }, REST);
    });
  },

  dataAt({ clientX, clientY }) {
    const box = this.panels.surface.host.getBoundingClientRect();
    return new MapProjection(this.flatGraph("map") ?? this.graphs.map).dataAt(clientX - box.left, clientY - box.top);
  },

  withinDomain(point) {
    return point.map((value, i) => clamp(value, ...this.tree.surface.domain[i]));
  },

  /** A start that is chosen at once. */
  offerStart(x, y) {
    this.moveStart(x, y);
    this.pumpStart();
  },

  /** A start on its way. Where the engine cannot show its race, the server is asked for it meanwhile. */
  moveStart(x, y) {
    if (this.tree.fixed_start) return;
    const size = this.tree.surface.domain.map(([low, high]) => high - low);
    this.heldStart = [roundTo(x, size[0]), roundTo(y, size[1])];
    this.wantedStart = this.heldStart;
    this.startRepeats = 0;
    const followed = this.hold("start", { "start/x": this.heldStart[0], "start/y": this.heldStart[1] });
    if (followed) return;
    this.placeStart();
    this.pumpStart();
  },

  /** The hand has changed its mind: the start stays where it was. */
  giveUpStart() {
    this.dragging = false;
    this.heldStart = this.wantedStart = null;
    this.held.cancel("start");
    this.showHeld();
    this.invalidate();
  },

  /** Ask the server for the start. One request is under way at a time; the last one asked for is always sent. */
  pumpStart() {
    if (!this.wantedStart || this.startTimer) return;
    const [x, y] = this.wantedStart;
    this.wantedStart = null;
    this.startTimer = setTimeout(() => this.answered(), START_PATIENCE);
    clearTimeout(this.lettingGo);
    this.letGo("start");
    this.giveWay();
    this.onStart?.({ x, y });
  },

  /** The answer to the last start is here, or has been waited for long enough. */
  answered() {
    clearTimeout(this.startTimer);
    this.startTimer = 0;
    if (this.dragging && this.previewing) return; // the server is asked when the hand lets go
    const [x, y] = this.fromServer.race.start;
    const arrived = this.heldStart && x === this.heldStart[0] && y === this.heldStart[1];
    // A start that met another change on its way to the server can get lost there: ask again, but not for ever.
    if (this.heldStart && !arrived && this.startRepeats++ < START_REPEATS) this.wantedStart ??= this.heldStart;
    this.pumpStart();
    if (this.startTimer || this.dragging || !this.heldStart) return;
    const settle = () => {
      this.heldStart = null;
      if (this.previewing && this.held.cancel("start")) this.showHeld();
      this.invalidate();
    };
    clearTimeout(this.lettingGo);
    if (arrived) settle();
    else this.lettingGo = setTimeout(settle, 5 * START_PATIENCE);
  },

  /* ---- clicks and keys ---- */

  clicked({ target }) {
    const control = target.closest("[data-act]");
    if (!control || control.disabled) return;
    const { act, value, lane } = control.dataset;
    if (act === "lane") this.toggleLane(Number(lane));
    else if (act === "picture") this.showPicture(value);
    else if (value !== undefined) this.changeView({ [act]: value });
    else this.act(act);
  },

  doubleClicked({ target }) {
    const entry = target.closest("[data-lane]");
    if (entry) this.isolate(Number(entry.dataset.lane));
  },

  act(name) {
    const acts = {
      play: () => this.setPlaying(!this.playing),
      back: () => this.seek(Math.ceil(this.position - 1e-6) - 1),
      forward: () => this.seek(Math.floor(this.position + 1e-6) + 1),
      loop: () => {
        this.loop = !this.loop;
        this.showSettings();
      },
      arrows: () => this.changeView({ arrows: !this.view.arrows }),
      inspector: () => this.changeView({ inspector: !this.view.inspector }),
      reset: () => this.resetView(),
      held_out: () => {
        this.heldOut = !this.heldOut;
        this.point(this.panels.data, null);
        this.showSettings();
        this.invalidate();
      },
      fog: () => this.setFog(Boolean(this.lifted)),
      help: () => this.showHelp(this.help.hidden),
    };
    acts[name]?.();
  },

  setFog(on) {
    if (!this.tree.fog) return;
    this.lifted = !on;
    this.hideHeights();
    this.showSettings();
    this.invalidate();
    if (this.Plotly) this.drawGraphs();
  },

  choose(name, value) {
    this[name] = value;
    this.showSettings();
    this.request();
  },

  toggleLane(index) {
    const hidden = this.isShown(index) ? [...this.view.hidden, index] : this.view.hidden.filter((i) => i !== index);
    this.highlighted = undefined;
    this.changeView({ hidden });
  },

  /** One lane alone; all of them again when it is alone already. */
  isolate(index) {
    const others = this.lanes.map((_, i) => i).filter((i) => i !== index);
    const alone = this.isShown(index) && others.every((i) => !this.isShown(i));
    this.changeView({ hidden: alone ? [] : others });
  },

  showHelp(open) {
    this.help.hidden = !open;
    this.root.querySelector(".lll-bar [data-act=help]").setAttribute("aria-expanded", String(open));
    if (open) this.help.querySelector("button").focus();
  },

  key(event) {
    const { target, key } = event;
    // Of several stages the one used last hears the keys, at first the topmost.
    const last = active.stage ?? document.querySelector(".lll-stage")?.lllStage;
    const mine = this.root.contains(target) || (target === document.body && last === this);
    if (!mine || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("select, input:not([type=range]), textarea, [contenteditable]")) return;
    const onSlider = target === this.scrub || target === this.slider;
    if (onSlider && (key.startsWith("Arrow") || key === "Home" || key === "End") && !event.shiftKey) return; // its own keys
    if (key === " " && target.matches("button:not(.lll-start)")) return; // presses that button
    const far = event.shiftKey ? 10 : 1;
    const faster = (by) => this.choose("speed", SPEEDS[clamp(SPEEDS.indexOf(this.speed) + by, 0, SPEEDS.length - 1)]);
    const keys = {
      " ": () => this.act("play"),
      ArrowLeft: () => this.seek(Math.ceil(this.position - 1e-6) - far),
      ArrowRight: () => this.seek(Math.floor(this.position + 1e-6) + far),
      Home: () => this.seek(0),
      End: () => this.seek(this.steps),
      "+": () => faster(1),
      "=": () => faster(1),
      "]": () => faster(1),
      "-": () => faster(-1),
      "[": () => faster(-1),
      t: () => this.choose("trail", TRAILS[(TRAILS.indexOf(this.trail) + (event.shiftKey ? TRAILS.length - 1 : 1)) % TRAILS.length]),
      l: () => this.act("loop"),
      a: () => this.act("arrows"),
      i: () => !this.root.querySelector("[data-act=inspector]").hidden && this.act("inspector"),
      f: () => this.act("fog"),
      v: () => !this.foggy && this.changeView({ projection: this.view.projection === "map" ? "relief" : "map" }),
      g: () => this.tree.curves.log && this.changeView({ loss_axis: this.view.loss_axis === "log" ? "linear" : "log" }),
      "?": () => this.act("help"),
      Escape: () => this.showHelp(false),
    };
    const digit = /^[1-9]$/.test(key) ? Number(key) - 1 : -1;
    const action = digit >= 0 && digit < this.lanes.length ? () => this.toggleLane(digit) : keys[key.length === 1 ? key.toLowerCase() : key];
    if (!action) return;
    event.preventDefault();
    action();
  },

  /* ---- the end ---- */
};
