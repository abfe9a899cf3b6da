"""Maps: every cell is its own single run, and on a quadratic the classes are those of the textbook."""

import multiprocessing
import sys
import tracemalloc
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from types import ModuleType

import numpy as np
import pytest

from landscape_lab.experiments import Scenario, ScenarioError
from landscape_lab.experiments.maps import METRICS, TOLERANCE, Axis, Sweep, Sweeping, cell, sweep
from landscape_lab.experiments.maps.axis import settings_of
from landscape_lab.experiments.maps.metrics import NOWHERE
from landscapes import LANDSCAPES
from optim_core import Outcome, Tolerance, run
from tests.optim_core.surfaces import assert_same_bits

RATES = Axis("learning_rate", 1e-4, 1.0, "log", 7)


def scenario(entries: str, surface: str = "rosenbrock", steps: int = 80, **more: str) -> Scenario:
    return Scenario.from_query({"surface": surface, "lanes": entries, "steps": str(steps)} | more)


MAPS: dict[str, tuple[Scenario, tuple[Axis, Axis]]] = {
    "rate and momentum": (scenario("momentum"), (RATES, Axis("momentum", 0, 0.99, count=5))),
    "start": (
        scenario("adam(learning_rate=0.3)", "himmelblau"),
        (Axis("x", -5, 5, count=9), Axis("y", -5, 5, count=4)),
    ),
    "rate and start": (scenario("gradient_descent", "beale"), (RATES, Axis("x", -4.5, 4.5, count=4))),
    "wrapped, a whole number": (
        scenario("lookahead(inner=momentum(learning_rate=0.001))"),
        (Axis("sync_period", 0.6, 6.4, count=11), Axis("momentum", 0.5, 0.99, count=3)),
    ),
    "a formula": (
        scenario("nesterov", 'formula(text="log(1 + x^2) + sqrt(y)")', start="0.5,0.5"),
        (RATES, Axis("momentum", 0, 0.99, count=3)),
    ),
    "scheduled and noisy": (
        scenario("adam(learning_rate=0.05*cosine(final=0.1))", noise="gradient_noise(eta=1)", seed="3"),
        (RATES, Axis("beta1", 0, 0.999, count=3)),
    ),
    "data, some at a time": (
        scenario("rmsprop", "linear_regression", noise="minibatch(size=5)"),
        (RATES, Axis("rho", 0.1, 0.999, count=3)),
    ),
}


def assert_cell_is_its_run(found: Sweep, row: int, column: int) -> None:
    """One cell against `run()` of the scenario that a click on it loads."""
    alone = cell(found.scenario, found.axes, row, column)
    entry = alone.entries[0]
    path = run(
        alone.landscape, entry.optimizer, alone.point, alone.steps,
        schedules=dict(entry.schedules), sampler=alone.sampler, seed=alone.seed, stop=Tolerance(TOLERANCE),
    )  # fmt: skip
    assert (found.outcomes[row, column], found.steps[row, column]) == (path.outcomes, path.last_step)
    end = {"loss": path.losses[path.last_step], "x": path.points[path.last_step, 0]}[found.metric]
    assert_same_bits(found.values[row, column], end)


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("metric", ["loss", "x"])
def test_every_cell_is_its_own_single_run(name: str, metric: str):
    found = sweep(*MAPS[name], metric)
    for row, column in np.ndindex(found.outcomes.shape):
        assert_cell_is_its_run(found, row, column)


