from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.course.lesson import Lesson, Values, claim, predict
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import Landscape
from optim_core import SAMPLERS, Trajectory, knob, run
from optim_core.metrics import distance
from optim_core.objective import Array

SEEDS = 64
"""Number of runs that are counted. They differ only in their noise."""
LAST = 20
NEAR = 0.15
"""Distance from a minimum, in units of the map, within which a run at rest stays for its `LAST` steps."""
LOWER = 0.1
"""Difference above which a loss counts as lower than another."""
RIDGE = {"surface": "bounded_saddle", "start": "-1.6,0", "lanes": "gradient_descent(learning_rate=0.1)", "steps": "250"}
"""Plain gradient descent that starts exactly on the ridge of a saddle."""


@final
@dataclass(frozen=True)
class GradientNoise(Lesson):
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
        200.0, 1.0, 400.0, symbol=r"\sigma_0^2", scale="log", help="The variance of the noise at the first step."
    )
    annealing: float = knob(
        1.0, 0.0, 2.0, symbol=r"\gamma", help="How fast the noise fades: 0 keeps it as it is for ever."
    )
    seed: int = knob(14, 0, SEEDS - 1, symbol="s", help="Which of the runs is shown: only the noise differs.")

    def link(self) -> Mapping[str, str]:
        return {
            "surface": "six_hump_camel",
            "start": "1.9,1",
            "lanes": 'gradient_descent(learning_rate=0.03,name="shaken"),'
            'gradient_descent(learning_rate=0.003,name="hardly shaken")',
            "noise": f"gradient_noise(eta={self.noise},gamma={self.annealing})",
            "steps": "250",
            "seed": str(self.seed),
        }

    @property
    def kinds(self) -> dict[str, Trajectory]:
        """The runs of the entry “shaken” for every seed, shape (steps + 1, ..., SEEDS), by the kind of noise."""
        shaken = replace(self.scenario, entries=self.scenario.entries[:1], seed=0)
        steady = SAMPLERS["gradient_noise"](eta=self.noise, gamma=0.0)
        samplers = {"none": SAMPLERS["exact"](), "annealed": shaken.sampler, "constant": steady}
        return {name: many(replace(shaken, sampler=sampler)) for name, sampler in samplers.items()}

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

    @claim
    def gets_out(self, race: Race) -> tuple[bool, Values]:
        shaken, hardly = (float(path.at_end(path.losses)) for path in race.trajectories)
        plain = float(self.kinds["none"].losses[-1, 0])
        holds = shaken < plain - LOWER and abs(hardly - plain) < LOWER
        return holds, {"shaken": shaken, "hardly": hardly, "plain": plain}

    @claim
    def often_better(self, _race: Race) -> tuple[bool, Values]:
        kinds = self.kinds
        plain = float(kinds["none"].losses[-1, 0])
        lower = int((kinds["annealed"].losses[-1] < plain - LOWER).sum())
        counts = {"seeds": SEEDS, "lower": lower, "best": self.at_rest_in_the_best[1]}
        return lower > SEEDS / 2, counts

    @claim
    def annealing_settles(self, _race: Race) -> tuple[bool, Values]:
        fading, steady = (
            int(resting(self.scenario.landscape, self.kinds[kind]).sum()) for kind in ("annealed", "constant")
        )
        holds = steady < SEEDS / 10 and fading > SEEDS / 2
        return holds, {"seeds": SEEDS, "steady": steady, "fading": fading, "gamma": self.annealing}

    @claim
    def leaves_the_saddle(self, _race: Race) -> tuple[bool, Values]:
        ridge = Scenario.from_query(RIDGE)
        little = 1e-4
        plain = many(ridge).points[-1, :, 0]
        shaken = many(replace(ridge, sampler=SAMPLERS["gradient_noise"](eta=little, gamma=1.0)))
        left = int(resting(ridge.landscape, shaken).sum())
        holds = left == SEEDS and bool(np.hypot(*plain) < 1e-9)
        return holds, {"steps": ridge.steps, "plain": plain[1], "little": little, "left": left}

    @predict(
        options=(
            "saddle",
            "between",
            "valley",
        ),
        link=RIDGE | {"noise": "gradient_noise(eta=0.0001,gamma=1)"},
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        (path,) = race.trajectories
        y = float(path.points[-1, 1])
        step = int((np.abs(path.points[:, 1]) > 0.5).argmax())
        if resting(race.landscape, _as_many(path)).all():
            return "valley", {"y": y, "step": step}
        return ("saddle" if abs(y) < NEAR else "between"), {"y": y, "step": step}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "less_noise_but": {
            "surface": "six_hump_camel",
            "start": "1.9,1",
            "lanes": 'gradient_descent(learning_rate=0.03,name="shaken")',
            "noise": "gradient_noise(eta=60,gamma=0)",
            "steps": "250",
            "seed": "14",
        },
        "same_noise_for": {
            "surface": "six_hump_camel",
            "start": "1.9,1",
            "lanes": "gradient_descent(learning_rate=0.03),momentum(learning_rate=0.01),adam(learning_rate=0.05)",
            "noise": "gradient_noise(eta=200,gamma=1)",
            "steps": "250",
            "seed": "14",
        },
        "ridge_saddle_without": RIDGE,
        "noise_no_magic": {
            "surface": "rastrigin",
            "start": "-1.4,1.65",
            "lanes": 'gradient_descent(learning_rate=0.003,name="shaken")',
            "noise": "gradient_noise(eta=200,gamma=1)",
            "steps": "250",
        },
    }


def resting(landscape: Landscape, path: Trajectory) -> NDArray[np.bool_]:
    """Return whether each run stayed near one minimum for its last steps, shape (runs)."""
    there = [(distance(path.points[-LAST:], [place]) <= NEAR).all(axis=0) for place in landscape.minima]
    return np.any(there, axis=0)


def best(landscape: Landscape, path: Trajectory) -> NDArray[np.bool_]:
    """Return whether each run is at rest in a lowest minimum, shape (runs)."""
    heights = landscape.value(np.array(landscape.minima).T)
    lowest = [place for place, height in zip(landscape.minima, heights, strict=True) if height < heights.min() + 1e-9]
    there = [(distance(path.points[-LAST:], [place]) <= NEAR).all(axis=0) for place in lowest]
    return np.any(there, axis=0)


@lru_cache(maxsize=10)  # 0.5 MB each, five on the page
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


def _as_many(path: Trajectory) -> Trajectory:
    return replace(path, points=path.points[..., None], losses=path.losses[..., None])
