from dataclasses import dataclass
from typing import ClassVar, final

from optim_core.knob import knob
from optim_core.objective import Array
from optim_core.schedule import Schedule


@final
@dataclass(frozen=True)
class Exponential(Schedule):
    """Loses the same share at every step."""

    label: ClassVar[str] = "Exponential"
    formula: ClassVar[str] = r"\eta_t = \eta\, q^{\,t}"
    source: ClassVar[str] = "Goodfellow, Bengio and Courville 2016, Deep Learning, section 8.3.1"
    year: ClassVar[int] = 2016

    decay: float = knob(0.99, 0.5, 1.0, symbol="q", help="The share that is left after each step.")

    def factor(self, t: Array, steps: int) -> Array:
        return self.decay**t
