"""How a surface bends at a point: the eigenvalues of the Hessian, their directions, and what follows from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscapes.critical_points import classify
from optim_core.objective import Array, Objective


@dataclass(frozen=True, eq=False)
class Curvature:
    """The bend at each of many points. NaN where the surface has no second derivatives.

    eigenvalues  (2, *lanes): the smaller one first
    angle        (*lanes): of the direction of the larger eigenvalue, in radians from the x axis, above -pi/2 to pi/2
    kinds        (*lanes): codes of `Kind`: what the signs of the eigenvalues would make of a level point
    """

    eigenvalues: Array
    angle: Array
    kinds: NDArray[np.int_]

    @property
    def condition(self) -> Array:
        """The size of the larger eigenvalue over that of the smaller: 1 in a round bowl, infinite in a gutter."""
        sizes = np.sort(np.abs(self.eigenvalues), axis=0)
        with np.errstate(all="ignore"):
            return sizes[1] / sizes[0]

    @property
    def limit(self) -> Array:
        """2 / lambda_max: with a larger learning rate gradient descent overshoots more at every step, on a parabola
        that bends like this. Infinite where nothing bends upwards."""
        steepest = self.eigenvalues[1]
        with np.errstate(all="ignore"):
            return np.where(steepest > 0, 2 / steepest, np.where(np.isnan(steepest), np.nan, np.inf))


def curvature(objective: Objective, theta: Array) -> Curvature:
    """The bend of `objective` at points (2, *lanes)."""
    with np.errstate(all="ignore"):
        (a, b), (_, d) = objective.hessian(theta)
        middle, half = (a + d) / 2, (a - d) / 2
        reach = np.hypot(half, b)
        # The smaller in size of the two is had from the determinant: the difference would leave it few digits.
        far = np.where(middle >= 0, middle + reach, middle - reach)
        near = np.where(far == 0, 0.0, (a * d - b * b) / far)
        kinds = np.asarray(classify(objective, theta))
    eigenvalues = np.stack([np.where(middle >= 0, near, far), np.where(middle >= 0, far, near)])
    return Curvature(eigenvalues, np.arctan2(b, half) / 2, kinds)
