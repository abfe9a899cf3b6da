"""With a Streamlit that has other names inside, features are off, and the log says so once."""

from types import SimpleNamespace

import pytest
from streamlit import runtime

from ui.server import private


def test_a_missing_name_switches_its_feature_off(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", SimpleNamespace)
    monkeypatch.setattr(private, "net_util", SimpleNamespace())
    monkeypatch.setattr(private, "_missing", set())
    for _ in range(2):
        assert private.event_loop() is None
        assert private.known_sessions() == 1, "nothing may be forgotten where it is not known who is there"
        assert private.open_sessions() == private.expire_closed_sessions() == 0
        private.know_no_external_address()
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == len(set(said)) == 3
    assert all("is off" in line for line in said)
