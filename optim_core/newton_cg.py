"""Newton's equation by conjugate gradients, for as many parameters as there may be."""

import numpy as np

from optim_core.objective import Array, Objective, Real, dot, hessian_vector, norm


def solve(objective: Objective, theta: Array, g: Array, damping: Real) -> tuple[Array, Array]:
    """The p with (H + damping I) p = g, of shape (P, n), by products of the Hessian and a vector.

    A run ends when its residual is at most min(1/2, sqrt|g|) |g|, where the curvature is not positive (with g itself if
    it is not positive at once), or after P products. Also returns the products that each run would not have made
    alone, because it was done: (n). Source: Nocedal and Wright 2006, Numerical Optimization, algorithm 7.1. Raises
    TypeError for an objective without `hessian_vector`.
    """
    p, r, d = 0.0 * g, g, g  # not a number where the gradient is not finite
    size = norm(g)
    enough = np.minimum(0.5, np.sqrt(size)) * size
    going, waited = size > enough, np.zeros(size.shape)
    for i in range(len(theta)):
        if not going.any():
            break
        waited += ~going
        Hd = hessian_vector(objective, theta, d) + damping * d
        curvature, rr = dot(d, Hd), dot(r, r)
        is_up = going & (curvature > 0)
        if i == 0:
            p = np.where(going & ~is_up, g, p)
        going = is_up
        alpha = rr / np.where(going, curvature, 1.0)
        p, r = np.where(going, p + alpha * d, p), np.where(going, r - alpha * Hd, r)
        going = going & (norm(r) > enough)
        d = np.where(going, r + dot(r, r) / np.where(going, rr, 1.0) * d, d)
    return p, waited
