from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.backtracking import backtrack
from optim_core.knob import knob
from optim_core.objective import Array, Objective, dot, hessian_vector, norm
from optim_core.optimizer import Optimizer, State

TINY = np.finfo(float).tiny  # where a gradient is exactly zero, so that 0 / 0 is 0 and the point stays


@final
@dataclass(frozen=True)
class ConjugateGradient(Optimizer):
    """Every step keeps as much of the last direction as leaves the earlier work intact (Polak-Ribière+).

    The first try along a direction is the minimum of the local parabola, so a quadratic of two parameters ends in two
    steps. It is shortened by the Armijo rule (c = 1e-4, halving); where the curvature is not positive it starts at
    length 1.
    """

    label: ClassVar[str] = "Conjugate gradient"
    formula: ClassVar[str] = (
        r"\beta = \max\!\left(0, \frac{g \cdot (g - g^{\text{old}})}{g^{\text{old}} \cdot g^{\text{old}}}\right) "
        r"\qquad d \leftarrow -g + \beta\, d \qquad \theta \leftarrow \theta + \eta\, d"
    )
    source: ClassVar[str] = "Polak and Ribière 1969; Nocedal and Wright 2006, Numerical Optimization, eq. 5.45"
    year: ClassVar[int] = 1969
    symbols: ClassVar[Mapping[str, str]] = {"alpha": r"\eta"}

    restart: int = knob(10, 1, 1000, symbol="k", scale="log", help="Forget the old direction after this many steps.")

    def init(self, theta: Array) -> State:
        return State(t=0, g=np.zeros_like(theta), d=np.zeros_like(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        t, g_old = state["t"], state["g"]
        g = objective.gradient(theta)
        beta = (
            0.0 if t % self.restart == 0 else np.maximum(dot(g, g - g_old) / np.maximum(dot(g_old, g_old), TINY), 0.0)
        )
        d = beta * state["d"] - g
        d = np.where(dot(g, d) < 0, d, -g)
        slope = dot(g, d)
        curvature = dot(d, hessian_vector(objective, theta, d))
        first = np.where(curvature > 0, -slope / curvature, 1 / np.maximum(norm(d), TINY))
        alpha, waited = backtrack(objective, theta, d, slope, first, shrink=0.5, armijo=1e-4)
        return theta + alpha * d, State(t=t + 1, g=g, d=d).show(beta=beta, alpha=alpha, waited=waited)
