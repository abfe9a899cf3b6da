from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real, Reshaped, norm
from optim_core.optimizer import State, Wrapper

TINY = np.finfo(float).tiny  # where the gradient is exactly zero, it is taken at the point itself


@final
@dataclass(frozen=True)
class SharpnessAware(Wrapper):
    """Takes the gradient at the worst nearby point, so sharp minima push the run away. Two evaluations a step."""

    label: ClassVar[str] = "Sharpness-aware (SAM)"
    formula: ClassVar[str] = (
        r"g \leftarrow \nabla L\!\left(\theta + R\, \frac{\nabla L(\theta)}{\lVert \nabla L(\theta) \rVert}\right)"
    )
    source: ClassVar[str] = "Foret et al. 2021, Sharpness-aware minimization, algorithm 1"
    year: ClassVar[int] = 2021

    radius: Real = knob(0.05, 0.0, 2.0, symbol="R", help="How far uphill the gradient is taken.")

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        return self.inner.step(theta, state, Worst(objective, self.radius))


class Worst(Reshaped):
    """The objective whose gradient is taken `radius` uphill."""

    def __init__(self, objective: Objective, radius: Real) -> None:
        super().__init__(objective)
        self.radius = radius

    def gradient(self, theta: Array) -> Array:
        g = self.objective.gradient(theta)
        return self.objective.gradient(theta + self.radius * g / np.maximum(norm(g), TINY))
