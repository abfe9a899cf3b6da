"""Preprocessing and regularisation of a model over data: standardisation, batch normalisation, dropout and L2."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from landscapes.datasets import Data
from landscapes.models import Model, Rows
from optim_core.knob import knob
from optim_core.objective import Array

EPSILON = 1e-5
"""Added to the variance of a batch, as in Ioffe and Szegedy 2015; the variance of a single example is 0."""


@dataclass(frozen=True)
class Treatment:
    """The settings of preprocessing and regularisation."""

    standardised: bool = knob(
        False, symbol=r"z", help="Shift and scale every feature to mean 0 and standard deviation 1."
    )
    batch_norm: bool = knob(
        False, symbol=r"z_{\mathcal B}", help="Normalise the features inside the model, with the moments of each batch."
    )
    l2: float = knob(0.0, 0.0, 10.0, symbol=r"\alpha", help="The strength of the penalty on large weights in the loss.")
    dropout: float = knob(
        0.0,
        0.0,
        0.9,
        symbol="p",
        help="The probability that each feature is left out; the loss is the mean over all cases.",
    )


def ridge_of(model: Model, treatment: Treatment) -> Array:
    """The coefficients (2,) of x² / 2 and y² / 2 in the penalty; 0 for an intercept."""
    return treatment.l2 * np.array([1.0, 0.0 if model.intercept else 1.0])


def moments_of(data: Data, treatment: Treatment) -> Array | None:
    """Mean and standard deviation (2, k) by which the model shifts and scales features; None for raw features."""
    if not (treatment.standardised or treatment.batch_norm):
        return None
    mean, variance = data.features.mean(axis=0), data.features.var(axis=0)
    if treatment.batch_norm:  # epsilon is relative to the variance of the features that are normalised
        variance = variance + EPSILON * (variance if treatment.standardised else 1.0)
    return np.array([mean, np.sqrt(variance)])


def columns_of(features: Array, moments: Array | None) -> Array:
    """Features (n, k) as contiguous columns (k, n), shifted and scaled by the moments."""
    return np.ascontiguousarray((features if moments is None else (features - moments[0]) / moments[1]).T)


def design(model: Model, columns: Array) -> tuple[Array, Array]:
    """The factors of x and y from columns (k, ..., n); the factor of an intercept is 1."""
    return columns[0], columns[1] if len(columns) > 1 else np.ones_like(columns[0])


def rows_for(model: Model, columns: Array, targets: Array, treatment: Treatment, factors: Array | None = None) -> Rows:
    """Columns (k, ..., n) and targets as a model takes them, after batch normalisation, masks and dropout.

    The expectation over dropout is computed exactly: every example counts once for each combination of dropped
    features, weighted by its probability. `factors` are those of a given mask.
    """
    if treatment.batch_norm:
        centred = columns - columns.mean(axis=-1, keepdims=True)
        columns = centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
    if factors is not None:
        columns = columns * factors
    p = treatment.dropout
    if not p:
        return Rows(*design(model, columns), targets)
    cases = list(product((0.0, 1.0), repeat=len(columns)))
    spread = [np.array(case).reshape(-1, *[1] * (columns.ndim - 1)) * columns / (1 - p) for case in cases]
    designs = [design(model, each) for each in spread]
    chances = [np.prod([1 - p if kept else p for kept in case]) for case in cases]
    n = targets.shape[-1]
    return Rows(
        np.concatenate([a for a, _ in designs], axis=-1),
        np.concatenate([b for _, b in designs], axis=-1),
        np.concatenate([targets] * len(cases), axis=-1),
        np.repeat(chances, n) / n,
    )


def formula_of(model: Model, treatment: Treatment) -> str:
    """The loss as LaTeX, where X are the features, z those of mean 0 and standard deviation 1, and Y the targets."""
    letter = "z" if treatment.standardised or treatment.batch_norm else "X"
    each = model.formula.format(X=rf"\tilde {{{letter}}}" if treatment.dropout else letter)
    mean = rf"\frac{{1}}{{n}} \sum_{{i=1}}^{{n}} {each}"
    if treatment.dropout:
        mean = rf"\mathbb{{E}}_{{\tilde {{{letter}}}}} \, {mean}"
    first, second = model.letters
    squares = f"{first}^2" if model.intercept else rf"\left({first}^2 + {second}^2\right)"
    return mean + (rf" + \frac{{\alpha}}{{2}} {squares}" if treatment.l2 else "")
