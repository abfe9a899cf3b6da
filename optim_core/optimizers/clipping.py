from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real, Reshaped, norm
from optim_core.optimizer import State, Wrapper


@final
@dataclass(frozen=True)
class Clipping(Wrapper):
    """Shortens every gradient that is longer than a limit to this limit, and leaves its direction."""

    label: ClassVar[str] = "Gradient clipping"
    formula: ClassVar[str] = r"g \leftarrow g\, \min\!\left(1, \frac{g_{\mathrm{max}}}{\lVert g \rVert}\right)"
    source: ClassVar[str] = (
        "Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural networks, algorithm 1"
    )
    year: ClassVar[int] = 2013

    max_norm: Real = knob(
        1.0,
        1e-3,
        1e3,
        symbol=r"g_{\mathrm{max}}",
        scale="log",
        help="The length up to which a gradient stays unchanged.",
    )

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        return self.inner.step(theta, state, Clipped(objective, self.max_norm))


class Clipped(Reshaped):
    """The objective with gradients no longer than `max_norm`."""

    def __init__(self, objective: Objective, max_norm: Real) -> None:
        super().__init__(objective)
        self.max_norm = max_norm

    def gradient(self, theta: Array) -> Array:
        g = self.objective.gradient(theta)
        return g * (self.max_norm / np.maximum(norm(g), self.max_norm))
