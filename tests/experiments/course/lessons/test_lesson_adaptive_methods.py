"""What the page says beyond its claims: windows, units, first steps, turned bowls, and rare large gradients."""

from collections.abc import Sequence

import numpy as np
import pytest

from landscape_lab.experiments import Race, Scenario, race, results
from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.lessons.adaptive_methods import (
    ACROSS,
    ALONG,
    RARE,
    RATES,
    AdaptiveMethods,
    drifts,
    regained,
)
from landscape_lab.experiments.course.rare_gradients import drift
from landscape_lab.experiments.course.scaled import Scaled
from landscapes import LANDSCAPES, SURFACES
from optim_core import OPTIMIZERS, Trajectory, run
from optim_core.objective import Array, Transparent

WALL = (4.0, 2.0)


@pytest.fixture(scope="module")
def shown():
    return race(AdaptiveMethods().scenario)


def per_gradient(race: Race, path: Trajectory) -> Array:
    """The distance per unit of gradient of each step, for each coordinate, shape (steps, 2)."""
    with np.errstate(all="ignore"):
        return -np.diff(path.points, axis=0) / race.landscape.gradient(path.points[:-1].T).T


def test_rates_of_the_figure_are_those_of_the_race(shown):
    rates = AdaptiveMethods().effective_rates
    assert [each.shape for each in rates] == [(300, 2)] * 4
    for mine, path in list(zip(rates, shown.trajectories, strict=True))[:3]:  # Adam's direction is not the gradient
        np.testing.assert_allclose(mine, per_gradient(shown, path), rtol=1e-9)


def test_the_picture_shows_one_thing(shown):
    """All but Adagrad end in the same minimum; Adagrad ends on the slope, far from it."""
    ends = [path.points[-1] for path in shown.trajectories]
    (minimum,) = {
        tuple(shown.landscape.minima[int(convergence(shown.landscape, path).minimum)])
        for path in shown.trajectories[1:]
    }
    assert all(np.hypot(*(end - minimum)) < 0.1 for end in ends[1:])
    assert np.hypot(*(ends[0] - minimum)) > 1.5


def test_adagrad_rate_is_its_formula(shown):
    slopes = shown.landscape.gradient(shown.trajectories[0].points[:-1].T).T
    theirs = 0.05 / np.sqrt(np.cumsum(slopes**2, axis=0) + 1e-8)
    np.testing.assert_allclose(AdaptiveMethods().effective_rates[0], theirs, rtol=1e-6)


def test_each_coordinate_has_its_own_rate(shown):
    for rates in AdaptiveMethods().effective_rates:
        assert not np.isclose(rates[0, 0], rates[0, 1], rtol=0.5)


def test_rmsprop_keeps_hopping_and_adam_does_not(shown):
    ends = [np.hypot(*np.diff(path.points[-100:], axis=0).T).mean() for path in shown.trajectories]
    assert ends[1] > 0.05
    assert ends[3] < 0.05 / 10


def test_adam_remembers_the_steep_part():
    rmsprop, adam = AdaptiveMethods().effective_rates[1], AdaptiveMethods().effective_rates[3]
    assert np.median(adam[150:, 1]) < np.median(rmsprop[150:, 1]) / 10


def test_rates_of_adadelta_rise_again():
    adadelta = AdaptiveMethods().effective_rates[2]
    assert (np.nanmedian(adadelta[150:], axis=0) > 1.5 * np.nanmin(adadelta[:20], axis=0)).all()


@pytest.mark.parametrize(("rho", "window"), [(0.9, 10), (0.99, 100)])
def test_window_of_the_average(rho: float, window: float):
    ages = np.arange(20_000)
    assert ((1 - rho) * rho**ages * (ages + 1)).sum() == pytest.approx(window)


@pytest.mark.parametrize("key", ["adagrad", "rmsprop", "adadelta", "adam"])
def test_scale_of_the_loss_cancels(key: str):
    beale, optimizer = LANDSCAPES["beale"], OPTIMIZERS[key]()
    first = run(beale, optimizer, WALL, 1).points[1]
    again = run(Scaled(beale, 1000.0), optimizer, WALL, 1).points[1]
    np.testing.assert_allclose(first, again, atol=1e-8)


