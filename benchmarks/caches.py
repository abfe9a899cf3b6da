"""The value of each cache: every page is opened twice and its first number changed three times, with counting caches.

    python -m benchmarks.caches

Every `functools.lru_cache` and `functools.cache` of the app is replaced before the app is imported, and `bounded_cache`
with them. For each that was called: the calls, the share of hits, the milliseconds of a miss and of a hit, and the
seconds that the hits saved. A miss includes what it computes through other caches.
"""

import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGES = {"optim_core", "landscapes", "landscape_lab"}
MISS, HIT = "miss", "hit"

counted: list["Counted"] = []


class Counted:
    """A cache that counts and times its hits and misses."""

    def __init__(self, function: Callable[..., Any], cached: Any) -> None:
        functools.update_wrapper(self, function)
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.cached, self.cache_info, self.cache_clear = cached, cached.cache_info, cached.cache_clear
        self.calls, self.seconds = {MISS: 0, HIT: 0}, {MISS: 0.0, HIT: 0.0}

    def __call__(self, *args: Any, **options: Any) -> Any:
        misses, begin = self.cache_info().misses, time.thread_time()
        try:
            return self.cached(*args, **options)
        finally:
            kind = MISS if self.cache_info().misses > misses else HIT
            self.calls[kind] += 1
            self.seconds[kind] += time.thread_time() - begin

    def mean(self, kind: str) -> float:
        """The mean time of a call in milliseconds."""
        return 1000 * self.seconds[kind] / max(self.calls[kind], 1)

    @property
    def saved(self) -> float:
        """The time saved by hits in seconds."""
        return self.calls[HIT] * (self.mean(MISS) - self.mean(HIT)) / 1000


def replace_caches() -> None:
    """Replace the decorators, so that every cache of the app defined from here on counts."""
    plain = functools.lru_cache

    def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
        if callable(maxsize):  # the decorator without brackets
            return lru_cache()(maxsize)

        def decorate(function: Callable[..., Any]) -> Any:
            cached = plain(maxsize, typed)(function)
            if function.__module__.partition(".")[0] not in PACKAGES:
                return cached
            counted.append(Counted(function, cached))
            return counted[-1]

        return decorate

    functools.lru_cache = lru_cache  # type: ignore[assignment]
    functools.cache = lambda function: lru_cache(None)(function)  # type: ignore[assignment]


def open_pages() -> None:
    """Open every page in two sessions and change its first number."""
    from streamlit.testing.v1 import AppTest

    from tests.pages import numbers

    root = Path(__file__).parents[1]
    for _session in range(2):
        for page in sorted((root / "pages").glob("*.py")):
            at = AppTest.from_file(str(root / "app.py"), default_timeout=120)
            at.switch_page(f"pages/{page.name}")
            at.run()
            assert not at.exception, at.exception[0].message
            row = next((row for row in numbers.rows(at).values() if row["low"] is not None), None)
            if row is None:
                continue
            for part in (0.3, 0.7, 0.3):
                place = row["low"] + (row["high"] - row["low"]) * part
                numbers.turn(at, row["path"], int(place) if row["whole"] else place)


def main() -> None:
    """Print a line for each cache, sorted by the time saved."""
    replace_caches()
    from benchmarks.machine import load, machine

    open_pages()
    print(f"{machine()}, {load()}\n")
    print(f"{'cache':75}{'calls':>8}{'hits':>7}{'miss, ms':>10}{'hit, ms':>9}{'saved, s':>10}")
    for cache in sorted(counted, key=lambda cache: -cache.saved):
        calls, hits = sum(cache.calls.values()), cache.calls[HIT]
        if calls:
            share = 100 * hits // calls
            print(
                f"{cache.name:75}{calls:8}{share:6}%{cache.mean(MISS):10.3f}{cache.mean(HIT):9.4f}{cache.saved:10.2f}"
            )
    print("\nnot called: " + ", ".join(sorted(cache.name for cache in counted if not sum(cache.calls.values()))))


if __name__ == "__main__":
    main()
