"""Every page once for nobody, and closed sessions forgotten: in a server of its own, because there is one a process."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.serve import free_port

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
SERVER = """
import json, os, sys, time, traceback
from threading import enumerate as enumerate_threads
from streamlit import runtime
import asgi
from scripts.start import listening_socket, serve

LOOK_EVERY = 0.02

def look(_ready):
    try:
        print(json.dumps(seen()), flush=True)
    except BaseException:
        traceback.print_exc()
    os._exit(0)

def seen():
    from optim_core.one_lane import _written
    from ui import rehearsal
    from ui.cached import _surface_tree, lane_run
    from ui.memory import everybody_left, forget_who_left
    from ui.state import default_scenario
    pages = rehearsal.rehearse()
    here = runtime.get_instance()
    while here._session_mgr.num_active_sessions():
        time.sleep(LOOK_EVERY)
    remembered, misses = len(here._session_mgr.list_sessions()), _surface_tree.shared.cache_info().misses
    rehearsal.rehearse()
    again = _surface_tree.shared.cache_info().misses - misses
    # Somebody comes and goes, and two minutes pass at once.
    loop = here._get_async_objs().eventloop
    loop.call_soon_threadsafe(lambda: here.connect_session(rehearsal._Nobody(), {}, session_id_override="somebody"))
    loop.call_soon_threadsafe(lambda: here.disconnect_session("somebody"))
    early, closed, nobody_early = forget_who_left(), len(here._session_mgr.list_sessions()), everybody_left()
    scenario = default_scenario()
    chosen, pictures = lane_run(scenario, scenario.lanes[0]), _surface_tree.shared.cache_info().currsize
    here._session_mgr._session_storage._cache._timer = lambda: time.monotonic() + 121
    end = time.monotonic() + 120  # the process looks by itself now and then
    while lane_run(scenario, scenario.lanes[0]) is chosen and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    forgotten = lane_run(scenario, scenario.lanes[0]) is not chosen
    while _surface_tree.shared.cache_info().currsize < pictures and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    while "rehearsal" in {thread.name for thread in enumerate_threads()} and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    while here._session_mgr.num_active_sessions() and time.monotonic() < end:
        time.sleep(LOOK_EVERY)
    return {
        "pages": pages,
        "remembered": remembered,
        "again": again,
        "misses": misses,
        "early": early,
        "closed": closed,
        "nobody": [nobody_early, everybody_left()],
        "late": len(here._session_mgr.list_sessions()),
        "forgotten": forgotten,
        "pictures": [pictures, _surface_tree.shared.cache_info().currsize],
        "programs": _written.cache_info().currsize,
    }

asgi.warm_up = look
serve(listening_socket("127.0.0.1", int(sys.argv[1])), "127.0.0.1")
"""


@pytest.fixture(scope="module")
def seen() -> dict:
    command = [sys.executable, "-c", SERVER, str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    told = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert told, done.stdout + done.stderr
    return json.loads(told[0])


def test_every_page_comes_to_its_end(seen: dict):
    assert seen["pages"] == PAGES


def test_nothing_is_left_of_nobody(seen: dict):
    assert seen["remembered"] == 0


def test_a_page_that_was_rehearsed_has_no_first_time(seen: dict):
    assert seen["misses"] > 10 and seen["again"] == 0


def test_who_has_left_is_forgotten_without_another_visitor(seen: dict):
    assert (seen["early"], seen["closed"], seen["late"]) == (0, 1, 0)
    assert seen["nobody"] == [False, True]


def test_what_the_last_of_a_class_chose_is_forgotten_and_every_page_rehearsed_again(seen: dict):
    assert seen["forgotten"]
    assert seen["pictures"][1] == seen["pictures"][0] > 10
    assert seen["programs"] > 5
