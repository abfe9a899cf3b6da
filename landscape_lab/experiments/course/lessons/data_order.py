from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race, run_entry
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscapes import Landscape
from optim_core import Trajectory, knob, run
from optim_core.metrics import distance, first_at_most
from optim_core.objective import Array
from optim_core.optimizers.gradient_descent import GradientDescent
from optim_core.samplers.curriculum import Curriculum
from optim_core.samplers.in_order import InOrder

EXAMPLES = 60
PASSES = 10
STEPS = PASSES * EXAMPLES
SEEDS = 50
"""Number of shuffles over which the lesson counts."""
NEAR = 0.3
"""Distance from a minimum below which a run counts as having found it."""
STAGES = 3
SURFACE = f"linear_regression(n={EXAMPLES},outliers=0.2,standardised=true)"
CLEAN = f"linear_regression(n={EXAMPLES},noise=0,standardised=true)"
"""The same features with targets that have neither noise nor errors."""
ALONE = {"surface": SURFACE, "lanes": "gradient_descent(learning_rate=0.02)", "steps": str(STEPS)}
"""The race of “full rate” alone."""
FAR, CLOSE = 1.0, 0.1
"""Distances from the minimum of all examples that goals ask for."""
VIEW = 2.6
"""Half the width of the map around the minimum."""


