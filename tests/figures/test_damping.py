from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments.course.quadratic import convergence_rate, critical_step, envelope, iterates, largest_step
from landscape_lab.figures.damping import damping_figure, damping_map_figure

PRODUCTS, MOMENTA = np.linspace(0, 4, 41), np.linspace(0, 0.99, 34)
RATES = convergence_rate(PRODUCTS, MOMENTA[:, None])
SWINGS, LOST = iterates(0.5, 0.6, 30), iterates(3.3, 0.6, 30)


def trace(figure, role: str) -> Any:
    (found,) = [each for each in figure.data if each.meta == role]
    return found


def damping_map(**more: Any) -> Any:
    return damping_map_figure(
        PRODUCTS, MOMENTA, RATES, critical=critical_step(MOMENTA), border=largest_step(MOMENTA), **more
    )


def test_iterates_are_drawn_with_their_sign_around_the_minimum():
    figure: Any = damping_figure([SWINGS], ["swings"])
    line: Any = figure.data[0]
    np.testing.assert_array_equal(line.y, SWINGS)
    low, high = figure.layout["yaxis"].range
    assert low == -high and high > 1


def test_envelope_is_drawn_with_both_signs():
    around = envelope(0.5, 0.6, 30)
    drawn = trace(damping_figure([SWINGS], ["swings"], envelopes=[around]), "envelope")
    np.testing.assert_array_equal(drawn.y, [*around, np.nan, *-around])


def test_diverged_run_leaves_the_axes():
    figure: Any = damping_figure([SWINGS, LOST], ["swings", "diverges"])
    stayed, gone = [each for each in figure.data if each.mode == "lines"]
    assert len(stayed.y) == 31
    end = len(gone.y)
    np.testing.assert_array_equal(gone.y, LOST[:end])
    high = figure.layout["yaxis"].range[1]
    assert abs(gone.y[-1]) > high > np.abs(gone.y[:-1]).max()
    assert np.abs(gone.y[:-1]).max() <= 3 < abs(gone.y[-1])
    heads = [each for each in figure.data if each.mode == "lines+markers"]
    assert [head.cliponaxis for head in heads] == [False, True]


def test_run_that_returns_is_drawn_completely():
    far = np.array([1.0, 5.0, -6.0, 0.5, 0.1])
    figure: Any = damping_figure([far], ["far"])
    line: Any = figure.data[0]
    np.testing.assert_array_equal(line.y, far)
    assert figure.layout["yaxis"].range[1] > 6


def test_map_contains_every_rate_once():
    figure: Any = damping_map()
    settles, lost = trace(figure, "rates").z, trace(figure, "diverges").z
    assert (np.isnan(settles) ^ np.isnan(lost)).all()
    np.testing.assert_allclose(np.where(np.isnan(settles), lost, settles), RATES, rtol=1e-6)
    assert np.nanmax(settles) <= 1 <= np.nanmin(lost)


def test_lines_on_the_map_separate_the_regimes():
    figure: Any = damping_map()
    critical, border = [each for each in figure.data if each.type == "scatter"]
    np.testing.assert_array_equal(critical.y, MOMENTA)
    assert convergence_rate(critical.x, critical.y) == pytest.approx(np.sqrt(MOMENTA), abs=1e-6)
    assert convergence_rate(border.x, border.y) == pytest.approx(1)


def test_current_settings_are_marked():
    marks = [(0.05, 0.9), (1.0, 0.9)]
    figure: Any = damping_map(marks=marks, labels=["gentle", "steep"])
    drawn = [each for each in figure.data if each.meta == "mark"]
    assert [(each.x[0], each.y[0], each.name) for each in drawn] == [(0.05, 0.9, "gentle"), (1.0, 0.9, "steep")]
