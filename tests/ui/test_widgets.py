"""A widget shows the session's value, and only a user's action changes it, however late the browser is."""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.testing.v1 import AppTest

from landscape_lab.ui.widgets import KEYS


def script() -> None:
    import streamlit as st

    from landscape_lab.ui.widgets import chosen_of

    held = st.session_state.setdefault("held", "a")
    log = st.session_state.setdefault("log", [])

    def change(value: str) -> None:
        log.append(value)
        if value != "refused":
            st.session_state.held = value

    options = ["a", "b", "c", "refused"]
    st.selectbox("Choice", **chosen_of(options, "choice", held, change, of=st.session_state.get("of")))


@pytest.fixture
def app() -> AppTest:
    at = AppTest.from_function(script).run()
    assert not at.exception
    return at


def report(app: AppTest, **fields: str) -> None:
    """A browser's message with the values of widgets, by their ids."""
    app._run(WidgetStates(widgets=[WidgetState(id=name, string_value=value) for name, value in fields.items()]))
    assert not app.exception


def set_by_server(app: AppTest, value: str) -> None:
    app.session_state.held = value
    app.run()
    assert app.selectbox[0].value == value


def test_choice_is_reported_once_and_the_widget_is_kept(app: AppTest):
    first = app.selectbox[0].proto.id
    app.selectbox[0].select("b").run()
    app.run()
    assert app.session_state.held == "b" and app.session_state.log == ["b"]
    assert app.selectbox[0].proto.id == first


def test_value_set_by_the_server_creates_a_new_widget(app: AppTest):
    first = app.selectbox[0].proto.id
    set_by_server(app, "c")
    assert app.selectbox[0].proto.id != first and app.session_state.log == []


def test_stale_browser_message_undoes_nothing(app: AppTest):
    first = app.selectbox[0].proto.id
    app.selectbox[0].select("b").run()
    set_by_server(app, "c")
    for _ in range(2):
        report(app, **{first: "b"})
        assert app.session_state.held == "c" and app.session_state.log == ["b"]


def test_browser_that_missed_a_message_still_shows_the_value(app: AppTest):
    """It shows the widget's default and reports it as if it had been chosen."""
    for i in range(2 * KEYS):  # also after the keys repeat
        value = "cba"[i % 3]
        set_by_server(app, value)
        widget = app.selectbox[0].proto
        assert not widget.set_value and widget.options[widget.default] == value
        app.run()
        report(app, **{widget.id: widget.options[widget.default]})
        assert app.session_state.held == value and app.session_state.log == []


def test_change_of_a_replaced_widget_is_processed_once(app: AppTest):
    first = app.selectbox[0].proto.id
    set_by_server(app, "c")
    report(app, **{first: "b"})
    assert app.session_state.held == app.selectbox[0].value == "b"
    set_by_server(app, "c")
    report(app, **{first: "b"})
    assert app.session_state.held == "c" and app.session_state.log == ["b"]


def test_refused_choice_is_no_longer_shown(app: AppTest):
    app.selectbox[0].select("refused").run()
    assert app.session_state.log == ["refused"]
    assert app.selectbox[0].value == app.session_state.held == "a"
    app.selectbox[0].select("refused").run()
    assert app.session_state.log == ["refused", "refused"]


def test_widget_with_other_options_is_a_new_widget(app: AppTest):
    ids = {app.selectbox[0].proto.id}
    for name, value in (("of", "x"), ("language", "zh")):
        app.session_state[name] = value
        app.run()
        ids.add(app.selectbox[0].proto.id)
        assert app.selectbox[0].value == "a"
    assert len(ids) == 3 and app.session_state.log == []


def test_number_of_widget_keys_is_bounded(app: AppTest):
    ids = set()
    for i in range(3 * KEYS):
        set_by_server(app, "abc"[i % 3])
        ids.add(app.selectbox[0].proto.id)
        app.selectbox[0].select("abc"[(i + 2) % 3]).run()
        assert app.session_state.held == app.selectbox[0].value == "abc"[(i + 2) % 3]
    assert len(ids) <= KEYS
