"""The number of visitors that one machine serves: each of them, over a real web socket, makes a change every 5 s.

    python -m benchmarks.load                              # 100 sessions on one process, two minutes
    python -m benchmarks.load --sessions 60 --seconds 1800 # the soak
    python -m benchmarks.load --workers 2                  # the same behind nginx, as `make serve` runs it
    python -m benchmarks.load --closed 1000                # and then 1000 sessions opened and closed
    python -m benchmarks.load --long maps tuning           # while others request maps and tuned comparisons
    python -m benchmarks.load --ratio --sessions 30        # one process, then two workers: the cost of a change
    python -m benchmarks.load --each 30                    # a single visitor: the cost of a change, page by page

Half of the visitors open a lesson, half the playground, each with a different start; then they move the start to a
random point or a slider to a random stop, so that few results are cached. The time of a change starts when it is due,
even if the previous one has not finished, and ends with the message that the script has finished: by then the browser
has everything. Visitors and server share the processors of the machine.
"""

import argparse
import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

import numpy as np

from benchmarks.machine import load, machine
from benchmarks.visitor import Visitor
from landscape_lab.experiments import Scenario
from landscape_lab.experiments.course.lessons import RACE_LESSONS
from landscape_lab.ui.server.settings import STATE, WARM
from landscape_lab.ui.state import default_scenario

ROOT = Path(__file__).parents[1]
MOST_SESSIONS, MOST_SECONDS, MOST_CLOSED = 500, 3600, 5000
REST = 0.4
"""Seconds after a change until the rest of the page follows, as in `landscape_lab/ui/stage/script/constants.js`."""
RAMP = 0.25
"""Seconds from one new visitor to the next."""
GOAL_P95, GOAL_SESSION, GOAL_BACK, GOAL_OTHERS = 0.5, 6.0, 20.0, 1.0
"""Goals: seconds; megabytes per session; memory above the start in percent; seconds beside a long computation."""
FORGOTTEN = 180
"""Seconds after which closed sessions are freed: two minutes in case that one reconnects, and the cache warm-up."""
STOPS = (20, 50, 100, 200, 400, 700, 1000, 1500, 2000, 3000, 4000)
"""The numbers of sessions after which memory is measured."""
START_TIME = 120
MEASUREMENTS = 40
"""The number of measurements of the server's memory, evenly spaced."""


@dataclass(frozen=True)
class Memory:
    """Memory in megabytes: `own` is private memory such as heaps, `files` are mapped programs and libraries."""

    own: float
    files: float

    @property
    def all(self) -> float:
        """The total."""
        return self.own + self.files

    def beside(self, before: "Memory") -> str:
        """The memory and its change, as text."""
        more, own = (100 * (now / then - 1) for now, then in ((self.all, before.all), (self.own, before.own)))
        return f"{self.all:.0f} MB, {more:+.0f} %; own {self.own:.0f}, {own:+.0f} %"


