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

from landscape_lab.experiments.export.twins import TWINS, settings_text
from optim_core import key_of
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


def twin(o: Any, library: str, **settings: str) -> Any:
    """The other library's optimizer, made by the same call that a person's script makes it by."""
    call = TWINS[library][key_of(o)].made(settings_text(o) | settings)
    return eval(f"lambda theta: {call}", {"torch": torch, "optax": optax, "jnp": jnp})


def of_torch(o: Any) -> Any:
    make = twin(o, "torch")
    return lambda parameters: make(*parameters)


def of_optax(o: Any) -> Any:
    return twin(o, "optax")(None)


T = torch.optim
TABLE = {"torch": (torch_path, of_torch), "optax": (optax_path, of_optax)}
# Of the cases that are not in `experiments.export.twins` as they are: how the path is made, and from our optimizer `o`
# the other library's with the same settings.
REFERENCES: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "optax_trace_scheduled": (
        optax_path,
        # Not optax.exponential_decay, which turns the step into float32.
        lambda o: twin(o, "optax", learning_rate=f"lambda t: {o.learning_rate} * {DECAY} ** t.astype(jnp.float64)")(
            None
        ),
    ),
    "optax_lookahead": (
        lookahead_path,
        lambda o: optax.lookahead(of_optax(o.inner), o.sync_period, o.slow_step_size),
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
        lambda o: optax.chain(optax.clip_by_global_norm(o.max_norm), of_optax(o.inner)),
    ),
    "optax_clip_adam": (
        optax_path,
        lambda o: optax.chain(optax.clip_by_global_norm(o.max_norm), of_optax(o.inner)),
    ),
}


def main() -> None:
    # Gradients whose size changes a thousandfold, with runs of one sign and many flips.
    rng = np.random.default_rng(20250101)
    stream = (rng.standard_normal((STEPS, 2)) + 0.7) * 10 ** np.sin(np.arange(STEPS) / 25)[:, None]
    rosenbrock = Rosenbrock()
    record: dict[str, Any] = {"stream": stream}
    for name, case in CASES.items():
        path, translate = REFERENCES.get(name) or TABLE[name.partition("_")[0]]
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
