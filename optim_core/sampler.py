"""The interface of every sampler: the objective as a single step sees it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from optim_core.form import Filled
from optim_core.knob import HasKnobs
from optim_core.objective import Array, Objective


@dataclass(frozen=True, eq=False)
class Sampler(HasKnobs, ABC):
    """Chooses what step `t` sees of an objective.

    The randomness depends on the seed and the step alone. So all runs with the same seed get the same noise, and a link
    replays the same picture. Raises ValueError for a knob value that the formula has no meaning for.
    """

    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    year: ClassVar[int]
    needs_examples: ClassVar[bool] = False
    """Whether the objective must be a loss over examples."""

    @abstractmethod
    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        """The objective as step `t` sees it. `seed` is an int, or an int array of shape (n,)."""

    def is_random(self, objective: Objective) -> bool:
        """Whether what a step sees of the objective depends on the seed."""
        return True

    def filled(self, objective: Objective, steps: int, seed: Any) -> Filled | None:
        """The objectives of the first `steps` steps, as a form and its numbers; None if they have no common form."""
        return None


TOGETHER = 25
"""Steps whose numbers for all seeds are cached together: as many as `run()` makes before it looks for ended runs."""

MOST_SEEDS = 512
"""For more seeds than this the numbers are not cached as a block, of 200 kB, but joined at every step."""


def normal_at(seed: Any, t: int, parameters: int = 2) -> Array:
    """Two standard normal numbers for step `t`: shape (2, 1) for one seed, (2, n) for an array of n seeds.

    For another number of `parameters`, as many; the shorter list is the beginning of the longer one.
    """
    if parameters != 2:
        return np.stack([_drawn(int(s), t, parameters) for s in np.ravel(seed)], axis=1)
    if isinstance(seed, int) or not np.ndim(seed):  # np.ndim is slow for a plain number
        return _normal_pair(int(seed), t)[:, None]
    seeds = np.asarray(seed).ravel()
    if seeds.size > MOST_SEEDS:
        return np.stack([_normal_pair(s, t) for s in seeds.tolist()], axis=1)
    block, row = divmod(t, TOGETHER)
    return _normal_block(seeds.tobytes(), seeds.dtype, block)[row]


@lru_cache(maxsize=128)
def _normal_block(seeds: bytes, kind: np.dtype, block: int) -> Array:
    """The numbers of a block of steps: (steps, 2, n)."""
    steps = range(block * TOGETHER, (block + 1) * TOGETHER)
    each = np.frombuffer(seeds, kind).tolist()
    numbers = np.array([np.stack([_normal_pair(s, t) for s in each], axis=1) for t in steps])
    numbers.flags.writeable = False
    return numbers


@lru_cache(maxsize=16384)
def _normal_pair(seed: int, t: int) -> Array:
    # A generator takes 20 us to make, more than a step; all entries of a race ask for the same numbers.
    pair = _drawn(seed, t, 2)
    pair.flags.writeable = False
    return pair


def _drawn(seed: int, t: int, count: int) -> Array:
    return np.random.default_rng([seed, t]).standard_normal(count)
