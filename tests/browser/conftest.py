"""A real browser, and a real server for it to look at."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from scripts.programs import CHROMIUM
from tests.browser.pages import Pages
from tests.browser.stage import Opener, Stage
from tests.processes import stop_process
from tests.serving import path_of

ROOT = Path(__file__).parents[2]
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_TIME = 60
"""Seconds: a server on a busy machine."""
# Milliseconds. Playwright's own five seconds are for a machine that has nothing else to do.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@contextmanager
def serve(script: Path, log: Path) -> Iterator[str]:
    """A Streamlit server of its own for one script, on a free port of this machine; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.enableStaticServing": "true",
        "browser.gatherUsageStats": "false",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(script), *(f"--{k}={v}" for k, v in options.items())]
    if script == ROOT / "app.py":
        command = [sys.executable, "-m", "landscape_lab.serve", "--port", str(port), "--no-browser"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    address = f"http://127.0.0.1:{port}"
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT) as server,
    ):
        try:
            _wait_until_healthy(server, address, log)
            yield address
        finally:
            stop_process(server, 10)


def _wait_until_healthy(server: subprocess.Popen, address: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIME
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urlopen(f"{address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"The server did not start:\n{log.read_text()}", pytrace=False)


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """`app_server(script)` gives the address of a server that runs this script until the tests end.

    A server that nobody else has asked for anything has a `name` of its own.
    """
    addresses: dict[tuple[Path, str], str] = {}
    with ExitStack() as servers:

        def start(script: Path, name: str = "") -> str:
            if (script, name) not in addresses:
                log = tmp_path_factory.mktemp("server") / f"{script.stem}.log"
                addresses[script, name] = servers.enter_context(serve(script, log))
            return addresses[script, name]

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What no page may ever do."""

    page_errors: list[str] = field(default_factory=list)
    requests_elsewhere: list[str] = field(default_factory=list)

    @contextmanager
    def over(self, context: BrowserContext) -> Iterator[None]:
        listeners = {
            "weberror": lambda error: self.page_errors.append(str(error.error)),
            "request": lambda request: self._note(request.url),
        }
        for event, listener in listeners.items():
            context.on(event, listener)  # type: ignore[call-overload]
        yield
        for event, listener in listeners.items():
            context.remove_listener(event, listener)

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
            self.requests_elsewhere.append(url)


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Pages:
    return Pages(browser)


@pytest.fixture
def new_page(pages: Pages) -> Iterator[Callable[..., Page]]:
    """`new_page(address, **context_options)` opens a page. At the end of the test nothing may have gone wrong in it."""
    watch = Watch()
    with ExitStack() as lent:

        def open_page(address: str, **options: object) -> Page:
            # Playwright waits in a page by running text, which the app's policy forbids. Tests of the policy keep it.
            page = lent.enter_context(pages.lend({"bypass_csp": True} | options, watch.over))
            page.set_default_timeout(PATIENCE)
            page.goto(address)
            return page

        yield open_page
    assert watch.page_errors == []
    assert watch.requests_elsewhere == []


@pytest.fixture(scope="session")
def stage_address(app_server: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    # Served from a copy, so that plotly.js is not written into the tree of the tests.
    script = tmp_path_factory.mktemp("stage") / "stage_app.py"
    shutil.copy(Path(__file__).with_name("stage_app.py"), script)
    return app_server(script)


@pytest.fixture
def open_stage(new_page: Callable[..., Page], stage_address: str) -> Opener:
    def open_it(race: str = "classics", **options: object) -> Stage:
        return Stage(new_page(f"{stage_address}/?race={race}", **options))

    return open_it


@pytest.fixture
def still(open_stage: Opener) -> Stage:
    """A stage that does not play by itself: paused at the end of the race."""
    return open_stage(reduced_motion="reduce")
