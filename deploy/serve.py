"""Several processes of the app behind nginx: `make serve WORKERS=4` runs this.

    python -m deploy.serve --workers 4 --port 8501

It starts the workers on ports of this machine only, writes nginx's configuration, starts nginx as soon as one worker
answers, and watches them all. A worker that ends or no longer answers is replaced; meanwhile nginx sends its visitors
to the others. SIGHUP (`make restart`) replaces the workers one after another, each by a new one that is warm already;
SIGTERM or Ctrl-C ends everything. All of it runs as the user who starts it, in a folder of its own. The file `workers`
in it has place, port and process of each.
"""

import argparse
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from threading import Event
from types import FrameType
from urllib.request import urlopen

from landscape_lab.address import LOCAL, trouble
from landscape_lab.ui.server.settings import FRAMES, STATE, THIS_SITE, WARM, frame_ancestors_error
from scripts.programs import NGINX

ROOT = Path(__file__).parents[1]
TEMPLATE = Path(__file__).with_name("nginx.conf.template")
MOST_WORKERS = 64
START_TIME = 120.0
"""Seconds that a worker has until it answers."""
LOOK_EVERY = 0.25
"""Seconds between two looks at the processes."""
ASK_EVERY, SILENCE = 5.0, 60.0
"""Seconds between two questions to a worker whether it is well, and after which a silent one is replaced."""
AGAIN = 1.0
"""Seconds until a worker is started again that did not start."""
SURE = 5
"""So many answers in a row have to come from nginx's new processes before an old worker ends."""
FAREWELL = 10.0
"""Seconds that a process has to end by itself."""
NGINX_TIME = 5.0
"""Seconds that nginx has to run for its end to be an accident, after which it is started again."""
BODY, PATIENCE, CONNECTIONS = "3m", "10s", 4000
"""The largest request, the longest wait for one, and the most connections from one address."""
_PR_SET_PDEATHSIG = 1


class Braces(Template):
    """A template whose gaps look like @{this}, because nginx's own variables begin with a dollar sign."""

    delimiter = "@"


def configuration(
    folder: Path, address: str, ports: list[int], serving: list[bool], *, patience: str = PATIENCE, generation: int = 1
) -> str:
    """The text of nginx's configuration.

    Args:
        folder: Where nginx keeps its files.
        address: Where nginx listens, such as `127.0.0.1:8501`.
        ports: The ports of the workers on this machine, by their places.
        serving: Whether each of them may get visitors. Those of a worker that may not, or that does not answer, are
            sent to the others.
        patience: How long a request may take to arrive.
        generation: A number that nginx tells at `/_serve`, by which its new processes are known.
    """
    places = range(len(ports))

    def server(place: int, options: str) -> str:
        down = "" if serving[place] else " down"
        return f"        server 127.0.0.1:{ports[place]} {options}{down};\n"

    def upstream(place: int) -> str:
        # A dead worker refuses a connection at once, so that it need not be remembered as dead (max_fails=0).
        others = [(place + i) % len(ports) for i in places if i]
        servers = server(place, "max_fails=0") + "".join(server(other, "max_fails=0 backup") for other in others)
        return f"    upstream worker{place} {{\n{servers}        keepalive 8;\n        keepalive_timeout 30s;\n    }}\n"

    chosen = [place for place in places if serving[place]] or list(places)
    shares = [f"        {100 / len(chosen):.2f}% {place};" for place in chosen[:-1]] + [f"        * {chosen[-1]};"]
    return Braces(TEMPLATE.read_text(encoding="utf-8")).substitute(
        # As root nginx would give its processes to a user who may not read this folder.
        user="user root;" if os.geteuid() == 0 else "",
        folder=folder,
        address=address,
        shares="\n".join(shares),
        workers="\n".join(f"        {place} worker{place};" for place in places),
        places="\n".join(f'        "~:{ports[place]}$" {place};' for place in places),
        upstreams="".join(upstream(place) for place in places),
        servers="".join(server(place, "max_fails=1 fail_timeout=2s") for place in places),
        tries=len(ports),
        body=BODY,
        patience=patience,
        connections=CONNECTIONS,
        generation=generation,
    )


def free_port() -> int:
    """A port of this machine on which nothing listens."""
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


