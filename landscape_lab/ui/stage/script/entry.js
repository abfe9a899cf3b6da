import { unpack } from "./message.js";
import { mount } from "./mount.js";
import { RaceRequest } from "./race_request.js";

/** Plotly from the app's own static files, once per page however many stages there are. */
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
// race changes. A race waits for its surface and its family, and never for its program.
export const surfaces = new Map(); // by the name of its stage: the surface that came last
const families = new Map();
const programs = new Map();
export const shown = new Map(); // the stage of that name itself
export const waiting = new Map(); // by the name of a stage: what shows its race once its surface and its family are here

/** Streamlit calls this with the surface of a stage. */
export function surface({ data }) {
  const { stage, surface } = unpack(data);
  surfaces.set(stage, surface);
  waiting.get(stage)?.();
}

/** Streamlit calls this with the family of a stage. */
export function family({ data }) {
  const { stage, family } = unpack(data);
  families.set(stage, family);
  waiting.get(stage)?.();
}

/** Streamlit calls this with the program of a stage: the text and the data of its engine. */
export function program({ data }) {
  const { stage, program } = unpack(data);
  programs.set(stage, program);
  shown.get(stage)?.receiveProgram(program);
}

/** Streamlit calls this again, on the same element, at every rerun; all that lasts is kept on the element. */
export function stage({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".lll-stage");
  const tree = unpack(data);
  const listeners = {
    // States and not triggers, which wait for a frame and can get lost beside another change; the time makes every
    // choice a new one.
    onStart: (start) => setStateValue("start", { ...start, at: Date.now() }),
    onView: (view) => setStateValue("view", view),
    onMember: (index) => setStateValue("member", { index, at: Date.now() }),
    onRest: () => setStateValue("rest", { at: Date.now() }),
    plotly: loadPlotly,
  };
  const show = () => {
    const surface = surfaces.get(tree.stage);
    const family = tree.race.family && families.get(tree.stage);
    if (surface?.key !== tree.surface.key || family?.key !== tree.race.family?.key) return;
    waiting.delete(tree.stage);
    const race = { ...tree.race, family: family && { ...family, ...tree.race.family } };
    const program = tree.engine?.program ?? programs.get(tree.stage);
    shown.set(tree.stage, mount(root, { ...tree, surface, race }, listeners, program));
  };
  waiting.set(tree.stage, show);
  show();
  // Streamlit may end one call when the next has already begun: only an element that left the page is taken down.
  return () =>
    setTimeout(() => {
      if (root.isConnected) return;
      if (waiting.get(tree.stage) === show) waiting.delete(tree.stage);
      if (shown.get(tree.stage) === root.lllStage) shown.delete(tree.stage);
      root.lllStage?.destroy();
      root.lllStage = undefined;
    });
}

// The benchmarks ask the route as the stage does.
export { RaceRequest };
