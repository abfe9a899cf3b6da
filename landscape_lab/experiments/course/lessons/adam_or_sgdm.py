from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, choice, claim, predict
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscapes import LANDSCAPES, DataLoss, Landscape
from optim_core import OPTIMIZERS, Outcome, Trajectory, knob, run
from optim_core.metrics import distance, settled_at
from optim_core.objective import Array

METHODS = ("momentum", "adam")
MOMENTUM = 0.9
RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(1e-5, 10, 49))
"""Learning rates that are tried with both methods: eight in each decade."""
STARTS = 60
SHARE = 0.01
"""Share of the start's height above the minimum below which a run that stays there counts as settled.

For features whose scales differ by more than a factor of 10, a run would reach this share without moving along the
weight of small curvature.
"""
HOLLOW_RATES = (
    0.01,
    0.014,
    0.02,
    0.03,
    0.05,
    0.07,
    0.1,
    0.14,
    0.2,
    0.25,
    0.3,
    0.35,
    0.4,
    0.5,
    0.6,
    0.7,
    0.85,
    1.0,
    1.2,
)
SMALL, LARGE = 0.05, 0.35
SIDE = 14
"""Number of starts along each side of the grid of starts."""
NEAR = 0.1


@final
@dataclass(frozen=True)
class AdamOrSgdm(Lesson):
    """Comparison of Adam and gradient descent with momentum, each at its best rate: speed, stability, final minimum."""

    number: ClassVar[int] = 10
    icon: ClassVar[str] = ":material/balance:"
    source: ClassVar[str] = (
        "Wilson et al. 2017, The marginal value of adaptive gradient methods; "
        "Keskar and Socher 2017, Improving generalization by switching from Adam to SGD; "
        "Hochreiter and Schmidhuber 1997, Flat minima"
    )
    about: ClassVar[frozenset[str]] = frozenset({"momentum", "adam", "sharp_and_flat"})
    shows_validation: ClassVar[bool] = True

    batch: str = choice(
        "all", {"all": "All 50", "five": "5 at a time"}, help="How many of the fifty examples a step looks at."
    )
    feature_scale: float = knob(
        10.0, 1.0, 10.0, symbol="s", scale="log", help="How much larger the second feature is than the first."
    )
    shift: float = knob(
        0.2, 0.0, 0.5, symbol=r"\delta", help="How far the test landscape is from the one that was trained on."
    )

    @property
    def tuning(self) -> "Tuning":
        """The number of steps that both methods take to settle at every rate."""
        return _tuned(round(self.feature_scale, 6), 5 if self.batch == "five" else 0)

    def link(self) -> Mapping[str, str]:
        sgdm, adam = self.tuning.best_rates
        batches = {"noise": "minibatch(size=5)"} if self.batch == "five" else {}
        return batches | {
            "surface": f"multiple_regression(n=50,noise=2,scale={self.feature_scale})",
            "start": "-3.5,1",
            "lanes": f'momentum(learning_rate={sgdm},momentum={MOMENTUM},name="SGDM"),adam(learning_rate={adam})',
            "steps": "200",
        }

    @property
    def rates(self) -> tuple[float, ...]:
        """All learning rates that were tried."""
        return RATES

    @property
    def hollow_rates(self) -> tuple[float, ...]:
        """The learning rates of `in_the_sharp`."""
        return HOLLOW_RATES

    @property
    def in_the_sharp(self) -> tuple[Array, Array]:
        """The share of starts from which SGDM and Adam settle in the sharp minimum, for each of `HOLLOW_RATES`."""
        sgdm, adam = (_settled_in_the_sharp(method) / SIDE**2 for method in METHODS)
        return sgdm, adam

    @property
    def cut(self) -> tuple[Array, Array, Array]:
        """x, the loss and the loss of the shifted surface along the line through the sharp and the flat minimum."""
        surface = LANDSCAPES["sharp_and_flat"]
        (low, high), _ = surface.domain
        x = np.linspace(low, high, 301)
        train, test = (surface.value(np.array([at, np.zeros_like(x)])) for at in (x, x - self.shift))
        return x, train, test

    @claim
    def adam_is_faster(self, race: Race) -> tuple[bool, Values]:
        sgdm, adam = (int(settled(race.landscape, path)) for path in race.trajectories)
        typical_sgdm, typical_adam = self.tuning.best_steps
        sooner = adam >= 0 and (sgdm < 0 or adam < sgdm) and typical_adam < typical_sgdm
        values = {
            "adam": adam if adam >= 0 else word("never"),
            "sgdm": sgdm if sgdm >= 0 else word("never"),
            "starts": STARTS,
        }
        return sooner, values | {"typical_adam": _steps(typical_adam), "typical_sgdm": _steps(typical_sgdm)}

    @claim
    def one_bowl_one_minimum(self, race: Race) -> tuple[bool, Values]:
        loss = cast(DataLoss, race.landscape)
        ends = [path.at_end(path.points) for path in race.trajectories]
        sgdm, adam = (float(loss.validation.value(end)) for end in ends)
        trained = [float(loss.value(end)) for end in ends]
        holds = max(trained) < 1.05 * (loss.minimum_value or 0.0) and abs(sgdm - adam) < 0.05 * sgdm
        return holds, {"sgdm": sgdm, "adam": adam, "sgdm_train": trained[0], "adam_train": trained[1]}

    @claim
    def steadier(self, _race: Race) -> tuple[bool, Values]:
        sgdm, adam = self.tuning.diverged
        sgdm_good, adam_good = (int(np.isfinite(steps).sum()) for steps in self.tuning.medians)
        values = {"sgdm": sgdm, "adam": adam, "sgdm_good": sgdm_good, "adam_good": adam_good, "rates": len(RATES)}
        return adam == 0 < sgdm, values

    @claim
    def sharp_minima_have_the_larger_gap(self, _race: Race) -> tuple[bool, Values]:
        sharp, flat = gaps(self.shift)
        return sharp > 2 * flat, {"shift": self.shift, "sharp": sharp, "flat": flat}

    @claim
    def where_they_land(self, _race: Race) -> tuple[bool, Values]:
        small, large = HOLLOW_RATES.index(SMALL), HOLLOW_RATES.index(LARGE)
        sgdm, adam = (_settled_in_the_sharp(method) for method in METHODS)
        values = {"sgdm": sgdm[small], "adam": adam[small], "sgdm_large": sgdm[large], "adam_large": adam[large]}
        alike = abs(int(sgdm[small]) - int(adam[small])) < SIDE**2 / 50
        apart = bool(sgdm[large] < adam[large] / 2)
        return alike and apart, {name: int(count) for name, count in values.items()} | {
            "starts": SIDE**2,
            "small": SMALL,
            "large": LARGE,
        }

    @predict(
        options=(
            "both_sharp",
            "both_flat",
            "apart",
        ),
        link={
            "surface": "sharp_and_flat",
            "start": "-2,0.5",
            "lanes": f'momentum(learning_rate={LARGE},momentum={MOMENTUM},name="SGDM"),adam(learning_rate={LARGE})',
            "steps": "200",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        sgdm, adam = (rests_in_the_sharp(race.landscape, path) for path in race.trajectories)
        sharp, flat = curvatures(race.landscape)
        right = "both_sharp" if sgdm and adam else "apart" if adam else "both_flat"
        return right, {"limit": 2 * (1 + MOMENTUM) / LARGE, "sharp": sharp, "flat": flat}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "features_one_size": {
            "surface": "multiple_regression(n=50,noise=2)",
            "start": "-3.5,1",
            "lanes": f'momentum(learning_rate=0.00316,momentum={MOMENTUM},name="SGDM"),adam(learning_rate=0.422)',
            "steps": "200",
        },
        "adam_s_best": {
            "surface": "multiple_regression(n=50,noise=2,scale=10)",
            "start": "-3.5,1",
            "lanes": f'momentum(learning_rate=0.133,momentum={MOMENTUM},name="SGDM"),adam(learning_rate=0.133)',
            "steps": "100",
        },
        "sharp_flat_minimum": {
            "surface": "sharp_and_flat",
            "start": "-2,0.5",
            "lanes": f'momentum(learning_rate={SMALL},momentum={MOMENTUM},name="SGDM"),adam(learning_rate={SMALL})',
            "steps": "200",
        },
    }


@dataclass(frozen=True)
class Tuning:
    """The steps that SGDM and Adam take to settle at every rate: quartiles over the starts, shape (rates) per method.

    A quartile is infinite where too few starts settle. `diverged` counts the rates at which most starts diverge.
    """

    lows: tuple[Array, Array]
    medians: tuple[Array, Array]
    highs: tuple[Array, Array]
    diverged: tuple[int, int]

    @property
    def best_rates(self) -> tuple[float, float]:
        """For each method, the rate with the smallest median."""
        sgdm, adam = (RATES[int(steps.argmin())] for steps in self.medians)
        return sgdm, adam

    @property
    def best_steps(self) -> tuple[float, float]:
        """For each method, the median number of steps at its best rate."""
        sgdm, adam = (float(steps.min()) for steps in self.medians)
        return sgdm, adam


def settled(landscape: Landscape, path: Trajectory) -> Any:
    """Return the step from which each run's loss stays within `SHARE` of the start's height; -1 if it never does."""
    lowest = landscape.minimum_value or 0.0
    return settled_at(path.losses - lowest - SHARE * (path.losses[0] - lowest), 0.0)


def gaps(shift: float) -> tuple[float, float]:
    """Return the rise of the loss at the sharp and at the flat minimum after a shift, averaged over directions."""
    surface = LANDSCAPES["sharp_and_flat"]
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    around = shift * np.array([np.cos(angle), np.sin(angle)])
    places = [np.array(place)[:, None] for place in sharp_then_flat(surface)]
    sharp, flat = (float((surface.value(place + around) - surface.value(place)).mean()) for place in places)
    return sharp, flat


def sharp_then_flat(surface: Landscape) -> list[tuple[float, float]]:
    """Return the minima of the surface, the one with the largest curvature first."""
    return sorted(surface.minima, key=lambda place: -_steepest(surface, place))


def curvatures(surface: Landscape) -> tuple[float, float]:
    """Return the largest curvature at the sharp and at the flat minimum."""
    sharp, flat = (_steepest(surface, place) for place in sharp_then_flat(surface))
    return sharp, flat


def rests_in_the_sharp(surface: Landscape, path: Trajectory) -> Any:
    """Return whether each run settles in the sharp minimum, shape (*batch)."""
    sharp, _flat = sharp_then_flat(surface)
    return settled_at(distance(path.points, [sharp]), NEAR) >= 0


def _steepest(surface: Landscape, place: tuple[float, float]) -> float:
    return float(np.linalg.eigvalsh(surface.hessian(np.array(place)))[-1])


def _steps(median: float) -> int | str:
    return int(median) if np.isfinite(median) else word("never")


@lru_cache(maxsize=64)
def _tuned(scale: float, batch: int) -> Tuning:
    entries = 'momentum(learning_rate=0.001,name="SGDM")'
    batches = {"noise": f"minibatch(size={batch})"} if batch else {}
    surface = f"multiple_regression(n=50,noise=2,scale={scale})"
    scenario = Scenario.from_query(batches | {"surface": surface, "lanes": entries, "steps": "200"})
    loss = scenario.landscape
    low, high = np.array(loss.domain).T[:, :, None]
    starts = low + (high - low) * np.random.default_rng(0).random((2, STARTS))
    quartiles, diverged = [], []
    for method in METHODS:
        optimizer = OPTIMIZERS[method](learning_rate=np.repeat(RATES, STARTS))
        path = run(loss, optimizer, np.tile(starts, len(RATES)), scenario.steps, sampler=scenario.sampler)
        lost = path.outcomes == Outcome.DIVERGED
        steps = np.asarray(settled(loss, path), dtype=float)
        steps = np.where(lost | (steps < 0), np.inf, steps).reshape(len(RATES), STARTS)
        quartiles.append(np.quantile(steps, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf"))
        diverged.append(int((lost.reshape(len(RATES), STARTS).mean(axis=1) > 0.5).sum()))
    lows, medians, highs = zip(*quartiles, strict=True)
    return Tuning((lows[0], lows[1]), (medians[0], medians[1]), (highs[0], highs[1]), (diverged[0], diverged[1]))


@lru_cache(maxsize=2)
def _settled_in_the_sharp(method: str) -> Array:
    """Return the number of starts from which a method settles in the sharp minimum, for each of `HOLLOW_RATES`."""
    surface = LANDSCAPES["sharp_and_flat"]
    sides = [np.linspace(low, high, SIDE + 2)[1:-1] for low, high in surface.domain]
    grid = np.stack(np.meshgrid(*sides)).reshape(2, -1)
    optimizer = OPTIMIZERS[method](learning_rate=np.repeat(HOLLOW_RATES, SIDE**2))
    path = run(surface, optimizer, np.tile(grid, len(HOLLOW_RATES)), 400)
    return rests_in_the_sharp(surface, path).reshape(len(HOLLOW_RATES), SIDE**2).sum(axis=1)
