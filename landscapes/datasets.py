"""Data for losses: small seeded datasets, and the requirements on a user's own data (read by `csv_table`)."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from optim_core.caching import PrivateCache
from optim_core.knob import knob
from optim_core.objective import Array

HELD_OUT = 200
"""The number of validation examples of a generated dataset."""
OUTLIER = 8.0
"""The error of an outlier's target."""

MIN_ROWS, MAX_ROWS, MAX_BYTES = 10, 10_000, 1_000_000
LARGEST = 1e12
"""The largest number accepted from a file: in a sum, the squares of larger ones would lose all others to rounding."""
LEVEL = 1e-9
"""The relative variation up to which a column counts as constant."""


@dataclass(frozen=True, eq=False)
class Data:
    """Examples: rows of features, each with a target.

    features    (n, k): one or two features, more for a network
    targets     (n,)
    names       the names of the features, then of the target
    difficulty  (n,): the distance of each example from where it would be without noise; larger is harder
    columns     the positions of features and target in their file, from 1; () for generated data
    private_cache  the cache for results that depend on a user's own data; see `optim_core.caching`
    """

    features: Array
    targets: Array
    names: tuple[str, ...]
    difficulty: Array
    columns: tuple[int, ...] = ()
    private_cache: PrivateCache | None = None

    def __post_init__(self) -> None:
        for array in (self.features, self.targets, self.difficulty):
            array.flags.writeable = False

    @property
    def n(self) -> int:
        return len(self.targets)

    def on(self, rows: NDArray[Any]) -> "Data":
        """The examples with these indices."""
        return replace(self, features=self.features[rows], targets=self.targets[rows], difficulty=self.difficulty[rows])

    def split(self, share: float = 0.3, seed: int = 0) -> tuple["Data", "Data"]:
        """Split at random into a training part and a validation part, the latter with this share of the examples.

        Each part has at least two rows. With a share of 0 the validation part is empty.
        """
        if not share:
            return self, self.on(np.arange(0))
        rows = np.random.default_rng(seed).permutation(self.n)
        cut = min(max(round(self.n * (1 - share)), 2), self.n - 2)
        return self.on(np.sort(rows[:cut])), self.on(np.sort(rows[cut:]))


@dataclass(frozen=True)
class Split:
    """The validation split of a user's own data."""

    held_out_share: float = knob(
        0.0,
        0.0,
        0.5,
        symbol="h",
        help="The share of the rows that is not trained on: a random part, always the same, to validate with.",
    )


@dataclass(frozen=True)
class Dataset(ABC):
    """Generated data, determined by its settings, a seed and two true weights.

    The weights act on features of mean 0 and variance 1, which are then scaled to their units. In the training part
    these moments and the correlation are exact: the examples have what the knobs say. The held-out part is drawn from
    the same distribution without outliers.
    """

    label: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    true_weights: ClassVar[tuple[float, float]]

    n: int = knob(20, 10, 2000, symbol="n", scale="log", help="How many examples there are to learn from.")
    noise: float = knob(0.5, 0.0, 5.0, symbol=r"\sigma", help="The standard deviation of the noise in the targets.")
    outliers: float = knob(0.0, 0.0, 0.5, symbol="o", help="The share of examples whose target is plainly wrong.")
    task_angle: float = knob(
        0.0, -180.0, 180.0, symbol=r"\varphi", help="How far the true weights are turned from those of the first task."
    )
    seed: int = knob(0, 0, 9999, symbol="s", help="Another seed draws other examples from the same source.")

    @cached_property
    def train(self) -> Data:
        """The training examples."""
        return self._drawn(0, self.n, exact=True)

    @cached_property
    def held_out(self) -> Data:
        """The validation examples."""
        return self._drawn(1, HELD_OUT, exact=False)

    @property
    def weights(self) -> tuple[float, float]:
        """The true weights of this task: those of the first task, rotated by `task_angle`."""
        (a, b), turn = self.true_weights, math.radians(self.task_angle)
        return a * math.cos(turn) - b * math.sin(turn), a * math.sin(turn) + b * math.cos(turn)

    def _drawn(self, part: int, n: int, exact: bool) -> Data:
        rng = np.random.default_rng([self.seed, part])
        latent, strays = self._latent(rng, n, exact), self._noise(rng, n)
        wrong = rng.permutation(n) < round(self.outliers * n) * exact
        targets, difficulty = self._targets(latent, strays, wrong)
        return Data(self._scaled(latent), targets, self.names, difficulty)

    @abstractmethod
    def _latent(self, rng: np.random.Generator, n: int, exact: bool) -> Array:
        """Draw the features (n, k) before scaling, with exact moments if `exact`."""

    @abstractmethod
    def _scaled(self, latent: Array) -> Array:
        """The features (n, k) scaled to their units."""

    def _noise(self, rng: np.random.Generator, n: int) -> Array:
        return self.noise * rng.standard_normal(n)

    def _targets(self, latent: Array, strays: Array, wrong: NDArray[np.bool_]) -> tuple[Array, Array]:
        """Targets (n,) and difficulties (n,); `wrong` marks the outliers."""
        strays = strays + OUTLIER * wrong
        return self._truth(latent) + strays, np.abs(strays)

    def _truth(self, latent: Array) -> Array:
        """The targets (n,) without noise."""
        return latent @ np.array(self.weights)


