from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.convergence import convergence
from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscapes import Landscape
from landscapes.critical_points import Point
from optim_core import OPTIMIZERS, Optimizer, Trajectory, knob, run
from optim_core.metrics import distance
from optim_core.objective import Array
from optim_core.optimizer import get_field, with_field
from optim_core.printed import printed

SETTLED = 100
"""Number of steps after which the distance from the minimum is due to noise and not to the start."""
ROUND = 5
"""Number of fast steps in the figure of a single round."""
RATES = {"gradient_descent": 0.09, "momentum": 0.08, "adam": 0.2}
"""Learning rate of each inner optimizer, large enough for a fast run with strong fluctuations."""
VALLEY = {"surface": "elliptic_bowl(condition=5,angle=30)", "start": "-1.7,1"}
BOWL = {"surface": "bowl", "start": "-1.5,1.2"}
SEEDS = 50
"""Number of runs with noise."""
NOISY_STEPS = 300
NOISE = "gradient_noise(eta=1,gamma=0)"
FAST = f"momentum(learning_rate={RATES['momentum']})"
MOMENTA = np.round(np.linspace(0.3, 0.95, 14), 2)
"""Momentum coefficients at which the inner optimizer is compared with and without Lookahead."""
LESS = 0.5
"""A beta1 of Adam below the usual 0.9, to compare with."""
RATE, STEPS = 0.2, 60
"""Learning rate and number of steps of the comparison of Adam and Nadam."""
NO_WARMUP = 1e9
"""A speed of Nadam's warm-up at which its momentum is beta1 from the first step."""
TOO_LARGE = 0.42
"""A learning rate just above the limit of gradient descent in the valley, 0.4."""
QUICK, STEADY = 22, 0.2
"""The number of steps and the mean squared distance that two goals ask for."""


