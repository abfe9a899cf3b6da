"""Several processes of the app behind nginx: `make serve WORKERS=4` runs this.

    python -m deploy.serve --workers 4 --port 8501

Starts the workers on local ports, writes nginx's configuration, starts nginx as soon as one worker answers, and
supervises all processes. A worker that exits or stops answering is replaced; meanwhile nginx sends its visitors to the
others. SIGHUP (`make restart`) replaces the workers one by one, each by a new one that has warmed up already; SIGTERM
or Ctrl-C stops everything. All processes run as the current user in a separate folder, whose file `workers` lists
index, port and process id of each worker.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import FrameType
from urllib.request import urlopen

from deploy.nginx import PATIENCE, configuration
from deploy.worker import SHUTDOWN_TIME, SILENCE, Worker, end_with_parent, free_port
from landscape_lab.address import LOCAL, trouble
from landscape_lab.ui.server.settings import FRAMES, STATE, THIS_SITE, frame_ancestors_error
from scripts.programs import NGINX

ROOT = Path(__file__).parents[1]
MOST_WORKERS = 64
START_TIME = 120.0
"""Seconds in which a worker must answer."""
POLL_INTERVAL = 0.25
"""Seconds between two checks of the processes."""
RETRY_AFTER = 1.0
"""Seconds until the next attempt to start a worker that failed to start."""
CONFIRMATIONS = 5
"""The number of consecutive answers from nginx's new processes after which an old worker is stopped."""
NGINX_TIME = 5.0
"""Seconds after which an exit of nginx counts as a crash and nginx is restarted; an earlier exit is a fatal error."""


