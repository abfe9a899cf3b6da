"""What happens once per process."""

import gc
from threading import enumerate as threads

import pytest
from streamlit import net_util
from streamlit.web.server.server_util import is_url_from_allowed_origins

import landscape_lab.ui.server.process  # noqa: F401


def test_another_site_is_refused_without_asking_the_internet(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda *_args, **_options: pytest.fail("asked"))
    assert not is_url_from_allowed_origins("http://elsewhere.example")


def test_what_was_imported_is_not_looked_through_again():
    assert gc.get_freeze_count() > 10_000


def test_somebody_looks_for_garbage_now_and_then():
    assert [thread.daemon for thread in threads() if thread.name == "sweep"] == [True]
