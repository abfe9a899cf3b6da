"""Dropout of hidden units during training."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, final

from landscapes.networks.network_loss import ExampleLoss
from optim_core.objective import Objective
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact


@final
@dataclass(frozen=True)
class UnitDropout(Sampler):
    """Each step leaves out hidden units of a network at random, after an inner sampler has chosen its examples.

    The masks of step t depend on the seed and t alone. The chance is the network's `dropout`.
    """

    label: ClassVar[str] = "Dropout of hidden units"
    formula: ClassVar[str] = r"a \leftarrow \frac{m \odot a}{1 - p}, \quad m_j \sim \text{Bernoulli}(1 - p)"
    source: ClassVar[str] = "Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting"
    year: ClassVar[int] = 2014
    needs_examples: ClassVar[bool] = True

    inner: Sampler = field(default_factory=Exact)

    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        """Raises TypeError for an objective that is no loss of a network."""
        chosen: Any = self.inner.at(objective, t, seed)
        if not isinstance(chosen, ExampleLoss):
            raise TypeError(f"{type(chosen).__name__} is no loss of a network, which has hidden units")
        return chosen.dropped(t, seed)
