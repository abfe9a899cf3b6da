from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from optim_core.example_sampler import examples_of
from optim_core.knob import knob
from optim_core.objective import Array, Objective
from optim_core.sampler import Sampler


@final
@dataclass(frozen=True)
class Dropout(Sampler):
    """Each step uses all examples, but leaves out each of their features at random and scales up the rest."""

    label: ClassVar[str] = "Dropout"
    formula: ClassVar[str] = r"X \leftarrow \frac{\xi \odot X}{1 - p}, \quad \xi_j \sim \text{Bernoulli}(1 - p)"
    source: ClassVar[str] = "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"
    year: ClassVar[int] = 2014
    needs_examples: ClassVar[bool] = True

    rate: float = knob(0.2, 0.0, 0.9, symbol="p", most=1.0, help="The probability that each feature is left out.")

    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        """Raises TypeError for an objective that is no loss over examples."""
        examples = examples_of(objective)
        shape = examples.data.features.shape
        masks = [np.random.default_rng([int(s), t]).random(shape) >= self.rate for s in np.atleast_1d(seed)]
        keep: Array = (np.stack(masks, axis=-1) if np.ndim(seed) else masks[0]) / (1 - self.rate)
        return examples.masked(keep)
