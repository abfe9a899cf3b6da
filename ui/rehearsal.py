"""Every page once, for nobody: the first reader of each finds it as quick as the second.

What a page does once in a process is then done (imports, steps of optimizers written out, pictures of surfaces, draws
of data), and the process has the size that it keeps. Each page gets a session like any other, but nobody sees it.
"""

import gc
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import Any

from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.session_manager import SessionClient

from ui.memory import give_back
from ui.turns import TURNS

PAGES = Path(__file__).parents[1] / "pages"
PATIENCE = 10.0
"""Seconds that a page may take; a machine that is too busy for it is left alone."""
QUIET = 1.5
"""Seconds for which nobody must have wanted anything before a page is opened, where people come at any time."""
_ONE_AT_A_TIME = Lock()


class _Nobody(SessionClient):
    """In the place of a browser: takes what is sent, and looks only for the end."""

    def __init__(self) -> None:
        self.finished = Event()

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        """What a browser would be sent."""
        if msg.WhichOneof("type") == "script_finished":
            self.finished.set()


def rehearse(quiet: float = 0.0) -> list[str]:
    """Open every page, each when no script has run for `quiet` seconds; those that came to their end."""
    here: Any = runtime.get_instance()
    done = []
    with _ONE_AT_A_TIME, suppress(AttributeError, RuntimeError):  # another Streamlit; a server that ends
        call = here._get_async_objs().eventloop.call_soon_threadsafe  # sessions are the event loop's
        for page in sorted(path.stem for path in PAGES.glob("*.py")):
            TURNS.until_quiet(quiet)
            nobody, session, asked = _Nobody(), f"rehearsal of {page}", BackMsg()
            asked.rerun_script.page_name = page
            call(lambda nobody=nobody, session=session: here.connect_session(nobody, {}, session_id_override=session))
            call(here.handle_backmsg, session, asked)
            finished = nobody.finished.wait(PATIENCE)
            call(here.close_session, session)
            if not finished:
                break
            done.append(page)
    gc.collect()
    if not here._session_mgr.list_sessions():
        gc.freeze()  # as in ui/process.py; what is somebody's own must stay collectable
    give_back()
    return done
