/* What the stage says: legend, outcomes, settings, the present step. */

import { SHADES, icon } from "./constants.js";
import { heldOutNote, sampleHtml } from "./controls.js";
import { Examples } from "./data.js";
import { escapeHtml, fill, showNumber } from "./words.js";

export const wordMethods = {
  /** What the looks of the examples mean. */
  showKey() {
    const { key } = this.show;
    const { model, names, ranges } = this.examples;
    const name = escapeHtml(names.at(-1));
    const classes = model === "logistic";
    key.hidden = !classes && !(this.picture === "features");
    if (key.hidden) return;
    const shape = (look) => {
      const outline = this.tree.theme.markers[look ? "triangle-up" : "circle"];
      const points = outline.map(([x, y]) => `${(6 + 5 * x).toFixed(2)},${(6 - 5 * y).toFixed(2)}`).join(" ");
      return `<svg viewBox="0 0 12 12" aria-hidden="true"><polygon points="${points}" fill="${this.lookColor(look)}"/></svg>`;
    };
    const scale = `linear-gradient(to right, ${this.lookColor(0)}, ${this.lookColor(SHADES - 1)})`;
    key.innerHTML = classes
      ? [0, 1].map((look) => `<span>${shape(look)} ${name} ${look}</span>`).join("")
      : `<span>${name} ${showNumber(ranges[2][0])} <b style="background: ${scale}"></b> ${showNumber(ranges[2][1])}</span>`;
  },

  showPicture(picture) {
    this.picture = picture;
    this.point(this.panels.data, null);
    this.stale.data = true;
    this.showSettings();
    if (this.Plotly) this.drawGraphs();
  },

  /* ---- what the controls say ---- */

  showRace() {
    const { race, surface, words, theme } = this.tree;
    this.show.name.textContent = surface.name;
    if (this.show.summary.textContent !== words.summary) this.show.summary.textContent = words.summary;
    this.scrub.max = race.steps;
    this.showExamples();
    const legend = race.lanes.map(({ name, color, dash, marker }) => [name, color, dash, marker]);
    const beside = race.lanes.some(({ validation }) => validation);
    const text = JSON.stringify([legend, beside]);
    if (text !== this.legendText) {
      this.legendText = text;
      this.show.legend.innerHTML = race.lanes
        .map(
          (lane, i) =>
            `<li><button type="button" class="lll-lane" data-act="lane" data-lane="${i}" aria-pressed="true">` +
            `${sampleHtml(lane, theme.markers[lane.marker])}<span class="lll-name">${escapeHtml(lane.name)}</span>` +
            `<span class="lll-loss"></span></button></li>`,
        )
        .join("");
      if (beside) this.show.legend.innerHTML += heldOutNote(words);
      this.lossCells = [...this.show.legend.querySelectorAll(".lll-loss")];
    }
    this.showArrowKey();
    this.root.classList.toggle("lll-compact", Boolean(this.tree.compact));
    this.showOutcomes();
  },

  /** The third panel is there where the surface is a loss over data. */
  showExamples() {
    const { data } = this.tree.surface;
    if (data === this.shownData) return;
    this.shownData = data;
    this.examples = data ? new Examples(data) : null;
    this.pointed = null;
    this.panels.data.tip.hidden = true;
    this.panels.data.projection = null;
    if (data && !this.examples.pictures.includes(this.picture)) [this.picture] = this.examples.pictures;
    this.show.data.hidden = !data;
    this.show.rows.textContent = data?.rows ?? "";
    this.show.rows.hidden = !data?.rows;
    this.root.querySelector("[data-act=held_out]").hidden = !data?.held_out.targets.length;
    this.root.classList.toggle("lll-with-data", Boolean(data));
  },

  showOutcomes() {
    this.lanes.forEach(({ name, outcome }, i) => {
      const entry = this.lossCells[i].closest("button");
      const title = outcome || fill(this.words.show_hide, { name });
      if (entry.title !== title) entry.title = title;
    });
    this.shownStep = undefined;
  },

  /** What a family's slider says. */
  showMember() {
    const { value, outcome } = this.members[this.member];
    const text = fill(this.words.family, { label: this.tree.race.family.label, value: showNumber(value), outcome });
    this.show.member.textContent = this.show.family.title = text;
    this.slider.value = this.member;
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.style.setProperty("--lll-done", `${(100 * this.member) / (this.members.length - 1 || 1)}%`);
  },

  showSettings() {
    const { root, view, words } = this;
    const ended = !this.playing && this.position >= this.steps;
    const play = root.querySelector("[data-act=play]");
    const state = this.playing ? "pause" : ended ? "replay" : "play";
    if (play.dataset.state !== state) {
      play.dataset.state = state;
      play.innerHTML = icon(state);
      play.setAttribute("aria-label", words[state]);
      play.title = `${words[state]} (${words.key_space})`;
    }
    const press = (selector, on) => root.querySelector(selector)?.setAttribute("aria-pressed", String(on));
    press("[data-act=loop]", this.loop);
    press("[data-act=arrows]", view.arrows);
    this.showInspector();
    root.querySelectorAll(".lll-choice button").forEach((b) => {
      const shown = { ...view, projection: this.projection, progress_axis: this.progressAxis, picture: this.picture };
      const current = b.dataset.act === "loss_axis" && !this.tree.curves.log ? "linear" : shown[b.dataset.act];
      b.setAttribute("aria-pressed", String(current === b.dataset.value));
    });
    root.querySelector("[data-act=loss_axis][data-value=log]").disabled = !this.tree.curves.log;
    root.querySelectorAll(".lll-lane").forEach((b) => b.setAttribute("aria-pressed", String(this.isShown(Number(b.dataset.lane)))));
    root.querySelector("[data-choose=speed]").value = String(this.speed);
    root.querySelector("[data-choose=trail]").value = String(this.trail);
    const axis = root.querySelector("[data-choose=progress_axis]");
    axis.value = this.progressAxis;
    axis.hidden = !this.examples;
    root.querySelector(".lll-choice:has([data-act=progress_axis])").hidden = Boolean(this.examples);
    root.querySelector(".lll-choice:has([data-act=picture])").hidden = !(this.examples?.pictures.length > 1);
    press("[data-act=held_out]", Boolean(this.heldOut));
    root.querySelector("[data-act=projection][data-value=relief]").disabled = this.foggy;
    const fog = root.querySelector("[data-act=fog]");
    fog.hidden = !this.tree.fog;
    fog.textContent = this.foggy ? words.lift_fog : words.fog;
    fog.setAttribute("aria-label", fog.textContent);
    fog.title = `${fog.textContent} (F)`;
    for (const control of [this.scrub, ...root.querySelectorAll(".lll-transport button")]) control.disabled = this.veiled;
    const relief = this.projection === "relief";
    this.graphs.relief.hidden = !relief;
    this.graphs.map.hidden = relief;
    const empty = !this.lanes.some((_, i) => this.isShown(i));
    if (this.Plotly) this.note(relief && this.noRelief ? words.no_webgl : empty ? words.all_hidden : "");
  },

  loss(lane, step) {
    return lane.gaps[step] + this.tree.curves.offset;
  },

  /** Slider, step and losses. Text changes at whole steps only, and not more often than it can be read. */
  showStep() {
    const { step } = this;
    if (step === this.shownStep) return;
    const now = performance.now();
    if (this.playing && now - (this.shownAt ?? 0) < 45) return;
    this.shownAt = now;
    this.shownStep = step;
    const text = fill(this.words.step_of, { step, steps: this.steps });
    this.scrub.value = step;
    this.showWorking();
    this.scrub.style.setProperty("--lll-done", `${(100 * step) / (this.steps || 1)}%`);
    this.scrub.setAttribute("aria-valuetext", text);
    this.show.step.textContent = text;
    this.lanes.forEach((lane, i) => {
      const ended = lane.diverged && step >= lane.last_step;
      // Up to its colon an outcome says what happened; the title and the table have the rest.
      const cell = this.lossCells[i];
      cell.textContent = ended ? lane.outcome.split(/[:：]/)[0] : showNumber(this.loss(lane, Math.min(step, lane.last_step)));
      cell.classList.toggle("lll-diverged", ended);
    });
  },
};
