// @ts-check
/** @import { Stage } from "./stage.js" */

/** Whether the page has said that its server cannot be reached (ui/connection.py); a file has no server to lose. */
export const isLost = () => document.documentElement.classList.contains("lll-lost");

/**
 * Send the view when the connection is back and the server has another one: a session after a new start of the server
 * has only what was in the link.
 * @param {Stage} stage
 */
export function sendViewWhenBack(stage) {
  stage.listening.on(document, "lab-connection", ({ detail }) => {
    const { fromServer, view } = stage.model;
    const there = Object.entries(fromServer.view);
    const here = /** @type {Record<string, unknown>} */ ({ ...view });
    if (!detail.lost && there.some(([name, value]) => JSON.stringify(here[name]) !== JSON.stringify(value))) stage.changeView({});
  });
}
