from dataclasses import dataclass
from typing import ClassVar, final

from optim_core.hyperparameters import LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Step straight downhill: the simplest optimizer there is."""

    label: ClassVar[str] = "Gradient descent"
    formula: ClassVar[str] = r"\theta \leftarrow \theta - \eta\, g"
    source: ClassVar[str] = "Cauchy 1847, Méthode générale pour la résolution des systèmes d'équations simultanées"
    year: ClassVar[int] = 1847

    learning_rate: Real = knob(0.01, like=LEARNING_RATE)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        g = objective.gradient(theta)
        return theta - self.learning_rate * g, State().show(g=g)
