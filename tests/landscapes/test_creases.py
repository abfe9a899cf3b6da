"""Minima where a formula has no derivative: each listed point is one, and no known one is missing."""

import math
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pytest

from landscapes import parse_formula
from landscapes.critical_points import Domain
from tests.landscapes.published_minima import PUBLISHED

VIEW: Domain = ((-2.0, 2.0), (-2.0, 2.0))
RADII = 4.0 * np.array([1e-7, 1e-6, 1e-5, 1e-4, 1e-3])
ANGLES = 2 * np.pi * np.arange(720) / 720


class Curve(NamedTuple):
    """Where c(x, y) is 0: its text, c, and a point of the curve near each (x, y)."""

    text: str
    c: Callable[[Any, Any], Any]
    foot: Callable[[Any, Any], tuple[Any, Any]]


class Profile(NamedTuple):
    """The height as a function of the distance c: 0 where c is 0 and positive elsewhere."""

    text: str
    of: Callable[[Any], Any]


class Case(NamedTuple):
    """A surface profile(c) + rest, summed over its creases, and its known minima."""

    text: str
    creases: tuple[tuple[Curve, Profile], ...]
    rest: Callable[[Any, Any], Any]
    known: tuple[tuple[float, float], ...] = ()
    alone: bool = False  # whether there are no others


def graph_of(text: str, q: Callable[[Any], Any]) -> Curve:
    """The curve y = q(x)."""
    return Curve(f"(y-({text}))", lambda x, y: y - q(x), lambda x, y: (x, q(x)))


def curves(rng: np.random.Generator) -> Iterator[tuple[Curve, Callable[[Any], Any]]]:
    """Unbounded graphs over x (straight, slanted, bent, wavy, broken), each with its y = q(x)."""
    while True:
        a, b, k = (round(float(value), 2) for value in rng.uniform([-1, -0.5, 0.3], [1, 0.5, 2]))
        for text, q in (
            (f"{b}", lambda x, b=b: b + 0 * x),
            (f"{a}x+{b}", lambda x, a=a, b=b: a * x + b),
            (f"{k}x^2-{k}", lambda x, k=k: k * x**2 - k),
            (f"{k}sin(3x)+{b}", lambda x, k=k, b=b: k * np.sin(3 * x) + b),
            (f"{a}x^3+{b}", lambda x, a=a, b=b: a * x**3 + b),
            (f"{k}abs(x)+{b}", lambda x, k=k, b=b: k * np.abs(x) + b),
            (f"{k}/(x+3)", lambda x, k=k: k / (x + 3)),
        ):
            yield graph_of(text, q), q


def profiles(c: str, k: float) -> list[Profile]:
    return [
        Profile(f"{k}abs({c})", lambda d: k * np.abs(d)),
        Profile(f"{k}sqrt(abs({c}))", lambda d: k * np.sqrt(np.abs(d))),
        Profile(f"max({k}{c},-2{c})", lambda d: np.maximum(k * d, -2 * d)),
        Profile(f"{k}abs({c})^0.7", lambda d: k * np.abs(d) ** 0.7),
        Profile(f"{k}log(1+100abs({c}))", lambda d: k * np.log(1 + 100 * np.abs(d))),
        Profile(f"{k}({c}^2)^(1/3)", lambda d: k * (d**2) ** (1 / 3)),
    ]


def rests(a: float) -> list[tuple[str, Callable[[Any, Any], Any]]]:
    """Functions that decrease towards x = a and are 0 only there."""
    return [
        (f"(x-{a})^2", lambda x, y: (x - a) ** 2),
        (f"0.1abs(x-{a})", lambda x, y: 0.1 * np.abs(x - a)),
        (f"sqrt(abs(x-{a}))", lambda x, y: np.sqrt(np.abs(x - a))),
    ]


