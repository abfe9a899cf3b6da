from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import EPSILON
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Adadelta(Optimizer):
    """No learning rate: a step is the size of recent steps over the size of recent gradients, times the gradient.

    So a step has the units of the parameter, whatever the units of the loss.
    """

    label: ClassVar[str] = "Adadelta"
    formula: ClassVar[str] = (
        r"v \leftarrow \rho\, v + (1-\rho)\, g^2 \qquad "
        r"d = -\frac{\sqrt{\overline{d^2} + \epsilon}}{\sqrt{v + \epsilon}}\, g \qquad "
        r"\overline{d^2} \leftarrow \rho\, \overline{d^2} + (1-\rho)\, d^2 \qquad \theta \leftarrow \theta + d"
    )
    source: ClassVar[str] = "Zeiler 2012, ADADELTA: an adaptive learning rate method, algorithm 1"
    year: ClassVar[int] = 2012
    symbols: ClassVar[Mapping[str, str]] = {"u": r"\overline{d^2}"}

    rho: Real = knob(
        0.9,
        0.0,
        0.9999,
        symbol=r"\rho",
        most=1.0,
        help="How much of the old averages of squared gradients and squared steps to keep.",
    )
    epsilon: Real = knob(
        1e-6, like=EPSILON, help="Sets the size of the very first step, and with it how fast the run gathers speed."
    )

    def init(self, theta: Array) -> State:
        return State(v=np.zeros_like(theta), u=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        v = self.rho * state["v"] + (1 - self.rho) * g * g
        d = -np.sqrt(state["u"] + self.epsilon) / np.sqrt(v + self.epsilon) * g
        u = self.rho * state["u"] + (1 - self.rho) * d * d
        return theta + d, State(v=v, u=u).show(g=g, d=d)
