from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES
from landscapes.critical_points import Kind, classify
from optim_core import OPTIMIZERS, GradientDescent, Trajectory, knob, run
from optim_core.objective import norm
from optim_core.samplers.gradient_noise import GradientNoise

ZERO = 1e-3
"""Magnitude below which a gradient or a curvature counts as zero."""
ADAM_RATE = 0.05
SEEDS = 100
RIDGE_NOISE = 1e-6
RIDGE_STARTS = 41
FAR = 1e-3
"""The larger of two distances from the ridge of the saddle."""
RATES = np.geomspace(1e-3, 1e5, 161)
"""The constant rates that are tried on the plateau."""
GRID, LONG = 31, 600
"""The starts along each axis, and the steps, with which other methods are compared around local minima."""
SOON = 100
"""The number of steps in which a task asks to cross the plateau."""
NEARBY = 1e-3
"""Radius of the circle on which heights are compared with that of a critical point, relative to the domain."""
NAMES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MINIMUM: word("a minimum"),
        Kind.SADDLE: word("a saddle point"),
        Kind.MAXIMUM: word("a maximum"),
        Kind.FLAT: word("too small for their signs to mean anything"),
    }
)


class Spot(NamedTuple):
    """A surface, a start and a learning rate with which gradient descent gets stuck."""

    surface: str
    start: tuple[float, float]
    rate: float
    kind: Kind


SPOTS: Mapping[str, Spot] = MappingProxyType(
    {
        "minimum": Spot("three_hump_camel", (1.9, 0.8), 0.05, Kind.MINIMUM),
        "saddle": Spot("bounded_saddle", (-1.6, 0.0), 0.1, Kind.SADDLE),
        "plateau": Spot("plateau", (-4.0, 1.5), 0.1, Kind.FLAT),
        "top": Spot("styblinski_tang", LANDSCAPES["styblinski_tang"].maxima[0], 0.005, Kind.MAXIMUM),
    }
)


@dataclass(frozen=True)
class Stop:
    """The end of a run of gradient descent, with the loss, the gradient norm and both curvatures there."""

    point: tuple[float, float]
    loss: float
    slope: float
    curvatures: tuple[float, float]
    kind: Kind

    @property
    def values(self) -> Values:
        """The numbers for a caption."""
        low, high = self.curvatures
        return {"loss": self.loss, "slope": self.slope, "low": low, "high": high}


