"""The step, opened up, in a real browser: its arithmetic is that of the run, and it follows the scrubber."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from landscape_lab.experiments import Scenario
from landscapes.curvature import curvature
from optim_core import run

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 60_000
"""Milliseconds: a busy machine."""
ENTRIES = "momentum(learning_rate=0.0005),adam,nesterov(learning_rate=0.0005)"
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@pytest.fixture
def open_page(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Callable[..., Page]:
    def opened(link: str = f"show=inspector&lanes={ENTRIES}", **options: Any) -> Page:
        page = new_page(f"{app_server(APP)}/playground?steps=60&{link}", **options)
        page.set_default_timeout(PATIENCE)
        until(page, "state.ready")
        return page

    return opened


def until(page: Page, condition: str) -> None:
    page.wait_for_function(
        f"() => (state => state && ({condition}))(document.querySelector('.lll-stage')?.stageState?.())",
        timeout=PATIENCE,
    )


def scrub_to(page: Page, step: int) -> None:
    page.get_by_label("Step of the race").fill(str(step))
    expect(page.locator(".lll-inspector")).to_contain_text(f"from step {step} to step {step + 1}")


def told(page: Page, letter: str) -> list[float]:
    """The result at the end of a letter's line, as the reader sees it."""
    cells = page.locator(f".lll-line[data-letter={letter}] > span:last-child mn").all_text_contents()
    return [number(cell) for cell in cells]


def number(text: str) -> float:
    digits, _, power = text.strip("()").replace("−", "-").partition("·10")
    return float(digits) * 10 ** int(power.translate(SUPERSCRIPTS) or 0)


def on_screen(page: Page) -> Scenario:
    query = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    return Scenario.from_query({name: text for name, text in query.items() if name not in ("show", "inspect")})


def recorded(scenario: Scenario, entry: int) -> Any:
    optimizer = scenario.entries[entry].optimizer
    return run(scenario.landscape, optimizer, scenario.point, scenario.steps, record_state=True)


def test_a_formula_is_typed_raced_on_and_its_seventh_step_read(open_page: Callable[..., Page]):
    page = open_page(f"surface=formula(text=%22x^2%2By^2%22)&lanes={ENTRIES}")
    page.get_by_label("Formula in x and y").click()
    page.keyboard.press("Control+A")
    page.keyboard.type("x^2 + 3y^2 + sin(x y)")
    expect(page.locator(".katex-display annotation").first).to_contain_text("sin")
    page.keyboard.press("Enter")
    until(page, "state.surfaceKey.includes('sin') && state.ready")
    page.get_by_role("button", name="The step, opened up").click()
    page.wait_for_url("**inspector**")
    page.get_by_label("Optimizer whose step is shown").select_option(label="Adam")
    page.wait_for_url("**inspect=1**")
    page.wait_for_function("() => document.querySelector('.lll-line[data-letter=v_hat] mn')?.textContent")
    scrub_to(page, 7)
    scenario = on_screen(page)
    path = recorded(scenario, 1)
    for letter in ("g", "m", "v", "m_hat", "v_hat"):
        assert told(page, letter) == pytest.approx(path.state[letter][7].tolist(), rel=1e-4), letter
    assert told(page, "theta") == pytest.approx(path.points[8].tolist(), rel=1e-4)


def test_inspector_follows_the_scrubber_without_the_server_and_shows_the_surface_at_the_head(
    open_page: Callable[..., Page],
):
    page = open_page()
    path = recorded(on_screen(page), 0)
    for step in (0, 7, 31, 59):
        scrub_to(page, step)
        assert told(page, "m") == pytest.approx(path.state["m"][step].tolist(), rel=1e-4)
        old = page.locator(".lll-line[data-letter=theta] > span:nth-child(2) mn").all_text_contents()
        assert [number(text) for text in old[:2]] == pytest.approx(path.points[step].tolist(), rel=1e-4)
    # Within two frames of a move: no time for a server to answer.
    cells = page.evaluate(
        """async () => {
          document.querySelector('.lll-stage').lllStage.seek(20);
          for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
          const cells = document.querySelectorAll('.lll-line[data-letter=m] > span:last-child mn');
          return [...cells].map((cell) => cell.textContent);
        }"""
    )
    assert [number(cell) for cell in cells] == pytest.approx(path.state["m"][20].tolist(), rel=1e-4)
    surface_is_read_at_the_head(page)


def test_link_restores_marks_and_last_step(open_page: Callable[..., Page]):
    page = open_page(f"show=inspector&inspect=2&lanes={ENTRIES}")
    every_mark_can_be_drawn_and_taken_away(page)
    expect(page.get_by_label("Optimizer whose step is shown")).to_have_value("2")
    page.get_by_label("Step of the race").fill("60")
    expect(page.locator(".lll-inspector")).to_contain_text("from step 59 to step 60")
    path = recorded(on_screen(page), 2)
    assert told(page, "theta") == pytest.approx(path.points[60].tolist(), rel=1e-4)
    page.get_by_role("button", name="The step, opened up").click()
    expect(page.locator(".lll-inspector")).to_be_hidden()
    page.wait_for_function("() => !location.href.includes('inspector')")


