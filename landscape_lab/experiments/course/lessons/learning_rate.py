from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.plain import is_constant
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.families import Family, members, run_family
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES, Landscape
from optim_core import OPTIMIZERS, Outcome, Trajectory, knob, run
from optim_core.objective import Array, norm
from optim_core.optimizer import learning_rate_of

VALLEYS = {"surface": "himmelblau", "start": "0,0", "steps": "60"}
AT_REST = 10
"""Number of last points during which a settled entry is at the minimum: a bounce that ends low does not count."""
QUICK, BALANCED = 8, 17
"""The numbers of steps that two of the goals ask for."""
RATES = tuple(float(f"{rate:.3g}") for rate in 0.0002 * 10 ** (np.arange(61) / 25))
"""Rates of the slider: 25 in each decade, including 0.002."""


@final
@dataclass(frozen=True)
class LearningRate(RaceLesson):
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
        help="The rate of the entry “yours”. You can also drag it below the map.",
    )

    def link(self) -> Mapping[str, str]:
        entries = (
            'gradient_descent(learning_rate=0.0005,name="too small")',
            'gradient_descent(learning_rate=0.01,name="right")',
            'gradient_descent(learning_rate=0.027,name="too large")',
            'gradient_descent(learning_rate=0.055,name="exploding")',
            f'gradient_descent(learning_rate={self.learning_rate},name="yours")',
        )
        return VALLEYS | {"lanes": ",".join(entries)}

    @property
    def parabola(self) -> Mapping[str, Array]:
        """The positions along one direction of a bowl after every step, for each of five rates by name."""
        products = (0.1, 1.0, 1.9, 2.0, 2.1)
        return dict(zip([f"ηλ = {product:g}" for product in products], swings(products, 16), strict=True))

    @claim
    def slow(self, race: Race) -> tuple[bool, Values]:
        small, right, *_rest = results(race)
        losses = race.trajectories[0].losses
        values = {"loss": small.final_loss, "other": right.final_loss, "right": right.converged_at}
        holds = bool((np.diff(losses) < 0).all()) and small.converged_at is None
        return holds and right.converged_at is not None, values | {"steps": race.scenario.steps}

    @claim
    def stalls(self, race: Race) -> tuple[bool, Values]:
        _small, right, large, *_rest = results(race)
        path = race.trajectories[2]
        last = int(path.last_step)
        rises = int((np.diff(path.losses[: last + 1]) > 0).sum())
        values = {"rises": rises, "last": last, "large": large.final_loss, "right": right.final_loss}
        return rises > 0 and large.converged_at is None and large.final_loss > right.final_loss, values

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
    def fastest(self, _race: Race) -> tuple[bool, Values]:
        scenario, family = self.scenario, Family(4, "learning_rate", RATES)
        landscape, alone = scenario.landscape, replace(scenario, entries=scenario.entries[4:])
        tried = zip(RATES, members(run_family(scenario, family)), strict=True)
        arrived = [(rate, path) for rate, path in tried if settled(landscape, path)]
        if not arrived:
            return False, {"count": len(RATES)}
        steps = [results(Race(alone, (path,)))[0].converged_at or scenario.steps for _rate, path in arrived]
        best, path = arrived[steps.index(min(steps))]
        nearest = norm(np.array(landscape.minima).T - path.points[-1][:, None]).argmin()
        share = best / limits(landscape)[int(nearest)]
        holds = share < 1 and max(rate for rate, _path in arrived) <= max(limits(landscape))
        return holds, {"count": len(RATES), "best": best, "steps": min(steps), "share": share}

    @claim
    def sharp_on_a_quadratic(self, _race: Race) -> tuple[bool, Values]:
        bowl = LANDSCAPES["elliptic_bowl"].with_parameters(condition=10, angle=0)
        below, above = split(bowl, np.linspace(0.1505, 0.2495, 100))
        (limit,) = limits(bowl)
        return below < limit < above, {"curvature": 2 / limit, "limit": limit, "below": below, "above": above}

    @predict(
        options=("split", "both", "swing"),
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

    @goal(
        link=VALLEYS | {"lanes": "gradient_descent(learning_rate=0.002)"},
        fixed=("surface", "start", "steps"),
        solution={"lanes": "gradient_descent(learning_rate=0.0209)"},
    )
    def quick(self, race: Race) -> tuple[bool, Values]:
        steps = fewest_steps(race)
        return steps is not None and steps <= QUICK, {
            "steps": word("not converged") if steps is None else steps,
            "most": QUICK,
        }

    @goal(
        link={
            "surface": "elliptic_bowl(condition=12,angle=30)",
            "start": "-1.7,1",
            "lanes": "gradient_descent(learning_rate=0.05)",
            "steps": "200",
        },
        fixed=("surface", "start", "steps"),
        solution={"lanes": "gradient_descent(learning_rate=0.16)"},
    )
    def largest(self, race: Race) -> tuple[bool, Values]:
        entry, *others = race.scenario.entries
        if others or not is_constant(entry):
            return False, {"rate": word("none")}
        rate = first_rate(race)
        larger = OPTIMIZERS["gradient_descent"](learning_rate=rate + 0.01)
        beyond = run(race.landscape, larger, race.scenario.point, race.scenario.steps)
        holds = settled(race.landscape, race.trajectories[0]) and not settled(race.landscape, beyond)
        return holds, {"rate": f"{rate:.3g}"}

    @goal(
        link={
            "surface": "elliptic_bowl(condition=20,angle=30)",
            "start": "-1.7,1",
            "lanes": "gradient_descent(learning_rate=0.05)",
            "steps": "100",
        },
        fixed=("surface", "start", "steps"),
        solution={"lanes": "gradient_descent(learning_rate=0.085)"},
    )
    def balanced(self, race: Race) -> tuple[bool, Values]:
        steps = fewest_steps(race)
        return steps is not None and steps <= BALANCED, {
            "steps": word("not converged") if steps is None else steps,
            "most": BALANCED,
        }

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "quadratic": {
            "surface": "elliptic_bowl(condition=10,angle=30)",
            "lanes": 'gradient_descent(learning_rate=0.005,name="too small"),'
            'gradient_descent(learning_rate=0.1,name="right"),'
            'gradient_descent(learning_rate=0.195,name="just below the limit"),'
            'gradient_descent(learning_rate=0.205,name="just above it")',
            "steps": "100",
        },
        "rosenbrock": {
            "surface": "rosenbrock",
            "lanes": 'gradient_descent(learning_rate=0.0003,name="too small"),'
            'gradient_descent(learning_rate=0.0019,name="just below the limit"),'
            'gradient_descent(learning_rate=0.003,name="too large")',
            "steps": "2000",
        },
        "plateau": {
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


def first_rate(race: Race) -> float:
    """Return the length of the first entry's first step divided by that of the gradient at the start."""
    points = race.trajectories[0].points
    return float(norm(points[1] - points[0]) / norm(race.landscape.gradient(points[0])))


def fewest_steps(race: Race) -> int | None:
    """Return the fewest steps to convergence of any entry that is plain gradient descent, or None."""
    rows = zip(race.scenario.entries, results(race), strict=True)
    steps = [row.converged_at for entry, row in rows if is_constant(entry)]
    return min((each for each in steps if each is not None), default=None)


def settled(landscape: Landscape, path: Trajectory) -> bool:
    """Return whether a run has converged, early enough for `AT_REST` points at the minimum."""
    return bool(0 <= convergence(landscape, path).step <= path.steps + 1 - AT_REST)


def split(landscape: Landscape, rates: Array) -> tuple[float, float]:
    """Return the largest rate at which the loss falls in the end and the smallest at which it grows.

    `rates` must be in ascending order.
    """
    path = run(landscape, OPTIMIZERS["gradient_descent"](learning_rate=rates), landscape.start, 50)
    ends = path.at_end(path.losses)
    middle = path.losses[25]
    return float(rates[ends < middle].max()), float(rates[~(ends < middle)].min())
