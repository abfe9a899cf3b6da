"""The direction from which a surface is shown in three dimensions."""

import numpy as np
import pytest

from landscape_lab.figures.height_scale import HeightScale
from landscape_lab.figures.level_sets import ContourGrid, contour_grid
from landscape_lab.figures.surface_camera import AZIMUTHS, ELEVATIONS, FLOOR, HEIGHT, eye, view_direction, visible
from landscapes import LANDSCAPES, parse_formula
from optim_core.objective import Array

SIDE = np.linspace(-1, 1, 41)


def grid_of(heights: Array) -> ContourGrid:
    return ContourGrid(SIDE, SIDE, heights, heights, HeightScale(False, 0.0, 0.0, 1.0))


def test_a_wall_hides_what_lies_behind_it_from_a_low_direction() -> None:
    heights = np.zeros((41, 41))
    heights[10] = 0.3  # from left to right, in front of the middle
    middle, front = np.array([[20, 20]]), np.array([[5, 20]])
    assert not visible(heights, middle, 270, 30)[0]
    assert visible(heights, middle, 270, 60)[0]
    assert visible(heights, middle, 90, 30)[0]
    assert visible(heights, front, 270, 30)[0]


@pytest.mark.parametrize("quarter", range(4))
def test_a_valley_behind_a_wall_is_shown_from_another_side(quarter: int) -> None:
    _, y = np.meshgrid(SIDE, SIDE)
    heights = np.rot90(np.where(y < -0.9, 1.0, 0.15 * (1 + y)), quarter)
    x0, y0 = [(0.0, -0.8), (-0.8, 0.0), (0.0, 0.8), (0.8, 0.0)][quarter]
    azimuth, elevation = view_direction(grid_of(heights), (-x0, -y0), [(x0, y0)])
    cell = np.rint((np.array([[y0, x0]]) + 1) * 20).astype(int)
    raised = HEIGHT / (1 + FLOOR) * heights
    assert visible(raised, cell, azimuth, elevation).all()
    assert not all(visible(raised, cell, each, elevation)[0] for each in AZIMUTHS)


@pytest.mark.parametrize("key", ["bowl", "six_hump_camel", "mccormick", "three_hump_camel"])
def test_the_minima_of_wide_valleys_are_visible(key: str) -> None:
    surface = LANDSCAPES[key]
    grid = contour_grid(surface, 121, surface.domain)
    pose = view_direction(grid, surface.start, list(surface.minima))
    low, high = grid.scale.low, grid.scale.high
    cells = np.array([[abs(grid.ys - y).argmin(), abs(grid.xs - x).argmin()] for x, y in surface.minima])
    assert visible(HEIGHT / (1 + FLOOR) * (grid.heights - low) / (high - low), cells, *pose).all()


@pytest.mark.parametrize("text", ["0*x", "x", "1/x", "log(x)*y"])
def test_every_formula_has_a_direction(text: str) -> None:
    surface = parse_formula(text)
    grid = contour_grid(surface, 41, surface.domain)
    azimuth, elevation = view_direction(grid, surface.start, [])
    assert azimuth in AZIMUTHS and elevation in ELEVATIONS


def test_the_eye_of_a_camera() -> None:
    place = eye(290, 34, 2.2)
    assert np.hypot.reduce(list(place.values())) == pytest.approx(2.2, abs=1e-3)
    assert place["x"] > 0 > place["y"]
    assert place["z"] == pytest.approx(2.2 * np.sin(np.radians(34)), abs=1e-3)