def end_with_parent() -> None:
    """Let the system end this process when its parent has ended, however that was. Linux only."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Worker:
    """One process of the app."""

    place: int
    port: int
    process: subprocess.Popen
    state: Path
    """A file in which the process says `SERVING`, then `WARM`."""
    started: float = field(default_factory=time.monotonic)
    answered: float = 0.0
    asked: float = 0.0

    def ended(self) -> bool:
        """Whether the process is gone."""
        return self.process.poll() is not None

    def warm(self) -> bool:
        """Whether every page has been opened once."""
        with suppress(OSError):
            return self.state.read_text() == WARM
        return False

    def answers(self) -> bool:
        """Whether a process that has just been started answers by now."""
        if not self.answered and self.state.exists() and healthy(self.port):
            self.answered = time.monotonic()
        return self.answered > 0

    def silent(self) -> bool:
        """Whether a process has not answered for too long. Asks it now and then."""
        now = time.monotonic()
        if now - self.asked < ASK_EVERY:
            return False
        self.asked = now
        if healthy(self.port):
            self.answered = now
        return now - self.answered >= SILENCE

    def end(self) -> None:
        """Ask the process to end, and make it."""
        if not self.ended():
            self.process.terminate()
            try:
                self.process.wait(FAREWELL)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.state.unlink(missing_ok=True)


class Service:
    """The workers and nginx, from `run` until they are told to end."""

    def __init__(self, workers: int, host: str, port: int, folder: Path, frame_ancestors: str, patience: str) -> None:
        self.count, self.folder = workers, folder
        self.patience = patience
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.reached_at = self.address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
        self.generation = 0
        self.workers: dict[int, Worker] = {}
        """By their places, those that serve; one that has died stays until its successor serves."""
        self.coming: dict[int, Worker] = {}
        """Those that are being started, by the places that they will take."""
        self.not_before: dict[int, float] = {}
        """When a place may have its next attempt."""
        self.to_replace: list[int] = []
        """Places whose workers are to be replaced although they are well."""
        self.complete = False
        self.nginx: subprocess.Popen | None = None
        self.nginx_started = 0.0
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
            while not self.stopping.wait(LOOK_EVERY):
                if (why := self._look(nginx)) is not None:
                    say(why)
                    return 1
            return 0
        finally:
            self._end()
            pid.unlink(missing_ok=True)

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def _restart(self, _signum: int, _frame: FrameType | None) -> None:
        self.restarting.set()

    def _look(self, nginx: str) -> str | None:
        """Look at every process once and do what is due; why the service cannot go on, or None."""
        if self.nginx and self.nginx.poll() is not None and (why := self._nginx_has_ended(nginx)):
            return why
        for place in range(self.count):
            self._look_for_dead(place)
        for new in list(self.coming.values()):
            if new.ended() or (not new.answers() and time.monotonic() - new.started > START_TIME):
                if not self.workers:
                    log = self.folder / f"worker{new.place}.log"
                    return f"worker {new.place} did not start:\n{log.read_text()[-2000:]}"
                self._has_not_started(new)
            elif self._is_due(new) and (why := self._put_in_service(new, nginx)):
                return why
        if not self.complete and len(self.workers) == self.count and all(w.warm() for w in self.workers.values()):
            self.complete = True
            say(f"{self.count} workers answer; restart them one by one with: kill -HUP {os.getpid()}")
        if self.restarting.is_set():
            self.restarting.clear()
            self.to_replace = list(range(self.count))
        if self.to_replace and not self.coming:
            place = self.to_replace[0]
            self.coming[place] = self._start(place)
        return None

    def _somebody_serves(self) -> bool:
        return any(not worker.ended() for worker in self.workers.values())

    def _is_due(self, new: Worker) -> bool:
        """Whether a new worker gets visitors: once it is warm, or at once where there is no other."""
        late = time.monotonic() - new.started > START_TIME
        return new.answers() and (new.warm() or late or not self._somebody_serves())

    def _look_for_dead(self, place: int) -> None:
        """Start a worker where there is none; all that are missing are started in the same look."""
        if place in self.coming or time.monotonic() < self.not_before.get(place, 0.0):
            return
        worker = self.workers.get(place)
        if worker and not worker.ended():
            if not worker.silent():
                return
            say(f"worker {place} is silent since {SILENCE:g} s: starting another one")
            worker.process.kill()  # it would not hear anything else
            worker.process.wait()
        elif worker and place not in self.not_before:
            say(f"worker {place} ended ({worker.process.returncode}): starting another one")
        self.coming[place] = self._start(place)

    def _start(self, place: int) -> Worker:
        port = free_port()
        command = [sys.executable, "-m", "landscape_lab.serve", "--port", str(port), "--no-browser"]
        state = self.folder / f"state-{port}"
        state.unlink(missing_ok=True)
        with (self.folder / f"worker{place}.log").open("a") as log:
            environment = self.environment | {STATE: str(state)}
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, preexec_fn=end_with_parent
            )
        return Worker(place, port, process, state)

    def _has_not_started(self, new: Worker) -> None:
        new.end()
        del self.coming[new.place]
        old = self.workers.get(new.place)
        if old and not old.ended():
            say("the old workers go on: a new one does not start")
            self.to_replace = []
            return
        say(f"worker {new.place} does not start: see {self.folder / f'worker{new.place}.log'}")
        self.not_before[new.place] = time.monotonic() + AGAIN

    def _put_in_service(self, new: Worker, nginx: str) -> str | None:
        """Send visitors to a worker. The one whose place it takes ends, if it still lives. Returns why nginx fails."""
        old = self.workers.get(new.place)
        self.workers[new.place] = new
        del self.coming[new.place]
        self.not_before.pop(new.place, None)
        self._configure()
        if self.nginx is None:
            if why := self._start_nginx(nginx):
                return why
        else:
            subprocess.run(self._command(nginx, "-s", "reload"), check=False)  # where nginx is gone it is started anew
        if old and not old.ended():
            self._until_reloaded()
        if old:
            old.end()
        if new.place in self.to_replace:
            self.to_replace.remove(new.place)
            if not self.to_replace:
                say("all workers are new")
        return None

    def _command(self, nginx: str, *more: str) -> list[str]:
        return [nginx, "-p", str(self.folder), "-e", str(self.folder / "nginx.log"), "-c", "nginx.conf", *more]

    def _start_nginx(self, nginx: str) -> str | None:
        """Start nginx, in a session of its own so that all its processes can be ended; why it does not, or None."""
        command = self._command(nginx)
        self.nginx = subprocess.Popen(command, start_new_session=True, preexec_fn=end_with_parent)
        self.nginx_started = time.monotonic()
        deadline = self.nginx_started + START_TIME
        while time.monotonic() < deadline and self.nginx.poll() is None and not self.stopping.is_set():
            if self._generation_that_answers() == str(self.generation):
                return None
            self.stopping.wait(LOOK_EVERY)
        return None if self.stopping.is_set() else f"nginx did not start: see {self.folder / 'nginx.log'}"

    def _nginx_has_ended(self, nginx: str) -> str | None:
        """End what nginx's first process has left behind, and start it again; why that makes no sense, or None."""
        self._kill_nginx()
        if time.monotonic() - self.nginx_started < NGINX_TIME:
            return f"nginx has ended: see {self.folder / 'nginx.log'}"
        say("nginx has ended: starting it again")
        return self._start_nginx(nginx)

    def _kill_nginx(self) -> None:
        if self.nginx:
            with suppress(ProcessLookupError):
                os.killpg(self.nginx.pid, signal.SIGKILL)
            self.nginx.wait()

    def _configure(self) -> None:
        """Write nginx's configuration, and the list of workers for the operator."""
        self.generation += 1
        known = [self.workers.get(place) or self.coming[place] for place in range(self.count)]
        text = configuration(
            self.folder,
            self.address,
            [worker.port for worker in known],
            [worker.place in self.workers and not worker.ended() for worker in known],
            generation=self.generation,
            patience=self.patience,
        )
        lines = [f"{worker.place} {worker.port} {worker.process.pid}" for worker in known]
        (self.folder / "workers").write_text("\n".join(lines) + "\n")
        new = self.folder / "nginx.conf.new"
        new.write_text(text, encoding="utf-8")
        new.replace(self.folder / "nginx.conf")

    def _until_reloaded(self) -> None:
        """Wait until new connections follow the new configuration; those that are open stay as they are."""
        deadline, same = time.monotonic() + START_TIME, 0
        while same < SURE and time.monotonic() < deadline and not self.stopping.wait(LOOK_EVERY / SURE):
            same = same + 1 if self._generation_that_answers() == str(self.generation) else 0

    def _generation_that_answers(self) -> str:
        try:
            with urlopen(f"http://{self.reached_at}/_serve", timeout=5) as reply:
                return reply.read().decode()
        except OSError:
            return ""

    def _end(self) -> None:
        if self.nginx and self.nginx.poll() is None:
            self.nginx.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.nginx.wait(FAREWELL)
        self._kill_nginx()
        workers = [*self.workers.values(), *self.coming.values()]
        for worker in workers:
            if not worker.ended():
                worker.process.terminate()
        for worker in workers:
            worker.end()


