"""Optimizers as small frozen dataclasses, and the one loop that runs them. NumPy only."""

from optim_core.knob import Knob, knob, knobs
from optim_core.objective import FiniteSum, Objective
from optim_core.optimizer import Optimizer, Wrapper
from optim_core.optimizers import OPTIMIZERS
from optim_core.outcome import Outcome
from optim_core.registry import key_of
from optim_core.run import Trajectory, run
from optim_core.samplers import SAMPLERS
from optim_core.schedules import SCHEDULES
from optim_core.stopping import Patience, Tolerance

__all__ = [
    "OPTIMIZERS",
    "SAMPLERS",
    "SCHEDULES",
    "FiniteSum",
    "Knob",
    "Objective",
    "Optimizer",
    "Outcome",
    "Patience",
    "Tolerance",
    "Trajectory",
    "Wrapper",
    "key_of",
    "knob",
    "knobs",
    "run",
]
