from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, cast, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.largest_rate import is_largest_rate, only, rate_of
from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscapes import DataLoss
from optim_core import OPTIMIZERS, SAMPLERS, Delayed, GradientDescent, Trajectory, knob, run
from optim_core.example_sampler import ExampleSampler, batches
from optim_core.metrics import distance, examples_seen, first_at_most
from optim_core.objective import Array, norm
from optim_core.optimizer import get_field

EXAMPLES = 20
PASSES = 10
"""Number of passes of the race over the examples."""
SEEDS = 50
"""Number of runs that are counted. They differ only in the order of the examples."""
SIZES = (1, 5, EXAMPLES)
"""Batch sizes that the curves compare. The last is gradient descent."""
CURVE = 60
"""Number of examples, or of updates, that the curves show."""
RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.01, 0.3, 10))
SPREADS = (1, 2, 5)
"""Batch sizes whose fluctuation around the minimum is measured at each of these rates."""
NEARLY = 0.95
"""Share of the way down, from the loss of the start to the minimum, after which updates are compared."""
DELAYS = (0, 2, 4, 8)
"""Delays of the gradient, in updates, that are compared."""
DELAYED_RATE = 0.12
LOW, CLOSE = 0.6, 0.01
"""The loss, and the distance from the minimum over the last pass, that the first two goals ask for."""
SURFACE = {"surface": f"linear_regression(n={EXAMPLES},noise=1,standardised=true)"}


