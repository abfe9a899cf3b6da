"""Bounded caches that keep results about a user's own data apart from shared results."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, Protocol, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class PrivateCache:
    """The cached results about one user's data. It belongs to the data, and is freed with them.

    A copy in another process, or a deep copy, is empty.
    """

    def __init__(self) -> None:
        self._caches: dict[Callable[..., Any], Any] = {}

    def of(self, function: Callable[..., Any], maxsize: int) -> Callable[..., Any]:
        """The function with its cache in this one."""
        found = self._caches.get(function)
        return found or self._caches.setdefault(function, lru_cache(maxsize=maxsize)(function))

    def __reduce__(self) -> Any:
        return PrivateCache, ()


class Cached(Protocol[P, R]):
    """A function with bounded caches; `shared` is the one of the process, as `functools.lru_cache` makes it."""

    shared: Any

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


PRIVATE_SHARE = 8
"""A private cache has an eighth of the shared one's room: it serves one user, who has several files."""
PRIVATE_LEAST = 4
"""Its minimum size, or that of the shared one if that is smaller."""


_shared: list[tuple[str, Any]] = []
"""The shared caches of the process, each with the package of its function."""


def clear_shared_caches(*packages: str) -> int:
    """Empty the shared caches of all functions in these packages; returns the number of caches."""
    cleared = [cache for package, cache in _shared if package in packages]
    for cache in cleared:
        cache.cache_clear()
    return len(cleared)


def bounded_cache(maxsize: int) -> Callable[[Callable[P, R]], Cached[P, R]]:
    """`functools.lru_cache` for positional arguments, which never mixes a user's own data with what is shared.

    An argument may have an attribute `private_cache`: results about it are kept there, and neither found from nor kept
    alive by anything else. All other results are kept in one cache of the process, `shared`. Nothing is kept about an
    argument, or an item of a tuple, that has `is_pure = False`: the code of a user's own class may change, or read
    something else than its fields.
    """

    def decorate(function: Callable[P, R]) -> Cached[P, R]:
        shared = lru_cache(maxsize=maxsize)(function)
        _shared.append((function.__module__.partition(".")[0], shared))
        room = max(min(maxsize, PRIVATE_LEAST), maxsize // PRIVATE_SHARE)

        @wraps(function)
        def cached(*args: Any) -> Any:
            if not all(_is_pure(argument) for argument in args):
                return cast(Any, function)(*args)
            for argument in args:
                private = getattr(argument, "private_cache", None)
                if private is not None:
                    return private.of(function, room)(*args)
            return shared(*args)

        out = cast(Any, cached)
        out.shared = shared
        return out

    return decorate


def _is_pure(argument: Any) -> bool:
    if isinstance(argument, tuple):
        return all(_is_pure(item) for item in argument)
    return getattr(argument, "is_pure", True)
