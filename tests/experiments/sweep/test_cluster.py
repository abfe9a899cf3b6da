"""Maps on a real Dask cluster on this machine: the same bits, also when a worker is killed half way."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client, LocalCluster

from experiments import Scenario
from experiments.surfaces import losses_over, remember
from experiments.sweep import Axis, Sweep, sweep
from experiments.sweep.__main__ import main
from experiments.sweep.cluster import SCHEDULER
from experiments.sweep.tiles import TILE

pytestmark = [pytest.mark.servers, pytest.mark.filterwarnings("ignore")]  # Dask's own warnings

ONE = Scenario.from_query({"lanes": "momentum(learning_rate=0.002)", "steps": "300", "start": "-1.5,2"})
AXES = (Axis("learning_rate", 1e-4, 1e-2, "log", 6 * TILE), Axis("momentum", 0.0, 0.99, count=6 * TILE))


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
    remember(loss)
    scenario = Scenario.from_query({"surface": loss.key, "lanes": "momentum", "steps": "20"})
    axes = (Axis("learning_rate", 1e-4, 1e-2, "log", 2 * TILE), Axis("momentum", 0.0, 0.99, count=2 * TILE))
    with Client(cluster, set_as_default=False) as client:
        assert_same(sweep(scenario, axes, executor=client.get_executor(pure=False)), sweep(scenario, axes))


def test_worker_that_is_killed_half_way_changes_nothing(cluster: Any, expected: Sweep):
    killed = []
    with Client(cluster, set_as_default=False) as client:
        told: Any = client.run(os.getpid)
        pids = [int(pid) for pid in told.values()]

        def kill(done: int, total: int) -> None:
            if done == total // 3 and not killed:
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])

        found = sweep(ONE, AXES, executor=client.get_executor(pure=False), on_tile=kill)
    assert killed
    assert_same(found, expected)


def test_command_uses_the_scheduler_that_the_environment_names(
    cluster: Any, expected: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(SCHEDULER, cluster.scheduler_address)
    out = tmp_path / "map.npz"
    x, y = AXES
    assert main([ONE.text, "--x", x.text, "--y", y.text, "--size", str(x.count), "--out", str(out), "--quiet"]) == 0
    assert np.load(out)["loss"].tobytes() == expected.values.tobytes()


def test_no_cluster_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setenv(SCHEDULER, "nonsense://127.0.0.1:1")
    assert main([ONE.text, "--size", "8", "--out", str(tmp_path / "map.npz"), "--quiet"]) == 2
    assert "There is no cluster at" in capsys.readouterr().err
