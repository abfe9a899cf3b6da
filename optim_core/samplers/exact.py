from dataclasses import dataclass
from typing import Any, ClassVar, final

from optim_core.form import Filled, filled_of
from optim_core.objective import Objective
from optim_core.sampler import Sampler


@final
@dataclass(frozen=True)
class Exact(Sampler):
    """Every step sees the objective as it is."""

    label: ClassVar[str] = "Exact gradient"
    formula: ClassVar[str] = "g"
    source: ClassVar[str] = "Cauchy 1847, Méthode générale pour la résolution des systèmes d'équations simultanées"
    year: ClassVar[int] = 1847

    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        return objective

    def is_random(self, objective: Objective) -> bool:
        return False

    def filled(self, objective: Objective, steps: int, seed: Any) -> Filled | None:
        return filled_of(objective)