def say(text: str) -> None:
    """Write one line for the operator."""
    print(f"serve: {text}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m deploy.serve", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--host", default=LOCAL)
    parser.add_argument("--port", default="8501")
    parser.add_argument("--folder", type=Path, help="for configuration and logs; ./.serve/PORT unless given")
    parser.add_argument(
        "--frame-ancestors", default="", help="who may show the app in a frame, as in CSP, or: anywhere"
    )
    parser.add_argument("--patience", default=PATIENCE, help="how long a request may take to arrive, such as 10s")
    chosen = parser.parse_args(arguments)
    nginx = NGINX.find()
    if not nginx:
        sys.exit(NGINX.missing)
    if not 1 <= chosen.workers <= MOST_WORKERS:
        sys.exit(f"WORKERS={chosen.workers}: choose 1 to {MOST_WORKERS}, about one for each processor")
    frames = chosen.frame_ancestors.strip() or THIS_SITE
    if why := frame_ancestors_error(frames):
        sys.exit(why)
    if why := trouble(chosen.host, chosen.port):
        sys.exit(why)
    folder = (chosen.folder or ROOT / ".serve" / chosen.port).absolute()
    if set(str(folder)) & set('"$\\\n'):
        sys.exit(f"nginx cannot work in {folder}: choose another place with --folder")
    host = chosen.host.strip() or LOCAL
    service = Service(chosen.workers, host, int(chosen.port), folder, frames, chosen.patience)
    return service.run(nginx)


if __name__ == "__main__":
    sys.exit(main())
