"""Long computations of several users: each sees its position in the queue, and a closed tab leaves the queue."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.serving import until

pytestmark = pytest.mark.browser

COMPUTING = re.compile("Computing: .+ …")
APP = Path(__file__).with_name("line_app.py")


def test_queue_position_is_shown_and_released_by_a_closed_tab(
    app_server: Callable[..., str], new_page: Callable[..., Page], tmp_path: Path
):
    def asks(who: str, pieces: int = 1) -> Page:
        page = new_page(f"{app_server(APP)}/?who={who}&pieces={pieces}&folder={tmp_path}")
        page.get_by_role("button", name="Compute").click()
        return page

    def place(page: Page, number: int) -> None:
        expect(page.get_by_text(f"Waiting for a free processor, at place {number}.", exact=True)).to_be_visible()

    ada = asks("Ada", os.cpu_count() or 1)  # so many threads there are for long work
    expect(ada.get_by_text(COMPUTING)).to_be_visible()
    bob = asks("Bob")
    place(bob, 1)
    eve = asks("Eve")
    place(eve, 2)

    bob.close()
    place(eve, 1)
    ada.close()  # what has begun for her ends as well, or Eve would wait for ever
    until(lambda: (tmp_path / "Eve began").exists(), page=eve)
    expect(eve.get_by_text(COMPUTING)).to_be_visible()
    (tmp_path / "over").touch()
    expect(eve.get_by_text("Computed for Eve")).to_be_visible()
    expect(eve.get_by_text("Waiting for a free processor")).to_have_count(0)
    assert not (tmp_path / "Bob began").exists()
