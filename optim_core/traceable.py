"""Which objects may be traced, cached and taken apart.

Those of the built-in classes are: they are pure, and tested to be. All other code runs exactly as it is written, also
that of a registered class, unless the class declares `is_traceable = True`.
"""

from dataclasses import fields
from typing import Any

from optim_core.optimizer import Optimizer
from optim_core.optimizers import OPTIMIZERS
from optim_core.registry import is_added
from optim_core.sampler import Sampler
from optim_core.samplers import SAMPLERS
from optim_core.schedule import Schedule
from optim_core.schedules import SCHEDULES
from optim_core.stopping import Patience, StoppingRule, Tolerance

_BUILT_IN = frozenset([*OPTIMIZERS.values(), *SAMPLERS.values(), *SCHEDULES.values(), Tolerance, Patience])


def are_traceable(*things: Any) -> bool:
    """Whether each of some optimizers, samplers, schedules and stopping rules is of a class that may be traced.

    A subclass does not inherit it, and a wrapper around an optimizer that may not be traced may not be either.
    """
    return all(_is_traceable(type(thing)) and are_traceable(*_parts(thing)) for thing in things)


def _is_traceable(cls: type) -> bool:
    return cls in _BUILT_IN or (is_added(cls) and vars(cls).get("is_traceable", False))


def _parts(thing: Any) -> list[Any]:
    parts = (getattr(thing, f.name) for f in fields(thing))
    return [part for part in parts if isinstance(part, Optimizer | Sampler | Schedule | StoppingRule)]
