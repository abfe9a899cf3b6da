from collections.abc import Mapping
from dataclasses import dataclass
from math import acos, degrees
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.plain import is_constant
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race
from landscapes import Landscape
from optim_core import OPTIMIZERS, Trajectory, knob, run
from optim_core.objective import Array, norm

PROBE = 1e-4
"""Distance from the path at which the heights are compared, in units of the map."""
FAINT = 1e-9
"""Length below which a step has no reliable direction, because of rounding."""
COARSE, FINE, FACTOR = 0.05, 0.005, 10
"""The two rates of the prediction, and how many times as many steps the smaller one takes."""
OPPOSITE = (-3.78, -3.28)
"""The minimum of Himmelblau's function opposite to that at (3, 2)."""
BOWL = {"surface": "elliptic_bowl(condition=6,angle=30)", "start": "1.2,1.6", "steps": "80"}
HIMMELBLAU = {"surface": "himmelblau", "lanes": "gradient_descent(learning_rate=0.005)", "steps": "200"}


@final
@dataclass(frozen=True)
class GradientDescent(RaceLesson):
    """Gradient descent in an elongated bowl, with its arrow: what the downhill direction is and what it is not."""

    number: ClassVar[int] = 1
    icon: ClassVar[str] = ":material/south_east:"
    source: ClassVar[str] = (
        "Cauchy 1847, Méthode générale pour la résolution des systèmes d'équations simultanées; "
        "Nocedal and Wright 2006, Numerical Optimization, section 2.2"
    )
    about: ClassVar[frozenset[str]] = frozenset({"gradient_descent"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"arrows": True})

    learning_rate: float = knob(
        0.05, 0.005, 0.5, symbol=r"\eta", scale="log", help="The length of a step divided by that of the gradient."
    )
    condition: float = knob(
        6.0, 1.0, 20.0, symbol=r"\kappa", help="The curvature across the bowl divided by that along it; 1 is round."
    )

    def link(self) -> Mapping[str, str]:
        return BOWL | {
            "surface": f"elliptic_bowl(condition={self.condition},angle=30)",
            "lanes": f"gradient_descent(learning_rate={self.learning_rate})",
        }

    @property
    def point(self) -> tuple[float, float]:
        """The start of the race, which the enlarged map shows."""
        return self.scenario.point

    @property
    def arrows(self) -> Mapping[str, tuple[float, float]]:
        """Three steps from the start in different directions, by name, all with the length of the first step."""
        landscape, point = self.scenario.landscape, np.array(self.point)
        step = -self.learning_rate * landscape.gradient(point)
        way = np.array(landscape.minima[0]) - point
        with np.errstate(invalid="ignore"):  # at the minimum the direction to it is 0 / 0
            way = way * norm(step) / norm(way)
        ways = {"down": step, "level": np.array([-step[1], step[0]]), "minimum": way}
        return {name: (float(way[0]), float(way[1])) for name, way in ways.items()}

    @property
    def changes(self) -> Mapping[str, float]:
        """The change of the loss for each of `arrows`, by name."""
        landscape, point = self.scenario.landscape, np.array(self.point)
        here = landscape.value(point)
        return {name: float(landscape.value(point + way) - here) for name, way in self.arrows.items()}

    @claim
    def perpendicular(self, race: Race) -> tuple[bool, Values]:
        angles = crossings(race.landscape, race.trajectories[0])
        return angles.size > 0 and bool((angles > 89.9).all()), {"angle": angles.min(initial=90.0)}

    @claim(names="start")
    def misses(self, race: Race) -> tuple[bool, Values]:
        miss = first_miss(race)
        return miss > 1, {"miss": miss}

    @claim
    def falls(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[0]
        losses = path.losses[: int(path.last_step) + 1]
        rising = rises(losses)
        first, last = float(losses[0]), float(losses[-1])
        return not rising.size and last < first, {"first": first, "last": last, "step": int(rising[:1].sum()) + 1}

    @claim
    def rests(self, _race: Race) -> tuple[bool, Values]:
        scenario = self.scenario
        moved = travelled(scenario.landscape, scenario.landscape.minima[0], self.learning_rate, scenario.steps)
        return moved == 0, {"steps": scenario.steps, "moved": f"{moved:g}"}

    @predict(
        options=("straight", "same", "short"),
        link=BOWL
        | {
            "lanes": f'gradient_descent(learning_rate={COARSE},name="{COARSE}"),'
            f'gradient_descent(learning_rate={FINE},name="{FINE}")',
            "steps": str(80 * FACTOR),
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        coarse, fine = (path.points for path in race.trajectories)
        coarse, minimum = coarse[: (len(fine) - 1) // FACTOR + 1], np.array(race.landscape.minima[0])
        first = float(norm(minimum - fine[0]))
        away = {name: float(norm(path[-1] - minimum)) / first for name, path in (("coarse", coarse), ("fine", fine))}
        apart = float(distances(coarse, fine).max()) / first
        bend = float(distances(fine, np.array([fine[0], minimum])).max()) / first
        values = {"apart": apart, "bend": bend, **away}
        if away["fine"] > 2 * away["coarse"]:
            return "short", values
        return ("straight" if bend < apart else "same"), values

    @goal(
        link=BOWL | {"lanes": "gradient_descent(learning_rate=0.05)"},
        fixed=("surface", "start"),
        solution={"lanes": "gradient_descent(learning_rate=0.4)"},
    )
    def uphill(self, race: Race) -> tuple[bool, Values]:
        entry, path = race.scenario.entries[0], race.trajectories[0]
        count = rises(path.losses[: int(path.last_step) + 1]).size
        return is_constant(entry) and count > 0, {"rises": count, "steps": int(path.last_step)}

    @goal(
        link=BOWL | {"lanes": "gradient_descent(learning_rate=0.05)"},
        fixed=("surface",),
        solution={"start": "1.3,0.75"},
    )
    def straight(self, race: Race) -> tuple[bool, Values]:
        far, miss = float(norm(np.array(race.scenario.point) - race.landscape.minima[0])), first_miss(race)
        return is_constant(race.scenario.entries[0]) and far >= 0.5 and miss <= 1, {"miss": miss, "far": far}

    @goal(
        link=HIMMELBLAU | {"start": "0,0"},
        fixed=("surface", "lanes", "steps"),
        solution={"start": "-0.8,-1.2"},
    )
    def opposite(self, race: Race) -> tuple[bool, Values]:
        far = float(norm(np.array(race.scenario.point)))
        path = race.trajectories[0]
        x, y = path.points[int(path.last_step)].tolist()
        return far <= 1.5 and float(norm(np.array([x, y]) - OPPOSITE)) < 0.1, {"far": far, "x": x, "y": y}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "valleys": HIMMELBLAU,
        "saddle": {
            "surface": "bounded_saddle",
            "start": "0,0",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "steps": "200",
        },
        "plateau": {"surface": "plateau", "lanes": "gradient_descent(learning_rate=0.1)", "steps": "500"},
    }


def crossings(landscape: Landscape, path: Trajectory) -> Array:
    """Return the angle between each step and the contour line at its start, in degrees, shape (steps that moved).

    The direction of the contour line is computed without the gradient, from differences of the height ahead and behind,
    left and right.
    """
    points = path.points[: int(path.last_step) + 1]
    step = np.diff(points, axis=0).T
    moved = (norm(step) > FAINT) & np.isfinite(step).all(axis=0)
    here, ahead = points[:-1].T[:, moved], step[:, moved] / norm(step[:, moved])
    left = np.array([-ahead[1], ahead[0]])
    along, across = (landscape.value(here + PROBE * way) - landscape.value(here - PROBE * way) for way in (ahead, left))
    return np.degrees(np.arctan2(np.abs(along), np.abs(across)))


def rises(losses: Array) -> NDArray[np.intp]:
    """Return the indices of the losses that the next step does not lower.

    Losses below the smallest normal number have too few digits to be compared.
    """
    return np.flatnonzero(~(np.diff(losses) < 0) & (losses[:-1] > np.finfo(float).tiny))


def distances(points: Array, line: Array) -> Array:
    """Return the distance of each point, (n, 2), from the polygonal line through the points of `line`, (m, 2)."""
    start, way = line[:-1], np.diff(line, axis=0)
    length = np.maximum((way * way).sum(axis=1), np.finfo(float).tiny)
    offset = points[:, None] - start
    share = np.clip((offset * way).sum(axis=2) / length, 0, 1)
    return np.asarray(norm((offset - share[..., None] * way).transpose(2, 0, 1)).min(axis=1))


def first_miss(race: Race) -> float:
    """Return the angle between the first step and the direction to the minimum, in degrees; 0 without a first step."""
    points = race.trajectories[0].points
    step, way = points[1] - points[0], np.array(race.landscape.minima[0]) - points[0]
    lengths = float(norm(step) * norm(way))
    return degrees(acos(max(-1.0, min(1.0, float(step @ way) / lengths)))) if lengths else 0.0


def travelled(landscape: Landscape, start: tuple[float, float], learning_rate: float, steps: int) -> float:
    """Return the distance of gradient descent from its start after a number of steps."""
    path = run(landscape, OPTIMIZERS["gradient_descent"](learning_rate=learning_rate), start, steps)
    return float(norm(path.points[-1] - path.points[0]))
