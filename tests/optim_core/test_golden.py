"""The paths equal those of torch.optim and optax to 1e-12 (recorded by tests/golden/make_golden.py)."""

from pathlib import Path

import numpy as np
import pytest

from optim_core import OPTIMIZERS, key_of, run
from optim_core.objective import Array
from optim_core.optimizers.nesterov import Nesterov
from tests.golden.cases import CASES, EVERY, START, STEPS, Rosenbrock

PATHS = np.load(Path(__file__).parents[1] / "golden" / "paths.npz")
# Relative to the size of the coordinates, some of which move by hundreds of units in the open loop.
TOLERANCE = 1e-12


class Stream:
    """Returns the next of a fixed list of gradients, independent of the point."""

    def __init__(self, gradients: Array) -> None:
        self.gradients = iter(gradients)

    def value(self, theta: Array) -> Array:
        return np.zeros(theta.shape[1:])

    def gradient(self, theta: Array) -> Array:
        return next(self.gradients)[:, None] + np.zeros_like(theta)

    def hessian(self, theta: Array) -> Array:
        raise NotImplementedError("a stream of gradients has no curvature")


def path_of(name: str, objective: Stream | Rosenbrock) -> Array:
    """The points after every tenth step, in the coordinates of the other library."""
    case = CASES[name]
    path = run(objective, case.optimizer, START, STEPS, schedules=case.schedules, record_state=True)
    points = path.points[1:]
    if isinstance(case.optimizer, Nesterov):  # torch keeps the look-ahead point as its parameter
        points = points - case.optimizer.momentum * path.state["m"]
    return points[EVERY - 1 :: EVERY]


@pytest.mark.parametrize("name", CASES)
def test_open_loop(name: str) -> None:
    np.testing.assert_allclose(
        path_of(name, Stream(PATHS["stream"])), PATHS[f"open/{name}"], rtol=TOLERANCE, atol=TOLERANCE
    )


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.calm])
def test_closed_loop_on_rosenbrock(name: str) -> None:
    np.testing.assert_allclose(path_of(name, Rosenbrock()), PATHS[f"closed/{name}"], rtol=TOLERANCE, atol=TOLERANCE)


def test_golden_file_has_every_case_and_names_its_versions() -> None:
    wanted = {f"open/{name}" for name in CASES} | {f"closed/{name}" for name, case in CASES.items() if case.calm}
    assert set(PATHS.files) == wanted | {"stream", "made_with"}
    assert {str(line).split()[0] for line in PATHS["made_with"]} >= {"torch", "optax", "numpy"}


WITHOUT_COUNTERPART = {
    "conjugate_gradient",
    "delayed",
    "line_search",
    "newton",
    "qhadam",
    "qhm",
    "sharpness_aware",
}
"""Methods that neither torch nor optax has."""


def test_every_optimizer_is_compared_or_has_no_counterpart() -> None:
    compared = {key_of(case.optimizer) for case in CASES.values()}
    assert set(OPTIMIZERS) - compared - WITHOUT_COUNTERPART == set(), (
        "compare these with torch or optax: a case in tests/golden/cases.py, then `make golden`; "
        "or add them to WITHOUT_COUNTERPART in tests/optim_core/test_golden.py"
    )
    assert set(OPTIMIZERS) >= WITHOUT_COUNTERPART and not WITHOUT_COUNTERPART & compared
