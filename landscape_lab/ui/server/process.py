"""Once per process, when it is imported: load what every page needs, then keep the garbage collector off it.

The collector looks by itself only after many small objects; a race leaves few and large ones behind, so a thread asks
it now and then. Streamlit would ask after every single change (`postScriptGC` in its configuration): in a class of a
hundred that took a third of the processor. What is frozen here is not walked again each time. The figures are in
docs/decisions/process.md.

What then is of no use to anybody goes back to the system (`ui/memory.py`); when the last of a class has left, so does
what they chose, and the caches are warmed for the next one (`ui/ready.py`).
"""

import gc
import sys
import time
from importlib import import_module
from threading import Thread

from landscape_lab.ui.server.memory import everybody_left, forget_choices, give_back
from landscape_lab.ui.server.private import (
    drop_files_of_closed_tabs,
    expire_closed_sessions,
    finish_callbacks,
    keep_page_changes,
    know_no_external_address,
    limit_uploads,
    remember_theme,
)

SWITCH = 0.001
"""Seconds after which a thread that waits for Python's lock gets it; Python's own are 0.005. See
docs/decisions/process.md."""

SWEEP, MOST, PART = 3.0, 15.0, 0.01
"""Seconds from one look for garbage to the next, while somebody uses the app: so many that looking takes no more than
this part of the time, for what a hundred sessions hold takes longer, but never more than `MOST`."""


def _sweep() -> None:
    seen, took = 0, 0.0
    while True:
        time.sleep(min(MOST, max(SWEEP, took / PART)))
        drop_files_of_closed_tabs()
        left = expire_closed_sessions()
        if left and everybody_left():
            forget_choices()
            # In a thread of its own: meanwhile this one looks on.
            Thread(
                target=lambda: import_module("landscape_lab.ui.server.first_races").warm_caches(),
                name="warm-up",
                daemon=True,
            ).start()
        elif left or gc.get_stats()[0]["collections"] != seen:
            began = time.thread_time()
            gc.collect()
            give_back()
            seen, took = gc.get_stats()[0]["collections"], time.thread_time() - began


know_no_external_address()
finish_callbacks()
keep_page_changes()
remember_theme()
limit_uploads()
sys.setswitchinterval(SWITCH)
gc.collect()
gc.freeze()
Thread(target=_sweep, name="sweep", daemon=True).start()
