"""Own data in real browsers at one server: each sees its own, and a link does not give them to another."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
PATIENCE = 60_000
ROWS = "\n".join(f"{i / 7},{i * i % 11}" for i in range(24))
NAMES = "document.querySelector('.lll-stage')?.lllStage?.model.tree.surface.data?.names"
FIELD = "input[type=file]"


def file(header: str) -> FilePayload:
    return {"name": "data.csv", "mimeType": "text/csv", "buffer": f"{header}\n{ROWS}".encode()}


def load(page: Page, header: str) -> None:
    if not page.locator(FIELD).count():
        page.get_by_role("tab", name="Surface and start").click()
        page.get_by_text("Your own data", exact=True).click()
    page.locator(FIELD).set_input_files(file(header))
    sees(page, header)


def sees(page: Page, header: str) -> None:
    wanted = f"(names) => {NAMES}?.join() === names && location.search.includes('linear_regression_')"
    page.wait_for_function(wanted, arg=header, timeout=PATIENCE)


def asks_for_the_file(page: Page) -> None:
    expect(page.get_by_role("alert").filter(has_text="Load that file first")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.lll-stage')?.stageState?.().ready", timeout=PATIENCE)
    assert page.evaluate(f"{NAMES} ?? null") is None
    assert "linear_regression" not in page.url


def test_data_are_only_in_the_tab_that_loaded_them(new_page: Callable[..., Page], app_server: Callable[[Path], str]):
    address = f"{app_server(APP)}/playground"
    mine, yours = (new_page(f"{address}?lanes=gradient_descent&steps=20", reduced_motion="reduce") for _ in range(2))
    load(mine, "height,weight")
    load(yours, "hours,points")
    mine.get_by_text("standardised", exact=True).first.click()
    mine.wait_for_function("() => location.search.includes('standardised')", timeout=PATIENCE)
    sees(mine, "height,weight")
    link = mine.url
    yours.goto(link)
    asks_for_the_file(yours)
    load(yours, "height,weight")
    yours.wait_for_function("() => location.search.includes('standardised')", timeout=PATIENCE)
    assert yours.url == link, "with the file the link opens"
    mine.reload()
    asks_for_the_file(mine)


ASK = """async ([values, theirs]) => {
  const route = document.querySelector('.lll-stage').lllStage.model.tree.route;
  const token = theirs ?? route.token;
  const answers = [];
  for (const value of values) {
    const link = `${route.address}?${route.link}&knob=lane/0/learning_rate&value=${value}`;
    const answer = await fetch(link, { headers: token ? { "Session-Token": token } : {} });
    answers.push([answer.status, answer.headers.get("Cache-Control")]);
  }
  return answers;
}"""
LINK = """() => {
  const { address, link } = document.querySelector('.lll-stage').lllStage.model.tree.route;
  return `${address}?${link}`;
}"""
TOKEN = "document.querySelector('.lll-stage').lllStage.model.tree.route.token"


def test_route_serves_user_data_only_to_their_page(new_page: Callable[..., Page], app_server: Callable[[Path], str]):
    address = f"{app_server(APP)}/playground?lanes=gradient_descent&steps=20"
    mine, yours = (new_page(address, reduced_motion="reduce") for _ in range(2))
    load(mine, "height,weight")
    sees(mine, "height,weight")
    assert mine.evaluate(ASK, [[0.01, 0.02], None]) == [[200, "private, no-store"]] * 2
    assert mine.evaluate(ASK, [[0.01], ""]) == [[403, "no-store"]], "the address alone"
    yours.wait_for_function(f"() => {TOKEN}", timeout=PATIENCE)
    tokens = [page.evaluate(TOKEN) for page in (mine, yours)]
    assert tokens[0] != tokens[1] and not any(token in page.url for token in tokens for page in (mine, yours))
    assert mine.evaluate(ASK, [[0.01], tokens[1]]) == [[403, "no-store"]], "a session that has not loaded them"
    link = mine.evaluate(LINK)
    mine.close()
    stale = "async ([link, token]) => (await fetch(link, { headers: { 'Session-Token': token } })).status"
    statuses = [0]
    while statuses[-1] != 403 and len(statuses) < 100:
        statuses.append(yours.evaluate(stale, [link, tokens[0]]))
        yours.wait_for_timeout(100)
    assert statuses[-1] == 403, "the tab is closed"