def surface_is_read_at_the_head(page: Page) -> None:
    scrub_to(page, 7)
    scenario = on_screen(page)
    bend = curvature(scenario.landscape, recorded(scenario, 0).points[7][:, None])
    entries = page.locator(".lll-bend dd").all_inner_texts()
    high, low = entries[1].split(", ")
    assert [number(high), number(low)] == pytest.approx([bend.eigenvalues[1][0], bend.eigenvalues[0][0]], rel=1e-4)
    assert number(entries[2]) == pytest.approx(bend.condition[0], rel=1e-4)
    assert number(entries[3]) == pytest.approx(bend.limit[0], rel=1e-4)
    above = number(entries[4]) > number(entries[3])
    expect(page.locator(".lll-bend p").first).to_contain_text("above the limit" if above else "below the limit")


PICTURE = "document.querySelector('[data-panel=surface]').querySelectorAll('canvas')[1].toDataURL()"


def painted(page: Page) -> str:
    until(page, "state.painted")
    return page.evaluate(PICTURE)


def every_mark_can_be_drawn_and_taken_away(page: Page) -> None:
    scrub_to(page, 7)
    page.wait_for_function("() => document.querySelector('.lll-line[data-letter=look_ahead] mn')?.textContent")
    for mark in page.locator(".lll-mark:visible").all():
        with_it = painted(page)
        mark.click()
        expect(mark).to_have_attribute("aria-pressed", "false")
        page.wait_for_function(f"before => {PICTURE} !== before", arg=with_it, timeout=PATIENCE)
    assert page.locator(".lll-mark:visible").count() == 5


def test_unavailable_marks_of_a_method_are_not_offered(open_page: Callable[..., Page]):
    page = open_page("show=inspector&lanes=gradient_descent,momentum")
    expect(page.locator(".lll-line[data-letter=g]")).to_be_visible()
    expect(page.locator("[data-mark=momentum]")).to_be_hidden()
    page.get_by_label("Optimizer whose step is shown").select_option("1")
    expect(page.locator("[data-mark=momentum]")).to_be_visible()
    expect(page.locator("[data-mark=looked_at]")).to_be_hidden()


def test_arrows_have_a_legend(open_page: Callable[..., Page]):
    page = open_page(f"lanes={ENTRIES}")
    expect(page.locator(".lll-symbols")).to_have_text("startglobal minimum")
    expect(page.get_by_text("open arrow: downhill")).to_be_hidden()
    page.keyboard.press("a")
    expect(page.get_by_text("open arrow: downhill")).to_be_visible()
    page.keyboard.press("i")
    expect(page.locator(".lll-inspector")).to_be_visible()


def test_inspector_uses_its_room(open_page: Callable[..., Page]):
    link = "type=large&show=inspector&lanes=gradient_descent(learning_rate=0.0005),adam"
    page = open_page(link, viewport={"width": 1920, "height": 1080})
    page.wait_for_function("() => document.querySelector('.lll-line[data-letter=g] mn')?.textContent")
    short = type_size(page)
    page.get_by_label("Optimizer whose step is shown").select_option("1")
    expect(page.locator(".lll-line[data-letter=v_hat]")).to_be_visible()
    assert short > 1.3 * type_size(page) and type_size(page) >= 24
    room, curves, bar = (page.locator(name).bounding_box() for name in (".lll-opened-step", ".lll-curves", ".lll-bar"))
    assert room and curves and bar
    assert curves["height"] > 250 and curves["x"] + curves["width"] < room["x"]
    assert room["y"] + room["height"] < bar["y"] and bar["y"] + bar["height"] <= 1080
    assert page.locator(".lll-opened-step").evaluate("box => box.scrollWidth <= box.clientWidth")


def type_size(page: Page) -> float:
    return page.locator(".lll-line").first.evaluate("line => parseFloat(getComputedStyle(line).fontSize)")


def test_inspector_fits_on_a_phone(open_page: Callable[..., Page]):
    page = open_page(viewport={"width": 390, "height": 844})
    expect(page.locator(".lll-line[data-letter=theta]")).to_be_visible()
    assert page.evaluate("document.querySelector('.lll-inspector').scrollWidth") <= 390
    bar, inspector = (page.locator(name).bounding_box() for name in (".lll-bar", ".lll-inspector"))
    assert bar and inspector and 0 <= inspector["y"] - (bar["y"] + bar["height"]) < 60


def test_numbers_of_a_worked_step_are_written_as_in_a_textbook(open_page: Callable[..., Page]):
    """What is tiny has a power of ten, a negative number behind a sign has brackets, nothing is NaN."""
    page = open_page("show=inspector&lanes=conjugate_gradient")
    scrub_to(page, 3)
    text = page.locator(".lll-worked").inner_text()
    assert "NaN" not in text and "undefined" not in text and "e-" not in text
    assert np.isfinite([*told(page, "g"), *told(page, "theta"), *told(page, "alpha")]).all()
