from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, choice, claim, predict
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import write_point
from landscape_lab.experiments.scenarios.sentence import Sentence
from landscapes import DATA_LOSSES, DataLoss, Landscape
from optim_core import OPTIMIZERS, Trajectory, knob, run
from optim_core.metrics import first_at_most
from optim_core.objective import Array
from optim_core.printed import printed

Point = tuple[float, float]

NEAR = 1.01
"""Multiple of the lowest loss at or below which a run counts as having arrived."""
STEPS = 100
RANDOM = 200
"""Number of random starts, drawn uniformly from the map."""
ANGLES = (0.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 75.0, 90.0, 120.0, 150.0, 180.0)
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
"""Seeds of ten draws of the data of task B. The map shows the first."""
RATE = 0.0278
"""Half of 1 / largest curvature. All tasks have the same features, so it is the same for all of them."""


@final
@dataclass(frozen=True)
class FineTuning(Lesson):
    """Gradient descent on a task B, from the minimum of a task A or from a random point."""

    number: ClassVar[int] = 17
    icon: ClassVar[str] = ":material/moving:"
    source: ClassVar[str] = (
        "Yosinski et al. 2014, How transferable are features in deep neural networks?; "
        "Hinton and Salakhutdinov 2006, Reducing the dimensionality of data with neural networks"
    )
    about: ClassVar[frozenset[str]] = frozenset({"multiple_regression"})

    start_at: str = choice(
        "pretrained",
        {"pretrained": "Task A's minimum", "random": "Random place"},
        help="Where the run on task B starts.",
    )
    task_angle: float = knob(
        20.0, 0.0, 180.0, symbol=r"\alpha", help="How far the true weights of task B are turned from those of task A."
    )
    draw: int = knob(49, 0, RANDOM - 1, symbol="i", help="Which of the random places is the start, if it is one.")

    @property
    def origin(self) -> Point:
        """The start of the run."""
        return pretrained() if self.start_at == "pretrained" else _point(random_starts()[:, self.draw])

    def link(self) -> Mapping[str, str]:
        return {
            "surface": f"multiple_regression(n=50,scale=3,task_angle={self.task_angle},seed=1)",
            "start": write_point(self.origin),
            "lanes": f'gradient_descent(learning_rate={RATE},name="on task B")',
            "steps": str(STEPS),
        }

    @property
    def angles(self) -> tuple[float, ...]:
        """The angles of `by_angle`, in degrees."""
        return ANGLES

    @property
    def by_angle(self) -> "Comparison":
        """The number of steps from both kinds of start, at every angle."""
        return _comparison()

    @property
    def side_by_side(self) -> tuple[Landscape, list[Trajectory]]:
        """Task B, and its runs from three random points and, last so that it is drawn on top, from task A's minimum."""
        loss = task_b(self.task_angle, 1)
        starts = [*(_point(random_starts()[:, (self.draw + i) % RANDOM]) for i in range(3)), pretrained()]
        return loss, [run(loss, OPTIMIZERS["gradient_descent"](RATE), start, STEPS) for start in starts]

    @claim
    def fewer_steps(self, race: Race) -> tuple[bool, Values]:
        steps = float(arrival(race.landscape, race.trajectories[0]))
        median = float(np.median(_steps_from_random(self.task_angle, 1)))
        return steps < median, {"steps": _count(steps), "median": _count(median), "random": RANDOM}

    @claim
    def better_than_most(self, _race: Race) -> tuple[bool, Values]:
        shares = [share_slower(self.task_angle, seed) for seed in SEEDS]
        return shares[0] > 0.5, {"share": shares[0], "low": min(shares), "high": max(shares)}

    @claim
    def advantage_shrinks(self, _race: Race) -> tuple[bool, Values]:
        angles = (0.0, 30.0, 60.0, 90.0)
        found = self.by_angle
        saved = [int(found.random[ANGLES.index(a)] - found.pretrained[ANGLES.index(a)]) for a in angles]
        return all(np.diff(saved) < 0), {
            "angles": ", ".join(f"{a:g}°" for a in angles),
            "saved": ", ".join(printed(str(steps)) for steps in saved),
        }

    @predict(
        options=(
            "fewer",
            "same",
            "more",
        ),
        link={
            "surface": "multiple_regression(n=50,scale=3,task_angle=180,seed=1)",
            "start": "1.504,0.354",
            "lanes": f'gradient_descent(learning_rate={RATE},name="from task A")',
            "steps": str(STEPS),
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        steps = float(arrival(race.landscape, race.trajectories[0]))
        median = float(np.median(_steps_from_random(180.0, 1)))
        right = "same" if abs(steps - median) <= 2 else "more" if steps > median else "fewer"
        return right, {"steps": _count(steps), "median": _count(median), "random": RANDOM}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "same_task_new": {
            "surface": "multiple_regression(n=50,scale=3,task_angle=0,seed=1)",
            "start": "1.504,0.354",
            "lanes": f'gradient_descent(learning_rate={RATE},name="on task B")',
            "steps": "50",
        },
        "fine_tuning_at": {
            "surface": "multiple_regression(n=50,scale=3,task_angle=20,seed=1)",
            "start": "1.504,0.354",
            "lanes": 'gradient_descent(learning_rate=0.005,name="small"),'
            f'gradient_descent(learning_rate={RATE},name="as in the lesson"),'
            'gradient_descent(learning_rate=0.1,name="large")',
            "steps": "200",
        },
    }


@dataclass(frozen=True)
class Comparison:
    """The number of steps to arrive for each of `ANGLES`: medians with the limits of their bands, shape (angles) each.

    `pretrained` is over the draws of the data, and its band shows their extremes. `random` is over the random starts of
    all draws, and its band shows the quartiles.
    """

    pretrained: Array
    pretrained_low: Array
    pretrained_high: Array
    random: Array
    random_low: Array
    random_high: Array


@lru_cache(maxsize=256)
def task_b(angle: float, seed: int) -> DataLoss:
    """Return the loss of a task whose true weights are rotated by an angle in degrees, on its own draw of the data."""
    return DATA_LOSSES["multiple_regression"].with_parameters(n=50, scale=3, task_angle=angle, seed=seed)


def pretrained() -> Point:
    """Return the minimum of task A."""
    return task_b(0.0, 0).minima[0]


@lru_cache(maxsize=1)
def random_starts() -> Array:
    """Return random points drawn uniformly from the map, shape (2, RANDOM)."""
    low, high = np.array(task_b(0.0, 0).domain).T[:, :, None]
    return low + (high - low) * np.random.default_rng(0).random((2, RANDOM))


def arrival(landscape: Landscape, path: Trajectory) -> Array:
    """Return the first step at which each run has arrived, shape (*batch); infinite if it never arrives."""
    steps = first_at_most(path.losses, NEAR * cast(float, landscape.minimum_value))
    return np.where(steps < 0, np.inf, steps)


def share_slower(angle: float, seed: int) -> float:
    """Return the share of random starts that take more steps than the minimum of task A."""
    return float((_steps_from_random(angle, seed) > _all_steps(angle, seed)[0]).mean())


def _steps_from_random(angle: float, seed: int) -> Array:
    return _all_steps(angle, seed)[1:]


@lru_cache(maxsize=256)
def _all_steps(angle: float, seed: int) -> Array:
    """Return the steps from the minimum of task A and from each random start, shape (1 + RANDOM)."""
    loss, starts = task_b(angle, seed), np.column_stack([pretrained(), random_starts()])
    return arrival(loss, run(loss, OPTIMIZERS["gradient_descent"](RATE), starts, STEPS))


@lru_cache(maxsize=1)
def _comparison() -> Comparison:
    steps = np.array([[_all_steps(angle, seed) for seed in SEEDS] for angle in ANGLES])
    first, rest = steps[:, :, 0], steps[:, :, 1:].reshape(len(ANGLES), -1)
    low, median, high = np.quantile(rest, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf")
    return Comparison(np.median(first, axis=1), first.min(axis=1), first.max(axis=1), median, low, high)


def _count(steps: float) -> int | Sentence:
    return int(steps) if np.isfinite(steps) else Sentence("more than {steps}", {"steps": STEPS})


def _point(place: Array) -> Point:
    return float(place[0]), float(place[1])
