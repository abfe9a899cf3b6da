"""The fair comparison and the code of an entry in a real browser: from the playground there, and back."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.fairness import Comparison, tuned_entries

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 60_000
"""Milliseconds: a busy machine."""
RACE = {"surface": "elliptic_bowl", "lanes": "gradient_descent(learning_rate=0.01),momentum", "steps": "60"}


@pytest.fixture
def playground(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Page:
    page = new_page(f"{app_server(APP)}/playground?{urlencode(RACE)}")
    page.set_default_timeout(PATIENCE)
    page.wait_for_function("document.querySelector('.lll-stage')?.stageState?.()?.ready", timeout=PATIENCE)
    return page


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def comparison(page: Page) -> Comparison:
    return Comparison.from_query({name: text for name, text in query(page).items() if name not in ("lang", "type")})


def fits(page: Page) -> bool:
    return page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollWidth <= main.clientWidth")


def test_tuned_race_is_returned_to_the_playground(playground: Page):
    page = playground
    page.get_by_test_id("stPageLink").get_by_role("link", name="Compare fairly").click()
    expect(page.get_by_role("heading", name="Which method is faster, and which had the better rate?")).to_be_visible()
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot').length === 4", timeout=PATIENCE)
    expect(
        page.get_by_text("Lowest after 200 gradient evaluations").or_(page.get_by_text("is lowest after"))
    ).to_be_visible()
    expect(page.locator(".annotation-text", has_text="Nothing else was tuned").first).to_be_attached()
    assert comparison(page).scenario == Scenario.from_query(RACE)
    with page.expect_download() as figure:
        page.locator(".modebar-btn").first.click()
    assert figure.value.suggested_filename == "fair-figure-given.svg"
    assert fits(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('.js-plotly-plot').clientWidth <= 390", timeout=PATIENCE)
    assert fits(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_text("second setting", exact=True).click()
    page.wait_for_url("**second_setting=true**")
    expect(page.locator(".annotation-text", has_text=re.compile(r"one other\s*setting")).first).to_be_attached()
    wanted = tuned_entries(comparison(page))
    page.get_by_role("link", name="The tuned race in the playground").click()
    page.wait_for_url("**/playground?**")
    page.wait_for_function("document.querySelector('.lll-stage')?.stageState?.()?.ready", timeout=PATIENCE)
    entries = query(page)["lanes"]
    assert entries == ",".join(entry.text for entry in wanted)


def test_code_is_empty_until_it_is_opened(playground: Page):
    page = playground
    assert page.get_by_test_id("stCode").count() == 0
    page.get_by_text("As code", exact=True).click()
    expect(page.get_by_test_id("stCode")).to_contain_text("class GradientDescent")
    page.get_by_role("radio", name="PyTorch").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("torch.optim.SGD")
