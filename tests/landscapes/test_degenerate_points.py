"""Critical points with a degenerate Hessian are listed once, with the right kind and position."""

import numpy as np
import pytest

from landscapes import parse_formula
from landscapes.critical_points import CriticalPoints

RADII = 4.0 * np.array([1e-7, 1e-6, 1e-5, 1e-4, 1e-3])[:, None]
ANGLES = 2 * np.pi * np.arange(720) / 720
RINGS = "(x^2+y^2)^0.25*(sin(50(x^2+y^2)^0.1)^2+1)"
ORIGIN = ((0.0, 0.0),)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("text", "reach", "minima"),
    [
        ("(2x^3y-y^3)^2+(6x-y^2+y)^2", 2.0, ORIGIN),
        ("(2x^3y-y^3)^2+(6x-y^2+y)^2", 5.0, (*ORIGIN, (2.0, 4.0), (1.46435211966, -2.50601276078))),
        *((f"x^{m}+y^{n}", 2.0, ORIGIN) for m, n in ((6, 2), (8, 2), (10, 2), (6, 6), (6, 4))),
        ("(x-0.3)^6+(y-0.7)^4", 2.0, ((0.3, 0.7),)),
        ("((x-0.3)^2+(y-0.7)^2)^3", 2.0, ((0.3, 0.7),)),
        ("(x-0.3+y)^6+(y-0.7)^2", 2.0, ((-0.4, 0.7),)),
        ("(y-x^2)^2+x^6", 2.0, ORIGIN),  # a bent valley whose floor is flatter than a parabola
        ("(y-x^2)^2+x^8", 2.0, ORIGIN),
        ("(x^2-y^3)^2+y^8", 2.0, ORIGIN),
        ("(x+10y)^2+(x-y)^4", 2.0, ORIGIN),
        ("(1-x)^4+100(y-x^2)^4", 2.0, ((1.0, 1.0),)),
        ("sin(x)^4+y^2", 5.0, (*ORIGIN, (np.pi, 0.0), (-np.pi, 0.0))),
        # Minima along a line or a ring are not isolated.
        ("(x y-1)^2+(y-1)^2(x-1)^2", 2.0, ((1.0, 1.0),)),
        *((text, 2.0, ()) for text in ("x^2", "(x y-1)^2", "(y-x^2)^2(1+x^2)", "x^2y^2", "(y^2-x^3)^2")),
        *((text, 2.0, ()) for text in ("((x-2y)(x+3y))^2", "(x^3-3x y^2)^2", "(x^2y-y^3)^2")),
        (RINGS, 2.0, ORIGIN),
    ],
)
def test_degenerate_minima_are_listed_once(text, reach, minima):
    surface = parse_formula(text, ((-reach, reach), (-reach, reach)))
    listed = surface.minima
    assert len(listed) == len(minima)
    for point in minima:
        assert np.hypot(*(np.array(listed) - point).T).min() < 1e-6
    for point in np.array(listed):
        around = point[:, None, None] + RADII * np.array([np.cos(ANGLES), np.sin(ANGLES)])[:, None]
        assert (surface.value(around) >= surface.value(point) - 1e-15).all()


@pytest.mark.parametrize("power", [4, 6])
def test_maxima_and_saddles_between_degenerate_minima(power):
    points = parse_formula(f"cos(x)^{power}+sin(y)^{power}", ((-5.0, 5.0), (-5.0, 5.0))).critical_points
    assert [len(kind) for kind in points] == [12, 25, 12, 0]


@pytest.mark.thorough
@pytest.mark.parametrize("jump", ["floor(x)", "0.001floor(x+y)", "sign(y)", "step(x)", "ceil(y)", "abs(x)"])
@pytest.mark.parametrize("saddle", ["x^2-y^2", "x y", "x^4-y^4", "x^3+y^2"])
def test_no_saddle_is_listed_at_a_jump_or_a_crease(saddle, jump):
    view = (-2.0, 2.0), (-2.0, 2.0)
    assert parse_formula(saddle, view).saddles == ORIGIN
    points = parse_formula(f"{saddle}+{jump}", view).critical_points
    assert ORIGIN[0] not in points.saddles + points.flat


def test_jump_elsewhere_does_not_remove_a_saddle():
    view = (-2.0, 2.0), (-2.0, 2.0)
    assert parse_formula("x^2-y^2+round(x)", view).critical_points == CriticalPoints(saddles=ORIGIN)
    assert parse_formula("1/2x^2+abs(y)+log(3+x^2)+floor(y)", view).critical_points == CriticalPoints()
