"""User data in several sessions of one process: no session has access to the data of another."""

import gc
import time
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - as in app.py, which AppTest leaves out after the first run
from landscape_lab.experiments.scenarios.surfaces import by_key, losses_over
from landscape_lab.ui.stage.surface import surface_tree

APP = Path(__file__).parents[2] / "app.py"
ROWS = "\n".join(f"{i / 7},{i * i % 11}" for i in range(24))
MINE, YOURS = (f"{header}\n{ROWS}".encode() for header in ("tallness,heaviness", "ALL OF YOU,LOSERS"))
ENTRIES = {"lanes": "gradient_descent(learning_rate=0.01),adam", "steps": "25"}


def session(page: str = "playground", **query: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=120)
    at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return ran(at)


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def load(at: AppTest, content: bytes) -> AppTest:
    at.session_state["panel"] = "Surface and start"
    at.session_state["own-data-file"] = True
    ran(at)
    at.file_uploader(key="own-file").upload("data.csv", content, "text/csv")
    return ran(at)


def link_of(at: AppTest) -> dict[str, str]:
    parts = {name: value if isinstance(value, str) else value[0] for name, value in at.query_params.items()}
    return {name: value for name, value in parts.items() if name != "lang"}


def race_of(at: AppTest) -> dict[str, str]:
    """The part of the link that every page accepts."""
    return {name: value for name, value in link_of(at).items() if name in ("surface", "lanes", "steps")}


def go(at: AppTest, page: str, **query: str) -> AppTest:
    at.query_params.clear()
    at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    return ran(at)


def warnings(at: AppTest) -> list[str]:
    return [each.value for each in at.warning]


def sent(at: AppTest) -> bytes:
    """Everything sent to the browser: figures, tables, and the stage's message with the examples."""
    every = (getattr(element, "proto", None) for element in [*at.main, *at.get("bidi_component")])
    return b"".join(proto.SerializeToString() for proto in every if proto is not None)


@pytest.fixture
def owner() -> Iterator[AppTest]:
    at = load(session(**ENTRIES), MINE)
    assert not warnings(at)
    assert at.session_state["scenario"].landscape.data.names == ("tallness", "heaviness")
    yield at


def test_equal_numbers_with_other_names_stay_separate(owner: AppTest):
    other = load(session(**ENTRIES), YOURS)
    assert b"LOSERS" in sent(other) and b"tallness" not in sent(other)
    for parameters in ((("standardised", True),), (("l2", 0.5),)):
        for at, own, others in ((owner, b"tallness", b"LOSERS"), (other, b"LOSERS", b"tallness")):
            at.session_state["scenario"] = replace(at.session_state["scenario"], parameters=parameters)
            ran(at)
            assert own in sent(at) and others not in sent(at)


@pytest.mark.parametrize("page", ["playground", "maps", "fairness"])
def test_link_opens_only_in_a_session_that_has_loaded_the_file(owner: AppTest, page: str):
    """It opens neither for another user nor for the owner in a second tab or after a reload."""
    link = race_of(owner)
    stranger = session(page, **link)
    assert len(warnings(stranger)) == 1 and "Load that file first" in warnings(stranger)[0]
    assert b"tallness" not in sent(stranger) and "regression_" not in str(link_of(stranger))
    assert owner.session_state["scenario"].surface in link["surface"]


def test_link_opens_once_its_file_is_loaded(owner: AppTest):
    link = link_of(owner) | {"steps": "31"}
    again = session(**link)
    assert "Load that file first" in warnings(again)[0]
    load(again, YOURS)
    assert link_of(again)["steps"] != "31", "another file must not open the link"
    load(again, MINE)
    assert link_of(again) == link and not warnings(again)
    load(again, YOURS)
    assert link_of(again)["surface"] != link["surface"], "the link must be opened only once"


def test_sessions_with_the_same_file_show_the_same_page(owner: AppTest):
    classmate = load(session(**ENTRIES), MINE)
    assert link_of(classmate) == link_of(owner)
    mine, theirs = (at.session_state["scenario"].landscape for at in (owner, classmate))
    assert mine == theirs and surface_tree(mine) is not surface_tree(theirs)


def test_session_keeps_its_data_on_other_pages(owner: AppTest):
    link = race_of(owner)
    for page in ("maps", "fairness"):
        go(owner, page, **link)
        assert not warnings(owner)
        assert link["surface"] in link_of(owner)["surface"]


def test_oldest_of_too_many_files_is_dropped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("landscape_lab.ui.own_data.MOST_FILES", 3)
    at = session(**ENTRIES)
    files = [f"a{i},b\n{ROWS}".encode() for i in range(4)]
    for i in (0, 1, 2, 1, 3):  # a file that is loaded again is the newest and listed once
        load(at, files[i])
    keys = [by_key(losses_over(files[i]).values()).keys() for i in (2, 1, 3)]
    assert [each.keys() for each in at.session_state["own data"]] == keys


def test_data_of_a_session_are_freed_with_it(monkeypatch: pytest.MonkeyPatch):
    """This holds for data, losses, runs and images in every cache of the process."""
    monkeypatch.setattr("landscape_lab.ui.maps.work.AT_ONCE", 60.0)
    at = load(session(**ENTRIES, noise="minibatch(size=4)", show="inspector,arrows"), MINE)
    link = race_of(at)
    for page, rule in (("fairness", {"budget": "20"}), ("maps", {})):
        go(at, page, **link, **rule)
        assert not warnings(at)
    losses = [loss for file in at.session_state["own data"] for loss in file.values()]
    gone: list[Any] = [weakref.ref(each) for loss in losses for each in (loss, loss.data, loss.private_cache)]
    assert all(each() is not None for each in gone) and len(gone) >= 6
    at.session_state["map work"].stop()  # as happens by itself a minute after its page was closed
    del at, losses
    end = time.monotonic() + 30  # for what a thread is about to finish
    while any(each() is not None for each in gone) and time.monotonic() < end:
        time.sleep(0.05)
        gc.collect()
    assert [each() for each in gone if each() is not None] == []
