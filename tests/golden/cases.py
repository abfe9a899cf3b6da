"""What the golden paths are paths of: one table for the script that makes them and the test that reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from optim_core import OPTIMIZERS, SCHEDULES, Optimizer
from optim_core.objective import Array
from optim_core.schedule import Schedule

STEPS = 500
EVERY = 10
"""Every tenth point is kept: an error at any step stays in all later points."""
DECAY = 0.99
"""What is left of the learning rate after each step, in the cases with a schedule."""
START = (-1.5, 2.0)


@dataclass(frozen=True)
class Case:
    """One optimizer of ours with its settings, which the other library gets too.

    `calm` settings may run on Rosenbrock; others end there in chaotic cycles that amplify rounding, and are fed the
    fixed stream of gradients only.
    """

    optimizer: Optimizer
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    calm: bool = True


def _cases() -> dict[str, Case]:
    of = OPTIMIZERS
    adam = of["adam"](0.05)
    decay = {"learning_rate": SCHEDULES["exponential"](DECAY)}
    return {
        "torch_sgd": Case(of["gradient_descent"](5e-4)),
        "torch_sgd_momentum": Case(of["momentum"](2e-4, 0.9)),
        "optax_trace_scheduled": Case(of["momentum"](2e-4, 0.9), decay),
        "torch_sgd_nesterov": Case(of["nesterov"](2e-4, 0.9)),
        "optax_adagrad": Case(of["adagrad"](0.5, 1e-8)),
        "torch_adagrad": Case(of["adagrad"](0.5, 0.0)),
        "optax_rmsprop": Case(of["rmsprop"](1e-3, 0.99, 1e-8)),
        "torch_rmsprop": Case(of["rmsprop"](1e-3, 0.99, 0.0)),
        "optax_rmsprop_short_memory": Case(of["rmsprop"](0.01, 0.9, 1e-8), calm=False),
        "torch_adadelta": Case(of["adadelta"](0.9, 1e-8)),
        "torch_adadelta_default": Case(of["adadelta"](), calm=False),
        "torch_adam": Case(adam),
        "torch_adam_large_epsilon": Case(of["adam"](0.05, 0.8, 0.95, 0.1), calm=False),
        "torch_adam_scheduled": Case(adam, decay),
        "torch_adamw": Case(of["adamw"](0.05)),
        "torch_amsgrad": Case(of["amsgrad"](0.05)),
        "torch_adamax": Case(of["adamax"](0.05)),
        "torch_nadam": Case(of["nadam"](0.03)),
        "torch_nadam_fast": Case(of["nadam"](0.1), calm=False),
        "torch_radam": Case(of["radam"](2e-3)),
        "optax_lion": Case(of["lion"](0.01)),
        "torch_rprop": Case(of["rprop"](0.01)),
        "optax_lookahead": Case(of["lookahead"](adam, 5, 0.5)),
        "torch_adam_weight_decay": Case(of["l2_penalty"](adam, 0.02)),
        "torch_adamw_as_wrapper": Case(of["decoupled_decay"](adam, 0.02)),
        "optax_clip_sgd": Case(of["clipping"](of["gradient_descent"](5e-4), 2.0)),
        "optax_clip_adam": Case(of["clipping"](adam, 50.0)),
    }


CASES = _cases()


class Rosenbrock:
    """(1 - x)^2 + 100 (y - x^2)^2, in products only: the same bits on every processor."""

    def value(self, theta: Array) -> Array:
        x, y = theta
        return (1 - x) * (1 - x) + 100 * ((y - x * x) * (y - x * x))

    def gradient(self, theta: Array) -> Array:
        x, y = theta
        return np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])

    def hessian(self, theta: Array) -> Array:
        x, y = theta
        mixed = -400 * x
        return np.array([[2 - 400 * (y - 3 * x * x), mixed], [mixed, np.full_like(x, 200.0)]])
