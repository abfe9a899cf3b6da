"""Chooses the fastest backend for a run; all give the same last bits."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optim_core.backends.scalar import SCALAR_MIN_STEPS, ScalarBackend
from optim_core.backends.step_by_step import StepByStep
from optim_core.backends.stepper import Chunk, Stepper
from optim_core.backends.vector import VECTOR_MIN_STEPS, VectorBackend
from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer, State, all_variables
from optim_core.sampler import Sampler
from optim_core.traceable import are_traceable
from optim_core.tracing.tracer import Untraceable

STRIDE = 25
"""Steps between two checks of which runs have ended: a check costs as much as a few steps."""

FAST_STRIDE = 200
"""The same for generated code, whose steps take a tenth of the time."""


def choose_backend(
    objective: Objective,
    optimizer: Optimizer,
    theta: Array,
    steps: int,
    factors: Mapping[str, list[float]],
    sampler: Sampler,
    seeds: Any,
    record_state: bool,
) -> Stepper:
    """The fastest backend for runs from theta (P, n).

    Only traceable classes are traced, and only for as many steps as repay the generation of code. Code is generated for
    two parameters; more of them are left to NumPy, whose calls then have enough to do.
    """
    runs, traceable = theta.shape[1], are_traceable(optimizer, sampler)
    is_traced = traceable and len(theta) == 2
    with suppress(Untraceable):
        if is_traced and runs == 1 and steps >= SCALAR_MIN_STEPS:
            filled = sampler.filled(objective, steps, seeds)
            recorded = all_variables if record_state else None
            single = ScalarBackend(objective, optimizer, factors, sampler, seeds, recorded, filled)
            return ScalarStepper(single, theta, optimizer.init(theta))
        is_worth_it = is_traced and runs > 1 and steps >= VECTOR_MIN_STEPS and not record_state
        if is_worth_it and (filled := sampler.filled(objective, steps, seeds)):
            return VectorStepper(VectorBackend.begin(objective, optimizer, factors, theta, filled))
    return StepByStep(objective, optimizer, theta, factors, sampler, seeds, record_state, STRIDE if traceable else 1)


class ScalarStepper:
    """A single run by the scalar backend."""

    stride = FAST_STRIDE

    def __init__(self, backend: ScalarBackend, theta: Array, state: State) -> None:
        self._backend, self._numbers, self._spent = backend, backend.begin(theta, state), 0.0

    def advance(self, t: int, steps: int) -> Chunk:
        made = self._backend.advance(self._numbers, t, steps)
        spent = self._spent + made.evaluations.cumsum()
        self._numbers, self._spent = made.numbers, spent[-1]
        state = {name: values[:, None] for name, values in made.recorded.items()}
        return Chunk(made.points[..., None], spent[:, None], state)

    def take(self, runs: NDArray[np.intp]) -> None:
        """Does nothing: there is a single run."""


class VectorStepper:
    """Several runs by the vector backend."""

    def __init__(self, batch: VectorBackend) -> None:
        self._batch, self._spent = batch, 0.0

    @property
    def stride(self) -> int:
        return max(STRIDE, FAST_STRIDE // (1 + self._batch.runs // 32))  # the points of a chunk fit the cache

    def advance(self, t: int, steps: int) -> Chunk:
        self._batch, points, evaluations = self._batch.advance(t, steps)
        spent = self._spent + evaluations.cumsum()
        self._spent = spent[-1]
        return Chunk(points, spent[:, None], {})

    def take(self, runs: NDArray[np.intp]) -> None:
        self._batch = self._batch.take(runs)
