"""Registration of a user's own classes."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from inspect import isabstract
from typing import Any, TypeVar, get_type_hints

from optim_core.knob import knobs
from optim_core.optimizer import Optimizer
from optim_core.optimizers import OPTIMIZERS
from optim_core.registry import Registry
from optim_core.sampler import Sampler
from optim_core.samplers import SAMPLERS
from optim_core.schedule import Schedule
from optim_core.schedules import SCHEDULES

T = TypeVar("T", bound=type)

REGISTRIES: Mapping[type, Registry[type[Any]]] = {Optimizer: OPTIMIZERS, Schedule: SCHEDULES, Sampler: SAMPLERS}
"""The registry of each kind of class."""

FACTS = ("label", "formula", "source")
"""The class variables that the app shows."""


def register(cls: T, key: str | None = None) -> T:
    """Add an optimizer, wrapper, schedule or sampler of your own to its registry; returns the class (a decorator).

    For the rest of the process the class has a key in links, by default its name in lower case with underscores, and
    appears in the app and its maps. It still runs as plain NumPy, and no result is cached, unless the class itself
    declares `is_traceable: ClassVar[bool] = True`: its methods are pure, read nothing but their arguments, and may be
    traced and compiled like those of the built-in classes. Registering under the same key again replaces the class.

    Raises TypeError for a class that a link or the app cannot represent: it must be a frozen dataclass with a `label`,
    a `formula` (LaTeX) and a `source`, whose fields are knobs, optimizers or schedules. Raises ValueError for the key
    of a built-in class, or one that a link cannot contain.
    """
    registry = next((r for base, r in REGISTRIES.items() if isinstance(cls, type) and issubclass(cls, base)), None)
    if registry is None or isabstract(cls):
        called = cls.__name__ if isinstance(cls, type) else repr(cls)[:60]
        raise TypeError(f"only a concrete class of an optimizer, schedule or sampler can be registered, not {called}")
    if problem := _problem(cls):
        raise TypeError(f"{cls.__name__} cannot be registered: {problem}")
    registry.add(key or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower(), cls)
    return cls


def _problem(cls: Any) -> str:
    """What prevents the registration of a class, or an empty text."""
    facts = vars(cls).get("__dataclass_params__")
    if not is_dataclass(cls) or facts is None or not (facts.frozen and facts.eq):
        return "it must be decorated with @dataclass(frozen=True)"
    if missing := [name for name in FACTS if not isinstance(getattr(cls, name, None), str)]:
        return f"it needs {' and '.join(missing)}, as ClassVar[str]"
    hints = get_type_hints(cls)
    for f in fields(cls):
        if f.name not in knobs(cls) and hints.get(f.name) not in REGISTRIES:
            return f"its field '{f.name}' must be made by knob(...), for a link to carry it"
    return ""