@final
@dataclass(frozen=True)
class Limits(RaceLesson):
    """Gradient descent in the fog, at the four kinds of points where it gets stuck; Adam beside it on request."""

    number: ClassVar[int] = 7
    icon: ClassVar[str] = ":material/foggy:"
    source: ClassVar[str] = (
        "Dauphin et al. 2014, Identifying and attacking the saddle point problem; Lee et al. 2016, Gradient descent "
        "only converges to minimizers; Ruder 2016, An overview of gradient descent optimization algorithms"
    )
    about: ClassVar[frozenset[str]] = frozenset({"saddle", "bounded_saddle", "monkey_saddle", "plateau"})
    fog: ClassVar[float | None] = 0.07

    place: str = choice(
        "minimum",
        {"minimum": "Local minimum", "saddle": "Saddle point", "plateau": "Plateau", "top": "Maximum"},
        help="Four surfaces and four places at which the gradient vanishes.",
    )
    offset: float = knob(0.0, 0.0, 0.1, symbol=r"\delta", help="Moves the start sideways: off the ridge, off the top.")
    noise: float = knob(0.0, 0.0, 0.01, symbol=r"\sigma^2", help="The variance of normal noise added to each gradient.")
    adam: bool = knob(False, symbol=r"\text{Adam}", help="Whether Adam also runs, from the same start.")

    def link(self) -> Mapping[str, str]:
        spot = SPOTS[self.place]
        x, y = spot.start
        noise = {"noise": f"gradient_noise(eta={self.noise},gamma=0)"} if self.noise else {}
        beside = f",adam(learning_rate={ADAM_RATE})" if self.adam else ""
        return noise | {
            "surface": spot.surface,
            "start": f"{x!r},{y + self.offset!r}",
            "lanes": f"gradient_descent(learning_rate={spot.rate}){beside}",
            "steps": "200",
        }

    @claim(names="start")
    def stuck(self, race: Race) -> tuple[bool, Values]:
        path, stop = race.trajectories[0], stop_of(race)
        gap = stop.loss - (race.landscape.minimum_value or 0.0)
        stands = float(norm(path.points[-1] - path.points[-51])) < ZERO
        held = stop.slope < ZERO and stands and gap > 0.01
        return held, {"loss": stop.loss, "slope": stop.slope, "gap": gap, "steps": path.steps}

    @claim
    def told_apart(self, race: Race) -> tuple[bool, Values]:
        stop = stop_of(race)
        low, high = stop.curvatures
        told = stop.slope < ZERO and stop.kind is not Kind.FLAT and stop.kind is SPOTS[self.place].kind
        return told, {"low": low, "high": high, "kind": NAMES[stop.kind]}

    @claim
    def all_level(self, _race: Race) -> tuple[bool, Values]:
        slope = max(stop.slope for stop in stops().values())
        return slope < ZERO, {"slope": slope}

    @claim
    def signs_are_right(self, _race: Race) -> tuple[bool, Values]:
        count, wrong, silent = _signs_against_heights()
        facts = {"count": count, "wrong": wrong, "silent": silent, "surfaces": len(LANDSCAPES)}
        return wrong == 0 and count > 100 * silent, facts

    @claim
    def ridge(self, _race: Race) -> tuple[bool, Values]:
        count, stay, left = _on_the_ridge()
        facts = {
            "count": count,
            "stay": stay,
            "left": left,
            "seeds": SEEDS,
            "variance": RIDGE_NOISE,
            "steps": Limits().scenario.steps,
        }
        return stay == count and left > 0.9 * SEEDS, facts

    @claim
    def grows(self, _race: Race) -> tuple[bool, Values]:
        growth, (soon, late) = _beside_the_ridge()
        return 0 < soon < late < 3 * soon, {"growth": growth, "far": FAR, "soon": soon, "late": late}

    @claim
    def no_rate(self, _race: Race) -> tuple[bool, Values]:
        found, adam = _across_the_plateau()
        steps = Limits().scenario.steps
        facts = {"count": len(RATES), "low": float(RATES[0]), "high": float(RATES[-1]), "steps": steps}
        told = {"rate": ADAM_RATE, "found": found, "adam": word("never") if adam is None else adam}
        return found == 0 and adam is not None, facts | told

    @claim
    def other_routes(self, _race: Race) -> tuple[bool, Values]:
        facts = _other_routes()
        _held, _free, *found, adam_lost, heavy_lost = facts.values()
        return max(found) < 0.5 and min(adam_lost, heavy_lost) > 0.05, dict(facts)

    def stops(self) -> Mapping[str, Stop]:
        """The end of gradient descent on each of the four surfaces, by the name of the place."""
        return stops()

    def races(self) -> Mapping[str, Race]:
        """The races that end at `stops`, with Adam, by the name of the place."""
        return _races()

    @predict(
        options=("small", "large", "neither"),
        link={
            "surface": "plateau",
            "start": "-4,1.5",
            "lanes": 'gradient_descent(learning_rate=0.9,name="0.9"),gradient_descent(learning_rate=9,name="9")',
            "steps": "200",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        small, large = results(race)
        right = "small" if small.converged_at else "large" if large.converged_at else "neither"
        slow, fast = (path.points for path in race.trajectories)
        return right, {
            "slope": float(norm(race.landscape.gradient(slow[0]))),
            "slow": float(norm(slow[-1] - slow[0])),
            "jump": float(norm(np.diff(fast, axis=0).T).max()),
            "steps": race.scenario.steps,
        }

    @goal(
        link={
            "surface": "three_hump_camel",
            "start": "1.9,0.8",
            "lanes": "gradient_descent(learning_rate=0.05)",
            "steps": "300",
        },
        fixed=("surface", "start", "steps", "noise"),
        solution={"lanes": "gradient_descent(learning_rate=0.2)"},
    )
    def escape(self, race: Race) -> tuple[bool, Values]:
        met = all(isinstance(entry.optimizer, GradientDescent) for entry in race.scenario.entries)
        lowest = [bool(convergence(race.landscape, path).lowest) for path in race.trajectories]
        return met and any(lowest), {"loss": min(float(row.final_loss) for row in results(race))}

    @goal(
        link={
            "surface": "bounded_saddle",
            "start": "-1.6,0",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "steps": "200",
        },
        fixed=("surface", "start", "steps"),
        solution={"noise": "gradient_noise(eta=0.000001,gamma=0)"},
    )
    def leave_ridge(self, race: Race) -> tuple[bool, Values]:
        plain = [
            path
            for path, entry in zip(race.trajectories, race.scenario.entries, strict=True)
            if isinstance(entry.optimizer, GradientDescent)
        ]
        away = [abs(float(path.points[int(path.last_step), 1])) for path in plain]
        met = any(bool(convergence(race.landscape, path).lowest) for path in plain)
        return met, {"y": max(away, default=0.0)}

    @goal(
        link={
            "surface": "plateau",
            "start": "-4,1.5",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "steps": "200",
        },
        fixed=("surface", "start"),
        solution={"lanes": "adam(learning_rate=0.1)"},
    )
    def cross(self, race: Race) -> tuple[bool, Values]:
        steps = [row.converged_at for row in results(race) if row.converged_at is not None]
        return min(steps, default=SOON) < SOON, {"arrived": min(steps) if steps else word("never")}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "heavier_ball": {
            "surface": "three_hump_camel",
            "start": "1.9,0.8",
            "lanes": "gradient_descent(learning_rate=0.05),"
            'momentum(learning_rate=0.02,momentum=0.97,name="momentum 0.97")',
            "steps": "300",
        },
        "leave_saddle": {
            "surface": "bounded_saddle",
            "start": "-1.6,0.01",
            "lanes": "gradient_descent(learning_rate=0.05),momentum(learning_rate=0.05),adam(learning_rate=0.05),"
            "newton",
            "steps": "200",
        },
        "cross_plateau": {
            "surface": "plateau",
            "start": "-4,1.5",
            "lanes": "gradient_descent(learning_rate=0.1),rmsprop(learning_rate=0.02),adam(learning_rate=0.05),"
            "rprop(learning_rate=0.01)",
            "steps": "300",
        },
        "pits": {
            "surface": "rastrigin",
            "start": "-1.4,1.65",
            "lanes": "gradient_descent(learning_rate=0.002),momentum(learning_rate=0.002),adam(learning_rate=0.05)",
            "steps": "300",
        },
    }


def stop_of(race: Race) -> Stop:
    """Measure the loss, the gradient norm and the curvatures at the end of the race's first entry."""
    path = race.trajectories[0]
    point = path.points[int(path.last_step)]
    low, high = np.linalg.eigvalsh(race.landscape.hessian(point))
    tiny = max(abs(low), abs(high)) < ZERO
    return Stop(
        (float(point[0]), float(point[1])),
        float(path.losses[int(path.last_step)]),
        float(norm(race.landscape.gradient(point))),
        (float(low), float(high)),
        Kind.FLAT if tiny else classify(race.landscape, point),
    )


def stops() -> Mapping[str, Stop]:
    """Return the end of gradient descent for each place, by name."""
    return {place: stop_of(stuck) for place, stuck in _races().items()}


@lru_cache(maxsize=1)
def _races() -> Mapping[str, Race]:
    return MappingProxyType({place: race(Limits(place=place, adam=True).scenario) for place in SPOTS})


@lru_cache(maxsize=1)
def _on_the_ridge() -> tuple[int, int, int]:
    """Return the number of starts on the ridge, how many runs without noise end on it, and how many runs with noise end
    in a valley."""
    scenario = Limits(place="saddle").scenario
    noise, optimizer = GradientNoise(eta=RIDGE_NOISE, gamma=0.0), scenario.entries[0].optimizer
    low, high = scenario.landscape.domain[0]
    starts = np.linspace(low, high, RIDGE_STARTS)
    alone = run(scenario.landscape, optimizer, np.stack([starts, np.zeros(RIDGE_STARTS)]), scenario.steps)
    shaken = run(scenario.landscape, optimizer, scenario.point, scenario.steps, sampler=noise, seed=np.arange(SEEDS))
    stay, left = (alone.points[-1, 1] == 0).sum(), (np.abs(shaken.points[-1, 1]) > 0.9).sum()
    return RIDGE_STARTS, int(stay), int(left)


@lru_cache(maxsize=1)
def _beside_the_ridge() -> tuple[float, tuple[int, int]]:
    """Return the factor of y per step, measured while it is tiny, and the steps from `FAR` and from a thousandth of it
    until y exceeds 0.1."""
    scenario = Limits(place="saddle").scenario
    starts = np.array([[scenario.point[0]] * 2, [FAR, FAR / 1000]])
    y = run(scenario.landscape, scenario.entries[0].optimizer, starts, 2 * scenario.steps).points[:, 1]
    return float(y[50, 1] / y[49, 1]), (int(np.argmax(y[:, 0] > 0.1)), int(np.argmax(y[:, 1] > 0.1)))


@lru_cache(maxsize=1)
def _across_the_plateau() -> tuple[int, int | None]:
    """Return how many of `RATES` bring gradient descent into the hole, and the step at which Adam converges there."""
    there = Limits(place="plateau", adam=True).scenario
    starts = np.repeat(np.array(there.point)[:, None], len(RATES), axis=1)
    path = run(there.landscape, OPTIMIZERS["gradient_descent"](learning_rate=RATES), starts, there.steps)
    return int((convergence(there.landscape, path).step >= 0).sum()), results(_races()["plateau"])[1].converged_at


@lru_cache(maxsize=1)
def _other_routes() -> Mapping[str, float]:
    """Return the number of starts from which gradient descent ends in a local and in the lowest minimum, and the shares
    of them from which Adam and momentum reach, or miss, the lowest one."""
    scenario = Limits().scenario
    landscape = scenario.landscape
    x, y = (np.linspace(low, high, GRID) for low, high in landscape.domain)
    starts = np.stack([each.ravel() for each in np.meshgrid(x, y)])

    def finds(name: str, **settings: float) -> NDArray[np.bool_]:
        path: Trajectory = run(landscape, OPTIMIZERS[name](**settings), starts, LONG)
        return convergence(landscape, path).lowest

    plain = finds("gradient_descent", learning_rate=SPOTS["minimum"].rate)
    adam = finds("adam", learning_rate=ADAM_RATE)
    heavy = finds("momentum", learning_rate=0.02, momentum=0.97)
    return {
        "held": int((~plain).sum()),
        "free": int(plain.sum()),
        "adam": float(adam[~plain].mean()),
        "heavy": float(heavy[~plain].mean()),
        "adam_lost": float((~adam[plain]).mean()),
        "heavy_lost": float((~heavy[plain]).mean()),
    }


@lru_cache(maxsize=1)
def _signs_against_heights() -> tuple[int, int, int]:
    """Compare the signs of the curvatures with the heights around every listed critical point.

    Returns the number of points, of contradictions, and of points where all curvatures are too small to have a sign.
    """
    angles = np.radians(np.arange(0, 360, 5))
    count = wrong = silent = 0
    for landscape in LANDSCAPES.values():
        size = np.array([high - low for low, high in landscape.domain])
        circle = NEARBY * size[:, None] * np.stack([np.cos(angles), np.sin(angles)])
        for point in (np.array(at) for group in landscape.critical_points for at in group):
            rises = landscape.value(point[:, None] + circle) - landscape.value(point)
            seen = Kind.MINIMUM if (rises > 0).all() else Kind.MAXIMUM if (rises < 0).all() else Kind.SADDLE
            told = classify(landscape, point)
            count += 1
            silent += told is Kind.FLAT
            wrong += told is not Kind.FLAT and told is not seen
    return count, wrong, silent
