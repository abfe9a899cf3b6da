// @ts-check
/* What a race in a file of its own does when it is opened: it unpacks what the page holds, and plays it. */

import { find } from "../script/dom.js";
import { unpack } from "../script/message.js";
import { mount } from "../script/mount.js";
import { Lab, makeRuns } from "./lab.js";

/** @import { Tree } from "../script/types.js" */

/** What an element of this page holds: gzip, in base64. @param {string} id */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(find(document, `#${id}`).textContent), (c) => c.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

async function plotlyWithin() {
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await unpacked("plotly"));
  document.head.append(script);
  if (!window.Plotly) throw new Error("not plotly.js");
  return window.Plotly;
}

/** @type {Tree} */
const tree = unpack(await unpacked("message"));
const live = find(document, "#lab-message").textContent ? unpack(await unpacked("lab-message")) : null;
const library = live && makeRuns(tree, live);
const controls = find(document, "#lab");
controls.onsubmit = (event) => event.preventDefault();
const player = mount(find(document, "#stage"), tree, plotlyWithin);
if (library) new Lab(controls, live, tree, player, library);
else controls.remove();
