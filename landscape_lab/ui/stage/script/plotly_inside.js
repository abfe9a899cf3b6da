// @ts-check
/**
 * The undocumented parts of plotly.js, which no other module may touch.
 *
 * The stage paints on Plotly's axes while they are dragged, and on its 3-D surface through the scene's own camera; only
 * undocumented fields say where they are (`d2p` and the like are undocumented too). A click on the map moves the start,
 * one on Plotly's buttons does not; only names of its elements tell them apart. requirements.txt pins the version. If a
 * field is missing, a graph counts as not drawn, and nothing is painted on it.
 *
 * @import { Point3 } from "./plotly.js"
 * @import { AxesFrame, AxisFrame } from "./types.js"
 * @typedef {{ r2l: (value: unknown) => number, range: unknown[], type: string, _offset: number, _length: number }} InnerAxis
 * @typedef {{ model: Float32Array, view: Float32Array, projection: Float32Array }} CameraMatrices 4 x 4, columns first
 * @typedef {{ cameraParams: CameraMatrices, onrender?: (...given: unknown[]) => void }} InnerPlot
 * @typedef {{ container: HTMLElement, dataScale: number[], glplot?: InnerPlot, getCamera: () => { eye: Point3, center: Point3 }, setViewport: (layout: object) => void }} InnerScene
 * @typedef {{ xaxis?: InnerAxis, yaxis?: InnerAxis, scene?: { _scene?: InnerScene }, width: number, height: number }} InnerLayout
 * @typedef {CameraMatrices & { container: HTMLElement, scale: number[] }} SceneView
 */

/** @param {Element} graph @returns {InnerLayout | undefined} */
const layoutOf = (graph) => /** @type {any} */ (graph)._fullLayout;

/** @type {WeakSet<InnerPlot>} scenes whose rendering is followed already */
const followed = new WeakSet();

/** @param {InnerAxis} axis @returns {AxisFrame} */
const frameOf = ({ type, range, r2l, _offset, _length }) => ({
  type,
  range: [r2l(range[0]), r2l(range[1])],
  offset: _offset,
  length: _length,
});

/**
 * Whether Plotly has drawn anything there.
 * @param {Element} graph
 */
export const isPlotted = (graph) => Boolean(layoutOf(graph));

/**
 * The axes of a flat graph as they are now, in the middle of a drag or a zoom too.
 * @param {Element} graph
 * @returns {AxesFrame | null}
 */
export function axesOf(graph) {
  const { xaxis, yaxis } = layoutOf(graph) ?? {};
  return xaxis && yaxis ? { x: frameOf(xaxis), y: frameOf(yaxis) } : null;
}

/**
 * The size in pixels for which Plotly has drawn a graph.
 * @param {Element} graph
 */
export function plottedSize(graph) {
  const layout = layoutOf(graph);
  return layout ? { width: layout.width, height: layout.height } : null;
}

/**
 * The scene of a 3-D graph: where it is on the page, and its camera. Null where there is none, as without WebGL.
 * @param {Element} graph
 * @returns {SceneView | null}
 */
export function sceneOf(graph) {
  const scene = layoutOf(graph)?.scene?._scene;
  const camera = scene?.glplot?.cameraParams;
  return scene && camera ? { ...camera, container: scene.container, scale: scene.dataScale } : null;
}

/**
 * The camera of a 3-D graph as it is now, in Plotly's units.
 * @param {Element} graph
 * @returns {{ eye: Point3, center: Point3 } | null}
 */
export const sceneCamera = (graph) => layoutOf(graph)?.scene?._scene?.getCamera() ?? null;

/**
 * Move the camera of a 3-D graph and change the sides of its box at once: relayout is too slow for every frame.
 * @param {Element} graph
 * @param {{ eye: Point3, center: Point3, up: Point3 }} camera
 * @param {Point3} sides
 */
export function moveScene(graph, camera, sides) {
  const projection = { type: "perspective" };
  layoutOf(graph)?.scene?._scene?.setViewport({ camera: { ...camera, projection }, aspectratio: sides });
}

/**
 * Call a function whenever the scene of a graph has been rendered: there is no event while its camera is dragged.
 * @param {Element} graph
 * @param {() => void} paint
 */
export function onRender(graph, paint) {
  const plot = layoutOf(graph)?.scene?._scene?.glplot;
  if (!plot || followed.has(plot)) return;
  followed.add(plot);
  const render = plot.onrender;
  plot.onrender = (...given) => {
    render?.apply(plot, given);
    paint();
  };
}

/**
 * Call a function on an event of a graph that Plotly has drawn. (The events are documented, their method has no type.)
 * @param {Element} graph
 * @param {string} event
 * @param {(detail: object) => void} handler
 */
export const onPlotlyEvent = (graph, event, handler) => /** @type {any} */ (graph).on(event, handler);

/**
 * Whether a pointer's target is the inside of the axes.
 * @param {EventTarget | null} target
 */
export const isInsideAxes = (target) => target instanceof Element && Boolean(target.closest(".nsewdrag"));

/**
 * Whether a pointer's target is a 3-D scene.
 * @param {EventTarget | null} target
 */
export const isInsideScene = (target) => target instanceof Element && Boolean(target.closest(".gl-container"));

/**
 * Whether a pointer's target is one of Plotly's buttons.
 * @param {EventTarget | null} target
 */
export const isPlotlyButton = (target) => target instanceof Element && Boolean(target.closest(".modebar"));
