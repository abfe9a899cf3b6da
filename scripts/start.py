"""`streamlit run app.py`, sooner: options are passed on, as in `python -m scripts.start --server.port 8502`.

Streamlit runs the app's script when somebody comes, so the first visitor would wait for all that it imports. Here the
process begins with it as soon as it serves, while the browser still loads Streamlit's own files.
"""

import sys
import time
from importlib import import_module
from threading import Thread

from streamlit import runtime
from streamlit.web import cli

from ui.wire import send_at_once

LOOK_EVERY = 0.02
"""Seconds between two looks for the server."""


def get_ready() -> None:
    """Wait for the server, then make what a first visitor needs."""
    while not (runtime.exists() and send_at_once()):
        time.sleep(LOOK_EVERY)
    import_module("ui.ready")


if __name__ == "__main__":
    Thread(target=get_ready, name="ready", daemon=True).start()
    cli.main(["run", "app.py", *sys.argv[1:]])
