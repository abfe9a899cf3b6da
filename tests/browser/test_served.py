"""The app behind nginx in a real browser: nothing is refused that it needs, and a worker's death is a short wait."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, Route, expect

from landscape_lab.figures.theme import DARK, LIGHT
from tests.browser.test_own_data import ASK, load
from tests.serving import ROOT, Served, serving, until

pytestmark = [pytest.mark.browser, pytest.mark.servers]

APP = ROOT / "app.py"
PATIENCE = 60_000
# Asked again and again from outside: Playwright's own waiting in the page is something that the policy forbids.
RACE = """() => {
    const state = document.querySelector(".lll-stage")?.stageState?.();
    return state && state.ready && state.frames ? state.raceKey : "";
}"""
RELIEF = "() => Boolean(document.querySelector('.lll-stage .gl-container canvas'))"
MAP = "() => [...document.querySelectorAll('[class^=lll-map] canvas')].some((canvas) => canvas.width > 0)"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture(params=["one process", "behind nginx"])
def address(request: pytest.FixtureRequest) -> str:
    """Where the app is served, in both ways."""
    if request.param == "behind nginx":
        return request.getfixturevalue("served").address
    return request.getfixturevalue("app_server")(APP)


@pytest.mark.parametrize("path", ["playground", "gradient_descent?lang=zh", "maps"])
def test_page_opened_by_its_link_has_no_failed_requests(address: str, new_page: Callable[..., Page], path: str):
    """What the Content-Security-Policy forbids is an error in the browser's console, too."""
    wrong: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text or "violates" in message.text:
            wrong.append(message.text)

    page = new_page("about:blank", bypass_csp=False)
    page.on("console", listen)
    page.on("response", lambda reply: wrong.append(f"{reply.status} {reply.url}") if reply.status >= 400 else None)
    page.goto(f"{address}/{path}")
    if path == "maps":
        until(lambda: page.evaluate(MAP), page=page)
    else:
        until(lambda: page.evaluate(RACE), page=page)
        page.keyboard.press("v")
        until(lambda: page.evaluate(RELIEF), page=page)
    assert wrong == []


@pytest.mark.parametrize(("scheme", "paper"), [("light", LIGHT.paper), ("dark", DARK.paper)])
def test_page_shows_a_loading_note_before_its_scripts_load(
    served: Served, new_page: Callable[..., Page], scheme: str, paper: str
):
    page = new_page("about:blank", color_scheme=scheme)
    held: list[Route] = []
    slow = [True]
    page.route("**/static/js/*", lambda route: held.append(route) if slow[0] else route.continue_())
    page.goto(f"{served.address}/maps", wait_until="commit")
    waiting = page.get_by_role("status").filter(has_text="Loss Landscape Lab")
    expect(waiting).to_be_visible()
    red, green, blue = (int(paper[i : i + 2], 16) for i in (1, 3, 5))
    expect(page.locator("body")).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
    slow[0] = False
    for route in held:
        route.continue_()
    until(lambda: page.evaluate(MAP), page=page)
    expect(waiting).to_have_count(0)


def test_killed_worker_costs_only_one_reconnect(served: Served, new_page: Callable[..., Page]):
    page = new_page("about:blank")
    page.set_default_timeout(PATIENCE)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(f"{served.address}/playground?start=-1.2,0.75&steps=321")
    until(lambda: "start=-1.2,0.75" in page.evaluate(RACE), page=page)
    until(lambda: "seed=" in page.evaluate("location.search"), page=page)  # the address tells everything by now
    before, address = page.evaluate(RACE), page.evaluate("location.href")
    home = next(port for port in served.workers if served.sessions_at(port))
    (other,) = set(served.workers) - {home}
    os.kill(served.workers[home], signal.SIGKILL)

    until(lambda: served.sessions_at(other), page=page)
    place = {cookie.get("name"): cookie.get("value") for cookie in page.context.cookies()}["lll_worker"]
    assert place == str(list(served.workers).index(other)), "what belongs to the session goes to the same worker"
    until(lambda: home not in served.workers, page=page)
    until(lambda: page.evaluate(RACE) == before, page=page)
    assert page.evaluate("location.href") == address
    assert len(sockets) == 2

    # And it goes on from there.
    page.get_by_role("tab", name="Surface and start").click()
    field = page.get_by_label("Start x", exact=True)
    expect(field).to_have_value("-1.2", timeout=PATIENCE)
    field.fill("0.5")
    field.press("Enter")
    until(lambda: "start=0.5,0.75" in page.evaluate(RACE), page=page)
    assert len(sockets) == 2


def test_race_route_of_user_data_reaches_the_worker_of_their_session(served: Served, new_page: Callable[..., Page]):
    page = new_page(f"{served.address}/playground?lanes=gradient_descent&steps=20", reduced_motion="reduce")
    load(page, "height,weight")
    assert page.evaluate(ASK, [[0.01, 0.02, 0.03], None]) == [[200, "private, no-store"]] * 3
    (cookie,) = [each for each in page.context.cookies() if each.get("name") == "lll_worker"]
    place = "1" if cookie.get("value") == "0" else "0"
    page.context.add_cookies([{"name": "lll_worker", "value": place, "url": served.address}])
    assert page.evaluate(ASK, [[0.01], None]) == [[403, "no-store"]], "another worker has no such session"
