"""The memory that a process does not need any more: kept in one place, and given back.

Every script runs in a thread of its own, and the C library gives threads heaps of their own, in which what is left of
one script lies between the gaps of others: after 1000 sessions 230 of 390 MB were gaps. Python runs one thread at a
time anyway, so one heap serves them all. Where the C library is another one than glibc, there is nothing to do here.
"""

import ctypes
import gc
import sys
from contextlib import suppress
from functools import _lru_cache_wrapper
from types import FunctionType
from typing import Any

from streamlit import runtime

from ui.server.private import expire_closed_sessions, known_sessions

_ARENA_MAX = -8
"""M_ARENA_MAX in glibc's malloc.h."""
CHOSEN = ("ui", "figures", "experiments", "landscapes")
"""The packages that remember what their readers chose. What `optim_core` remembers are steps as programs: few, dear to
make, and the same for everybody."""


def one_heap() -> bool:
    """Let all threads that begin after this share one heap; whether the C library knows how."""
    with suppress(OSError, AttributeError, TypeError):  # no such library, or no such function in it
        return bool(ctypes.CDLL(None).mallopt(_ARENA_MAX, 1))
    return False


def give_back() -> bool:
    """Hand the gaps in the heap back to the system; whether there were any."""
    with suppress(OSError, AttributeError, TypeError):
        return bool(ctypes.CDLL(None).malloc_trim(0))
    return False


def forget_who_left() -> int:
    """Drop the sessions whose tab was closed too long ago to come back; how many there were.

    Streamlit keeps a closed session for two minutes, and then until the next one closes: the last class of a day would
    be remembered over night.
    """
    return expire_closed_sessions()


def everybody_left() -> bool:
    """Whether a server is there, and nobody who could come back to what was on the screen."""
    return runtime.exists() and known_sessions() == 0


def _is_cache(value: Any) -> bool:
    cache = value.__dict__.get("shared") if isinstance(value, FunctionType) else value
    return isinstance(cache, _lru_cache_wrapper) and cache.cache_parameters()["maxsize"] is not None


def forget_choices() -> int:
    """Empty the caches that fill with what readers choose; how many of them there are.

    A class of a hundred leaves a thousand runs, surfaces and pictures behind. The next one begins where it began.
    """
    # By attribute, because the garbage collector does not tell of what is frozen.
    caches = {
        id(value): getattr(value, "shared", value)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in CHOSEN
        for value in list(vars(module).values())
        if _is_cache(value)
    }
    for cache in caches.values():
        cache.cache_clear()
    gc.unfreeze()  # what was remembered when the process froze its memory may hold itself
    gc.collect()
    gc.freeze()  # as in ui/process.py
    give_back()
    return len(caches)
