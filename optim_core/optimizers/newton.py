from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.newton_cg import solve
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class Newton(Optimizer):
    """Jump to the stationary point of the local quadratic model, whatever kind of point that is.

    Damping (Levenberg 1944) adds to the curvature. Without it, Newton's method goes up to saddles and maxima as readily
    as down to minima.

    The formula is that of two parameters. For another number, the jump is found by conjugate gradients, from products
    of the Hessian and a vector (Newton-CG; Nocedal and Wright, algorithm 7.1): the smaller the gradient, the more
    exactly. It ends where the curvature is not positive, so that its direction leads down everywhere; no search
    shortens the jump.
    """

    label: ClassVar[str] = "Newton"
    formula: ClassVar[str] = r"\theta \leftarrow \theta - \eta\, (H + \zeta I)^{-1} g"
    source: ClassVar[str] = (
        "Kantorovich 1948, Functional analysis and applied mathematics; Nocedal and Wright 2006, section 2.2"
    )
    year: ClassVar[int] = 1948

    learning_rate: Real = knob(
        1.0, 1e-3, 2.0, symbol=r"\eta", scale="log", help="The share of the full jump: 1 is Newton's own step."
    )
    damping: Real = knob(
        0.0,
        0.0,
        100.0,
        symbol=r"\zeta",
        help="Added to the curvature in every direction: makes steps shorter and safer.",
    )

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        if len(theta) != 2:
            jump, waited = solve(objective, theta, g, self.damping)
            return theta - self.learning_rate * jump, State().show(g=g, jump=jump, waited=waited)
        H = objective.hessian(theta)
        a, b, d = H[0, 0] + self.damping, H[0, 1], H[1, 1] + self.damping
        jump = np.stack([d * g[0] - b * g[1], a * g[1] - b * g[0]]) / (a * d - b * b)
        return theta - self.learning_rate * jump, State().show(g=g, H=H, jump=jump)
