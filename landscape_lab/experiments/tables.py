"""The results of a race as rows of numbers and sentences."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.sentence import Sentence
from landscapes import Landscape
from landscapes.critical_points import Kind, Point
from optim_core import Outcome, Trajectory
from optim_core.metrics import distance, settled_at
from optim_core.printed import printed

LOSS_TOLERANCE = 1e-3
"""Relative: an entry is within tolerance when its loss exceeds the lowest minimum by at most this share of the loss
difference between the start and that minimum."""

PLACE_TOLERANCE = 1e-2
"""Relative: a point counts as being at a place when their distance is at most this share of the map's diagonal."""

SAME_LOSS = 1e-6
"""Absolute and relative: losses that differ by less count as equal."""


@dataclass(frozen=True)
class Result:
    """One row of the table of results.

    None means that a quantity is undefined, such as the distance to a minimum on a surface without one, or that the
    event never happened.
    """

    name: str
    final_loss: float
    distance: float | None
    steps_to_tolerance: int | None
    evaluations: int
    outcome: Sentence


@dataclass(frozen=True)
class Arrival:
    """The critical point at which an entry ended, and the step from which on it stayed there."""

    kind: Kind
    place: Point
    step: int


@dataclass(frozen=True)
class Place:
    """A critical point of a surface and the places of the entries that ended there.

    `lowest` marks the minima whose loss is the lowest of all.
    """

    kind: Kind
    lowest: bool
    point: Point
    loss: float
    entries: tuple[int, ...]


def results(race: Race) -> list[Result]:
    """Return a row for each entry, in the order of the entries."""
    return [
        _result(entry.label, race.landscape, path)
        for entry, path in zip(race.scenario.entries, race.trajectories, strict=True)
    ]


def target_loss(landscape: Landscape, start_loss: float) -> float | None:
    """Return the highest loss that is within tolerance, or None on a surface without a minimum."""
    lowest = landscape.minimum_value
    return None if lowest is None else _target(lowest, start_loss)


def _target(minimum: float, start_loss: float) -> float:
    """Return the highest loss within tolerance of a minimum. The absolute part serves runs that start at a minimum."""
    return minimum + max(LOSS_TOLERANCE * (start_loss - minimum), 1e-9 * (1 + abs(minimum)))


def is_below(loss: Any, minimum: Any) -> Any:
    """Return whether losses lie below a minimum by more than rounding, so that their runs have not reached it."""
    return loss < minimum - SAME_LOSS * (1 + np.abs(minimum))


def _result(name: str, landscape: Landscape, path: Trajectory) -> Result:
    last = int(path.last_step)
    target = target_loss(landscape, float(path.losses[0]))
    reached = -1 if target is None or path.outcome == Outcome.DIVERGED else int(settled_at(path.losses, target))
    far = float(distance(path.points, landscape.minima)[last])
    return Result(
        name=name,
        final_loss=float(path.losses[last]),
        distance=far if math.isfinite(far) else None,
        steps_to_tolerance=reached if reached >= 0 else None,
        evaluations=int(path.evaluations),
        outcome=_outcome(landscape, path),
    )


def arrival(landscape: Landscape, path: Trajectory) -> Arrival | None:
    """Return the critical point at which an entry ended, or None.

    It is the nearest critical point within `PLACE_TOLERANCE`. A minimum counts only if the final loss is within
    tolerance of the loss there and not below it, so that all columns of a table agree.
    """
    if path.outcome == Outcome.DIVERGED:
        return None
    start, loss, end = float(path.losses[0]), float(path.losses[path.last_step]), path.points[path.last_step]
    radius = near = PLACE_TOLERANCE * math.hypot(*(high - low for low, high in landscape.domain))
    for kind, places in kinds_of(landscape):
        place = min(places, key=lambda each: math.dist(end, each), default=None)
        if place is None or not math.dist(end, place) <= near:
            continue
        near = math.dist(end, place)
        if kind is Kind.MINIMUM:
            lowest = landscape.minimum_value if _is_lowest(landscape, place) else None
            height = float(landscape.value(np.array(place))) if lowest is None else lowest
            if not loss <= _target(height, start) or is_below(loss, height):
                continue
        return Arrival(kind, place, int(settled_at(distance(path.points, [place]), radius)))
    return None


def kinds_of(landscape: Landscape) -> list[tuple[Kind, tuple[Point, ...]]]:
    """Return the critical points of a surface by kind, minima first."""
    return list(zip(Kind, landscape.critical_points, strict=True))


def places(race: Race) -> list[Place]:
    """Return the critical points of the race's surface, minima first, the lowest of each kind first."""
    landscape = race.landscape
    came = [arrival(landscape, path) for path in race.trajectories]
    return [
        Place(
            kind,
            kind is Kind.MINIMUM and _is_lowest(landscape, point),
            point,
            float(landscape.value(np.array(point))),
            tuple(i for i, each in enumerate(came) if each and each.place == point),
        )
        for kind, points in kinds_of(landscape)
        for point in points
    ]


def _outcome(landscape: Landscape, path: Trajectory) -> Sentence:
    last, loss = int(path.last_step), float(path.losses[path.last_step])
    facts = {"step": last, "loss": printed(f"{loss:.2g}")}
    if path.outcome == Outcome.DIVERGED:
        if math.isfinite(loss):
            return Sentence("diverged at step {step}: left the map at loss {loss}", facts)
        if np.isfinite(path.points[last]).all() and np.isnan(loss):
            return Sentence("ended at step {step}: the surface has no value there", facts)
        return Sentence("diverged at step {step}: the loss is no longer a number", facts)
    if path.outcome == Outcome.STOPPED_EARLY:
        return Sentence("stopped early at step {step}, at loss {loss}", facts)

    came = arrival(landscape, path)
    if came and came.kind is Kind.MINIMUM:
        facts |= {"step": came.step, "x": printed(f"{came.place[0]:.3g}"), "y": printed(f"{came.place[1]:.3g}")}
        if _is_lowest(landscape, came.place):
            return Sentence("reached the minimum at step {step}", facts)
        return Sentence("settled in a local minimum, ({x}, {y}), at step {step}", facts)
    if came and came.kind is Kind.SADDLE:
        return Sentence("sits at a saddle at loss {loss}", facts)
    (x0, x1), (y0, y1) = landscape.domain
    x, y = (float(at) for at in path.points[last])
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return Sentence("is off the map at loss {loss}", facts)
    if landscape.minimum_value is not None and is_below(loss, landscape.minimum_value):
        return Sentence("is below every listed minimum, at loss {loss}", facts)
    return Sentence("is still at loss {loss}", facts)


def _is_lowest(landscape: Landscape, place: tuple[float, float]) -> bool:
    return not is_below(landscape.minimum_value, float(landscape.value(np.array(place))))
