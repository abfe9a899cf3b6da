"""Every page once, for nobody: the first reader of each finds it as quick as the second.

What a page does once in a process is then done (imports, steps of optimizers written out, pictures of surfaces, draws
of data), and the process has the size that it keeps. Each page gets a session like any other, but nobody sees it.
"""

import gc
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock

from streamlit import runtime
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.session_manager import SessionClient

from ui.memory import give_back
from ui.server.private import event_loop, known_sessions, open_sessions
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
    """Open every page once, each when no script has run for `quiet` seconds; those that came to their end.

    While somebody uses the app, `quiet` is at least `QUIET`.
    """
    server, loop = runtime.get_instance(), event_loop()
    done = []
    with _ONE_AT_A_TIME, suppress(RuntimeError):  # a server that ends
        for page in sorted(path.stem for path in PAGES.glob("*.py")) if loop else ():
            TURNS.until_quiet(max(quiet, QUIET) if open_sessions() else quiet)
            nobody, session, asked = _Nobody(), f"rehearsal of {page}", BackMsg()
            asked.rerun_script.page_name = page
            loop.call_soon_threadsafe(
                lambda nobody=nobody, session=session: server.connect_session(nobody, {}, session_id_override=session)
            )
            loop.call_soon_threadsafe(server.handle_backmsg, session, asked)
            finished = nobody.finished.wait(PATIENCE)
            closed = Event()
            loop.call_soon_threadsafe(lambda session=session: server.close_session(session))
            loop.call_soon_threadsafe(closed.set)
            closed.wait(PATIENCE)  # so that it is not taken for somebody's
            if not finished:
                break
            done.append(page)
    gc.collect()
    if known_sessions() == 0:
        gc.freeze()  # as in ui/process.py; what is somebody's own must stay collectable
    give_back()
    return done
