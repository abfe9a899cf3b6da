"""A worker: one process of the app."""

import ctypes
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from landscape_lab.ui.server.settings import WARM

HEALTH_INTERVAL, SILENCE = 5.0, 60.0
"""Seconds between two health checks of a worker, and without an answer until it is replaced."""
SHUTDOWN_TIME = 10.0
"""Seconds that a process has to shut down before it is killed."""
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(port: int, timeout: float = 2.0) -> bool:
    """Whether the worker on this port answers its health check."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=timeout) as reply:
            return reply.status == 200
    except OSError:
        return False


def end_with_parent() -> None:
    """Make the system terminate this process when its parent exits for any reason. Linux only."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Worker:
    """One process of the app.

    place  its index among the workers
    state  a file to which the process writes `SERVING`, then `WARM`
    """

    place: int
    port: int
    process: subprocess.Popen
    state: Path
    started: float = field(default_factory=time.monotonic)
    answered: float = 0.0
    asked: float = 0.0

    def ended(self) -> bool:
        """Whether the process has exited."""
        return self.process.poll() is not None

    def warm(self) -> bool:
        """Whether the process has warmed up its caches."""
        with suppress(OSError):
            return self.state.read_text() == WARM
        return False

    def answers(self) -> bool:
        """Whether the process has answered a health check since its start."""
        if not self.answered and self.state.exists() and healthy(self.port):
            self.answered = time.monotonic()
        return self.answered > 0

    def silent(self) -> bool:
        """Whether the process has not answered for `SILENCE` seconds. Checks its health every `HEALTH_INTERVAL`."""
        now = time.monotonic()
        if now - self.asked < HEALTH_INTERVAL:
            return False
        self.asked = now
        if healthy(self.port):
            self.answered = now
        return now - self.answered >= SILENCE

    def end(self) -> None:
        """Terminate the process, and kill it if it does not exit in time."""
        if not self.ended():
            self.process.terminate()
            try:
                self.process.wait(SHUTDOWN_TIME)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.state.unlink(missing_ok=True)
