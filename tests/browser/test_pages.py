"""A page that is used again shows nothing of the test before."""

from contextlib import nullcontext

import pytest
from playwright.sync_api import Page, Request, Route

from tests.browser.pages import Pages

pytestmark = pytest.mark.browser

STATE = """() => [
    history.length, localStorage.length, sessionStorage.length, document.cookie.includes('a=b'), innerWidth,
    new Date(0).getHours(),
    ...["(prefers-color-scheme: dark)", "(prefers-reduced-motion)", "(forced-colors: active)", "print"].map(
        (media) => matchMedia(media).matches),
]"""


def state(page: Page) -> list[object]:
    granted = "async () => (await navigator.permissions.query({name: 'geolocation'})).state"
    return [*page.evaluate(STATE), page.evaluate(granted)]


def test_nothing_remains_of_the_test_before(pages: Pages, stage_address: str):
    address = f"{stage_address}/_stcore/health"
    kind = {"locale": "en-GB"}  # of no other test, so the page is new
    heard: list[str] = []

    def listen(request: Request) -> None:
        heard.append(request.url)

    def answer(route: Route) -> None:
        route.fulfill(body="another answer")

    with pages.lend(kind, lambda _context: nullcontext()) as page:
        page.goto(address)
        body, new = page.inner_text("body"), state(page)
    with pages.lend(kind | {"color_scheme": "dark"}, lambda _context: nullcontext()) as same:
        assert same is page
        page.on("request", listen)
        page.route("**/health", answer)
        page.context.grant_permissions(["geolocation"])
        page.context.new_cdp_session(page).send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
        for hash in ("", "#1", "#2"):
            page.goto(address + hash)
        page.set_viewport_size({"width": 390, "height": 844})
        page.emulate_media(media="print", reduced_motion="reduce", forced_colors="active")
        page.evaluate("localStorage.a = sessionStorage.a = document.cookie = 'a=b'")
        assert page.inner_text("body") != body and len(heard) == 1
        assert [one != other for one, other in zip(state(page), new, strict=True)] == [True] * len(new)
    with pages.lend(kind, lambda _context: nullcontext()) as same:
        assert same is page
        page.goto(address)
        assert (page.inner_text("body"), state(page), len(heard)) == (body, new, 1)


def test_page_with_what_cannot_be_undone_is_not_used_again(pages: Pages, stage_address: str):
    kind = {"locale": "en-AU"}
    with pages.lend(kind, lambda _context: nullcontext()) as page:
        page.goto(f"{stage_address}/_stcore/health")
        page.add_init_script("window.before = true")
    with pages.lend(kind, lambda _context: nullcontext()) as other:
        assert other is not page and page.is_closed()
