"""A callback that has begun comes to its end, whatever else is asked for meanwhile."""

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
    session = open_session([False, True])
    session.safe.on_script_will_rerun(None)
    assert session.done == ["changed"]
    with pytest.raises(RerunException):  # the next run begins right after it
        session.safe["name"]


def test_a_run_that_is_not_wanted_any_more_calls_none():
    session = open_session([True, False])
    with pytest.raises(RerunException):
        session.safe.on_script_will_rerun(None)
    assert session.done == []
    session.safe.on_script_will_rerun(None)
    assert session.done == ["changed"]
