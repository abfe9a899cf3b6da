from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from optim_core.form import Filled, Form, filled_of, with_more
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Reshaped
from optim_core.sampler import Sampler, normal_at


@final
@dataclass(frozen=True)
class GradientNoise(Sampler):
    """Adds normal noise to the gradient, less and less of it as the run goes on.

    Each coordinate has variance eta / (1 + t)^gamma. The value and the Hessian stay exact.
    """

    label: ClassVar[str] = "Gradient noise"
    formula: ClassVar[str] = r"g + \mathcal N\!\left(0, \frac{\sigma_0^2}{(1 + t)^a}\right)"
    source: ClassVar[str] = "Neelakantan et al. 2015, Adding gradient noise improves learning, eq. 1"
    year: ClassVar[int] = 2015

    eta: float = knob(
        0.3, 1e-6, 1e4, symbol=r"\sigma_0^2", scale="log", help="The variance of the noise at the first step."
    )
    gamma: float = knob(0.55, 0.0, 3.0, symbol="a", help="How fast the noise decays: 0 keeps it constant.")

    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        return Noisy(objective, lambda parameters: self._noise(t, seed, parameters))

    def filled(self, objective: Objective, steps: int, seed: Any) -> Filled | None:
        if (exact := filled_of(objective)) is None:
            return None
        noise = Filled(
            NoisyForm(exact.form),
            lambda t, count: np.stack([self._noise(each, seed) for each in range(t, t + count)]),
            varying=True,
            per_run=np.ndim(seed) > 0,
        )
        return with_more(exact, noise.form, noise)

    def _noise(self, t: int, seed: Any, parameters: int = 2) -> Array:
        return self.scale(t) * normal_at(seed, t, parameters)

    def scale(self, t: Any) -> Any:
        """The standard deviation of the noise at step `t`."""
        return (self.eta / (1 + t) ** self.gamma) ** 0.5


class Noisy(Reshaped):
    """The objective with one fixed vector added to its gradient.

    `noise` gives it for a number of parameters P: (P, 1), or (P, n) where each run has its own.
    """

    def __init__(self, objective: Objective, noise: Callable[[int], Array]) -> None:
        super().__init__(objective)
        self.noise = noise

    def gradient(self, theta: Array) -> Array:
        return self.objective.gradient(theta) + self.noise(len(theta))


@dataclass(frozen=True)
class NoisyForm:
    """The form of a `Noisy` objective: the last two numbers are added to the gradient."""

    exact: Form

    @property
    def size(self) -> int:
        return self.exact.size + 2

    def filled(self, numbers: Sequence[Any]) -> Objective:
        return Noisy(self.exact.filled(numbers[:-2]), lambda _: np.stack(numbers[-2:]))
