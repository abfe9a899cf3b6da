from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.objective import Array, Objective, Reshaped
from optim_core.optimizer import State, Wrapper

LONGEST = 20
"""The state has as many past points for every delay, so that the delay can change without a new trace."""


@final
@dataclass(frozen=True)
class Delayed(Wrapper):
    """The gradient is that of the point `delay` steps ago, as when parallel workers update the weights in turn.

    Before step `delay` it is that of the start. Only the gradient is delayed: the step is taken from the present
    point, and a line search compares present values.
    """

    label: ClassVar[str] = "Delayed gradient"
    formula: ClassVar[str] = r"g \leftarrow \nabla L(\theta_{t - \tau})"
    source: ClassVar[str] = (
        "Recht et al. 2011, Hogwild: a lock-free approach to parallelizing stochastic gradient descent; "
        "Dean et al. 2012, Large scale distributed deep networks (Downpour SGD)"
    )
    year: ClassVar[int] = 2011
    symbols: ClassVar[Mapping[str, str]] = {"stale": r"\theta_{t-\tau}"}

    delay: int = knob(
        1, 0, LONGEST, most=LONGEST, symbol=r"\tau", help="How many steps old the point of the gradient is."
    )

    def init(self, theta: Array) -> State:
        return State(past=State({str(age): theta for age in range(1, LONGEST + 1)}), inner=self.inner.init(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        points = [theta, *state["past"].values()]
        stale = _chosen(points, self.delay)
        moved, inner = self.inner.step(theta, state["inner"], AtStalePoint(objective, theta, stale))
        past = State({str(age): points[age - 1] for age in range(1, LONGEST + 1)})
        return moved, State(past=past, inner=inner).show(stale=stale)


def _chosen(points: list[Array], delay: Any) -> Array:
    """The point of that age. A traced delay chooses by comparisons, since it has no value to index by."""
    if isinstance(delay, int | np.integer):
        return points[delay]
    chosen = points[0]
    for age in range(1, len(points)):
        chosen = np.where(delay >= age, points[age], chosen)
    return chosen


class AtStalePoint(Reshaped):
    """The objective with gradients at the stale point instead of the present one.

    What an optimizer evaluates beside the present point, such as Nesterov's method, keeps its distance from it.
    """

    def __init__(self, objective: Objective, present: Array, stale: Array) -> None:
        super().__init__(objective)
        self.present, self.stale = present, stale

    def gradient(self, theta: Array) -> Array:
        at = self.stale if theta is self.present else theta + (self.stale - self.present)
        return self.objective.gradient(at)
