"""What is on screen, kept in the session and told in the address bar. The one user of query parameters.

The scenario in the session is the only truth: widgets are set from it before they are drawn, and a widget's
callback does nothing but replace it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from experiments import Scenario, ScenarioError, Sentence
from experiments.scenario import default_lanes

SHOW = {"relief": ("projection", "relief"), "linear": ("loss_axis", "linear"), "arrows": ("arrows", True)}
SHOW |= {"evaluations": ("progress_axis", "evaluations")}
MAX_VIEW_LENGTH = 100


@dataclass(frozen=True)
class View:
    """How the race is looked at; nothing in it changes a number. `hidden` are the places of hidden lanes."""

    projection: str = "map"
    loss_axis: str = "log"
    progress_axis: str = "steps"
    arrows: bool = False
    hidden: tuple[int, ...] = ()

    def to_query(self) -> dict[str, str]:
        shown = [word for word, (name, value) in SHOW.items() if getattr(self, name) == value]
        query = {"show": ",".join(shown)} if shown else {}
        return query | ({"hidden": ",".join(str(i) for i in self.hidden)} if self.hidden else {})

    @classmethod
    def from_query(cls, query: dict[str, str]) -> "View":
        """Raises ScenarioError."""
        for name in ("show", "hidden"):
            if (length := len(query.get(name, ""))) > MAX_VIEW_LENGTH:
                raise ScenarioError("The link is too long: “{name}” has {length} characters.", name=name, length=length)
        view: dict[str, Any] = {}
        for word in filter(None, query.get("show", "").split(",")):
            if word not in SHOW:
                raise ScenarioError("The link asks to show “{word}”, which means nothing here.", word=word)
            view[SHOW[word][0]] = SHOW[word][1]
        hidden = list(filter(None, query.get("hidden", "").split(",")))
        if not all(len(i) <= 2 and i.isascii() and i.isdigit() for i in hidden):
            raise ScenarioError("The link hides lanes by numbers, not by “{text}”.", text=query["hidden"])
        return cls(**view, hidden=tuple(sorted({int(i) for i in hidden})))

    @classmethod
    def from_browser(cls, told: Any) -> "View":
        """What the stage tells after a click on it. Anything that is not a view is the default."""
        told = told if isinstance(told, dict) else {}
        words = {word for word, (name, value) in SHOW.items() if told.get(name) == value}
        hidden = [i for i in told.get("hidden") or () if isinstance(i, int) and 0 <= i < 100]
        return cls.from_query({"show": ",".join(words), "hidden": ",".join(map(str, hidden))})


def default_scenario() -> Scenario:
    """What a visitor without a link sees."""
    return Scenario(default_lanes())


def scenario() -> Scenario:
    """The scenario on screen: from the link when the page is opened with one, else the session's own.

    A change that was made here outlives the link that came with it: the browser may have sent both before it got the
    link of the change before.
    """
    query = {name: value for name, value in st.query_params.to_dict().items() if not name.startswith("embed")}
    new_link = query and query != st.session_state.get("link") and not st.session_state.get("changed_here")
    if new_link or "scenario" not in st.session_state:
        try:
            shown = View.from_query(query)
            own = {name: value for name, value in query.items() if name not in ("show", "hidden")}
            found = Scenario.from_query(own) if own else default_scenario()
            if shown.hidden and shown.hidden[-1] >= len(found.lanes):
                raise ScenarioError(
                    "The link hides a lane that is not there: there are {count}.", count=len(found.lanes)
                )
        except ScenarioError as error:
            st.session_state.notice = error.sentence
            st.session_state.broken_link = True
            found, shown = default_scenario(), View()
        st.session_state.scenario, st.session_state.view = found, shown
    return st.session_state.scenario


def view() -> View:
    """How the race on screen is looked at."""
    return st.session_state.view


def write_link() -> None:
    """Make the address bar tell what is on screen."""
    link = scenario_query()
    st.session_state.changed_here = False
    if link != st.session_state.get("link"):
        st.session_state.link = link
        st.query_params.from_dict(link)


def scenario_query() -> dict[str, str]:
    """The parts of the link to what is on screen."""
    return st.session_state.scenario.to_query() | st.session_state.view.to_query()


def change(edit: Callable[[Scenario], Scenario]) -> None:
    """Replace the scenario; where the new one is refused, the old one stays and a notice says why."""
    st.session_state.changed_here = True
    try:
        st.session_state.scenario = edit(st.session_state.scenario)
    except ScenarioError as error:
        st.session_state.notice = error.sentence


def hold() -> None:
    """For a widget that changes nothing on the stage: what the address says now may be older than what is on screen."""
    st.session_state.changed_here = True


def change_view(edit: Callable[[View], View]) -> None:
    """Replace the view."""
    st.session_state.changed_here = True
    st.session_state.view = edit(st.session_state.view)


def hide_shifted(removed: int) -> None:
    """Keep the same lanes hidden after the lane at place `removed` is gone."""
    change_view(lambda v: replace(v, hidden=tuple(i - (i > removed) for i in v.hidden if i != removed)))


def take_notice() -> tuple[Sentence | None, bool]:
    """What has to be said once, and whether it is about a link that was replaced by the default."""
    return st.session_state.pop("notice", None), st.session_state.pop("broken_link", False)
