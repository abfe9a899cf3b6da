"""`streamlit run app.py`, sooner: options are passed on, as in `python -m scripts.start --server.port 8502`.

Streamlit runs the app's script when somebody comes, so the first visitor would wait for all that it imports. Here the
process begins with it as soon as it serves, while the browser still loads Streamlit's own files. After the first
picture, whenever nobody wants anything, it opens every page once, so that no page has a slow first time. Where people
are sent only to a process that is ready (`make serve`), it does so at once, and makes the file that `READY` in the
environment names.
"""

import os
import sys
import time
from importlib import import_module
from pathlib import Path
from threading import Thread

from streamlit import runtime
from streamlit.web import cli

from ui.long_link import take_long_links
from ui.memory import one_heap
from ui.wire import send_at_once

LOOK_EVERY = 0.02
"""Seconds between two looks for the server."""
AFTER = 10.0
"""Seconds for the first visitor alone."""
READY = "LOSS_LANDSCAPE_LAB_READY"


def get_ready() -> None:
    """Wait for the server, then make what a first visitor needs, and in time what others will need."""
    while not (runtime.exists() and send_at_once()):
        time.sleep(LOOK_EVERY)
    import_module("ui.ready")
    rehearsal = import_module("ui.rehearsal")
    if told := os.environ.get(READY):
        try:
            rehearsal.rehearse()
        finally:
            Path(told).touch()
    else:
        time.sleep(AFTER)
        rehearsal.rehearse(rehearsal.QUIET)


if __name__ == "__main__":
    one_heap()
    take_long_links()
    Thread(target=get_ready, name="ready", daemon=True).start()
    cli.main(["run", "app.py", *sys.argv[1:]])
