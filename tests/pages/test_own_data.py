"""Own data in several sessions of one process: nobody sees another's, whatever the process has computed."""

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
    """The part of the link that every page understands."""
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
    """Everything that the browser has got: figures, tables, the stage's message with the examples."""
    every = (getattr(element, "proto", None) for element in [*at.main, *at.get("bidi_component")])
    return b"".join(proto.SerializeToString() for proto in every if proto is not None)


@pytest.fixture
def owner() -> Iterator[AppTest]:
    at = load(session(**ENTRIES), MINE)
    assert not warnings(at)
    assert at.session_state["scenario"].landscape.data.names == ("tallness", "heaviness")
    yield at


def test_same_numbers_under_other_names_stay_apart(owner: AppTest):
    other = load(session(**ENTRIES), YOURS)
    assert b"LOSERS" in sent(other) and b"tallness" not in sent(other)
    for parameters in ((("standardised", True),), (("l2", 0.5),)):
        for at, own, others in ((owner, b"tallness", b"LOSERS"), (other, b"LOSERS", b"tallness")):
            at.session_state["scenario"] = replace(at.session_state["scenario"], parameters=parameters)
            ran(at)
            assert own in sent(at) and others not in sent(at)


@pytest.mark.parametrize("page", ["playground", "maps", "fairness"])
def test_link_opens_for_nobody_who_has_not_loaded_the_file(owner: AppTest, page: str):
    """Neither for a stranger, nor for the owner in a second tab or after a reload: each is a session of its own."""
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
    assert link_of(again)["steps"] != "31", "another file is not the one that the link is about"
    load(again, MINE)
    assert link_of(again) == link and not warnings(again)
    load(again, YOURS)
    assert link_of(again)["surface"] != link["surface"], "it is opened once"


def test_everyone_with_the_file_sees_the_same(owner: AppTest):
    classmate = load(session(**ENTRIES), MINE)
    assert link_of(classmate) == link_of(owner)
    mine, theirs = (at.session_state["scenario"].landscape for at in (owner, classmate))
    assert mine == theirs and surface_tree(mine) is not surface_tree(theirs)


def test_session_goes_on_to_other_pages_with_its_data(owner: AppTest):
    link = race_of(owner)
    for page in ("maps", "fairness"):
        go(owner, page, **link)
        assert not warnings(owner)
        assert link["surface"] in link_of(owner)["surface"]


def test_oldest_of_too_many_files_goes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("landscape_lab.ui.own_data.MOST_FILES", 3)
    at = session(**ENTRIES)
    files = [f"a{i},b\n{ROWS}".encode() for i in range(4)]
    for i in (0, 1, 2, 1, 3):  # what is loaded again is the newest, and there once
        load(at, files[i])
    keys = [by_key(losses_over(files[i]).values()).keys() for i in (2, 1, 3)]
    assert [each.keys() for each in at.session_state["own data"]] == keys


def test_nothing_of_a_session_outlives_it(monkeypatch: pytest.MonkeyPatch):
    """Data, losses, runs and pictures: all that any cache of the process could hold."""
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
