import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.largest_rate import is_largest_rate, only, rate_of
from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import results
from landscapes import Landscape
from landscapes.taylor import TRUST, model_error, resolvable_radii, rounding, taylor_model
from optim_core import GradientDescent, Newton, Trajectory, knob
from optim_core.metrics import distance
from optim_core.objective import Array, norm
from optim_core.printed import printed

Point = tuple[float, float]

SMALL = 0.05
"""Radius of the careful entry."""
DIRECTIONS = 3600
ALONG = 17
"""Number of points of a step at which the curvature is measured."""
APART = 0.5
"""Smallest distance from every saddle at which the second goal lets a run start."""
NEAR = 1e-3
"""Largest distance from a saddle at which a run has ended there."""
SIZES = {"2": 2, "10³": 10**3, "10⁶": 10**6, "10⁹": 10**9}
"""Numbers of parameters with their labels: this page, a small network, a large network, a language model."""
BYTES = 8
"""Size of a number in double precision."""
PREFIXES = ("", "k", "M", "G", "T", "P", "E")


@final
@dataclass(frozen=True)
class Taylor(RaceLesson):
    """Comparison of steps to the minimum of a local model: the plane within a small or large circle, the parabola."""

    number: ClassVar[int] = 6
    icon: ClassVar[str] = ":material/adjust:"
    source: ClassVar[str] = "Taylor 1715; Nocedal and Wright 2006, Numerical Optimization, chapters 2 to 4"
    about: ClassVar[frozenset[str]] = frozenset({"newton", "clipping"})

    ground: str = choice(
        "banana",
        {"banana": "Bent valley", "bowl": "Quadratic bowl"},
        help="Rosenbrock's bent valley with lower walls, or a bowl that is its own second-order model.",
    )
    radius: float = knob(
        0.5, 0.02, 1.0, symbol="R", scale="log", help="How far one step trusts the linear model: the circle's radius."
    )

    def link(self) -> Mapping[str, str]:
        bowl = {"surface": "elliptic_bowl(condition=10,angle=30)", "start": "-1.7,0.4"}
        place = {"surface": "rosenbrock(b=10)", "start": "-1.5,2"} if self.ground == "banana" else bowl
        return place | {
            "lanes": f'{_circle(SMALL)},{_circle(self.radius)},newton(name="Newton: second order")',
            "steps": "80",
        }

    @claim
    def downhill(self, _race: Race) -> tuple[bool, Values]:
        model = taylor_model(self.scenario.landscape, self.scenario.point, 1)
        angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
        circle = self.radius * np.stack([np.cos(angles), np.sin(angles)])
        best = float(angles[model.rise(circle).argmin()])
        down = float(np.arctan2(-model.slope[1], -model.slope[0]))
        off = abs((best - down + np.pi) % (2 * np.pi) - np.pi) * 180 / np.pi
        return bool(norm(model.slope) > 0) and off < 0.1, {"angle": off, "directions": DIRECTIONS}

    @claim(names="start")
    def broken_promise(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[1]
        model = taylor_model(race.landscape, race.scenario.point, 1)
        promised = float(model.value(path.points[1]))
        before, kept = (float(loss) for loss in path.losses[:2])
        return promised < before < kept, {
            "radius": self.radius, "promised": promised, "kept": kept, "before": before,
        }  # fmt: skip

    @claim(names="start")
    def small_circles_fall(self, race: Race) -> tuple[bool, Values]:
        careful, bold, _newton = (np.diff(path.losses) for path in race.trajectories)
        rises = int(np.count_nonzero(bold > 0))
        return bool((careful < 0).all()) and rises > len(bold) / 4, {
            "small": SMALL, "radius": self.radius, "steps": len(careful), "rises": rises,
            "small_rises": int(np.count_nonzero(careful > 0)),
        }  # fmt: skip

    @claim
    def bounded_curvature(self, race: Race) -> tuple[bool, Values]:
        circles = race.trajectories[:2]
        safe = np.concatenate([below_the_limit(race.landscape, path) for path in circles])
        rises = np.concatenate([np.diff(path.losses) > 0 for path in circles])
        return bool(safe.any()) and not (safe & rises).any(), {
            "steps": safe.size, "safe": int(safe.sum()), "safe_rises": int((safe & rises).sum()),
            "others": int((~safe).sum()), "rises": int((~safe & rises).sum()),
        }  # fmt: skip

    @claim
    def orders(self, _race: Race) -> tuple[bool, Values]:
        scenario, radii = self.scenario, np.array([self.radius, self.radius / 2])
        (wide, near), (wide2, near2) = (
            model_error(scenario.landscape, scenario.point, radii, order) for order in (1, 2)
        )
        if near2 <= TRUST * rounding(scenario.landscape, scenario.point):
            return False, {"wide": wide, "near": near, "wide2": 0.0, "near2": 0.0}
        first, second = wide / near, wide2 / near2
        errors = {"wide": wide, "near": near, "wide2": wide2, "near2": near2}
        return 3 < first < 5 and 6 < second < 10, errors | {"first": first, "second": second}

    @claim
    def newton(self, race: Race) -> tuple[bool, Values]:
        careful, bold, newton = (row.converged_at for row in results(race))
        far = _newton_on_a_bowl()
        first = newton is not None and all(other is None or newton < other for other in (careful, bold))
        return far < 1e-12 and first, {"far": far, "steps": word("never") if newton is None else newton}

    @property
    def radii(self) -> Array:
        """Radii at which the errors of the models can be resolved."""
        return _radii(self.scenario.landscape, self.scenario.point)

    def costs(self) -> list[tuple[str, str, str, str]]:
        """The costs for each of `SIZES`: its label, bytes of the gradient, bytes of the Hessian, operations to solve.

        A Cholesky factorization takes n³/3 operations (Nocedal and Wright 2006, appendix A.1).
        """
        return [
            (shown, _bytes(n * BYTES), _bytes(n * n * BYTES), printed(f"{n**3 / 3:.0e}")) for shown, n in SIZES.items()
        ]

    @predict(
        options=("valley", "hill", "away"),
        link={
            "surface": "himmelblau",
            "start": "-0.5,-1.2",
            "lanes": "gradient_descent(learning_rate=0.01),newton",
            "steps": "30",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        plain, newton = (row.final_loss for row in results(race))
        begin = float(race.trajectories[1].losses[0])
        (x0, x1), (y0, y1) = race.landscape.domain
        x, y = race.trajectories[1].points[-1]
        here = bool(x0 <= x <= x1 and y0 <= y <= y1)
        right = "away" if not here else "hill" if newton > begin else "valley"
        return right, {"end": newton, "begin": begin, "plain": plain}

    @goal(
        link={
            "surface": "elliptic_bowl(condition=7,angle=30)",
            "start": "-1.7,0.4",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "steps": "80",
        },
        fixed=("surface", "start", "noise", "steps"),
        solution={"lanes": "gradient_descent(learning_rate=0.28)"},
    )
    def never_rises(self, race: Race) -> tuple[bool, Values]:
        plain = only(race, GradientDescent)
        values = {"rate": rate_of(race) if plain else math.nan, "rises": _rises(race)}
        return plain and is_largest_rate(race, lambda each: not _rises(each)), values

    @goal(
        link={"surface": "himmelblau", "start": "3.5,2.5", "lanes": "newton", "steps": "30"},
        fixed=("surface", "lanes", "noise", "steps"),
        solution={"start": "0.5,2.2"},
    )
    def ends_at_a_saddle(self, race: Race) -> tuple[bool, Values]:
        away = distance(race.trajectories[0].points, race.landscape.saddles)
        begin, end = float(away[0]), float(away[-1])
        return begin >= APART and end <= NEAR, {"apart": APART, "begin": begin, "end": end}

    @goal(
        link={"surface": "mccormick", "start": "-1.2,3.2", "lanes": "newton", "steps": "40"},
        fixed=("surface", "start", "noise", "steps"),
        solution={"lanes": "newton(damping=1)"},
    )
    def damped(self, race: Race) -> tuple[bool, Values]:
        converged = bool(convergence(race.landscape, race.trajectories[0]).lowest)
        return only(race, Newton) and converged, {"loss": float(race.trajectories[0].losses[-1])}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "two_rates": {
            "surface": "elliptic_bowl(condition=10,angle=30)",
            "start": "-1.7,0.4",
            "lanes": 'gradient_descent(learning_rate=0.19,name="0.19"),'
            'gradient_descent(learning_rate=0.21,name="0.21")',
            "steps": "80",
        },
        "rosenbrock": {
            "surface": "rosenbrock",
            "lanes": "gradient_descent(learning_rate=0.001),conjugate_gradient,newton",
            "steps": "500",
        },
        "shrinking": {
            "surface": "rosenbrock(b=10)",
            "start": "-1.5,2",
            "lanes": 'clipping(inner=gradient_descent(learning_rate=1*inverse_sqrt),max_norm=0.3,name="shrinking"),'
            'clipping(inner=gradient_descent(learning_rate=1),max_norm=0.3,name="constant")',
            "steps": "300",
        },
    }


def _circle(radius: float) -> str:
    """Return an entry whose steps go `radius` downhill, or by the gradient where that is shorter."""
    return f'clipping(inner=gradient_descent(learning_rate=1),max_norm={radius},name="R = {radius:g}")'


def _bytes(count: int) -> str:
    """Return a number of bytes with the prefix of its power of 1000, such as 8 TB."""
    power = (len(str(count)) - 1) // 3
    return f"{count // 1000**power} {PREFIXES[power]}B"


def below_the_limit(landscape: Landscape, path: Trajectory) -> NDArray[np.bool_]:
    """Return whether the curvature along each step is at most 2 / eta, where eta is |step| / |gradient|: (steps).

    Such a step against the gradient g cannot raise the loss: by Taylor's theorem the loss changes by
    -eta |g|² + eta² c |g|² / 2, where c is the curvature along the step at some point of it. The curvature is measured
    at `ALONG` points. A step of length 0 counts.
    """
    at, step = path.points[:-1].T, np.diff(path.points, axis=0).T
    share = np.linspace(0, 1, ALONG).reshape(-1, 1)
    with np.errstate(all="ignore"):
        hessian: Any = landscape.hessian(at[:, None, :] + share * step[:, None, :])
        x, y = step
        bends = x * x * hessian[0, 0] + 2 * x * y * hessian[0, 1] + y * y * hessian[1, 1]
        return bends.max(axis=0) <= 2 * norm(step) * norm(landscape.gradient(at))


def _rises(race: Race) -> int:
    return int(np.count_nonzero(np.diff(race.trajectories[0].losses) > 0))


@lru_cache(maxsize=1)
def _newton_on_a_bowl() -> float:
    """Return the distance of Newton's method from the minimum of the lesson's bowl after one step."""
    path = race(replace(Taylor(ground="bowl").scenario, steps=1)).trajectories[2]
    return float(norm(path.points[1]))


@lru_cache(maxsize=32)
def _radii(landscape: Landscape, point: Point) -> Array:
    return resolvable_radii(landscape, point, landscape.domain)
