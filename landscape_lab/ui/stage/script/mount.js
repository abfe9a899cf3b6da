import { Stage } from "./stage.js";

/**
 * Show a tree in an element, or the next tree in the same one. `plotly(tree)` gives Plotly or a promise of it; a `program`
 * that is not the tree's own is left out.
 */
export function mount(root, tree, { onStart, onView, onMember, onRest, plotly }, program = tree.engine?.program) {
  const { language, large } = root.lllStage?.tree ?? tree;
  // In another language every word of it is another, in another size every figure: it is built anew.
  if (language !== tree.language || large !== tree.large) {
    root.lllStage.destroy();
    root.lllStage = undefined;
  }
  if (root.lllStage) root.lllStage.update(tree);
  else {
    root.lllStage = new Stage(root, tree, plotly);
    root.stageState = () => root.lllStage.state();
  }
  Object.assign(root.lllStage, { onStart, onView, onMember, onRest });
  root.lllStage.showInspector(); // offered where somebody listens
  root.lllStage.receiveProgram(program?.key === tree.engine?.key ? program : null);
  return root.lllStage;
}
