"""Every surface of the catalog has the properties stated in its entry."""

import math
from itertools import product

import mpmath
import numpy as np
import pytest

from landscapes import LANDSCAPES, Landscape
from landscapes.critical_points import Kind, classify
from optim_core import OPTIMIZERS, run

TURNED = [
    surface.with_parameters(**dict(zip(surface.knobs, ends, strict=True)))
    for surface in LANDSCAPES.values()
    if surface.knobs
    for ends in product(*[(knob.low, knob.high) for knob in surface.knobs.values()])
]
"""The surfaces that have knobs, with every knob at either end."""

EVERY = pytest.mark.parametrize("surface", [*LANDSCAPES.values(), *TURNED], ids=lambda surface: surface.text)

PUBLISHED = {
    "rosenbrock": (0.0, [(1, 1)]),
    "beale": (0.0, [(3, 0.5)]),
    "himmelblau": (0.0, [(3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)]),
    "booth": (0.0, [(1, 3)]),
    "matyas": (0.0, [(0, 0)]),
    "three_hump_camel": (0.0, [(0, 0)]),
    "six_hump_camel": (-1.0316285, [(0.089842, -0.712656), (-0.089842, 0.712656)]),
    "mccormick": (-1.9132230, [(-0.547198, -1.547198)]),
    "goldstein_price": (3.0, [(0, -1)]),
    "styblinski_tang": (-78.3323314, [(-2.903534, -2.903534)]),
    "rastrigin": (0.0, [(0, 0)]),
    "ackley": (0.0, [(0, 0)]),
    "griewank": (0.0, [(0, 0)]),
    "levy13": (0.0, [(1, 1)]),
    "easom": (-1.0, [(math.pi, math.pi)]),
    "branin": (0.3978874, [(-math.pi, 12.275), (math.pi, 2.275), (9.424778, 2.475)]),
    "bohachevsky": (0.0, [(0, 0)]),
}
"""Least values and where they are taken, as collections of test functions give them."""


def points_inside(surface: Landscape, count: int, seed: int) -> np.ndarray:
    low, high = np.array(surface.domain).T
    return np.random.default_rng(seed).uniform(low, high, (count, 2)).T


def test_there_are_enough_surfaces():
    assert len(LANDSCAPES) >= 26
    assert all(surface.key == key == surface.text for key, surface in LANDSCAPES.items())


@EVERY
def test_entry_is_complete(surface):
    for words in (surface.label, surface.story, surface.source, surface.formula):
        assert words.strip()
    assert surface.story.endswith(".") and any(c.isdigit() for c in surface.source)
    assert surface.formula.count("{") == surface.formula.count("}") > 0
    assert all(knob.symbol in surface.formula for knob in surface.knobs.values())
    assert set(surface.code.parameters) == set(surface.knobs)


@EVERY
def test_starts_are_inside_and_on_a_slope(surface):
    (x0, x1), (y0, y1) = surface.domain
    assert surface.starts[0] == surface.start and len(set(surface.starts)) == len(surface.starts) >= 3
    for x, y in surface.starts:
        assert x0 < x < x1 and y0 < y < y1
        assert np.linalg.norm(surface.gradient((x, y))) > 1e-4


@EVERY
def test_value_agrees_with_arbitrary_precision(surface):
    names = {name: getattr(mpmath, name) for name in ("sin", "cos", "exp", "tanh", "sqrt", "pi")}
    theta = points_inside(surface, 8, seed=1)
    values = surface.value(theta)
    scale = np.ptp(surface.sample(30)[2])
    with mpmath.workdps(40):
        for (x, y), value in zip(theta.T, values, strict=True):
            here = {"x": mpmath.mpf(x), "y": mpmath.mpf(y), "E": mpmath.e, **names, **surface.parameters}
            truth = eval(surface.expression, here)
            assert abs(value - truth) < 1e-13 * (scale + abs(truth))


@EVERY
@pytest.mark.parametrize("derivative", ["gradient", "hessian"])
def test_derivatives_agree_with_central_differences(surface, derivative):
    theta = points_inside(surface, 200, seed=2)
    below = surface.value if derivative == "gradient" else surface.gradient
    exact = getattr(surface, derivative)(theta)
    for axis, h in enumerate(1e-4 * np.ptp(surface.domain, axis=1)):
        e = np.zeros((2, 1))
        e[axis] = h
        near, far = below(theta + e) - below(theta - e), below(theta + 2 * e) - below(theta - 2 * e)
        difference = (8 * near - far) / (12 * h)  # error of order h^4
        np.testing.assert_allclose(exact[axis], difference, rtol=1e-6, atol=1e-7 * np.abs(exact).max())


