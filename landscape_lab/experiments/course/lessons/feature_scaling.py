from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, cast, final

from landscape_lab.experiments.course.lesson import Lesson, Values, choice, claim, predict
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscapes import SURFACES, DataLoss
from optim_core import OPTIMIZERS, Outcome, Trajectory, knob, run
from optim_core.metrics import first_at_most
from optim_core.objective import Array

EXAMPLES = 200
MODEL = (-3.0, -2.5)
"""Model from which every race starts, as weights for features whose standard deviation is 1."""
SHARE = 0.9
"""Learning rate as a share of 1 / curvature: one step covers this share of the distance in that direction."""
NEAR = 0.01
"""Share of the start's height above the minimum at which a run counts as having arrived."""
MOST = 20_000
"""Maximum number of steps of a run that does not arrive."""


@final
@dataclass(frozen=True)
class FeatureScaling(Lesson):
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
        10.0, 1.0, 30.0, symbol="r", scale="log", help="How many times larger the numbers of the second feature are."
    )
    correlation: float = knob(0.0, 0.0, 0.9, symbol=r"\rho", help="How far the two features say the same thing.")

    def link(self) -> Mapping[str, str]:
        loss = self.loss(self.features)
        x, y = self.weights(self.features)
        return {
            "surface": _surface(self.scale, self.correlation, self.features == "standardised"),
            "start": f"{x!r},{y!r}",
            "lanes": f'gradient_descent(learning_rate={steep_rate(loss)},name="small rate"),'
            f'gradient_descent(learning_rate={gentle_rate(loss)},name="large rate")',
            "steps": "300" if self.features == "raw" else "60",
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
        """Return the run from the start until it arrives, at the rate for the steep direction."""
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
        steps = {features: arrival(self.loss(features), self.path(features)) for features in ("raw", "standardised")}
        own = arrival(self.loss(self.features), race.trajectories[0])
        # The race has fewer steps than the run that is counted. If the race arrives, both must agree.
        agree = own == steps[self.features] or (own is None and race.scenario.steps < (steps[self.features] or MOST))
        raw, standardised = steps["raw"], steps["standardised"]
        holds = agree and raw is not None and standardised is not None and raw >= 10 * standardised
        named = {
            name: Sentence("more than {steps}", {"steps": MOST}) if step is None else step
            for name, step in steps.items()
        }
        return holds, named | {"near": NEAR}

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
        options=(
            "few",
            "tens",
            "thousands",
        ),
        link={
            "surface": "multiple_regression(n=200,correlation=0.9,standardised=true)",
            "start": "-3,3",
            "lanes": 'gradient_descent(learning_rate=0.2368,name="small rate")',
            "steps": "100",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        loss = cast(DataLoss, race.landscape)
        steps = arrival(loss, race.trajectories[0])
        right = "thousands" if steps is None else "few" if steps <= 5 else "tens"
        return right, {
            "steps": word("more than it has") if steps is None else steps,
            "condition": loss.condition_number,
        }

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "one_feature_whose": {
            "surface": "linear_regression(center=3)",
            "lanes": "gradient_descent(learning_rate=0.08)",
            "steps": "500",
        },
        "same_line_with": {
            "surface": "linear_regression(center=3,standardised=true)",
            "lanes": "gradient_descent(learning_rate=0.45)",
            "steps": "20",
        },
        "raw_features_again": {
            "surface": "multiple_regression(n=200,scale=10,skewed=true)",
            "start": "-3,-0.25",
            "lanes": "gradient_descent(learning_rate=0.0045),adagrad(learning_rate=1),adam(learning_rate=0.2)",
            "steps": "300",
        },
        "classes_instead_numbers": {
            "surface": "logistic_regression(n=200,scale=10)",
            "lanes": "gradient_descent(learning_rate=0.03),adam(learning_rate=0.2)",
            "steps": "500",
        },
    }


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
    """Run gradient descent at the rate for the steep direction up to the step at which it arrives."""
    steps = 100
    while True:
        path = _descent(loss, start, steps)
        arrived = arrival(loss, path)
        if arrived is not None or steps >= MOST:
            return path if arrived is None else _descent(loss, start, max(arrived, 1))
        steps = min(10 * steps, MOST)


@lru_cache(maxsize=64)
def _descent(loss: DataLoss, start: tuple[float, float], steps: int) -> Trajectory:
    return run(loss, OPTIMIZERS["gradient_descent"](learning_rate=steep_rate(loss)), start, steps)


def arrival(loss: DataLoss, path: Trajectory) -> int | None:
    """Return the first step at which at most `NEAR` of the start's height is left; None if there is none."""
    lowest = cast(float, loss.minimum_value)
    step = int(first_at_most(path.losses, lowest + NEAR * (float(path.losses[0]) - lowest)))
    return step if step >= 0 else None


def skewness(values: Array) -> float:
    """Return the skewness: the mean cube of the standardised values, 0 for a symmetric distribution."""
    centred: Any = values - values.mean()
    return float((centred**3).mean() / centred.std() ** 3)


def _short(rate: float) -> float:
    """Round a rate to few digits, as in typed input."""
    return float(f"{rate:.4g}")
