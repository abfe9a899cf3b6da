import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State

LOG_096 = math.log(0.96)


@final
@dataclass(frozen=True)
class Nadam(Optimizer):
    """Adam with Nesterov's method: the step already uses the momentum of the next one.

    The momentum warms up by Dozat's schedule, as in torch.
    """

    label: ClassVar[str] = "Nadam"
    formula: ClassVar[str] = (
        r"\gamma_t = \beta_1 (1 - \tfrac12\, 0.96^{t\psi}) \qquad "
        r"\theta \leftarrow \theta - \frac{\eta}{\sqrt{\hat v} + \epsilon} "
        r"\left( \frac{(1-\gamma_t)\, g}{1 - \prod_{i \le t} \gamma_i} "
        r"+ \frac{\gamma_{t+1}\, m}{1 - \prod_{i \le t+1} \gamma_i} \right)"
    )
    source: ClassVar[str] = "Dozat 2016, Incorporating Nesterov momentum into Adam"
    year: ClassVar[int] = 2016
    symbols: ClassVar[Mapping[str, str]] = {"mu_next": r"\gamma_{t+1}", "mu": r"\gamma_t", "mu_product": r"\Pi"}

    learning_rate: Real = knob(0.02, like=LEARNING_RATE)
    beta1: Real = knob(like=BETA1)
    beta2: Real = knob(like=BETA2)
    epsilon: Real = knob(like=EPSILON)
    momentum_decay: Real = knob(0.004, 0.0, 1.0, symbol=r"\psi", help="How fast the momentum warms up to beta1.")

    def init(self, theta: Array) -> State:
        zero = np.zeros_like(theta)
        return State(t=0, beta2_t=1.0, mu_product=1.0, m=zero, v=zero)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        t, beta2_t = state["t"] + 1, state["beta2_t"] * self.beta2
        g = objective.gradient(theta)
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * g * g
        # 0.96^(t psi), by exp: a power rounds differently for a number and for an array.
        mu = self.beta1 * (1 - 0.5 * np.exp(LOG_096 * t * self.momentum_decay))
        mu_next = self.beta1 * (1 - 0.5 * np.exp(LOG_096 * (t + 1) * self.momentum_decay))
        mu_product = state["mu_product"] * mu
        m_hat = (1 - mu) / (1 - mu_product) * g + mu_next / (1 - mu_product * mu_next) * m
        v_hat = v / (1 - beta2_t)
        step = self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        state = State(t=t, beta2_t=beta2_t, mu_product=mu_product, m=m, v=v)
        return theta - step, state.show(g=g, mu=mu, mu_next=mu_next, m_hat=m_hat, v_hat=v_hat)
