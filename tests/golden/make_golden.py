# pyright: reportMissingImports=false
"""Writes `paths.npz`: the paths of torch.optim and optax that ours must equal.

Run by hand, in an environment with requirements-reference.txt, from the root of the project:

    python -m tests.golden

Every case runs twice: fed one fixed stream of gradients (`open/...`), and on Rosenbrock (`closed/...`). Everything is
float64; torch's default type too, because NAdam keeps a product in it.
"""

import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

from optim_core.objective import Array
from tests.golden.cases import CASES, DECAY, EVERY, START, STEPS, Case, Rosenbrock

torch.set_default_dtype(torch.float64)
jax.config.update("jax_enable_x64", True)

Gradient = Callable[[Array, int], Array]


def torch_path(make: Any, case: Case, gradient: Gradient) -> Iterator[Array]:
    theta = torch.tensor(START, requires_grad=True)
    optimizer = make([theta])
    scheduler = None
    if case.schedules:
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, DECAY)
    for t in range(STEPS):
        theta.grad = torch.tensor(gradient(theta.detach().numpy(), t))
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        yield theta.detach().numpy().copy()


def optax_path(transform: Any, case: Case, gradient: Gradient) -> Iterator[Array]:
    theta = jnp.array(START)
    state, update = transform.init(theta), jax.jit(transform.update)
    for t in range(STEPS):
        change, state = update(jnp.array(gradient(np.asarray(theta), t)), state, theta)
        theta = optax.apply_updates(theta, change)
        yield np.asarray(theta)


def lookahead_path(transform: Any, case: Case, gradient: Gradient) -> Iterator[Array]:
    params = optax.LookaheadParams.init_synced(jnp.array(START))
    state, update = transform.init(params), jax.jit(transform.update)
    for t in range(STEPS):
        change, state = update(jnp.array(gradient(np.asarray(params.fast), t)), state, params)
        params = optax.apply_updates(params, change)
        yield np.asarray(params.fast)


def adam_fields(o: Any) -> dict[str, Any]:
    return {"lr": o.learning_rate, "betas": (o.beta1, o.beta2), "eps": o.epsilon}


def optax_adam(o: Any) -> optax.GradientTransformation:
    return optax.adam(o.learning_rate, o.beta1, o.beta2, o.epsilon)


