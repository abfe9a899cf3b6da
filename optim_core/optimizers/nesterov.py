from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import LEARNING_RATE, MOMENTUM
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Nesterov(Optimizer):
    """Momentum that takes the gradient at the point that the velocity is about to reach.

    torch and optax store the look-ahead point `theta - gamma m` as their parameter.
    """

    label: ClassVar[str] = "Nesterov"
    formula: ClassVar[str] = (
        r"m \leftarrow \gamma\, m + \eta\, \nabla L(\theta - \gamma\, m) \qquad \theta \leftarrow \theta - m"
    )
    source: ClassVar[str] = (
        "Nesterov 1983, A method for solving the convex programming problem with convergence rate O(1/k²)"
    )
    year: ClassVar[int] = 1983
    symbols: ClassVar[Mapping[str, str]] = {"look_ahead": r"\tilde \theta"}

    learning_rate: Real = knob(0.01, like=LEARNING_RATE)
    momentum: Real = knob(like=MOMENTUM)

    def init(self, theta: Array) -> State:
        return State(m=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        carried = self.momentum * state["m"]
        look_ahead = theta - carried
        g = objective.gradient(look_ahead)
        m = carried + self.learning_rate * g
        return theta - m, State(m=m).show(look_ahead=look_ahead, g=g)
