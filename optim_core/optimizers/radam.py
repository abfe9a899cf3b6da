from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class RAdam(Optimizer):
    """Adam that takes momentum steps until its second moment is reliable, and rectified adaptive steps from then on.

    The rectification starts when rho_t exceeds 5, as in torch (the paper says 4).
    """

    label: ClassVar[str] = "RAdam"
    formula: ClassVar[str] = (
        r"N_t = N_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t},\ N_\infty = \frac{2}{1-\beta_2} - 1 \qquad "
        r"\theta \leftarrow \theta - \eta\, \hat m \cdot "
        r"\begin{cases} \nu_t\, \frac{\sqrt{1-\beta_2^t}}{\sqrt v + \epsilon} & N_t > 5 \\ 1 & \text{else} \end{cases}"
        r" \qquad \nu_t = \sqrt{\frac{(N_t-4)(N_t-2)N_\infty}{(N_\infty-4)(N_\infty-2)N_t}}"
    )
    source: ClassVar[str] = "Liu et al. 2020, On the variance of the adaptive learning rate and beyond, algorithm 2"
    year: ClassVar[int] = 2020
    symbols: ClassVar[Mapping[str, str]] = {"rho": r"N_t", "rho_inf": r"N_{\infty}", "r": r"\nu_t"}

    learning_rate: Real = knob(0.01, like=LEARNING_RATE)
    beta1: Real = knob(like=BETA1)
    beta2: Real = knob(like=BETA2)
    epsilon: Real = knob(like=EPSILON)

    def init(self, theta: Array) -> State:
        zero = np.zeros_like(theta)
        return State(t=0, beta1_t=1.0, beta2_t=1.0, m=zero, v=zero)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        t, beta1_t, beta2_t = state["t"] + 1, state["beta1_t"] * self.beta1, state["beta2_t"] * self.beta2
        g = objective.gradient(theta)
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * g * g
        m_hat = m / (1 - beta1_t)
        rho_inf = 2 / (1 - self.beta2) - 1
        rho = rho_inf - 2 * t * beta2_t / (1 - beta2_t)
        # Held at 5 where it is not used, so that the root and the quotient stay defined for every beta2.
        held, held_inf = np.maximum(rho, 5.0), np.maximum(rho_inf, 5.0)
        r = np.sqrt((held - 4) * (held - 2) * held_inf / ((held_inf - 4) * (held_inf - 2) * held))
        adaptive = r * np.sqrt(1 - beta2_t) / (np.sqrt(v) + self.epsilon)
        step = self.learning_rate * m_hat * np.where(rho > 5, adaptive, 1.0)
        state = State(t=t, beta1_t=beta1_t, beta2_t=beta2_t, m=m, v=v)
        return theta - step, state.show(g=g, m_hat=m_hat, rho_inf=rho_inf, rho=rho, r=r)
