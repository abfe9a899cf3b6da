"""Creases, the curves on which a formula may have no derivative, and the minima and maxima on them.

Newton's method does not find the minimum of |x| + |y|. But the graph of a formula shows where a crease can be: where
the argument of an absolute value is 0, where two arguments of a maximum are equal, where the argument of a root touches
0. On such a curve c(x, y) = 0 the formula agrees with a simpler one, in which c is replaced by 0, and a minimum of the
surface is a minimum of the simpler formula along the curve. The search therefore follows each curve and compares the
lowest points along it with their whole neighbourhood.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from landscapes.critical_points import Domain
from landscapes.formula_graph import Graph, Node, Tape, dependencies
from landscapes.neighbourhood import HIGHER, classify_neighbourhoods, noise_of
from optim_core.objective import Array, Objective, dot, norm

SAME_ZEROS = {"sqrt", "cbrt", "abs", "negative", "asin", "asinh", "atan", "atanh", "sinh", "tanh", "log1p", "expm1"}
"""Operations that are 0 exactly where their argument is."""
JUMPS = {"floor": "sin", "ceil": "sin", "trunc": "sin", "mod": "sin", "rint": "cos"}
"""Operations that jump, each with the function of pi times their argument that is 0 at the jumps."""

MOST = 200
"""The number of lowest minima and of highest maxima of a surface that are compared with their neighbourhood."""
MOST_SEEDS = 1500
"""The maximal number of points from which one crease is followed."""


@dataclass(frozen=True)
class Crease:
    """A curve c(x, y) = 0, with a function f that agrees with the surface on it.

    parameters  the values of the formula's variables besides x and y
    """

    c: Tape
    f: Tape
    parameters: tuple[float, ...]

    def across(self, theta: Array) -> tuple[Array, Array]:
        """c (*batch) and its gradient (2, *batch)."""
        return _evaluated(self.c, theta, self.parameters)

    def along(self, theta: Array) -> tuple[Array, Array]:
        """f (*batch) and its gradient (2, *batch)."""
        return _evaluated(self.f, theta, self.parameters)

    def nearest(self, theta: Array, reach: Array, iterations: int = 12) -> Array:
        """Points of the curve near `theta` (2, *batch), by Newton's method; NaN where it does not converge.

        Steps are limited to an ellipse with the half axes `reach` (2).
        """
        reach = reach.reshape(2, *[1] * (theta.ndim - 1))
        step = np.zeros_like(theta)
        for _ in range(iterations):
            c, slope = self.across(theta)
            step = np.where(c == 0.0, 0.0, c / dot(slope, slope) * slope)
            step /= np.maximum(1.0, norm(step / reach))
            theta = theta - step
        return np.where(norm(step / reach) < 1e-7, theta, np.nan)

    def direction(self, theta: Array) -> Array:
        """The unit vectors along the curve (2, *batch)."""
        slope = self.across(theta)[1]
        return np.array([-slope[1], slope[0]]) / norm(slope)


def _evaluated(tape: Tape, theta: Array, parameters: Sequence[float]) -> tuple[Array, Array]:
    value, *slope = (np.broadcast_to(entry, theta.shape[1:]) for entry in tape(theta[0], theta[1], *parameters))
    return value, np.array(slope)


# The creases of a formula


def creases(graph: Graph, value: Node, parameters: Mapping[str, float], most_operations: int) -> list[Crease]:
    """The creases of a formula, except those that take more than `most_operations` to evaluate."""
    graph = deepcopy(graph)  # other threads may read the formula's graph
    found: list[Crease] = []
    for c in dict.fromkeys(_zero_sets(graph, value)):
        slope = [graph.derivative(c, variable) for variable in "xy"]
        if all(graph.value(entry) == 0 for entry in slope):
            continue
        rest, f = _without(graph, value, c)
        across = Tape(graph, ("x", "y", *parameters), [c, *slope])
        along = Tape(rest, ("x", "y", *parameters), [f, *(rest.derivative(f, variable) for variable in "xy")])
        if max(across.operations, along.operations) <= most_operations:
            found.append(Crease(across, along, tuple(parameters.values())))
    return found


def _zero_sets(graph: Graph, value: Node) -> Iterator[Node]:
    """The functions whose zeros are the creases of a formula."""
    for node in dependencies(graph, [value]):
        kind, arguments = graph.nodes[node][0], graph.arguments(node)
        if kind in ("abs", "sign"):
            yield from _factors(graph, arguments[0])
        elif kind in ("min", "max"):
            yield from _factors(graph, graph.apply("subtract", *arguments))
        elif kind in ("sqrt", "power") and not (kind == "power" and _is_whole(graph.value(arguments[1]))):
            yield from _touched(graph, arguments[0])
        elif kind in ("asin", "acos", "acosh"):
            yield from _level(graph, arguments[0])
        elif kind in ("cbrt", "atan2"):
            yield from _factors(graph, arguments[0])
        elif kind in JUMPS:
            whole = graph.apply("divide", *arguments) if kind == "mod" else arguments[0]
            yield graph.apply(JUMPS[kind], graph.apply("multiply", graph.number(np.pi), whole))


def _touched(graph: Graph, node: Node) -> Iterator[Node]:
    """Functions that are 0 where the node touches 0 without a change of sign."""
    kind, arguments = graph.nodes[node][0], graph.arguments(node)
    if kind in ("multiply", "divide"):
        for factor in arguments:
            yield from _touched(graph, factor)
    elif kind == "power":
        yield from _factors(graph, arguments[0])
    elif kind not in ("abs", "sqrt"):  # their creases are found separately
        yield from _level(graph, node)


def _level(graph: Graph, node: Node) -> Iterator[Node]:
    """Functions that are 0 where the node has its largest or smallest value."""
    for variable in "xy":
        yield from _factors(graph, graph.derivative(node, variable))


def _is_whole(exponent: float | None) -> bool:
    return exponent is not None and exponent == int(exponent)


def _factors(graph: Graph, node: Node) -> Iterator[Node]:
    """Simpler functions that together have the zeros of the node."""
    kind, arguments = graph.nodes[node][0], graph.arguments(node)
    if kind == "multiply":
        for factor in arguments:
            yield from _factors(graph, factor)
    elif kind in SAME_ZEROS or kind in ("divide", "ratio", "power"):
        yield from _factors(graph, arguments[0])
    elif kind != "number":
        yield node


def _without(graph: Graph, value: Node, c: Node) -> tuple[Graph, Node]:
    """The formula on the curve c = 0: c becomes 0, and min and max of two equal arguments become either of them."""
    difference = graph.arguments(c) if graph.nodes[c][0] == "subtract" else ()
    rest, place = Graph(), dict[Node, Node]()
    for node in dependencies(graph, [value]):
        kind, *inner = graph.nodes[node]
        if node == c or (kind == "subtract" and (*reversed(inner),) == difference):
            place[node] = rest.number(0.0)
        elif kind in ("min", "max") and difference and {*inner} == {*difference}:
            place[node] = place[inner[0]]
        elif kind in ("number", "variable"):
            place[node] = rest.node(kind, *inner)
        else:
            place[node] = rest.apply(kind, *(place[argument] for argument in inner))
    return rest, place[value]


# The extremes along the creases


def extremes(surface: Objective, found: Sequence[Crease], domain: Domain, cells: int) -> tuple[Array, Array]:
    """The minima (2, n) and the maxima (2, n) of a surface on its creases, inside `domain`.

    `cells` is the number of cells along each side of the grid on which the creases are searched for.
    """
    size = np.ptp(domain, axis=1)
    low, high = np.array(domain).T[:, :, None]
    both: list[Array] = []
    with np.errstate(all="ignore"):
        candidates = [_turns(crease, _seeds(crease, domain, cells), size / cells) for crease in found]
        for place, sign in enumerate((1.0, -1.0)):
            points = np.hstack([np.empty((2, 0)), *(turns[place] for turns in candidates)])
            points = points[:, (points > low).all(axis=0) & (points < high).all(axis=0)]
            heights = sign * surface.value(points)
            order = np.argsort(heights, kind="stable")
            points = _distinct(points[:, order[np.isfinite(heights[order])]], size)[:, :MOST]
            points = _shortened(surface, points, sign, size)
            both.append(points[:, classify_neighbourhoods(surface, points, sign, size, found) == HIGHER])
    return both[0], both[1]


def _seeds(crease: Crease, domain: Domain, cells: int) -> Array:
    """Points (2, n) of a crease, no farther apart than a cell of a grid over the domain."""
    (x0, x1), (y0, y1) = domain
    # A grid off the axes of symmetry that extends beyond the domain on all sides.
    offset = np.array([0.42, 0.44])[:, None, None] - 1.0
    size = np.array([x1 - x0, y1 - y0]) / cells
    grid = np.array([x0, y0])[:, None, None] + size[:, None, None] * (np.indices((cells + 2, cells + 2)) + offset)
    c, slope = crease.across(grid)
    near = np.abs(c) <= 1.5 * norm(slope * size[:, None, None])
    starts = [grid[:, near]]
    for axis in (1, 2):
        begin, end = ((np.roll(grid, -shift, axis)) for shift in (0, 1))
        crossed = np.isfinite(c) & (np.sign(c) * np.sign(np.roll(c, -1, axis - 1)) < 0)
        crossed[(-1,) if axis == 1 else (slice(None), -1)] = False
        starts.append(_crossing(crease, begin[:, crossed], end[:, crossed]))
    every = np.hstack(starts)
    every = every[:, :: max(1, -(-every.shape[1] // MOST_SEEDS))]
    seeds = crease.nearest(every, size)
    return seeds[:, np.isfinite(seeds).all(axis=0)]


def _crossing(crease: Crease, begin: Array, end: Array) -> Array:
    """The points (2, n) where c changes sign between the ends of segments (2, n), by bisection."""
    sign = np.sign(crease.across(begin)[0])
    for _ in range(12):
        middle = (begin + end) / 2
        same = np.sign(crease.across(middle)[0]) == sign
        begin, end = np.where(same, middle, begin), np.where(same, end, middle)
    return (begin + end) / 2


def _turns(crease: Crease, seeds: Array, cell: Array) -> tuple[Array, Array]:
    """The points (2, n) near the seeds that are lowest along the curve, and those that are highest."""
    way = crease.direction(seeds)
    # Irregular distances, none of them 0: a seed may itself be the lowest point.
    steps = np.array([-0.71, -0.23, 0.17, 0.63])[:, None] / norm(way / cell[:, None])
    tried = crease.nearest(seeds[:, None] + steps * way[:, None], cell)
    ahead = np.broadcast_to(way[:, None], tried.shape)
    rising, _ = _rising(crease, tried, ahead, cell)
    turns = []
    for sign in (1.0, -1.0):
        turned = (rising[:-1] * sign < 0) & (rising[1:] * sign > 0)
        ends = tried[:, :-1][:, turned], tried[:, 1:][:, turned]
        turns.append(_turn(crease, *ends, ahead[:, 1:][:, turned], cell, sign))
    return turns[0], turns[1]


def _rising(crease: Crease, theta: Array, ahead: Array, cell: Array) -> tuple[Array, Array]:
    """Whether f rises (1), falls (-1) or is level (0) along the curve in the direction `ahead` (2, *batch); and f."""
    way, (height, slopes) = crease.direction(theta), crease.along(theta)
    slope = dot(way, slopes)
    if not np.isfinite(slope).all():  # 0 / 0, where f has a crease itself: take the mean slope of both sides
        aside = 1e-5 * norm(cell) * np.array([way[1], -way[0]])
        both = crease.along(theta + aside)[1] + crease.along(theta - aside)[1]
        slope = np.where(np.isfinite(slope), slope, dot(way, both))
    return np.sign(slope) * np.sign(dot(way, ahead)), height


def _turn(crease: Crease, begin: Array, end: Array, ahead: Array, cell: Array, sign: float) -> Array:
    """The points (2, n) where f, falling at `begin`, starts to rise along the curve towards `end`.

    If there are several such points, the lowest of those sampled.
    """
    if not begin.size:
        return begin
    share = np.arange(9)[:, None] / 8
    column = np.arange(begin.shape[1])
    for _ in range(18):
        line = crease.nearest(begin[:, None] + share * (end - begin)[:, None], cell, 3)
        line[:, 0], line[:, -1] = begin, end
        rising, height = _rising(crease, line, np.broadcast_to(ahead[:, None], line.shape), cell)
        rises = rising * sign >= 0
        rises[0], rises[-1] = False, True
        lower = np.fmin(sign * height[:-1], sign * height[1:])
        best = np.where(~rises[:-1] & rises[1:], np.nan_to_num(lower, nan=1e308), np.inf).argmin(axis=0)
        begin, end = line[:, best, column], line[:, best + 1, column]
    choices = np.stack([begin, end, crease.nearest((begin + end) / 2, cell)], axis=1)
    heights = sign * crease.along(choices)[0]
    return choices[:, np.where(np.isnan(heights), np.inf, heights).argmin(axis=0), column]


def _distinct(points: Array, size: Array) -> Array:
    """The points (2, n) without those within a millionth of the domain of an earlier one, in the same order."""
    kept: list[int] = []
    open_ = np.ones(points.shape[1], bool)
    for i in range(points.shape[1]):
        if open_[i]:
            kept.append(i)
            open_ &= norm((points - points[:, i : i + 1]) / size[:, None]) > 1e-6
    return points[:, kept]


def _shortened(surface: Objective, points: Array, sign: float, size: Array) -> Array:
    """The points (2, n) with the fewest decimals that are within 1e-8 of the domain and no higher.

    A move within the rounding of the coordinates may raise a point by the corresponding rounding error.
    """
    height, noise = sign * surface.value(points), noise_of(surface.value, points, size[:, None])
    open_ = np.ones((2, points.shape[1]), bool)
    for axes in ([0, 1], [0], [1]):
        for digits in range(10):
            shorter = points.copy()
            shorter[axes] = np.round(points[axes], digits) + 0.0
            away = norm((shorter - points) / size[:, None])
            rise = sign * surface.value(shorter) - height
            better = (away < 1e-8) & (rise <= np.where(away < 4e-15, noise, 0.0)) & open_[axes].all(axis=0)
            points = np.where(better, shorter, points)
            open_[axes] &= ~better
    return points
