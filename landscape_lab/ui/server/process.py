"""Set-up of a process, done once when this module is imported: patches of Streamlit, garbage collection, memory.

Python's collector runs after many small allocations, but a race leaves few large objects, so a thread runs it
regularly. Streamlit would run it after every change (`postScriptGC` in its configuration), which took a third of the
processor time with a hundred users. The objects that exist after the imports are frozen, so that the collector skips
them. docs/decisions/process.md has the measurements.

The thread also returns unused memory to the system (`memory.py`). When the last visitor has left, it clears the caches
of visitors' choices and warms the caches again (`first_races.py`).
"""

import gc
import sys
import time
from importlib import import_module
from threading import Thread

from landscape_lab.ui.server.memory import clear_choice_caches, no_session_left, release_memory
from landscape_lab.ui.server.private import (
    drop_files_of_closed_tabs,
    expire_closed_sessions,
    finish_callbacks,
    keep_page_changes,
    limit_uploads,
    remember_theme,
)

SWITCH = 0.001
"""Python's thread switch interval in seconds, by default 0.005. See docs/decisions/process.md."""

SWEEP, MOST, PART = 3.0, 15.0, 0.01
"""The interval of the garbage collection in seconds while the app is used: at least `SWEEP`, at most `MOST`, and in
between such that it takes the fraction `PART` of the time, as it takes longer with many sessions."""


def _sweep() -> None:
    seen, took = 0, 0.0
    while True:
        time.sleep(min(MOST, max(SWEEP, took / PART)))
        drop_files_of_closed_tabs()
        left = expire_closed_sessions()
        if left and no_session_left():
            clear_choice_caches()
            # In another thread, so that this one continues.
            Thread(
                target=lambda: import_module("landscape_lab.ui.server.first_races").warm_caches(),
                name="warm-up",
                daemon=True,
            ).start()
        elif left or gc.get_stats()[0]["collections"] != seen:
            began = time.thread_time()
            gc.collect()
            release_memory()
            seen, took = gc.get_stats()[0]["collections"], time.thread_time() - began


finish_callbacks()
keep_page_changes()
remember_theme()
limit_uploads()
sys.setswitchinterval(SWITCH)
gc.collect()
gc.freeze()
Thread(target=_sweep, name="sweep", daemon=True).start()
