"""The parts of a page that follow a number: when it is released, they are drawn again without the rest of the page.

A part is a fragment of Streamlit's with a key. The callback that changes a number asks for the parts that show it; a
callback that asks for nothing has the whole page drawn again. What else on the page depends on numbers, such as the
figures of a lesson, follows when the hand rests and it comes into view (`page_follows`, which the stage hears).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import language, speaking
from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.server.private import DRAWN_PAGE, page_of_run

RACE, RESULTS = "race", "results"
"""The keys of the part with the stage, and of the one with what is said of its race below it."""
FOLLOWS = "follows"
"""The key of a container with what follows the page's numbers: it is not drawn again before it comes into view."""
_PARTS, _DRAWN = "parts", "drawn"


def part(key: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function a part of the page, with a key that no other part of the page has.

    It gets its arguments from the last run of the whole page: what it shows, it asks the session for.
    """

    def decorate(draw: Callable[..., None]) -> Callable[..., None]:
        @wraps(draw)
        def in_turn(*arguments: Any) -> None:
            with SCRIPTS.running(), speaking(language()):
                draw(*arguments)

        fragment = st.fragment(in_turn, key=key)

        @wraps(draw)
        def drawn(*arguments: Any) -> None:
            st.session_state.setdefault(_PARTS, set()).add(key)
            fragment(*arguments)

        return drawn

    return decorate


def begin_page() -> None:
    """Begin a run of the whole page: no part of it is there yet."""
    st.session_state[_PARTS] = set()
    st.session_state[DRAWN_PAGE] = page_of_run()


def page_shows(shown: object) -> None:
    """Note what the page depends on outside of its parts, as a value that can be compared."""
    st.session_state[_DRAWN] = shown


def page_follows(shown: object) -> bool:
    """Whether the page, outside of its parts, would show something else than it does."""
    return st.session_state.get(_DRAWN) != shown


def draw_again(*keys: str) -> None:
    """In a callback: have only the parts with these keys drawn again, and those with the race and its results.

    Keys of parts that the page does not have are left out. A page without a race is drawn again as a whole. Raises what
    Streamlit ends a callback with. Where the browser asks for another page at the same time, that page is drawn.
    """
    there: set[str] = st.session_state.get(_PARTS, set())
    if RACE not in there or not _stays():
        return
    wanted = [key for key in (RACE, *keys, RESULTS) if key in there]
    if wanted != [RACE]:  # which is drawn again anyway, by what stands in it
        st.rerun(wanted)


def _stays() -> bool:
    """In a callback: whether the browser goes on with the page that was drawn last.

    A change and the wish for another page reach a callback together when a run keeps them waiting. What a callback asks
    for would take the place of that wish. In Streamlit's `AppTest` a part does not outlive the run that drew it.
    """
    return st.context.url is not None and st.session_state.get(DRAWN_PAGE) == page_of_run()


def draw_page() -> None:
    """In a callback of something that stands in a part: have the whole page drawn again."""
    if _stays():
        st.rerun()


def notices() -> None:
    """In a part: have the whole page drawn again if there is something to say at its head."""
    if state.has_notice():
        st.rerun()
