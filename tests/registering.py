"""Registrations that end with a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from landscapes import SURFACES
from optim_core.caching import clear_shared_caches
from optim_core.registries import REGISTRIES
from optim_core.registry import PACKAGES


@contextmanager
def registries_kept() -> Iterator[None]:
    """The registries are as before at the end of the block, and what was computed meanwhile is forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        for registry in (*REGISTRIES.values(), SURFACES):
            patch.setattr(registry, "_all", registry._all)
        yield
    clear_shared_caches(*PACKAGES)
