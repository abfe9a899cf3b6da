from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.objective import Array
from optim_core.schedule import Schedule


@final
@dataclass(frozen=True)
class Constant(Schedule):
    """The same value at every step."""

    label: ClassVar[str] = "Constant"
    formula: ClassVar[str] = r"\eta_t = \eta"
    source: ClassVar[str] = "Cauchy 1847, Méthode générale pour la résolution des systèmes d'équations simultanées"
    year: ClassVar[int] = 1847

    def factor(self, t: Array, steps: int) -> Array:
        return np.ones_like(t)
