"""Which parts of a page a change draws again."""

import pytest

from landscape_lab.ui import parts


class Rerun(Exception):
    """What ends a callback."""


@pytest.mark.parametrize("opened", [False, True])
def test_a_part_opened_in_the_message_with_a_number_is_drawn(monkeypatch: pytest.MonkeyPatch, opened: bool):
    """The message requests only the part of the number; `drawn` is what the callback requests."""
    drawn: list[str] = []

    def rerun(keys: list[str]) -> None:
        drawn.extend(keys)
        raise Rerun

    session: dict[str, object] = {
        "parts": {"race": lambda: True, "numbers": lambda: True, "files": lambda: session["share"]}
    }
    session["share"] = opened
    monkeypatch.setattr(parts, "_stays", lambda: True)
    monkeypatch.setattr(parts.st, "session_state", session)
    monkeypatch.setattr(parts.st, "rerun", rerun)
    with pytest.raises(Rerun):
        parts.draw_again("numbers")
    assert drawn == ["race", "numbers", *["files"] * opened]
