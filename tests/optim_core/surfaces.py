"""Small objectives for the tests of `optim_core`, and every optimizer, alone and in every wrapper."""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np

from optim_core import OPTIMIZERS, Knob, Optimizer, Trajectory, Wrapper, knobs
from optim_core.objective import Array

PLAIN = {key: cls for key, cls in OPTIMIZERS.items() if not issubclass(cls, Wrapper)}
WRAPPERS = {key: cls for key, cls in OPTIMIZERS.items() if issubclass(cls, Wrapper)}

ALONE = {key: cls() for key, cls in PLAIN.items()}
WRAPPED = {f"{key}({inner})": cls(ALONE[inner]) for key, cls in WRAPPERS.items() for inner in PLAIN}
STACKS: dict[str, Optimizer] = {
    **ALONE,
    **WRAPPED,
    "lookahead(clipping(decoupled_decay(adam)))": WRAPPERS["lookahead"](
        WRAPPERS["clipping"](WRAPPERS["decoupled_decay"](ALONE["adam"]))
    ),
}
# Every plain optimizer, and every wrapper once.
EACH: dict[str, Optimizer] = {**ALONE, **{name: stack for name, stack in WRAPPED.items() if name.endswith("(adam)")}}


def float_knobs(optimizer: Optimizer, prefix: str = "") -> Iterator[tuple[str, Knob]]:
    """The full name and the knob of every field, at any depth, that is a real number."""
    yield from ((prefix + name, knob) for name, knob in knobs(optimizer).items() if knob.kind is float)
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if isinstance(value, Optimizer):
            yield from float_knobs(value, f"{prefix}{field.name}.")


class Quadratic:
    """1/2 theta . A theta with a symmetric matrix A; its minimum is the origin."""

    domain = ((-1.0, 1.0), (-1.0, 1.0))

    def __init__(self, a: float, b: float, d: float) -> None:
        self.matrix = np.array([[a, b], [b, d]])

    def value(self, theta: Array) -> Array:
        g = self.gradient(theta)
        return 0.5 * (theta[0] * g[0] + theta[1] * g[1])

    def gradient(self, theta: Array) -> Array:
        x, y = theta
        (a, b), (_, d) = self.matrix
        return np.array([a * x + b * y, b * x + d * y])

    def hessian(self, theta: Array) -> Array:
        ones = np.ones((1, 1, *theta.shape[1:]))
        return self.matrix.reshape(2, 2, *[1] * (theta.ndim - 1)) * ones


class Waves:
    """1/2 (x^2 + y^2) + sin(3 x) exp(-y^2): not a polynomial, so NumPy's vector code for sin and exp is in it."""

    domain = ((-3.0, 3.0), (-3.0, 3.0))

    def value(self, theta: Array) -> Array:
        x, y = theta
        return 0.5 * (x * x + y * y) + np.sin(3 * x) * np.exp(-y * y)

    def gradient(self, theta: Array) -> Array:
        x, y = theta
        bell = np.exp(-y * y)
        return np.array([x + 3 * np.cos(3 * x) * bell, y - 2 * y * np.sin(3 * x) * bell])

    def hessian(self, theta: Array) -> Array:
        x, y = theta
        bell, s, c = np.exp(-y * y), np.sin(3 * x), np.cos(3 * x)
        mixed = -6 * y * c * bell
        return np.array([[1 - 9 * s * bell, mixed], [mixed, 1 + (4 * y * y - 2) * s * bell]])


class Ramp:
    """max(0, x)^2 + max(0, y)^2: exactly flat, with exactly zero gradient, where both coordinates are negative."""

    domain = ((-5.0, 5.0), (-5.0, 5.0))

    def value(self, theta: Array) -> Array:
        up = np.maximum(theta, 0.0)
        return up[0] * up[0] + up[1] * up[1]

    def gradient(self, theta: Array) -> Array:
        return 2 * np.maximum(theta, 0.0)

    def hessian(self, theta: Array) -> Array:
        x, y = theta
        zero = np.zeros_like(x)
        return np.array([[2.0 * (x > 0), zero], [zero, 2.0 * (y > 0)]])


def assert_same_bits(one: Array, other: Array) -> None:
    """Asserts that two arrays are equal to the last bit, including signs of zeros; a NaN equals a NaN."""
    one, other = np.ascontiguousarray(one, dtype=float), np.ascontiguousarray(other, dtype=float)
    assert one.shape == other.shape
    same = (one.view(np.int64) == other.view(np.int64)) | (np.isnan(one) & np.isnan(other))
    assert same.all(), f"{np.count_nonzero(~same)} of {same.size} numbers differ, first at {np.argwhere(~same)[0]}"


def assert_lane_is(path: Trajectory, index: tuple[int, ...], alone: Trajectory) -> None:
    """Asserts that one run of the batch `path` equals the single run `alone` to the last bit."""
    at = (..., *index)
    assert_same_bits(path.points[at], alone.points)
    assert_same_bits(path.losses[at], alone.losses)
    assert_same_bits(path.evaluated[at], alone.evaluated)
    assert path.outcomes[index] == alone.outcomes
    assert path.last_step[index] == alone.last_step
    if alone.last_step == 0:
        assert not alone.state, "a run without steps must record no state"
    for name in set(path.state) - {"waited"}:  # evaluations made for the other runs of the batch
        assert_same_bits(path.state[name][at], alone.state.get(name, np.full_like(path.state[name][at], np.nan)))
