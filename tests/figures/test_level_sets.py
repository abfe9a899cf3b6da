"""No closed contour is drawn around a point that is neither a minimum nor a maximum."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from landscape_lab.figures.contour import contour_figure
from landscape_lab.figures.height_scale import height_scale
from landscape_lab.figures.level_sets import contour_grid, without_false_loops
from landscape_lab.figures.map_image import BANDS, map_pixels
from landscape_lab.figures.surface import surface_figure
from landscape_lab.figures.surface_grid import POINTS, sample_surface
from landscape_lab.figures.theme import LIGHT
from landscapes import LANDSCAPES, SURFACES, Landscape, parse_formula
from tests.figures.components import closed_parts

ROSENBROCK = LANDSCAPES["rosenbrock"]
KNOBS_LEFT_OUT = {"n", "seed", "noise", "task_angle", "outliers"}
"""Of the losses over data: their surfaces change little, or take long."""
LARGE = 600
"""Places of a part that a maximum is looked for in: false islets are small."""
FINE = 8
"""Points of an independent look at the surface, along each side of a cell."""


def cases() -> dict[str, Landscape]:
    """Every surface, with each of its parameters at both ends of its range."""
    found = dict(SURFACES)
    for key, surface in SURFACES.items():
        for name, knob in surface.knobs.items():
            if knob.kind in (int, float) and name not in KNOBS_LEFT_OUT:
                found |= {
                    f"{key} {name}={end}": surface.with_parameters(**{name: end}) for end in (knob.low, knob.high)
                }
    return found


CASES = cases()
QUICK = {"himmelblau", "rastrigin", "elliptic_bowl condition=1000.0", "multiple_regression correlation=0.99"}


def drawn(figure: Any) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """The grid of a map or a relief, and the levels of its lines."""
    (surface,) = [each for each in figure.data if each.meta == "surface"]
    lines = surface.contours.z if surface.type == "surface" else surface.contours
    levels = np.arange(lines.start, lines.end + lines.size / 2, lines.size)
    xs, ys, heights = (np.asarray(each, dtype=float) for each in (surface.x, surface.y, surface.z))
    return xs, ys, heights, levels


def false_loops(landscape: Landscape, xs: NDArray, ys: NDArray, heights: NDArray, levels: NDArray) -> list[str]:
    """Descriptions of the closed contours that enclose no minimum and no maximum."""
    wrong = []
    for level in levels:
        for part in closed_parts(heights, level):
            if not any(within(part, xs, ys, point) for point in landscape.minima):
                wrong.append(f"below {level:.4g} at {xs[part[0, 1]]:.4g}, {ys[part[0, 0]]:.4g}")
        for part in closed_parts(-heights, -level):
            if len(part) < LARGE and not has_maximum(landscape, part, xs, ys):
                wrong.append(f"above {level:.4g} at {xs[part[0, 1]]:.4g}, {ys[part[0, 0]]:.4g}")
    return wrong


def within(part: NDArray, xs: NDArray, ys: NDArray, point: tuple[float, float]) -> bool:
    """Whether a point lies in one of the cells that have a corner in the part."""
    column = (point[0] - xs[0]) / (xs[1] - xs[0])
    row = (point[1] - ys[0]) / (ys[1] - ys[0])
    return bool((np.abs(part - [row, column]).max(axis=1) < 1 + 1e-3).any())


def has_maximum(landscape: Landscape, part: NDArray, xs: NDArray, ys: NDArray) -> bool:
    """Whether the surface has a maximum in the box around a part, on a grid that is `FINE` times as fine."""
    (top, left), (bottom, right) = part.min(axis=0) - 1, part.max(axis=0) + 1
    x = np.linspace(xs[left], xs[right], (right - left) * FINE + 1)
    y = np.linspace(ys[top], ys[bottom], (bottom - top) * FINE + 1)
    losses = landscape.value(np.stack(np.meshgrid(x, y)))
    around = np.lib.stride_tricks.sliding_window_view(losses, (3, 3)).max(axis=(2, 3))
    return bool((losses[1:-1, 1:-1] == around).any())


@pytest.mark.parametrize(
    "key", [key if key in QUICK else pytest.param(key, marks=pytest.mark.thorough) for key in CASES]
)
def test_every_closed_contour_encloses_an_extremum(key: str):
    landscape = CASES[key]
    seen = [drawn(figure) for figure in (contour_figure(landscape), surface_figure(landscape))]
    if seen[0][2].shape == seen[1][2].shape:  # the map and the relief have one array
        seen = [(*seen[0][:3], np.union1d(seen[0][3], seen[1][3]))]
    for each in seen:
        assert false_loops(landscape, *each) == []


@pytest.mark.parametrize(
    "key", [key if key in QUICK else pytest.param(key, marks=pytest.mark.thorough) for key in CASES]
)
def test_known_extrema_skip_the_search_and_change_nothing(key: str):
    landscape = CASES[key]
    xs, ys, losses = sample_surface(landscape)
    scale = height_scale(losses, landscape.minimum_value)
    asked = []

    def value(theta: NDArray) -> NDArray:
        asked.append(theta)
        return landscape.value(theta)

    found, counts = [], []
    for known in ((), (landscape.minima, landscape.maxima)):
        asked.clear()
        found.append(without_false_loops(value, xs, ys, scale.shown(losses), scale.lines(), *known))
        counts.append(len(asked))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1] == found[1][1] and counts[1] <= counts[0]


def test_surface_is_sampled_once_for_all_its_figures():
    landscape = LANDSCAPES["himmelblau"]
    first, again = (contour_grid(landscape, POINTS, landscape.domain) for _ in range(2))
    assert first is again, "figures of one surface on one view must share their samples"
    assert first is not contour_grid(landscape, POINTS, ((-1.0, 1.0), (-1.0, 1.0)))
    assert not any(each.flags.writeable for each in (first.xs, first.ys, first.losses, first.heights))


@pytest.mark.parametrize("b", [100.0, 1000.0])
def test_rosenbrock_s_valley_is_one_piece_at_every_level(b: float):
    landscape = ROSENBROCK.with_parameters(b=b)
    xs, ys, heights, levels = drawn(contour_figure(landscape))
    closed = [part for level in levels for part in closed_parts(heights, level)]
    assert closed and all(within(part, xs, ys, (1.0, 1.0)) for part in closed)
    plain = height_scale(sample_surface(landscape)[2], landscape.minimum_value).shown(sample_surface(landscape)[2])
    assert sum(len(closed_parts(plain, level)) for level in levels) > len(closed) + 10, (
        "a coarse grid must show more closed parts"
    )


@pytest.mark.parametrize("key", ["rosenbrock", "ravine", "hidden_unit_regression", "himmelblau", "rosenbrock b=1000.0"])
def test_images_have_no_false_islands(key: str):
    landscape, size = CASES[key], (420, 380)
    pixels = map_pixels(landscape, landscape.domain, replace(LIGHT, line="rgba(0,0,0,0)"), size).astype(float)
    shades = pixels.sum(axis=-1)  # lighter is higher
    (x0, x1), (y0, y1) = landscape.domain
    xs, ys = np.linspace(x0, x1, size[0]), np.linspace(y1, y0, size[1])
    parts = [part for shade in np.unique(shades)[1:] for part in closed_parts(shades, shade, saddles=False)]
    assert len(np.unique(shades)) > BANDS / 2
    assert all(any(within(part, xs, ys, point) for point in landscape.minima) for part in parts)


FORMULAS = {
    "a valley with a crease": ("1000*abs(y - x^2) + (1 - x)^2", True),
    "a ridge as narrow as Rosenbrock's valley": ("-(100*(y - x^2)^2 + (1 - x)^2)", False),
    "a slanted crease": ("100*abs(x - 0.7*y) + (x + y - 1)^2", True),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_have_no_false_loops(name: str):
    text, lower = FORMULAS[name]
    domain = ((-2.0, 2.0), (-2.0, 2.0))
    value = parse_formula(text).value
    xs, ys = (np.linspace(*ends, POINTS) for ends in domain)
    losses = value(np.stack(np.meshgrid(xs, ys)))
    sign = 1 if lower else -1
    heights = np.log10(sign * losses + 0.05)
    levels = np.arange(-1.3, 4, 0.2)
    drawn, opened = without_false_loops(lambda theta: sign * value(theta), xs, ys, heights, levels)
    assert opened > 5
    extremum = (1.0, 1.0) if "x^2" in text else (0.7 / 1.7, 1 / 1.7)
    for level in levels:
        assert all(within(part, xs, ys, extremum) for part in closed_parts(drawn, level))
    flipped, _ = without_false_loops(lambda theta: -sign * value(theta), xs, ys, -heights, -levels)
    np.testing.assert_array_equal(flipped, -drawn)


@pytest.mark.thorough
def test_true_loops_are_kept():
    """Loops around minima as small as a cell, a pit with a flat floor and an undefined region are kept."""
    xs = ys = np.linspace(0, 1, 41)

    def value(theta: NDArray) -> NDArray:
        x, y = theta
        return np.where(np.hypot(x - 0.5, y - 0.5) < 0.1, -1.0, np.cos(40 * np.pi * x) * np.cos(40 * np.pi * y))

    losses = value(np.stack(np.meshgrid(xs, ys)))
    losses[3:6, 3:6] = np.nan
    same, opened = without_false_loops(value, xs, ys, losses, np.array([-0.5, 0.0, 0.5]))
    assert opened == 0
    np.testing.assert_array_equal(same, losses)


def test_heights_change_only_in_narrow_valleys():
    landscape = ROSENBROCK
    xs, ys, losses = sample_surface(landscape)
    scale = height_scale(losses, landscape.minimum_value)
    plain = scale.shown(losses)
    heights, opened = without_false_loops(landscape.value, xs, ys, plain, scale.lines())
    changed = heights != plain
    assert opened > 10 and 0 < changed.mean() < 0.02
    assert (heights <= plain).all()
    x, y = np.meshgrid(xs, ys)
    cell = xs[1] - xs[0]
    away = np.abs(y - x**2) / np.sqrt(1 + 4 * x**2)
    assert away[changed].max() < 2 * cell


def test_floor_of_a_narrow_valley_is_even_from_the_side():
    """On 121 points the heights along it err by 6 % of the picture's height, and the relief looks jagged."""
    surface = SURFACES["rosenbrock"]
    grid = contour_grid(surface, 121, surface.domain)
    x = np.linspace(-1.4, 1.7, 300)
    across, up = (np.interp(at, axis, np.arange(len(axis))) for at, axis in ((x, grid.xs), (x**2, grid.ys)))
    i, j = across.astype(int), up.astype(int)
    u, v = across - i, up - j
    lower, upper = ((1 - u) * grid.heights[row, i] + u * grid.heights[row, i + 1] for row in (j, j + 1))
    error = (1 - v) * lower + v * upper - grid.scale.shown(surface.value(np.array([x, x**2])))
    assert error.max() < 0.04 * (grid.scale.high - grid.scale.low)
