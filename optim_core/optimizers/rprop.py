from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Rprop(Optimizer):
    """Signs only: each coordinate has a step size that grows while the sign stays and shrinks when it flips.

    After a flip the coordinate rests for one step, as in torch (the variant called iRprop- by Igel and Huesken 2000).
    """

    label: ClassVar[str] = "Rprop"
    formula: ClassVar[str] = (
        r"\Delta_i \leftarrow \begin{cases} q^+ \Delta_i & g_i\, g_i^{\text{old}} > 0 \\ "
        r"q^- \Delta_i,\ g_i := 0 & g_i\, g_i^{\text{old}} < 0 \end{cases} \qquad "
        r"\theta_i \leftarrow \theta_i - \operatorname{sign}(g_i)\, \Delta_i"
    )
    source: ClassVar[str] = "Riedmiller and Braun 1993, A direct adaptive method for faster backpropagation learning"
    year: ClassVar[int] = 1993
    symbols: ClassVar[Mapping[str, str]] = {"delta": r"\Delta"}

    learning_rate: Real = knob(0.01, like=LEARNING_RATE)
    eta_minus: Real = knob(
        0.5,
        0.01,
        0.99,
        symbol=r"q^-",
        most=1.0,
        help="The step size shrinks by this factor when the gradient changes sign.",
    )
    eta_plus: Real = knob(
        1.2,
        1.01,
        5.0,
        symbol=r"q^+",
        help="The step size grows by this factor while the gradient keeps its sign.",
    )
    step_min: Real = knob(
        1e-6, 1e-12, 1.0, symbol=r"\Delta_{\mathrm{min}}", scale="log", help="The smallest step size."
    )
    step_max: Real = knob(
        50.0, 1e-3, 100.0, symbol=r"\Delta_{\mathrm{max}}", scale="log", help="The largest step size."
    )

    def init(self, theta: Array) -> State:
        return State(g=np.zeros_like(theta), delta=np.zeros_like(theta) + self.learning_rate)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        agreement = np.sign(g * state["g"])
        factor = np.where(agreement > 0, self.eta_plus, np.where(agreement < 0, self.eta_minus, 1.0))
        delta = np.minimum(np.maximum(state["delta"] * factor, self.step_min), self.step_max)
        g = np.where(agreement < 0, 0.0, g)
        return theta - np.sign(g) * delta, State(g=g, delta=delta)
