"""Which minimum a cell's run has reached: the nearest one within a hundredth of the map's diagonal."""

import math

import numpy as np
import pytest

from landscape_lab.experiments.maps.metrics import NOWHERE, minimum_reached
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


@pytest.mark.parametrize(("key", "place"), MINIMA)
def test_a_minimum_is_reached_within_a_hundredth_of_the_diagonal_and_not_beyond(key: str, place: int):
    landscape = LANDSCAPES[key]
    (x0, x1), (y0, y1) = landscape.domain
    reach = 0.01 * math.hypot(x1 - x0, y1 - y0)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles)])
    for share, expected in ((0.0, place), (0.999, place), (1.001, NOWHERE)):
        points = np.array(landscape.minima[place])[:, None] + share * reach * ring
        found = minimum_reached(ended_at(points, landscape.value(points)), landscape)
        assert (found == expected).all(), share


def test_of_two_minima_within_reach_the_nearer_one_counts():
    landscape = LANDSCAPES["himmelblau"]
    (ax, ay), (bx, by) = landscape.minima[:2]

    class Close:
        """Himmelblau's function, seen on a map so large that all its minima are within reach."""

        domain, minima = ((-1000.0, 1000.0), (-1000.0, 1000.0)), landscape.minima
        value = staticmethod(landscape.value)

    points = np.array([[ax, bx, 0.9 * ax + 0.1 * bx], [ay, by, 0.9 * ay + 0.1 * by]])
    found = minimum_reached(ended_at(points, landscape.value(points)), Close())  # type: ignore[arg-type]
    assert found.tolist() == [0, 1, 0]
