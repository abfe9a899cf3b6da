from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.course import tuned_networks
from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.networks.stored import stored
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import write_point
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscapes import DATA_LOSSES, DataLoss, Landscape
from optim_core import OPTIMIZERS, Trajectory, knob, run
from optim_core.metrics import first_at_most
from optim_core.objective import Array
from optim_core.printed import printed

Point = tuple[float, float]

NEAR = 1.01
"""Multiple of the lowest loss at or below which a run counts as near. Unlike convergence it does not depend on the loss
of the start, so that runs from different starts can be compared."""
STEPS = 100
RANDOM = 200
"""Number of random starts, drawn uniformly from the map."""
ANGLES = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 75.0, 90.0, 120.0, 150.0, 180.0)
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
"""Seeds of ten draws of the data of task B. The map shows the first."""
RATE = 0.0278
"""A quarter of the limit 2 / largest curvature. All tasks have the same features, so it is the same for all of them."""
FROM_A = "1.504,0.354"
"""The minimum of task A to three decimals, so that the lesson and its tasks have the same start."""
LANE = f'gradient_descent(learning_rate={RATE},name="on task B")'
FEW: Mapping[str, float] = {"n": 10, "noise": 3.0}
"""Few examples of task B, with large noise."""
DRAWS, EARLY = 100, 10
"""Number of draws of few examples, and the step at which training on them stops early."""
QUICK, WITHIN = 15, 3.0
"""The number of steps and the accuracy in degrees that two goals ask for."""
LEARNT, KEPT = 1.5, 2.0
"""Multiples of the lowest losses of task B and task A that a goal allows."""


