"""Samplers that look at some examples of a loss over data."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from optim_core.caching import bounded_cache
from optim_core.objective import Array, Examples, Objective
from optim_core.sampler import Sampler

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class ExampleSampler(Sampler):
    """Chooses the examples that step `t` looks at: the step gets their mean loss, its gradient and its Hessian."""

    needs_examples: ClassVar[bool] = True

    @abstractmethod
    def rows_at(self, examples: Examples, t: int, seed: Any) -> Rows:
        """The rows step `t` looks at: (k,) for one seed, (k, lanes) for an array of seeds."""

    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        """Raises TypeError for an objective that is no loss over examples."""
        examples = examples_of(objective)
        return examples.on(self.rows_at(examples, t, seed))


def examples_of(objective: Objective) -> Examples:
    """The objective as a loss over examples. Raises TypeError where it is none."""
    if not has_examples(objective):
        raise TypeError(f"{type(objective).__name__} is no loss over examples, of which a step could look at some")
    examples: Any = objective
    return examples


def has_examples(objective: Objective) -> bool:
    """Whether the objective is a loss over examples."""
    return hasattr(objective, "on")


MOST_TOGETHER = 2**15
"""Rows of all seeds together whose orders are kept side by side: 256 kB."""


def dealt(order: Callable[..., Rows], n: int, seed: Any, key: tuple[int, ...], size: int, i: int) -> Rows:
    """The `i`-th batch of `order(n, seed, *key)`: (k,), or (k, lanes) for an array of seeds."""
    if isinstance(seed, int) or not np.ndim(seed):  # NumPy takes its time to say so of a plain number
        return batch(order(n, int(seed), *key), size, i)
    seeds = np.asarray(seed)
    if n * seeds.size <= MOST_TOGETHER:
        return batch(_together(order, n, seeds.tobytes(), seeds.dtype, key), size, i)
    return np.stack([batch(order(n, s, *key), size, i) for s in seeds.tolist()], axis=1)


@lru_cache(maxsize=256)
def _together(order: Callable[..., Rows], n: int, seeds: bytes, kind: np.dtype, key: tuple[int, ...]) -> Rows:
    # An epoch has many batches, and each of them would have to be put together of as many parts as there are seeds.
    orders = np.stack([order(n, s, *key) for s in np.frombuffer(seeds, kind).tolist()], axis=1)
    orders.flags.writeable = False
    return orders


def batch(order: Rows, size: int, i: int) -> Rows:
    """The `i`-th of the batches into which an order is cut; the last one may be smaller."""
    return order[i * size : (i + 1) * size]


def batches(n: int, size: int) -> int:
    """How many batches an epoch of `n` examples has."""
    return -(-n // size)


@bounded_cache(maxsize=16)
def ascending(table: Any, key: Callable[[Any], Array]) -> Rows:
    """The rows of a table from the lowest to the highest key, equal ones as they come. `key` is a module's function."""
    order = np.argsort(key(table), kind="stable")
    order.flags.writeable = False
    return order


@lru_cache(maxsize=4096)
def shuffled(n: int, *key: int) -> Rows:
    """The rows 0 to n - 1 in an order that depends on `n` and the key alone."""
    # Kept for the steps of an epoch, and for the other lanes of a race.
    order = np.random.default_rng(key).permutation(n)
    order.flags.writeable = False
    return order


@lru_cache(maxsize=512)
def drawn(n: int, *key: int) -> Rows:
    """n rows, each drawn from all rows alike, that depend on `n` and the key alone."""
    rows = np.random.default_rng(key).integers(n, size=n)
    rows.flags.writeable = False
    return rows
