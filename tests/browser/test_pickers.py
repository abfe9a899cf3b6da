"""The choice of a surface from thumbnails, by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
SHEETS = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('thumbnails')).length"


def test_surface_is_chosen_by_keyboard(new_page: Callable[..., Page], app_server: Callable[[Path], str]):
    page = new_page(f"{app_server(APP)}/playground?steps=50", reduced_motion="reduce")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".lll-lane")).to_have_count(7)
    assert page.evaluate(SHEETS) == 0, "the thumbnails are loaded when they are shown"
    page.get_by_role("button", name="Surface: Rosenbrock").click()
    focused = page.locator("[role=option]:focus")
    expect(focused).to_have_attribute("aria-selected", "true")
    page.wait_for_function(f"{SHEETS} === 1")
    page.keyboard.type("Himmel")
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_text(["Himmelblau"])
    page.keyboard.press("Enter")
    page.wait_for_url("**surface=himmelblau**")
    expect(page.locator(".lll-lane")).to_have_count(7)
    page.get_by_role("button", name="Surface: Himmelblau").press("Enter")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_text("Three-hump camel")
    page.keyboard.press("ArrowUp")
    expect(focused).not_to_have_text("Three-hump camel")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Surface: Himmelblau")).to_be_focused()
    page.go_back()
    expect(page.get_by_role("button", name="Surface: Rosenbrock")).to_be_visible()
