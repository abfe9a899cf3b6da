"""The closed form against runs of the optimizer, and the borders against the rate that they divide."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape_lab.experiments.course.quadratic import (
    NEARLY,
    Damping,
    alternating_step,
    best_settings,
    convergence_rate,
    critical_momentum,
    critical_step,
    damping,
    eigenvalues,
    envelope,
    iterates,
    largest_step,
)
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, run

KAPPA = 20.0
BOWL = LANDSCAPES["elliptic_bowl"].with_parameters(condition=KAPPA, angle=0)
"""Its curvatures are 1 along x and 20 along y."""

SETTINGS = [(0.01, 0.0), (0.01, 0.9), (0.05, 0.3), (0.09, 0.5), (0.04, 0.95), (0.0026334, 0.9), (0.12, 0.9)]


@pytest.mark.parametrize(("rate", "momentum"), SETTINGS)
def test_both_directions_of_a_run_follow_the_closed_form(rate, momentum):
    path = run(BOWL, OPTIMIZERS["momentum"](learning_rate=rate, momentum=momentum), (-1.5, 1.2), 60)
    steps = int(path.last_step)
    for axis, (start, curvature) in enumerate([(-1.5, 1.0), (1.2, KAPPA)]):
        solved = iterates(rate * curvature, momentum, steps, start)
        np.testing.assert_allclose(path.points[: steps + 1, axis], solved, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("momentum", [0.04, 0.25, 0.81])
def test_the_critical_step_has_a_double_eigenvalue_and_is_still_solved(momentum):
    step = float(critical_step(momentum))
    first, second = eigenvalues(step, momentum)
    assert first == pytest.approx(second, abs=1e-7)
    path = run(BOWL, OPTIMIZERS["momentum"](learning_rate=step, momentum=momentum), (1.0, 0.0), 50)
    np.testing.assert_allclose(path.points[:, 0], iterates(step, momentum, 50), rtol=1e-6, atol=1e-9)


def test_without_momentum_it_is_gradient_descent():
    np.testing.assert_allclose(iterates(0.3, 0.0, 8, 2.0), 2 * 0.7 ** np.arange(9), rtol=1e-14)
    assert convergence_rate(0.3, 0.0) == pytest.approx(0.7)
    assert largest_step(0.0) == 2


MOMENTUM = st.floats(0.01, 0.99)


@given(MOMENTUM)
def test_the_borders_are_where_the_rate_says(gamma):
    edge = largest_step(gamma)
    assert convergence_rate(edge, gamma) == pytest.approx(1)
    assert convergence_rate(0.999 * edge, gamma) < 1 < convergence_rate(1.001 * edge, gamma)
    inside = np.linspace(critical_step(gamma), alternating_step(gamma), 20)
    np.testing.assert_allclose(convergence_rate(inside, gamma), np.sqrt(gamma), rtol=1e-6)


@pytest.mark.parametrize("gamma", [0.04, 0.25, 0.81])
def test_each_kind_of_damping_ends_at_its_border(gamma):
    critical, alternating, largest = (
        float(border(gamma)) for border in (critical_step, alternating_step, largest_step)
    )
    for step, kind in [
        (critical * (1 - 1.01 * NEARLY), Damping.OVERDAMPED),
        (critical * (1 - 0.99 * NEARLY), Damping.CRITICAL),
        (critical * (1 + 0.99 * NEARLY), Damping.CRITICAL),
        (critical * (1 + 1.01 * NEARLY), Damping.UNDERDAMPED),
        (np.nextafter(alternating, 0), Damping.UNDERDAMPED),
        (alternating, Damping.ALTERNATING),
        (np.nextafter(largest, 0), Damping.ALTERNATING),
        (largest, Damping.DIVERGENT),
        (0.0, Damping.DIVERGENT),
    ]:
        assert damping(step, gamma) is kind, step


@given(st.floats(0.01, 0.99))
def test_the_critical_momentum_is_the_best_for_its_step(step):
    best = convergence_rate(step, critical_momentum(step))
    assert critical_step(critical_momentum(step)) == pytest.approx(step)
    assert best <= convergence_rate(step, np.linspace(0, 0.999, 400)).min() + 1e-9


def test_the_best_settings_of_a_bowl_beat_their_neighbours():
    def worst(rate, gamma):
        return np.maximum(convergence_rate(rate, gamma), convergence_rate(rate * KAPPA, gamma))

    rate, gamma = best_settings(1.0, KAPPA)
    best = worst(rate, gamma)
    assert best == pytest.approx((np.sqrt(KAPPA) - 1) / (np.sqrt(KAPPA) + 1), rel=1e-6)
    rates, gammas = np.meshgrid(rate * np.linspace(0.5, 1.5, 101), np.linspace(0, 0.99, 199))
    assert best <= worst(rates, gammas).min() + 1e-7


@pytest.mark.parametrize(
    ("step", "momentum", "expected"),
    [
        (0.1, 0.1, Damping.OVERDAMPED),
        (0.25, 0.25, Damping.CRITICAL),
        (0.5, 0.25, Damping.UNDERDAMPED),
        (2.4, 0.25, Damping.ALTERNATING),
        (2.5, 0.25, Damping.DIVERGENT),
        (0.0, 0.25, Damping.DIVERGENT),
        (0.5, 1.0, Damping.DIVERGENT),
        (1.0, 0.0, Damping.CRITICAL),
        (1.5, 0.0, Damping.ALTERNATING),
    ],
)
def test_regimes(step, momentum, expected):
    assert damping(step, momentum) is expected


def test_regimes_are_what_the_iterates_do():
    over, under, flipping = iterates(0.1, 0.1, 40), iterates(0.5, 0.6, 40), iterates(2.4, 0.25, 40)
    assert (over > 0).all()
    swings = np.abs(np.diff(np.sign(under))).sum() / 2
    assert 1 < swings < 40
    assert (np.sign(flipping) == (-1.0) ** np.arange(41)).all()
    assert np.abs(iterates(2.6, 0.25, 40)[-1]) > 10


@given(st.floats(0.01, 3.5), st.floats(0, 0.95))
def test_an_envelope_touches_the_iterates_and_never_cuts_them(step, gamma):
    around, sizes = envelope(step, gamma, 30), np.abs(iterates(step, gamma, 30))
    assert (sizes <= around * (1 + 1e-9)).all()
    assert np.isclose(sizes, around).any()


def test_no_steps_are_the_start_alone():
    assert iterates(0.5, 0.5, 0, 3.0).tolist() == [3.0]
    assert envelope(0.5, 0.5, 0, 3.0).tolist() == [3.0]


def test_what_outgrows_a_float_is_not_finite_and_raises_nothing():
    lost = iterates(8.0, 0.9, 500)
    assert np.isfinite(lost[:100]).all() and not np.isfinite(lost[-1])
    assert np.abs(lost[100]) <= envelope(8.0, 0.9, 500)[100] * (1 + 1e-9)
