"""With a Streamlit that has other names inside, features are off, the log says so once, and every page comes up."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.runtime import app_session
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import RACES
from landscape_lab.ui.server import page, private
from landscape_lab.ui.server.private import USES
from landscape_lab.ui.server.uploads import Uploads
from tests.pages import pickers

ROOT = Path(__file__).parents[3]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SERVERS = {
    "is_active_session",
    "_session_mgr.list_sessions",
    "_session_mgr._session_storage._cache",
    "_get_async_objs",
    "uploaded_file_mgr",
    "runtime.get_instance",
}
"""Names that concern the server alone, and no session's script."""
EXCHANGED: tuple[tuple[Any, str], ...] = (
    (SafeSessionState, "on_script_will_rerun"),
    (ScriptRequests, "_request_rerun_locked"),
    (ScriptRunner, "_run_script"),
    (app_session, "_populate_theme_msg"),
)
"""What this process puts in the place of Streamlit's own."""
inside = private._inside


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    monkeypatch.setattr(private, "_missing", set())
    return caplog


def take_away(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let Streamlit have other names instead of these."""

    def without(path: str, *of: Any) -> Any:
        if path in names:
            raise AttributeError(f"no {path}")
        return inside(path, *of)

    monkeypatch.setattr(private, "_inside", without)


def said(log: pytest.LogCaptureFixture) -> list[str]:
    """What was logged, except by the thread that looks after this process meanwhile."""
    own = [record for record in log.records if record.name == private.__name__ and record.threadName != "sweep"]
    return [record.getMessage() for record in own]


def open_pages(*names: str) -> None:
    """Open pages one after the other in one session."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name in names:
        app.switch_page(f"pages/{name}.py").run()
        assert not app.exception, (name, app.exception)
        assert app.main.children, name


def every_use() -> None:
    """A script that uses all that is about the session for which it runs."""
    import streamlit as st

    from landscape_lab.ui.server import private

    private.ignore_pages_folder()
    private.finish_callbacks()
    private.keep_page_changes()
    private.remember_theme()
    for use in (private.session_id, private.query_string, private.went_back, private.page_of_run):
        use()
    st.text(f"{private.in_session()} {private.is_open('somebody')}")


@pytest.mark.parametrize("name", sorted(USES.keys() - SERVERS))
def test_pages_come_up_without_a_name(name: str, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture):
    for of, exchanged in EXCHANGED:
        monkeypatch.setattr(of, exchanged, getattr(of, exchanged))
    take_away(monkeypatch, name)
    app = AppTest.from_function(every_use).run()
    assert not app.exception and app.text[0].value
    open_pages("playground", "momentum")
    lines = said(log)
    assert len(lines) == len({line.rpartition(": ")[2] for line in lines}) >= 1, "one line for what is off"
    assert all("is off" in line for line in lines)


def test_every_page_comes_up_without_any_of_them(monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture):
    take_away(monkeypatch, *USES)
    open_pages(*PAGES)
    lines = said(log)
    assert lines and len(lines) == len(set(lines))


def test_playground_is_changed_without_any_of_them(monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture):
    take_away(monkeypatch, *USES)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    app.switch_page("pages/playground.py").run()
    race = next(key for key, named in RACES.items() if named.scenario != app.session_state.scenario)
    pickers.choose(app, "race-picker", race)
    assert not app.exception
    assert app.session_state.scenario == RACES[race].scenario


def test_server_goes_on_without_a_name(monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture):
    monkeypatch.setattr(private, "has_server", lambda: True)
    monkeypatch.setattr(private, "_server", SimpleNamespace)
    for _ in range(2):
        assert private.known_sessions() == 1, "nothing may be forgotten where it is not known who is there"
        assert private.expire_closed_sessions() == 0
        assert private.is_open("somebody")
        assert not private.limit_uploads(Uploads())
    lines = said(log)
    assert len(lines) == len(set(lines)) == 4
    assert all("is off" in line for line in lines)


def test_without_its_page_streamlit_answers_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
):
    monkeypatch.setattr(private, "streamlit", SimpleNamespace(__file__=str(tmp_path / "streamlit.py")))
    monkeypatch.setattr(page, "_streamlit_page", private.index_page)
    assert page.page_routes() == [] and len(said(log)) == 1


def test_no_use_is_left_over():
    text = (ROOT / "landscape_lab/ui/server/private.py").read_text(encoding="utf-8")
    for name in USES:
        assert len(re.findall(rf'"{re.escape(name)}"', text)) >= 2, f"{name} has a reason and no use"