@final
@dataclass(frozen=True)
class Line(Dataset):
    """Points about a line: one feature, whose true slope and height at the mean are the weights."""

    label: ClassVar[str] = "Points about a line"
    names: ClassVar[tuple[str, ...]] = ("feature", "target")
    true_weights: ClassVar[tuple[float, float]] = (1.6, 0.8)

    center: float = knob(1.0, 0.0, 10.0, symbol=r"\mu", help="The mean of the feature; its standard deviation is 1.")

    def _latent(self, rng: np.random.Generator, n: int, exact: bool) -> Array:
        z = rng.uniform(-math.sqrt(3), math.sqrt(3), (n, 1))
        return standardised(z) if exact else z

    def _scaled(self, latent: Array) -> Array:
        return self.center + latent

    def _truth(self, latent: Array) -> Array:
        slope, height = self.weights
        return slope * latent[:, 0] + height


@dataclass(frozen=True)
class _Plane(Dataset):
    """Two features that may be correlated, of very different scale, and skewed."""

    correlation: float = knob(0.0, -0.99, 0.99, symbol="r", help="The correlation of the two features.")
    scale: float = knob(
        1.0, 1.0, 100.0, symbol="c", scale="log", help="How many times larger the numbers of the second feature are."
    )
    skewed: bool = knob(
        False, symbol=r"\mathrm{exp}", help="The second feature is exponential: many small values, few large ones."
    )

    def _latent(self, rng: np.random.Generator, n: int, exact: bool) -> Array:
        first, second = rng.standard_normal(n), rng.standard_normal(n)
        if self.skewed:
            second = rng.standard_exponential(n) - 1
        if exact:
            first = standardised(first)
            second = standardised(second)
            second = standardised(second - (first @ second / n) * first)
        return np.stack([first, self.correlation * first + math.sqrt(1 - self.correlation**2) * second], axis=1)

    def _scaled(self, latent: Array) -> Array:
        return latent * [1.0, self.scale]


@final
@dataclass(frozen=True)
class Plane(_Plane):
    """Points about a plane through the origin: two features."""

    label: ClassVar[str] = "Points about a plane"
    names: ClassVar[tuple[str, ...]] = ("feature 1", "feature 2", "target")
    true_weights: ClassVar[tuple[float, float]] = (1.5, 1.0)


@final
@dataclass(frozen=True)
class TwoClasses(_Plane):
    """Two classes, 0 and 1, on either side of a line through the origin; noise blurs the border."""

    label: ClassVar[str] = "Two classes"
    names: ClassVar[tuple[str, ...]] = ("feature 1", "feature 2", "class")
    true_weights: ClassVar[tuple[float, float]] = (1.5, 1.0)

    noise: float = knob(1.0, 0.0, 5.0, symbol=r"\sigma", help="How far the border between the classes is blurred.")

    def _noise(self, rng: np.random.Generator, n: int) -> Array:
        return self.noise * rng.logistic(size=n)  # then the odds of the classes are those of a logistic regression

    def _targets(self, latent: Array, strays: Array, wrong: NDArray[np.bool_]) -> tuple[Array, Array]:
        margin = self._truth(latent)
        classes = ((margin + strays > 0) ^ wrong).astype(float)
        return classes, -(2 * classes - 1) * margin


@final
@dataclass(frozen=True)
class Saturation(Dataset):
    """Points about a curve that saturates: the second weight times the tanh of the first weight times the feature."""

    label: ClassVar[str] = "Points about a saturating curve"
    names: ClassVar[tuple[str, ...]] = ("feature", "target")
    true_weights: ClassVar[tuple[float, float]] = (1.5, 1.2)

    noise: float = knob(0.2, 0.0, 5.0, symbol=r"\sigma", help="The standard deviation of the noise in the targets.")

    def _latent(self, rng: np.random.Generator, n: int, exact: bool) -> Array:
        z = rng.uniform(-math.sqrt(3), math.sqrt(3), (n, 1))
        return standardised(z) if exact else z

    def _scaled(self, latent: Array) -> Array:
        return latent

    def _truth(self, latent: Array) -> Array:
        inner, outer = self.weights
        return outer * np.tanh(inner * latent[:, 0])


def standardised(values: Array) -> Array:
    """The values shifted and scaled to mean 0 and variance 1 along the first axis."""
    values = values - values.mean(axis=0)
    return values / np.sqrt((values * values).mean(axis=0))


class Note:
    """A sentence for the user about a file: an English template and its values."""

    def __init__(self, template: str, **values: Any) -> None:
        self.template = template
        self.values = {name: brief(value) if isinstance(value, str) else value for name, value in values.items()}

    def __str__(self) -> str:
        return self.template.format(**self.values)


class DataError(ValueError):
    """Raised for a file that cannot be used as data; `template` and `values` tell the user what is wrong, and where."""

    def __init__(self, template: str, **values: Any) -> None:
        self.template = template
        self.values = {name: brief(value) if isinstance(value, str) else value for name, value in values.items()}
        super().__init__(template.format(**self.values))


def is_constant(values: Array) -> bool:
    """Whether the values of a column differ by rounding only."""
    return bool(np.ptp(values) <= max(LEVEL * np.abs(values).max(), 1 / LARGEST))


def check_columns(data: Data) -> None:
    """Raise DataError for a constant column and for two features that are linearly dependent."""
    numbers = data.columns or range(1, len(data.names) + 1)
    for column, values, name in zip(numbers, [*data.features.T, data.targets], data.names, strict=True):
        if is_constant(values):
            raise DataError("Column {column} (“{name}”) is constant: there is nothing to learn from it. Leave it out.",
                            column=column, name=name)  # fmt: skip
    # The smallest singular value of standardised features is the root of n (1 - |correlation|).
    if np.linalg.svd(standardised(data.features), compute_uv=False)[-1] <= math.sqrt(LEVEL * data.n):
        raise DataError("The two features always move together: each can be computed from the other. Leave one out.")


def brief(text: str) -> str:
    """Shorten a text from a file, which may be hostile, and replace what is not printable, for use in a message."""
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text[:40])
    return shown + "…" if len(text) > 40 else shown
