from dataclasses import dataclass
from typing import ClassVar, final

from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule


@final
@dataclass(frozen=True)
class InverseTime(Schedule):
    """Falls like one over the step."""

    label: ClassVar[str] = "Inverse time"
    formula: ClassVar[str] = r"\eta_t = \frac{\eta}{1 + \psi\, t}"
    source: ClassVar[str] = "Robbins and Monro 1951, A stochastic approximation method"
    year: ClassVar[int] = 1951

    rate: float = knob(
        0.01, 1e-4, 10.0, symbol=r"\psi", scale="log", help="How fast it falls: the value is halved after 1 / ψ steps."
    )

    def factor(self, t: Array, steps: int) -> Array:
        return 1 / (1 + self.rate * t)
