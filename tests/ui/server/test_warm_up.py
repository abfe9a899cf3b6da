"""Closed sessions are forgotten, and then what they chose: in a server of its own, because there is one a process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.worker import free_port

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[3]
SERVER = """
import json, os, sys, time, traceback
from streamlit import runtime
from streamlit.runtime.session_manager import SessionClient
import landscape_lab.ui.server.application
from landscape_lab.serve import listening_socket, serve

LOOK_EVERY = 0.02

class Visitor(SessionClient):
    def write_forward_msg(self, msg):
        pass

def look(_state):
    try:
        print(json.dumps(seen()), flush=True)
    except BaseException:
        traceback.print_exc()
    os._exit(0)

def seen():
    from optim_core.backends.scalar import _written
    from landscape_lab.ui.server import first_races
    from landscape_lab.experiments.runs import entry_run
    from landscape_lab.ui.stage.surface import _surface_tree
    from landscape_lab.ui.server.memory import no_session_left
    from landscape_lab.ui.server.private import expire_closed_sessions
    from landscape_lab.ui.state import default_scenario
    first_races.warm_caches()
    here = runtime.get_instance()
    # Somebody comes and goes, and two minutes pass at once.
    loop = here._get_async_objs().eventloop
    loop.call_soon_threadsafe(lambda: here.connect_session(Visitor(), {}, session_id_override="somebody"))
    loop.call_soon_threadsafe(lambda: here.disconnect_session("somebody"))
    early, closed, nobody_early = expire_closed_sessions(), len(here._session_mgr.list_sessions()), no_session_left()
    scenario = default_scenario()
    chosen, pictures = entry_run(scenario, scenario.entries[0]), _surface_tree.shared.cache_info().currsize
    here._session_mgr._session_storage._cache._timer = lambda: time.monotonic() + 121
    end = time.monotonic() + 120  # the process looks by itself now and then
    while entry_run(scenario, scenario.entries[0]) is chosen and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    forgotten = entry_run(scenario, scenario.entries[0]) is not chosen
    while _surface_tree.shared.cache_info().currsize < pictures and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    return {
        "early": early,
        "closed": closed,
        "nobody": [nobody_early, no_session_left()],
        "late": len(here._session_mgr.list_sessions()),
        "forgotten": forgotten,
        "pictures": [pictures, _surface_tree.shared.cache_info().currsize],
        "programs": _written.cache_info().currsize,
    }

landscape_lab.ui.server.application.warm_up = look
serve(listening_socket("127.0.0.1", int(sys.argv[1])), "127.0.0.1")
"""


@pytest.fixture(scope="module")
def seen() -> dict:
    command = [sys.executable, "-c", SERVER, str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert told, done.stdout + done.stderr
    return json.loads(told[0])


def test_who_has_left_is_forgotten_without_another_visitor(seen: dict):
    assert (seen["early"], seen["closed"], seen["late"]) == (0, 1, 0)
    assert seen["nobody"] == [False, True]


def test_what_the_last_of_a_class_chose_is_forgotten_and_the_caches_are_warmed_again(seen: dict):
    assert seen["forgotten"]
    assert seen["pictures"][1] == seen["pictures"][0] > 10
    assert seen["programs"] > 5
