"""The results of a race in numbers and words."""

import math
from dataclasses import dataclass

import numpy as np

from experiments.race import Race
from experiments.sentence import Sentence
from landscapes import Landscape
from optim_core import Outcome, Trajectory
from optim_core.metrics import distance, settled_at

LOSS_TOLERANCE = 1e-3
"""A lane is within tolerance when its loss is this share of the way down, or less, above the lowest minimum."""

PLACE_TOLERANCE = 1e-2
"""A point counts as being at a place when it is this share of the map's size away, or less."""


LINGER = 10
"""A point has come to stay when it has been at a place for this many steps, or is within tolerance there."""


@dataclass(frozen=True)
class Result:
    """One row of the table of results. None means that the question makes no sense here, such as the distance to a
    minimum on a surface that has none, or that it never happened."""

    name: str
    final_loss: float
    distance: float | None
    steps_to_tolerance: int | None
    evaluations: int
    outcome: Sentence


def results(race: Race) -> list[Result]:
    """A row for each lane, in the order of the lanes."""
    return [
        _result(lane.label, race.landscape, path)
        for lane, path in zip(race.scenario.lanes, race.trajectories, strict=True)
    ]


def target_loss(landscape: Landscape, start_loss: float) -> float | None:
    """The loss that counts as being within tolerance, or None on a surface without a minimum."""
    lowest = landscape.minimum_value
    return None if lowest is None else lowest + LOSS_TOLERANCE * (start_loss - lowest)


def _result(name: str, landscape: Landscape, path: Trajectory) -> Result:
    last = int(path.last_step)
    target = target_loss(landscape, float(path.losses[0]))
    reached = -1 if target is None else int(settled_at(path.losses, target))
    far = float(distance(path.points, landscape.minima)[last])
    return Result(
        name=name,
        final_loss=float(path.losses[last]),
        distance=far if math.isfinite(far) else None,
        steps_to_tolerance=reached if reached >= 0 else None,
        evaluations=int(path.evaluations),
        outcome=_outcome(landscape, path),
    )


def _outcome(landscape: Landscape, path: Trajectory) -> Sentence:
    last, loss = int(path.last_step), float(path.losses[path.last_step])
    facts = {"step": last, "loss": f"{loss:.2g}"}
    if path.outcome == Outcome.DIVERGED:
        if math.isfinite(loss):
            return Sentence("diverged at step {step}: left the map at loss {loss}", facts)
        if np.isfinite(path.points[last]).all() and np.isnan(loss):
            return Sentence("ended at step {step}: the surface has no value there", facts)
        return Sentence("diverged at step {step}: the loss is no longer a number", facts)
    if path.outcome == Outcome.STOPPED_EARLY:
        return Sentence("stopped early at step {step}, at loss {loss}", facts)

    (x0, x1), (y0, y1) = landscape.domain
    near = PLACE_TOLERANCE * math.hypot(x1 - x0, y1 - y0)
    x, y = (float(at) for at in path.points[last])
    target = target_loss(landscape, float(path.losses[0])) or -math.inf
    for place in landscape.minima:
        arrived = int(settled_at(distance(path.points, [place]), near))
        # One that bounces about may be near for a step or two just when the race ends.
        if arrived >= 0 and (last - arrived >= LINGER or loss <= target):
            facts |= {"step": arrived, "x": f"{place[0]:.3g}", "y": f"{place[1]:.3g}"}
            if _is_lowest(landscape, place):
                return Sentence("reached the minimum at step {step}", facts)
            return Sentence("settled in a local minimum, ({x}, {y}), at step {step}", facts)
    for place in landscape.saddles:
        if settled_at(distance(path.points, [place]), near) >= 0:
            return Sentence("sits at a saddle at loss {loss}", facts)
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return Sentence("is off the map at loss {loss}", facts)
    return Sentence("is still at loss {loss}", facts)


def _is_lowest(landscape: Landscape, place: tuple[float, float]) -> bool:
    values = landscape.value(np.array(landscape.minima).T)
    value = landscape.value(np.array(place))
    return bool(value <= values.min() + 1e-6 * (1 + abs(values.min())))
