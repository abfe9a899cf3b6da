"""To which minimum the run of a cell has converged."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments.convergence import NOWHERE
from landscape_lab.experiments.maps.metrics import minimum_of_converged
from landscapes import LANDSCAPES
from optim_core import Outcome
from optim_core.final_state import FinalStates

MINIMA = [
    (key, place)
    for key in ("mccormick", "six_hump_camel", "tanh_network", "himmelblau")
    for place in range(len(LANDSCAPES[key].minima))
]
"""Maps that are as wide as high, and maps that are not; minima on all sides of the origin."""


def ended_at(points: np.ndarray, losses: np.ndarray) -> FinalStates:
    n = points.shape[1]
    outcomes, last_step = np.full(n, Outcome.FINISHED, np.int8), np.full(n, 9, np.int64)
    return FinalStates(points, losses, outcomes, last_step, np.full(n, np.nan))


def found_at(points: np.ndarray, landscape: Any, start_loss: float) -> list[int]:
    return minimum_of_converged(ended_at(points, landscape.value(points)), start_loss, landscape).tolist()


@pytest.mark.parametrize(("key", "place"), MINIMA)
def test_run_has_converged_to_a_local_minimum_within_a_hundredth_of_the_diagonal_and_not_beyond(key: str, place: int):
    """The starts are so high that every loss on the map is within tolerance of the minimum."""
    landscape = LANDSCAPES[key]
    (x0, x1), (y0, y1) = landscape.domain
    reach = 0.01 * math.hypot(x1 - x0, y1 - y0)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles)])
    heights = landscape.value(np.array(landscape.minima).T)
    is_local = heights[place] > heights.min() + 1e-6
    for share, within in ((0.0, True), (0.999, True), (1.001, False)):
        points = np.array(landscape.minima[place])[:, None] + share * reach * ring
        found = found_at(points, landscape, start_loss=1e9)
        if within or not is_local:
            assert set(found) == {place}, share
        else:
            assert place not in found, share


@pytest.mark.parametrize(("key", "place"), MINIMA)
def test_run_has_converged_when_a_thousandth_of_the_height_is_left(key: str, place: int):
    landscape = LANDSCAPES[key]
    point = np.array(landscape.minima[place])[:, None] + [[1e-3], [1e-3]]
    height = float(landscape.value(point)[0] - landscape.value(np.array(landscape.minima[place])))
    minimum = float(landscape.value(np.array(landscape.minima[place])))
    assert found_at(point, landscape, minimum + 1001 * height) == [place]
    assert found_at(point, landscape, minimum + 999 * height) == [NOWHERE]


def test_run_converges_to_the_nearer_of_two_minima_within_reach():
    landscape = LANDSCAPES["himmelblau"]
    (ax, ay), (bx, by) = landscape.minima[:2]
    points = np.array([[ax, bx, 0.9 * ax + 0.1 * bx], [ay, by, 0.9 * ay + 0.1 * by]])
    assert found_at(points, replace(landscape, domain=((-1e3, 1e3), (-1e3, 1e3))), start_loss=1e9) == [0, 1, 0]


def test_diverged_run_has_converged_to_no_minimum():
    landscape = LANDSCAPES["himmelblau"]
    point = np.array(landscape.minima[:1]).T
    ends = replace(ended_at(point, landscape.value(point)), outcomes=np.full(1, Outcome.DIVERGED, np.int8))
    assert minimum_of_converged(ends, 100.0, landscape).tolist() == [NOWHERE]
