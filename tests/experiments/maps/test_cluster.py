"""Maps on a real Dask cluster on this machine: the same bits, also when a worker is killed."""

import importlib.util
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
import pytest
from distributed import Client, LocalCluster

from landscape_lab.experiments import Scenario, ScenarioError
from landscape_lab.experiments.maps import Axis, Sweep, sweep
from landscape_lab.experiments.maps.cluster import SCHEDULER, tile_executor
from landscape_lab.experiments.maps.command import main
from landscape_lab.experiments.maps.tiles import TILE
from landscape_lab.experiments.scenarios.surfaces import by_key, losses_over
from tests.experiments.maps.test_command import finished_tiles

pytestmark = [pytest.mark.servers, pytest.mark.filterwarnings("ignore")]  # Dask's own warnings

ROOT = Path(__file__).parents[3]
ONE = Scenario.from_query({"lanes": "momentum(learning_rate=0.002)", "steps": "300", "start": "-1.5,2"})
AXES = (Axis("learning_rate", 1e-4, 1e-2, "log", 3 * TILE), Axis("momentum", 0.0, 0.99, count=3 * TILE))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    no: Any = None
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=no) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def expected() -> Sweep:
    return sweep(ONE, AXES)


def assert_same(one: Sweep, other: Sweep) -> None:
    for name, array in one.arrays.items():
        assert array.tobytes() == other.arrays[name].tobytes(), name


def test_cluster_gives_the_same_bits(cluster: Any, expected: Sweep):
    with Client(cluster, set_as_default=False) as client:
        assert_same(sweep(ONE, AXES, executor=client.get_executor(pure=False)), expected)


def test_own_data_go_with_the_tiles(cluster: Any):
    file = "\n".join(["hours,points", *(f"{i},{2 * i + i % 3}" for i in range(12))]).encode()
    loss = losses_over(file)["linear_regression"]
    scenario = Scenario.from_query({"surface": loss.key, "lanes": "momentum", "steps": "20"}, by_key([loss]))
    axes = (Axis("learning_rate", 1e-4, 1e-2, "log", 2 * TILE), Axis("momentum", 0.0, 0.99, count=2 * TILE))
    with Client(cluster, set_as_default=False) as client:
        assert_same(sweep(scenario, axes, executor=client.get_executor(pure=False)), sweep(scenario, axes))


def documented_commands() -> list[str]:
    """The commands of the documentation that begin a cluster and use it, for this machine."""
    text = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    block = next(part for part in text.split("```") if part.startswith("sh\n") and "dask scheduler" in part)
    lines = [line.partition("  #")[0] for line in block.splitlines()[1:]]
    return [line.replace(".venv/bin/", f"{Path(sys.executable).parent}/") for line in lines if " pip " not in line]


def processes_of(process: subprocess.Popen) -> list[psutil.Process]:
    """A process and everything that it has started, the starter first; empty once it has ended."""
    try:
        starter = psutil.Process(process.pid)
        return [starter, *starter.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def test_documented_commands_work_as_printed_also_when_a_worker_is_killed(tmp_path: Path):
    """Real processes, whose only way to this project is what the commands say."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scheduler, workers, command = (
        line.replace("10.0.0.5", "127.0.0.1").replace("8786", str(port)) for line in documented_commands()
    )
    out, local = tmp_path / "map.npz", tmp_path / "local.npz"
    x, y = AXES
    asked = [ONE.text.replace("steps=300", "steps=600"), "--x", x.text, "--y", y.text, "--size", str(4 * TILE)]
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    clean |= {"DASK_TEMPORARY_DIRECTORY": str(tmp_path / "scratch")}
    options: dict[str, Any] = {"shell": True, "cwd": ROOT, "env": clean, "stderr": subprocess.PIPE, "text": True}
    started = []
    try:
        # The port alone is chosen here; the page with Dask's pictures would need another one.
        for line in (f"{scheduler} --port {port} --no-dashboard", workers):
            started.append(subprocess.Popen(f"exec env {line}", **options))
        words = shlex.join([*asked, "--out", str(out), "--quiet"])
        worker = psutil.Process(started[1].pid)
        run = subprocess.Popen(f"exec env {command.replace('...', words)}", **options)
        started.append(run)
        while run.poll() is None and finished_tiles(out, 16) < 2:
            time.sleep(0.02)
        next(each for each in worker.children() if "spawn_main" in " ".join(each.cmdline())).kill()
        assert run.poll() is None, "it was done before a worker could be killed: the test tests nothing"
        _out, said = run.communicate(timeout=300)
        assert (run.returncode, said) == (0, "")
    finally:
        # Killed, not asked to end: a nanny that has just started a worker again may not hear the request.
        for process in started:
            for each in processes_of(process):
                each.kill()
            process.communicate(timeout=60)
    assert main([*asked, "--out", str(local), "--quiet"]) == 0
    assert out.read_bytes() == local.read_bytes()


def test_a_cluster_without_workers_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr("landscape_lab.experiments.maps.cluster.PATIENCE", 1)
    no: Any = None
    empty: Any
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=no) as empty:
        monkeypatch.setenv(SCHEDULER, empty.scheduler_address)
        assert main([ONE.text, "--size", "8", "--out", str(tmp_path / "map.npz"), "--quiet"]) == 2
    assert "has no workers" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_scheduler_that_does_not_find_the_project_gets_a_sentence(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """The scheduler of the cluster is in this process."""
    monkeypatch.setenv(SCHEDULER, cluster.scheduler_address)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert main([ONE.text, "--size", "8", "--out", str(tmp_path / "map.npz"), "--quiet"]) == 2
    assert "not on the path of scheduler: start it with PYTHONPATH=. in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_that_is_lost_half_way_gets_a_sentence(cluster: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(SCHEDULER, cluster.scheduler_address)
    with pytest.raises(ScenarioError, match="The cluster at tcp"), tile_executor():
        raise CancelledError


def test_no_cluster_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setenv(SCHEDULER, "nonsense://127.0.0.1:1")
    assert main([ONE.text, "--size", "8", "--out", str(tmp_path / "map.npz"), "--quiet"]) == 2
    assert "There is no cluster at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_scheduler_gets_one_sentence(tmp_path: Path):
    """Neither a name that nobody knows, nor a port where another program answers with bytes of its own."""
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            for _ in range(2):
                connection = other.accept()[0]
                with connection, suppress(OSError):
                    connection.sendall(b"\xff" * 64)
                    connection.recv(1000)

        Thread(target=answer, daemon=True).start()
        for address in ("tcp://nowhere.invalid:8786", f"tcp://127.0.0.1:{other.getsockname()[1]}"):
            command = [
                sys.executable,
                "-m",
                "landscape_lab",
                "map",
                "lanes=momentum&steps=20",
                "--size",
                "64",
            ]
            axes = ["--x", "learning_rate=0.0001:0.1:log", "--y", "momentum=0:0.99", "--out", str(tmp_path / "map.npz")]
            environment = {**os.environ, SCHEDULER: address}
            done = subprocess.run(
                [*command, *axes], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
            )
            assert done.returncode == 2 and "There is no cluster" in done.stderr, done.stderr
            assert not done.stderr.startswith("Traceback")
