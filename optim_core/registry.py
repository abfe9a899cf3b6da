"""Discovery: one class per file, found by walking the folder, keyed by the file's name."""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any


def walk(package: ModuleType, base: type) -> Mapping[str, type[Any]]:
    """Every concrete subclass of `base` in `package`, by file name, oldest publication first.

    They are typed as Any because each takes other arguments. Raises TypeError for a file that does not hold exactly
    one: the file name is the key, so one file is one class.
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
    return MappingProxyType(dict(in_order))


def key_of(thing: object) -> str:
    """The registry key (file name) of an instance or class that `walk` found."""
    return (thing if isinstance(thing, type) else type(thing)).__module__.rpartition(".")[2]
