"""Samplers that choose some examples of a loss over data for each step."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from optim_core.caching import PrivateCache, bounded_cache
from optim_core.form import Filled
from optim_core.objective import Array, Examples, Objective
from optim_core.sampler import Sampler

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class ExampleSampler(Sampler):
    """Chooses the examples of step `t`: the step gets their mean loss, its gradient and its Hessian."""

    needs_examples: ClassVar[bool] = True

    @abstractmethod
    def rows_at(self, examples: Examples, t: int, seed: Any) -> Rows:
        """The rows of step `t`: (k,) for one seed, (k, runs) for an array of seeds."""

    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        """Raises TypeError for an objective that is no loss over examples."""
        examples = examples_of(objective)
        return examples.on(self.rows_at(examples, t, seed))

    def filled(self, objective: Objective, steps: int, seed: Any) -> Filled | None:
        """Where every step looks at equally many examples, and their class says by a method of its own what it makes
        of them: `form_on_each`, as `landscapes.data_losses.DataLoss` has it.
        """
        examples, seeds = examples_of(objective), np.asarray(seed)
        form_on_each = vars(type(examples)).get("form_on_each")
        if form_on_each is None:
            return None
        table = _Examined(examples.n, examples.data)
        size = _batch_size(self, table, steps)
        found = form_on_each(examples, size) if size else None
        if not size or found is None:
            return None
        form, numbers = found

        def numbers_at(t: int, count: int) -> Array:
            if size * count * seeds.size > MOST_KEPT:
                return numbers(_rows(self, table, t, count, seeds))
            return numbers(_kept_rows(self, table, t, count, seeds.tobytes(), seeds.dtype, seeds.shape))

        first = numbers(_rows(self, table, 0, 1, seeds))  # a loss may be another one for each run, too
        return Filled(form, numbers_at, varying=True, per_run=first.shape[2] > 1)


@dataclass(frozen=True)
class _Examined:
    """What a sampler needs to know to choose rows."""

    n: int
    data: Any

    @property
    def private_cache(self) -> PrivateCache | None:
        return getattr(self.data, "private_cache", None)


MOST_KEPT = 2**17
"""Rows that are kept for one stretch of steps: half a megabyte."""


@bounded_cache(maxsize=64)
def _batch_size(sampler: ExampleSampler, examples: Any, steps: int) -> int | None:
    """The number of examples of every step, for any seed; None if it changes."""
    sizes = {len(sampler.rows_at(examples, t, 0)) for t in range(steps)}
    return sizes.pop() if len(sizes) == 1 else None


@bounded_cache(maxsize=64)  # the same rows for all runs of a race, and for the race after a knob was turned
def _kept_rows(
    sampler: ExampleSampler, examples: Any, t: int, steps: int, seeds: bytes, kind: np.dtype, shape: tuple[int, ...]
) -> NDArray[np.int32]:
    rows = _rows(sampler, examples, t, steps, np.frombuffer(seeds, kind).reshape(shape)).astype(np.int32)
    rows.flags.writeable = False
    return rows


def _rows(sampler: ExampleSampler, examples: Any, t: int, steps: int, seeds: NDArray[Any]) -> Rows:
    """The rows of the steps from t on: (steps, k), or (steps, k, runs) for an array of seeds."""
    seed = seeds if seeds.ndim else int(seeds)
    return np.array([sampler.rows_at(examples, each, seed) for each in range(t, t + steps)])


def examples_of(objective: Objective) -> Examples:
    """The objective as a loss over examples. Raises TypeError where it is none."""
    if not has_examples(objective):
        raise TypeError(f"{type(objective).__name__} is no loss over examples, from which a sampler could choose")
    examples: Any = objective
    return examples


def has_examples(objective: Objective) -> bool:
    """Whether the objective is a loss over examples."""
    return hasattr(objective, "on")


MOST_TOGETHER = 2**15
"""Rows of all seeds together whose orders are kept side by side: 256 kB."""


def dealt(order: Callable[..., Rows], n: int, seed: Any, key: tuple[int, ...], size: int, i: int) -> Rows:
    """The `i`-th batch of `order(n, seed, *key)`: (k,), or (k, runs) for an array of seeds."""
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
    # Kept for the steps of an epoch, and for the other runs of a race.
    order = np.random.default_rng(key).permutation(n)
    order.flags.writeable = False
    return order


@lru_cache(maxsize=512)
def drawn(n: int, *key: int) -> Rows:
    """n rows, each drawn from all rows alike, that depend on `n` and the key alone."""
    rows = np.random.default_rng(key).integers(n, size=n)
    rows.flags.writeable = False
    return rows
