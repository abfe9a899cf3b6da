"""The page of networks in a real browser: training, cancellation, the link and the browser's Back."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.experiments.recordings.test_files import changed

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 60_000
"""Milliseconds: a busy machine."""
SMALL = {"widths": "3", "data": "moons(n=20,validation=10)", "epochs": "5", "batch": "10"}
LONG = {"widths": "64,64", "data": "digits(n=1000)", "epochs": "500", "batch": "100"}


@pytest.fixture
def opened(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Callable[[str], Page]:
    def opened(link: str) -> Page:
        page = new_page(link if link.startswith("http") else f"{app_server(APP)}/networks?{link}")
        page.set_default_timeout(PATIENCE)
        return page

    return opened


def ready(page: Page) -> None:
    page.wait_for_function("document.querySelector('.lll-stage')?.stageState?.()?.ready", timeout=PATIENCE)


def results(page: Page) -> str:
    return page.get_by_role("table", name="Results at the end of the training").inner_text()


def test_network_is_trained_and_its_link_shows_the_same(opened: Callable[[str], Page]):
    page = opened(urlencode(SMALL))
    ready(page)
    before = results(page)
    page.get_by_role("tab", name="Network").click()
    widths = page.get_by_role("textbox", name="Widths of the hidden layers")
    widths.fill("4, 2")
    widths.press("Enter")
    page.get_by_role("button", name="Train with the new settings").click()
    expect(page.get_by_role("button", name="Trained")).to_be_disabled()
    page.wait_for_url(re.compile("widths=4%2C2"))
    expect(page.get_by_text("former settings")).to_have_count(0)
    ready(page)
    after = results(page)
    assert after != before
    other = opened(page.url)
    ready(other)
    assert results(other) == after
    assert other.locator("[data-testid=stMain]").evaluate("(main) => main.scrollWidth <= main.clientWidth")
    page.go_back()
    expect(widths).to_have_value("3")
    expect(page.get_by_role("button", name="Trained")).to_be_visible()
    assert results(page) == before


def test_a_released_number_asks_for_a_new_training(opened: Callable[[str], Page]):
    page = opened(urlencode(SMALL))
    ready(page)
    page.locator(".stTabs .lll-knobs input[type=range]").first.press("ArrowLeft")
    expect(page.get_by_role("button", name="Train with the new settings")).to_be_enabled()


def test_long_training_is_cancelled(opened: Callable[[str], Page]):
    page = opened(urlencode(LONG))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The training was cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()


def test_own_run_is_uploaded_and_a_damaged_file_keeps_it(opened: Callable[[str], Page]):
    page = opened("")
    page.get_by_text("Your own run", exact=True).click()
    expect(page.get_by_text("A larger file is refused, and nothing changes.")).to_be_visible()
    file = page.locator("input[type=file]")
    file.set_input_files({"name": "mine.npz", "mimeType": "application/octet-stream", "buffer": changed()})
    expect(page.get_by_role("button", name="Remove the recording")).to_be_visible()
    file.set_input_files({"name": "mine.npz", "mimeType": "application/octet-stream", "buffer": b"no archive"})
    expect(page.get_by_role("alert").filter(has_text="Nothing was changed.")).to_be_visible()
    expect(page.get_by_role("button", name="Remove the recording")).to_be_visible()
