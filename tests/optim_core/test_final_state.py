"""Final states of a batch: each equals, to the last bit, the end of the corresponding single `run()`."""

from typing import Any

import numpy as np
import pytest

from landscapes import SURFACES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Optimizer, Outcome, Tolerance, run
from optim_core import final_state as final_state_module
from optim_core.final_state import FinalStates, run_to_end
from optim_core.optimizer import with_field
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import EACH, STACKS, Quadratic, Waves, assert_same_bits, float_knobs

STEPS = 60  # more than two checks for ended runs
STARTS = np.array([[-1.5, 0.3, 2.9, 1.0, 1e200, np.nan, 40.0, 0.99], [2.0, 0.4, -1.1, 1.0, 1.0, 0.0, -30.0, 0.98]])


def assert_ends_are(ends: FinalStates, objective: Any, optimizer: Optimizer, steps: int, tolerance: float, **more: Any):
    """Asserts that each final state is the end of the single run from its start; the optimizer is not batched."""
    for index in range(STARTS.shape[1]):
        alone = run(objective, optimizer, STARTS[:, index], steps, stop=Tolerance(tolerance), **more)
        assert (ends.outcomes[index], ends.last_step[index]) == (alone.outcomes, alone.last_step)
        assert_same_bits(ends.points[:, index], alone.points[alone.last_step])
        assert_same_bits(ends.losses[index], alone.losses[alone.last_step])


@pytest.mark.thorough
@pytest.mark.parametrize("name", STACKS)
def test_run_of_a_batch_ends_as_its_single_run(name: str):
    for objective in (Rosenbrock(), Waves()):
        ends = run_to_end(objective, STACKS[name], STARTS, STEPS, tolerance=1e-2)
        assert_ends_are(ends, objective, STACKS[name], STEPS, 1e-2)


@pytest.mark.parametrize("steps", [0, 1, 24, 25, 26, 75])
def test_final_states_for_any_number_of_steps(steps: int):
    for name in ("momentum", "nesterov"):
        ends = run_to_end(Rosenbrock(), EACH[name], STARTS, steps, tolerance=1e-3)
        assert_ends_are(ends, Rosenbrock(), EACH[name], steps, 1e-3)
        assert (np.ceil(ends.crossings.astype(np.float32)) == ends.last_step).all()


@pytest.mark.thorough
@pytest.mark.parametrize("key", SURFACES)
def test_final_states_on_every_surface(key: str):
    surface = SURFACES[key]
    low, high = np.array(surface.domain).T[..., None]
    starts = np.random.default_rng(5).uniform(low, high, (2, 40))
    rates = np.geomspace(1e-3, 10, 40)
    ends = run_to_end(surface, OPTIMIZERS["momentum"](rates), starts, STEPS, tolerance=1e-3)
    for index in range(40):
        alone = run(surface, OPTIMIZERS["momentum"](rates[index]), starts[:, index], STEPS, stop=Tolerance(1e-3))
        assert (ends.outcomes[index], ends.last_step[index]) == (alone.outcomes, alone.last_step)
        assert_same_bits(ends.points[:, index], alone.points[alone.last_step])
        assert_same_bits(ends.losses[index], alone.losses[alone.last_step])


def test_final_states_with_schedules_noise_and_seeds():
    more: dict[str, Any] = {
        "schedules": {"learning_rate": SCHEDULES["cosine"](0.1)},
        "sampler": SAMPLERS["gradient_noise"](1e-3),
        "seed": 7,
    }
    ends = run_to_end(Waves(), EACH["adam"], STARTS, STEPS, tolerance=1e-2, **more)
    assert_ends_are(ends, Waves(), EACH["adam"], STEPS, 1e-2, **more)


@pytest.mark.parametrize("size", [1, 3, 8000])
def test_block_size_changes_nothing(size: int, monkeypatch: pytest.MonkeyPatch):
    whole = run_to_end(Waves(), EACH["adam"], STARTS, STEPS, tolerance=1e-2)
    monkeypatch.setattr(final_state_module, "BLOCK_RUNS", size)
    parts = run_to_end(Waves(), EACH["adam"], STARTS, STEPS, tolerance=1e-2)
    for name in ("points", "losses", "outcomes", "last_step", "crossings"):
        assert_same_bits(getattr(whole, name), getattr(parts, name))


def test_grid_of_fields_keeps_its_shape():
    optimizer = EACH["adam"]
    for field, values in zip(("learning_rate", "beta1"), np.ix_([0.01, 0.1, 1.0], [0.5, 0.9]), strict=True):
        assert field in dict(float_knobs(optimizer))
        optimizer = with_field(optimizer, field, values)
    ends = run_to_end(Waves(), optimizer, (-1.5, 0.7), STEPS, tolerance=1e-2)
    assert ends.outcomes.shape == ends.crossings.shape == ends.losses.shape == ends.points.shape[1:] == (3, 2)
    alone = run(Waves(), OPTIMIZERS["adam"](1.0, 0.5), (-1.5, 0.7), STEPS, stop=Tolerance(1e-2))
    assert_same_bits(ends.points[:, 2, 0], alone.points[alone.last_step])


def test_run_that_returns_from_outside_counts_as_escaped():
    """A run that leaves the domain between two checks and returns has diverged at the step it left, as in `run()`."""
    rate = 1e4

    class There(Quadratic):
        def gradient(self, theta: Any) -> Any:
            return np.where(
                np.abs(theta) > 100, theta / rate, super().gradient(theta)
            )  # returns from far away in one step

    objective, optimizer = There(1, 0, 1), OPTIMIZERS["gradient_descent"](rate)
    ends = run_to_end(objective, optimizer, (1.0, 0.5), 10, tolerance=1e-9)
    free = run(objective, optimizer, (1.0, 0.5), 1)
    assert np.abs(free.points[1]).max() > 2000 and float(ends.last_step) == 1
    assert ends.outcomes == Outcome.DIVERGED


def test_crossing_along_a_straight_path_is_exact():
    """On a bowl the gradient shrinks by the same factor at every step, so that the crossing has a closed form."""
    rate, start = 0.3, 0.8
    ends = run_to_end(Quadratic(1, 0, 1), OPTIMIZERS["gradient_descent"](rate), (start, 0.0), 500, tolerance=1e-6)
    assert ends.outcomes == Outcome.STATIONARY
    assert float(ends.crossings) == pytest.approx(np.log(1e-6 / start) / np.log(1 - rate), rel=1e-9)
    away = run_to_end(Quadratic(1, 0, 1), OPTIMIZERS["gradient_descent"](2.5), (start, 0.0), 500, tolerance=1e-6)
    assert away.outcomes == Outcome.DIVERGED
    assert float(away.crossings) == pytest.approx(np.log(2000 / start) / np.log(1.5), rel=1e-9)
