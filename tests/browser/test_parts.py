"""The parts of a page that follow a number, and the rest of it, which follows when the hand rests."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from benchmarks.visitor import Visitor
from landscape_lab.experiments import RACES
from landscape_lab.ui.parts import FOLLOWS

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
RATE = "lane/0/learning_rate"


@pytest.fixture
def visiting(app_server: Callable[[Path], str]) -> Callable[..., None]:
    """Do something as a visitor of a page, without a browser."""

    def visit(page: str, do: Callable[[Visitor], Awaitable[None]], **query: str) -> None:
        async def there() -> None:
            visitor = Visitor(app_server(APP), page, query)
            assert (await visitor.open()).whole
            try:
                await do(visitor)
            finally:
                await visitor.close()

        with ThreadPoolExecutor(1) as thread:  # in the tests' own, Playwright may run its loop
            thread.submit(asyncio.run, there()).result()

    return visit


def place_of(visitor: Visitor, path: str) -> str:
    """The component that shows a number."""
    return next(widget for widget, row in visitor.numbers() if row["path"] == path)


def value_of(visitor: Visitor, path: str) -> float:
    return next(row["value"] for _widget, row in visitor.numbers() if row["path"] == path)


def sent_with_the_race(visitor: Visitor) -> list[str]:
    """Which of the surface and the program were sent in the part of the page with the stage."""
    return [name for name in ("surface", "program") if any(each.endswith(f"-stage-{name}") for each in visitor.widgets)]


def test_a_number_of_the_playground_draws_only_what_shows_it(visiting: Callable[..., None]):
    async def turn(visitor: Visitor) -> None:
        assert not visitor.is_behind
        answer = await visitor.set_number(place_of(visitor, RATE), RATE, 0.0123)
        assert not answer.whole
        assert "learning_rate%3D0.0123" in visitor.query_string
        assert value_of(visitor, RATE) == 0.0123
        # The panel still names the race that it was: it follows once.
        assert visitor.is_behind
        assert (await visitor.rest()).whole
        assert not visitor.is_behind
        answer = await visitor.set_number(place_of(visitor, RATE), RATE, 0.0456)
        assert not answer.whole and not visitor.is_behind
        assert value_of(visitor, RATE) == 0.0456
        assert not sent_with_the_race(visitor), "the page has sent them"

    visiting("playground", turn)


def test_a_number_of_the_surface_sends_the_surface_with_the_race(visiting: Callable[..., None]):
    async def turn(visitor: Visitor) -> None:
        path = "lesson/condition"
        for value, sent in ((20.0, ["surface"]), (40.0, ["surface"]), (100.0, [])):  # the last one is the page's own
            assert not (await visitor.set_number(place_of(visitor, path), path, value)).whole
            assert sent_with_the_race(visitor) == sent

    visiting("momentum", turn)


def test_a_start_set_on_the_map_draws_only_what_shows_it(visiting: Callable[..., None]):
    async def click(visitor: Visitor) -> None:
        answer = await visitor.set_start(0.5, 0.25)
        assert not answer.whole
        assert "start=0.5%2C0.25" in visitor.query_string

    visiting("playground", click, surface="bowl", lanes="momentum", steps="20")


def test_page_requested_together_with_a_number_is_drawn(visiting: Callable[..., None]):
    """As when a visitor goes on while an earlier change keeps the server busy: neither is lost."""

    async def turn_and_leave(visitor: Visitor) -> None:
        place, link = place_of(visitor, RATE), visitor.query_string
        visitor.go_to("maps")
        assert (await visitor.set_number(place, RATE, 0.0123)).whole
        assert "across=" in visitor.query_string
        visitor.go_to("playground")
        assert (await visitor.rerun()).whole
        assert "learning_rate%3D0.0123" in visitor.query_string and visitor.query_string != link

    visiting("playground", turn_and_leave, surface="bowl", lanes="momentum", steps="20")


def test_another_optimizer_draws_the_whole_page(visiting: Callable[..., None]):
    async def choose(visitor: Visitor) -> None:
        assert (await visitor.set(visitor.named("-lane-0-core"), string_value="Adam")).whole
        assert "lanes=adam" in visitor.query_string

    visiting("playground", choose, surface="bowl", lanes="momentum", steps="20")


def test_a_number_of_a_lesson_draws_its_picture_alone(visiting: Callable[..., None]):
    async def turn(visitor: Visitor) -> None:
        path = "lesson/momentum"
        answer = await visitor.set_number(place_of(visitor, path), path, 0.6)
        assert not answer.whole
        assert "momentum=0.6" in visitor.query_string
        assert visitor.is_behind
        assert (await visitor.rest()).whole
        assert not visitor.is_behind
        answer = await visitor.set_number(place_of(visitor, path), path, value_of(visitor, path))
        assert not visitor.is_behind, "nothing has changed"

    visiting("momentum", turn)


def test_numbers_of_maps_draw_the_whole_page(visiting: Callable[..., None]):
    async def turn(visitor: Visitor) -> None:
        path = "axis/0/to"
        assert (await visitor.set_number(place_of(visitor, path), path, 0.5)).whole

    visiting("maps", turn)


def follows(page: Page) -> bool:
    return page.evaluate("document.querySelector('.lll-stage').lllStage.model.tree.follows")


def caught_up(page: Page) -> None:
    page.wait_for_function("document.querySelector('.lll-stage').lllStage.model.tree.follows === false")


def test_panel_is_updated_when_the_drag_pauses(new_page: Callable[..., Page], app_server: Callable[[Path], str]):
    page = new_page(f"{app_server(APP)}/playground", reduced_motion="reduce")
    page.set_default_timeout(60_000)
    field = page.get_by_label("learning rate, exact value")
    expect(field).to_be_visible()
    expect(page.get_by_role("button", name=f"Race: {RACES['classics'].label}")).to_be_visible()
    field.fill("0.0123")
    field.press("Enter")
    expect(page.get_by_role("button", name="Race: Your own")).to_be_visible()
    assert not follows(page)


def test_figures_of_a_lesson_follow_when_they_come_into_view(
    new_page: Callable[..., Page], app_server: Callable[[Path], str]
):
    page = new_page(f"{app_server(APP)}/momentum", reduced_motion="reduce")
    page.set_default_timeout(60_000)
    field = page.get_by_label("momentum, exact value")
    expect(field).to_be_visible()
    page.get_by_role("button", name="Show me").click()
    figures = page.locator(f".st-key-{FOLLOWS}")
    expect(figures).to_be_attached()
    field.fill("0.6")
    field.press("Enter")
    page.wait_for_function("location.search.includes('momentum=0.6')")
    page.wait_for_function("document.querySelector('.lll-stage').lllStage.model.tree.follows")
    page.wait_for_timeout(1000)  # longer than a hand has to rest
    assert follows(page)
    figures.scroll_into_view_if_needed()
    caught_up(page)


def test_numbers_of_maps_work_after_the_playground(new_page: Callable[..., Page], app_server: Callable[[Path], str]):
    """The parts of a page are forgotten with it."""
    page = new_page(f"{app_server(APP)}/playground", reduced_motion="reduce")
    page.set_default_timeout(60_000)
    expect(page.get_by_label("learning rate, exact value")).to_be_visible()
    page.get_by_role("link", name="Maps", exact=True).click()
    field = page.get_by_label("Across, to")
    field.fill("0.123")
    field.press("Enter")
    page.wait_for_function("location.pathname.endsWith('/maps') && location.search.includes('0.123')")
    expect(page.get_by_test_id("stException")).to_have_count(0)


RELEASE = """
    const range = document.querySelector(".lll-knob input[type=range]");
    range.value = Number(range.value) + 1;
    for (const type of ["input", "change"]) range.dispatchEvent(new Event(type, { bubbles: true }));
