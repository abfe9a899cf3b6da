"""Several processes of the app behind nginx: `make serve WORKERS=4` runs this.

    python -m deploy.serve --workers 4 --port 8501

It starts the workers on ports of this machine only, writes nginx's configuration, starts nginx, and watches them all.
A worker that ends or no longer answers is started again in its place. SIGHUP (`make restart`) replaces them one after
another, each by a new one that answers already; SIGTERM or Ctrl-C ends everything. All of it runs as whoever starts
it, in a folder of its own. The file `workers` in it has place, port and process of each.
"""

import argparse
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from string import Template
from threading import Event
from types import FrameType
from urllib.request import urlopen

from scripts.address import trouble
from scripts.programs import NGINX
from ui.server.settings import FRAMES, READY, THIS_SITE, frame_ancestors_error

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).with_name("nginx.conf.template")
MOST_WORKERS = 64
START_TIME = 120.0
"""Seconds that a worker has until it answers."""
LOOK_EVERY = 0.25
"""Seconds between two looks at who is still there."""
ASK_EVERY, SILENCE = 5.0, 60.0
"""Seconds between two questions to a worker whether it is well, and after which one that says nothing is replaced."""
SURE = 5
"""So many answers in a row have to come from nginx's new processes before an old worker ends."""
FAREWELL = 10.0
"""Seconds that a process has to end by itself."""
BODY, PATIENCE, CONNECTIONS = "3m", "10s", 4000
"""The largest request, the longest wait for one, and the most connections from one address."""


class Braces(Template):
    """A template whose gaps look like @{this}, because nginx's own variables begin with a dollar sign."""

    delimiter = "@"


