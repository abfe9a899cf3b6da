from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.knob import knob
from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam whose weight decay acts on the weights alone and never enters the averages.

    The decay is scaled by the rate, as in torch.
    """

    label: ClassVar[str] = "AdamW"
    formula: ClassVar[str] = (
        r"\theta \leftarrow \theta - \eta \lambda\, \theta \qquad "
        r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}"
    )
    source: ClassVar[str] = "Loshchilov and Hutter 2019, Decoupled weight decay regularization, algorithm 2"
    year: ClassVar[int] = 2019
    symbols: ClassVar[Mapping[str, str]] = {"decayed": r"\theta^{\prime}"}

    learning_rate: float = knob(
        0.05, 1e-06, 10.0, symbol=r"\eta", scale="log", help="The size of a step: how far to move for a given gradient."
    )
    beta1: float = knob(
        0.9,
        0.0,
        0.9999,
        symbol=r"\beta_1",
        most=1.0,
        help="How much of the old average of the gradient to keep: its memory is about 1 / (1 - beta1) steps.",
    )
    beta2: float = knob(
        0.999,
        0.0,
        0.999999,
        symbol=r"\beta_2",
        most=1.0,
        help="How much of the old average of the squared gradient to keep.",
    )
    epsilon: float = knob(
        1e-8,
        1e-16,
        1.0,
        symbol=r"\epsilon",
        scale="log",
        help="A small number that keeps the division from blowing up.",
    )
    weight_decay: float = knob(
        0.01, 0.0, 1.0, symbol=r"\lambda", help="The share of the weights, times the rate, that fades in every step."
    )
    bias_correction: bool = knob(True, symbol=r"\hat{}", help="Correct the averages for having started at zero.")

    def init(self, theta: Array) -> State:
        zero = np.zeros_like(theta)
        return {"beta1_t": 1.0, "beta2_t": 1.0, "m": zero, "v": zero}

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        beta1_t, beta2_t = state["beta1_t"] * self.beta1, state["beta2_t"] * self.beta2
        g = objective.gradient(theta)
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * g * g
        m_hat = m / (1 - beta1_t) if self.bias_correction else m
        v_hat = v / (1 - beta2_t) if self.bias_correction else v
        decayed = theta - self.learning_rate * self.weight_decay * theta
        step = self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        return decayed - step, dict(
            g=g, beta1_t=beta1_t, beta2_t=beta2_t, m=m, v=v, m_hat=m_hat, v_hat=v_hat, decayed=decayed
        )
