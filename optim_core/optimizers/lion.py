from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Lion(Optimizer):
    """Only the sign of an interpolated momentum counts: every coordinate moves by exactly the rate."""

    label: ClassVar[str] = "Lion"
    formula: ClassVar[str] = (
        r"\theta \leftarrow \theta - \eta\, \operatorname{sign}(\beta_1 m + (1-\beta_1)\, g) \qquad "
        r"m \leftarrow \beta_2 m + (1-\beta_2)\, g"
    )
    source: ClassVar[str] = "Chen et al. 2023, Symbolic discovery of optimization algorithms, algorithm 2"
    year: ClassVar[int] = 2023

    learning_rate: Real = knob(0.01, like=LEARNING_RATE)
    beta1: Real = knob(
        like=BETA1, help="The share of the memory in the direction of the step; the rest is the new gradient."
    )
    beta2: Real = knob(
        0.99, like=BETA2, help="How much of the memory to keep: it is longer than the step's own mixture."
    )

    def init(self, theta: Array) -> State:
        return State(m=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        c = self.beta1 * state["m"] + (1 - self.beta1) * g
        m = self.beta2 * state["m"] + (1 - self.beta2) * g
        return theta - self.learning_rate * np.sign(c), State(m=m).show(g=g, c=c)
