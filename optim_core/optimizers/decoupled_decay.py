from dataclasses import dataclass
from typing import ClassVar, final

from optim_core.hyperparameters import WEIGHT_DECAY
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import State, Wrapper, learning_rate_of


@final
@dataclass(frozen=True)
class DecoupledDecay(Wrapper):
    """Shrinks the weights apart from the inner optimizer's step, so that its averages contain no decay."""

    label: ClassVar[str] = "Decoupled decay"
    formula: ClassVar[str] = r"\theta \leftarrow \theta - \eta \alpha\, \theta + (\text{inner step})"
    source: ClassVar[str] = "Loshchilov and Hutter 2019, Decoupled weight decay regularization, eq. 1"
    year: ClassVar[int] = 2019

    weight_decay: Real = knob(like=WEIGHT_DECAY)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        stepped, state = self.inner.step(theta, state, objective)
        return stepped - learning_rate_of(self.inner) * self.weight_decay * theta, state
