"""Numbers about a trajectory."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optim_core.caching import bounded_cache
from optim_core.example_sampler import ExampleSampler
from optim_core.objective import Array, Examples, norm
from optim_core.run import Trajectory
from optim_core.sampler import Sampler
from optim_core.traceable import are_traceable


def distance(points: Array, places: Sequence[Sequence[float]]) -> Array:
    """How far each point is from the nearest place, a point of P numbers: (steps, P, *batch) -> (steps, *batch).

    Infinite where there are no places, NaN where the run has ended.
    """
    theta = np.moveaxis(points, 1, 0)
    nearest = np.where(np.isnan(theta[0]), np.nan, np.inf)
    for place in places:
        nearest = np.minimum(nearest, norm(theta - np.reshape(place, (-1, *[1] * (theta.ndim - 1)))))
    return nearest


def first_at_most(values: Array, bound: float) -> NDArray[np.int64]:
    """The first step at which each run is at or below `bound`: (steps, *batch) -> (*batch); -1 where it never is."""
    below = values <= bound
    return np.where(below.any(axis=0), below.argmax(axis=0), -1)


def settled_at(values: Array, bound: float | Array) -> NDArray[np.int64]:
    """The first step from which each run stays at or below `bound` until it ends; -1 where it ends above.

    `bound` is one for all runs, or has one for each.
    """
    above = values > bound
    ended = np.isfinite(values).sum(axis=0)
    last_above = np.where(above.any(axis=0), len(values) - 1 - above[::-1].argmax(axis=0), -1)
    return np.where(last_above + 1 < ended, last_above + 1, -1)


def examples_seen(path: Trajectory, sampler: Sampler, examples: Examples) -> Array:
    """The number of examples that each run has used up to each point, repetitions included: (steps + 1, *batch).

    One gradient of a batch of k uses k examples; without a sampler of examples it uses all of them.
    """
    sizes = np.full(path.steps, float(examples.n))
    if isinstance(sampler, ExampleSampler):
        count = _batch_sizes if are_traceable(sampler) else _count_batches
        sizes = count(sampler, examples, path.steps)
    evaluations = np.diff(path.evaluated, axis=0)
    seen = np.zeros(path.evaluated.shape)
    np.cumsum(evaluations * sizes.reshape(-1, *[1] * (evaluations.ndim - 1)), axis=0, out=seen[1:])
    return seen


def _count_batches(sampler: ExampleSampler, examples: Examples, steps: int) -> Array:
    return np.array([len(sampler.rows_at(examples, t, 0)) for t in range(steps)], dtype=float)


_batch_sizes = bounded_cache(maxsize=64)(_count_batches)


def epochs(path: Trajectory, sampler: Sampler, examples: Examples) -> Array:
    """The same in passes over the whole data: (steps + 1, *batch)."""
    return examples_seen(path, sampler, examples) / examples.n
