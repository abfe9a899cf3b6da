// @ts-check
import { isLost } from "../stage/script/connection.js";
import { closest, find, findButton, findInput, isDark } from "../stage/script/dom.js";
import { neighbourOf } from "./neighbour.js";

/**
 * A choice from thumbnails: a button with the name of what is chosen, which opens a dialog with all options in groups.
 * The sheet of thumbnails is loaded when a dialog is opened for the first time.
 *
 * @typedef {{ key: string, name: string, about: string, place: number | null, icon: string }} Option
 *   `place` is that of its thumbnail on the sheet; an option without one has an icon instead
 * @typedef {{ label: string, shown: string, name: string, chosen: string | null, groups: { name: string, options: Option[] }[],
 *   sheets: { light: string, dark: string, columns: number, side: number },
 *   words: { search: string, close: string, none: string } }} Data
 *   `shown` is the text of the button, and `name` its accessible name
 */

/** @typedef {(key: string) => void} Choose */

const OPTION = "[role=option]";

/** One choice on a page. */
class Picker {
  /** @param {HTMLElement} root @param {Data} data @param {Choose} choose */
  constructor(root, data, choose) {
    this.root = root;
    this.data = data;
    this.choose = choose;
    this.button = findButton(root, ".lll-picker-button");
    this.dialog = /** @type {HTMLDialogElement} */ (find(root, "dialog"));
    this.search = findInput(root, "input");
    this.list = find(root, "[role=listbox]");
    this.none = find(root, "[role=status]");
    this.about = find(root, ".lll-picker-about");
    this.about.id = `lll-picker-about-${++pickers}`;
    this.button.onclick = () => this.open();
    findButton(root, ".lll-picker-close").onclick = () => this.dialog.close();
    this.search.oninput = () => this.filter();
    this.list.onclick = ({ target }) => this.take(closest(target, OPTION));
    for (const type of ["focusin", "pointerover"]) {
      this.list.addEventListener(type, ({ target }) => this.describe(closest(target, OPTION)));
    }
    this.dialog.onkeydown = (event) => this.press(event);
    this.dialog.onclick = ({ target }) => target === this.dialog && this.dialog.close(); // beside its content
    const follow = () => (root.isConnected ? this.followConnection() : document.removeEventListener("lab-connection", follow));
    document.addEventListener("lab-connection", follow);
    this.followConnection();
    this.show(data, choose);
  }

  /** A choice needs the server: without a connection the button is disabled, like Streamlit's own widgets. */
  followConnection() {
    this.button.disabled = isLost();
    if (isLost()) this.dialog.close();
  }

  /** @param {Data} data @param {Choose} choose */
  show(data, choose) {
    this.data = data;
    this.choose = choose;
    find(this.root, ".lll-picker-label").textContent = data.label;
    find(this.root, ".lll-picker-value").textContent = data.shown;
    this.button.setAttribute("aria-label", data.name);
    for (const labelled of [this.dialog, this.list]) labelled.setAttribute("aria-label", data.label);
    if (this.dialog.open) this.fill();
  }

  open() {
    this.search.value = "";
    this.fill();
    this.dialog.showModal();
    const options = this.options;
    const chosen = options.find((option) => option.getAttribute("aria-selected") === "true") ?? options[0];
    chosen.focus();
    chosen.scrollIntoView({ block: "nearest" });
  }

