"""Data sets for networks: points in the plane, which are generated, and handwritten digits, which are stored."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from landscapes.datasets import Data, check_columns
from optim_core.knob import HasKnobs, knob
from optim_core.objective import Array

DIGITS = Path(__file__).with_name("digits.npz")
"""1,797 handwritten digits of 8 x 8 pixels; digits.txt beside it has their source and licence."""


@dataclass(frozen=True)
class Classes(HasKnobs, ABC):
    """Examples of several classes, determined by the settings and the seed. The validation labels are all correct."""

    label: ClassVar[str]
    source: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    classes: ClassVar[int] = 2

    n: int = knob(200, 10, 1000, symbol="n", scale="log", least=2, help="How many training examples there are.")
    validation: int = knob(
        200, 10, 500, symbol=r"n_v", scale="log", least=1, help="How many examples are held out for validation."
    )
    label_noise: float = knob(
        0.0, 0.0, 0.5, symbol="q", least=0.0, most=1.0, help="The share of training examples that get a wrong label."
    )
    seed: int = knob(0, 0, 9999, symbol="s", least=0, help="Another seed draws other examples and wrong labels.")

    @cached_property
    def train(self) -> Data:
        """The training examples. `difficulty` is 1 for a wrong label, 0 for a correct one."""
        features, labels = self._drawn(0, self.n)
        rng = np.random.default_rng([self.seed, 2])
        wrong = rng.permutation(self.n) < round(self.label_noise * self.n)
        labels = np.where(wrong, (labels + rng.integers(1, self.classes, self.n)) % self.classes, labels)
        return Data(features, labels.astype(float), self.names, wrong.astype(float))

    @cached_property
    def held_out(self) -> Data:
        """The validation examples."""
        features, labels = self._drawn(1, self.validation)
        return Data(features, labels.astype(float), self.names, np.zeros(self.validation))

    @abstractmethod
    def _drawn(self, part: int, n: int) -> tuple[Array, NDArray[np.intp]]:
        """Features (n, k) and labels (n,) of the training part 0 or the validation part 1."""


@dataclass(frozen=True)
class _Points(Classes):
    """Two classes of points in the plane, equally many of each up to one, which normal noise moves."""

    names: ClassVar[tuple[str, ...]] = ("x", "y", "class")

    noise: float = knob(0.15, 0.0, 1.0, symbol=r"\sigma", least=0.0, help="How far noise moves the points.")

    def _drawn(self, part: int, n: int) -> tuple[Array, NDArray[np.intp]]:
        rng = np.random.default_rng([self.seed, part])
        labels = rng.permutation(n) % 2
        points = self._shape(rng.uniform(size=(n, 2)), labels.astype(float))
        return points + self.noise * rng.standard_normal((n, 2)), labels

    @abstractmethod
    def _shape(self, u: Array, labels: Array) -> Array:
        """Points (n, 2) without noise from uniform numbers (n, 2)."""


@final
@dataclass(frozen=True)
class Moons(_Points):
    """Two half circles that reach into each other."""

    label: ClassVar[str] = "Two moons"
    source: ClassVar[str] = "Pedregosa et al. 2011, Scikit-learn, make_moons; here centred"

    def _shape(self, u: Array, labels: Array) -> Array:
        angle, sign = math.pi * u[:, 0], 1 - 2 * labels
        return np.stack([sign * np.cos(angle) + labels - 0.5, sign * (np.sin(angle) - 0.25)], axis=1)


@final
@dataclass(frozen=True)
class Rings(_Points):
    """A ring of radius 1/2 inside a ring of radius 1."""

    label: ClassVar[str] = "Two rings"
    source: ClassVar[str] = "Pedregosa et al. 2011, Scikit-learn, make_circles"

    noise: float = knob(0.1, 0.0, 1.0, symbol=r"\sigma", least=0.0, help="How far noise moves the points.")

    def _shape(self, u: Array, labels: Array) -> Array:
        angle, radius = 2 * math.pi * u[:, 0], np.where(labels, 0.5, 1.0)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


@final
@dataclass(frozen=True)
class Spirals(_Points):
    """Two spirals of one and a half turns around each other."""

    label: ClassVar[str] = "Two spirals"
    source: ClassVar[str] = "Lang and Witbrock 1988, Learning to tell two spirals apart; here of half as many turns"

    noise: float = knob(0.02, 0.0, 1.0, symbol=r"\sigma", least=0.0, help="How far noise moves the points.")

    def _shape(self, u: Array, labels: Array) -> Array:
        along, sign = np.sqrt(0.02 + 0.98 * u[:, 0]), 1 - 2 * labels  # the root spreads the points evenly
        angle = 3 * math.pi * along
        return np.stack([sign * along * np.cos(angle), sign * along * np.sin(angle)], axis=1)


@final
@dataclass(frozen=True)
class Xor(_Points):
    """Points in four squares about the origin: the class is 1 where the signs of the coordinates differ."""

    label: ClassVar[str] = "XOR"
    source: ClassVar[str] = "Minsky and Papert 1969, Perceptrons"

    noise: float = knob(0.1, 0.0, 1.0, symbol=r"\sigma", least=0.0, help="How far noise moves the points.")

    def _shape(self, u: Array, labels: Array) -> Array:
        size = 0.1 + 0.9 * np.abs(2 * u - 1)
        side = np.where(u[:, 0] > 0.5, 1.0, -1.0)
        return np.stack([side * size[:, 0], np.where(labels, -side, side) * size[:, 1]], axis=1)


@final
@dataclass(frozen=True)
class Digits(Classes):
    """Handwritten digits, 8 x 8 pixels with values from 0 to 1. Both parts are drawn from the same writers."""

    label: ClassVar[str] = "Handwritten digits"
    source: ClassVar[str] = "Alpaydin and Kaynak 1998, Optical recognition of handwritten digits, UCI, CC BY 4.0"
    names: ClassVar[tuple[str, ...]] = (*(f"pixel {row}, {column}" for row in range(8) for column in range(8)), "digit")
    classes: ClassVar[int] = 10

    n: int = knob(
        500, 20, 1297, symbol="n", scale="log", least=2, most=1297, help="How many training examples there are."
    )
    validation: int = knob(
        300, 10, 500, symbol=r"n_v", least=1, most=500, help="How many examples are held out for validation."
    )

    def _drawn(self, part: int, n: int) -> tuple[Array, NDArray[np.intp]]:
        images, labels = stored_digits()
        order = np.random.default_rng([self.seed, 0]).permutation(len(labels))
        rows = order[:n] if part == 0 else order[len(order) - n :]
        return images[rows].reshape(n, 64) / 16, labels[rows].astype(np.intp)


def own_examples(data: Data, held_out_share: float = 0.3, seed: int = 0) -> tuple[Data, Data]:
    """A user's own data, such as that of `read_csv`, as training and validation examples.

    The features, and a target that is no class, have mean 0 and variance 1 over the training examples. Raises DataError
    for columns that are constant there, or linearly dependent.
    """
    train, held_out = data.split(held_out_share, seed)
    check_columns(train)

    def scaled(array: Array, reference: Array) -> Array:
        return (array - reference.mean(axis=0)) / reference.std(axis=0)

    classes = np.isin(data.targets, (0.0, 1.0)).all()

    def part(each: Data) -> Data:
        targets = each.targets if classes else scaled(each.targets, train.targets)
        return replace(each, features=scaled(each.features, train.features), targets=targets)

    return part(train), part(held_out)


@cache
def stored_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """All images (1797, 8, 8), of values 0 to 16, and their digits (1797,)."""
    with np.load(DIGITS, allow_pickle=False) as stored:
        images, digits = stored["images"], stored["digits"]
    images.flags.writeable = digits.flags.writeable = False
    return images, digits


NETWORK_DATASETS: Mapping[str, type[Classes]] = MappingProxyType(
    {"moons": Moons, "rings": Rings, "spirals": Spirals, "xor": Xor, "digits": Digits}
)
"""The data sets by name."""
