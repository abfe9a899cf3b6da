from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from optim_core.knob import knob
from optim_core.objective import Array, Objective, Real
from optim_core.optimizer import State, Wrapper


@final
@dataclass(frozen=True)
class Lookahead(Wrapper):
    """Go k fast steps, then come back part of the way: the slow weights follow the fast ones at a distance.

    The inner optimizer keeps its state across a synchronisation, as in optax.
    """

    label: ClassVar[str] = "Lookahead"
    formula: ClassVar[str] = (
        r"\text{every } k \text{ steps: } \quad "
        r"\bar\theta \leftarrow \bar\theta + \omega\, (\theta - \bar\theta) \qquad \theta \leftarrow \bar\theta"
    )
    source: ClassVar[str] = "Zhang et al. 2019, Lookahead optimizer: k steps forward, 1 step back, algorithm 1"
    year: ClassVar[int] = 2019
    symbols: ClassVar[Mapping[str, str]] = {"slow": r"\bar\theta", "fast_steps": "t"}

    sync_period: int = knob(5, 1, 100, symbol="k", help="How many fast steps make one slow step.")
    slow_step_size: Real = knob(
        0.5,
        0.0,
        1.0,
        symbol=r"\omega",
        help="How far the slow weights follow the fast ones: 1 is the inner optimizer alone.",
    )

    def init(self, theta: Array) -> State:
        return State(fast_steps=0, slow=theta, inner=self.inner.init(theta))

    def step(self, theta: Array, state: State, objective: Objective) -> tuple[Array, State]:
        theta, inner = self.inner.step(theta, state["inner"], objective)
        slow, fast_steps = state["slow"], state["fast_steps"] + 1
        if fast_steps % self.sync_period == 0:
            # Written so that omega = 1 gives the fast point to the last bit.
            theta = slow = self.slow_step_size * theta + (1 - self.slow_step_size) * slow
        return theta, State(fast_steps=fast_steps, slow=slow, inner=inner)
