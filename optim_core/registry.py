"""Registries of classes: the built-in ones, found by walking a folder of one class a file, and those of a user."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from optim_core.caching import clear_shared_caches

T = TypeVar("T")

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = ("true", "false", "name", "formula")
"""Words with another meaning in a link."""
PACKAGES = ("optim_core", "landscapes", "landscape_lab")
"""The packages whose shared caches may hold results of a class that was replaced."""

_keys: WeakKeyDictionary[type, str] = WeakKeyDictionary()
"""The keys of the classes that users have registered."""


class Live(Mapping[str, T]):
    """A read-only view of a mapping that may grow: each access sees the current entries."""

    def __init__(self, current: Callable[[], Mapping[str, T]]) -> None:
        self._current = current

    def __getitem__(self, key: str) -> T:
        return self._current()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._current())

    def __len__(self) -> int:
        return len(self._current())

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**other, **self}

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"

    def where(self, holds: Callable[[T], bool]) -> "Live[T]":
        """The entries whose value satisfies `holds`, as a view of the same kind."""
        return Live(lambda: {key: thing for key, thing in self.items() if holds(thing)})


class Registry(Live[T]):
    """Classes or surfaces by their keys in links: the built-in ones, then those that a user has added."""

    def __init__(self, built_in: Mapping[str, T]) -> None:
        self._built_in = MappingProxyType(dict(built_in))
        self._all: Mapping[str, T] = self._built_in
        super().__init__(lambda: self._all)

    @property
    def built_in(self) -> Mapping[str, T]:
        return self._built_in

    def add(self, key: str, thing: T) -> None:
        """Add an entry, or replace one that a user has added before; cached results of the old one are dropped.

        Raises ValueError for the key of a built-in entry, or one that a link cannot contain.
        """
        if not KEY.fullmatch(key) or key in RESERVED:
            raise ValueError(f"a key has lower-case letters, digits and underscores, at most 40, not {key!r:.50}")
        if key in self._built_in:
            raise ValueError(f"the key {key!r} belongs to one that is built in: choose another")
        replaced = key in self._all
        # A new mapping: another thread may be iterating over the old one.
        self._all = MappingProxyType({**self._all, key: thing})
        if isinstance(thing, type):
            _keys[thing] = key
        if replaced:
            clear_shared_caches(*PACKAGES)


def walk(package: ModuleType, base: type) -> Registry[type[Any]]:
    """Every concrete subclass of `base` in `package`, by file name, oldest publication first.

    They are typed as Any because each takes other arguments; the stub beside each folder's `__init__.py` has the types.
    Raises TypeError for a file that does not define exactly one: the name of the file is the key.
    """
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        inside = vars(importlib.import_module(f"{package.__name__}.{module.name}")).values()
        home = f"{package.__name__}.{module.name}"
        here = [c for c in inside if isinstance(c, type) and issubclass(c, base) and c.__module__ == home]
        concrete = [c for c in here if not inspect.isabstract(c)]
        if len(concrete) != 1:
            raise TypeError(f"{home} must hold exactly one {base.__name__}, not {len(concrete)}")
        found[module.name] = concrete[0]
    in_order = sorted(found.items(), key=lambda item: (getattr(item[1], "year", 0), item[0]))
    return Registry(dict(in_order))


def key_of(thing: object) -> str:
    """The registry key of an instance or class; for a built-in class the name of its file."""
    cls = thing if isinstance(thing, type) else type(thing)
    return _keys.get(cls) or cls.__module__.rpartition(".")[2]


def is_added(cls: type) -> bool:
    """Whether a user has registered the class."""
    return cls in _keys
