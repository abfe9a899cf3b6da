"""Translations of Streamlit's own texts, which exist only in English."""

import json

from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.ui.i18n.translation import dictionaries

WORDS = (
    # The header of the page and its menu.
    word("App pages"),
    word("Navigate to home page"),
    word("Skip to main content"),
    word("{count} more"),
    word("Main menu"),
    word("Theme"),
    word("System"),
    word("Light"),
    word("Dark"),
    word("Print"),
    word("Record screen"),
    word("Made with Streamlit v"),
    word("Copy version to clipboard"),
    # An address without a page.
    word("Page not found"),
    word("The page that you have requested does not seem to exist. Running the app's main page."),
    # The status of the app.
    word("Running..."),
    word("Stop"),
    word("progress"),
    word("Connecting"),
    word("Connection error"),
    # Widgets.
    word("Help"),
    word("Help for {name}"),
    word("Open"),
    word("Close"),
    word("Dismiss"),
    word("Clear value"),
    word("Choose an option"),
    word("Choose options"),
    word("Selectbox options"),
    word("No results"),
    word("Upload"),
    word("Drag and drop a file here"),
    word("{size} per file"),
    word("Remove {file}"),
    word("Copy to clipboard"),
    # The toolbar of a figure.
    word("Fullscreen"),
    word("Close fullscreen"),
    word("Download plot as a PNG"),
    word("Zoom"),
    word("Zoom in"),
    word("Zoom out"),
    word("Pan"),
    word("Autoscale"),
    word("Reset axes"),
)
"""The texts of Streamlit that can appear in the app. A part in braces stands for any text."""

SCRIPT = """
const DICTIONARIES = @WORDS@;
const NAMES = ["aria-label", "title", "placeholder", "data-title"];
// Texts are translated only inside these parts; other parts hold texts of the app and input of the user.
const BORROWED = ["stSkipToContent", "stTopNavSection", "stMainMenuPopover", "stMainMenuList", "stStatusWidget",
  "stFileUploader", "stSelectboxVirtualDropdown", "stDialog"]
  .map((name) => `[data-testid="${name}"]`).join() + ", [aria-live]";

function translator(words) {
  const patterns = Object.entries(words).filter(([text]) => text.includes("{")).map(([text, said]) => {
    const [before, after] = text.split(/\\{\\w+\\}/);
    return (told) => told.length > before.length + after.length && told.startsWith(before) && told.endsWith(after)
      && said.replace(/\\{\\w+\\}/, () => told.slice(before.length, told.length - after.length));
  });
  return (told) => {
    const text = told?.trim();
    if (!text || text.length > 100) return undefined;
    if (Object.hasOwn(words, text)) return words[text];
    for (const pattern of patterns) { const said = pattern(text); if (said) return said; }
  };
}

function rename(element, say) {
  for (const name of NAMES) {
    const said = element.hasAttribute(name) && say(element.getAttribute(name));
    if (said && said !== element.getAttribute(name)) element.setAttribute(name, said);
  }
}

/** Translate all texts below a node. Streamlit rewrites a text only when its value changes. */
function retell(node, say) {
  if (node.nodeType === Node.TEXT_NODE) {
    const said = node.parentElement?.closest(BORROWED) && say(node.data);
    if (said && said !== node.data) node.data = said;
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || node.closest("svg, .katex")) return;
  const named = NAMES.map((name) => `[${name}]`).join();
  for (const each of [node, ...node.querySelectorAll(named)])
    rename(each, say);
  const homes = node.closest(BORROWED) ? [node] : node.querySelectorAll(BORROWED);
  for (const home of homes) {
    const texts = document.createTreeWalker(home, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) retell(texts.currentNode, say);
  }
}

/** Show the texts of Streamlit in the language of the tag from now on. */
function speak(tag) {
  const before = (window.lllSpoken ??= { tag: "en" });
  if (before.tag === tag) return;
  before.watch?.disconnect();
  const words = DICTIONARIES[tag] ?? {};
  const back = Object.fromEntries(Object.entries(DICTIONARIES[before.tag] ?? {}).map(([text, said]) => [said, text]));
  retell(document.body, translator(back));
  window.lllSpoken = { tag };
  if (!Object.keys(words).length) return;
  const say = translator(words);
  retell(document.body, say);
  window.lllSpoken.watch = new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes)
      if (type === "childList") addedNodes.forEach((node) => retell(node, say));
      else if (type === "characterData") retell(target, say);
      else rename(target, say);
  });
  const all = { childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: NAMES };
  window.lllSpoken.watch.observe(document.body, all);
}
""".replace("\\", "\\").replace("@WORDS@", json.dumps(dictionaries(WORDS), ensure_ascii=False))
"""Part of the script of every page. It defines `speak(tag)`."""
