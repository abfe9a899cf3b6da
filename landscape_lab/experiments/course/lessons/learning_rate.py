from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, claim, predict
from landscape_lab.experiments.families import Family
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.tables import results, target_loss
from landscapes import LANDSCAPES, Landscape
from optim_core import OPTIMIZERS, Outcome, Trajectory, knob, run
from optim_core.objective import Array
from optim_core.optimizer import learning_rate_of

EARLY = 3
"""Number of steps after which the initial speed of the entries is compared."""
AT_REST = 10
"""Number of last steps during which a settled entry is within tolerance."""
RATES = tuple(float(f"{rate:.3g}") for rate in 0.0002 * 10 ** (np.arange(61) / 25))
"""Rates of the slider: 25 in each decade, including 0.002."""


@final
@dataclass(frozen=True)
class LearningRate(Lesson):
    """Comparison of five rates of one method from one start. The user sets the fifth."""

    number: ClassVar[int] = 2
    icon: ClassVar[str] = ":material/straighten:"
    source: ClassVar[str] = (
        "Polyak 1987, Introduction to Optimization, section 1.4; "
        "LeCun, Simard and Pearlmutter 1993, Automatic learning rate maximization; "
        "Goh 2017, Why Momentum Really Works"
    )
    about: ClassVar[frozenset[str]] = frozenset({"gradient_descent", "constant"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"loss_axis": "linear"})
    family: ClassVar[Family | None] = Family(4, "learning_rate", RATES)

    learning_rate: float = knob(
        0.002,
        RATES[0],
        RATES[-1],
        symbol=r"\eta",
        scale="log",
        help="Your own rate, that of the entry “yours”. Or drag it on the stage.",
    )

    def link(self) -> Mapping[str, str]:
        entries = (
            'gradient_descent(learning_rate=0.0005,name="too small")',
            'gradient_descent(learning_rate=0.01,name="right")',
            'gradient_descent(learning_rate=0.027,name="too large")',
            'gradient_descent(learning_rate=0.055,name="exploding")',
            f'gradient_descent(learning_rate={self.learning_rate},name="yours")',
        )
        return {"surface": "himmelblau", "start": "0,0", "lanes": ",".join(entries), "steps": "60"}

    @property
    def parabola(self) -> Mapping[str, Array]:
        """The positions along one direction of a bowl after every step, for each of five rates by name."""
        products = (0.1, 1.0, 1.9, 2.0, 2.1)
        return dict(zip([f"ηλ = {product:g}" for product in products], swings(products, 16), strict=True))

    @claim
    def slowest(self, race: Race) -> tuple[bool, Values]:
        small, right, *_rest = rows = results(race)[:4]
        stayed = [row for row, path in zip(rows, race.trajectories, strict=False) if path.outcome != Outcome.DIVERGED]
        last = small.steps_to_tolerance is None and max(stayed, key=lambda row: row.final_loss) is small
        values = {"loss": small.final_loss, "other": right.final_loss, "right": right.steps_to_tolerance}
        return last and right.steps_to_tolerance is not None, values | {"steps": race.scenario.steps}

    @claim
    def stalls(self, race: Race) -> tuple[bool, Values]:
        _small, right, large, *_rest = race.trajectories
        low = float(large.losses[race.scenario.steps // 2 :].min())
        early = {"large": float(large.losses[EARLY]), "right": float(right.losses[EARLY]), "early": EARLY}
        target = target_loss(race.landscape, float(large.losses[0])) or 0.0
        bounces = large.outcome == Outcome.FINISHED and low > target
        return bounces and early["large"] < early["right"], {"low": low, **early}

    @claim
    def explodes(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[3]
        step = int(path.last_step)
        values = {"step": step, "loss": float(path.losses[step]), "steps": race.scenario.steps}
        return path.outcome == Outcome.DIVERGED, values

    @claim
    def limited(self, race: Race) -> tuple[bool, Values]:
        limit = max(limits(race.landscape))
        shares = [float(learning_rate_of(entry.optimizer)) / limit for entry in race.scenario.entries]
        rest = [settled(race.landscape, path) for path in race.trajectories]
        holds = rest[1] and not any(still for share, still in zip(shares, rest, strict=True) if share > 1)
        return holds, {"limit": limit, "right": shares[1], "yours": shares[4]}

    @claim
    def sharp_on_a_quadratic(self, _race: Race) -> tuple[bool, Values]:
        bowl = LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=0)
        below, above = split(bowl, np.linspace(0.1505, 0.2495, 100))
        (limit,) = limits(bowl)
        return below < limit < above, {"curvature": 2 / limit, "limit": limit, "below": below, "above": above}

    @predict(
        options=(
            "split",
            "both",
            "swing",
        ),
        link={
            "surface": "elliptic_bowl(condition=10,angle=30)",
            "lanes": 'gradient_descent(learning_rate=0.19,name="0.19"),'
            'gradient_descent(learning_rate=0.21,name="0.21")',
            "steps": "100",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        below, above = race.trajectories
        arrived = [settled(race.landscape, path) for path in (below, above)]
        left = [path.outcome == Outcome.DIVERGED for path in (below, above)]
        values = {"low": float(below.losses[-1]), "step": int(above.last_step)}
        if any(arrived) and any(left):
            return "split", values
        return ("both" if all(arrived) else "swing"), values

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "quadratic_bowl_where": {
            "surface": "elliptic_bowl(condition=10,angle=30)",
            "lanes": 'gradient_descent(learning_rate=0.005,name="too small"),'
            'gradient_descent(learning_rate=0.1,name="right"),'
            'gradient_descent(learning_rate=0.195,name="just below the limit"),'
            'gradient_descent(learning_rate=0.205,name="just above it")',
            "steps": "100",
        },
        "rosenbrock_walls_allow": {
            "surface": "rosenbrock",
            "lanes": 'gradient_descent(learning_rate=0.0003,name="too small"),'
            'gradient_descent(learning_rate=0.0019,name="just below the limit"),'
            'gradient_descent(learning_rate=0.003,name="too large")',
            "steps": "2000",
        },
        "plateau_on_level": {
            "surface": "plateau",
            "lanes": 'gradient_descent(learning_rate=0.1,name="too small"),'
            'gradient_descent(learning_rate=0.9,name="just below the limit"),'
            'gradient_descent(learning_rate=1.1,name="too large")',
            "steps": "1000",
        },
    }


def swings(products: Sequence[float], steps: int) -> list[Array]:
    """Run gradient descent from 1 along one axis of the round bowl for each product of rate and curvature.

    Returns the positions for each product, shape (steps + 1) each.
    """
    bowl = LANDSCAPES["bowl"]
    rates = np.array(products) / bowl.hessian(np.zeros(2))[0, 0]
    path = run(bowl, OPTIMIZERS["gradient_descent"](learning_rate=rates), (1.0, 0.0), steps)
    return list(path.points[:, 0].T)


def limits(landscape: Landscape) -> list[float]:
    """Return the largest stable rate at each minimum: 2 / the largest eigenvalue of the Hessian."""
    hessians = np.array([landscape.hessian(np.array(place)) for place in landscape.minima])
    return (2 / np.linalg.eigvalsh(hessians)[:, -1]).tolist()


def settled(landscape: Landscape, path: Trajectory) -> bool:
    """Return whether a run was within tolerance for its last `AT_REST` points."""
    target = target_loss(landscape, float(path.losses[0]))
    return target is not None and bool((path.losses[-AT_REST:] <= target).all())


def split(landscape: Landscape, rates: Array) -> tuple[float, float]:
    """Return the largest rate at which the loss falls in the end and the smallest at which it grows.

    `rates` must be in ascending order.
    """
    path = run(landscape, OPTIMIZERS["gradient_descent"](learning_rate=rates), landscape.start, 50)
    ends = path.at_end(path.losses)
    middle = path.losses[25]
    return float(rates[ends < middle].max()), float(rates[~(ends < middle)].min())
