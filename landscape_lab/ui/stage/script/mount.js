// @ts-check
import { sendViewWhenBack } from "./connection.js";
import { Stage } from "./stage.js";

/** @import { Listeners, LoadPlotly, Program, Tree } from "./types.js" */

/**
 * Show a tree in an element, or the next tree in the same one.
 * @param {HTMLElement} root
 * @param {Tree} tree
 * @param {LoadPlotly} plotly
 * @param {Listeners} [listeners]
 * @param {Program} [program] one that is not the tree's own is left out
 */
export function mount(root, tree, plotly, listeners = {}, program = tree.engine?.program) {
  let stage = root.lllStage;
  const { language, large } = stage?.model.tree ?? tree;
  // In another language every word of it is another, in another size every figure: it is built anew.
  if (stage && (language !== tree.language || large !== tree.large)) {
    stage.destroy();
    stage = undefined;
  }
  if (stage) stage.update(tree);
  else {
    stage = new Stage(root, tree, plotly);
    sendViewWhenBack(stage);
  }
  const shown = stage;
  root.lllStage = shown;
  root.stageState = () => shown.state();
  shown.listeners = listeners;
  shown.inspector.update(); // offered where the page listens
  shown.source.receive(program?.key === tree.engine?.key ? program : null);
  return shown;
}
