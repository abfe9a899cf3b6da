"""The lists of critical points are complete: by a denser search, and by a count that needs no search."""

import math

import numpy as np
import pytest

from landscapes import LANDSCAPES
from landscapes.codegen import compiled, trusted
from landscapes.critical_points import CriticalPoints, Kind, classify, find
from landscapes.landscape import Landscape
from optim_core.objective import Array

SURFACES = [*LANDSCAPES.values()]
SURFACES += [LANDSCAPES["sharp_and_flat"].with_parameters(sharpness=value) for value in (2.0, 50.0)]
EVERY = pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.text)


def surface_of(expression: str, reach: float = 2.0) -> Landscape:
    code, square = compiled(trusted(expression), expression), ((-reach, reach), (-reach, reach))
    return Landscape("made_here", "", expression, code, "", "", square, ((1.0, 1.0),))


def turning(surface: Landscape, begin: Array, end: Array) -> Array:
    """The angle through which the gradient turns along each straight segment: (2, n), (2, n) -> (n).

    Pieces over which it turns by more than half a radian are halved until it does not.
    """
    pieces = 64
    total = np.zeros(begin.shape[1])
    share = np.arange(pieces + 1) / pieces
    line = begin[:, :, None] + (end - begin)[:, :, None] * share
    a, b = line[:, :, :-1].reshape(2, -1), line[:, :, 1:].reshape(2, -1)
    owner = np.repeat(np.arange(total.size), pieces)
    for _ in range(40):
        (u, v), (p, q) = surface.gradient(a), surface.gradient(b)
        angle = np.arctan2(u * q - v * p, u * p + v * q)
        fine = np.abs(angle) < 0.5
        np.add.at(total, owner[fine], angle[fine])
        a, b, owner = a[:, ~fine], b[:, ~fine], owner[~fine]
        if not owner.size:
            return total
        middle = (a + b) / 2
        a, b, owner = np.hstack([a, middle]), np.hstack([middle, b]), np.tile(owner, 2)
    raise AssertionError("a cell's border runs through a critical point")


@pytest.mark.thorough
@EVERY
def test_denser_search_finds_no_other_points(surface):
    size = np.ptp(surface.domain, axis=1)
    again = find(surface, surface.domain, starts=101)
    assert again.flat == surface.critical_points.flat == ()
    for listed, found in zip(surface.critical_points, again, strict=True):
        assert len(listed) == len(found)
        for point in listed:
            assert min(np.abs((np.array(other) - point) / size).max() for other in found) < 1e-9


@EVERY
def test_index_of_every_cell_is_that_of_the_points_in_it(surface):
    """By Poincaré, along a closed curve the gradient turns once per extremum and back once per saddle."""
    cells = 24
    rng = np.random.default_rng(5)
    edges = []
    for low, high in surface.domain:
        inner = (np.arange(1, cells) + rng.uniform(-0.3, 0.3, cells - 1)) / cells  # off the axes of symmetry
        edges.append(low + (high - low) * np.array([0.0, *inner, 1.0]))
    x, y = np.meshgrid(*edges, indexing="ij")
    corners = np.array([x, y])
    along_x = turning(surface, corners[:, :-1].reshape(2, -1), corners[:, 1:].reshape(2, -1)).reshape(cells, cells + 1)
    along_y = turning(surface, corners[:, :, :-1].reshape(2, -1), corners[:, :, 1:].reshape(2, -1))
    along_y = along_y.reshape(cells + 1, cells)
    round_each = (along_x[:, :-1] + along_y[1:] - along_x[:, 1:] - along_y[:-1]) / (2 * math.pi)
    assert np.abs(round_each - np.round(round_each)).max() < 1e-6

    expected = np.zeros((cells, cells))
    for kind, points in zip(Kind, surface.critical_points, strict=True):
        for px, py in points:
            cell = np.searchsorted(edges[0], px) - 1, np.searchsorted(edges[1], py) - 1
            # The gradient of the monkey saddle, which has three descents, turns back by two full turns.
            expected[cell] += {Kind.MINIMUM: 1, Kind.MAXIMUM: 1, Kind.SADDLE: -1}[kind] * (
                2 if surface.key == "monkey_saddle" else 1
            )
    np.testing.assert_array_equal(np.round(round_each), expected)


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("x**2 + 3*y**2", Kind.MINIMUM),
        ("-x**2 - y**2 + x*y", Kind.MAXIMUM),
        ("x*y", Kind.SADDLE),
        ("x**2", Kind.FLAT),
        ("x**4 + y**4", Kind.FLAT),
        ("x - x", Kind.FLAT),
    ],
)
def test_classify_reads_the_signs_of_the_eigenvalues(expression, kind):
    surface = surface_of(expression)
    assert classify(surface, (0.0, 0.0)) is kind
    assert classify(surface, np.zeros((2, 3, 2))).tolist() == [[kind] * 2] * 3


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x**4 + y**4", CriticalPoints(minima=((0.0, 0.0),))),
        ("-x**4 - y**2", CriticalPoints(maxima=((0.0, 0.0),))),
        ("x**3 + y**2", CriticalPoints(saddles=((0.0, 0.0),))),
        ("x + y", CriticalPoints()),
        ("x**2", CriticalPoints()),  # a level valley has no isolated lowest point
        ("1 - exp(-1000*((x - 0.3)**2 + y**2))", CriticalPoints(minima=((0.3, 0.0),))),  # narrower than the grid
        ("exp(-1000*((x + 1)**2 + y**2))", CriticalPoints(maxima=((-1.0, 0.0),))),
        ("(x**2 - 1)**2 + (y - 0.25)**2", CriticalPoints(((-1.0, 0.25), (1.0, 0.25)), ((0.0, 0.25),))),
        ("(x - 3)**2 + y**2", CriticalPoints()),
    ],
)
def test_find_returns_all_points_inside_the_domain(expression, expected):
    assert surface_of(expression).critical_points == expected
