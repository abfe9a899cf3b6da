"""`make serve` for tests: the app in several processes behind nginx, on this machine only."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page

from deploy.worker import free_port
from scripts.programs import NGINX, Program
from tests.processes import stop_process

ROOT = Path(__file__).parents[1]
PATIENCE = 120.0
"""Seconds: several processes start on a busy machine."""


def path_of(program: Program) -> str:
    """The path of a program. Tests fail on a machine without it, so that they are never skipped silently.

    What can be done without is reported as skipped, but fails in CI.
    """
    found = program.find()
    if not found and program.may_be_missing:
        pytest.skip(program.missing)
    if not found:
        pytest.fail(program.missing, pytrace=False)
    return found


@dataclass
class Served:
    """The running service."""

    address: str
    folder: Path
    process: subprocess.Popen

    @property
    def workers(self) -> dict[int, int]:
        """The worker processes by port."""
        lines = [line.split() for line in (self.folder / "workers").read_text().splitlines()]
        return {int(port): int(pid) for _place, port, pid in lines}

    def sessions_at(self, port: int) -> int:
        """The number of connected sessions of a worker."""
        with urlopen(f"http://127.0.0.1:{port}/_stcore/metrics?families=active_sessions", timeout=30) as reply:
            lines = [line for line in reply.read().decode().splitlines() if line.startswith("active_sessions ")]
        return int(float(lines[0].split()[1]))

    def restart(self) -> None:
        """Request a rolling restart of the workers."""
        self.process.send_signal(signal.SIGHUP)

    def status(self, path: str) -> int:
        """The status code of the response."""
        try:
            with urlopen(self.address + path, timeout=30) as reply:
                return reply.status
        except HTTPError as error:
            with error:
                return error.code


@contextmanager
def serving(folder: Path, *options: str, workers: int = 2) -> Iterator[Served]:
    """The service at a free port, from when all workers respond until the end of the block."""
    path_of(NGINX)
    port = free_port()
    command = [sys.executable, "-m", "deploy.serve", "--port", str(port), "--workers", str(workers)]
    log = folder / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [*command, "--folder", str(folder / "serve"), *options], cwd=ROOT, stdout=output, stderr=output
        )
    served = Served(f"http://127.0.0.1:{port}", folder / "serve", process)
    try:
        until(lambda: process.poll() is not None or "workers answer" in log.read_text())
        if process.poll() is not None:
            pytest.fail(f"The service did not start:\n{log.read_text()}", pytrace=False)
        yield served
    finally:
        stop_process(process, 60)


def until(condition: Callable[[], object], page: Page | None = None) -> None:
    """Wait until a condition holds; meanwhile the browser's page, if any, keeps running."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "the condition did not hold before the deadline"
        if page:
            page.wait_for_timeout(100)
        else:
            time.sleep(0.1)
