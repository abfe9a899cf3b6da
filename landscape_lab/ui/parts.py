"""Parts of a page that are drawn again on their own when a number is released.

A part is a Streamlit fragment with a key. The callback that changes a number requests the parts that show it;
without such a request the whole page is drawn again. Everything else that depends on numbers, such as the figures of a
lesson, follows when the pointer rests and it comes into view (`page_follows`, which is sent to the stage).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import language, speaking
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.server.private import DRAWN_PAGE, page_of_run

RACE, RESULTS, FILES = "race", "results", "files"
"""The keys of the part with the stage, of the one with the results below it, and of the one with code and export."""
FOLLOWS = "follows"
"""The key of a container that depends on the page's numbers; it is not drawn again before it comes into view."""
SENT = "sent outside"
"""The key in the session state of the surfaces and programs that the page has sent outside of its parts."""
_PARTS, _DRAWN = "parts", "drawn"


def part(key: str, shows: Callable[[], bool] = lambda: True) -> Callable[[Callable[..., object]], Callable[..., None]]:
    """Make a function a part of the page, with a key that is unique on the page.

    Its arguments are those of the last run of the whole page, so it reads what it shows from the session. While `shows`
    returns False, it shows nothing of the race, and `draw_again` leaves it as it is. It is called after a change, not
    before: Streamlit's client sends changes that follow at once in one message, which requests one part only. If a
    closed part is opened with a number still in its field, the message requests the part of the number.
    """

    def decorate(draw: Callable[..., object]) -> Callable[..., None]:
        @wraps(draw)
        def in_turn(*arguments: Any) -> None:
            with SCRIPTS.running(), speaking(language()):
                st.session_state.setdefault(_PARTS, {})[key] = shows
                draw(*arguments)

        return st.fragment(in_turn, key=key)

    return decorate


def begin_page() -> None:
    """Begin a run of the whole page, which has no parts yet."""
    st.session_state[_PARTS] = {}
    st.session_state[SENT] = {}
    st.session_state[DRAWN_PAGE] = page_of_run()


def page_shows(shown: object) -> None:
    """Record what the page shows outside of its parts, as a value to compare."""
    st.session_state[_DRAWN] = shown


def page_follows(shown: object) -> bool:
    """Whether the page outside of its parts is out of date."""
    return st.session_state.get(_DRAWN) != shown


def draw_again(*keys: str) -> None:
    """In a callback: draw only the parts with these keys again, and those with the race and its results.

    Keys that the page does not have are ignored. A page without a race is drawn again as a whole. Raises the exception
    by which Streamlit ends a callback. If the browser requests another page at the same time, that page is drawn.
    """
    there = st.session_state.get(_PARTS, {})
    if not _stays():
        return
    if RACE not in there:
        if there.keys() & set(keys):  # Streamlit would draw only the part in which the number was changed
            st.rerun()
        return
    _draw(RACE, *keys, RESULTS, FILES)


def draw_view() -> None:
    """In a callback from inside the part with the race: draw it again, and the files, which show its view too."""
    if _stays():
        _draw(RACE, FILES)


def _draw(*keys: str) -> None:
    parts: dict[str, Callable[[], bool]] = st.session_state.get(_PARTS, {})
    wanted = [key for key in keys if key in parts and parts[key]()]
    if wanted not in ([], [RACE]):  # a callback from inside that part draws it again anyway
        st.rerun(wanted)


def _stays() -> bool:
    """In a callback: whether the browser stays on the page that was drawn last.

    A change and a request for another page arrive together if a run made both wait. A rerun requested by the callback
    would replace the page request. In Streamlit's `AppTest` a part does not outlive the run that drew it.
    """
    return st.context.url is not None and st.session_state.get(DRAWN_PAGE) == page_of_run()


def draw_page() -> None:
    """In a callback from inside a part: draw the whole page again."""
    if _stays():
        st.rerun()


def notices() -> None:
    """In a part: draw the whole page again if a notice is to be shown at its head."""
    if state.has_notice():
        st.rerun()
