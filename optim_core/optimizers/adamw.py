from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, BIAS_CORRECTION, EPSILON, LEARNING_RATE, WEIGHT_DECAY
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam whose weight decay acts on the weights alone and never enters the averages.

    The decay is scaled by the rate, as in torch.
    """

    label: ClassVar[str] = "AdamW"
    formula: ClassVar[str] = (
        r"\theta \leftarrow \theta - \eta \alpha\, \theta \qquad "
        r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}"
    )
    source: ClassVar[str] = "Loshchilov and Hutter 2019, Decoupled weight decay regularization, algorithm 2"
    year: ClassVar[int] = 2019
    symbols: ClassVar[Mapping[str, str]] = {"decayed": r"\theta^{\prime}"}

    learning_rate: Real = knob(0.05, like=LEARNING_RATE)
    beta1: Real = knob(like=BETA1)
    beta2: Real = knob(like=BETA2)
    epsilon: Real = knob(like=EPSILON)
    weight_decay: Real = knob(like=WEIGHT_DECAY, high=1.0)
    bias_correction: bool = knob(like=BIAS_CORRECTION)

    def init(self, theta: Array) -> State:
        zero = np.zeros_like(theta)
        return State(beta1_t=1.0, beta2_t=1.0, m=zero, v=zero)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        beta1_t, beta2_t = state["beta1_t"] * self.beta1, state["beta2_t"] * self.beta2
        g = objective.gradient(theta)
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * g * g
        m_hat = m / (1 - beta1_t) if self.bias_correction else m
        v_hat = v / (1 - beta2_t) if self.bias_correction else v
        decayed = theta - self.learning_rate * self.weight_decay * theta
        step = self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        state = State(beta1_t=beta1_t, beta2_t=beta2_t, m=m, v=v)
        return decayed - step, state.show(g=g, m_hat=m_hat, v_hat=v_hat, decayed=decayed)
