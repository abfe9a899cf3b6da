from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, cast, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.course.lesson import Lesson, Values, claim, predict
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscapes import DataLoss
from optim_core import OPTIMIZERS, SAMPLERS, Trajectory, knob, run
from optim_core.example_sampler import ExampleSampler, batches
from optim_core.metrics import distance, first_at_most
from optim_core.objective import Array, norm

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
CLOUDS = (1, 2, 5)
"""Batch sizes whose clouds are measured at each of these rates."""
ARRIVED = 0.05
"""Share of the start's height above the minimum at which a run counts as having arrived."""
SURFACE = {"surface": f"linear_regression(n={EXAMPLES},noise=1,standardised=true)"}


@final
@dataclass(frozen=True)
class StochasticGradientDescent(Lesson):
    """Training with batches of a few of twenty examples, at a constant and at a decaying rate."""

    number: ClassVar[int] = 4
    icon: ClassVar[str] = ":material/casino:"
    source: ClassVar[str] = (
        "Robbins and Monro 1951, A stochastic approximation method; Bottou, Curtis and Nocedal 2018, Optimization "
        "methods for large-scale machine learning"
    )
    about: ClassVar[frozenset[str]] = frozenset({"minibatch", "linear_regression"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"progress_axis": "examples"})

    batch_size: int = knob(1, 1, EXAMPLES, symbol="B", help="How many of the 20 examples a step looks at.")
    learning_rate: float = knob(0.1, 0.01, 0.3, symbol=r"\eta", scale="log", help="The rate of the first step.")
    seed: int = knob(0, 0, SEEDS - 1, symbol="s", help="Another order in which the examples are dealt out.")

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
    def clouds(self) -> tuple[tuple[float, ...], list[Array]]:
        """Constant rates, and for each of `CLOUDS` the median size of the cloud at each rate."""
        return RATES, [np.median(cloud(size, RATES), axis=1) for size in CLOUDS]

    @claim
    def one_pass_is_better(self, race: Race) -> tuple[bool, Values]:
        own = float(race.trajectories[0].losses[self.updates])
        ends = dealt(self.scenario, self.batch_size, self.learning_rate, self.updates).losses[-1]
        whole = float(self.one_pass[1].losses[-1])
        values = {"n": EXAMPLES, "own": own, "seeds": SEEDS, "low": ends.min(), "high": ends.max(), "whole": whole}
        return max(own, float(ends.max())) < whole, values

    @claim
    def alike_in_updates(self, race: Race) -> tuple[bool, Values]:
        lowest = cast(float, self.loss.minimum_value)
        start = float(self.loss.value(np.array(race.scenario.point)))
        target = lowest + ARRIVED * (start - lowest)
        whole = dealt(self.scenario, EXAMPLES, self.learning_rate, PASSES * EXAMPLES, seeds=1).losses[:, 0]
        own, plain = (int(first_at_most(losses, target)) for losses in (race.trajectories[0].losses, whole))
        alike = plain > 0 and plain / 2 <= own <= 2 * plain and self.batch_size < EXAMPLES
        # A pass may end with a smaller batch, so the examples are counted pass by pass.
        passes, rest = divmod(own, self.updates)
        seen = passes * EXAMPLES + min(rest * self.batch_size, EXAMPLES)
        return alike, {
            "own": own if own >= 0 else word("more than it has"),
            "whole": plain if plain >= 0 else "more",
            "part": 1 - ARRIVED,
            "seen": seen if own >= 0 else "more",
            "all": plain * EXAMPLES if plain >= 0 else "more",
        }

    @claim
    def cloud_grows(self, _race: Race) -> tuple[bool, Values]:
        rates = (self.learning_rate, self.learning_rate / 3)
        here, third = np.median(cloud(self.batch_size, rates), axis=1).tolist()
        return here > 2 * third > 1e-6, {"here": here, "third": third, "seeds": SEEDS, "size": self.batch_size}

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

    @predict(
        options=(
            "same",
            "gone",
            "smaller",
        ),
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

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "batches_five_four": SURFACE
        | {
            "lanes": 'gradient_descent(learning_rate=0.1,name="constant rate"),'
            'gradient_descent(learning_rate=0.1*inverse_sqrt,name="decaying rate")',
            "noise": "minibatch(size=5)",
            "steps": "40",
        },
        "every_example_drawn": SURFACE
        | {
            "lanes": 'gradient_descent(learning_rate=0.03,name="0.03"),gradient_descent(learning_rate=0.1,name="0.1")',
            "noise": "minibatch(size=1,replacement=true)",
            "steps": "400",
        },
        "two_thousand_examples": {
            "surface": "logistic_regression(n=2000)",
            "lanes": "gradient_descent(learning_rate=0.5),momentum(learning_rate=0.1),adam(learning_rate=0.1)",
            "noise": "minibatch(size=20)",
            "steps": "200",
        },
        "momentum_adam_meet": SURFACE
        | {
            "lanes": "gradient_descent(learning_rate=0.05),momentum(learning_rate=0.005),adam(learning_rate=0.2)",
            "noise": "minibatch(size=1)",
            "steps": "200",
        },
    }


def spread(path: Trajectory, last: int, loss: Any) -> Array:
    """Return the root mean square of the distance to the minimum over the last points, shape (*batch)."""
    return np.sqrt(np.square(distance(path.points[-last:], loss.minima)).mean(axis=0))


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
def cloud(size: int, rates: tuple[float, ...], replacement: bool = False) -> Array:
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
