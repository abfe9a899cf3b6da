"""Returning unused memory to the system; docs/decisions/process.md has the measurements.

Every script runs in its own thread, and glibc gives threads separate heaps, which fragment. `make run` and `make serve`
set MALLOC_ARENA_MAX for a single heap. With another C library than glibc, these functions do nothing.
"""

import ctypes
import gc
from contextlib import suppress

from landscape_lab.ui.server.private import has_server, known_sessions
from optim_core.caching import clear_shared_caches

CHOSEN = ("landscape_lab", "landscapes")
"""The packages whose caches depend on the choices of visitors. The caches of `optim_core` contain compiled steps, which
are few, expensive and the same for all visitors."""


def release_memory() -> bool:
    """Return free memory of the heap to the system, and whether there was any."""
    with suppress(OSError, AttributeError, TypeError):
        return bool(ctypes.CDLL(None).malloc_trim(0))
    return False


def no_session_left() -> bool:
    """Return whether a server is running and no session is left that could be resumed."""
    return has_server() and known_sessions() == 0


def clear_choice_caches() -> int:
    """Clear the caches that depend on the choices of visitors, and return their number.

    A class of a hundred fills them with a thousand runs, surfaces and pictures.
    """
    cleared = clear_shared_caches(*CHOSEN)
    gc.collect()
    release_memory()
    return cleared
