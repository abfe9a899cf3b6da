// @ts-check
import { LIMIT_DASH, SPEEDS, TRAILS } from "./constants.js";
import { icon } from "./icons.js";
import { inspectorHtml } from "./inspector.js";
import { escapeHtml, fill } from "./words.js";

/** @import { Tree } from "./types.js" */

/**
 * @param {string} name @param {string} label @param {string} key that does the same, or ""
 * @param {string} content HTML @param {string} [extra] classes
 */
export const button = (name, label, key, content, extra = "") =>
  `<button type="button" class="lll-button ${extra}" data-act="${name}" aria-label="${escapeHtml(label)}"` +
  ` title="${escapeHtml(key ? `${label} (${key})` : label)}">${content}</button>`;

/** @param {string} group @param {string} label @param {[string, string][]} values and their texts */
const choice = (group, label, values) =>
  `<div class="lll-choice" role="group" aria-label="${escapeHtml(label)}">${values
    .map(
      ([value, text]) =>
        `<button type="button" data-act="${group}" data-value="${value}" aria-pressed="false">${escapeHtml(text)}</button>`,
    )
    .join("")}</div>`;

/** @param {string} name @param {string} label @param {string} key @param {[string | number, string][]} values and their texts */
const select = (name, label, key, values) =>
  `<select class="lll-select" data-choose="${name}" aria-label="${escapeHtml(label)}"` +
  ` title="${escapeHtml(key ? `${label} (${key})` : label)}">${values
    .map(([value, text]) => `<option value="${value}">${escapeHtml(text)}</option>`)
    .join("")}</select>`;

/** Everything in a stage. @param {Pick<Tree, "words" | "fog" | "fixed_start" | "recording">} tree */
export function frameHtml({ words, fog, fixed_start: fixed, recording }) {
  /** @type {[number | string, string][]} */
  const speeds = SPEEDS.map((speed) => [speed, `${speed}×`]);
  speeds.push(["log", words.log_time]);
  /** @type {[number, string][]} */
  const trails = TRAILS.map((steps) => [steps, steps ? fill(words.trail_steps, { steps }) : words.trail_all]);
  const keys = [
    [words.key_space, words.key_play],
    ["← →", words.key_step],
    ["Home End", words.key_ends],
    ["− +", words.key_speed],
    ["T", words.key_trail],
    ["L", words.key_loop],
    ...(recording ? [] : [["A", words.key_arrows], ["I", words.key_inspector]]),
    ["P", words.full_screen],
    ["V", words.key_view],
    ["G", words.key_log],
    ...(fog ? [["F", words.key_fog]] : []),
    ["1 … 9", words.key_lanes],
    ["?", words.key_help],
  ];
  return `
    <div class="lll-frame">
      <div class="lll-panel lll-surface" role="group" aria-label="${escapeHtml(words.surface)}">
        <header><h2 data-show="name"></h2>${button("fog", words.lift_fog, "F", "", "lll-text")}${button("reset", words.reset, "", icon("reset"))}${button("full", words.full_screen, "P", icon("full"))}
          ${choice("projection", words.projection, [["map", words.map], ["relief", words.relief]])}</header>
        <div class="lll-plot" data-panel="surface">
          <div class="lll-graph" data-graph="map"></div>
          <div class="lll-graph" data-graph="relief" hidden></div>
          <p class="lll-note" data-show="note">${escapeHtml(words.loading)}</p>
          <p class="lll-remark" role="status" data-show="remark" hidden></p>
          <button type="button" class="lll-start" data-show="start" hidden></button>
        </div>
      </div>
      <div class="lll-panel lll-curves" role="group" aria-label="${escapeHtml(words.curves)}">
        <header><h2>${escapeHtml(words.curves)}</h2>
          ${choice("progress_axis", words.progress_axis, [["steps", words.steps], ["evaluations", words.evaluations]])}
          ${select("progress_axis", words.progress_axis, "", ["steps", "evaluations", "examples", "epochs"].map((axis) => [axis, words[axis]]))}
          ${choice("loss_axis", words.loss_axis, [["log", words.log], ["linear", words.linear]])}</header>
        <div class="lll-plot" data-panel="curves"><div class="lll-graph" data-graph="curves"></div></div>
      </div>
      <div class="lll-panel lll-quantity" role="group" data-show="quantity" hidden>
        <header>${choice("quantity", words.quantity, ["accuracy", "sharpness", "distance"].map((name) => [name, words[name]]))}
          <p class="lll-aside" data-show="limit" hidden><svg class="lll-sample" viewBox="0 0 38 18" aria-hidden="true"><line x1="2" y1="9"
            x2="36" y2="9" stroke="currentColor" stroke-width="1.6" stroke-dasharray="${LIMIT_DASH.join(" ")}"/></svg><span></span></p></header>
        <div class="lll-plot" data-panel="quantity"><div class="lll-graph" data-graph="quantity"></div></div>
      </div>
      <div class="lll-panel lll-data" role="group" data-show="data" aria-label="${escapeHtml(words.data)}" hidden>
        <header><h2><span data-show="data_title">${escapeHtml(words.data)}</span><span data-show="whose"></span></h2>
          ${select("predictions", words.predictions_of, "", [])}
          ${choice("picture", words.picture, [["predictions", words.predictions], ["features", words.features]])}
          ${button("held_out", words.show_held_out, "", escapeHtml(words.held_out), "lll-text")}</header>
        <div class="lll-plot" data-panel="data"><div class="lll-graph" data-graph="data"></div>
          <p class="lll-key" data-show="key" hidden></p></div>
        <p class="lll-rows" data-show="rows" hidden></p>
      </div>
      <ul class="lll-legend" data-show="legend" aria-label="${escapeHtml(words.legend)}"></ul>
      <div class="lll-bar">
        <div class="lll-transport">
          ${button("back", words.back, "←", icon("back"))}
          ${button("play", words.play, words.key_space, icon("play"), "lll-play")}
          ${button("forward", words.forward, "→", icon("forward"))}
        </div>
        <input class="lll-scrub" type="range" min="0" max="1" step="1" value="0" aria-label="${escapeHtml(words.scrub)}">
        <span class="lll-step" data-show="step" aria-hidden="true"></span>
        <div class="lll-options">
          ${select("speed", words.speed, "− +", speeds)}
          ${select("trail", words.trail, "T", trails)}
          ${button("loop", words.loop, "L", icon("loop"))}
          ${button("arrows", words.arrows, "A", icon("arrows"))}
          ${button("inspector", words.inspector, "I", icon("inspector"), "lll-inspect")}
          ${button("help", words.help, "?", icon("help"), "lll-keys")}
        </div>
      </div>
      <label class="lll-family" data-show="family" hidden>
        <span data-show="member" aria-hidden="true"></span>
        <input class="lll-scrub lll-member" type="range" min="0" max="1" step="1">
      </label>
      ${inspectorHtml(words)}
      <div class="lll-help" role="dialog" aria-label="${escapeHtml(words.help)}" hidden>
        <dl>${keys.map(([key, text]) => `<div><dt><kbd>${escapeHtml(key)}</kbd></dt><dd>${escapeHtml(text)}</dd></div>`).join("")}</dl>
        <p>${escapeHtml(fixed ? words.look_map : words.click_map)}</p>
        ${button("help", words.close, "Esc", escapeHtml(words.close), "lll-text")}
      </div>
    </div>
    <p class="lll-unseen" role="status" aria-live="polite" data-show="summary"></p>
    <p class="lll-unseen" role="status" aria-live="polite" data-show="said"></p>`;
}
