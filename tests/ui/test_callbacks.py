"""Callbacks come to their end, whatever else is asked for meanwhile."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.runtime.state.safe_session_state import SafeSessionState

import ui.process  # noqa: F401 - has every session finish its callbacks
from ui.state import ENDED, RUN, SIGNED


class Session(dict):
    """In the place of what Streamlit wraps: its one callback looks at the state, and then something is done."""

    def __init__(self, asked: list[bool]) -> None:
        """The next run is asked for while the first of `asked` is true."""

        def go_on() -> None:
            if asked and asked.pop(0):
                raise RerunException(RerunData())

        super().__init__(other="value")
        self.safe: Any = SafeSessionState(self, go_on)  # type: ignore[arg-type]
        self.heard: list[list[str]] = []

    def on_script_will_rerun(self, told: WidgetStates | None, **_how: object) -> None:
        self.safe["name"] = self.safe["other"]
        self.heard.append([field.id for field in told.widgets] if told else [])


def test_a_callback_is_not_cut_short():
    session = Session([True])
    session.safe.on_script_will_rerun(None)
    assert session["name"] == "value" and session.heard
    with pytest.raises(RerunException):  # the next run begins right after it
        session.safe["name"]


def test_a_session_runs_once_at_a_time():
    """What a button tells is told once: the run that was begun for it must not be left out for the next."""
    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["runner"]["fastReruns"] is False


def tell(session: Session, run: str, *fields: WidgetState) -> list[str]:
    """What Streamlit hears of fields that are told by a browser that has seen a run."""
    number = WidgetState(id=f"ID-{RUN}", string_value=run)
    session.safe.on_script_will_rerun(WidgetStates(widgets=[number, *fields]))
    return [name for name in session.heard[-1] if not name.endswith(RUN)]


def test_what_a_browser_had_not_heard_of_is_no_change():
    session, x, y = Session([]), WidgetState(id="x", int_value=3), WidgetState(id="y", trigger_value=True)
    assert tell(session, "7", x) == ["x"], "from another process: nothing is known here of what it has seen"
    session |= {SIGNED: "2", ENDED: True}
    assert tell(session, "2", x) == ["x"], "it has seen all, so somebody has set it to this"
    assert tell(session, "1", x, y) == ["y"]
    assert tell(session, "1", x, y) == ["y"], "a press is news however often"
    assert tell(session, "1", WidgetState(id="x", int_value=4)) == ["x"]
    session[ENDED] = False
    assert tell(session, "2", WidgetState(id="x", int_value=4)) == []
