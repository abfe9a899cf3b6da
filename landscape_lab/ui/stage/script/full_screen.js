// @ts-check
import { findButton } from "./dom.js";

/** @import { Stage } from "./stage.js" */

const CLASS = "lll-full"; // of the document: page.css hides what is not needed in a hall

/**
 * The page in full screen: the stage as high as the screen, with the controls beside it. The whole document goes there,
 * because the controls are not a part of the stage.
 */
export class FullScreen {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.asked = false; // of several stages on a page one is brought into view
    this.button = findButton(stage.root, "[data-act=full]");
    this.button.hidden = !document.fullscreenEnabled;
    stage.listening.on(document, "fullscreenchange", () => this.#show());
    this.#show();
  }

  toggle() {
    const refused = () => {}; // a frame may forbid it
    if (document.fullscreenElement) document.exitFullscreen().catch(refused);
    else {
      this.stage.keyboard.use();
      this.asked = true;
      document.documentElement.requestFullscreen().catch(refused);
    }
  }

  #show() {
    const on = Boolean(document.fullscreenElement);
    document.documentElement.classList.toggle(CLASS, on);
    this.button.setAttribute("aria-pressed", String(on));
    if (on && this.asked) this.stage.root.scrollIntoView(); // the head of the page is hidden now
    if (!on) this.asked = false;
    this.stage.fitHeight();
  }
}
