"""The memory that a process does not need any more is given back: docs/decisions/process.md has the figures.

Every script runs in a thread of its own, and glibc gives threads heaps of their own, with gaps between what is left of
each script. One heap for all of them is set from outside, by MALLOC_ARENA_MAX in the environment (`make run` and
`make serve`). Where the C library is another one than glibc, there is nothing to do here.
"""

import ctypes
import gc
from contextlib import suppress

from landscape_lab.ui.server.private import has_server, known_sessions
from optim_core.caching import clear_shared_caches

CHOSEN = ("landscape_lab", "landscapes")
"""The packages that remember what visitors chose. What `optim_core` remembers are steps as programs: few, expensive to
make, and the same for everybody."""


def give_back() -> bool:
    """Hand the gaps in the heap back to the system; whether there were any."""
    with suppress(OSError, AttributeError, TypeError):
        return bool(ctypes.CDLL(None).malloc_trim(0))
    return False


def everybody_left() -> bool:
    """Whether a server is there, and nobody who could come back to what was on the screen."""
    return has_server() and known_sessions() == 0


def forget_choices() -> int:
    """Empty the caches that fill with what visitors choose; how many of them there are.

    A class of a hundred leaves a thousand runs, surfaces and pictures behind. The next one begins where it began.
    """
    cleared = clear_shared_caches(*CHOSEN)
    gc.collect()
    give_back()
    return cleared
