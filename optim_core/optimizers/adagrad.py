from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Adagrad(Optimizer):
    """A rate per coordinate that shrinks with all the gradients seen: rarely moved coordinates keep large steps.

    Epsilon sits inside the root, as in Ruder's overview and optax; torch adds it outside.
    """

    label: ClassVar[str] = "Adagrad"
    formula: ClassVar[str] = (
        r"G \leftarrow G + g^2 \qquad \theta \leftarrow \theta - \frac{\eta}{\sqrt{G + \epsilon}}\, g"
    )
    source: ClassVar[str] = "Duchi, Hazan and Singer 2011, Adaptive subgradient methods, eq. 1 (diagonal)"
    year: ClassVar[int] = 2011

    learning_rate: Real = knob(0.1, like=LEARNING_RATE)
    epsilon: Real = knob(like=EPSILON)

    def init(self, theta: Array) -> State:
        return State(G=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        G = state["G"] + g * g
        return theta - self.learning_rate * g / np.sqrt(G + self.epsilon), State(G=G).show(g=g)
