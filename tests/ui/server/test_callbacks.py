"""Callbacks come to their end, whatever else is asked for meanwhile."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.runtime.state.safe_session_state import SafeSessionState

import landscape_lab.ui.server.process  # noqa: F401 - has every session finish its callbacks


class Session(dict):
    """In the place of what Streamlit wraps: its one callback looks at the state, and then something is done."""

    def __init__(self, asked: list[bool]) -> None:
        """The next run is asked for while the first of `asked` is true."""

        def go_on() -> None:
            if asked and asked.pop(0):
                raise RerunException(RerunData())

        super().__init__(other="value")
        self.safe: Any = SafeSessionState(self, go_on)  # type: ignore[arg-type]

    def on_script_will_rerun(self, _states: object, **_options: object) -> None:
        self.safe["name"] = self.safe["other"]


def test_a_callback_is_not_cut_short():
    session = Session([True])
    session.safe.on_script_will_rerun(None)
    assert session["name"] == "value"
    with pytest.raises(RerunException):  # the next run begins right after it
        session.safe["name"]


def test_a_session_runs_once_at_a_time():
    """What a button tells is told once: the run that was begun for it must not be left out for the next."""
    config = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["runner"]["fastReruns"] is False
