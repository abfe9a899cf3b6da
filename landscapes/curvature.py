"""The curvature of a surface at a point: eigenvalues and directions of the Hessian, and what follows from them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from landscapes.critical_points import classify
from optim_core.objective import Array, Objective


@dataclass(frozen=True, eq=False)
class Curvature:
    """The curvature at each of many points. NaN where the surface has no second derivatives.

    eigenvalues  (2, *batch): the smaller one first
    angle        (*batch): direction of the larger eigenvalue, in radians from the x axis, above -pi/2 up to pi/2
    kinds        (*batch): codes of `Kind`: what a critical point with these eigenvalues would be
    """

    eigenvalues: Array
    angle: Array
    kinds: NDArray[np.int_]

    @property
    def condition(self) -> Array:
        """The ratio of the larger to the smaller absolute eigenvalue: 1 in a round bowl, infinite in a gutter."""
        sizes = np.sort(np.abs(self.eigenvalues), axis=0)
        with np.errstate(all="ignore"):
            return sizes[1] / sizes[0]

    @property
    def limit(self) -> Array:
        """2 / lambda_max, the largest stable learning rate of gradient descent on a quadratic with this Hessian.

        Infinite where no direction curves upwards.
        """
        steepest = self.eigenvalues[1]
        with np.errstate(all="ignore"):
            return np.where(steepest > 0, 2 / steepest, np.where(np.isnan(steepest), np.nan, np.inf))


def curvature(objective: Objective, theta: Array) -> Curvature:
    """The curvature of `objective` at points (2, *batch)."""
    with np.errstate(all="ignore"):
        (a, b), (_, d) = objective.hessian(theta)
        middle, half = (a + d) / 2, (a - d) / 2
        reach = np.hypot(half, b)
        # The smaller of the two comes from the determinant; as a difference it would lose digits to cancellation.
        far = np.where(middle >= 0, middle + reach, middle - reach)
        near = np.where(far == 0, 0.0, (a * d - b * b) / far)
        kinds = np.asarray(classify(objective, theta))
    eigenvalues = np.stack([np.where(middle >= 0, near, far), np.where(middle >= 0, far, near)])
    return Curvature(eigenvalues, np.arctan2(b, half) / 2, kinds)
