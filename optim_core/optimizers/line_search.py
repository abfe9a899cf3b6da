from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from optim_core.backtracking import backtrack
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real, dot
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class LineSearch(Optimizer):
    """Steepest descent that tries a long step first and shortens it until the loss falls enough."""

    label: ClassVar[str] = "Line search"
    formula: ClassVar[str] = (
        r"\theta \leftarrow \theta - \eta_t\, g,\quad "
        r"\eta_t = \eta\, q^j \text{ for the first } j "
        r"\text{ with } L(\theta - \eta_t g) \le L(\theta) - c_1\, \eta_t\, \lVert g \rVert^2"
    )
    source: ClassVar[str] = (
        "Armijo 1966, Minimization of functions having Lipschitz continuous first partial derivatives"
    )
    year: ClassVar[int] = 1966
    symbols: ClassVar[Mapping[str, str]] = {"alpha": r"\eta_t"}

    learning_rate: Real = knob(1.0, 1e-6, 100.0, symbol=r"\eta", scale="log", help="The step that is tried first.")
    shrink: Real = knob(0.5, 0.01, 0.99, symbol="q", most=1.0, help="A step that is too long is multiplied by this.")
    armijo: Real = knob(
        1e-4,
        1e-8,
        0.9,
        symbol="c_1",
        most=1.0,
        scale="log",
        help="The share of the predicted fall that is good enough.",
    )

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        alpha, waited = backtrack(objective, theta, -g, -dot(g, g), self.learning_rate, self.shrink, self.armijo)
        return theta - alpha * g, State().show(g=g, alpha=alpha, waited=waited)
