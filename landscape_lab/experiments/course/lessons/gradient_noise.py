from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscapes import LANDSCAPES, Landscape
from optim_core import SAMPLERS, Outcome, Trajectory, knob, run
from optim_core.metrics import distance
from optim_core.objective import Array, norm
from optim_core.samplers.gradient_noise import GradientNoise as Noise

SEEDS = 64
"""Number of runs that are counted. They differ only in their noise."""
LAST = 20
NEAR = 0.15
"""Distance from a minimum, in units of the map, within which a run at rest stays for its `LAST` steps."""
LOWER = 0.1
"""Difference above which a loss counts as lower than another."""
RATE, VARIANCE = 0.03, 200.0
RIDGE = {"surface": "bounded_saddle", "start": "-1.6,0", "lanes": "gradient_descent(learning_rate=0.1)", "steps": "250"}
"""Gradient descent without noise that starts exactly on the ridge of a saddle."""
CAMEL = {"surface": "six_hump_camel", "steps": "250", "seed": "14"}
ONE = f"gradient_descent(learning_rate={RATE})"
DEEP, POOR = (LANDSCAPES["six_hump_camel"].minima[place] for place in (1, -1))
"""A lowest minimum of the six-hump camel, and the highest of its minima, in whose basin the race starts."""
AT_REST_BY = 45
"""Step from which on the run of the goal at the saddle must be in a valley."""