def test_scale_of_the_loss_does_not_cancel_for_gradient_descent():
    beale, optimizer = LANDSCAPES["beale"], OPTIMIZERS["gradient_descent"](learning_rate=1e-6)
    step, longer = (run(loss, optimizer, WALL, 1).points[1] - WALL for loss in (beale, Scaled(beale, 1000.0)))
    np.testing.assert_allclose(longer, 1000 * step)


@pytest.mark.parametrize("rho", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("epsilon", [1e-6, 1e-4])
def test_epsilon_sets_the_first_step_of_adadelta(rho: float, epsilon: float):
    path = run(LANDSCAPES["beale"], OPTIMIZERS["adadelta"](rho=rho, epsilon=epsilon), WALL, 1)
    np.testing.assert_allclose(np.abs(path.points[1] - WALL), np.sqrt(epsilon / (1 - rho)), rtol=1e-4)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99)])
def test_first_step_of_adam_with_and_without_correction(beta1: float, beta2: float):
    for correction, size in ((True, 1.0), (False, (1 - beta1) / np.sqrt(1 - beta2))):
        adam = OPTIMIZERS["adam"](learning_rate=0.1, beta1=beta1, beta2=beta2, bias_correction=correction)
        step = run(LANDSCAPES["beale"], adam, WALL, 1).points[1] - WALL
        np.testing.assert_allclose(np.abs(step), 0.1 * size, rtol=1e-6)


def bowl(angle: float, start: Sequence[float], lanes: str) -> list[int | None]:
    """The steps until entries converge in a narrow bowl turned by an angle, with the start turned as well."""
    turn = np.radians(angle)
    x, y = np.cos(turn) * start[0] - np.sin(turn) * start[1], np.sin(turn) * start[0] + np.cos(turn) * start[1]
    link = {"surface": f"elliptic_bowl(condition=100,angle={angle})", "start": f"{float(x)!r},{float(y)!r}"}
    return [row.converged_at for row in results(race(Scenario.from_query({**link, "lanes": lanes, "steps": "300"})))]


def test_bowls_of_the_question_are_one_bowl_turned():
    for lanes in ("gradient_descent(learning_rate=0.0198)", "adagrad(learning_rate=0.5)"):
        straight, turned = (
            results(race(Scenario.from_query({**link, "lanes": lanes})))[0].converged_at for link in (ALONG, ACROSS)
        )
        assert [straight] == bowl(0, (-1.7, 1.0), lanes)
        assert [turned] == bowl(45, (-1.7, 1.0), lanes)


def test_numbers_of_the_question_are_those_of_the_bowl():
    lanes = "gradient_descent(learning_rate=0.0198),adagrad(learning_rate=0.5)"
    plain, adagrad = bowl(0, (-1.7, 1.0), lanes)
    assert plain and adagrad and plain > 170 and adagrad < 10
    for language in ("en", "zh"):
        asked = AdaptiveMethods.content(language).block("Question").text
        assert "170" in asked and "10" in asked and "0.5" in asked and "45" in asked


@pytest.mark.parametrize("start", [(-1.7, 1.0), (-1.2, 0.9), (-1.0, -1.0), (1.5, 0.3)])
def test_turning_the_bowl_costs_adagrad_its_advantage_from_any_start(start: tuple[float, float]):
    """Each time with the best of nine rates; gradient descent takes the same steps in both bowls."""
    best = []
    for angle in (0, 45):
        found = bowl(angle, start, ",".join(f"adagrad(learning_rate={rate})" for rate in RATES))
        best.append(min(step for step in found if step is not None))
    assert best[1] > 10 * best[0]
    plain = [bowl(angle, start, "gradient_descent(learning_rate=0.0198)") for angle in (0, 45)]
    assert plain[0] == plain[1] and (plain[0][0] or 0) > best[1] * 0.8


def test_an_entry_that_cannot_arrive_is_told_as_never():
    lesson = AdaptiveMethods(learning_rate=0.005)
    found = lesson.claims()["stalls"].found(lesson, race(lesson.scenario))
    assert not found.holds
    assert "Adagrad never" in str(found.sentence)


def test_without_correction_the_claim_says_so():
    lesson = AdaptiveMethods(bias_correction=False)
    found = lesson.claims()["first_step"].found(lesson, race(lesson.scenario))
    assert not found.holds
    assert "3.16 times" in str(found.sentence)


