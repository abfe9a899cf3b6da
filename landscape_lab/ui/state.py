"""The state of a session: what is on screen, and its link in the address bar. The only user of query parameters.

The scenario in the session is the single source of truth: a widget shows it, and the widget's callback replaces it.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from landscape_lab.experiments import Scenario, ScenarioError, Sentence
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import RACE_LESSONS
from landscape_lab.experiments.fairness import Comparison, default_comparison
from landscape_lab.experiments.maps.plan import MAPS, MapPlan
from landscape_lab.experiments.networks import NetworkPlan, default_plan
from landscape_lab.experiments.operations import apply
from landscape_lab.experiments.scenarios.address import with_pluses
from landscape_lab.experiments.scenarios.exercise import check_kept, hidden_parts
from landscape_lab.experiments.scenarios.scenario import default_entries
from landscape_lab.experiments.scenarios.surfaces import DataNotLoaded
from landscape_lab.experiments.scenarios.view import EMBED, EXERCISE_NAMES, VIEW_NAMES, View
from landscape_lab.ui.i18n.translation import LANGUAGES, language, language_of_browser, speak
from landscape_lab.ui.link import PLAYGROUND, read_link
from landscape_lab.ui.own_data import own_data
from landscape_lab.ui.server.private import query_string, went_back
from landscape_lab.ui.server.url_limits import MARK
from optim_core import key_of

T = TypeVar("T")
L = TypeVar("L", bound=Lesson)

WAITING = "waiting"
"""The name of a link to data that the session has not loaded yet."""
START = "start"
"""The page without anything to change."""
READER = ("lang", "type")
"""The parts of every link that concern the visitor and not the page: the language, and large type for a hall."""
LARGE = "large"
BEGUN = "races begun"
"""The name of the number of races that the session has chosen as a whole."""
REMOVED = "entries removed"
"""The name of the number of entries that the session has removed."""


def greet() -> None:
    """Begin a run. The first run of a session determines the language and the size of type.

    An explicit choice, by link or by hand, is written to the address; the browser's default language is not.
    """
    st.session_state.setdefault("page", "")
    if "language" not in st.session_state:
        asked, size = (st.query_params.get(name) for name in READER)
        st.session_state["language chosen"] = asked in LANGUAGES
        st.session_state.large = size == LARGE
        for name, word, known in zip(READER, (asked, size), (LANGUAGES, (LARGE,)), strict=True):
            if word and word not in known:
                error = ScenarioError(
                    "The link asks for “{name}={word}”, which means nothing here.", name=name, word=word
                )
                st.session_state.notice = error.sentence
        spoken = asked if asked in LANGUAGES else language_of_browser(st.context.locale)
        st.session_state.language = spoken  # last: its presence means that the rest is complete
    speak(st.session_state.language)
    for name, word in reader_query().items():
        if st.query_params.get(name) != word:
            st.query_params[name] = word


def turn_to(place: str) -> None:
    """Set the page of this run, by its path.

    A run may be interrupted anywhere, and the next one begins with the callbacks of the changes made meanwhile: on the
    same page they must find the state that the interrupted run found.
    """
    if st.session_state.get("place") != place:
        st.session_state.page = ""  # until the page has read what it shows
        st.session_state.place = place


def reader_query() -> dict[str, str]:
    """Return the parts of a link for the chosen language and size of type."""
    spoken = {"lang": st.session_state.language} if st.session_state.get("language chosen") else {}
    return spoken | ({"type": LARGE} if st.session_state.get("large") else {})


def choose_language(name: str) -> None:
    """Set the language of the session."""
    st.session_state.language, st.session_state["language chosen"] = name, True
    speak(name)


def choose_type(large: bool) -> None:
    """Set large type and thick lines, for a lecture hall, or the default ones."""
    st.session_state.large = large
    if not large:
        st.query_params.pop("type", None)


def default_scenario() -> Scenario:
    """Return the scenario for a visitor without a link."""
    return Scenario(default_entries())


def scenario() -> Scenario:
    """Open the playground and return its scenario; the functions below then refer to the playground."""
    read = partial(Scenario.from_query, own=own_data())
    return _open("scenario", read, default_scenario, View(), (*VIEW_NAMES, *EXERCISE_NAMES))


def map_plan() -> MapPlan:
    """Open the page of maps and return its map; the functions below then refer to that page."""
    read = partial(MapPlan.from_query, data=own_data())
    return _open("map", read, lambda: MAPS["edge"].plan, View(), ("show", "hidden", "camera"))


def comparison() -> Comparison:
    """Open the page of fair comparisons and return its comparison; the functions below then refer to that page."""
    return _open("fairness", lambda query: Comparison.from_query(query, own_data()), default_comparison, View(), ())


def network() -> NetworkPlan:
    """Open the page of networks and return its plan; the functions below then refer to that page."""
    read = partial(NetworkPlan.from_query, own=own_data())
    return _open("network", read, default_plan, View(), ("show", "hidden", "goal"))


def lesson(cls: type[L]) -> L:
    """Open a lesson and return it with its settings; the functions below then refer to its page."""
    return _open(key_of(cls), cls.from_query, cls, View(**cls.shown), VIEW_NAMES)


def _open(
    page: str,
    read: Callable[[Mapping[str, str]], T],
    default: Callable[[], T],
    usual: View,
    looks: Collection[str],
) -> T:
    """Return what a page shows: from its link if it is opened with one, otherwise from the session.

    `looks` are the parts of a link that set the view on this page; `read` gets all others, and refuses unknown ones.

    A link is read when the visitor comes from another page, or by Back or Forward of the browser. Any other run has the
    link that the browser had when it requested the run, which may be older than what is on screen. A link to data that
    are not loaded is opened as soon as they are.
    """
    comes = st.session_state.get("page") != page or went_back()
    query = _query()
    shown: tuple[T, View] | None = None
    if page not in st.session_state or (comes and query and query != _memory("link", page)):
        _remember(WAITING, None, page)
        try:
            shown = _read(query, read, default, usual, looks)
        except ScenarioError as error:
            st.session_state.notice = error.sentence
            st.session_state.broken_link = True
            _remember(WAITING, query if isinstance(error, DataNotLoaded) else None, page)
            shown = default(), replace(usual, embed=embedded())
    elif waiting := _memory(WAITING, page):
        with suppress(ScenarioError):
            shown = _read(waiting, read, default, usual, looks)
            _remember(WAITING, None, page)
    if shown:
        _remember("view", shown[1], page)
        _remember("usual", usual, page)
        st.session_state[page] = shown[0]
        _remember("opened", shown[0], page)
    st.session_state.page = page  # last: its presence means that the rest is complete
    return st.session_state[page]


def _read(
    query: dict[str, str],
    read: Callable[[Mapping[str, str]], T],
    default: Callable[[], T],
    usual: View,
    looks: Collection[str],
) -> tuple[T, View]:
    """Return what a link shows, and the view. Raises ScenarioError."""
    _check_names_of(query)
    return read_link(query, read, default, usual, looks)


def _check_names_of(query: dict[str, str]) -> None:
    """Raises ScenarioError for a link that would be read only in part."""
    if MARK in query:
        raise ScenarioError("The link is too long to be read.")
    for name in query:
        if len(st.query_params.get_all(name)) > 1:
            raise ScenarioError("The link says “{name}” twice.", name=name)


def _query() -> dict[str, str]:
    query = with_pluses(st.query_params.to_dict(), query_string())
    return {name: value for name, value in query.items() if name not in READER and not name.startswith("embed")}


def _held() -> Any:
    """Return what can be changed on the page on screen; None if nothing can.

    It is also None until the page has read what it shows: a change that arrives earlier belongs to the page before.
    """
    return st.session_state.get(page) if (page := st.session_state.page) else None


def _memory(name: str, page: str | None = None) -> Any:
    """Return a value stored for a page besides what it shows; by default for the page on screen."""
    return st.session_state.get(f"{page or st.session_state.page} {name}")


def _remember(name: str, value: Any, page: str | None = None) -> None:
    st.session_state[f"{page or st.session_state.page} {name}"] = value


def arrived_with() -> dict[str, str]:
    """Return the link with which the visitor comes to the start page; empty once they are there.

    A run of the page before may still write its link after the visitor has left it.
    """
    query = {} if st.session_state.get("page") == START else _query()
    if not query:
        st.session_state.page = START
        if went_back():  # the page before may have written its link
            st.query_params.from_dict(reader_query())
    return query


def view() -> View:
    """Return the view of the race on screen."""
    return _memory("view")


def embedded() -> bool:
    """Whether the address requests the stage alone; known before the page has read the rest of its link."""
    return _query().get("view") == EMBED


def hidden() -> frozenset[str]:
    """Return the names of the parts and knobs that the link on screen hides."""
    held = _held()
    return hidden_parts(held, view().hide) if isinstance(held, Scenario) else frozenset()


def write_link() -> None:
    """End a page: write the link to what is on screen to the address bar.

    After Back or Forward it is always written, because the page before may have written its own link meanwhile.
    """
    link = scenario_query()
    if link != _memory("link") or link != _query() or went_back():
        st.query_params.from_dict(link | reader_query())
        _remember("link", link)  # last: it means that the link was written


def scenario_query() -> dict[str, str]:
    """Return the parts of the link to what is on screen."""
    return st.session_state[st.session_state.page].to_query() | view().to_query(_memory("usual"))


def race_link() -> dict[str, str] | None:
    """Return the query for `ui.server.race_query` that finds the race on screen; None on a page without a race."""
    page = PLAYGROUND if st.session_state.page == "scenario" else st.session_state.page
    if page != PLAYGROUND and page not in RACE_LESSONS:
        return None
    return {"page": page} | scenario_query() | {"lang": language()}


def address() -> str:
    """Return the complete link to what is on screen."""
    place = (st.context.url or "").partition("?")[0]
    return f"{place}?{urlencode(scenario_query())}"


def change(edit: Callable[[Any], Any]) -> bool:
    """Replace the scenario or lesson. If the new one is refused, the old one stays and a notice gives the reason.

    A change of what an exercise hides is refused as well. On the pages of maps and networks the scenario of the plan is
    replaced, so that the playground's panel serves all of them. Returns whether the change was accepted.
    """
    planned = isinstance(_held(), MapPlan | NetworkPlan)
    return change_plan((lambda plan: plan.with_scenario(edit(plan.scenario))) if planned else edit)


def change_plan(edit: Callable[[Any], Any]) -> bool:
    """Replace the whole plan of a map or a network, in the same way."""
    if sentence := _replace(edit):
        st.session_state.notice = sentence
    return sentence is None


def shown() -> Any:
    """Return what the page on screen shows: its scenario, lesson, map, comparison or network."""
    return st.session_state[st.session_state.page]


def opened() -> Any:
    """Return what the page on screen has shown first after its link was read, or without a link by default."""
    return _memory("opened")


def shown_scenario() -> Any:
    """Return the scenario on the page on screen: of a map, the one that it varies; of a network, its training."""
    held = shown()
    return held.scenario if isinstance(held, MapPlan | NetworkPlan) else held


def operate(path: str, value: float | bool) -> Sentence | None:
    """Set one number of what is on screen. If it is refused, nothing changes; the returned sentence gives the reason.

    `path` and `value` are those of `experiments.operations.apply`.
    """
    return _replace(lambda held: apply(held, path, value))


def _replace(edit: Callable[[Any], Any]) -> Sentence | None:
    """Replace what is on screen, once the page has read it. Returns the reason if the change is refused."""
    if not can_change():
        return None
    old = _held()
    try:
        new = edit(old)
        if isinstance(new, Scenario):
            check_kept(old, new, view().hide)
    except ScenarioError as error:
        return error.sentence
    st.session_state[st.session_state.page] = new
    return None


def can_change() -> bool:
    """Whether the page on screen shows something that can be changed, and has read it."""
    return _held() is not None


def replace_scenario(new: Scenario, looks: View) -> None:
    """Open a scenario from a file, with its view, in the playground. Raises ScenarioError.

    What an exercise hides stays hidden, and cannot change.
    """
    check_kept(st.session_state.scenario, new, view().hide)
    st.session_state[st.session_state.page] = new
    _remember("view", view().seen_as(looks))


def change_view(edit: Callable[[View], View]) -> None:
    """Replace the view."""
    if can_change():
        _remember("view", edit(view()))


def end_goal() -> None:
    """Remove the task from the view."""
    change_view(lambda old: replace(old, goal=""))


def entry_removed(removed: int) -> None:
    """Keep the same entries hidden, and the same one inspected, after the entry at place `removed` is removed."""
    st.session_state[REMOVED] = st.session_state.get(REMOVED, 0) + 1

    def shifted(v: View) -> View:
        hidden = tuple(i - (i > removed) for i in v.hidden if i != removed)
        return replace(
            v, hidden=hidden, inspected=0 if v.inspected == removed else v.inspected - (v.inspected > removed)
        )

    change_view(shifted)


def begin_race() -> None:
    """Mark the race as chosen anew: it is shown from its first step, even if only numbers differ."""
    st.session_state[BEGUN] = st.session_state.get(BEGUN, 0) + 1


def races() -> str:
    """Return a text that changes with the page and with every race that is chosen as a whole."""
    return f"{st.session_state.get('page', '')} {st.session_state.get(BEGUN, 0)}"


def has_notice() -> bool:
    """Whether there is a notice that the page has not shown yet."""
    return "notice" in st.session_state


def take_notice() -> tuple[Sentence | None, bool]:
    """Return the notice to show, and whether it is about a link that was replaced by the default; it is shown once."""
    said = st.session_state.pop("notice", None), st.session_state.pop("broken_link", False)
    st.session_state.said = said
    return said


def say_again() -> None:
    """Show the current notice once more: the page runs again without a change by the visitor."""
    sentence, broken_link = st.session_state.get("said", (None, False))
    if sentence:
        st.session_state.notice, st.session_state.broken_link = sentence, broken_link
