"""A lost connection: the page says so, the stage goes on in the browser, and what was changed meanwhile arrives."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import ROOT
from tests.browser.stage import STAGE

pytestmark = pytest.mark.browser


class Line:
    """The line between a page and its server, which can be cut."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sockets: list[WebSocketRoute] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        self.sockets.append(socket)

    def cut(self) -> None:
        self.page.route("**/_stcore/health", lambda route: route.abort())
        for socket in self.sockets:
            socket.close()

    def mend(self) -> None:
        self.page.unroute("**/_stcore/health")


def test_the_stage_goes_on_without_the_server_which_then_gets_every_change(
    new_page: Callable[..., Page], app_server: Callable[[Path], str]
):
    page = new_page("about:blank", reduced_motion="reduce")
    line = Line(page)
    page.goto(f"{app_server(ROOT / 'app.py')}/playground?steps=60&lanes=gradient_descent(learning_rate=0.0005),adam")
    page.wait_for_function(f"() => {STAGE}?.stageState?.().ready && {STAGE}.lllStage.engine")
    page.wait_for_url("**start=**")
    rate, optimizer = page.get_by_label("learning rate, exact value"), page.get_by_role("combobox", name="Optimizer")
    surface = page.get_by_role("button", name="Surface")
    expect(optimizer).to_be_enabled()
    line.cut()
    expect(page.get_by_role("alert").filter(has_text="Connection lost")).to_be_visible()
    for choice in (optimizer, surface):
        expect(choice).to_be_disabled()
    ring, before = page.locator(".lll-start"), start(page)
    ring.focus()
    page.evaluate(f"[window.engine, {STAGE}.lllStage.source.module] = [{STAGE}.lllStage.source.module, null]")
    page.keyboard.press("ArrowRight")
    assert start(page) == before, "nothing can compute that race, so the ring is back"
    page.evaluate(f"{STAGE}.lllStage.source.module = window.engine")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"before => {STAGE}.lllStage.model.lanes[0].points[0] > before", arg=before[0])
    rate.fill("0.0007")
    rate.press("Enter")
    page.get_by_role("button", name="linear").click()
    assert "0.0007" not in page.url
    line.mend()
    expect(page.get_by_role("alert").filter(has_text="Connected again")).to_be_visible()
    for part in ("learning_rate%3D0.0007", "start=-1.46%2C2", "show=linear"):
        page.wait_for_url(f"**{part}**")
    page.wait_for_function(f"() => {STAGE}.lllStage.start.held === null")
    assert start(page) == [-1.46, 2]


def start(page: Page) -> list[float]:
    """Where the ring is."""
    return page.evaluate(f"[...({STAGE}.lllStage.start.held ?? {STAGE}.lllStage.model.fromServer.race.start)]")
