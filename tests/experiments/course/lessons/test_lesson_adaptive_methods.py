"""What the page says beyond its claims: windows, units, first steps, and valleys that lie askew."""

import numpy as np
import pytest

from landscape_lab.experiments import Race, race, results
from landscape_lab.experiments.course.lessons.adaptive_methods import AdaptiveMethods, per_gradient
from landscape_lab.experiments.course.scaled import Scaled
from landscapes import LANDSCAPES, SURFACES
from optim_core import OPTIMIZERS, Trajectory, run
from optim_core.objective import Array, Transparent

WALL = (4.0, 2.0)


@pytest.fixture(scope="module")
def shown():
    return race(AdaptiveMethods().scenario)


def test_rates_of_the_figure_are_those_of_the_race(shown):
    rates = AdaptiveMethods().effective_rates
    assert [each.shape for each in rates] == [(250, 2)] * 4
    for mine, path in list(zip(rates, shown.trajectories, strict=True))[:3]:  # Adam's direction is not the gradient
        np.testing.assert_allclose(mine, per_gradient(shown, path), rtol=1e-9)


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


def test_adam_remembers_the_steep_part(shown):
    rmsprop, adam = AdaptiveMethods().effective_rates[1], AdaptiveMethods().effective_rates[3]
    assert np.median(adam[125:, 1]) < np.median(rmsprop[125:, 1]) / 10
    rows = results(shown)
    assert (rows[3].steps_to_tolerance or 0) > (rows[1].steps_to_tolerance or np.inf)


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


def test_rates_of_coordinates_help_less_in_a_valley_that_lies_askew():
    _own_rates, along, askew, _windows = AdaptiveMethods.suggested().values()
    for straight, turned in list(zip(results(race(along)), results(race(askew)), strict=True))[1:]:
        assert turned.final_loss > 1000 * straight.final_loss


def test_adagrad_wants_a_large_rate():
    own_rates = next(iter(AdaptiveMethods.suggested().values()))
    rows = results(race(own_rates))
    assert all(row.steps_to_tolerance is not None for row in rows)
    assert own_rates.entries[0].optimizer == OPTIMIZERS["adagrad"](learning_rate=0.5)


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


@pytest.mark.parametrize(("rise", "holds"), [(1e-8, True), (1e-5, False)])
def test_a_rate_that_rises_once_does_not_only_fall(monkeypatch: pytest.MonkeyPatch, rise: float, holds: bool):
    """By more than its digits can tell, at one step: then the claim about Adagrad is not made."""
    lesson = AdaptiveMethods()
    shown = race(lesson.scenario)

    def with_a_rise(run: Race, path: Trajectory) -> Array:
        rates = per_gradient(run, path).copy()
        if path is shown.trajectories[0]:
            rates[1:] *= rates[0] / rates[1] * (1 + rise)
        return rates

    monkeypatch.setattr("landscape_lab.experiments.course.lessons.adaptive_methods.per_gradient", with_a_rise)
    assert lesson.claims()["recovers"].found(lesson, shown).holds == holds


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
