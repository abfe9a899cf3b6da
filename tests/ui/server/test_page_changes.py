"""A page that was asked for is drawn, whatever the page that is left still asks for."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import streamlit
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from landscape_lab.ui.server import private

BACK = RerunData(
    query_string="across=x", page_script_hash="maps", widget_states=WidgetStates(), is_history_navigation=True
)
"""Back, from the playground to the maps."""
LATE = {
    "a number released before": RerunData(
        query_string="across=x", page_script_hash="playground", widget_states=WidgetStates(), fragment_id="numbers"
    ),
    "a field changed before": RerunData(
        query_string="across=x", page_script_hash="playground", widget_states=WidgetStates()
    ),
    "parts that a callback asks for": RerunData(
        page_script_hash="playground", fragment_id_queue=["race", "numbers"], is_fragment_scoped_rerun=True
    ),
    "the page that a callback asks for again": RerunData(page_script_hash="playground"),
}


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Callable[..., RerunData]:
    """What is run after these requests, which arrive during a run of the playground."""
    monkeypatch.setattr(ScriptRequests, "_request_rerun_locked", ScriptRequests._request_rerun_locked)
    monkeypatch.setattr(private, "page_of_run", lambda: "playground")
    private.keep_page_changes()

    def run_after(*asked: RerunData) -> RerunData:
        queue = ScriptRequests()
        for each in asked:
            assert queue.request_rerun(each)
        return queue.on_scriptrunner_ready().rerun_data

    return run_after


@pytest.mark.parametrize("late", LATE)
def test_what_the_page_before_asks_for_late_does_not_bring_it_back(late: str, requests: Callable[..., RerunData]):
    run = requests(BACK, LATE[late])
    assert (run.page_script_hash, run.query_string, run.fragment_id_queue) == ("maps", "across=x", [])
    assert run.is_history_navigation


@pytest.mark.parametrize("late", LATE)
def test_a_page_asked_for_after_anything_else_is_the_one_that_is_run(late: str, requests: Callable[..., RerunData]):
    run = requests(LATE[late], BACK)
    assert (run.page_script_hash, run.fragment_id_queue) == ("maps", [])


def test_of_two_pages_the_last_one_is_run(requests: Callable[..., RerunData]):
    link = replace(BACK, page_script_hash="lesson", query_string="momentum=0.5", is_history_navigation=False)
    switch = RerunData(page_script_hash="switched to by the script")
    for last in (replace(BACK, page_script_hash="lesson"), link, switch):
        assert requests(BACK, last).page_script_hash == last.page_script_hash


def test_parts_of_one_page_are_run_together(requests: Callable[..., RerunData]):
    number, parts = LATE["a number released before"], LATE["parts that a callback asks for"]
    run = requests(parts, number)
    assert run.page_script_hash == "playground" and set(run.fragment_id_queue) == {"race", "numbers"}


def test_a_part_of_a_page_that_was_left_is_not_run(monkeypatch: pytest.MonkeyPatch):
    """Its beginning alone would make the browser drop what the other page shows."""
    ran: list[RerunData] = []
    monkeypatch.setattr(ScriptRunner, "_run_script", lambda _self, asked: ran.append(asked))
    state: dict[str, str] = {}
    monkeypatch.setattr(streamlit, "session_state", state)
    private.keep_page_changes()
    part = RerunData(page_script_hash="playground", fragment_id_queue=["numbers"])
    name = private.DRAWN_PAGE
    for drawn, runs in (({}, True), ({name: ""}, True), ({name: "playground"}, True), ({name: "maps"}, False)):
        state.clear()
        state.update(drawn)
        ran.clear()
        ScriptRunner._run_script(object(), part)  # type: ignore[arg-type]
        assert bool(ran) is runs, drawn
        ScriptRunner._run_script(object(), BACK)  # type: ignore[arg-type]
        assert ran[-1] is BACK


def test_what_another_version_asks_for_in_other_words_is_run(monkeypatch: pytest.MonkeyPatch):
    ran: list[object] = []
    monkeypatch.setattr(private, "_missing", set())
    monkeypatch.setattr(ScriptRunner, "_run_script", lambda _self, asked: ran.append(asked))
    monkeypatch.setattr(ScriptRequests, "_request_rerun_locked", lambda _self, asked: ran.append(asked) or True)
    private.keep_page_changes()
    for asked in (object(), object()):
        ScriptRunner._run_script(object(), asked)  # type: ignore[arg-type]
        assert ScriptRequests._request_rerun_locked(object(), asked)  # type: ignore[arg-type]
        assert ran[-2:] == [asked, asked]