@dataclass
class Server:
    """A running app: its address, and the first of its processes."""

    address: str
    process: subprocess.Popen

    @property
    def tree(self) -> list[int]:
        """The ids of its processes."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                after_name = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(stat.parent.name)] = int(after_name[1])
        found = [self.process.pid]
        for pid in found:  # the list grows during the iteration
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def memory(self) -> "Memory":
        """The memory of the processes, with shared files counted once."""
        own, files = 0.0, {}
        for pid in self.tree:
            for name, kilobytes in _mapped(pid).items():
                if name.startswith("/"):
                    files[name] = max(files.get(name, 0), kilobytes)
                else:
                    own += kilobytes
        return Memory(own / 1000, sum(files.values()) / 1000)

    def cpu(self) -> float:
        """The processor time of the processes in seconds."""
        ticks = 0
        for pid in self.tree:
            try:
                after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += int(after_name[11]) + int(after_name[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def _mapped(pid: int) -> Counter[str]:
    """The resident memory of a process in kilobytes, by mapped file; private memory has other names."""
    found: Counter[str] = Counter()
    try:
        lines = Path(f"/proc/{pid}/smaps").read_text().splitlines()
    except OSError:
        return found
    name = ""
    for line in lines:
        words = line.split()
        if not words[0].endswith(":"):
            name = words[5] if len(words) > 5 else ""
        elif words[0] == "Rss:":
            found[name] += int(words[1])
    return found


@contextmanager
def served(workers: int, log: Path, checkout: Path = ROOT) -> Iterator[Server]:
    """Serve the app on a free port of this machine: one process, or several behind nginx."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if workers:
        command = [sys.executable, "-m", "deploy.serve", "--port", str(port), "--workers", str(workers)]
        command += ["--folder", str(log.parent / "serve")]
    else:
        command = [sys.executable, "-m", "landscape_lab.serve", "--port", str(port), "--no-browser"]
    state = log.parent / "state"
    with (
        log.open("w") as output,
        subprocess.Popen(
            command,
            cwd=checkout,
            env=os.environ | {STATE: str(state), "MALLOC_ARENA_MAX": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        server = Server(f"http://127.0.0.1:{port}", process)
        try:
            _until_healthy(server, log)
            while not workers and process.poll() is None and not (state.exists() and state.read_text() == WARM):
                time.sleep(0.2)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def _until_healthy(server: Server, log: Path) -> None:
    deadline = time.monotonic() + START_TIME
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urlopen(f"{server.address}/_stcore/health", timeout=2) as reply:
                if reply.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"The server did not start:\n{log.read_text()}")


def _between(row: dict[str, Any], part: float) -> float:
    """The value at this fraction of a slider, to three digits."""
    low, high = row["low"], row["high"]
    value = low * (high / low) ** part if row["log"] else low + (high - low) * part
    return round(value) if row["whole"] else min(max(float(f"{value:.3g}"), low), high)


@dataclass
class Tally:
    """The measurements of all visitors."""

    opened: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    long: dict[str, list[float]] = field(default_factory=dict)
    measuring: bool = False

    def error(self, error: BaseException) -> None:
        """Count an error; equal errors are counted together."""
        self.errors[f"{type(error).__name__}: {error}"[:150]] += 1


class Student:
    """A visitor whose page and actions are drawn from a seed."""

    def __init__(self, address: str, seed: int, page: str = "") -> None:
        self.random = random.Random(seed)
        page = page or (self.random.choice(list(RACE_LESSONS)) if seed % 2 else "playground")
        self.page = page
        self.scenario: Scenario = RACE_LESSONS[page]().scenario if page in RACE_LESSONS else default_scenario()
        x, y = self.place()
        # The address of a lesson has the start only; everything else has its defaults.
        self.visitor = Visitor(
            address, page, {"start": f"{x:.6g},{y:.6g}"} if page in RACE_LESSONS else self._link(x, y)
        )

    def _link(self, x: float, y: float) -> dict[str, str]:
        return dict(self.scenario.to_query()) | {"start": f"{x:.6g},{y:.6g}"}

    def place(self) -> tuple[float, float]:
        """A random point of the map."""
        x, y = (self.random.uniform(*ends) for ends in self.scenario.landscape.domain)
        return x, y

    async def change(self) -> int:
        """Move the start or a slider; returns the number of bytes received."""
        sliders = [(widget, row) for widget, row in self.visitor.numbers() if row["low"] is not None]
        if not sliders or self.random.random() < 0.5:
            return (await self.visitor.set_start(*self.place())).bytes
        widget, row = self.random.choice(sliders)
        return (await self.visitor.set_number(widget, row["path"], _between(row, self.random.random()))).bytes

    async def rest(self) -> None:
        """Wait after a change until the rest of the page follows. Only the playground has such a part."""
        if self.page == "playground" and self.visitor.is_behind:
            await asyncio.sleep(REST)
            await self.visitor.rest()


async def attend(address: str, seed: int, tally: Tally, every: float, until: asyncio.Event) -> None:
    """Open a page and make a change every `every` seconds until the event is set."""
    student = Student(address, seed)
    try:
        tally.opened.append((await student.visitor.open()).seconds)
        turn = time.perf_counter() + every * student.random.random()
        while not until.is_set():
            await _sleep(turn - time.perf_counter(), until)
            if until.is_set():
                break
            size = await student.change()
            if tally.measuring:
                tally.changed.append(time.perf_counter() - turn)
                tally.sizes.append(size)
            await student.rest()
            turn = max(turn + every, time.perf_counter())
    except Exception as error:
        tally.error(error)
    finally:
        await student.visitor.close()


async def _sleep(seconds: float, until: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), max(0.0, seconds))


def row(what: str, figure: str, goal: str = "") -> None:
    """Print one line of the table."""
    print(f"{what:46}{figure:>34}   {goal}", flush=True)


def spread(seconds: list[float]) -> str:
    """The percentiles of waiting times, as text."""
    if not seconds:
        return "none"
    p50, p95, p99 = 1000 * np.percentile(seconds, [50, 95, 99])
    return f"p50 {p50:.0f}  p95 {p95:.0f}  p99 {p99:.0f} ms"


async def run_class(server: Server, sessions: int, seconds: float, every: float, long: list[str]) -> float:
    """Simulate a class that arrives, works and leaves; returns the processor time of a change in milliseconds."""
    tally, until = Tally(), asyncio.Event()
    await _warm(server.address)
    before = server.memory().all
    visits = []
    for seed in range(sessions):
        visits.append(asyncio.create_task(attend(server.address, seed, tally, every, until)))
        await asyncio.sleep(RAMP)
    while len(tally.opened) + tally.errors.total() < sessions:
        await asyncio.sleep(0.2)
    others = [asyncio.create_task(Busy(server.address, tally).attend(kind, until)) for kind in long]
    await asyncio.sleep(every)
    tally.measuring, cpu, began, memories = True, server.cpu(), time.perf_counter(), [server.memory().all]
    for _measurement in range(MEASUREMENTS):
        await asyncio.sleep(seconds / MEASUREMENTS)
        memories.append(server.memory().all)
    cpu, took = server.cpu() - cpu, time.perf_counter() - began
    tally.measuring = False
    until.set()
    await asyncio.gather(*visits, *others)
    goal = GOAL_OTHERS if long else GOAL_P95
    row(f"{sessions} sessions: open a page", spread(tally.opened))
    row(f"  a change ({len(tally.changed)})", spread(tally.changed), f"goal: p95 {1000 * goal:.0f} ms")
    row("  changes a second", f"{len(tally.changed) / took:.1f}")
    row("  bytes a change", f"{np.mean(tally.sizes) / 1000:.0f} kB" if tally.sizes else "none")
    for kind, waited in tally.long.items():
        row(f"  beside it: {kind} ({len(waited)})", spread(waited))
    each = 1000 * cpu / max(1, len(tally.changed))
    row("  processor of the server", f"{100 * cpu / took:.0f} %, {each:.0f} ms a change")
    row("  memory before the first visitor", f"{before:.0f} MB")
    row("  and in the class, in quarters", " ".join(f"{m:.0f}" for m in memories[:: MEASUREMENTS // 4]) + " MB")
    later = memories[MEASUREMENTS // 4 :]  # the first quarter fills the caches
    slope = np.polyfit(np.linspace(0, 0.75 * took / 60, len(later)), later, 1)[0]
    row("  its slope after the first quarter", f"{slope:+.2f} MB a minute", "goal: flat")
    row("  a session", f"{(memories[0] - before) / sessions:.1f} MB", f"goal: {GOAL_SESSION:.0f} MB")
    row("  errors", str(tally.errors.total()), "goal: 0")
    for error, count in tally.errors.most_common(5):
        print(f"    {count} x {error}")
    return each


async def _warm(address: str) -> None:
    """Let a few visitors do everything that a process does once."""
    for seed in range(4):
        student = Student(address, 10_000 + seed)
        await student.visitor.open()
        await student.change()
        await student.visitor.close()


class Busy:
    """A visitor who keeps requesting long computations of one kind, whose times are recorded separately."""

    def __init__(self, address: str, tally: Tally) -> None:
        self.address, self.tally, self.random = address, tally, random.Random(1)

    async def attend(self, kind: str, until: asyncio.Event) -> None:
        """Repeat a request of this kind, one of `LONG`, until the event is set."""
        while not until.is_set():
            try:
                visitor = Visitor(self.address, *LONG[kind](self))
                try:
                    await visitor.open()
                    for _ in range(5):
                        if until.is_set():
                            break
                        began = time.perf_counter()
                        await getattr(self, kind)(visitor)
                        if self.tally.measuring:
                            self.tally.long.setdefault(kind, []).append(time.perf_counter() - began)
                        await _sleep(1.0, until)
                finally:
                    await visitor.close()
            except Exception as error:
                self.tally.error(error)
                await _sleep(1.0, until)

    async def maps(self, visitor: Visitor) -> None:
        """Change the end of an axis, and receive refined maps for two seconds."""
        widget = next(widget for widget, row in visitor.numbers() if row["path"] == "axis/0/to")
        await visitor.set_number(widget, "axis/0/to", round(self.random.uniform(0.3, 1.0), 4))
        await asyncio.sleep(2.0)

    async def tuning(self, visitor: Visitor) -> None:
        """Change the budget, so that every entry is tuned again."""
        widget, row = next(each for each in visitor.numbers() if each[1]["path"] == "comparison/budget")
        await visitor.set_number(widget, row["path"], _between(row, self.random.uniform(0.5, 1.0)))

    async def export(self, visitor: Visitor) -> None:
        """Export an animation of a race from another start."""
        (low_x, high_x), (low_y, high_y) = default_scenario().landscape.domain
        await visitor.set_start(self.random.uniform(low_x, high_x), self.random.uniform(low_y, high_y))
        await visitor.set(visitor.named("-share"), bool_value=True)
        await visitor.press("-export-gif")

    async def formula(self, visitor: Visitor) -> None:
        """Open a page with a new formula, and leave it."""
        other = Visitor(self.address, *LONG["formula"](self))
        try:
            await other.open()
        finally:
            await other.close()

    def typed(self) -> dict[str, str]:
        """A link to a random formula whose search for critical points takes long."""
        a, b, c = (round(self.random.uniform(0.5, 3.0), 3) for _ in range(3))
        text = f"sin({a}*x)*cos({b}*y) + 0.05*(x^2 + y^2) + exp(sin({c}*x*y))"
        return {"surface": f'formula(text="{text}")'}


LONG = {
    "maps": lambda _: ("maps",),
    "tuning": lambda _: ("fairness",),
    "export": lambda _: ("playground",),
    "formula": lambda busy: ("playground", busy.typed()),
}
"""The long computations, each with its page and query."""


async def come_and_go(server: Server, count: int, at_once: int = 20) -> None:
    """Open, use and close sessions; prints the memory meanwhile and after the sessions have been freed."""
    tally, seeds = Tally(), iter(range(count))
    before, began = server.memory(), time.perf_counter()
    row("memory when the process is ready", f"{before.all:.0f} MB; own {before.own:.0f}")

    async def one_after_another(last: int) -> None:
        while (seed := next(seeds, None)) is not None:
            student = Student(server.address, 20_000 + seed)
            try:
                tally.opened.append((await student.visitor.open()).seconds)
                await student.change()
            except Exception as error:
                tally.error(error)
            finally:
                await student.visitor.close()
            if seed >= last:
                break

    for stop in [stop for stop in STOPS if stop < count] + [count]:
        await asyncio.gather(*(one_after_another(stop - at_once) for _ in range(at_once)))
        row(f"  after {stop} sessions, {time.perf_counter() - began:.0f} s", server.memory().beside(before))
    row(f"{count} sessions opened and closed", spread(tally.opened))
    await asyncio.sleep(FORGOTTEN)
    row("  when Streamlit has forgotten them", server.memory().beside(before), f"goal: +{GOAL_BACK:.0f} %")
    row("  errors", str(tally.errors.total()), "goal: 0")
    for error, n in tally.errors.most_common(5):
        print(f"    {n} x {error}")


async def page_by_page(server: Server, changes: int) -> None:
    """The cost of a change on each page, with one visitor at a time and without pauses."""
    await _warm(server.address)
    takes = []
    for page in ("playground", *RACE_LESSONS):
        student, took, size = Student(server.address, 30_000, page), [], 0
        await student.visitor.open()
        await student.change()
        cpu = server.cpu()
        for _ in range(changes):
            began = time.perf_counter()
            size += await student.change()
            took.append(time.perf_counter() - began)
            await student.rest()
        takes.append(1000 * (server.cpu() - cpu) / changes)
        await student.visitor.close()
        row(page, f"{takes[-1]:.0f} ms, {size / changes / 1000:.0f} kB", spread(took))
    playground, *lessons = takes
    row("mean of the lessons", f"{np.mean(lessons):.0f} ms")
    row("both halves", f"{(playground + np.mean(lessons)) / 2:.0f} ms of processor, a change")


def ratio(sessions: int, seconds: float, every: float, workers: int) -> None:
    """The capacity of several workers relative to one process, from the processor time of a change.

    A process is at capacity when it uses one processor. Workers behind nginx use one each; the time of nginx and of
    the supervisor is included. As the visitors run on the same machine, there is no more direct way.
    """
    takes = []
    for count in (0, workers):
        print(f"{machine()}, {load()}\n{f'{count} workers behind nginx' if count else 'one process'}\n", flush=True)
        with TemporaryDirectory() as folder, served(count, Path(folder) / "server.log") as server:
            takes.append(asyncio.run(run_class(server, sessions, seconds, every, [])))
        print()
    one, many = takes
    row(f"capacity of {workers} workers", f"{workers * one / many:.2f} processes", "goal: 1.6 for two")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--every", type=float, default=5, help="seconds from one change of a visitor to the next")
    parser.add_argument("--workers", type=int, default=0, help="processes behind nginx; 0 is one process alone")
    parser.add_argument("--closed", type=int, default=0, help="sessions to open and close afterwards")
    parser.add_argument(
        "--long", nargs="*", choices=[*LONG], help="long computations requested meanwhile (default: all)"
    )
    parser.add_argument("--ratio", action="store_true", help="one process and then two, or --workers, at the same load")
    parser.add_argument("--each", type=int, default=0, help="this many changes on every page, one after the other")
    chosen = parser.parse_args(arguments)
    if not sys.platform.startswith("linux"):
        sys.exit("This reads the server's memory from /proc, which only Linux has.")
    sessions, seconds = min(chosen.sessions, MOST_SESSIONS), min(chosen.seconds, MOST_SECONDS)
    long = [] if chosen.long is None else chosen.long or [*LONG]
    if chosen.ratio:
        ratio(sessions, seconds, chosen.every, chosen.workers or 2)
        return
    if chosen.each:
        print(f"{machine()}, {load()}\n{chosen.each} changes on every page, one after the other\n", flush=True)
        with TemporaryDirectory() as folder, served(0, Path(folder) / "server.log") as server:
            asyncio.run(page_by_page(server, chosen.each))
        return
    kind = f"{chosen.workers} processes behind nginx" if chosen.workers else "one process"
    print(f"{machine()}, {load()}\n{kind}, a change every {chosen.every:g} s for {seconds:g} s\n", flush=True)
    with TemporaryDirectory() as folder, served(chosen.workers, Path(folder) / "server.log") as server:
        if sessions:
            asyncio.run(run_class(server, sessions, seconds, chosen.every, long))
        if chosen.closed:
            asyncio.run(come_and_go(server, min(chosen.closed, MOST_CLOSED)))
    print(f"\nafterwards: {load()}")


if __name__ == "__main__":
    main()
