"""A person's own formula in a real browser: typeset while it is typed, raced on, and refused where it is wrong."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from landscape_lab.experiments import Scenario

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 60_000
"""Milliseconds: a busy machine."""


@pytest.fixture
def page(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Page:
    page = new_page(f'{app_server(APP)}/playground?surface=formula(text="x^2+y^2")&steps=40')  # as typed by hand
    page.set_default_timeout(PATIENCE)
    until(page, "state.ready")
    return page


def until(page: Page, condition: str) -> None:
    page.wait_for_function(
        f"() => (state => state && ({condition}))(document.querySelector('.lll-stage')?.stageState?.())",
        timeout=PATIENCE,
    )


def type_formula(page: Page, text: str) -> None:
    field = page.get_by_label("Formula in x and y")
    field.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def on_screen(page: Page) -> Scenario:
    query = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    return Scenario.from_query(query)


def test_a_formula_is_typeset_while_it_is_typed_and_raced_on_after_enter(page: Page):
    assert on_screen(page).landscape.expression == "x^2 + y^2"
    type_formula(page, "a*x^2 + cosh(y)")
    expect(page.locator(".katex-display annotation").first).to_contain_text("cosh")
    assert "cosh" not in str(page.evaluate("document.querySelector('.lll-stage').stageState().surfaceKey"))
    page.keyboard.press("Enter")
    until(page, "state.surfaceKey.includes('cosh') && state.ready")
    page.wait_for_url("**cosh**")
    assert on_screen(page).landscape.parameters == {"a": 1.0}
    assert on_screen(page).landscape.minima[0] == pytest.approx((0.0, 0.0), abs=1e-6)
    slider = page.get_by_role("slider", name="a", exact=True)
    expect(page.get_by_role("tab", selected=True)).to_have_text("Optimizers")  # the slider is not in a tab
    slider.press("ArrowRight")
    until(page, "state.surfaceKey.includes('a=1.')")


def test_invalid_formula_shows_the_position_of_its_error_and_changes_nothing(page: Page):
    before = page.url
    type_formula(page, "x^2 + sine(y)")
    expect(page.get_by_text("“sine” is not a known function.")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    expect(page.get_by_text("“sine” is not a known function.")).to_be_visible()
    assert page.get_by_label("Formula in x and y").input_value() == "x^2 + sine(y)"
    assert page.url == before
    assert "sine" not in str(page.evaluate("document.querySelector('.lll-stage').stageState().surfaceKey"))


def test_page_shows_the_interpretation_of_a_formula(page: Page):
    typed = r"\frac{x_1^2}{2} + log(3 + x₂²)"
    type_formula(page, typed)
    expect(page.get_by_text("x₁ is x, and x₂ is y.")).to_be_visible()
    expect(page.get_by_text("“log” is the natural logarithm, ln.")).to_be_visible()
    page.keyboard.press("Enter")
    until(page, "state.surfaceKey.includes('log') && state.ready")
    page.wait_for_url("**log**")
    assert on_screen(page).landscape.expression == "x^2/2 + log(3 + y^2)"
    assert page.get_by_label("Formula in x and y").input_value() == typed
    expect(page.get_by_text("x₁ is x, and x₂ is y.")).to_be_visible()