class Service:
    """The supervisor of the workers and nginx."""

    def __init__(self, workers: int, host: str, port: int, folder: Path, frame_ancestors: str, patience: str) -> None:
        self.count, self.folder = workers, folder
        self.patience = patience
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.local_address = self.address.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
        self.generation = 0
        self.workers: dict[int, Worker] = {}
        """The serving workers by index; a dead one stays until its successor serves."""
        self.starting: dict[int, Worker] = {}
        """The workers that are being started, by index."""
        self.not_before: dict[int, float] = {}
        """The time of the next attempt to start a worker, by index."""
        self.to_replace: list[int] = []
        """The indices of healthy workers that are to be replaced."""
        self.complete = False
        self.nginx: subprocess.Popen | None = None
        self.nginx_started = 0.0
        self.stopping, self.restarting = Event(), Event()
        # All workers share one secret, so that each accepts what another has signed.
        self.environment = {
            **os.environ,
            "STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32),
            FRAMES: frame_ancestors,
        }

    def run(self, nginx: str) -> int:
        """Serve until a signal stops the service; returns the exit code."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._stop)
        signal.signal(signal.SIGHUP, self._restart)
        pid = self.folder / "serve.pid"
        pid.write_text(str(os.getpid()))
        try:
            while not self.stopping.wait(POLL_INTERVAL):
                if (why := self._poll(nginx)) is not None:
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

    def _poll(self, nginx: str) -> str | None:
        """Check every process once and act on changes. Returns the reason of a fatal error, or None."""
        if self.nginx and self.nginx.poll() is not None and (why := self._nginx_has_ended(nginx)):
            return why
        for place in range(self.count):
            self._replace_dead(place)
        for new in list(self.starting.values()):
            if new.ended() or (not new.answers() and time.monotonic() - new.started > START_TIME):
                if not self.workers:
                    log = self.folder / f"worker{new.place}.log"
                    return f"worker {new.place} did not start:\n{log.read_text()[-2000:]}"
                self._give_up(new)
            elif self._is_due(new) and (why := self._put_in_service(new, nginx)):
                return why
        if not self.complete and len(self.workers) == self.count and all(w.warm() for w in self.workers.values()):
            self.complete = True
            say(f"{self.count} workers answer; restart them one by one with: kill -HUP {os.getpid()}")
        if self.restarting.is_set():
            self.restarting.clear()
            self.to_replace = list(range(self.count))
        if self.to_replace and not self.starting:
            place = self.to_replace[0]
            self.starting[place] = self._start(place)
        return None

    def _is_serving(self) -> bool:
        return any(not worker.ended() for worker in self.workers.values())

    def _is_due(self, new: Worker) -> bool:
        """Whether a new worker is to receive visitors: when it is warm, or immediately if there is no other."""
        late = time.monotonic() - new.started > START_TIME
        return new.answers() and (new.warm() or late or not self._is_serving())

    def _replace_dead(self, place: int) -> None:
        """Start a worker if the one with this index is missing, dead or silent."""
        if place in self.starting or time.monotonic() < self.not_before.get(place, 0.0):
            return
        worker = self.workers.get(place)
        if worker and not worker.ended():
            if not worker.silent():
                return
            say(f"worker {place} has not answered for {SILENCE:g} s: starting another one")
            worker.process.kill()  # it may not handle other signals
            worker.process.wait()
        elif worker and place not in self.not_before:
            say(f"worker {place} ended ({worker.process.returncode}): starting another one")
        self.starting[place] = self._start(place)

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

    def _give_up(self, new: Worker) -> None:
        new.end()
        del self.starting[new.place]
        old = self.workers.get(new.place)
        if old and not old.ended():
            say("a new worker does not start: the old workers keep running")
            self.to_replace = []
            return
        say(f"worker {new.place} does not start: see {self.folder / f'worker{new.place}.log'}")
        self.not_before[new.place] = time.monotonic() + RETRY_AFTER

    def _put_in_service(self, new: Worker, nginx: str) -> str | None:
        """Send visitors to a new worker and stop the one that it replaces. Returns the reason if nginx fails."""
        old = self.workers.get(new.place)
        self.workers[new.place] = new
        del self.starting[new.place]
        self.not_before.pop(new.place, None)
        self._configure()
        if self.nginx is None:
            if why := self._start_nginx(nginx):
                return why
        else:
            subprocess.run(self._command(nginx, "-s", "reload"), check=False)  # a failed nginx is restarted
        if old and not old.ended():
            self._wait_for_reload()
        if old:
            old.end()
        if new.place in self.to_replace:
            self.to_replace.remove(new.place)
            if not self.to_replace:
                say("all workers have been replaced")
        return None

    def _command(self, nginx: str, *more: str) -> list[str]:
        return [nginx, "-p", str(self.folder), "-e", str(self.folder / "nginx.log"), "-c", "nginx.conf", *more]

    def _start_nginx(self, nginx: str) -> str | None:
        """Start nginx in its own session, so that all its processes can be killed. Returns the reason if it fails."""
        command = self._command(nginx)
        self.nginx = subprocess.Popen(command, start_new_session=True, preexec_fn=end_with_parent)
        self.nginx_started = time.monotonic()
        deadline = self.nginx_started + START_TIME
        while time.monotonic() < deadline and self.nginx.poll() is None and not self.stopping.is_set():
            if self._active_generation() == str(self.generation):
                return None
            self.stopping.wait(POLL_INTERVAL)
        return None if self.stopping.is_set() else f"nginx did not start: see {self.folder / 'nginx.log'}"

    def _nginx_has_ended(self, nginx: str) -> str | None:
        """Restart nginx after its main process has exited. Returns the reason if it cannot be restarted."""
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
        """Write nginx's configuration and the list of workers."""
        self.generation += 1
        known = [self.workers.get(place) or self.starting[place] for place in range(self.count)]
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

    def _wait_for_reload(self) -> None:
        """Wait until new connections use the new configuration; open connections keep the old one."""
        deadline, same = time.monotonic() + START_TIME, 0
        while (
            same < CONFIRMATIONS
            and time.monotonic() < deadline
            and not self.stopping.wait(POLL_INTERVAL / CONFIRMATIONS)
        ):
            same = same + 1 if self._active_generation() == str(self.generation) else 0

    def _active_generation(self) -> str:
        try:
            with urlopen(f"http://{self.local_address}/_serve", timeout=5) as reply:
                return reply.read().decode()
        except OSError:
            return ""

    def _end(self) -> None:
        if self.nginx and self.nginx.poll() is None:
            self.nginx.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.nginx.wait(SHUTDOWN_TIME)
        self._kill_nginx()
        workers = [*self.workers.values(), *self.starting.values()]
        for worker in workers:
            if not worker.ended():
                worker.process.terminate()
        for worker in workers:
            worker.end()


def say(text: str) -> None:
    """Print a line of the log."""
    print(f"serve: {text}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line and run the service."""
    parser = argparse.ArgumentParser(prog="python -m deploy.serve", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--host", default=LOCAL)
    parser.add_argument("--port", default="8501")
    parser.add_argument("--folder", type=Path, help="folder for configuration and logs (default: ./.serve/PORT)")
    parser.add_argument(
        "--frame-ancestors", default="", help="sites that may show the app in a frame, as in CSP, or: anywhere"
    )
    parser.add_argument("--patience", default=PATIENCE, help="time in which a request must arrive, such as 10s")
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
