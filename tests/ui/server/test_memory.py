"""What a process gives back: sessions that nobody comes back to, and the gaps in its heap."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from landscape_lab.experiments import runs
from landscape_lab.experiments.runs import entry_run
from landscape_lab.experiments.scenarios import scenario as scenario_module
from landscape_lab.ui.server import memory, private
from landscape_lab.ui.state import default_scenario
from optim_core.backends import scalar

LINUX = sys.platform.startswith("linux")


def resident() -> int:
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * 4096


@pytest.mark.skipif(not LINUX, reason="other systems keep their heaps otherwise")
def test_gaps_are_given_back():
    kept = [np.ones(8_000) for _ in range(2_000)]  # 64 kB each: in the heap
    full = resident()
    del kept[1::2]
    memory.release_memory()
    assert full - resident() > 30e6


def test_a_c_library_that_cannot_is_no_trouble(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _name: SimpleNamespace())
    assert not memory.release_memory()


def test_nobody_is_forgotten_where_there_is_no_server():
    assert private.expire_closed_sessions() == 0
    assert not memory.no_session_left()


def test_what_readers_chose_is_forgotten_and_no_program():
    scenario = default_scenario()
    path = entry_run(scenario, scenario.entries[0]).path
    programs = scalar._written.cache_info().currsize
    assert memory.clear_choice_caches() > 10
    assert runs._short_run.shared.cache_info().currsize == scenario_module._landscape.shared.cache_info().currsize == 0
    assert scalar._written.cache_info().currsize == programs > 0
    again = entry_run(scenario, scenario.entries[0]).path
    assert again is not path and np.array_equal(again.points, path.points, equal_nan=True)