def generated() -> list[Case]:
    rng = np.random.default_rng(15)
    found: list[Case] = []
    sources = curves(rng)
    # One crease, on which the surface has one minimum.
    for i in range(72):
        curve, q = next(sources)
        a, k = round(float(rng.uniform(-1, 1)), 2), [1, 10, 1000][i % 3]
        profile = profiles(curve.text, k)[i % 6]
        text, rest = rests(a)[i // 6 % 3]
        known = ((a, float(q(a))),) if abs(q(a)) < 2 else ()
        found.append(Case(f"{profile.text}+{text}", ((curve, profile),), rest, known))
    # One crease on a slope: no minimum at all.
    for i in range(24):
        curve, _ = next(sources)
        profile = profiles(curve.text, 10)[i % 6]
        if "abs(x)" not in curve.text:
            found.append(
                Case(f"{profile.text}+0.1x", ((curve, profile),), lambda x, y: 0.1 * x, alone="sin" not in curve.text)
            )
    # Two creases close together: two minima.
    for i in range(42):
        curve, q = next(sources)
        a, k, near = round(float(rng.uniform(-1, 1)), 2), [1, 30, 1000][i % 3], [0.02, 0.05, 0.2][i // 3 % 3]
        other = f"({curve.text}-{near})"
        profile = [
            Profile(
                f"{k}abs({curve.text})abs({other})",
                lambda d, k=k, near=near: k * np.abs(d) * np.abs(d - near),
            ),
            Profile(
                f"{k}min(abs({curve.text}),abs({other}))",
                lambda d, k=k, near=near: k * np.minimum(np.abs(d), np.abs(d - near)),
            ),
        ][i % 2]
        known = tuple((a, float(q(a)) + up) for up in (0.0, near) if abs(q(a) + up) < 2)
        found.append(Case(f"{profile.text}+(x-{a})^2", ((curve, profile),), lambda x, y, a=a: (x - a) ** 2, known))
    # A circle and a straight line across it: two minima.
    for i in range(24):
        r, k = round(float(rng.uniform(0.5, 1.8)), 2), [1, 10, 100][i % 3]
        slope = round(float(rng.uniform(-2, 2)), 2)
        curve = Curve(
            f"(x^2+y^2-{r}^2)",
            lambda x, y, r=r: x**2 + y**2 - r**2,
            lambda x, y, r=r: (r * x / np.hypot(x, y), r * y / np.hypot(x, y)),
        )
        profile = profiles(curve.text, k)[i % 6]
        x = r / math.hypot(1, slope)
        found.append(
            Case(
                f"{profile.text}+0.2abs(y-{slope}x)",
                ((curve, profile),),
                lambda x, y, slope=slope: 0.2 * np.abs(y - slope * x),
                ((x, slope * x), (-x, -slope * x)),
            )
        )
    # Straight creases at all angles: the lowest point is where two of them cross.
    for i in range(45):
        lines = np.round(rng.normal(size=(3 + i % 3, 3)), 2) * [1, 1, 0.5]
        parts = [f"abs({p}x+{q}y+{r})" for p, q, r in lines.tolist()]
        crossings = [np.linalg.solve(np.array(pair)[:, :2], -np.array(pair)[:, 2]) for pair in combinations(lines, 2)]

        def height(x: Any, y: Any, lines: Any = lines) -> Any:
            return sum(np.abs(p * x + q * y + r) for p, q, r in lines)

        lowest = min(crossings, key=lambda point: height(*point))
        known = (tuple(lowest.tolist()),) if np.abs(lowest).max() < 1.99 else ()
        found.append(Case("+".join(parts), (), height, known, alone=bool(known)))
    return found


CASES = generated()


def is_lower_somewhere(case: Case, point: tuple[float, float]) -> bool:
    """Whether the surface is lower than at the point in one of 720 directions at five radii, also on a crease."""
    px, py = point

    def height(x: Any, y: Any, on: int | None = None) -> Any:
        """The surface with c exactly 0 on the crease `on` and at points that lie off it only by rounding."""
        total = case.rest(x, y)
        for i, (curve, profile) in enumerate(case.creases):
            c = curve.c(x, y)
            total = total + profile.of(np.where((i == on) | (np.abs(c) < 1e-13), 0.0, c))
        return total

    here = height(px, py)
    x, y = (p + RADII[:, None] * f(ANGLES) for p, f in ((px, np.cos), (py, np.sin)))
    heights = [height(x, y)]
    heights += [height(*curve.foot(x, y), on=i) for i, (curve, _) in enumerate(case.creases)]
    return bool((np.array(heights) < here - 1e-11 * (1 + abs(here))).any())


def test_corpus_has_enough_cases():
    assert len({case.text for case in CASES}) >= 200
    assert sum(bool(case.known) for case in CASES) >= 150


@pytest.mark.thorough
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_listed_minima_are_minima_and_known_ones_are_listed(case):
    listed = parse_formula(case.text, VIEW).minima
    for point in listed:
        assert max(map(abs, point)) <= 2.0
        assert not is_lower_somewhere(case, point), point
    for point in case.known:
        assert min((math.dist(point, other) for other in listed), default=math.inf) < 1e-7, (point, listed)
    if case.alone:
        assert len(listed) == len(case.known)


@pytest.mark.thorough
@pytest.mark.parametrize("published", PUBLISHED.values(), ids=PUBLISHED)
def test_published_minima_are_listed(published):
    surface = parse_formula(published.text, published.view)
    listed = surface.minima
    (left, right), (bottom, top) = published.view
    size = max(right - left, top - bottom)
    for point in published.minima:
        assert min((math.dist(point, other) for other in listed), default=math.inf) < 1e-6 * size
    for x, y in listed:
        assert left <= x <= right and bottom <= y <= top
    if published.minima:
        value = published.value
        assert surface.value(published.minima[0]) == pytest.approx(value, rel=1e-8, abs=1e-7)
        nearest = min(listed, key=lambda other: math.dist(published.minima[0], other))
        assert surface.value(nearest) == pytest.approx(value, rel=1e-9, abs=1e-9)


BUKIN = "100*sqrt(abs(y-0.01*x^2))+0.01*abs(x+10)"


@pytest.mark.parametrize(
    ("text", "view", "minima"),
    [
        *((f"{k}*abs(y-x^2)+(1-x)^2", VIEW, ((1.0, 1.0),)) for k in (1, 10, 100, 1000)),
        ("1000*abs(y-x^2)+(1-x)^2", ((-2.0, 2.0), (-1.0, 3.0)), ((1.0, 1.0),)),
        (BUKIN, ((-15.0, -5.0), (-3.0, 3.0)), ((-10.0, 1.0),)),
        (BUKIN, VIEW, ()),  # the lowest point of the view is on its border
        ("sqrt(abs(x*y-1))+0.1*abs(x-4)", ((0.1, 6.0), (-2.0, 2.0)), ((4.0, 0.25),)),
        ("sqrt(abs(x*y-1))+0.1*abs(x-4)", VIEW, ()),
        ("sqrt(abs(y-x^2))+0.1*x", VIEW, ()),
        ("abs(y-x^2)^0.5+(x-1)^2", VIEW, ((1.0, 1.0),)),
        ("log(0.001+abs(y-x^2))+0.1*(x-1)^2", VIEW, ((1.0, 1.0),)),
        ("sqrt(abs(y-x^2))+abs(x-3)", ((-5.0, 5.0), (-10.0, 10.0)), ((3.0, 9.0),)),
        ("abs((y-x)^2-0.0001)+0.1*(x-0.3)^2", VIEW, ((0.3, 0.29), (0.3, 0.31))),
        ("asin(sin(3x+y))+2asin(sin(x-2y))", VIEW, ((-0.67319842, 0.44879895), (1.12199738, 1.34639685))),
        ("sqrt(1-sin(3x)^2)+(y-x)^2", ((-1.0, 1.0), (-1.0, 1.0)), ((-math.pi / 6,) * 2, (math.pi / 6,) * 2)),
        ("sqrt(x^2-2x y+y^2)+abs(x+y-1)", VIEW, ((0.5, 0.5),)),
        ("abs(y-abs(x))+y/2", VIEW, ((0.0, 0.0),)),
        ("abs(abs(y-x^2)-0.5)+(x-1)^2", VIEW, ((1.0, 0.5), (1.0, 1.5))),
        ("min(x^2+y^2,x)", VIEW, ()),  # flat at the origin from one side
        ("1-sqrt(abs(y-x^2))-(x-1)^2", VIEW, ()),
    ],
)
def test_minima_on_creases(text, view, minima):
    assert parse_formula(text, view).minima == tuple(pytest.approx(point, abs=1e-7) for point in minima)


def test_maxima_on_creases_are_minima_of_the_negative():
    surface = parse_formula("1-sqrt(abs(y-x^2))-(x-1)^2", VIEW)
    assert surface.maxima == ((1.0, 1.0),)
