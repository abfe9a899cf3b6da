// @ts-check
import { unpack } from "./message.js";
import { mount } from "./mount.js";
import { RaceRequest } from "./race_request.js";

/**
 * @import { Stage } from "./stage.js"
 * @import { Family, Listeners, Program, Surface, Tree } from "./types.js"
 * @typedef {{ data: Uint8Array, parentElement: HTMLElement, setStateValue: (name: string, value: object) => void }} Component
 *   what Streamlit calls a component with
 */

/** Plotly from the app's own static files, once per page however many stages there are. @param {Tree} tree */
function loadPlotly({ plotly: address }) {
  window.lllPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : reject(new Error("not plotly.js")));
    script.onerror = () => {
      window.lllPlotly = undefined;
      script.remove();
      reject(new Error("not found"));
    };
    document.head.append(script);
  });
  return window.lllPlotly;
}

// A surface, a family and a program come in messages of their own, which Streamlit need not send again when only the
// race changes. A race waits for its surface and its family, and never for its program. All are kept by the name of
// their stage; a page that has sent a surface or a program outside of the part with the stage sends others there.
const PAGE = " page"; // follows the name of a stage in messages from outside of its part
/** @type {Map<string, Surface>} */
const surfaces = new Map();
/** @type {Map<string, Family>} */
const families = new Map();
/** @type {Map<string, Program>} */
const programs = new Map();
/** @type {Map<string, Stage>} */
const stages = new Map();
/** @type {Map<string, () => void>} what shows a race once its surface and its family are here */
const waiting = new Map();

/**
 * What was sent with the stage or outside of its part and has a key, if anything.
 * @template {{ key: string }} T
 * @param {Map<string, T>} received
 * @param {string} name
 * @param {string | undefined} key
 */
function withKey(received, name, key) {
  return [received.get(name), received.get(name + PAGE)].find((each) => each?.key === key);
}

/** Streamlit calls this with the surface of a stage. @param {Component} component */
export function surface({ data }) {
  const { stage: name, surface: received } = unpack(data);
  surfaces.set(name, received);
  waiting.get(name.replace(PAGE, ""))?.();
}

/** Streamlit calls this with the family of a stage. @param {Component} component */
export function family({ data }) {
  const { stage: name, family: received } = unpack(data);
  families.set(name, received);
  waiting.get(name)?.();
}

/** Streamlit calls this with the program of a stage: the text and the data of its engine. @param {Component} component */
export function program({ data }) {
  const { stage: name, program: received } = unpack(data);
  programs.set(name, received);
  const shown = stages.get(name.replace(PAGE, ""));
  if (shown && shown.model.fromServer.engine?.key === received.key) shown.source.receive(received);
}

/**
 * Streamlit calls this again, on the same element, at every rerun; all that lasts is kept on the element.
 * @param {Component} component
 */
export function stage({ data, parentElement, setStateValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".lll-stage"));
  /** @type {Tree} whose surface and family may be their keys alone */
  const tree = unpack(data);
  const name = tree.stage ?? "";
  /** @type {Listeners} */
  const listeners = {
    // States and not triggers, which wait for a frame and can get lost beside another change; the time makes every
    // choice a new one.
    onStart: (start) => setStateValue("start", { ...start, at: Date.now() }),
    onView: (view) => setStateValue("view", view),
    onMember: (index) => setStateValue("member", { index, at: Date.now() }),
    onRest: () => setStateValue("rest", { at: Date.now() }),
  };
  const show = () => {
    const shown = withKey(surfaces, name, tree.surface.key);
    const kept = tree.race.family ? families.get(name) : undefined;
    if (!shown || kept?.key !== tree.race.family?.key) return;
    waiting.delete(name);
    const race = { ...tree.race, family: kept && tree.race.family ? { ...kept, ...tree.race.family } : null };
    const own = tree.engine?.program ?? withKey(programs, name, tree.engine?.key);
    stages.set(name, mount(root, { ...tree, surface: shown, race }, loadPlotly, listeners, own));
  };
  waiting.set(name, show);
  show();
  // Streamlit may end one call when the next has already begun: only an element that left the page is taken down.
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      if (waiting.get(name) === show) waiting.delete(name);
      if (stages.get(name) === root.lllStage) stages.delete(name);
      root.lllStage?.destroy();
      root.lllStage = undefined;
    });
}

// The benchmarks ask the route as the stage does.
export { RaceRequest };