T = torch.optim
# By case: how its path is made, and from our optimizer `o` the other library's with the same settings.
REFERENCES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "torch_sgd": (torch_path, lambda o: lambda p: T.SGD(p, o.learning_rate)),
    "torch_sgd_momentum": (torch_path, lambda o: lambda p: T.SGD(p, o.learning_rate, o.momentum)),
    "optax_trace_scheduled": (
        optax_path,
        lambda o: optax.chain(
            # Not optax.exponential_decay, which turns the step into float32.
            optax.scale_by_learning_rate(lambda t: o.learning_rate * DECAY ** t.astype(jnp.float64)),
            optax.trace(o.momentum),
        ),
    ),
    "torch_sgd_nesterov": (torch_path, lambda o: lambda p: T.SGD(p, o.learning_rate, o.momentum, nesterov=True)),
    "optax_adagrad": (optax_path, lambda o: optax.adagrad(o.learning_rate, 0.0, o.epsilon)),
    "torch_adagrad": (torch_path, lambda o: lambda p: T.Adagrad(p, o.learning_rate, eps=o.epsilon)),
    "optax_rmsprop": (optax_path, lambda o: optax.rmsprop(o.learning_rate, o.rho, o.epsilon, eps_in_sqrt=True)),
    "torch_rmsprop": (torch_path, lambda o: lambda p: T.RMSprop(p, o.learning_rate, o.rho, eps=o.epsilon)),
    "optax_rmsprop_short_memory": (
        optax_path,
        lambda o: optax.rmsprop(o.learning_rate, o.rho, o.epsilon, eps_in_sqrt=True),
    ),
    "torch_adadelta": (torch_path, lambda o: lambda p: T.Adadelta(p, 1.0, o.rho, o.epsilon)),
    "torch_adadelta_default": (torch_path, lambda o: lambda p: T.Adadelta(p, 1.0, o.rho, o.epsilon)),
    "torch_adam": (torch_path, lambda o: lambda p: T.Adam(p, **adam_fields(o))),
    "torch_adam_large_epsilon": (torch_path, lambda o: lambda p: T.Adam(p, **adam_fields(o))),
    "torch_adam_scheduled": (torch_path, lambda o: lambda p: T.Adam(p, **adam_fields(o))),
    "torch_adamw": (torch_path, lambda o: lambda p: T.AdamW(p, weight_decay=o.weight_decay, **adam_fields(o))),
    "torch_amsgrad": (torch_path, lambda o: lambda p: T.Adam(p, amsgrad=True, **adam_fields(o))),
    "torch_adamax": (torch_path, lambda o: lambda p: T.Adamax(p, **adam_fields(o))),
    "torch_nadam": (torch_path, lambda o: lambda p: T.NAdam(p, momentum_decay=o.momentum_decay, **adam_fields(o))),
    "torch_nadam_fast": (torch_path, lambda o: lambda p: T.NAdam(p, momentum_decay=o.momentum_decay, **adam_fields(o))),
    "torch_radam": (torch_path, lambda o: lambda p: T.RAdam(p, **adam_fields(o))),
    "optax_lion": (optax_path, lambda o: optax.lion(o.learning_rate, o.beta1, o.beta2, weight_decay=0.0)),
    "torch_rprop": (
        torch_path,
        lambda o: lambda p: T.Rprop(p, o.learning_rate, (o.eta_minus, o.eta_plus), (o.step_min, o.step_max)),
    ),
    "optax_lookahead": (
        lookahead_path,
        lambda o: optax.lookahead(optax_adam(o.inner), o.sync_period, o.slow_step_size),
    ),
    "torch_adam_weight_decay": (
        torch_path,
        lambda o: lambda p: T.Adam(p, weight_decay=o.strength, **adam_fields(o.inner)),
    ),
    "torch_adamw_as_wrapper": (
        torch_path,
        lambda o: lambda p: T.AdamW(p, weight_decay=o.weight_decay, **adam_fields(o.inner)),
    ),
    "optax_clip_sgd": (
        optax_path,
        lambda o: optax.chain(optax.clip_by_global_norm(o.max_norm), optax.sgd(o.inner.learning_rate)),
    ),
    "optax_clip_adam": (
        optax_path,
        lambda o: optax.chain(optax.clip_by_global_norm(o.max_norm), optax_adam(o.inner)),
    ),
}


def main() -> None:
    # Gradients whose size changes a thousandfold, with runs of one sign and many flips.
    rng = np.random.default_rng(20250101)
    stream = (rng.standard_normal((STEPS, 2)) + 0.7) * 10 ** np.sin(np.arange(STEPS) / 25)[:, None]
    rosenbrock = Rosenbrock()
    record: dict[str, Any] = {"stream": stream}
    for name, case in CASES.items():
        path, translate = REFERENCES[name]
        loops: dict[str, Gradient] = {"open": lambda theta, t: stream[t]}
        if case.calm:
            loops["closed"] = lambda theta, t: rosenbrock.gradient(theta)
        for loop, gradient in loops.items():
            record[f"{loop}/{name}"] = np.array(list(path(translate(case.optimizer), case, gradient)))[
                EVERY - 1 :: EVERY
            ]
        print(name)
    versions = {"torch": torch.__version__, "optax": optax.__version__, "jax": jax.__version__, "numpy": np.__version__}
    record["made_with"] = np.array([f"{k} {v}" for k, v in versions.items()] + [f"Python {platform.python_version()}"])
    np.savez_compressed(Path(__file__).with_name("paths.npz"), **record)


if __name__ == "__main__":
    main()