@final
@dataclass(frozen=True)
class DataOrder(RaceLesson):
    """Training on the same sixty examples, a fifth of them wrong: sorted, shuffled, or with the easy ones first."""

    number: ClassVar[int] = 12
    icon: ClassVar[str] = ":material/sort:"
    source: ClassVar[str] = (
        "Bengio, Louradour, Collobert and Weston 2009, Curriculum learning; "
        "Bottou 2009, Curiously fast convergence of some stochastic gradient descent algorithms"
    )
    about: ClassVar[frozenset[str]] = frozenset({"in_order", "curriculum"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"progress_axis": "examples"})

    order: str = choice(
        "sorted",
        {"sorted": "sorted", "shuffled": "shuffled", "curriculum": "curriculum"},
        help="Sorted by target, shuffled anew for every pass, or the easiest third first, then two thirds, then all.",
    )
    learning_rate: float = knob(0.02, 0.01, 0.05, symbol=r"\eta", scale="log", help="The rate of “full rate”.")
    stage_steps: int = knob(
        120, 20, 300, symbol="T", help="Steps before the curriculum adds the next third of the examples."
    )

    @property
    def samplers(self) -> dict[str, str]:
        """The sampler of each order, in the notation of links."""
        return {
            "sorted": "in_order(size=1)",
            "shuffled": "minibatch(size=1)",
            "curriculum": f"curriculum(size=1,stages={STAGES},stage_steps={self.stage_steps})",
        }

    def link(self) -> Mapping[str, str]:
        return self.parts(self.order)

    def parts(self, order: str) -> dict[str, str]:
        """Return the link of the race with one of the orders."""
        rate = self.learning_rate
        return {
            "surface": SURFACE,
            "lanes": f'gradient_descent(learning_rate={rate},name="full rate"),'
            f'gradient_descent(learning_rate={rate / 4},name="quarter rate")',
            "noise": self.samplers[order],
            "steps": str(STEPS),
        }

    def runs(self, order: str) -> Trajectory:
        """Return the runs of “full rate” with one of the orders, for every seed: a batch of shape (SEEDS)."""
        return many(self._scenarios[order])

    @cached_property
    def _scenarios(self) -> dict[str, Scenario]:
        """The race with each of the orders."""
        return {
            order: replace(Scenario.from_query(self.parts(order)), start=self.scenario.start) for order in self.samplers
        }

    @property
    def star(self) -> tuple[tuple[float, float], ...]:
        """The minimum of the loss over all sixty examples, both right and wrong ones."""
        return self.scenario.landscape.minima

    @property
    def last_passes(self) -> tuple[Trajectory, Trajectory]:
        """The last pass of “full rate” over the data, sorted and shuffled."""
        sorted_, shuffled = (last_pass(one(self.runs(order), 0)) for order in ("sorted", "shuffled"))
        return sorted_, shuffled

    @property
    def around(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The ranges of x and y that contain `last_passes`."""
        paths = [path.points for path in self.last_passes]
        points = np.concatenate([*paths, np.array(self.star)])
        (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
        half = max(VIEW, 0.55 * float(max(x1 - x0, y1 - y0)))
        x, y = float(x0 + x1) / 2, float(y0 + y1) / 2
        return (x - half, x + half), (y - half, y + half)

    @property
    def ways(self) -> tuple[list[Array], list[Array], list[Array]]:
        """Quartiles over the seeds of the distance to the clean minimum, for each order, shape (steps + 1) each."""
        lows, medians, highs = zip(*(_quartiles(each) for each in self._scenarios.values()), strict=True)
        return [*lows], [*medians], [*highs]

    @claim
    def sorting_biases(self, race: Race) -> tuple[bool, Values]:
        own = race.trajectories[0] if self.order == "sorted" else one(self.runs("sorted"), 0)
        end = float(distance(own.points, self.star)[-1])
        before = float(distance(own.points, self.star)[-1 - EXAMPLES])
        shuffled = distance(self.runs("shuffled").points, self.star)[-1]
        median, worst = float(np.median(shuffled)), float(shuffled.max())
        settled = abs(end - before) < 0.1 * end
        return settled and end > worst, {"sorted": end, "median": median, "worst": worst, "seeds": SEEDS}

    @claim
    def smaller_rate(self, race: Race) -> tuple[bool, Values]:
        full, small = (float(distance(path.points, self.star)[-1]) for path in race.trajectories)
        return small < full / 2, {"full": full, "small": small}

    @claim
    def curriculum_is_sooner(self, _race: Race) -> tuple[bool, Values]:
        first, other = (self.reached(order) for order in ("curriculum", "shuffled"))
        curriculum, shuffled = float(np.median(first)), float(np.median(other))
        return curriculum < shuffled / 2, {
            "near": NEAR,
            "curriculum": f"{curriculum:.0f}" if np.isfinite(curriculum) else word("never"),
            "shuffled": f"{shuffled:.0f}" if np.isfinite(shuffled) else word("never"),
            "reached": int(np.isfinite(other).sum()),
            "seeds": SEEDS,
            "steps": STEPS,
        }

    @claim
    def gain_is_lost(self, _race: Race) -> tuple[bool, Values]:
        curriculum, shuffled = (
            float(np.median(_away(self._scenarios[order])[-1])) for order in ("curriculum", "shuffled")
        )
        step = (STAGES - 1) * self.stage_steps
        values = {"curriculum": curriculum, "shuffled": shuffled, "step": step, "steps": STEPS}
        return abs(curriculum - shuffled) < NEAR < curriculum, values

    def reached(self, order: str) -> Array:
        """Return the first step within `NEAR` of the clean minimum, shape (SEEDS); infinite if there is none."""
        steps = first_at_most(_away(self._scenarios[order]), NEAR)
        return np.where(steps < 0, np.inf, steps)

    @predict(
        options=("same", "less", "more"),
        link={
            "surface": SURFACE,
            "lanes": 'gradient_descent(learning_rate=0.02,name="from left to right")',
            "noise": "in_order(size=1,by_feature=true)",
            "steps": str(STEPS),
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        usual = DataOrder()
        feature = float(distance(race.trajectories[0].points, race.landscape.minima)[-1])
        target, shuffled = (
            float(np.median(distance(usual.runs(order).points, usual.star)[-1])) for order in ("sorted", "shuffled")
        )
        right = "less" if feature < target / 2 else "same" if feature < 1.2 * target else "more"
        return right, {"feature": feature, "target": target, "shuffled": shuffled}

    @goal(
        link=ALONE | {"noise": "in_order(size=1)"},
        fixed=("surface", "start", "noise", "steps"),
        solution={"lanes": "gradient_descent(learning_rate=0.011)"},
    )
    def largest_rate(self, race: Race) -> tuple[bool, Values]:
        entry, end = race.scenario.entries[0], _end(race)
        plain = entry.optimizer
        if not isinstance(plain, GradientDescent) or entry.schedules or float(plain.learning_rate) <= 0:
            return False, {"end": end, "most": FAR}
        rate = float(plain.learning_rate)
        larger = replace(entry, optimizer=replace(plain, learning_rate=_next_in_two_digits(rate)))
        beyond = float(distance(run_entry(race.scenario, larger).points, race.landscape.minima)[-1])
        in_two_digits = float(f"{rate:.2g}") == rate
        return in_two_digits and end <= FAR < beyond, {"end": end, "most": FAR}

    @goal(
        link=ALONE | {"noise": "in_order(size=1)"},
        fixed=("surface", "start", "lanes", "steps"),
        solution={"noise": "in_order(size=20)"},
    )
    def larger_batches(self, race: Race) -> tuple[bool, Values]:
        sampler, end = race.scenario.sampler, _end(race)
        sorted_batches = isinstance(sampler, InOrder) and not sampler.by_feature
        return sorted_batches and end <= CLOSE, {"end": end, "most": CLOSE}

    @goal(
        link=ALONE | {"noise": f"curriculum(size=1,stages={STAGES},stage_steps=120)"},
        fixed=("surface", "start", "lanes", "steps"),
        solution={"noise": f"curriculum(size=1,stages={STAGES},stage_steps=300)"},
    )
    def stays_clean(self, race: Race) -> tuple[bool, Values]:
        end = float(distance(race.trajectories[0].points, clean().minima)[-1])
        return isinstance(race.scenario.sampler, Curriculum) and end <= NEAR, {"end": end, "near": NEAR}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "other_methods": {
            "surface": SURFACE,
            "lanes": "gradient_descent(learning_rate=0.02),momentum(learning_rate=0.002),adam(learning_rate=0.05)",
            "noise": "in_order(size=1)",
            "steps": "600",
        },
        "batches_of_20": {
            "surface": SURFACE,
            "lanes": "gradient_descent(learning_rate=0.1)",
            "noise": "in_order(size=20)",
            "steps": "60",
        },
        "ends_in_time": ALONE | {"noise": f"curriculum(size=1,stages={STAGES},stage_steps=120)", "steps": "240"},
        "two_classes": {
            "surface": "logistic_regression(n=100)",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "noise": "in_order(size=1)",
            "steps": "600",
        },
    }


@lru_cache(maxsize=1)
def clean() -> Landscape:
    """Return the loss over the same examples without noise, whose minimum is the true line."""
    return Scenario.from_query({"surface": CLEAN}).landscape


@lru_cache(maxsize=6)  # 1 MB each, three on the page
def many(scenario: Scenario) -> Trajectory:
    """Run the first entry of a race with every seed: a batch of shape (SEEDS)."""
    return run(
        scenario.landscape,
        scenario.entries[0].optimizer,
        scenario.point,
        scenario.steps,
        sampler=scenario.sampler,
        seed=np.arange(SEEDS),
    )


@lru_cache(maxsize=6)  # 0.25 MB each, three on the page
def _away(scenario: Scenario) -> Array:
    """Return the distance of the runs of `many` from the clean minimum, shape (steps + 1, SEEDS)."""
    return distance(many(scenario).points, clean().minima)


@lru_cache(maxsize=6)
def _quartiles(scenario: Scenario) -> Array:
    """Return the quartiles of these distances over the seeds, shape (3, steps + 1)."""
    return np.quantile(_away(scenario), (0.25, 0.5, 0.75), axis=1)


def one(path: Trajectory, seed: int) -> Trajectory:
    """Return the run of one seed from a batch."""
    fields = ("points", "losses", "evaluated", "outcomes", "last_step")
    return replace(path, **{name: getattr(path, name)[..., seed] for name in fields})


def last_pass(path: Trajectory) -> Trajectory:
    """Return the last steps of a run, as many as there are examples."""
    cut = slice(-1 - EXAMPLES, None)
    return replace(
        path,
        points=path.points[cut],
        losses=path.losses[cut],
        evaluated=path.evaluated[cut],
        last_step=np.array(EXAMPLES),
    )


def _end(race: Race) -> float:
    """Return how far the first entry ends from the minimum of all examples."""
    return float(distance(race.trajectories[0].points, race.landscape.minima)[-1])


def _next_in_two_digits(rate: float) -> float:
    return rate + 10.0 ** (np.floor(np.log10(rate)) - 1)
