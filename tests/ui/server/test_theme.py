"""The theme that a browser gets is the one of the settings, which are looked through once."""

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from landscape_lab.ui.server import private

COLOURS = {"theme.light": "#1f57dc", "theme.dark": "#8ab4f8"}


def test_the_theme_is_read_once_and_stays_the_same(monkeypatch: pytest.MonkeyPatch):
    read: list[str] = []

    def write(message: CustomThemeConfig, section: str = "theme") -> None:
        read.append(section)
        if section in COLOURS:
            message.primary_color = COLOURS[section]

    monkeypatch.setattr(app_session, "_populate_theme_msg", write)
    private.remember_theme()
    for _ in range(3):
        theme = CustomThemeConfig()
        app_session._populate_theme_msg(theme)
        app_session._populate_theme_msg(theme.light, "theme.light")
        app_session._populate_theme_msg(theme.dark, "theme.dark")
        app_session._populate_theme_msg(theme.dark.sidebar, "theme.dark.sidebar")
        assert theme.light.primary_color == COLOURS["theme.light"]
        assert theme.dark.primary_color == COLOURS["theme.dark"]
        assert not theme.dark.HasField("sidebar") and not theme.primary_color
    assert sorted(read) == ["theme", "theme.dark", "theme.dark.sidebar", "theme.light"]
