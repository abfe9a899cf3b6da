from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar, final

from optim_core.example_sampler import ExampleSampler, Rows, ascending, batches, dealt, shuffled
from optim_core.hyperparameters import BATCH_SIZE
from optim_core.knob import knob
from optim_core.objective import Array, Examples, Table


@final
@dataclass(frozen=True)
class Curriculum(ExampleSampler):
    """Easy examples first: each stage adds the next harder part, until all are there and stay.

    Within a stage they are shuffled once per pass over what is there.
    """

    label: ClassVar[str] = "Curriculum"
    formula: ClassVar[str] = (
        r"g = \frac{1}{B} \sum_{i \in \mathcal B_t} \nabla \ell_i(\theta), \quad "
        r"\mathcal B_t \subset \text{the easiest } \tfrac{\min(1 + \lfloor t / T_s \rfloor,\, S)}{S}"
    )
    source: ClassVar[str] = "Bengio et al. 2009, Curriculum learning"
    year: ClassVar[int] = 2009

    size: int = knob(like=BATCH_SIZE)
    stages: int = knob(
        3, 1, 10, symbol="S", help="The number of parts, from easy to hard, that the examples are divided into."
    )
    stage_steps: int = knob(40, 1, 2000, symbol="T_s", scale="log", help="Steps before the next part is added.")

    def rows_at(self, examples: Examples, t: int, seed: Any) -> Rows:
        n, stage = examples.n, min(t // self.stage_steps, self.stages - 1)
        visible = ceil(n * (stage + 1) / self.stages)
        easiest = ascending(examples.data, _difficulty)[:visible]
        epoch, i = divmod(t - stage * self.stage_steps, batches(visible, self.size))
        return easiest[dealt(shuffled, visible, seed, (stage, epoch), self.size, i)]


def _difficulty(table: Table) -> Array:
    return table.difficulty
