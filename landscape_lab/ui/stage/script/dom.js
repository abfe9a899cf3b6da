// @ts-check
/** @typedef {WindowEventMap & DocumentEventMap & HTMLElementEventMap} Events */

/**
 * The element that a selector names; it must be there.
 * @param {ParentNode} root
 * @param {string} selector
 */
export function find(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new TypeError(`no ${selector}`);
  return found;
}

/** The same for an input. @param {ParentNode} root @param {string} selector */
export const findInput = (root, selector) => /** @type {HTMLInputElement} */ (find(root, selector));

/** The same for a list to choose from. @param {ParentNode} root @param {string} selector */
export const findSelect = (root, selector) => /** @type {HTMLSelectElement} */ (find(root, selector));

/** The same for a button. @param {ParentNode} root @param {string} selector */
export const findButton = (root, selector) => /** @type {HTMLButtonElement} */ (find(root, selector));

/**
 * The elements with a data attribute, by its value.
 * @param {HTMLElement} root
 * @param {string} attribute
 */
export function named(root, attribute) {
  const found = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[data-${attribute}]`));
  return Object.fromEntries([...found].map((element) => [element.dataset[attribute] ?? "", element]));
}

/**
 * The element around an event's target that a selector names.
 * @param {EventTarget | null} target
 * @param {string} selector
 */
export const closest = (target, selector) =>
  target instanceof Element ? /** @type {HTMLElement | null} */ (target.closest(selector)) : null;

/** Set a text where it is another one: screen readers announce what changes. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** What scrolls an element: the nearest box around it that can, or the whole page. @param {Element} element */
export function scrollerOf(element) {
  for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
    if (/^(auto|scroll)$/.test(getComputedStyle(box).overflowY)) return box;
  }
  return /** @type {HTMLElement} */ (document.scrollingElement);
}

/**
 * Whether the page behind an element is dark.
 * @param {Element | null} element
 */
export function isDark(element) {
  for (let node = element; node; node = node.parentElement) {
    const parts = getComputedStyle(node).backgroundColor.match(/[\d.]+/g)?.map(Number);
    if (parts && (parts.length < 4 || parts[3] > 0.5)) return 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2] < 128;
  }
  return false;
}

/** Listeners that are removed together. */
export class Listening {
  /** @type {(() => void)[]} */
  #undo = [];

  /**
   * @template {keyof Events & string} K
   * @param {EventTarget} target
   * @param {K} type
   * @param {(event: Events[K]) => void} handler
   * @param {boolean | AddEventListenerOptions} [options]
   */
  on(target, type, handler, options) {
    const listener = /** @type {EventListener} */ (handler);
    target.addEventListener(type, listener, options);
    this.#undo.push(() => target.removeEventListener(type, listener, options));
  }

  /** Call a function with the removal. @param {() => void} undo */
  atEnd(undo) {
    this.#undo.push(undo);
  }

  end() {
    for (const undo of this.#undo) undo();
    this.#undo = [];
  }
}

/**
 * The distance of an element from the top of the page in px, as if the page were not scrolled. A column of Streamlit that
 * stays in sight (page.css) moves within its row meanwhile.
 * @param {Element} element
 */
export function topOnPage(element) {
  /** @param {string} selector */
  const topOf = (selector) => element.closest(selector)?.getBoundingClientRect().top ?? 0;
  const scroller = element.closest("[data-testid='stMain']") ?? document.scrollingElement;
  const moved = topOf(".stColumn") - topOf(".stHorizontalBlock");
  return element.getBoundingClientRect().top + (scroller?.scrollTop ?? 0) - moved;
}