@final
@dataclass(frozen=True)
class FineTuning(RaceLesson):
    """Gradient descent on a task B: from the minimum of a task A, from zero, or from a random point."""

    number: ClassVar[int] = 17
    icon: ClassVar[str] = ":material/moving:"
    source: ClassVar[str] = (
        "Yosinski et al. 2014, How transferable are features in deep neural networks?; "
        "Hinton and Salakhutdinov 2006, Reducing the dimensionality of data with neural networks; "
        "McCloskey and Cohen 1989, Catastrophic interference in connectionist networks"
    )
    about: ClassVar[frozenset[str]] = frozenset({"multiple_regression"})

    start_at: str = choice(
        "pretrained",
        {"pretrained": "Task A's minimum", "zero": "Zero", "random": "Random point"},
        help="Where the run on task B starts.",
    )
    task_angle: float = knob(
        20.0,
        0.0,
        180.0,
        symbol=r"\varphi",
        help="The angle by which the true weights of task B are turned from those of task A.",
    )
    draw: int = knob(49, 0, RANDOM - 1, symbol="s", help="Which of the random points is the start, if it is one.")

    @property
    def origin(self) -> str:
        """The start of the run, as in a link."""
        return {"pretrained": FROM_A, "zero": "0,0", "random": write_point(self._random_point)}[self.start_at]

    @property
    def _random_point(self) -> Point:
        return _point(random_starts()[:, self.draw])

    def link(self) -> Mapping[str, str]:
        return {
            "surface": _surface(self.task_angle),
            "start": self.origin,
            "lanes": LANE,
            "steps": str(STEPS),
        }

    @property
    def angles(self) -> tuple[float, ...]:
        """The angles of `by_angle`, in degrees."""
        return ANGLES

    @property
    def by_angle(self) -> "Comparison":
        """The number of steps from each kind of start, at every angle."""
        return _comparison()

    @property
    def side_by_side(self) -> tuple[Landscape, list[Trajectory]]:
        """Task B, and its runs from a random point, from zero and, last so that it is drawn on top, from task A's
        minimum."""
        loss = task_b(self.task_angle, 1)
        starts = [self._random_point, (0.0, 0.0), pretrained()]
        return loss, [run(loss, OPTIMIZERS["gradient_descent"](RATE), start, STEPS) for start in starts]

    @property
    def side_by_side_steps(self) -> list[Sentence]:
        """The number of steps of each run of `side_by_side`."""
        loss, runs = self.side_by_side
        steps = [float(near_at(loss, path)) for path in runs]
        return [
            Sentence("{steps} steps", {"steps": int(each)})
            if np.isfinite(each)
            else Sentence("more than {steps} steps", {"steps": STEPS})
            for each in steps
        ]

    @property
    def forgetting(self) -> list[Array]:
        """The losses on task B and on task A during fine-tuning from task A's minimum, relative to their lowest values,
        shape (steps + 1) each."""
        loss, (*_others, path) = self.side_by_side
        old = task_b(0.0, 0)
        pairs = ((path.losses, loss), (old.value(path.points.T), old))
        return [losses / cast(float, task.minimum_value) for losses, task in pairs]

    @claim(names="start")
    def fewer_steps(self, race: Race) -> tuple[bool, Values]:
        steps = float(near_at(race.landscape, race.trajectories[0]))
        _first, zero, *rest = _all_steps(self.task_angle, 1)
        median = float(np.median(rest))
        told = {"steps": _count(steps), "zero": _count(float(zero)), "median": _count(median), "random": RANDOM}
        return steps < min(zero, median), told

    @claim
    def better_than_most(self, _race: Race) -> tuple[bool, Values]:
        shares = [share_slower(self.task_angle, seed) for seed in SEEDS]
        return shares[0] > 0.5, {"share": shares[0], "low": min(shares), "high": max(shares)}

    @claim
    def advantage_shrinks(self, _race: Race) -> tuple[bool, Values]:
        angles, found = (0.0, 15.0, 30.0, 45.0), self.by_angle
        here = [ANGLES.index(angle) for angle in angles]
        zero, random = ((other - found.pretrained)[here] for other in (found.zero, found.random))
        return bool((np.diff(zero) < 0).all() and (np.diff(random) < 0).all()), {
            "angles": ", ".join(f"{a:g}°" for a in angles),
            "zero": _listed(zero),
            "random": _listed(random),
        }

    @claim
    def keeps_nothing(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[0]
        after = on_task_a(path.points[int(path.last_step)])
        alone, lowest = on_task_a(task_b(self.task_angle, 1).minima[0]), on_task_a(pretrained())
        holds = abs(after - alone) < 0.1 * (alone - lowest) and alone > 2 * lowest
        return holds, {"after": after, "alone": alone, "lowest": lowest}

    @claim
    def few_examples(self, _race: Race) -> tuple[bool, Values]:
        first, zero = (int(wins.sum()) for wins in early_wins(self.task_angle))
        values = {"n": FEW["n"], "early": EARLY, "draws": DRAWS, "first": first, "zero": zero}
        return first > zero and first > DRAWS / 2, values

    @property
    def networks(self) -> list[tuned_networks.Curves]:
        """Accuracies of networks after fine-tuning, by the number of examples and by the angle, and the accuracies on
        the old task while the new one is learned."""
        tuned, old = stored("fine_tuning"), stored("forgetting")
        return [tuned_networks.by_examples(tuned), tuned_networks.by_angle(tuned), tuned_networks.while_learning(old)]

    @claim(cell="network")
    def few_digits(self, _race: Race) -> tuple[bool, Values]:
        return tuned_networks.few_digits(stored("fine_tuning"))

    @claim(cell="network")
    def related_digits(self, _race: Race) -> tuple[bool, Values]:
        return tuned_networks.related_digits(stored("fine_tuning"))

    @claim(cell="network")
    def kept_layers(self, _race: Race) -> tuple[bool, Values]:
        return tuned_networks.kept_layers(stored("fine_tuning"))

    @claim(cell="network")
    def other_digits(self, _race: Race) -> tuple[bool, Values]:
        return tuned_networks.other_digits(stored("fine_tuning"))

    @claim(cell="forgotten")
    def forgets(self, _race: Race) -> tuple[bool, Values]:
        return tuned_networks.forgets(stored("forgetting"))

    @predict(
        options=("kept", "between", "forgotten"),
        link={
            "surface": "multiple_regression(n=50,scale=3,task_angle=60,seed=1)",
            "start": FROM_A,
            "lanes": f'gradient_descent(learning_rate={RATE},name="fine-tuned on B")',
            "steps": "200",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        path, (alone_at,) = race.trajectories[0], race.landscape.minima
        before, early, after = (on_task_a(path.points[step]) for step in (0, EARLY, int(path.last_step)))
        alone = on_task_a(alone_at)
        forgotten = (after - before) / (alone - before)
        right = "kept" if forgotten < 0.2 else "between" if forgotten < 0.95 else "forgotten"
        return right, {"before": before, "after": after, "alone": alone, "early": early, "steps": EARLY}

    @goal(
        link={"surface": "multiple_regression(n=50,scale=3,task_angle=20,seed=1)", "start": FROM_A}
        | {"lanes": LANE, "steps": "100"},
        fixed=("start", "lanes", "steps"),
        solution={"surface": "multiple_regression(n=50,scale=3,task_angle=28,seed=1)"},
    )
    def largest_angle(self, race: Race) -> tuple[bool, Values]:
        loss, path = race.landscape, race.trajectories[0]
        angle = dict(loss.changes).get("task_angle", 0.0) if _is_task_b(race) else float("nan")
        if not 0 <= angle <= 180 - WITHIN:
            return False, {"angle": word("none"), "steps": word("none"), "zero": word("none"), "within": WITHIN}
        here = float(near_at(loss, replace(path, losses=loss.value(path.points.T))))
        zero, (beyond, zero_beyond) = _all_steps(angle, 1)[1], _all_steps(angle + WITHIN, 1)[:2]
        values = {"angle": printed(f"{angle:g}°"), "steps": _count(here), "zero": _count(float(zero))}
        return bool(here < zero and beyond >= zero_beyond), values | {"within": WITHIN}

    @goal(
        link={"surface": "multiple_regression(n=50,scale=3,task_angle=20,seed=1)", "start": FROM_A}
        | {"lanes": LANE, "steps": "100"},
        fixed=("surface", "start"),
        solution={"lanes": 'gradient_descent(learning_rate=0.1,name="on task B")'},
    )
    def quick(self, race: Race) -> tuple[bool, Values]:
        plain = (isinstance(entry.optimizer, OPTIMIZERS["gradient_descent"]) for entry in race.scenario.entries)
        found = [float(near_at(race.landscape, path)) for path, of in zip(race.trajectories, plain, strict=True) if of]
        steps = min(found, default=float("inf"))
        return steps < QUICK, {"most": QUICK, "steps": int(steps) if np.isfinite(steps) else word("never")}

    @goal(
        link={"surface": "multiple_regression(n=50,scale=3,task_angle=20,seed=1)", "start": FROM_A}
        | {"lanes": LANE, "steps": "100"},
        fixed=("surface", "start"),
        solution={"steps": "9"},
    )
    def learns_and_keeps(self, race: Race) -> tuple[bool, Values]:
        ends = [path.points[int(path.last_step)] for path in race.trajectories]
        lowest = cast(float, race.landscape.minimum_value)
        found = [(float(race.landscape.value(end)) / lowest, on_task_a(end) / on_task_a(pretrained())) for end in ends]
        new, old = min(found, key=lambda each: max(each[0] / LEARNT, each[1] / KEPT))
        return new <= LEARNT and old <= KEPT, {"new": new, "old": old, "learnt": LEARNT, "kept": KEPT}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "same_task": {
            "surface": "multiple_regression(n=50,scale=3,task_angle=0,seed=1)",
            "start": FROM_A,
            "lanes": LANE,
            "steps": "50",
        },
        "rates": {
            "surface": "multiple_regression(n=50,scale=3,task_angle=20,seed=1)",
            "start": FROM_A,
            "lanes": 'gradient_descent(learning_rate=0.005,name="small"),'
            f'gradient_descent(learning_rate={RATE},name="as in the lesson"),'
            'gradient_descent(learning_rate=0.1,name="large")',
            "steps": "200",
        },
        "opposite": {
            "surface": "multiple_regression(n=50,scale=3,task_angle=180,seed=1)",
            "start": FROM_A,
            "lanes": f'gradient_descent(learning_rate={RATE},name="from task A")',
            "steps": str(STEPS),
        },
    }


@dataclass(frozen=True)
class Comparison:
    """The number of steps until near for each of `ANGLES`: medians with the limits of their bands, shape (angles) each.

    `pretrained` and `zero` are over the draws of the data, and the band shows the extremes of `pretrained`. `random` is
    over the random starts of all draws, and its band shows the quartiles.
    """

    pretrained: Array
    pretrained_low: Array
    pretrained_high: Array
    zero: Array
    random: Array
    random_low: Array
    random_high: Array


def _surface(angle: float) -> str:
    return f"multiple_regression(n=50,scale=3,task_angle={angle},seed=1)"


@lru_cache(maxsize=256)
def task_b(angle: float, seed: int) -> DataLoss:
    """Return the loss of a task whose true weights are rotated by an angle in degrees, on its own draw of the data."""
    return DATA_LOSSES["multiple_regression"].with_parameters(n=50, scale=3, task_angle=angle, seed=seed)


def _is_task_b(race: Race) -> bool:
    """Return whether the surface of a race is the lesson's task B at some angle."""
    changes = dict(race.landscape.changes)
    changes.pop("task_angle", None)
    return race.landscape.key == "multiple_regression" and changes == {"n": 50, "scale": 3, "seed": 1}


def pretrained() -> Point:
    """Return the minimum of task A."""
    return task_b(0.0, 0).minima[0]


def on_task_a(point: Point | Array) -> float:
    """Return the loss on task A."""
    return float(task_b(0.0, 0).value(np.array(point)))


@lru_cache(maxsize=1)
def random_starts() -> Array:
    """Return random points drawn uniformly from the map, shape (2, RANDOM)."""
    low, high = np.array(task_b(0.0, 0).domain).T[:, :, None]
    return low + (high - low) * np.random.default_rng(0).random((2, RANDOM))


def near_at(landscape: Landscape, path: Trajectory) -> Array:
    """Return the first step at which each run is near, shape (*batch); infinite if it never is."""
    steps = first_at_most(path.losses, NEAR * cast(float, landscape.minimum_value))
    return np.where(steps < 0, np.inf, steps)


def share_slower(angle: float, seed: int) -> float:
    """Return the share of random starts that take more steps than the minimum of task A."""
    first, _zero, *rest = _all_steps(angle, seed)
    return float((np.array(rest) > first).mean())


@lru_cache(maxsize=512)
def _all_steps(angle: float, seed: int) -> Array:
    """Return the steps from the minimum of task A, from zero and from each random start, shape (2 + RANDOM)."""
    loss, starts = task_b(angle, seed), np.column_stack([pretrained(), (0.0, 0.0), random_starts()])
    return near_at(loss, run(loss, OPTIMIZERS["gradient_descent"](RATE), starts, STEPS))


@lru_cache(maxsize=8)
def early_wins(angle: float) -> tuple[Array, Array]:
    """For `DRAWS` draws of few examples, return whether training has a lower validation loss at step `EARLY` than at
    the minimum: from task A's minimum and from zero, shape (draws) each."""
    starts, wins = np.column_stack([pretrained(), (0.0, 0.0)]), []
    for seed in range(1, DRAWS + 1):
        loss = DATA_LOSSES["multiple_regression"].with_parameters(scale=3, task_angle=angle, seed=seed, **FEW)
        path = run(loss, OPTIMIZERS["gradient_descent"](RATE), starts, EARLY)
        wins.append(loss.validation.value(path.points[-1]) < loss.validation.value(np.array(loss.minima[0])))
    first, zero = np.array(wins).T
    return first, zero


@lru_cache(maxsize=1)
def _comparison() -> Comparison:
    steps = np.array([[_all_steps(angle, seed) for seed in SEEDS] for angle in ANGLES])
    first, zero, rest = steps[:, :, 0], steps[:, :, 1], steps[:, :, 2:].reshape(len(ANGLES), -1)
    low, median, high = np.quantile(rest, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf")
    middle = np.median(first, axis=1), first.min(axis=1), first.max(axis=1), np.median(zero, axis=1)
    return Comparison(*middle, median, low, high)


def _listed(steps: Array) -> str:
    return ", ".join(printed(f"{each:.0f}") for each in steps)


def _count(steps: float) -> int | Sentence:
    return int(steps) if np.isfinite(steps) else Sentence("more than {steps}", {"steps": STEPS})


def _point(place: Array) -> Point:
    return float(place[0]), float(place[1])
