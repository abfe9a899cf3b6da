"""The time until the first picture: on a slow connection, and after `make run`.

    python -m benchmarks.first_picture [FOLDER ...]

Each `FOLDER` is another checkout of the project to compare with, with an environment in `.venv`. The checkouts take
turns, so that the load of the machine affects all of them alike. A browser with an empty cache opens a page; Chromium's
network emulation makes the connection slow. The first picture is there when the stage has painted its paths.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from benchmarks.machine import load, machine
from scripts.programs import CHROMIUM
from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.serving import path_of

HERE = Path(__file__).parents[1]
SLOW = {"latency": 300, "downloadThroughput": 1.5e6 / 8, "uploadThroughput": 1.5e6 / 8, "offline": False}
"""A slow connection: milliseconds, and bytes per second."""
PAGES = ["", "playground"]
ROUNDS = 3
PATIENCE = 90.0
"""The timeout in seconds."""
WIDE, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
PICTURE = """() => {
    const state = document.querySelector(".lll-stage")?.stageState?.();
    return state && (state.pictured ?? state.ready) && state.frames ? [state.step, state.steps] : null;
}"""
WORDS = "() => document.querySelector('[data-testid=stMainBlockContainer]')?.innerText.trim().length > 20 || null"
PLOTLY = "() => Boolean(document.querySelector('.lll-surface .main-svg')) || null"


@contextmanager
def served(checkout: Path) -> Iterator[str]:
    """Start a server of a checkout like `make run`; yields its address immediately."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    python = checkout / ".venv" / "bin" / "python"
    command = [str(python if python.exists() else sys.executable), "-m", "landscape_lab.serve", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    with subprocess.Popen([*command, "--no-browser"], cwd=checkout, env=environment) as server:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


def wait_for(address: str) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with suppress(OSError):
            urlopen(f"{address}/_stcore/health", timeout=2).close()
            return
        time.sleep(0.02)


@contextmanager
def visit(browser: Browser, line: dict[str, Any] | None, size: ViewportSize) -> Iterator[tuple[Page, dict[str, int]]]:
    """An empty page of a browser with an empty cache, and counters of the requests and bytes that it receives."""
    context = browser.new_context(viewport=size, bypass_csp=True)  # Playwright's waiting evaluates text
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    received = {"requests": 0, "bytes": 0}

    def finished(event: dict[str, Any]) -> None:
        received["requests"] += 1
        received["bytes"] += int(event["encodedDataLength"])

    def frame(event: dict[str, Any]) -> None:
        received["bytes"] += len(event["response"]["payloadData"]) * 3 // 4

    client.on("Network.loadingFinished", finished)
    client.on("Network.webSocketFrameReceived", frame)
    if line:
        client.send("Network.emulateNetworkConditions", line)
    yield page, received
    context.close()


def watch(page: Page, address: str, since: float | None = None) -> dict[str, Any]:
    """Open an address; returns the times in seconds until words, the picture and Plotly's part of it were there."""
    since = time.perf_counter() if since is None else since
    found: dict[str, Any] = {}
    while time.perf_counter() < since + PATIENCE:
        with suppress(Exception):  # the server is starting
            page.goto(address, wait_until="commit")
            break
        time.sleep(0.02)
    asked = {"words": WORDS, "picture": PICTURE, "plotly": PLOTLY}
    while asked and time.perf_counter() < since + PATIENCE:
        for name, script in list(asked.items()):
            if (value := page.evaluate(script)) is not None:
                found[name] = time.perf_counter() - since
                if name == "picture":
                    found["step"], found["steps"] = value
                del asked[name]
        time.sleep(0.02)
    return found


def row(what: str, found: list[dict[str, Any]], received: list[dict[str, int]]) -> float:
    def middle(name: str) -> float:
        return median(each.get(name, float("inf")) for each in found)

    sizes = f"{median(r['bytes'] for r in received) / 1e6:.2f} MB in {median(r['requests'] for r in received):.0f}"
    times = "  ".join(f"{name} {middle(name):5.2f} s" for name in ("words", "picture", "plotly"))
    print(f"{what:44}{times}  at step {middle('step'):3.0f} of {middle('steps'):.0f}   {sizes}")
    return middle("picture")


def measure_line(browser: Browser, checkouts: list[Path]) -> None:
    """The pages on a slow connection, from servers with warm caches."""
    addresses = {}
    with suppress(KeyboardInterrupt):
        stack = [served(checkout) for checkout in checkouts]
        for checkout, server in zip(checkouts, stack, strict=True):
            addresses[checkout] = server.__enter__()
            wait_for(addresses[checkout])
            with visit(browser, None, WIDE) as (page, _received):
                watch(page, addresses[checkout])
        for path, size in [*((path, WIDE) for path in PAGES), ("playground", PHONE)]:
            results: dict[Path, list[Any]] = {checkout: [] for checkout in checkouts}
            for _round in range(ROUNDS):
                for checkout in checkouts:
                    with visit(browser, SLOW, size) as (page, received):
                        results[checkout].append((watch(page, f"{addresses[checkout]}/{path}"), received))
            report(f"slow line, /{path} {size['width']}", results)
        for server in stack:
            server.__exit__(None, None, None)


def measure_start(browser: Browser, checkouts: list[Path]) -> None:
    """The time from the start of the process of `make run`."""
    results: dict[Path, list[Any]] = {checkout: [] for checkout in checkouts}
    for _round in range(ROUNDS):
        for checkout in checkouts:
            with visit(browser, None, WIDE) as (page, received):
                began = time.perf_counter()
                with served(checkout) as address:
                    results[checkout].append((watch(page, address, began), received))
    report("make run", results)


def report(what: str, results: dict[Path, list[Any]]) -> None:
    first = None
    for checkout, visits in results.items():
        name = what if checkout == HERE else f"  {checkout.name}"
        took = row(name, [found for found, _ in visits], [received for _, received in visits])
        first = first or took
        if checkout != HERE:
            print(f"{'':44}here takes {first / took:.2f} of it")


def main() -> None:
    checkouts = [HERE, *(Path(folder).resolve() for folder in sys.argv[1:])]
    print(f"{machine()}, {load()}\n")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path_of(CHROMIUM), args=CHROMIUM_ARGUMENTS)
        measure_start(browser, checkouts)
        measure_line(browser, checkouts)
        browser.close()
    print(f"\nafterwards: {load()}")


if __name__ == "__main__":
    main()
