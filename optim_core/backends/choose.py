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
"""Steps between two looks at who is done: a look costs as much as a few steps."""

FAST_STRIDE = 200
"""The same for steps that were written out, and take a tenth of the time."""


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
    """The fastest way on from theta (2, n). Only classes of the registries are traced, where that is worth its cost."""
    runs, ours = theta.shape[1], are_traceable(optimizer, sampler)
    with suppress(Untraceable):
        if ours and runs == 1 and steps >= SCALAR_MIN_STEPS:
            filled = sampler.filled(objective, steps, seeds)
            lane = ScalarBackend(
                objective, optimizer, factors, sampler, seeds, all_variables if record_state else None, filled
            )
            return ScalarStepper(lane, theta, optimizer.init(theta))
        worth = ours and runs > 1 and steps >= VECTOR_MIN_STEPS and not record_state
        if worth and (filled := sampler.filled(objective, steps, seeds)):
            return VectorStepper(VectorBackend.begin(objective, optimizer, factors, theta, filled))
    return StepByStep(objective, optimizer, theta, factors, sampler, seeds, record_state, STRIDE if ours else 1)


class ScalarStepper:
    """One lane, as plain Python on floats."""

    stride = FAST_STRIDE

    def __init__(self, lane: ScalarBackend, theta: Array, state: State) -> None:
        self._lane, self._numbers, self._spent = lane, lane.begin(theta, state), 0.0

    def advance(self, t: int, steps: int) -> Chunk:
        made = self._lane.advance(self._numbers, t, steps)
        spent = self._spent + made.evaluations.cumsum()
        self._numbers, self._spent = made.numbers, spent[-1]
        letters = {name: letter[:, None] for name, letter in made.recorded.items()}
        return Chunk(made.points[..., None], spent[:, None], letters)

    def take(self, lanes: NDArray[np.intp]) -> None:
        """There is nobody else."""


class VectorStepper:
    """Several lanes, by machine code."""

    def __init__(self, lanes: VectorBackend) -> None:
        self._lanes, self._spent = lanes, 0.0

    @property
    def stride(self) -> int:
        return max(STRIDE, FAST_STRIDE // (1 + self._lanes.lanes // 32))  # the points of a look fit the cache

    def advance(self, t: int, steps: int) -> Chunk:
        self._lanes, points, evaluations = self._lanes.advance(t, steps)
        spent = self._spent + evaluations.cumsum()
        self._spent = spent[-1]
        return Chunk(points, spent[:, None], {})

    def take(self, lanes: NDArray[np.intp]) -> None:
        self._lanes = self._lanes.take(lanes)
