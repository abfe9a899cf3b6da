from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.objective import Array
from optim_core.schedule import Schedule


@final
@dataclass(frozen=True)
class InverseSqrt(Schedule):
    """Falls like one over the root of the step; the first step uses the full value."""

    label: ClassVar[str] = "Inverse square root"
    formula: ClassVar[str] = r"\eta_t = \frac{\eta}{\sqrt{t + 1}}"
    source: ClassVar[str] = (
        "Zinkevich 2003, Online convex programming and generalized infinitesimal gradient ascent, theorem 1"
    )
    year: ClassVar[int] = 2003

    def factor(self, t: Array, steps: int) -> Array:
        return 1 / np.sqrt(t + 1)