class InThisThread(Executor):
    """The smallest executor there is."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def assert_same(one: Sweep, other: Sweep) -> None:
    for name, array in one.arrays.items():
        assert array.dtype == other.arrays[name].dtype
        assert array.tobytes() == other.arrays[name].tobytes(), name


@pytest.mark.parametrize("name", ["rate and momentum", "wrapped, a whole number"])
def test_no_tile_and_no_executor_changes_a_bit(name: str, monkeypatch: pytest.MonkeyPatch):
    expected = sweep(*MAPS[name])
    assert_same(sweep(*MAPS[name], executor=InThisThread()), expected)
    # New processes run what `__main__` is here, and Streamlit's AppTest leaves a page there.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        assert_same(sweep(*MAPS[name], executor=processes), expected)
    for size in (1, 2, 1000):
        monkeypatch.setattr("landscape_lab.experiments.maps.tiles.TILE", size)
        assert_same(sweep(*MAPS[name]), expected)


def test_gradient_descent_on_a_quadratic_is_stable_up_to_two_over_the_largest_curvature():
    curvature = 10.0
    one = scenario("gradient_descent", f"elliptic_bowl(condition={curvature:g},angle=0)", 2000, start="1.5,1")
    axes = (Axis("learning_rate", 0.1, 0.3, count=41), Axis("y", 0.5, 1.5, count=3))
    found = sweep(one, axes)
    expected = np.where(axes[0].values < 2 / curvature, Outcome.STATIONARY, Outcome.DIVERGED)
    clear = np.abs(axes[0].values * curvature / 2 - 1) > 0.01  # at the border itself no number of steps is enough
    assert clear.sum() >= 39
    assert (found.outcomes[:, clear] == expected[clear]).all()


def test_momentum_on_a_quadratic_is_stable_up_to_two_times_one_plus_momentum_over_the_curvature():
    curvature = 10.0
    one = scenario("momentum", f"elliptic_bowl(condition={curvature:g},angle=0)", 5000, start="1.5,1")
    axes = (Axis("learning_rate", 0.02, 0.5, count=48), Axis("momentum", 0.0, 0.95, count=19))
    found = sweep(one, axes)
    limit = 2 * (1 + axes[1].values[:, None]) / curvature
    expected = np.where(axes[0].values < limit, Outcome.STATIONARY, Outcome.DIVERGED)
    clear = np.abs(axes[0].values / limit - 1) > 0.01
    assert clear.mean() > 0.95
    assert {int(kind) for kind in expected[clear]} == {Outcome.STATIONARY, Outcome.DIVERGED}
    np.testing.assert_array_equal(found.outcomes[clear], expected[clear])


def test_run_that_is_neither_stationary_nor_diverged_is_bounded():
    found = sweep(
        scenario("lion(learning_rate=0.1)", "bowl", 50), (Axis("x", -1.03, 1, count=4), Axis("y", -1, 1, count=2))
    )
    assert (found.outcomes == Outcome.FINISHED).all()
    assert (found.steps == 50).all()


def test_basins_name_the_minimum_at_the_end():
    surface = LANDSCAPES["himmelblau"]
    one = scenario("gradient_descent(learning_rate=0.01)", "himmelblau", 500)
    found = sweep(one, (Axis("x", -5, 5, count=20), Axis("y", -5, 5, count=20)), "minimum")
    assert set(found.values.ravel().tolist()) == {0, 1, 2, 3}
    for i, (x, y) in enumerate(surface.minima):
        row, column = (np.abs(found.axes[k].values - at).argmin() for k, at in ((1, y), (0, x)))
        assert found.values[row, column] == i
    none = sweep(
        scenario("gradient_descent", "saddle", 60), (Axis("x", -1, 1, count=4), Axis("y", 0.1, 1, count=4)), "minimum"
    )
    assert (none.values == NOWHERE).all()


def test_a_million_by_a_million_is_refused_before_anything_is_allocated():
    axes = (Axis("learning_rate", 1e-3, 1, "log", 10**6), Axis("momentum", 0, 0.9, count=10**6))
    tracemalloc.start()
    with pytest.raises(ScenarioError, match="1,000,000,000,000 cells is too large"):
        sweep(scenario("momentum"), axes)
    assert tracemalloc.get_traced_memory()[1] < 1e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("x", "y", "sentence"),
    [
        ("learning_rate=0.1:1", "learning_rate=0.1:1", "Both axes"),
        ("learning_rate=0.1:1", "beta1=0:0.9", "no setting called “beta1”"),
        ("learning_rate=0.1:1", "nothing.at_all=0:0.9", "no setting called"),
        ("learning_rate=0.1:100", "momentum=0:0.9", "“learning rate” goes from 1\u202f×\u202f10⁻⁶ to 10"),
        ("x=-9:9", "y=-1:1", "“x” goes from −2 to 2"),
    ],
)
def test_maps_that_cannot_be_are_refused_with_a_sentence(x: str, y: str, sentence: str):
    with pytest.raises(ScenarioError, match=sentence):
        sweep(scenario("momentum"), (Axis.from_text(x), Axis.from_text(y)))


def test_yes_or_no_is_no_axis_and_many_entries_are_no_map():
    with pytest.raises(ScenarioError, match="yes or no"):
        sweep(scenario("adam"), (Axis("bias_correction", 0, 1), RATES))
    with pytest.raises(ScenarioError, match="one entry, not 2"):
        sweep(scenario("adam,momentum"), (RATES, Axis("x", 0, 1)))
    with pytest.raises(ScenarioError, match="no setting “beauty”"):
        sweep(scenario("momentum"), (RATES, Axis("x", 0, 1)), "beauty")


def test_what_goes_wrong_in_a_tile_is_heard_of():
    class Broken(InThisThread):
        def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
            future: Future = Future()
            future.set_exception(RuntimeError("the machine is on fire"))
            return future

    with pytest.raises(RuntimeError, match="on fire"):
        sweep(scenario("momentum"), (RATES, Axis("x", 0, 1)), executor=Broken())


def test_a_sweep_that_is_given_up_begins_no_more_tiles():
    with ThreadPoolExecutor(1) as one:
        going = Sweeping(scenario("momentum"), (Axis("x", -2, 2, count=800), Axis("y", -1, 3, count=800)), "loss", one)
        going.cancel()
        assert going.total > 30
    assert going.cancelled > 0 and going.done == going.total


def test_every_metric_has_its_type():
    for key, metric in METRICS.items():
        found = sweep(*MAPS["start"], key)
        assert found.values.dtype == metric.dtype and found.values.shape == found.outcomes.shape


def test_every_setting_of_every_entry_is_offered_as_an_axis():
    one = scenario("lookahead(inner=adam)")
    names = [axis.setting for axis in settings_of(one.entries[0], one.landscape)]
    assert names == [
        "sync_period", "slow_step_size", "inner.learning_rate", "inner.beta1", "inner.beta2", "inner.epsilon", "x", "y",
    ]  # fmt: skip
