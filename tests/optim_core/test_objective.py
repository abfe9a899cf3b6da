"""Norms and inner products over the parameter axis, for any number of parameters."""

import math

import numpy as np
import pytest

from optim_core.objective import dot, norm
from tests.optim_core.surfaces import assert_same_bits


@pytest.mark.parametrize("shape", [(1, 5), (2,), (2, 7), (3, 4), (50, 2, 3), (2000, 3)])
def test_norm_and_inner_product_sum_over_the_first_axis(shape: tuple[int, ...]) -> None:
    a, b = np.random.default_rng(0).normal(size=(2, *shape))
    assert norm(a).shape == dot(a, b).shape == shape[1:]
    for run in np.ndindex(shape[1:]):
        column, other = a[:, *run].tolist(), b[:, *run].tolist()
        assert norm(a)[run] == pytest.approx(math.hypot(*column), rel=1e-13)
        products = [x * y for x, y in zip(column, other, strict=True)]
        assert dot(a, b)[run] == pytest.approx(math.fsum(products), abs=1e-13 * sum(map(abs, products)))


def test_two_parameters_give_the_bits_of_the_plain_formula() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 2, 5000)) * np.geomspace(1e-160, 1e160, 5000)
    with np.errstate(all="ignore"):
        assert_same_bits(dot(a, b), a[0] * b[0] + a[1] * b[1])
        assert_same_bits(norm(a), np.hypot(a[0], a[1]))
        # The formula for many parameters gives the same for two.
        assert_same_bits(norm(a), norm(np.concatenate([a, np.zeros((1, 5000))])))


def test_norm_neither_overflows_nor_underflows() -> None:
    for size in (1e-300, 1e300):
        assert norm(np.full((4, 1), size)) == pytest.approx(2 * size, rel=1e-13)


def test_inner_product_rejects_vectors_of_different_lengths() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        dot(np.ones((2, 4)), np.ones((3, 4)))
