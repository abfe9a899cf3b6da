import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.convergence import LOSS_TOLERANCE, convergence
from landscape_lab.experiments.course.largest_rate import is_largest_rate, only, rate_of
from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscapes import SURFACES, DataLoss
from optim_core import OPTIMIZERS, GradientDescent, Outcome, Trajectory, knob, run
from optim_core.objective import Array

EXAMPLES = 200
MODEL = (-3.0, 3.5)
"""Model from which every race starts, as weights for features whose standard deviation is 1.

It is not along the steep direction from the minimum, whatever the correlation: that would hide the valley.
"""
SHARE = 0.9
"""Learning rate as a share of 1 / curvature: one step covers this share of the distance in that direction."""
MOST = 25_000
"""Maximum number of steps of a run that does not converge."""
QUICK = 10
"""Number of steps within which the first goal asks for convergence."""


@final
@dataclass(frozen=True)
class FeatureScaling(RaceLesson):
    """One regression on two features, in their own units or standardised."""

    number: ClassVar[int] = 5
    icon: ClassVar[str] = ":material/aspect_ratio:"
    source: ClassVar[str] = (
        "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp, section 4.3; "
        "Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning"
    )
    about: ClassVar[frozenset[str]] = frozenset({"multiple_regression"})

    features: str = choice(
        "raw",
        {"raw": "raw", "standardised": "standardised"},
        help="Whether the model gets the features in their own units, or with mean 0 and standard deviation 1.",
    )
    scale: float = knob(
        10.0, 1.0, 30.0, symbol="c", scale="log", help="How many times larger the numbers of the second feature are."
    )
    correlation: float = knob(0.0, 0.0, 0.9, symbol="r", help="The correlation of the two features.")

    def link(self) -> Mapping[str, str]:
        loss = self.loss(self.features)
        x, y = self.weights(self.features)
        return {
            "surface": _surface(self.scale, self.correlation, self.features == "standardised"),
            "start": f"{x!r},{y!r}",
            "lanes": f'gradient_descent(learning_rate={steep_rate(loss)},name="small rate"),'
            f'gradient_descent(learning_rate={gentle_rate(loss)},name="large rate")',
            "steps": "400" if self.features == "raw" else "80",
        }

    def loss(self, features: str) -> DataLoss:
        """Return the mean squared error as a function of the weights of the raw or of the standardised features."""
        return bowl(self.scale, self.correlation, features == "standardised")

    def weights(self, features: str) -> tuple[float, float]:
        """Return the start of the race as weights of the raw or of the standardised features."""
        x, y = self.start or MODEL
        if self.start and self.features == "raw":
            y = y * self.scale  # the weight for a feature of standard deviation 1
        return (x, y) if features == "standardised" else (x, y / self.scale)

    def path(self, features: str) -> Trajectory:
        """Return the run from the start until it converges, at the rate for the steep direction."""
        loss = self.loss(features)
        return descent(loss, self.weights(features))

    @property
    def histograms(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """The values of both features, first raw, then standardised."""
        raw, standardised = (self.loss(features).columns for features in ("raw", "standardised"))
        return (raw[0], raw[1]), (standardised[0], standardised[1])

    @claim
    def rounder(self, _race: Race) -> tuple[bool, Values]:
        raw, standardised = (self.loss(features).condition_number for features in ("raw", "standardised"))
        left = (1 + self.correlation) / (1 - self.correlation)
        return standardised < 1.01 and raw > 2, {"raw": raw, "standardised": standardised, "left": left}

    @claim
    def faster(self, race: Race) -> tuple[bool, Values]:
        kinds = ("raw", "standardised")
        steps = {features: converged_at(self.loss(features), self.path(features)) for features in kinds}
        most = {features: slowest(self.loss(features)) for features in kinds}
        own = converged_at(self.loss(self.features), race.trajectories[0])
        # The race has fewer steps than the run that is counted. If the race converges, both must agree.
        agree = own == steps[self.features] or (own is None and race.scenario.steps < (steps[self.features] or MOST))
        named = {
            name: Sentence("more than {steps}", {"steps": MOST}) if step is None else step
            for name, step in steps.items()
        }
        values = named | {f"{name}_most": step for name, step in most.items()} | {"left": LOSS_TOLERANCE}
        return agree and most["raw"] >= 10 * most["standardised"], values

    @claim
    def no_rate_suits_both(self, race: Race) -> tuple[bool, Values]:
        loss, path = self.loss(self.features), race.trajectories[1]
        rates = {"steep": steep_rate(loss), "gentle": gentle_rate(loss), "limit": loss.largest_rate}
        return path.outcome == Outcome.DIVERGED, rates | {"step": int(path.last_step), "steps": path.steps}

    @claim
    def not_normal(self, _race: Race) -> tuple[bool, Values]:
        (_, raw), (_, standardised) = self.histograms
        before, after = skewness(raw), skewness(standardised)
        return abs(before - after) < 1e-6 and after > 0.5, {"before": before, "after": after}

    @predict(
        options=("twice", "four_times", "as_many"),
        link={
            "surface": f"multiple_regression(n={EXAMPLES},scale=20,skewed=true)",
            "start": "-3,0.175",
            "lanes": 'gradient_descent(learning_rate=0.001125,name="small rate")',
            "steps": "1600",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        usual = FeatureScaling()
        before = converged_at(usual.loss("raw"), usual.path("raw"))
        after = converged_at(cast(DataLoss, race.landscape), race.trajectories[0])
        assert before is not None
        ratio = math.inf if after is None else after / before
        right = "as_many" if ratio < 1.4 else "twice" if ratio < 2.8 else "four_times"
        return right, {
            "before": before,
            "after": word("more than it has") if after is None else after,
            "ratio": ratio,
            "condition": cast(DataLoss, race.landscape).condition_number,
        }

    @goal(
        link={
            "surface": f"multiple_regression(n={EXAMPLES},scale=10.0,correlation=0.0,skewed=true)",
            "start": "-3,0.35",
            "lanes": "gradient_descent(learning_rate=0.0045)",
            "steps": "400",
        },
        fixed=("surface", "start", "noise"),
        solution={"lanes": "adagrad(learning_rate=2)"},
    )
    def raw_and_quick(self, race: Race) -> tuple[bool, Values]:
        steps = [int(convergence(race.landscape, path).step) for path in race.trajectories]
        best = min((step for step in steps if step >= 0), default=None)
        values = {"quick": QUICK, "steps": word("never") if best is None else best}
        return best is not None and best <= QUICK, values

    @goal(
        link={
            "surface": f"multiple_regression(n={EXAMPLES},scale=10.0,correlation=0.0,skewed=true,standardised=true)",
            "start": "-3,3.5",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "steps": "80",
        },
        fixed=("surface", "start", "noise"),
        solution={"lanes": "gradient_descent(learning_rate=0.5)"},
    )
    def one_step(self, race: Race) -> tuple[bool, Values]:
        step = int(convergence(race.landscape, race.trajectories[0]).step)
        return only(race, GradientDescent) and step == 1, {"steps": step if step >= 0 else word("never")}

    @goal(
        link={
            "surface": f"multiple_regression(n={EXAMPLES},correlation=0.9,standardised=true)",
            "start": "-3,3.5",
            "lanes": "gradient_descent(learning_rate=0.3)",
            "steps": "500",
        },
        fixed=("surface", "start", "noise", "steps"),
        solution={"lanes": "gradient_descent(learning_rate=0.52)"},
    )
    def largest_rate(self, race: Race) -> tuple[bool, Values]:
        converges = _converges(race)
        met = only(race, GradientDescent) and is_largest_rate(race, _converges)
        values = {"rate": rate_of(race) if only(race, GradientDescent) else math.nan}
        return met, values | {"outcome": word("converges") if converges else word("does not converge")}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "mean": {
            "surface": "linear_regression(center=3)",
            "lanes": "gradient_descent(learning_rate=0.08)",
            "steps": "500",
        },
        "mean_removed": {
            "surface": "linear_regression(center=3,standardised=true)",
            "lanes": "gradient_descent(learning_rate=0.45)",
            "steps": "20",
        },
        "rate_per_weight": {
            "surface": f"multiple_regression(n={EXAMPLES},scale=10,skewed=true)",
            "start": "-3,0.35",
            "lanes": "gradient_descent(learning_rate=0.0045),adagrad(learning_rate=1),adam(learning_rate=0.2)",
            "steps": "400",
        },
        "classes": {
            "surface": f"logistic_regression(n={EXAMPLES},scale=10)",
            "lanes": "gradient_descent(learning_rate=0.03),adam(learning_rate=0.2)",
            "steps": "500",
        },
    }


def _converges(race: Race) -> bool:
    return int(convergence(race.landscape, race.trajectories[0]).step) >= 0


def _surface(scale: float, correlation: float, standardised: bool) -> str:
    treated = ",standardised=true" if standardised else ""
    return f"multiple_regression(n={EXAMPLES},scale={scale},correlation={correlation},skewed=true{treated})"


@lru_cache(maxsize=32)
def bowl(scale: float, correlation: float, standardised: bool) -> DataLoss:
    """Return the loss of the lesson: two features, the second skewed and `scale` times as large as the first."""
    made = SURFACES["multiple_regression"].with_parameters(
        n=EXAMPLES, scale=scale, correlation=correlation, skewed=True, standardised=standardised
    )
    return cast(DataLoss, made)


def steep_rate(loss: DataLoss) -> float:
    """Return the rate at which one step covers `SHARE` of the distance in the steepest direction."""
    return _short(SHARE * loss.largest_rate / 2)


def gentle_rate(loss: DataLoss) -> float:
    """Return the rate at which one step would cover `SHARE` of the distance in the gentlest direction."""
    return _short(SHARE * loss.largest_rate / 2 * loss.condition_number)


def descent(loss: DataLoss, start: tuple[float, float]) -> Trajectory:
    """Run gradient descent at the rate for the steep direction up to the step at which it converges."""
    steps = 100
    while True:
        path = _descent(loss, start, steps)
        step = converged_at(loss, path)
        if step is not None or steps >= MOST:
            return path if step is None else _descent(loss, start, max(step, 1))
        steps = min(10 * steps, MOST)


@lru_cache(maxsize=64)
def _descent(loss: DataLoss, start: tuple[float, float], steps: int) -> Trajectory:
    return run(loss, OPTIMIZERS["gradient_descent"](learning_rate=steep_rate(loss)), start, steps)


def converged_at(loss: DataLoss, path: Trajectory) -> int | None:
    """Return the step at which a run has converged; None if it has not."""
    step = int(convergence(loss, path).step)
    return step if step >= 0 else None


def slowest(loss: DataLoss) -> int:
    """Return after how many steps a run at the rate for the steep direction has converged from every start.

    A step multiplies the height above the minimum along an eigenvector of the Hessian by (1 - rate curvature)². The
    height of any other start is a sum of such parts, so its share is a weighted mean of theirs.
    """
    curvatures = np.linalg.eigvalsh(loss.hessian(np.zeros(2)))
    factor = float(np.abs(1 - steep_rate(loss) * curvatures).max())
    return math.ceil(math.log(LOSS_TOLERANCE) / (2 * math.log(factor)))


def skewness(values: Array) -> float:
    """Return the skewness: the mean cube of the standardised values, 0 for a symmetric distribution."""
    centred: Any = values - values.mean()
    return float((centred**3).mean() / centred.std() ** 3)


def _short(rate: float) -> float:
    """Round a rate to few digits, as in typed input."""
    return float(f"{rate:.4g}")