def configuration(
    folder: Path,
    address: str,
    ports: list[int],
    *,
    patience: str = PATIENCE,
    generation: int = 1,
) -> str:
    """The text of nginx's configuration for workers at these ports of this machine."""
    count = len(ports)
    share = 100 / count
    shares = [f"        {share:.2f}% worker{i};" for i in range(count - 1)] + [f"        * worker{count - 1};"]
    upstreams = [
        f"    upstream worker{i} {{\n        server 127.0.0.1:{port} max_fails=0;\n        keepalive 8;\n    }}"
        for i, port in enumerate(ports)
    ]
    return Braces(TEMPLATE.read_text(encoding="utf-8")).substitute(
        # As root nginx would give its processes to a user who may not read this folder.
        user="user root;" if os.geteuid() == 0 else "",
        folder=folder,
        address=address,
        shares="\n".join(shares),
        upstreams="\n".join(upstreams),
        servers="\n".join(f"        server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in ports),
        tries=min(count, 3),
        body=BODY,
        patience=patience,
        connections=CONNECTIONS,
        generation=generation,
    )


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def healthy(port: int, timeout: float = 2.0) -> bool:
    """Whether a worker answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=timeout) as reply:
            return reply.status == 200
    except OSError:
        return False


@dataclass
class Worker:
    """One process of the app."""

    place: int
    port: int
    process: subprocess.Popen
    ready: Path
    """A file that the process makes when every page has been opened once, so that nobody waits for a first time."""
    answered: float = 0.0
    asked: float = 0.0

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def end(self) -> None:
        """Ask the process to end, and make it."""
        if self.ended():
            return
        self.process.terminate()
        try:
            self.process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Service:
    """The workers and nginx, from `run` until they are told to end."""

    def __init__(self, workers: int, host: str, port: int, folder: Path, frame_ancestors: str, patience: str) -> None:
        self.count, self.folder = workers, folder
        self.patience = patience
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.reached_at = self.address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
        self.generation = 0
        self.workers: list[Worker] = []
        self.nginx: subprocess.Popen | None = None
        self.stopping, self.restarting = Event(), Event()
        # One secret for all workers: what one of them signs, the others accept.
        self.environment = {
            **os.environ,
            "STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32),
            FRAMES: frame_ancestors,
        }

    def run(self, nginx: str) -> int:
        """Serve until told to end; the exit code."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._stop)
        signal.signal(signal.SIGHUP, self._restart)
        pid = self.folder / "serve.pid"
        pid.write_text(str(os.getpid()))
        try:
            self.workers = [self._start(place) for place in range(self.count)]
            for worker in self.workers:
                if not self._until_answering(worker):
                    return 0 if self.stopping.is_set() else self._say_why(worker)
            self._configure()
            self.nginx = subprocess.Popen(self._command(nginx))
            if not self._until_listening():
                return self._fail(f"nginx did not start: see {self.folder / 'nginx.log'}")
            say(f"{self.count} workers answer; restart them one by one with: kill -HUP {os.getpid()}")
            return self._watch(nginx)
        finally:
            self._end()
            pid.unlink(missing_ok=True)

    def _command(self, nginx: str, *more: str) -> list[str]:
        return [nginx, "-p", str(self.folder), "-e", str(self.folder / "nginx.log"), "-c", "nginx.conf", *more]

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _restart(self, _signum: int, _frame: FrameType | None) -> None:
        self.restarting.set()

    def _start(self, place: int) -> Worker:
        port = free_port()
        command = [sys.executable, "-m", "scripts.start", "--port", str(port), "--no-browser"]
        ready = self.folder / f"ready-{port}"
        ready.unlink(missing_ok=True)
        with (self.folder / f"worker{place}.log").open("a") as log:
            environment = self.environment | {READY: str(ready)}
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        return Worker(place, port, process, ready, answered=time.monotonic())

    def _until_answering(self, worker: Worker) -> bool:
        deadline = time.monotonic() + START_TIME
        while time.monotonic() < deadline and not worker.ended() and not self.stopping.is_set():
            if worker.ready.exists() and healthy(worker.port):
                worker.ready.unlink()
                worker.answered = time.monotonic()
                return True
            self.stopping.wait(LOOK_EVERY)
        return False

    def _until_listening(self) -> bool:
        deadline = time.monotonic() + START_TIME
        while time.monotonic() < deadline and self.nginx and self.nginx.poll() is None:
            if self._asked("/_serve") == str(self.generation):
                return True
            self.stopping.wait(LOOK_EVERY)
        return False

    def _configure(self) -> None:
        self.generation += 1
        text = configuration(
            self.folder,
            self.address,
            [worker.port for worker in self.workers],
            generation=self.generation,
            patience=self.patience,
        )
        lines = [f"{worker.place} {worker.port} {worker.process.pid}" for worker in self.workers]
        (self.folder / "workers").write_text("\n".join(lines) + "\n")
        new = self.folder / "nginx.conf.new"
        new.write_text(text, encoding="utf-8")
        new.replace(self.folder / "nginx.conf")

    def _reload(self, nginx: str) -> None:
        """Let nginx read its configuration anew: new connections follow it, those that are open stay as they are."""
        self._configure()
        subprocess.run(self._command(nginx, "-s", "reload"), check=True)
        deadline, same = time.monotonic() + START_TIME, 0
        while same < SURE and time.monotonic() < deadline and not self.stopping.wait(LOOK_EVERY / SURE):
            same = same + 1 if self._asked("/_serve") == str(self.generation) else 0

    def _asked(self, path: str) -> str:
        try:
            with urlopen(f"http://{self.reached_at}{path}", timeout=5) as reply:
                return reply.read().decode()
        except OSError:
            return ""

    def _watch(self, nginx: str) -> int:
        while not self.stopping.wait(LOOK_EVERY):
            if self.nginx is None or self.nginx.poll() is not None:
                return self._fail(f"nginx has ended: see {self.folder / 'nginx.log'}")
            if self.restarting.is_set():
                self.restarting.clear()
                self._replace_all(nginx)
            for worker in list(self.workers):
                self._look_at(worker, nginx)
        return 0

    def _look_at(self, worker: Worker, nginx: str) -> None:
        now = time.monotonic()
        if not worker.ended():
            if now - worker.asked < ASK_EVERY:
                return
            worker.asked = now
            if healthy(worker.port):
                worker.answered = now
            if now - worker.answered < SILENCE:
                return
        what = f"ended ({worker.process.returncode})" if worker.ended() else f"is silent since {SILENCE:g} s"
        say(f"worker {worker.place} {what}: starting another one")
        worker.end()
        self._replace(worker, nginx)

    def _replace_all(self, nginx: str) -> None:
        for worker in list(self.workers):
            if self.stopping.is_set():
                return
            if not self._replace(worker, nginx):
                say("the old workers go on: a new one does not start")
                return
        say("all workers are new")

    def _replace(self, old: Worker, nginx: str) -> bool:
        """Put a new worker in a worker's place once it answers; the old one, if it still lives, ends after that."""
        new = self._start(old.place)
        if not self._until_answering(new):
            new.end()
            if old.ended() and not self.stopping.wait(1):
                say(f"worker {old.place} does not start: see {self.folder / f'worker{old.place}.log'}")
            return False
        self.workers[old.place] = new
        self._reload(nginx)
        old.end()
        return True

    def _end(self) -> None:
        if self.nginx and self.nginx.poll() is None:
            self.nginx.send_signal(signal.SIGTERM)
            try:
                self.nginx.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                self.nginx.kill()
        for worker in self.workers:
            if not worker.ended():
                worker.process.terminate()
        for worker in self.workers:
            worker.end()

    def _say_why(self, worker: Worker) -> int:
        log = self.folder / f"worker{worker.place}.log"
        return self._fail(f"worker {worker.place} did not start:\n{log.read_text()[-2000:]}")

    def _fail(self, why: str) -> int:
        say(why)
        return 1


def say(text: str) -> None:
    """One line for whoever watches."""
    print(f"serve: {text}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.serve", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8501")
    parser.add_argument("--folder", type=Path, help="for configuration and logs; ./.serve/PORT unless given")
    parser.add_argument("--frame-ancestors", default=THIS_SITE, help="who may show the app in a frame, as in CSP")
    parser.add_argument("--patience", default=PATIENCE, help="how long a request may take to arrive, such as 10s")
    chosen = parser.parse_args(arguments)
    nginx = NGINX.find()
    if not nginx:
        sys.exit(NGINX.missing)
    if not 1 <= chosen.workers <= MOST_WORKERS:
        sys.exit(f"WORKERS={chosen.workers}: choose 1 to {MOST_WORKERS}, about one for each processor")
    if why := frame_ancestors_error(chosen.frame_ancestors):
        sys.exit(why)
    if why := trouble(chosen.host, chosen.port):
        sys.exit(why)
    folder = (chosen.folder or ROOT / ".serve" / chosen.port).absolute()
    if set(str(folder)) & set('"$\\\n'):
        sys.exit(f"nginx cannot work in {folder}: choose another place with --folder")
    service = Service(chosen.workers, chosen.host, int(chosen.port), folder, chosen.frame_ancestors, chosen.patience)
    return service.run(nginx)


if __name__ == "__main__":
    sys.exit(main())
