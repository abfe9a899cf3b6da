from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.quadratic import (
    best_settings,
    convergence_rate,
    critical_momentum,
    critical_step,
    damping,
    envelope,
    iterates,
    largest_step,
)
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscape_lab.experiments.tables import results
from optim_core import OPTIMIZERS, Nesterov, Optimizer, Trajectory, knob
from optim_core.objective import Array, norm

Point = tuple[float, float]

HEAVY = OPTIMIZERS["momentum"]
FLOOR = np.radians(30.0)
"""Direction of the bowl's valley, in radians."""
BOWL = MappingProxyType({"surface": "elliptic_bowl(condition=100,angle=30)", "start": "-1.9,-0.6", "steps": "250"})
"""The bowl of the lesson at its default settings."""
QUICK = 40
"""The number of steps in which a task asks to converge."""
OVERSHOOT = 1e-6
"""Share of the initial distance up to which a run counts as not overshooting."""
RATE = 0.01
"""The rate 1 / lambda_2 of momentum in this bowl."""
FEWER = 0.01
"""Factor by which the smaller rate of the round bowl is below the best one."""


@final
@dataclass(frozen=True)
class Momentum(RaceLesson):
    """Comparison of plain descent, momentum and Nesterov's look-ahead in an elongated bowl and on a plateau."""

    number: ClassVar[int] = 8
    icon: ClassVar[str] = ":material/sports_score:"
    source: ClassVar[str] = "Polyak 1964; Nesterov 1983; Sutskever et al. 2013; Goh 2017, Why Momentum Really Works"
    about: ClassVar[frozenset[str]] = frozenset({"momentum", "nesterov"})

    ground: str = choice(
        "ravine",
        {"ravine": "Ravine", "plateau": "Plateau"},
        help="A long, narrow bowl, or an almost flat surface with one hole.",
    )
    momentum: float = knob(
        0.9, 0.0, 0.99, symbol=r"\gamma", help="The fraction of the last step that is kept in the next one."
    )
    condition: float = knob(
        100.0,
        2.0,
        1000.0,
        symbol=r"\kappa",
        scale="log",
        help="The ratio of the curvatures across and along the valley.",
    )

    @property
    def curvatures(self) -> tuple[float, float]:
        """The smaller and the larger curvature at the minimum."""
        return (1.0, self.condition) if self.ground == "ravine" else (1.0, 2.0)

    @property
    def plain_rate(self) -> float:
        """The best rate for gradient descent on a quadratic with these curvatures: 2 / (lambda_1 + lambda_2)."""
        return _short(2 / sum(self.curvatures))

    @property
    def rate(self) -> float:
        """The rate of the two methods with momentum: 1 / lambda_2, about half of `plain_rate`."""
        return _short(1 / self.curvatures[1])

    def link(self) -> Mapping[str, str]:
        rate, momentum = f"learning_rate={self.rate}", f"momentum={self.momentum}"
        entries = f"gradient_descent(learning_rate={self.plain_rate}),momentum({rate},{momentum})"
        bowl = {"surface": f"elliptic_bowl(condition={self.condition},angle=30)", "start": "-1.9,-0.6"}
        place = bowl if self.ground == "ravine" else {"surface": "plateau", "start": "-4,0.9"}
        return place | {"lanes": f"{entries},nesterov({rate},{momentum})", "steps": "250"}

    def turned(self, path: Trajectory) -> tuple[Array, Array]:
        """Return the path along the gentle and along the steep direction of the minimum, shape (steps + 1) each."""
        x, y = path.points.T
        if self.ground == "plateau":
            return x, y
        return np.cos(FLOOR) * x + np.sin(FLOOR) * y, np.cos(FLOOR) * y - np.sin(FLOOR) * x

    @claim
    def faster(self, race: Race) -> tuple[bool, Values]:
        plain, momentum, nesterov = (row.converged_at for row in results(race))
        sooner = [step is not None and (plain is None or step < plain) for step in (momentum, nesterov)]
        steps = {"plain": plain, "momentum": momentum, "nesterov": nesterov}
        return all(sooner), {name: _told(step) for name, step in steps.items()}

    @claim
    def adds_up(self, race: Race) -> tuple[bool, Values]:
        plain, momentum, _nesterov = (
            float(np.nanmax(np.abs(np.diff(self.turned(path)[0])))) for path in race.trajectories
        )
        times = momentum / plain if plain else np.inf
        return plain > 0 and times > 2, {"times": times, "longest": momentum, "plain": plain}

    @claim
    def overshoots(self, race: Race) -> tuple[bool, Values]:
        _plain, momentum, nesterov = ([_past(way) for way in self.turned(path)] for path in race.trajectories)
        more = all(mine > other for mine, other in zip(momentum, nesterov, strict=True))
        return more, dict(zip(("swing", "swing_across", "look", "look_across"), [*momentum, *nesterov], strict=True))

    @claim
    def solved(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[1]
        ways = zip(self.turned(path), self.curvatures, strict=True)
        off = [np.abs(iterates(self.rate * bend, self.momentum, path.steps, way[0]) - way) for way, bend in ways]
        error = float(np.max(off))
        return error < 1e-4, {"error": error}

    @claim
    def crosses_the_plateau(self, _race: Race) -> tuple[bool, Values]:
        there = _on_the_plateau(self.momentum)
        plain, momentum, _nesterov = results(there)
        stuck = plain.final_loss > 0.9 * float(there.trajectories[0].losses[0])
        return stuck and momentum.converged_at is not None, {
            "momentum": _told(momentum.converged_at),
            "loss": plain.final_loss,
            "steps": there.scenario.steps,
        }

    @claim
    def round_bowl(self, _race: Race) -> tuple[bool, Values]:
        plain, momentum = _in_a_round_bowl(self.momentum)
        slow, fast = (float(convergence_rate(FEWER, gamma)) for gamma in (0.0, self.momentum))
        facts = {"plain": _told(plain), "momentum": _told(momentum), "slow": slow, "fast": fast}
        return plain == 1 and (momentum is None or momentum > 10) and fast < slow, facts

    def parting(self, race: Race) -> tuple[Point, tuple[tuple[str, Point, Point | None], ...]]:
        """Return the point of momentum's path where the look-ahead matters most, and the parts of both steps.

        The parts are arrows from that point: a name, a vector and a tail each. The tail None stands for the point.
        """
        path = race.trajectories[1]
        points = path.points[: int(path.last_step) + 1].T
        carried = self.momentum * np.diff(points, axis=1)
        here, ahead = points[:, 1:], points[:, 1:] + carried
        plain, looked = (-self.rate * race.landscape.gradient(at) for at in (here, ahead))
        t = int(norm(looked - plain).argmax())
        at, tip = _point(here[:, t]), _point(ahead[:, t])
        return at, (
            (word("both methods: −γ m"), _point(carried[:, t]), None),
            (word("momentum: −η × gradient here"), _point(plain[:, t]), tip),
            (word("Nesterov: −η × gradient at the tip"), _point(looked[:, t]), tip),
        )

    def regimes(self) -> tuple[tuple[Sentence, Array, Array | None], ...]:
        """Return runs along the valley with less than the critical momentum, with the critical one and with the knob's.

        A run is a label, its positions from 1 and its envelope, shape (steps + 1) each. Only the last has an envelope.
        """
        a = self.rate * self.curvatures[0]
        critical = float(critical_momentum(a))
        steps = self.scenario.steps // 2
        return tuple(
            (
                Sentence("momentum {momentum:.3g}: {damping}", {"momentum": gamma, "damping": damping(a, gamma).value}),
                iterates(a, gamma, steps),
                around,
            )
            for gamma, around in (
                (0.6 * critical, None),
                (critical, None),
                (self.momentum, envelope(a, self.momentum, steps)),
            )
        )

    @property
    def rate_map(self) -> "RateMap":
        """The convergence rate of every combination of momentum and of rate times curvature."""
        return _rate_map()

    @property
    def places(self) -> list[tuple[float, float]]:
        """The points of the valley's two directions on `rate_map`: learning rate times curvature, and momentum."""
        return [(self.rate * bend, self.momentum) for bend in self.curvatures]

    @property
    def best(self) -> Sentence:
        """A sentence with the best settings of momentum for the curvatures and their gain over gradient descent."""
        low, high = self.curvatures
        rate, momentum = best_settings(low, high)
        plain, heavy = (
            max(float(convergence_rate(eta * bend, gamma)) for bend in (low, high))
            for eta, gamma in ((2 / (low + high), 0.0), (rate, momentum))
        )
        return Sentence(
            "For the curvatures {low:g} and {high:g} these are the rate {rate:.3g} and the momentum {momentum:.3g}. In "
            "the long run a step leaves {heavy:.3g} of the distance, a step of gradient descent {plain:.3g}.",
            {"low": low, "high": high, "rate": rate, "momentum": momentum, "heavy": heavy, "plain": plain},
        )

    @predict(
        options=("heavy", "plain", "same"),
        link={
            "surface": "elliptic_bowl(condition=1,angle=0)",
            "start": "-1.7,1",
            "lanes": "momentum(learning_rate=1,momentum=0.9),gradient_descent(learning_rate=1)",
            "steps": "100",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        heavy, plain = (row.converged_at for row in results(race))
        right = "same" if heavy == plain else "plain" if heavy is None or (plain and plain < heavy) else "heavy"
        small = [f"{entry.text.split('(')[0]}(learning_rate={FEWER})" for entry in race.scenario.entries]
        slower = {**self.prediction.link, "lanes": ",".join(small), "steps": "500"}
        fast, slow = (row.converged_at for row in results(race_of(slower)))
        return right, {"plain": _told(plain), "momentum": _told(heavy), "slow": _told(slow), "fast": _told(fast)}

    @goal(
        link=BOWL | {"lanes": "momentum(learning_rate=0.01,momentum=0.9)"},
        fixed=("surface", "start", "noise"),
        solution={"lanes": "momentum(learning_rate=0.03,momentum=0.7)"},
    )
    def quick(self, race: Race) -> tuple[bool, Values]:
        steps = [
            row.converged_at
            for row, entry in zip(results(race), race.scenario.entries, strict=True)
            if isinstance(entry.optimizer, HEAVY | Nesterov) and row.converged_at is not None
        ]
        return min(steps, default=QUICK) < QUICK, {"arrived": _told(min(steps, default=None))}

    @goal(
        link=BOWL | {"lanes": "momentum(learning_rate=0.01,momentum=0.9)"},
        fixed=("surface", "start", "steps", "noise"),
        solution={"lanes": "momentum(learning_rate=0.01,momentum=0.81)"},
    )
    def critical(self, race: Race) -> tuple[bool, Values]:
        entry, path = _first(race, HEAVY)
        momentum, rate = (float(getattr(entry.optimizer, name, 0.0)) for name in ("momentum", "learning_rate"))
        past = _past(Momentum().turned(path)[0])
        more = float(max(0.0, -iterates(RATE, min(momentum + 0.01, 1.0), path.steps).min()))
        met = isinstance(entry.optimizer, HEAVY) and rate == RATE and not entry.schedules
        return met and past <= OVERSHOOT < more, {"momentum": momentum, "past": past, "more": more}

    @goal(
        link=BOWL | {"lanes": "nesterov(learning_rate=0.01,momentum=0.9)"},
        fixed=("surface", "start", "steps", "noise"),
        solution={"lanes": "nesterov(learning_rate=0.013,momentum=0.9)"},
    )
    def limit(self, race: Race) -> tuple[bool, Values]:
        entry, path = _first(race, Nesterov)
        # The first step is the rate times the gradient, as the velocity starts at zero.
        rate = _short(float(norm(path.points[1] - path.points[0]) / norm(race.landscape.gradient(path.points[0]))))
        arrived = int(convergence(race.landscape, path).step)
        larger = race_of(BOWL | {"lanes": f"nesterov(learning_rate={min(rate + 0.001, 1.0)},momentum=0.9)"})
        right = isinstance(entry.optimizer, Nesterov) and entry.optimizer.momentum == 0.9
        met = right and not entry.schedules and arrived >= 0 and results(larger)[0].converged_at is None
        return met, {"rate": rate, "arrived": _told(arrived if arrived >= 0 else None)}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "best_settings": BOWL
        | {
            "lanes": "gradient_descent(learning_rate=0.0198),momentum(learning_rate=0.0331,momentum=0.669),"
            "nesterov(learning_rate=0.0133,momentum=0.794)",
        },
        "three_momenta": BOWL
        | {
            "lanes": "momentum(learning_rate=0.01,momentum=0.5),momentum(learning_rate=0.01,momentum=0.81),"
            "momentum(learning_rate=0.01,momentum=0.95)",
        },
        "banana": {
            "surface": "rosenbrock",
            "lanes": "gradient_descent(learning_rate=0.001),momentum(learning_rate=0.001),"
            "nesterov(learning_rate=0.001)",
            "steps": "800",
        },
        "saddle": {
            "surface": "bounded_saddle",
            "lanes": "gradient_descent(learning_rate=0.02),momentum(learning_rate=0.02)",
            "steps": "250",
        },
    }


@dataclass(frozen=True)
class RateMap:
    """The factor `kept` (m, n) by which a step multiplies the distance to the minimum, on a grid.

    products    learning rate times curvature, (n)
    momenta     momentum, (m)
    critical    product of critical damping for each momentum, (m)
    border      largest stable product for each momentum, (m)
    """

    products: Array
    momenta: Array
    kept: Array
    critical: Array
    border: Array


@lru_cache(maxsize=1)
def _rate_map() -> RateMap:
    products, momenta = np.linspace(0.01, 4, 161), np.linspace(0, 0.99, 100)
    kept = convergence_rate(products, momenta[:, None])
    return RateMap(products, momenta, kept, critical_step(momenta), largest_step(momenta))


def _point(vector: Array) -> Point:
    return float(vector[0]), float(vector[1])


def race_of(link: Mapping[str, str]) -> Race:
    """Run the race of the parts of a link."""
    return race(Scenario.from_query(link))


def _first(race: Race, kind: type[Optimizer]) -> tuple[Entry, Trajectory]:
    """Return the first entry with an optimizer of this kind, or else the first entry, and its path."""
    pairs = list(zip(race.scenario.entries, race.trajectories, strict=True))
    return next((pair for pair in pairs if isinstance(pair[0].optimizer, kind)), pairs[0])


def _told(step: int | None) -> int | str:
    """Return a number of steps, or a word for a run that does not converge."""
    return word("never") if step is None else step


def _short(rate: float) -> float:
    """Round a rate to few digits, as in typed input."""
    return float(f"{rate:.4g}")


def _past(way: Array) -> float:
    """Return the distance that a coordinate goes beyond 0, relative to its start."""
    return float(max(0.0, -np.nanmin(way / way[0]))) if way[0] else 0.0


@lru_cache(maxsize=64)
def _in_a_round_bowl(momentum: float) -> tuple[int | None, int | None]:
    """Return the steps after which gradient descent and momentum converge in a bowl of curvature 1 at rate 1."""
    lanes = f"gradient_descent(learning_rate=1),momentum(learning_rate=1,momentum={momentum})"
    plain, heavy = results(race_of({**Momentum.prediction.link, "lanes": lanes}))
    return plain.converged_at, heavy.converged_at


@lru_cache(maxsize=64)
def _on_the_plateau(momentum: float) -> Race:
    return race(Momentum(ground="plateau", momentum=momentum).scenario)