@final
@dataclass(frozen=True)
class Lookahead(RaceLesson):
    """Comparison of an optimizer alone and inside Lookahead, in a bowl and, separately, with constant noise."""

    number: ClassVar[int] = 16
    icon: ClassVar[str] = ":material/keyboard_return:"
    source: ClassVar[str] = (
        "Zhang et al. 2019, Lookahead optimizer: k steps forward, 1 step back; "
        "Dozat 2016, Incorporating Nesterov momentum into Adam"
    )
    about: ClassVar[frozenset[str]] = frozenset({"lookahead", "nadam"})

    inner: str = choice(
        "momentum",
        {"gradient_descent": "Gradient descent", "momentum": "Momentum", "adam": "Adam"},
        help="The optimizer that makes the fast steps.",
    )
    sync_period: int = knob(5, 1, 50, symbol="k", scale="log", help="The number of fast steps in a round.")
    slow_step_size: float = knob(
        0.5, 0.0, 1.0, symbol=r"\omega", help="The share of the way that the slow weights go: 1 is the inner optimizer."
    )

    def link(self) -> Mapping[str, str]:
        fast = f"{self.inner}(learning_rate={RATES[self.inner]})"
        wrapped = f"inner={fast},sync_period={self.sync_period},slow_step_size={self.slow_step_size}"
        label = f'{self.inner}(learning_rate={RATES[self.inner]},name="fast alone")'
        return VALLEY | {"lanes": f'{label},lookahead({wrapped},name="Lookahead")', "steps": "100"}

    @property
    def round(self) -> tuple[list[Point], list[Point], Point]:
        """One round without noise: the start of each of `ROUND` fast steps, their vectors, and the slow step."""
        fast, wrapped = (entry.optimizer for entry in self.scenario.entries)
        wrapped = replace(wrapped, sync_period=ROUND)
        start, surface = self.scenario.point, self.scenario.landscape
        alone, together = (run(surface, optimizer, start, ROUND).points for optimizer in (fast, wrapped))
        (slow,) = _points(together[-1:] - together[:1])
        return _points(alone[:-1]), _points(np.diff(alone, axis=0)), slow

    @property
    def distances(self) -> tuple[Array, Array]:
        """With noise, the distances of fast steps alone and of slow weights from the minimum, (steps, SEEDS) each."""
        return _distances(self.scenario)

    @property
    def bands(self) -> tuple[list[Array], list[Array], list[Array]]:
        """The quartiles of both distances over the seeds: lows, medians, highs, shape (steps) each."""
        lows, medians, highs = zip(*_quartiles(self.scenario), strict=True)
        return [*lows], [*medians], [*highs]

    @property
    def swings(self) -> list[Array]:
        """The coordinate x relative to its start for the runs of `adams`, shape (steps + 1) each."""
        return [path.points[:, 0] / path.points[0, 0] for path in adams()]

    @property
    def factors(self) -> tuple[Array, list[Array]]:
        """For gradient descent along one direction, learning rate times curvature, and the factor of the distance per
        step: alone, inside Lookahead with the k of the knob, and with k + 1, shape (points) each."""
        products = np.linspace(0.0, 2.5, 126)
        inside = [
            np.abs(round_factor(1 - products, k, self.slow_step_size)) ** (1 / k)
            for k in (self.sync_period, self.sync_period + 1)
        ]
        return products, [np.abs(1 - products), *inside]

    @property
    def by_momentum(self) -> tuple[list[float], list[float]]:
        """The steps to convergence of momentum with each coefficient of `MOMENTA`: alone, and inside Lookahead with the
        settings of the knobs. Infinite for a run that does not converge."""
        scenario, alone = self.scenario, OPTIMIZERS["momentum"](learning_rate=RATES["momentum"], momentum=MOMENTA)
        settings = {"sync_period": self.sync_period, "slow_step_size": self.slow_step_size}
        wrapped = OPTIMIZERS["lookahead"](alone, **settings)
        starts = np.repeat(np.array(scenario.point)[:, None], len(MOMENTA), axis=1)
        runs = (run(scenario.landscape, each, starts, NOISY_STEPS) for each in (alone, wrapped))
        first, second = (_steps(scenario.landscape, path) for path in runs)
        return first, second

    @claim
    def calms_swings(self, race: Race) -> tuple[bool, Values]:
        alone, wrapped = (converged_at(race.landscape, path) for path in race.trajectories)
        holds = wrapped is not None and (alone is None or wrapped < alone)
        return holds, {"alone": _step(alone), "wrapped": _step(wrapped)}

    @claim
    def less_sensitive(self, _race: Race) -> tuple[bool, Values]:
        alone, wrapped = self.by_momentum
        values = {"first": float(MOMENTA[0]), "last": float(MOMENTA[-1]), "rate": RATES["momentum"]}
        values |= {"alone_low": _step(min(alone)), "alone_high": _step(max(alone))}
        values |= {"low": _step(min(wrapped)), "high": _step(max(wrapped))}
        return min(alone) < min(wrapped) < max(wrapped) < max(alone), values

    @claim
    def steadier(self, _race: Race) -> tuple[bool, Values]:
        fast, slow = (float(np.mean(far[SETTLED:] ** 2)) for far in self.distances)
        return slow < 0.8 * fast, {"fast": fast, "slow": slow}

    @claim
    def whole_steps_change_nothing(self, race: Race) -> tuple[bool, Values]:
        whole = with_field(race.scenario.entries[1].optimizer, "slow_step_size", 1.0)
        path = run(race.landscape, whole, race.scenario.point, race.scenario.steps)
        gap = np.abs(path.points - race.trajectories[0].points)
        return bool((gap == 0).all()), {"gap": float(np.nanmax(gap))}

    @claim
    def nadam_has_less_momentum(self, _race: Race) -> tuple[bool, Values]:
        adam, nadam, held, half = (overshoot(path) for path in adams())
        values = {"rate": RATE, "steps": STEPS, "adam": adam, "nadam": nadam, "held": held, "half": half}
        values |= {"points": 100 * (adam - nadam), "ahead": 100 * (adam - held), "last": last_momentum()}
        return half < nadam < held < adam and adam - held < held - nadam, values

    @predict(
        options=("converges", "between", "diverges"),
        link=VALLEY
        | {
            "lanes": f'gradient_descent(learning_rate={TOO_LARGE},name="fast alone"),'
            f'lookahead(inner=gradient_descent(learning_rate={TOO_LARGE}),name="Lookahead")',
            "steps": "60",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        wrapped, path = race.scenario.entries[1].optimizer, race.trajectories[1]
        k, omega = get_field(wrapped, "sync_period"), get_field(wrapped, "slow_step_size")
        q, step = 1 - rate_of(wrapped) * largest_curvature(race.landscape), converged_at(race.landscape, path)
        ends = "between" if path.losses[int(path.last_step)] <= path.losses[0] else "diverges"
        return "converges" if step is not None else ends, {
            "step": _step(step),
            "q": q,
            "k": k,
            "power": q**k,
            "round": round_factor(q, k, omega),
            "even": k - 1,
            "even_power": q ** (k - 1),
            "even_round": round_factor(q, k - 1, omega),
        }

    @goal(
        link=VALLEY | {"lanes": f'{FAST},lookahead(inner={FAST},name="Lookahead")', "steps": "100"},
        fixed=("surface", "start", "steps"),
        solution={"lanes": f'{FAST},lookahead(inner={FAST},sync_period=4,name="Lookahead")'},
    )
    def quick(self, race: Race) -> tuple[bool, Values]:
        found = [converged_at(race.landscape, path) for path in _around_momentum(race)]
        steps = min((step for step in found if step is not None), default=None)
        return steps is not None and steps <= QUICK, {"most": QUICK, "steps": _step(steps)}

    @goal(
        link=VALLEY | {"lanes": "lookahead(inner=gradient_descent(learning_rate=0.1))", "steps": "100"},
        fixed=("surface", "start", "steps"),
        solution={"lanes": "lookahead(inner=gradient_descent(learning_rate=0.44))"},
    )
    def largest_rate(self, race: Race) -> tuple[bool, Values]:
        limit = 2 / largest_curvature(race.landscape)
        pairs = zip(race.scenario.entries, race.trajectories, strict=True)
        entry, path = next((pair for pair in pairs if _is_usual(pair[0].optimizer)), (None, None))
        if entry is None or path is None or len(path.points) < 2:
            return False, {"limit": limit, "rate": word("none"), "step": word("never")}
        rate, step = first_rate(race.landscape, path), converged_at(race.landscape, path)
        larger = with_field(entry.optimizer, "inner.learning_rate", rate + 0.01)
        beyond = run(race.landscape, larger, race.scenario.point, race.scenario.steps)
        met = step is not None and converged_at(race.landscape, beyond) is None and rate > limit
        return met, {"limit": limit, "rate": printed(f"{rate:.3g}"), "step": _step(step)}

    @goal(
        link=VALLEY | {"lanes": f"lookahead(inner={FAST})", "noise": NOISE, "steps": str(NOISY_STEPS)},
        fixed=("surface", "start", "steps", "noise", "seed"),
        solution={"lanes": f"lookahead(inner={FAST},sync_period=2,slow_step_size=0.1)"},
    )
    def steady(self, race: Race) -> tuple[bool, Values]:
        late = [distance(path.points[SETTLED + 1 :], race.landscape.minima) for path in _around_momentum(race)]
        value = min((float(np.mean(far**2)) for far in late if far.size), default=np.inf)
        told = printed(f"{value:.2g}") if np.isfinite(value) else word("none")
        return value <= STEADY, {"most": STEADY, "value": told}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "how_far": VALLEY
        | {
            "lanes": ",".join(f'lookahead(inner={FAST},slow_step_size={w},name="{w}")' for w in (0.2, 0.5, 0.8)),
            "steps": "100",
        },
        "straight": BOWL
        | {
            "lanes": "gradient_descent(learning_rate=0.09),lookahead(inner=gradient_descent(learning_rate=0.09))",
            "steps": "60",
        },
        "nadam": BOWL
        | {
            "lanes": f"adam(learning_rate={RATE}),nadam(learning_rate={RATE}),"
            f'adam(learning_rate={RATE},beta1={LESS},name="Adam, 0.5")',
            "steps": str(STEPS),
        },
        "noisy": VALLEY
        | {
            "lanes": f'momentum(learning_rate={RATES["momentum"]},name="fast alone"),'
            f'lookahead(inner={FAST},name="Lookahead")',
            "noise": NOISE,
            "steps": str(NOISY_STEPS),
        },
    }


def overshoot(path: Trajectory) -> float:
    """Return the distance that x goes beyond 0, relative to its start."""
    x = path.points[:, 0] / path.points[0, 0]
    return float(max(0.0, -np.nanmin(x)))


def converged_at(landscape: Landscape, path: Trajectory) -> int | None:
    """Return the step at which a run has converged; None if it has not."""
    (step,) = _steps(landscape, path)
    return int(step) if np.isfinite(step) else None


def _steps(landscape: Landscape, path: Trajectory) -> list[float]:
    """Return the step at which each run has converged; infinite for a run that has not."""
    steps = np.atleast_1d(convergence(landscape, path).step)
    return np.where(steps < 0, np.inf, steps).tolist()


def round_factor(q: Array | float, k: int, omega: float) -> Array | float:
    """Return the factor by which a round of Lookahead multiplies the distance from the minimum along a direction in
    which each fast step multiplies it by q."""
    return 1 - omega + omega * q**k


def largest_curvature(landscape: Landscape) -> float:
    """Return the largest curvature at the lowest minimum."""
    return float(np.linalg.eigvalsh(landscape.hessian(np.array(landscape.minima[0])))[-1])


def first_rate(landscape: Landscape, path: Trajectory) -> float:
    """Return the length of the first step of a run of gradient descent per unit of gradient: its learning rate."""
    move, slope = path.points[1] - path.points[0], landscape.gradient(path.points[0])
    return float(np.linalg.norm(move) / np.linalg.norm(slope))


def rate_of(wrapped: Optimizer) -> float:
    """Return the learning rate of the optimizer inside a wrapper."""
    return float(get_field(wrapped, "inner.learning_rate"))


@lru_cache(maxsize=1)
def adams() -> tuple[Trajectory, ...]:
    """Run Adam, Nadam, Nadam without warm-up of its momentum, and Adam with beta1 = `LESS` in a round bowl."""
    adam, nadam = OPTIMIZERS["adam"](learning_rate=RATE), OPTIMIZERS["nadam"](learning_rate=RATE)
    held, half = replace(nadam, momentum_decay=NO_WARMUP), replace(adam, beta1=LESS)
    scenario = Scenario.from_query(BOWL)
    return tuple(
        run(scenario.landscape, each, scenario.point, STEPS, record_state=True) for each in (adam, nadam, held, half)
    )


def last_momentum() -> float:
    """Return the momentum of Nadam at the last step of `adams`, which is the largest of all steps."""
    return float(adams()[1].state["mu"][-1])


@lru_cache(maxsize=4)
def _distances(scenario: Scenario) -> tuple[Array, Array]:
    fast, wrapped = (entry.optimizer for entry in scenario.entries)
    noise = Scenario.from_query(BOWL | {"noise": NOISE}).sampler
    alone, together = (
        run(scenario.landscape, optimizer, scenario.point, NOISY_STEPS, sampler=noise, seed=np.arange(SEEDS))
        for optimizer in (fast, wrapped)
    )
    places = scenario.landscape.minima
    return distance(alone.points[1:], places), distance(
        slow_weights(together, get_field(wrapped, "sync_period")), places
    )


@lru_cache(maxsize=4)
def _quartiles(scenario: Scenario) -> list[Array]:
    """Return the quartiles of both distances over the seeds, shape (3, steps) each."""
    return [np.quantile(far, (0.25, 0.5, 0.75), axis=1) for far in _distances(scenario)]


def slow_weights(path: Trajectory, period: int) -> Array:
    """Return the slow weights after each step: the point of the last synchronisation, shape (steps, 2, *batch)."""
    last = np.arange(1, len(path.points)) // period * period
    return np.where(np.isnan(path.points[1:]), np.nan, path.points[last])


def _around_momentum(race: Race) -> Iterator[Trajectory]:
    """Yield the runs of Lookahead around the lesson's momentum."""
    inner = OPTIMIZERS["momentum"](learning_rate=RATES["momentum"])
    for entry, path in zip(race.scenario.entries, race.trajectories, strict=True):
        wraps = isinstance(entry.optimizer, OPTIMIZERS["lookahead"]) and get_field(entry.optimizer, "inner") == inner
        if wraps and not entry.schedules:
            yield path


def _is_usual(optimizer: Optimizer) -> bool:
    """Return whether an optimizer is Lookahead with its usual settings around gradient descent."""
    if not isinstance(optimizer, OPTIMIZERS["lookahead"]):
        return False
    if not isinstance(get_field(optimizer, "inner"), OPTIMIZERS["gradient_descent"]):
        return False
    return (get_field(optimizer, "sync_period"), get_field(optimizer, "slow_step_size")) == (5, 0.5)


def _step(step: float | None) -> object:
    return word("never") if step is None or not np.isfinite(step) else int(step)


def _points(rows: np.ndarray) -> list[Point]:
    return [(float(x), float(y)) for x, y in rows]
