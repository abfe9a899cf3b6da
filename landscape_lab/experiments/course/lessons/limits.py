from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, NamedTuple, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, choice, claim, predict
from landscape_lab.experiments.race import Race, race, run_entry
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES
from landscapes.critical_points import Kind, classify
from optim_core import knob, run
from optim_core.objective import norm
from optim_core.samplers.gradient_noise import GradientNoise

ZERO = 1e-3
"""Magnitude below which a gradient or a curvature counts as zero."""
ADAM_RATE = 0.05
SEEDS = 100
RIDGE_NOISE = 1e-6
NEARBY = 1e-3
"""Radius of the circle on which heights are compared with that of a critical point, relative to the domain."""
NAMES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MINIMUM: word("a minimum"),
        Kind.SADDLE: word("a saddle"),
        Kind.MAXIMUM: word("a maximum"),
        Kind.FLAT: word("nothing, so small are they"),
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
    def told(self) -> Sentence:
        """A sentence with these numbers."""
        low, high = self.curvatures
        return Sentence(
            "gradient descent ends at loss {loss:.3f}, gradient {slope:.0e}, curvatures {low:.2g} and {high:.2g}",
            {"loss": self.loss, "slope": self.slope, "low": low, "high": high},
        )


@final
@dataclass(frozen=True)
class Limits(Lesson):
    """Gradient descent and Adam in the fog, at the four kinds of points where gradient descent gets stuck."""

    number: ClassVar[int] = 7
    icon: ClassVar[str] = ":material/foggy:"
    source: ClassVar[str] = (
        "Dauphin et al. 2014, Identifying and attacking the saddle point problem; Lee et al. 2016, Gradient descent "
        "only converges to minimizers"
    )
    about: ClassVar[frozenset[str]] = frozenset({"saddle", "bounded_saddle", "monkey_saddle", "plateau"})
    fog: ClassVar[float | None] = 0.07

    place: str = choice(
        "minimum",
        {"minimum": "Local minimum", "saddle": "Saddle", "plateau": "Plateau", "top": "Top"},
        help="Four surfaces, four places without a slope.",
    )
    offset: float = knob(0.0, 0.0, 0.1, symbol=r"\delta", help="Moves the start sideways: off the ridge, off the top.")
    noise: float = knob(0.0, 0.0, 0.01, symbol=r"\sigma^2", help="The variance of normal noise added to each gradient.")

    def link(self) -> Mapping[str, str]:
        spot = SPOTS[self.place]
        x, y = spot.start
        noise = {"noise": f"gradient_noise(eta={self.noise},gamma=0)"} if self.noise else {}
        return noise | {
            "surface": spot.surface,
            "start": f"{x!r},{y + self.offset!r}",
            "lanes": f"gradient_descent(learning_rate={spot.rate}),adam(learning_rate={ADAM_RATE})",
            "steps": "200",
        }

    @claim
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
        y, left = _on_the_ridge()
        facts = {
            "y": y,
            "left": left,
            "seeds": SEEDS,
            "variance": RIDGE_NOISE,
            "steps": Limits().scenario.steps,
        }
        return y == 0 and left > 0.9 * SEEDS, facts

    def stops(self) -> Mapping[str, Stop]:
        """The end of gradient descent on each of the four surfaces, by the name of the place."""
        return stops()

    def races(self) -> Mapping[str, Race]:
        """The races that end at `stops`, by the name of the place."""
        return _races()

    @predict(
        options=(
            "valley",
            "saddle",
            "away",
        ),
        link={
            "surface": "bounded_saddle",
            "start": "-1.6,1e-6",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "steps": "300",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        y = race.trajectories[0].points[:, 1]
        stop, arrived = stop_of(race), results(race)[0].steps_to_tolerance
        (x0, x1), (y0, y1) = race.landscape.domain
        inside = x0 <= stop.point[0] <= x1 and y0 <= stop.point[1] <= y1
        right = "away" if not inside else "valley" if arrived is not None else "saddle"
        grown = int(np.argmax(np.abs(y) > 0.1)) if (np.abs(y) > 0.1).any() else "no"
        return right, {
            "growth": float(y[1] / y[0]), "steps": grown, "arrived": word("never") if arrived is None else arrived,
        }  # fmt: skip

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "heavier_ball_rolls": {
            "surface": "three_hump_camel",
            "start": "1.9,0.8",
            "lanes": "gradient_descent(learning_rate=0.05),"
            'momentum(learning_rate=0.02,momentum=0.97,name="momentum 0.97")',
            "steps": "300",
        },
        "who_leaves_saddle": {
            "surface": "bounded_saddle",
            "start": "-1.6,0.01",
            "lanes": "gradient_descent(learning_rate=0.05),momentum(learning_rate=0.05),adam(learning_rate=0.05),"
            "newton",
            "steps": "200",
        },
        "over_plateau_with": {
            "surface": "plateau",
            "start": "-4,1.5",
            "lanes": "gradient_descent(learning_rate=0.1),rmsprop(learning_rate=0.02),adam(learning_rate=0.05),"
            "rprop(learning_rate=0.01)",
            "steps": "300",
        },
        "twenty_five_pits": {
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
    return MappingProxyType({place: race(Limits(place=place).scenario) for place in SPOTS})


@lru_cache(maxsize=1)
def _on_the_ridge() -> tuple[float, int]:
    """Return y at the end of the run along the ridge without noise, and how many runs with noise end in a valley."""
    scenario = Limits(place="saddle").scenario
    alone = run_entry(scenario, scenario.entries[0])
    noise, optimizer = GradientNoise(eta=RIDGE_NOISE, gamma=0.0), scenario.entries[0].optimizer
    seeds = np.arange(SEEDS)
    shaken = run(scenario.landscape, optimizer, scenario.point, scenario.steps, sampler=noise, seed=seeds)
    return float(alone.points[-1, 1]), int(np.count_nonzero(np.abs(shaken.points[-1, 1]) > 0.9))


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
