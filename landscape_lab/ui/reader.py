"""The settings in the head of every page: the language, and large type for a lecture hall."""

import json
from typing import Any

import streamlit as st
from streamlit.components import v2

from landscape_lab.ui import connection, skip_links, state
from landscape_lab.ui.course import progress
from landscape_lab.ui.i18n.streamlit_texts import SCRIPT as BORROWED
from landscape_lab.ui.i18n.translation import LANGUAGES, TAGS, _, language

# Streamlit has no container in the head of a page, and only a script can set the language of the document.
# A box that scrolls, like a table on a phone or a long script, must be reachable by keyboard.
# Streamlit's sidebar has sections between its lists and their items, which a screen reader cannot read as a list; it is
# presented as links under headings.
# A page opened by its bare address writes its whole link once it is drawn, and Streamlit adds a history entry for it:
# Back would lead to the bare address, which leads forward again at once. So the link replaces the bare address.
# On the way to another page Streamlit may write that page's link after the path of the old page, because it changes the
# path only after drawing. Such a link becomes a history entry of its own, which the new page then takes over. The start
# page, whose path is the folder of the app, has no link: any link written there belongs to another page.
# After Back and Forward the old page may still write its link, for a change made just before, and the new page then
# writes its own (`state.write_link`): neither adds a history entry.
# Pictures are not drawn again for paper: they keep their sizes, and are scaled to the widths of their columns there.
SCRIPT = (
    BORROWED
    + progress.SCRIPT
    + skip_links.SCRIPT
    + connection.SCRIPT
    + """
const SCROLLED = ".katex-display, .results, .stCode pre, [data-testid=stMarkdownContainer] table";
const DRAWER = "[data-testid=stSidebarNavItems]";
let later;
const scrolls = (box) => {
  const { overflowX, overflowY } = getComputedStyle(box);
  const across = overflowX !== "hidden" && box.scrollWidth - box.clientWidth > 1;
  return across || (overflowY !== "hidden" && box.scrollHeight - box.clientHeight > 1);
};
const reachable = () => {
  later = undefined;
  for (const box of document.querySelectorAll(SCROLLED)) {
    if (scrolls(box)) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    if (watched.has(box)) continue;
    watched.add(box);
    sizes.observe(box);
  }
  for (const part of document.querySelectorAll(`${DRAWER}, ${DRAWER} li`)) part.setAttribute("role", "none");
  offerSkipLinks();
};
const soon = () => (later ??= setTimeout(reachable, 300));
const watched = new WeakSet();
const sizes = new ResizeObserver(soon);
const PAPER = 660; // pixels across a printed page, of A4 and Letter
const prepareToPrint = () => {
  const { colorScheme } = getComputedStyle(document.querySelector(".stApp"));
  document.documentElement.classList.toggle("lll-dark", colorScheme === "dark");
  const page = document.querySelector(".stMainBlockContainer").clientWidth;
  for (const plot of document.querySelectorAll(".lll-stage .lll-plot")) {
    const { clientWidth: width, clientHeight: height } = plot;
    const room = (PAPER * plot.closest(".lll-stage").clientWidth) / page;
    const sizes = { width: `${width}px`, height: `${height}px`, zoom: Math.min(1, room / width) };
    for (const [name, size] of Object.entries(sizes)) plot.style.setProperty(`--lll-print-${name}`, size);
  }
};
function watchScrolled() {
  if (window.lllReader) return;
  window.lllReader = new MutationObserver(soon);
  window.lllReader.observe(document.body, { childList: true, subtree: true });
  window.addEventListener("resize", soon);
  window.addEventListener("beforeprint", prepareToPrint);
  document.fonts.addEventListener("loadingdone", soon); // letters of another font are wider: no box changes its size
  soon(); // the page may be complete already, so that no change follows
}
function oneStepAPage() {
  if (window.lllSteps) return;
  window.lllSteps = true;
  const push = history.pushState;
  const bare = (link) => [...link.searchParams.keys()].every((name) => @READER@.includes(name));
  let leaving = false; // a link to another page was clicked
  let passing = false; // on the way to another page, at a step that it will take
  let returned = false; // by Back or Forward, and nothing was done since
  history.pushState = function (state, unused, to) {
    const [here, there] = [new URL(location.href), new URL(to ?? location.href, location.href)];
    const stays = here.pathname === there.pathname;
    const foreign = stays && !bare(there) && (leaving || here.pathname.endsWith("/"));
    const step = passing || returned || (stays && bare(here) && !foreign) ? history.replaceState : push;
    passing = foreign || (stays && bare(there) && (passing || !bare(here)));
    leaving &&= stays;
    return step.call(history, state, unused, to);
  };
  const clicked = (event) => {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const ours = link?.origin === location.origin && link.target !== "_blank" && !link.hasAttribute("download");
    leaving = plain && ours && link.pathname !== location.pathname;
  };
  window.addEventListener("click", clicked, true);
  window.addEventListener("popstate", () => ([leaving, passing, returned] = [false, false, true]), true);
  for (const type of ["pointerdown", "keydown"]) window.addEventListener(type, () => (returned = false), true);
}
let forgotten = 0;
function exchangeProgress({ marks, forgotten: asked }, send) {
  const all = keepProgress(marks, asked > forgotten);
  forgotten = asked;
  // A busy server may lose a message; marks that the session does not know are not sent for ever.
  if (all.length > marks.length && tries < MOST_TRIES) {
    tries += 1;
    send(all);
  }
}
let tries = 0;
const MOST_TRIES = 3;
export default function ({ data, parentElement, setTriggerValue }) {
  document.documentElement.lang = data.tag;
  speak(data.tag);
  document.documentElement.classList.toggle("lll-large", data.large);
  const [size, tongue] = parentElement.querySelectorAll("button");
  parentElement.querySelector("[role=group]").setAttribute("aria-label", data.title);
  size.setAttribute("aria-pressed", String(data.large));
  for (const name of ["aria-label", "title"]) size.setAttribute(name, data.size);
  size.onclick = () => setTriggerValue("size", !data.large);
  [tongue.textContent, tongue.lang] = [data.other, data.other_tag];
  skipLinks(data.skip);
  watchConnection(data.connection, () => setTriggerValue("connection", true));
  watchScrolled();
  oneStepAPage();
  tongue.onclick = () => setTriggerValue("language", data.other_name);
  exchangeProgress(data.progress, (marks) => setTriggerValue("progress", marks));
}
""".replace("@READER@", json.dumps(state.READER))
)
HTML = """
<div class="lll-reader" role="group">
  <button type="button"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 19 7.500 6 13 19M4 15h7"/>
  <path d="M14.500 19 18 10.500 21.500 19M15.700 16.500h4.600"/></svg></button>
  <button type="button"></button>
</div>
"""
KEY = "reader"
_choices = v2.component("loss_landscape_reader", html=HTML, js=SCRIPT, isolate_styles=False)


def reader_choices() -> None:
    """Show the two buttons in the head of the page."""
    spoken = language()
    other = next(name for name in LANGUAGES if name != spoken)

    def received(name: str) -> Any:
        # With a change of the page Streamlit forgets the values of components before it calls their callbacks.
        return st.session_state.get(KEY, {}).get(name)

    def language_changed() -> None:
        if received("language") in LANGUAGES:
            state.choose_language(received("language"))

    def size_changed() -> None:
        state.choose_type(received("size") is True)

    _choices(
        data={
            "tag": TAGS[spoken],
            "large": bool(st.session_state.get("large")),
            "title": _("Language and text size"),
            "size": _("Large text and thick lines, for a lecture hall"),
            "other": LANGUAGES[other],
            "other_name": other,
            "other_tag": TAGS[other],
            "progress": progress.to_browser(),
            "skip": skip_links.words(),
            "connection": connection.words(str(st.get_option("server.baseUrlPath") or "")),
        },
        key=KEY,
        on_language_change=language_changed,
        on_size_change=size_changed,
        on_connection_change=lambda: None,
        on_progress_change=lambda: progress.from_browser(received("progress")),
    )