@final
@dataclass(frozen=True)
class GradientNoise(RaceLesson):
    """Gradient descent with decreasing gradient noise from the basin of a poor minimum."""

    number: ClassVar[int] = 13
    icon: ClassVar[str] = ":material/vibration:"
    source: ClassVar[str] = (
        "Neelakantan et al. 2015, Adding gradient noise improves learning; "
        "Kirkpatrick, Gelatt and Vecchi 1983, Optimization by simulated annealing; "
        "Ge et al. 2015, Escaping from saddle points"
    )
    about: ClassVar[frozenset[str]] = frozenset({"gradient_noise"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"loss_axis": "linear"})

    noise: float = knob(
        VARIANCE, 1.0, 400.0, symbol=r"\sigma_0^2", scale="log", help="The variance of the noise at the first step."
    )
    annealing: float = knob(1.0, 0.0, 2.0, symbol="a", help="How fast the noise decreases: at 0 it never does.")
    seed: int = knob(14, 0, SEEDS - 1, symbol="s", help="Which of the runs is shown: only the noise differs.")

    def link(self) -> Mapping[str, str]:
        return CAMEL | {
            "start": "1.9,1",
            "lanes": f'gradient_descent(learning_rate={RATE},name="large rate"),'
            f'gradient_descent(learning_rate={RATE / 10:g},name="small rate")',
            "noise": f"gradient_noise(eta={self.noise},gamma={self.annealing})",
            "seed": str(self.seed),
        }

    @property
    def kinds(self) -> dict[str, Trajectory]:
        """The runs of the entry “large rate” for every seed, shape (steps + 1, ..., SEEDS), by the kind of noise."""
        large = replace(self.scenario, entries=self.scenario.entries[:1], seed=0)
        steady = SAMPLERS["gradient_noise"](eta=self.noise, gamma=0.0)
        samplers = {"none": SAMPLERS["exact"](), "annealed": large.sampler, "constant": steady}
        return {name: many(replace(large, sampler=sampler)) for name, sampler in samplers.items()}

    @property
    def bands(self) -> tuple[list[Array], list[Array], list[Array]]:
        """Quartiles over the runs of the height above the lowest minimum: lows, medians, highs, (steps + 1) each."""
        lowest = self.scenario.landscape.minimum_value or 0.0
        parts = []
        for path in self.kinds.values():
            # A run that has diverged counts as infinitely high.
            above = np.where(np.isnan(path.losses), np.inf, path.losses - lowest)
            parts.append(np.quantile(above, (0.25, 0.5, 0.75), axis=1, method="inverted_cdf"))
        lows, medians, highs = zip(*parts, strict=True)
        return [*lows], [*medians], [*highs]

    @property
    def at_rest_in_the_best(self) -> list[int]:
        """The number of seeds that come to rest in a lowest minimum, for each kind of noise."""
        return [int(best(self.scenario.landscape, path).sum()) for path in self.kinds.values()]

    @property
    def totals(self) -> list[int]:
        """The number of seeds for each kind of noise."""
        return [SEEDS] * len(self.kinds)

    @claim(names="start seed")
    def gets_out(self, race: Race) -> tuple[bool, Values]:
        large, small = (float(path.at_end(path.losses)) for path in race.trajectories)
        plain = float(self.kinds["none"].losses[-1, 0])
        holds = large < plain - LOWER and abs(small - plain) < LOWER
        return holds, {"large": large, "small": small, "plain": plain}

    @claim(names="start")
    def often_better(self, _race: Race) -> tuple[bool, Values]:
        noisy, plain = self.kinds["annealed"], float(self.kinds["none"].losses[-1, 0])
        lower = int((noisy.losses[-1] < plain - LOWER).sum())
        lost = int((noisy.outcomes == Outcome.DIVERGED).sum())
        counts = {"seeds": SEEDS, "lower": lower, "best": self.at_rest_in_the_best[1], "lost": lost}
        return lower > SEEDS / 2 and lost == 0, counts

    @claim
    def annealing_settles(self, _race: Race) -> tuple[bool, Values]:
        fading, steady = (
            int(resting(self.scenario.landscape, self.kinds[kind]).sum()) for kind in ("annealed", "constant")
        )
        holds = steady < SEEDS / 10 and fading > SEEDS / 2
        return holds, {"seeds": SEEDS, "steady": steady, "fading": fading, "annealing": self.annealing}

    @claim
    def leaves_the_saddle(self, _race: Race) -> tuple[bool, Values]:
        ridge = Scenario.from_query(RIDGE)
        little = 1e-4
        plain = many(ridge).points[-1, :, 0]
        noisy = many(replace(ridge, sampler=SAMPLERS["gradient_noise"](eta=little, gamma=1.0)))
        left = int(resting(ridge.landscape, noisy).sum())
        holds = left == SEEDS and bool(np.hypot(*plain) < 1e-9)
        return holds, {"steps": ridge.steps, "plain": plain[1], "little": little, "left": left, "seeds": SEEDS}

    @predict(
        options=("as_many", "none", "fewer"),
        link=CAMEL
        | {
            "start": ",".join(f"{x:.4f}" for x in DEEP),
            "lanes": ONE,
            "noise": f"gradient_noise(eta={VARIANCE:g},gamma=1)",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        deep, poor = (moved_away(replace(race.scenario, start=place, seed=0)) for place in (DEEP, POOR))
        right = "none" if deep == 0 else "fewer" if deep < poor / 2 else "as_many"
        return right, {"deep": deep, "poor": poor, "seeds": SEEDS}

    @goal(
        link=CAMEL | {"start": "1.9,1", "lanes": ONE, "noise": "gradient_noise(eta=30,gamma=1)"},
        fixed=("surface", "start", "lanes", "steps"),
        solution={"noise": f"gradient_noise(eta={VARIANCE:g},gamma=1)"},
    )
    def deepest(self, race: Race) -> tuple[bool, Values]:
        loss, lowest = float(race.trajectories[0].losses[-1]), race.landscape.minimum_value or 0.0
        return bool(best(race.landscape, as_many(race.trajectories[0]))[0]), {"loss": loss, "lowest": lowest}

    @goal(
        link=CAMEL
        | {
            "start": ",".join(f"{x:.4f}" for x in DEEP),
            "lanes": ONE,
            "noise": f"gradient_noise(eta={VARIANCE:g},gamma=0)",
            "seed": "4",
        },
        fixed=("surface", "start", "lanes", "steps", "seed"),
        solution={"noise": f"gradient_noise(eta={VARIANCE:g},gamma=1)"},
    )
    def at_rest(self, race: Race) -> tuple[bool, Values]:
        path, sampler = as_many(race.trajectories[0]), race.scenario.sampler
        strong = isinstance(sampler, Noise) and sampler.eta >= VARIANCE
        spread = float(norm(race.trajectories[0].points[-LAST:].T - race.trajectories[0].points[-1][:, None]).max())
        return strong and bool(resting(race.landscape, path)[0]), {"spread": spread, "last": LAST, "variance": VARIANCE}

    @goal(
        link=RIDGE | {"noise": "gradient_noise(eta=0.0001,gamma=1)"},
        fixed=("surface", "start", "lanes", "steps", "seed"),
        solution={"noise": "gradient_noise(eta=1,gamma=1)"},
    )
    def off_the_ridge(self, race: Race) -> tuple[bool, Values]:
        points, minima = race.trajectories[0].points, race.landscape.minima
        there = np.any([distance(points, [place]) <= NEAR for place in minima], axis=0) if minima else np.zeros(1, bool)
        # Written so that the points after the end of a diverged run, which are NaN, are outside.
        step = int(np.flatnonzero(~there)[-1]) + 1 if not there.all() else 0
        settled = bool(there[-1])
        return settled and step <= AT_REST_BY, {"step": step if settled else word("never"), "by": AT_REST_BY}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "no_annealing": CAMEL | {"start": "1.9,1", "lanes": ONE, "noise": "gradient_noise(eta=60,gamma=0)"},
        "others": CAMEL
        | {
            "start": "1.9,1",
            "lanes": f"{ONE},momentum(learning_rate=0.01),adam(learning_rate=0.05)",
            "noise": f"gradient_noise(eta={VARIANCE:g},gamma=1)",
        },
        "ridge": RIDGE,
        "rastrigin": {
            "surface": "rastrigin",
            "start": "-1.4,1.65",
            "lanes": "gradient_descent(learning_rate=0.003)",
            "noise": f"gradient_noise(eta={VARIANCE:g},gamma=1)",
            "steps": "250",
        },
    }


def resting(landscape: Landscape, path: Trajectory) -> NDArray[np.bool_]:
    """Return whether each run stayed near one minimum for its last steps, shape (runs)."""
    return _near(path, landscape.minima)


def best(landscape: Landscape, path: Trajectory) -> NDArray[np.bool_]:
    """Return whether each run is at rest in a lowest minimum, shape (runs)."""
    if not landscape.minima:
        return _near(path, ())
    heights = landscape.value(np.array(landscape.minima).T)
    return _near(path, [place for place, z in zip(landscape.minima, heights, strict=True) if z < heights.min() + 1e-9])


def _near(path: Trajectory, places: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    there = [(distance(path.points[-LAST:], [place]) <= NEAR).all(axis=0) for place in places]
    return np.any(there, axis=0) if there else np.zeros(path.points.shape[2], bool)


def moved_away(scenario: Scenario) -> int:
    """Return how many seeds end away from the minimum that a scenario with one entry starts in."""
    return int((distance(many(scenario).points[-1:], [scenario.point])[0] > 0.5).sum())


@lru_cache(maxsize=12)  # 0.5 MB each, seven on the page
def many(scenario: Scenario) -> Trajectory:
    """Run the only entry of a scenario with every seed in one call of `run()`."""
    (entry,) = scenario.entries
    return run(
        scenario.landscape,
        entry.optimizer,
        scenario.point,
        scenario.steps,
        sampler=scenario.sampler,
        seed=np.arange(SEEDS),
    )


def as_many(path: Trajectory) -> Trajectory:
    """Return one run as a batch of one."""
    return replace(path, points=path.points[..., None], losses=path.losses[..., None])
