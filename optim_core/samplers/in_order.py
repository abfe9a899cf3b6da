from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from optim_core.example_sampler import ExampleSampler, Rows, ascending, batch, batches
from optim_core.hyperparameters import BATCH_SIZE
from optim_core.knob import knob
from optim_core.objective import Array, Examples, Objective, Table


@final
@dataclass(frozen=True)
class InOrder(ExampleSampler):
    """Deals out the examples in sorted order, the same in every epoch, so that the last ones weigh most."""

    label: ClassVar[str] = "Sorted order"
    formula: ClassVar[str] = r"g = \frac{1}{B} \sum_{i \in \mathcal B_t} \nabla \ell_i(\theta), \quad Y_i \le Y_j"
    source: ClassVar[str] = "Bottou 2009, Curiously fast convergence of some stochastic gradient descent algorithms"
    year: ClassVar[int] = 2009

    size: int = knob(like=BATCH_SIZE)
    by_feature: bool = knob(False, symbol="F", help="Sort by the first feature instead of the target.")

    def is_random(self, objective: Objective) -> bool:
        return False

    def rows_at(self, examples: Examples, t: int, seed: Any) -> Rows:
        order = ascending(examples.data, _feature if self.by_feature else _target)
        rows = batch(order, self.size, t % batches(examples.n, self.size))
        return np.repeat(rows[:, None], len(seed), axis=1) if np.ndim(seed) else rows


def _feature(table: Table) -> Array:
    return table.features[:, 0]


def _target(table: Table) -> Array:
    return table.targets