@EVERY
def test_listed_points_are_level_and_of_their_kind(surface):
    angle = np.linspace(0, 2 * np.pi, 720)
    steepest = np.abs(surface.gradient(points_inside(surface, 500, seed=3))).max()
    size = np.ptp(surface.domain, axis=1)
    for kind, points in zip(Kind, surface.critical_points, strict=True):
        for point in points:
            assert np.abs(surface.gradient(point)).max() < 1e-12 * steepest
            by_hessian = classify(surface, point)
            # The Hessian vanishes only at the centre of the monkey saddle.
            assert by_hessian == (Kind.FLAT if surface.key == "monkey_saddle" else kind)
            circle = np.array(point)[:, None] + 1e-3 * size[:, None] * np.array([np.cos(angle), np.sin(angle)])
            rise = surface.value(circle) - surface.value(point)
            assert {
                Kind.MINIMUM: rise.min() > 0,
                Kind.MAXIMUM: rise.max() < 0,
                Kind.SADDLE: rise.min() < 0 < rise.max(),
            }[kind]


@EVERY
def test_minimum_value_is_the_lowest_height_on_the_map(surface):
    lowest, stated = surface.sample(201)[2].min(), surface.minimum_value
    if not surface.minima:
        assert stated is None
        assert surface.key in ("saddle", "monkey_saddle") and "no minimum" in surface.story
    else:
        assert stated is not None and stated <= lowest + 1e-12
        assert stated == pytest.approx(surface.value(surface.minima[0]), abs=1e-9)


@pytest.mark.parametrize("key", PUBLISHED)
def test_minima_are_the_published_ones(key):
    surface, (height, places) = LANDSCAPES[key], PUBLISHED[key]
    assert surface.minimum_value == pytest.approx(height, abs=1e-6)
    best = [point for point in surface.minima if surface.value(point) < height + 1e-6]
    assert sorted(best) == [pytest.approx(place, abs=2e-6) for place in sorted(places)]


def test_ackley_has_a_defined_gradient_at_its_tip():
    ackley = LANDSCAPES["ackley"]
    theta = np.array([[0.0, 1e-200, 1e-9], [0.0, 0.0, 0.0]])
    with np.errstate(all="ignore"):
        gradient, hessian = ackley.gradient(theta), ackley.hessian(theta)
    assert gradient[:, :2].tolist() == [[0, 0], [0, 0]]
    assert gradient[0, 2] == pytest.approx(20 * 0.2 / math.sqrt(2), rel=1e-6)
    assert hessian[:, :, 0].tolist() == [[math.inf, 0], [0, math.inf]]
    assert np.isfinite(hessian[:, :, 2]).all()


@pytest.mark.parametrize("learning_rate", [0.01, 0.1])
def test_gradient_descent_stays_on_the_plateau(learning_rate):
    plateau = LANDSCAPES["plateau"]
    path = run(plateau, OPTIMIZERS["gradient_descent"](learning_rate=learning_rate), plateau.start, 500)
    assert path.losses[-1] > 0.99
    assert np.linalg.norm(path.points[-1] - plateau.start) < 0.1 * np.linalg.norm(plateau.start)


@pytest.mark.parametrize("key", ["momentum", "nesterov", "adam", "rmsprop"])
def test_other_optimizers_cross_the_plateau(key):
    plateau = LANDSCAPES["plateau"]
    path = run(plateau, OPTIMIZERS[key](learning_rate=0.1), plateau.start, 500)
    assert path.losses[-1] < 0.01


def test_every_path_that_leaves_the_saddle_leaves_the_domain():
    saddle = LANDSCAPES["saddle"]
    path = run(saddle, OPTIMIZERS["gradient_descent"](learning_rate=0.1), saddle.start, 500)
    assert path.outcome.name == "DIVERGED" and path.losses[path.last_step] < -1e6


def test_matyas_is_25_times_steeper_across_than_along():
    low, high = np.linalg.eigvalsh(LANDSCAPES["matyas"].hessian((0.0, 0.0)))
    assert high / low == pytest.approx(25)


@pytest.mark.parametrize("condition", [1.0, 20.0, 1000.0])
@pytest.mark.parametrize("angle", [-90.0, -30.0, 0.0, 45.0, 90.0])
def test_elliptic_bowl_has_its_condition_number_and_angle(condition, angle):
    bowl = LANDSCAPES["elliptic_bowl"].with_parameters(condition=condition, angle=angle)
    hessian = bowl.hessian((0.3, 0.4))
    assert np.linalg.eigvalsh(hessian) == pytest.approx([1, condition], rel=1e-9)
    along = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle))])
    assert hessian @ along == pytest.approx(along, abs=1e-9 * condition)
