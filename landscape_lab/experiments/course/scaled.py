"""Losses in other units, for lessons about the invariance of optimizers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optim_core.form import Filled, Form, constant, filled_of, with_more
from optim_core.objective import Array, Objective, Reshaped


class Scaled(Reshaped):
    """A loss multiplied by a factor, or by a factor for each run: (*batch)."""

    def __init__(self, objective: Objective, factor: Array | float) -> None:
        super().__init__(objective)
        self.factor = factor

    def filled_form(self) -> Filled | None:
        """See `optim_core.form`."""
        plain = filled_of(self.objective)
        if plain is None:
            return None
        return with_more(plain, ScaledForm(plain.form), constant(ScaledForm(plain.form), np.atleast_2d(self.factor)))

    def value(self, theta: Array) -> Array:
        return self.factor * self.objective.value(theta)

    def gradient(self, theta: Array) -> Array:
        return self.factor * self.objective.gradient(theta)

    def hessian(self, theta: Array) -> Array:
        return self.factor * self.objective.hessian(theta)


@dataclass(frozen=True)
class ScaledForm:
    """The form of a `Scaled` loss, whose last number is the factor."""

    loss: Form

    @property
    def size(self) -> int:
        return self.loss.size + 1

    def filled(self, numbers: Sequence[Any]) -> Objective:
        return Scaled(self.loss.filled(numbers[:-1]), numbers[-1])
