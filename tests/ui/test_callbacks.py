"""Callbacks come to their end, whatever else is asked for meanwhile."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.runtime.state.safe_session_state import SafeSessionState

import ui.process  # noqa: F401 - has every session finish its callbacks


class Session:
    """In the place of what Streamlit wraps: its one callback looks at the state, and then something is done."""

    def __init__(self) -> None:
        self.safe: Any = None
        self.done: list[str] = []

    def on_script_will_rerun(self, *_told: object, **_how: object) -> None:
        self.safe["name"] = self.safe["other"]
        self.done.append("changed")

    def __getitem__(self, _key: str) -> str:
        return "value"

    def __setitem__(self, _key: str, _value: str) -> None: ...


def open_session(asked: list[bool]) -> Session:
    """A session whose next run is asked for while the first of `asked` is true."""

    def go_on() -> None:
        if asked.pop(0):
            raise RerunException(RerunData())

    session = Session()
    session.safe = SafeSessionState(session, go_on)  # type: ignore[arg-type]
    return session


def test_a_callback_is_not_cut_short():
    session = open_session([True])
    session.safe.on_script_will_rerun(None)
    assert session.done == ["changed"]
    with pytest.raises(RerunException):  # the next run begins right after it
        session.safe["name"]


def test_a_session_runs_once_at_a_time():
    """What a button tells is told once: the run that was begun for it must not be left out for the next."""
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["runner"]["fastReruns"] is False
