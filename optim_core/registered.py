"""Which objects are of the registries' own classes: only these may be traced, cached and taken apart.

They are pure, and tested to be. The code of anybody else runs exactly as it is written.
"""

from dataclasses import fields
from typing import Any

from optim_core.optimizer import Optimizer
from optim_core.optimizers import OPTIMIZERS
from optim_core.sampler import Sampler
from optim_core.samplers import SAMPLERS
from optim_core.schedule import Schedule
from optim_core.schedules import SCHEDULES
from optim_core.stopping import Patience, StoppingRule, Tolerance

_CLASSES = {*OPTIMIZERS.values(), *SAMPLERS.values(), *SCHEDULES.values(), Tolerance, Patience}


def are_registered(*things: Any) -> bool:
    """Whether each of some optimizers, samplers, schedules and stopping rules is of a registry's own class.

    A subclass is not, nor is a wrapper around an optimizer that is not.
    """
    return all(type(thing) in _CLASSES and are_registered(*_parts(thing)) for thing in things)


def _parts(thing: Any) -> list[Any]:
    parts = (getattr(thing, f.name) for f in fields(thing))
    return [part for part in parts if isinstance(part, Optimizer | Sampler | Schedule | StoppingRule)]