"""
LEAVE = {
    "back": "history.back();",
    "a link": "[...document.querySelectorAll('a')].find((link) => link.textContent.endsWith('Maps')).click();",
}


@pytest.mark.parametrize("way", LEAVE)
def test_page_left_after_a_change_does_not_affect_the_next_page(
    way: str, new_page: Callable[..., Page], app_server: Callable[[Path], str]
):
    """Streamlit sends the request for the other page first, and then the number, as a run of a part of its page."""
    page = new_page(f"{app_server(APP)}/maps", reduced_motion="reduce")
    there, field = page.get_by_label("Across, to"), page.get_by_label("learning rate, exact value")
    page.wait_for_function("location.search.includes('across=')")
    maps = page.url
    page.get_by_role("link", name="Playground", exact=True).click()
    page.wait_for_function("location.pathname.endsWith('/playground') && location.search.includes('lanes=')")
    expect(field).to_be_visible()
    page.wait_for_function("document.querySelector('.lll-stage').lllStage.model.tree.follows === false")
    page.evaluate(f"() => {{ {RELEASE} {LEAVE[way]} }}")
    expect(there).to_be_visible()
    expect(page).to_have_url(maps)
    # The way there and back again takes longer than whatever was under way.
    page.go_forward() if way == "back" else page.go_back()
    expect(field).to_be_visible()
    page.wait_for_function("location.pathname.endsWith('/playground') && location.search.includes('lanes=')")
    page.go_back() if way == "back" else page.go_forward()
    expect(there).to_be_visible()
    expect(page).to_have_url(maps)
