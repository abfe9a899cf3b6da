"""The results of a race as rows of numbers and sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landscape_lab.experiments.convergence import (
    NOWHERE,
    Convergence,
    convergence,
    is_below,
    is_lowest,
    reach,
)
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.sentence import Sentence
from landscapes import Landscape
from landscapes.critical_points import Kind, Point
from optim_core import Outcome, Trajectory
from optim_core.metrics import distance
from optim_core.printed import printed


@dataclass(frozen=True)
class Result:
    """One row of the table of results.

    name          of the entry
    final_loss    the loss at the last step
    distance      from the last point to the nearest minimum; None on a surface without a minimum
    converged_at  the step at which the entry has converged by the rule of `convergence`; None if it has not
    at_lowest     whether it has converged to a lowest minimum of the surface
    evaluations   gradient evaluations up to the last step
    outcome       how the entry ended
    end           the critical point at which the entry ended, with its kind, or None: the minimum to which it
                  converged, or else the nearest of the other critical points within `reach` of its last point, unless
                  a minimum is nearer
    """

    name: str
    final_loss: float
    distance: float | None
    converged_at: int | None
    at_lowest: bool
    evaluations: int
    outcome: Sentence
    end: tuple[Kind, Point] | None = None


@dataclass(frozen=True)
class Place:
    """A critical point of a surface and the indices of the entries that ended there.

    At a minimum these are the entries that converged to it, at any other critical point those that ended near it.
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


def ranking(rows: Sequence[Result]) -> list[tuple[int, list[int]]]:
    """Return the steps at which entries converged to a lowest minimum, ascending, and the indices of these entries."""
    steps = sorted({row.converged_at for row in rows if row.at_lowest and row.converged_at is not None})
    return [(step, [i for i, row in enumerate(rows) if row.at_lowest and row.converged_at == step]) for step in steps]


def _result(name: str, landscape: Landscape, path: Trajectory) -> Result:
    last = int(path.last_step)
    came = convergence(landscape, path)
    end = _end(landscape, path, came)
    far = float(distance(path.points, landscape.minima)[last])
    return Result(
        name=name,
        final_loss=float(path.losses[last]),
        distance=far if math.isfinite(far) else None,
        converged_at=int(came.step) if came.step >= 0 else None,
        at_lowest=bool(came.lowest),
        evaluations=int(path.evaluations),
        outcome=_outcome(landscape, path, came, end),
        end=end,
    )


def _end(landscape: Landscape, path: Trajectory, came: Convergence) -> tuple[Kind, Point] | None:
    if path.outcome == Outcome.DIVERGED:
        return None
    if (minimum := int(came.minimum)) != NOWHERE:
        return Kind.MINIMUM, landscape.minima[minimum]
    end = path.points[path.last_step]
    near, found = reach(landscape), None
    for kind, points in kinds_of(landscape):
        for point in points:
            if math.dist(end, point) <= near:
                near, found = math.dist(end, point), (kind, point)
    return None if found is None or found[0] is Kind.MINIMUM else found


def kinds_of(landscape: Landscape) -> list[tuple[Kind, tuple[Point, ...]]]:
    """Return the critical points of a surface by kind, minima first."""
    return list(zip(Kind, landscape.critical_points, strict=True))


def places(race: Race, rows: Sequence[Result] | None = None) -> list[Place]:
    """Return the critical points of the race's surface, minima first, the lowest of each kind first.

    `rows` are the `results` of the race, if they are known.
    """
    landscape = race.landscape
    ends = [row.end for row in (results(race) if rows is None else rows)]
    return [
        Place(
            kind,
            kind is Kind.MINIMUM and is_lowest(landscape, place),
            point,
            float(landscape.value(np.array(point))),
            tuple(i for i, end in enumerate(ends) if end == (kind, point)),
        )
        for kind, points in kinds_of(landscape)
        for place, point in enumerate(points)
    ]


def _outcome(landscape: Landscape, path: Trajectory, came: Convergence, end: tuple[Kind, Point] | None) -> Sentence:
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

    if came.step >= 0:
        x, y = landscape.minima[came.minimum]
        facts |= {"step": int(came.step), "x": printed(f"{x:.3g}"), "y": printed(f"{y:.3g}")}
        if came.lowest:
            return Sentence("converged at step {step}", facts)
        return Sentence("converged to a local minimum, ({x}, {y}), at step {step}", facts)
    if end and end[0] is Kind.SADDLE:
        return Sentence("sits at a saddle at loss {loss}", facts)
    (x0, x1), (y0, y1) = landscape.domain
    x, y = (float(at) for at in path.points[last])
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return Sentence("is off the map at loss {loss}", facts)
    if landscape.minimum_value is not None and is_below(loss, landscape.minimum_value):
        return Sentence("is below every listed minimum, at loss {loss}", facts)
    return Sentence("has not converged, at loss {loss}", facts)