  /** The options that are not filtered out. */
  get options() {
    return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll(OPTION)]).filter((option) => !option.hidden);
  }

  fill() {
    const { groups, words, sheets } = this.data;
    for (const name of ["placeholder", "aria-label"]) this.search.setAttribute(name, words.search);
    findButton(this.root, ".lll-picker-close").setAttribute("aria-label", words.close);
    this.none.textContent = words.none;
    this.list.style.setProperty("--lll-sheet", `url("${isDark(this.root) ? sheets.dark : sheets.light}")`);
    this.list.style.setProperty("--lll-sheet-width", `${sheets.columns * sheets.side}px`);
    this.list.replaceChildren(...groups.filter(({ options }) => options.length).map((group) => this.group(group)));
    this.filter();
  }

  /** @param {Data["groups"][number]} group */
  group({ name, options }) {
    const box = document.createElement("div");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", name);
    const head = document.createElement("p");
    head.setAttribute("aria-hidden", "true");
    head.textContent = name;
    box.append(head, ...options.map((option) => this.option(option)));
    return box;
  }

  /** @param {Option} option */
  option({ key, name, about, place, icon }) {
    const { columns, side } = this.data.sheets;
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(key === this.data.chosen));
    option.setAttribute("aria-describedby", this.about.id);
    Object.assign(option.dataset, { key, about, text: `${name} ${about}`.toLowerCase() });
    option.tabIndex = -1;
    const picture = document.createElement("span");
    picture.className = "lll-picker-picture";
    picture.setAttribute("aria-hidden", "true");
    if (place === null) picture.textContent = icon;
    else {
      const [column, row] = [place % columns, Math.floor(place / columns)];
      picture.style.background = `var(--lll-sheet) ${-column * side}px ${-row * side}px / var(--lll-sheet-width) auto`;
    }
    const label = document.createElement("span");
    label.textContent = name;
    option.append(picture, label);
    return option;
  }

  /** Show the options whose name or description contains what is typed. */
  filter() {
    const text = this.search.value.trim().toLowerCase();
    for (const option of /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll(OPTION))) {
      option.hidden = !option.dataset.text?.includes(text);
    }
    for (const group of /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll("[role=group]"))) {
      group.hidden = !group.querySelector(`${OPTION}:not([hidden])`);
    }
    const found = this.options;
    this.none.hidden = found.length > 0;
    this.describe(found[0] ?? null);
    // One option is reached by Tab: the one that was, or the first.
    const reached = found.find((option) => option.tabIndex === 0) ?? found[0];
    for (const option of found) option.tabIndex = option === reached ? 0 : -1;
  }

  /** @param {HTMLElement | null} option */
  describe(option) {
    if (option) this.about.textContent = option.dataset.about ?? "";
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    event.stopPropagation(); // the page has keys of its own
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { key } = event;
    const options = this.options;
    const at = options.findIndex((option) => option === document.activeElement);
    const typing = document.activeElement === this.search;
    if (key === "Enter" || (key === " " && at >= 0)) {
      if (at < 0 && !typing) return; // on a button
      event.preventDefault();
      this.take(options[at < 0 ? 0 : at] ?? null);
    } else if (typing && key !== "ArrowDown") return;
    else if (at >= 0 && key.length === 1) this.search.focus(); // which receives the character
    else this.move(event, options, at);
  }

  /** @param {KeyboardEvent} event @param {HTMLElement[]} options @param {number} at */
  move(event, options, at) {
    const to = neighbourOf(options.map((option) => option.getBoundingClientRect()), at, event.key);
    if (to < 0) {
      if (event.key === "ArrowUp") this.search.focus();
      return;
    }
    event.preventDefault();
    for (const option of options) option.tabIndex = -1;
    options[to].tabIndex = 0;
    options[to].focus();
  }

  /** @param {HTMLElement | null} option */
  take(option) {
    if (!option) return;
    this.dialog.close();
    const { key } = option.dataset;
    if (key !== undefined && key !== this.data.chosen) this.choose(key);
  }
}

let pickers = 0;
/** @type {WeakMap<HTMLElement, Picker>} */
const shown = new WeakMap();

/**
 * The component, as Streamlit calls it with every message.
 * @param {{ data: Data, parentElement: HTMLElement, setTriggerValue: (name: string, value: string) => void }} component
 */
export function showPicker({ data, parentElement, setTriggerValue }) {
  const root = find(parentElement, ".lll-picker");
  const choose = (/** @type {string} */ key) => setTriggerValue("choice", key);
  const picker = shown.get(root);
  if (picker) picker.show(data, choose);
  else shown.set(root, new Picker(root, data, choose));
}
