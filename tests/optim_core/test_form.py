"""A filled form has the values of the objective itself, to the last bit."""

from typing import Any

import numpy as np
import pytest

from landscapes import DATA_LOSSES, LANDSCAPES
from optim_core import OPTIMIZERS, SAMPLERS, run
from optim_core.form import Filled, filled_of
from optim_core.objective import Array, Transparent
from optim_core.sampler import Sampler
from tests.optim_core.surfaces import EACH, assert_same_bits

N, STEPS, RUNS = 20, 60, 7
SAMPLED: dict[str, Sampler] = {
    "all": SAMPLERS["exact"](),
    "all and noise": SAMPLERS["gradient_noise"](0.1),
    **{f"{size} of {N}": SAMPLERS["minibatch"](size=size) for size in (1, 2, 5, 10, N)},
    "5 drawn": SAMPLERS["minibatch"](size=5, replacement=True),
    "2 in order": SAMPLERS["in_order"](size=2),
    "easy ones first": SAMPLERS["curriculum"](size=1, stages=3, stage_steps=9),
}
LOSSES = {f"{key} {l2}": loss.with_parameters(n=N, l2=l2) for key, loss in DATA_LOSSES.items() for l2 in (0.0, 0.3)}


def starts() -> Array:
    theta = np.random.default_rng(0).uniform(-3, 3, (2, RUNS))
    theta[:, 1], theta[:, 2], theta[:, 3] = np.nan, 1e200, 0.0  # two runs end at once
    return theta


def filled(sampler: Sampler, loss: Any, seed: Any, steps: int = STEPS) -> Filled:
    found = sampler.filled(loss, steps, seed)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", [3, np.arange(RUNS)], ids=["one seed", "a seed for each run"])
@pytest.mark.parametrize(
    ("name", "key"),
    [(name, key) for name in SAMPLED for key in LOSSES if filled_of(LOSSES[key]) or not name.startswith("all")],
)
def test_filled_form_equals_the_objective_of_the_step(name: str, key: str, seed: Any) -> None:
    loss, sampler, theta = LOSSES[key], SAMPLED[name], starts()
    form = filled(sampler, loss, seed)
    numbers = form.numbers(10, 3)
    assert numbers.shape[1] == form.form.size and form.per_run == (numbers.shape[2] > 1)
    for t in range(3):
        here = numbers[t if form.varying else 0]
        with np.errstate(all="ignore"):
            made, own = form.form.filled([*here]), sampler.at(loss, 10 + t, seed)
            for what in ("value", "gradient", "hessian"):
                assert_same_bits(getattr(made, what)(theta), getattr(own, what)(theta))


@pytest.mark.parametrize("name", SAMPLED)
@pytest.mark.parametrize("key", ["multiple_regression 0.3", "logistic_regression 0.0"])
def test_compiled_run_over_data_equals_the_plain_run(key: str, name: str) -> None:
    assert_runs_as_it_is_made(OPTIMIZERS["gradient_descent"](0.05), LOSSES[key], SAMPLED[name])


@pytest.mark.parametrize("name", EACH)
def test_compiled_run_over_data_equals_the_plain_run_for_every_optimizer(name: str) -> None:
    assert_runs_as_it_is_made(EACH[name], LOSSES["multiple_regression 0.3"], SAMPLED[f"2 of {N}"])


def assert_runs_as_it_is_made(optimizer: Any, loss: Any, sampler: Sampler) -> None:
    watched = Transparent(loss)  # an unregistered class is opaque and is called at every step
    assert sampler.filled(watched, STEPS, 0) is None
    for start, seed in ((starts(), np.arange(RUNS)), (starts(), 3), (starts()[:, 0], 3)):
        made, plain = (run(each, optimizer, start, STEPS, sampler=sampler, seed=seed) for each in (loss, watched))
        for what in ("points", "losses", "evaluated", "outcomes", "last_step"):
            assert_same_bits(getattr(made, what), getattr(plain, what))


def test_steps_with_unequal_batch_sizes_have_no_form() -> None:
    loss = LOSSES["linear_regression 0.0"]
    assert SAMPLERS["minibatch"](size=3).filled(loss, 7, 0) is None, (
        "there must be no form when the last batch of a pass is smaller"
    )
    assert filled(SAMPLERS["minibatch"](size=3), loss, 0, steps=6), (
        "there must be a form before the first smaller batch"
    )
    for treated in (loss.with_parameters(batch_norm=True), loss.with_parameters(dropout=0.2)):
        assert SAMPLED["5 drawn"].filled(treated, STEPS, 0) is None


class Doubled(Transparent):
    """A user's loss that doubles the gradient and passes on every other call."""

    def gradient(self, theta: Array) -> Array:
        return 2 * self.objective.gradient(theta)


@pytest.mark.parametrize("surface", [LANDSCAPES["bowl"], DATA_LOSSES["linear_regression"]], ids=lambda it: it.key)
def test_user_loss_is_called(surface: Any) -> None:
    slow, fast = OPTIMIZERS["gradient_descent"](0.05), OPTIMIZERS["gradient_descent"](0.1)
    for start in (starts()[:, 4:], starts()[:, 4]):
        np.testing.assert_allclose(
            run(Doubled(surface), slow, start, STEPS).points, run(surface, fast, start, STEPS).points, rtol=1e-12
        )
