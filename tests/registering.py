"""Temporary registrations for tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from landscapes import SURFACES
from optim_core.caching import clear_shared_caches
from optim_core.registries import REGISTRIES
from optim_core.registry import PACKAGES


@contextmanager
def registries_kept() -> Iterator[None]:
    """Restore the registries at the end of the block, and clear results computed in it."""
    with pytest.MonkeyPatch.context() as patch:
        for registry in (*REGISTRIES.values(), SURFACES):
            patch.setattr(registry, "_all", registry._all)
        yield
    clear_shared_caches(*PACKAGES)