@pytest.mark.parametrize("rho", [0.99, 0.999])
def test_a_long_average_has_a_rate_to_the_end(rho: float):
    """Steps that have become zero are no rate of zero."""
    lesson = AdaptiveMethods(rho=rho)
    values = lesson.claims()["recovers"].measure(lesson, race(lesson.scenario))[1]
    assert values["high"] >= values["low"] > 0.01


def test_rates_of_another_method_are_not_those_of_adagrad(shown):
    lesson = AdaptiveMethods()
    others = Race(shown.scenario, (shown.trajectories[1], *shown.trajectories[1:]))
    assert lesson.claims()["only_falls"].found(lesson, shown).holds
    assert not lesson.claims()["only_falls"].found(lesson, others).holds


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
@pytest.mark.parametrize("start", [-0.8, 0.0, 0.8])
def test_adam_moves_against_the_mean_gradient_in_any_unit_from_any_start(scale: float, start: float):
    """Until it is kept from moving further."""
    rare = RARE._replace(scale=scale)

    def moved(name: str, beta2: float, **settings: float | bool) -> float:
        adam = OPTIMIZERS[name](0.005, beta2=beta2, **settings)
        return float(drift(adam, rare, 1000, start).positions[-50:].mean()) - start

    assert rare.mean > 0
    assert moved("adam", 0.9) > 0.1 and moved("adamax", 0.9) > 0.1
    assert moved("amsgrad", 0.9) < -0.01 and moved("amsgrad", 0.9, bias_correction=False) < -0.01
    assert moved("adam", 0.999) < -0.01


def test_amsgrad_of_other_libraries_moves_the_right_way_too():
    """The maximum of the corrected averages, as in optax, in code of its own."""
    x, m, v, largest = 0.0, 0.0, 0.0, 0.0
    for t in range(1000):
        g = RARE.large if t % RARE.period == 0 else -RARE.small
        m, v = 0.9 * m + 0.1 * g, 0.9 * v + 0.1 * g * g
        largest = max(largest, v / (1 - 0.9 ** (t + 1)))
        x -= 0.005 * m / (1 - 0.9 ** (t + 1)) / largest**0.5
    assert x < -0.02


def test_effective_rate_of_amsgrad_does_not_rise_again():
    adam, amsgrad = (found.rates for found in (drifts()["adam"], drifts()["amsgrad"]))
    late = slice(10 * RARE.period, None)
    assert (np.diff(amsgrad[late]) <= 1e-9 * amsgrad[late][:-1]).all()
    assert regained()[0] > 5 and adam[late].max() > 5 * adam[late].min()
    assert regained()[1] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "lanes"),
    [
        ("adagrad_in_time", "adam(learning_rate=0.1)"),
        ("adagrad_in_time", "adagrad(learning_rate=0.05),adam(learning_rate=0.1)"),
        ("adagrad_in_time", "adagrad(learning_rate=0.05*cosine)"),
        ("beat_adam", "adam(learning_rate=0.01),momentum(learning_rate=0.03,momentum=0.7)"),
        ("beat_adam", "adam(learning_rate=0.7),newton"),
        ("unbiased", "adam(learning_rate=0.05)"),
        ("unbiased", "adam(learning_rate=0.05,bias_correction=false,epsilon=0.1)"),
    ],
)
def test_tasks_are_not_met_by_a_trick(name: str, lanes: str):
    goal = AdaptiveMethods.goals()[name]
    assert not goal.found(AdaptiveMethods(), race(Scenario.from_query({**goal.link, "lanes": lanes}))).holds


@pytest.mark.parametrize("surface", ["tanh_network", "multiple_regression"])
def test_a_scaled_loss_is_as_written_out(surface: str):
    scaled = Scaled(SURFACES[surface], 7.0)
    written, asked = (run(loss, OPTIMIZERS["adam"](0.05), (0.5, -0.3), 60) for loss in (scaled, Transparent(scaled)))
    np.testing.assert_array_equal(written.points, asked.points)


def test_a_scaled_loss_scales_its_curvature_too():
    """Newton's step is the same in every unit of the loss."""
    beale = SURFACES["beale"]
    point = np.array(WALL, dtype=float)
    assert (Scaled(beale, 8.0).hessian(point) == 8.0 * beale.hessian(point)).all()
    plain, scaled = (run(loss, OPTIMIZERS["newton"](), WALL, 3).points for loss in (beale, Scaled(beale, 8.0)))
    assert np.allclose(plain, scaled, rtol=1e-12, atol=0)
