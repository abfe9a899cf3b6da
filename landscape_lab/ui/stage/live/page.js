/* What a race in a file of its own does when it is opened: it unpacks what the page holds, and plays it. */

import { unpack } from "../script/message.js";
import { mount } from "../script/mount.js";
import { Lab, makeRuns } from "./lab.js";

/** What an element of this page holds: gzip, in base64. */
async function unpacked(id) {
  const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

async function plotlyWithin() {
  const script = document.createElement("script");
  script.textContent = new TextDecoder().decode(await unpacked("plotly"));
  document.head.append(script);
  return window.Plotly;
}

const tree = unpack(await unpacked("message"));
const lab = document.getElementById("lab-message").textContent ? unpack(await unpacked("lab-message")) : null;
if (lab) makeRuns(tree, lab);
const stage = mount(document.getElementById("stage"), tree, { plotly: plotlyWithin });
const controls = document.getElementById("lab");
controls.onsubmit = (event) => event.preventDefault();
if (lab) new Lab(controls, lab, tree, stage);
else controls.remove();
