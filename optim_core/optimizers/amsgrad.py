from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from optim_core.hyperparameters import BETA1, BETA2, BIAS_CORRECTION, EPSILON, LEARNING_RATE
from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import Optimizer, State


@final
@dataclass(frozen=True)
class AMSGrad(Optimizer):
    """Adam that divides by the largest mean square so far, so that it never forgets a large gradient.

    The maximum is taken over v before its correction, as in torch. The paper has no bias correction at all, and
    optax takes the maximum over the corrected v_hat.
    """

    label: ClassVar[str] = "AMSGrad"
    formula: ClassVar[str] = (
        r"v_{\mathrm{max}} \leftarrow \max(v_{\mathrm{max}}, v) \qquad "
        r"\theta \leftarrow \theta - \eta\, \frac{\hat m}{\sqrt{\hat v_{\mathrm{max}}} + \epsilon}"
    )
    source: ClassVar[str] = "Reddi, Kale and Kumar 2018, On the convergence of Adam and beyond, algorithm 2"
    year: ClassVar[int] = 2018

    learning_rate: Real = knob(0.05, like=LEARNING_RATE)
    beta1: Real = knob(like=BETA1)
    beta2: Real = knob(like=BETA2)
    epsilon: Real = knob(like=EPSILON)
    bias_correction: bool = knob(like=BIAS_CORRECTION)

    def init(self, theta: Array) -> State:
        zero = np.zeros_like(theta)
        return State(beta1_t=1.0, beta2_t=1.0, m=zero, v=zero, v_max=zero)

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        beta1_t, beta2_t = state["beta1_t"] * self.beta1, state["beta2_t"] * self.beta2
        g = objective.gradient(theta)
        m = self.beta1 * state["m"] + (1 - self.beta1) * g
        v = self.beta2 * state["v"] + (1 - self.beta2) * g * g
        v_max = np.maximum(state["v_max"], v)
        m_hat = m / (1 - beta1_t) if self.bias_correction else m
        v_hat = v_max / (1 - beta2_t) if self.bias_correction else v_max
        step = self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        state = State(beta1_t=beta1_t, beta2_t=beta2_t, m=m, v=v, v_max=v_max)
        return theta - step, state.show(g=g, m_hat=m_hat, v_hat=v_hat)
