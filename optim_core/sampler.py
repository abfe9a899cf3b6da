"""The one interface of every sampler: what a single step sees of an objective."""

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
    """Chooses what step `t` sees. Its randomness depends on the seed and the step alone, so every run with the
    same seed meets the same noise, and a link replays the same picture.

    Raises ValueError for an impossible knob.
    """

    label: ClassVar[str]
    formula: ClassVar[str]
    source: ClassVar[str]
    year: ClassVar[int]
    needs_examples: ClassVar[bool] = False
    """Whether it makes sense for a loss over examples only."""

    @abstractmethod
    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        """The objective as step `t` sees it. `seed` is an int, or an int array of shape (lanes,)."""

    def filled(self, objective: Objective, steps: int, seed: Any) -> Filled | None:
        """What `at` gives for each of so many steps, as a form and its numbers; None where it is no form."""
        return None


TOGETHER = 25
"""Steps whose numbers for all seeds are kept side by side: as many as `run()` makes before a lane can end."""

MOST_SEEDS = 512
"""More seeds than so many are put together at every step: 200 kB for the steps of one block."""


def normal_at(seed: Any, t: int) -> Array:
    """Two standard normal numbers for step `t`: shape (2, 1) for one seed, (2, lanes) for an array of them."""
    if isinstance(seed, int) or not np.ndim(seed):  # NumPy takes its time to say so of a plain number
        return _normal_pair(int(seed), t)[:, None]
    seeds = np.asarray(seed).ravel()
    if seeds.size > MOST_SEEDS:
        return np.stack([_normal_pair(s, t) for s in seeds.tolist()], axis=1)
    block, row = divmod(t, TOGETHER)
    return _normal_block(seeds.tobytes(), seeds.dtype, block)[row]


@lru_cache(maxsize=128)
def _normal_block(seeds: bytes, kind: np.dtype, block: int) -> Array:
    """The numbers of some steps, (steps, 2, lanes)."""
    steps = range(block * TOGETHER, (block + 1) * TOGETHER)
    lanes = np.frombuffer(seeds, kind).tolist()
    numbers = np.array([np.stack([_normal_pair(s, t) for s in lanes], axis=1) for t in steps])
    numbers.flags.writeable = False
    return numbers


@lru_cache(maxsize=16384)
def _normal_pair(seed: int, t: int) -> Array:
    # Making a generator costs 20 us, more than a step; the lanes of a race all ask for the same numbers.
    pair = np.random.default_rng([seed, t]).standard_normal(2)
    pair.flags.writeable = False
    return pair
