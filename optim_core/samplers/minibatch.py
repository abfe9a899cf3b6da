from dataclasses import dataclass
from typing import Any, ClassVar, final

from optim_core.example_sampler import ExampleSampler, Rows, batches, dealt, drawn, examples_of, shuffled
from optim_core.hyperparameters import BATCH_SIZE
from optim_core.knob import knob
from optim_core.objective import Examples, Objective


@final
@dataclass(frozen=True)
class Minibatch(ExampleSampler):
    """Each step uses only a few examples; size 1 is stochastic gradient descent.

    The examples are shuffled once per epoch and dealt out, so that an epoch meets each of them once; the last batch
    may be smaller. With replacement every example is drawn afresh from all of them.
    """

    label: ClassVar[str] = "Minibatch"
    formula: ClassVar[str] = r"g = \frac{1}{B} \sum_{i \in \mathcal B_t} \nabla \ell_i(\theta)"
    source: ClassVar[str] = "Robbins and Monro 1951, A stochastic approximation method"
    year: ClassVar[int] = 1951

    size: int = knob(like=BATCH_SIZE)
    replacement: bool = knob(
        False, symbol=r"\circlearrowleft", help="Draw every example afresh, instead of dealing out all of them."
    )

    def is_random(self, objective: Objective) -> bool:
        return self.replacement or self.size < examples_of(objective).n

    def rows_at(self, examples: Examples, t: int, seed: Any) -> Rows:
        epoch, i = divmod(t, batches(examples.n, self.size))
        order = drawn if self.replacement else shuffled
        return dealt(order, examples.n, seed, (epoch,), self.size, i)
