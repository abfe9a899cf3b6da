from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real, Reshaped, dot, hessian_vector
from optim_core.optimizer import State, Wrapper


@final
@dataclass(frozen=True)
class L2Penalty(Wrapper):
    """Adds alpha / 2 times the squared length of the weights to the loss, so the decay enters m and v as well."""

    label: ClassVar[str] = "L2 penalty"
    formula: ClassVar[str] = (
        r"L(\theta) + \tfrac{\alpha}{2} \lVert\theta\rVert^2 \qquad g \leftarrow g + \alpha\, \theta"
    )
    source: ClassVar[str] = "Hoerl and Kennard 1970, Ridge regression: biased estimation for nonorthogonal problems"
    year: ClassVar[int] = 1970

    strength: Real = knob(0.01, 0.0, 10.0, symbol=r"\alpha", help="The strength of the penalty on large weights.")

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        return self.inner.step(theta, state, Penalised(objective, self.strength))


class Penalised(Reshaped):
    """The objective plus alpha / 2 times the squared length of theta."""

    def __init__(self, objective: Objective, strength: Real) -> None:
        super().__init__(objective)
        self.strength = strength

    def value(self, theta: Array) -> Array:
        return self.objective.value(theta) + self.strength / 2 * dot(theta, theta)

    def gradient(self, theta: Array) -> Array:
        return self.objective.gradient(theta) + self.strength * theta

    def hessian(self, theta: Array) -> Array:
        H = self.objective.hessian(theta)
        return np.stack([np.stack([H[0, 0] + self.strength, H[0, 1]]), np.stack([H[1, 0], H[1, 1] + self.strength])])

    def hessian_vector(self, theta: Array, v: Array) -> Array:
        return hessian_vector(self.objective, theta, v) + self.strength * v
