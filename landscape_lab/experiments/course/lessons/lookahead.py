from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, choice, claim, predict
from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import target_loss
from landscapes.critical_points import Point
from optim_core import Trajectory, knob, run
from optim_core.metrics import distance, settled_at
from optim_core.objective import Array
from optim_core.optimizer import get_field, with_field

SETTLED = 100
"""Number of steps after which a run counts as having arrived, so that its distance is due to its fluctuations."""
ROUND = 5
"""Number of fast steps in the figure of a single round."""
RATES = {"gradient_descent": 0.09, "momentum": 0.05, "adam": 0.2}
"""Learning rate of each inner optimizer, large enough for a fast run with strong fluctuations."""
VALLEY = {"surface": "elliptic_bowl(condition=5,angle=30)", "start": "-1.7,1"}
BOWL = {"surface": "bowl", "start": "-1.5,1.2"}
SEEDS = 50
"""Number of runs with noise."""
NOISY_STEPS = 300
NOISE = "gradient_noise(eta=1,gamma=0)"
GLANCE = BOWL | {"lanes": "adam(learning_rate=0.2),nadam(learning_rate=0.2)", "steps": "60"}
"""Adam and Nadam (Adam with Nesterov's look-ahead) in a round bowl without noise."""


@final
@dataclass(frozen=True)
class Lookahead(Lesson):
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
        help="Who makes the fast steps.",
    )
    sync_period: int = knob(5, 1, 50, symbol="k", scale="log", help="How many fast steps make one slow step.")
    slow_step_size: float = knob(
        0.5, 0.0, 1.0, symbol=r"\alpha", help="How much of the way the slow weights go: 1 is the inner optimizer."
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
    def glance(self) -> Race:
        """Adam and Nadam in the bowl without noise."""
        return _glance()

    @claim
    def calms_swings(self, race: Race) -> tuple[bool, Values]:
        alone, wrapped = (calm(race, path) for path in race.trajectories)
        told = {"alone": alone, "wrapped": wrapped}
        holds = wrapped is not None and (alone is None or wrapped < alone)
        return holds, {name: word("never") if step is None else step for name, step in told.items()}

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
    def nadam_brakes(self, _race: Race) -> tuple[bool, Values]:
        adam, nadam = (overshoot(path) for path in self.glance.trajectories)
        return nadam < adam / 2, {"adam": adam, "nadam": nadam}

    @predict(
        options=(
            "lookahead",
            "plain",
            "same",
        ),
        link=BOWL
        | {
            "lanes": "lookahead(inner=gradient_descent(learning_rate=0.1),sync_period=1,slow_step_size=0.5,"
            'name="half of 0.1"),gradient_descent(learning_rate=0.05,name="plain 0.05")',
            "noise": NOISE,
            "steps": "100",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        wrapped, plain = race.trajectories
        gap = float(np.abs(wrapped.points - plain.points).max())
        if gap < 1e-9:
            return "same", {"gap": gap}
        unrest = [float(np.mean(distance(path.points[20:], race.landscape.minima))) for path in (wrapped, plain)]
        return ("lookahead" if unrest[0] < unrest[1] else "plain"), {"gap": gap}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "how_far_go": VALLEY
        | {
            "lanes": 'lookahead(inner=momentum(learning_rate=0.05),slow_step_size=0.2,name="0.2"),'
            'lookahead(inner=momentum(learning_rate=0.05),slow_step_size=0.5,name="0.5"),'
            'lookahead(inner=momentum(learning_rate=0.05),slow_step_size=0.8,name="0.8")',
            "steps": "100",
        },
        "around_gradient_descent": BOWL
        | {
            "lanes": "gradient_descent(learning_rate=0.09),lookahead(inner=gradient_descent(learning_rate=0.09))",
            "steps": "60",
        },
        "adam_nadam_bowl": GLANCE,
        "lesson_s_race": VALLEY
        | {
            "lanes": 'momentum(learning_rate=0.05,name="fast alone"),'
            'lookahead(inner=momentum(learning_rate=0.05),name="Lookahead")',
            "noise": NOISE,
            "steps": "300",
        },
    }


def overshoot(path: Trajectory) -> float:
    """Return the distance that x goes beyond 0, relative to its start."""
    x = path.points[:, 0] / path.points[0, 0]
    return float(max(0.0, -np.nanmin(x)))


def calm(race: Race, path: Trajectory) -> int | None:
    """Return the step from which a run stays within tolerance; None if it never does."""
    target = target_loss(race.landscape, float(path.losses[0]))
    step = -1 if target is None else int(settled_at(path.losses, target))
    return step if step >= 0 else None


@lru_cache(maxsize=4)
def _distances(scenario: Scenario) -> tuple[Array, Array]:
    fast, wrapped = (entry.optimizer for entry in scenario.entries)
    noise = Scenario.from_query(BOWL | {"noise": NOISE}).sampler
    alone, together = (
        run(
            scenario.landscape,
            optimizer,
            scenario.point,
            NOISY_STEPS,
            sampler=noise,
            seed=np.arange(SEEDS),
        )
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


@lru_cache(maxsize=1)
def _glance() -> Race:
    return race(Scenario.from_query(GLANCE))


def _points(rows: np.ndarray) -> list[Point]:
    return [(float(x), float(y)) for x, y in rows]