@final
@dataclass(frozen=True)
class StochasticGradientDescent(RaceLesson):
    """Training with batches of a few of twenty examples, at a constant and at a decaying rate."""

    number: ClassVar[int] = 4
    icon: ClassVar[str] = ":material/casino:"
    source: ClassVar[str] = (
        "Robbins and Monro 1951, A stochastic approximation method; Bottou, Curtis and Nocedal 2018, Optimization "
        "methods for large-scale machine learning; Recht et al. 2011, Hogwild; Dean et al. 2012, Large scale "
        "distributed deep networks"
    )
    about: ClassVar[frozenset[str]] = frozenset({"minibatch", "linear_regression", "delayed"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"progress_axis": "examples"})

    batch_size: int = knob(1, 1, EXAMPLES, symbol="B", help="How many of the 20 examples a step uses.")
    learning_rate: float = knob(0.1, 0.01, 0.3, symbol=r"\eta", scale="log", help="The rate of the first step.")
    seed: int = knob(0, 0, SEEDS - 1, symbol="s", help="Another order of the examples.")

    def link(self) -> Mapping[str, str]:
        rate = self.learning_rate
        return SURFACE | {
            "lanes": f'gradient_descent(learning_rate={rate},name="constant rate"),'
            f'gradient_descent(learning_rate={rate}*inverse_sqrt,name="decaying rate")',
            "noise": f"minibatch(size={self.batch_size})",
            "steps": str(PASSES * self.updates),
            "seed": str(self.seed),
        }

    @property
    def updates(self) -> int:
        """The number of updates in one pass over the examples."""
        return batches(EXAMPLES, self.batch_size)

    @property
    def loss(self) -> DataLoss:
        """The mean loss over all examples."""
        return cast(DataLoss, self.scenario.landscape)

    @property
    def one_pass(self) -> tuple[Trajectory, Trajectory]:
        """The first pass of the race's first entry, and one step of gradient descent over the same examples."""
        entry = replace(self.scenario, entries=self.scenario.entries[:1])
        whole = OPTIMIZERS["gradient_descent"](learning_rate=self.learning_rate)
        (stochastic,) = (
            run(self.loss, each.optimizer, entry.point, self.updates, sampler=entry.sampler, seed=entry.seed)
            for each in entry.entries
        )
        return stochastic, run(self.loss, whole, entry.point, 1)

    def curves(self, progress: str) -> tuple[NDArray[Any], list[Array], list[Array], list[Array]]:
        """Return quartiles over the seeds of the height of the loss above its minimum, for each of `SIZES`.

        `progress` is "examples" or "updates". Returns the values of the axis, shape (points), and lows, medians and
        highs, shape (points) for each size. Against examples, a curve is constant until the next batch is complete.
        """
        counts: NDArray[Any] = np.arange(CURVE + 1)
        parts = []
        for size in SIZES:
            path = dealt(self.scenario, size, self.learning_rate, CURVE)
            at = counts // size if progress == "examples" else counts
            above = path.losses[at] - cast(float, self.loss.minimum_value)
            parts.append(np.quantile(above, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf"))
        lows, medians, highs = zip(*parts, strict=True)
        return counts, [*lows], [*medians], [*highs]

    @property
    def fluctuations(self) -> tuple[tuple[float, ...], list[Array]]:
        """Constant rates, and for each of `SPREADS` the median distance from the minimum at each rate."""
        return RATES, [np.median(fluctuation(size, RATES), axis=1) for size in SPREADS]

    @property
    def delays(self) -> tuple[NDArray[Any], list[Array]]:
        """Updates, and for each of `DELAYS` the height of the loss above its minimum, at `DELAYED_RATE`."""
        paths = [late(self.scenario.landscape, self.scenario.point, delay) for delay in DELAYS]
        return np.arange(CURVE + 1), [path.losses - cast(float, self.loss.minimum_value) for path in paths]

    compared_delays: ClassVar[tuple[int, ...]] = DELAYS

    @claim(names="start")
    def one_pass_is_better(self, race: Race) -> tuple[bool, Values]:
        before, own = (float(race.trajectories[0].losses[at]) for at in (0, self.updates))
        ends = dealt(self.scenario, self.batch_size, self.learning_rate, self.updates).losses[-1]
        whole = float(self.one_pass[1].losses[-1])
        values = {"before": before, "low": float(ends.min()), "high": float(ends.max())}
        return max(own, float(ends.max())) < whole, values | {"n": EXAMPLES, "own": own, "seeds": SEEDS, "whole": whole}

    @claim
    def alike_in_updates(self, race: Race) -> tuple[bool, Values]:
        lowest, start = cast(float, self.loss.minimum_value), float(self.loss.value(np.array(race.scenario.point)))
        target = lowest + (1 - NEARLY) * (start - lowest)
        most = PASSES * EXAMPLES
        (plain,) = first_at_most(dealt(self.scenario, EXAMPLES, self.learning_rate, most, seeds=1).losses, target)
        orders = first_at_most(dealt(self.scenario, self.batch_size, self.learning_rate, most).losses, target)
        own = int(first_at_most(race.trajectories[0].losses, target))
        # Runs that do not get there count as the slowest.
        median = int(np.median(np.where(orders < 0, most + 1, orders)))
        alike = 0 < plain <= 2 * median and median <= 2 * plain and self.batch_size < EXAMPLES and own in orders
        # A pass may end with a smaller batch, so the examples are counted pass by pass.
        passes, rest = divmod(median, self.updates)
        seen = passes * EXAMPLES + min(rest * self.batch_size, EXAMPLES)
        more = Sentence("more than {steps}", {"steps": most})
        return alike, {
            "own": median if median <= most else more,
            "whole": int(plain) if plain >= 0 else more,
            "part": NEARLY,
            "seeds": SEEDS,
            "seen": seen if median <= most else more,
            "all": int(plain) * EXAMPLES if plain >= 0 else more,
        }

    @claim
    def fluctuates(self, _race: Race) -> tuple[bool, Values]:
        rates = (self.learning_rate, self.learning_rate / 3)
        here, third = np.median(fluctuation(self.batch_size, rates), axis=1).tolist()
        return here > 1.5 * third > 1e-6, {"here": here, "third": third, "seeds": SEEDS, "size": self.batch_size}

    @claim
    def decay_shrinks(self, race: Race) -> tuple[bool, Values]:
        constant, decaying = (float(spread(path, self.updates, self.loss)) for path in race.trajectories)
        both = [spread(many(self.scenario, entry), self.updates, self.loss) for entry in range(2)]
        closer = int((both[1] < both[0]).sum())
        values = {"constant": constant, "decaying": decaying, "closer": closer, "seeds": SEEDS}
        return decaying < constant / 2 and closer > 0.9 * SEEDS, values

    @claim
    def unbiased(self, _race: Race) -> tuple[bool, Values]:
        sizes, gradients = batch_gradients(self.loss, self.batch_size, self.loss.minima[0], self.seed)
        error = float(norm((gradients * sizes).sum(axis=1) / sizes.sum()))
        size = float(norm(gradients).max())
        return error < 1e-9 < size, {"size": size, "error": error}

    @claim
    def delay_lowers_the_limit(self, _race: Race) -> tuple[bool, Values]:
        limits = [delayed_limit(self.loss, delay) for delay in (0, DELAYS[-2])]
        holds = all(
            settles(self.loss, self.scenario.point, delay, 0.97 * limit)
            and not settles(self.loss, self.scenario.point, delay, 1.03 * limit)
            for delay, limit in zip((0, DELAYS[-2]), limits, strict=True)
        )
        return holds, {"limit": limits[0], "delay": DELAYS[-2], "delayed": limits[1]}

    @predict(
        options=("same", "gone", "smaller"),
        link={
            "surface": f"linear_regression(n={EXAMPLES},noise=0,standardised=true)",
            "lanes": 'gradient_descent(learning_rate=0.1,name="constant rate")',
            "noise": "minibatch(size=1)",
            "steps": str(PASSES * EXAMPLES),
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        usual = StochasticGradientDescent().scenario
        noisy = float(np.median(spread(many(usual, 0), EXAMPLES, usual.landscape)))
        size = float(spread(race.trajectories[0], EXAMPLES, race.landscape))
        right = "gone" if size < noisy / 1000 else "smaller" if size < noisy / 2 else "same"
        return right, {"size": size, "noisy": noisy}

    @goal(
        link=SURFACE
        | {
            "lanes": "gradient_descent(learning_rate=0.1)",
            "noise": f"minibatch(size={EXAMPLES})",
            "steps": "1",
        },
        fixed=("surface", "start", "seed"),
        solution={"noise": "minibatch(size=1)", "steps": str(EXAMPLES - 1)},
    )
    def before_one_pass(self, race: Race) -> tuple[bool, Values]:
        seen = [used(race, path) for path in race.trajectories]
        loss, count = min((float(path.losses[-1]), n) for path, n in zip(race.trajectories, seen, strict=True))
        return loss < LOW and count < EXAMPLES, {"low": LOW, "loss": loss, "n": EXAMPLES, "seen": count}

    @goal(
        link=SURFACE
        | {
            "lanes": "gradient_descent(learning_rate=0.1)",
            "noise": "minibatch(size=1)",
            "steps": str(PASSES * EXAMPLES),
        },
        fixed=("surface", "start", "noise", "steps", "seed"),
        solution={"lanes": "gradient_descent(learning_rate=0.1*exponential(decay=0.96))"},
    )
    def last_pass(self, race: Race) -> tuple[bool, Values]:
        away = min(float(spread(path, EXAMPLES, race.landscape)) for path in race.trajectories)
        return away < CLOSE, {"close": CLOSE, "away": away}

    @goal(
        link=SURFACE | {"lanes": "delayed(inner=gradient_descent(learning_rate=0.05),delay=4)", "steps": "1000"},
        fixed=("surface", "start", "noise", "steps"),
        solution={"lanes": "delayed(inner=gradient_descent(learning_rate=0.17),delay=4)"},
    )
    def with_delay(self, race: Race) -> tuple[bool, Values]:
        suits = (
            only(race, Delayed, GradientDescent)
            and get_field(race.scenario.entries[0].optimizer, "delay") == DELAYS[-2]
        )
        values = {"delay": DELAYS[-2], "rate": rate_of(race) if suits else float("nan")}
        outcome = word("converges") if _converges(race) else word("does not converge")
        return suits and is_largest_rate(race, _converges), values | {"outcome": outcome}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "batches_of_five": SURFACE
        | {
            "lanes": 'gradient_descent(learning_rate=0.1,name="constant rate"),'
            'gradient_descent(learning_rate=0.1*inverse_sqrt,name="decaying rate")',
            "noise": "minibatch(size=5)",
            "steps": "40",
        },
        "replacement": SURFACE
        | {
            "lanes": 'gradient_descent(learning_rate=0.03,name="0.03"),gradient_descent(learning_rate=0.1,name="0.1")',
            "noise": "minibatch(size=1,replacement=true)",
            "steps": "450",
        },
        "two_thousand": {
            "surface": "logistic_regression(n=2000)",
            "lanes": "gradient_descent(learning_rate=0.5),momentum(learning_rate=0.1),adam(learning_rate=0.1)",
            "noise": "minibatch(size=20)",
            "steps": "200",
        },
        "delays": SURFACE
        | {
            "lanes": 'gradient_descent(learning_rate=0.12,name="no delay"),'
            'delayed(inner=gradient_descent(learning_rate=0.12),delay=4,name="delay 4"),'
            'delayed(inner=gradient_descent(learning_rate=0.12),delay=8,name="delay 8")',
            "steps": "60",
        },
    }


def spread(path: Trajectory, last: int, loss: Any) -> Array:
    """Return the root mean square of the distance to the minimum over the last points, shape (*batch)."""
    return np.sqrt(np.square(distance(path.points[-last:], loss.minima)).mean(axis=0))


def used(race: Race, path: Trajectory) -> float:
    """Return how many examples a run of the race has used; infinite on a surface that has none."""
    if not isinstance(race.landscape, DataLoss):
        return np.inf
    return float(examples_seen(path, race.scenario.sampler, race.landscape)[-1])


def _converges(race: Race) -> bool:
    return int(convergence(race.landscape, race.trajectories[0]).step) >= 0


def delayed_limit(loss: DataLoss, delay: int) -> float:
    """Return the rate below which gradient descent on a quadratic converges with gradients `delay` updates old.

    Along an eigenvector with curvature c the characteristic polynomial is z^(delay + 1) - z^delay + rate c. Its largest
    root leaves the unit circle at rate c = 2 sin(pi / (4 delay + 2)) (Levin and May 1976, A note on difference-delay
    equations).
    """
    return loss.largest_rate * float(np.sin(np.pi / (4 * delay + 2)))


def _delayed(rate: float, delay: int) -> Delayed:
    return Delayed(inner=GradientDescent(learning_rate=rate), delay=delay)


@lru_cache(maxsize=16)
def settles(loss: DataLoss, start: tuple[float, float], delay: int, rate: float, steps: int = 1000) -> bool:
    """Return whether gradient descent with delayed gradients converges."""
    return int(convergence(loss, run(loss, _delayed(rate, delay), start, steps)).step) >= 0


@lru_cache(maxsize=8)
def late(loss: Any, start: tuple[float, float], delay: int) -> Trajectory:
    """Run gradient descent with delayed gradients at `DELAYED_RATE`."""
    return run(loss, _delayed(DELAYED_RATE, delay), start, CURVE)


def batch_gradients(
    loss: DataLoss, size: int, place: tuple[float, float], seed: int, replacement: bool = False
) -> tuple[Array, Array]:
    """Return the size and the gradient of each batch of the first epoch at a point: (batches), (2, batches)."""
    sampler = cast(ExampleSampler, SAMPLERS["minibatch"](size=size, replacement=replacement))
    rows = [sampler.rows_at(loss, t, seed) for t in range(batches(loss.n, size))]
    gradients = [loss.on(each).gradient(np.array(place)) for each in rows]
    return np.array([len(each) for each in rows], dtype=float), np.array(gradients).T


@lru_cache(maxsize=12)  # up to 0.5 MB each, five on the page
def dealt(scenario: Scenario, size: int, rate: float, updates: int, seeds: int = SEEDS) -> Trajectory:
    """Run gradient descent with batches of a size from the race's start for many seeds: a batch of shape (seeds)."""
    return run(
        scenario.landscape,
        OPTIMIZERS["gradient_descent"](learning_rate=rate),
        scenario.point,
        updates,
        sampler=SAMPLERS["minibatch"](size=size),
        seed=np.arange(seeds),
    )


@lru_cache(maxsize=4)  # 0.3 MB each, two on the page
def many(scenario: Scenario, entry: int) -> Trajectory:
    """Run one entry of a race with every seed: a batch of shape (SEEDS)."""
    runner = scenario.entries[entry]
    return run(
        scenario.landscape,
        runner.optimizer,
        scenario.point,
        scenario.steps,
        schedules=dict(runner.schedules),
        sampler=scenario.sampler,
        seed=np.arange(SEEDS),
    )


@lru_cache(maxsize=32)
def fluctuation(size: int, rates: tuple[float, ...], replacement: bool = False) -> Array:
    """Return the root mean square distance to the minimum over the second half of a long run, shape (rates, SEEDS).

    The run starts at the minimum.
    """
    loss = Scenario.from_query(SURFACE).landscape
    steps = 20 * batches(EXAMPLES, size)
    path = run(
        loss,
        OPTIMIZERS["gradient_descent"](learning_rate=np.repeat(rates, SEEDS)),
        loss.minima[0],
        steps,
        sampler=SAMPLERS["minibatch"](size=size, replacement=replacement),
        seed=np.tile(np.arange(SEEDS), len(rates)),
    )
    return spread(path, steps // 2, loss).reshape(len(rates), SEEDS)
