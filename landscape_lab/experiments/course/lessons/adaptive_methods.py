from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, claim, predict
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import results
from optim_core import OPTIMIZERS, Trajectory, knob, run
from optim_core.objective import Array

SCALE = 1000.0
"""Factor by which the loss is multiplied to show which methods depend on its scale."""
FIRST = 20
"""Number of first steps during which all entries are still on the steep slope."""


@final
@dataclass(frozen=True)
class AdaptiveMethods(Lesson):
    """Comparison of four methods with a rate for each coordinate, down a steep slope and along a gentle one."""

    number: ClassVar[int] = 9
    icon: ClassVar[str] = ":material/tune:"
    source: ClassVar[str] = (
        "Duchi, Hazan and Singer 2011, Adaptive subgradient methods; Tieleman and Hinton 2012, Lecture 6.5; "
        "Zeiler 2012, ADADELTA; Kingma and Ba 2015, Adam"
    )
    about: ClassVar[frozenset[str]] = frozenset({"adagrad", "rmsprop", "adadelta", "adam"})

    learning_rate: float = knob(
        0.05, 0.005, 0.5, symbol=r"\eta", scale="log", help="The rate of all but Adadelta, which has none."
    )
    rho: float = knob(
        0.9, 0.0, 0.999, symbol=r"\rho", help="How much of the old average RMSprop and Adadelta keep at each step."
    )
    bias_correction: bool = knob(
        True, symbol=r"\hat{}", help="Whether Adam corrects its averages for having started at zero."
    )

    def link(self) -> Mapping[str, str]:
        rate, correction = f"learning_rate={self.learning_rate}", str(self.bias_correction).lower()
        return {
            "surface": "tanh_network",
            "start": "3.2,-2",
            "lanes": f"adagrad({rate}),rmsprop({rate},rho={self.rho}),adadelta(rho={self.rho},epsilon=0.0001),"
            f"adam({rate},bias_correction={correction})",
            "steps": "250",
        }

    @property
    def effective_rates(self) -> list[Array]:
        """The distance that each entry moves x and y per unit of its direction, shape (steps, 2) per entry."""
        return [*_effective_rates(self.scenario)]

    @claim
    def recovers(self, race: Race) -> tuple[bool, Values]:
        adagrad, rmsprop = (per_gradient(race, path) for path in race.trajectories[:2])
        low, high = np.nanmin(rmsprop[:FIRST, 1]), np.nanmedian(rmsprop[len(rmsprop) // 2 :, 1])
        # The rate is computed from a difference of points, so short steps give only a few correct digits.
        falls = np.diff(adagrad, axis=0) <= 1e-6 * np.abs(adagrad[:-1])
        holds = high > 2 * low > 0 and falls.all() and adagrad[-1, 1] < adagrad[0, 1]
        return bool(holds), {"low": low, "high": high, "first": adagrad[0, 1], "last": adagrad[-1, 1]}

    @claim
    def stalls(self, race: Race) -> tuple[bool, Values]:
        rows = results(race)
        steps = dict(zip(("adagrad", "rmsprop", "adadelta", "adam"), (r.steps_to_tolerance for r in rows), strict=True))
        arrived = [step is not None for step in steps.values()]
        told = {name: word("never") if step is None else step for name, step in steps.items()}
        return arrived == [False, True, True, True], told | {"loss": rows[0].final_loss, "steps": race.scenario.steps}

    @claim
    def first_step(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[3]
        x, y = np.abs(path.points[1] - path.points[0])
        slopes = np.abs(race.landscape.gradient(path.points[0]))
        adam = OPTIMIZERS["adam"](learning_rate=self.learning_rate, bias_correction=False)
        start = np.array(race.scenario.point)
        raw = np.abs(run(race.landscape, adam, start, 1).points[1] - start)
        holds = np.allclose([x, y], self.learning_rate, rtol=1e-6)
        steep = slopes.max() / slopes.min() if slopes.min() else np.inf
        return holds, {
            "x": x, "y": y, "slopes": steep, "rate": self.learning_rate, "times": raw.max() / self.learning_rate
        }  # fmt: skip

    @claim
    def no_units(self, race: Race) -> tuple[bool, Values]:
        path, entry = race.trajectories[3], race.scenario.entries[3]
        scaled = Scaled(race.landscape, SCALE)
        again = run(scaled, entry.optimizer, race.scenario.point, race.scenario.steps)
        gap = np.abs(again.points - path.points)
        plain = OPTIMIZERS["gradient_descent"](learning_rate=1e-6)
        steps = [run(loss, plain, race.scenario.point, 1).points for loss in (race.landscape, scaled)]
        short, long = (np.hypot(*(points[1] - points[0])) for points in steps)
        moved = float(np.nanmax(gap))
        times = long / short if short else 1.0
        return moved < 1e-4 and times > SCALE / 2, {"scale": SCALE, "moved": moved, "times": times}

    @predict(
        options=(
            "long",
            "short",
            "same",
        ),
        link={
            "surface": "bowl",
            "start": "-1.5,1.2",
            "lanes": 'adam(learning_rate=0.05,name="with correction"),'
            'adam(learning_rate=0.05,bias_correction=false,name="without")',
            "steps": "80",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        corrected, raw = (float(np.hypot(*(path.points[1] - path.points[0]))) for path in race.trajectories)
        times = raw / corrected
        right = "same" if 0.8 < times < 1.25 else "long" if times > 1 else "short"
        return right, {"corrected": corrected, "raw": raw, "times": times}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "same_slopes_each": {
            "surface": "tanh_network",
            "start": "3.2,-2",
            "lanes": "adagrad(learning_rate=0.5),rmsprop(learning_rate=0.05),adadelta(epsilon=0.0001),"
            "adam(learning_rate=0.1)",
            "steps": "250",
        },
        "narrow_bowl_along": {
            "surface": "elliptic_bowl(condition=100,angle=0)",
            "start": "-1.7,1",
            "lanes": "gradient_descent(learning_rate=0.0198),adagrad(learning_rate=0.5),adam(learning_rate=0.1)",
            "steps": "200",
        },
        "same_bowl_turned": {
            "surface": "elliptic_bowl(condition=100,angle=45)",
            "start": "-1.7,1",
            "lanes": "gradient_descent(learning_rate=0.0198),adagrad(learning_rate=0.5),adam(learning_rate=0.1)",
            "steps": "200",
        },
        "rmsprop_s_window": {
            "surface": "beale",
            "start": "4,2",
            "lanes": 'rmsprop(learning_rate=0.05,rho=0,name="1 step"),'
            'rmsprop(learning_rate=0.05,rho=0.9,name="10 steps"),'
            'rmsprop(learning_rate=0.05,rho=0.99,name="100 steps")',
            "steps": "300",
        },
    }


def per_gradient(race: Race, path: Trajectory) -> Array:
    """Return the distance per unit of gradient of each step, for each coordinate, shape (steps, 2)."""
    with np.errstate(all="ignore"):
        return -np.diff(path.points, axis=0) / race.landscape.gradient(path.points[:-1].T).T


@lru_cache(maxsize=8)
def _effective_rates(scenario: Scenario) -> tuple[Array, ...]:
    """Return the factor by which each step multiplies its direction: the gradient, or the method's average (m_hat)."""
    rates = []
    for entry in scenario.entries:
        path = run(scenario.landscape, entry.optimizer, scenario.point, scenario.steps, record_state=True)
        with np.errstate(all="ignore"):
            rates.append(-np.diff(path.points, axis=0) / path.state.get("m_hat", path.state["g"]))
    return tuple(rates)
