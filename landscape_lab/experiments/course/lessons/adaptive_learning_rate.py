from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, claim, predict
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES, Landscape
from optim_core import OPTIMIZERS, SCHEDULES, Trajectory, knob
from optim_core.objective import Array, Reshaped, norm

STEPS = 100
FAINT = 1e-9
"""Gradient below which the rate of a step cannot be measured, because of rounding."""
CONDITION = 10
"""Curvature of the bowl along y divided by that along x. The largest stable rate along y is 2 / 10."""
SMALL = (0.001, 0.001, 0.003, 0.002, 0.1)
LARGE = (10.8, 20.9, 31.7, 12.1, 0.1)
"""`SMALL` and `LARGE` are two histories of gradients that both end with 0.1.

Compared with the small gradients before it, 0.1 is large; compared with the large ones, it is negligible.
"""


@final
@dataclass(frozen=True)
class AdaptiveLearningRate(Lesson):
    """Comparison of four rates that start equal: constant, two decays, and Adagrad's own rate per coordinate."""

    number: ClassVar[int] = 3
    icon: ClassVar[str] = ":material/trending_down:"
    source: ClassVar[str] = (
        "Robbins and Monro 1951, A stochastic approximation method; Zinkevich 2003, Online convex programming; "
        "Duchi, Hazan and Singer 2011, Adaptive subgradient methods"
    )
    about: ClassVar[frozenset[str]] = frozenset(
        {"inverse_sqrt", "inverse_time", "exponential", "step_decay", "adagrad"}
    )

    learning_rate: float = knob(
        0.2, 0.02, 0.5, symbol=r"\eta", scale="log", help="The rate of the first step, the same for all four entries."
    )
    angle: float = knob(0.0, 0.0, 45.0, symbol=r"\varphi", help="How far the bowl is turned off the axes, in degrees.")

    def link(self) -> Mapping[str, str]:
        rate = self.learning_rate
        entries = (
            f'gradient_descent(learning_rate={rate},name="constant")',
            f'gradient_descent(learning_rate={rate}*inverse_sqrt,name="1/√(t+1)")',
            f'gradient_descent(learning_rate={rate}*exponential(decay=0.97),name="exponential")',
            f'adagrad(learning_rate={rate},name="Adagrad")',
        )
        return {
            "surface": f"elliptic_bowl(condition={CONDITION},angle={self.angle})",
            "start": "-1.7,1",
            "lanes": ",".join(entries),
            "steps": str(STEPS),
        }

    @property
    def decays(self) -> Mapping[str, Array]:
        """The rate of every step under each schedule, by name, shape (steps) each. All start with the same rate."""
        chosen = {
            "constant": SCHEDULES["constant"](),
            "1/√(t+1)": SCHEDULES["inverse_sqrt"](),
            "exponential": SCHEDULES["exponential"](decay=0.97),
            "1/(1 + t/10)": SCHEDULES["inverse_time"](rate=0.1),
            word("halved"): SCHEDULES["step_decay"](every=25, drop=0.5),
        }
        return {name: np.array(schedule.values(self.learning_rate, STEPS)) for name, schedule in chosen.items()}

    def rates(self, race: Race) -> Mapping[str, Array]:
        """Return the distance that one unit of gradient moves x and y at each step under a decay and under Adagrad."""
        _constant, root, _exponential, adagrad = race.scenario.entries
        (_field, schedule), *_others = root.schedules
        falling = np.array(schedule.values(self.learning_rate, STEPS))
        return {
            root.label: np.stack([falling, falling], axis=1),
            adagrad.label: effective_rates(race.landscape, race.trajectories[3]),
        }

    @property
    def histories(self) -> Mapping[str, tuple[Sequence[float], float]]:
        """By name, the gradients in order, and the size of Adagrad's step for the last of them at rate 1."""
        return {"small": (SMALL, last_step(SMALL)), "large": (LARGE, last_step(LARGE))}

    @property
    def slopes(self) -> Sentence:
        """A comparison of two points of the bowl: the one with the larger gradient is nearer to the minimum."""
        bowl = LANDSCAPES["elliptic_bowl"].with_parameters(condition=CONDITION, angle=0)
        gentle, steep = np.array([1.5, 0.0]), np.array([0.0, 0.4])
        return Sentence(
            "In this bowl the gradient at (1.5, 0) is {gentle:.2g} and the minimum {far:.2g} away; at (0, 0.4) the "
            "gradient is {steep:.2g} and the minimum only {near:.2g} away.",
            {
                "gentle": float(norm(bowl.gradient(gentle))),
                "steep": float(norm(bowl.gradient(steep))),
                "far": float(norm(gentle)),
                "near": float(norm(steep)),
            },
        )

    @claim
    def decay_arrives(self, race: Race) -> tuple[bool, Values]:
        constant, root, exponential, _adagrad = results(race)
        holds = constant.steps_to_tolerance is None and None not in (
            root.steps_to_tolerance,
            exponential.steps_to_tolerance,
        )
        return holds, {
            "constant": constant.final_loss,
            "steps": int(race.trajectories[0].last_step),
            "root": root.steps_to_tolerance,
            "exponential": exponential.steps_to_tolerance,
            "root_loss": root.final_loss,
            "exponential_loss": exponential.final_loss,
        }

    @claim
    def own_rates(self, race: Race) -> tuple[bool, Values]:
        _first, (x, y) = first_and_last_rates(race)
        return x > 2 * y, {"ratio": x / y if y > 0 else np.nan}

    @claim
    def only_falls(self, race: Race) -> tuple[bool, Values]:
        rates = effective_rates(race.landscape, race.trajectories[3])
        rises = (rates[1:] > rates[:-1] * (1 + 1e-6)).any()
        (x0, y0), (x, y) = first_and_last_rates(race)
        return not rises and x < x0 and y < y0, {"x0": x0, "y0": y0, "x": x, "y": y}

    @claim
    def measures_surprise(self, _race: Race) -> tuple[bool, Values]:
        (small, after_small), (large, after_large) = self.histories.values()
        values = {"last": large[-1], "small": after_small, "large": after_large}
        return small[-1] == large[-1] and after_small > 0.99 and after_large < 0.01, values

    @predict(
        options=(
            "gone",
            "straight",
            "out",
        ),
        link={
            "surface": f"elliptic_bowl(condition={CONDITION},angle=0)",
            "start": "-1.7,1",
            "lanes": 'gradient_descent(learning_rate=0.4,name="0.4"),'
            'gradient_descent(learning_rate=0.4*inverse_sqrt,name="0.4/√(t+1)")',
            "steps": "40",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        _constant, decayed = race.trajectories
        reached = results(race)[1].steps_to_tolerance
        floor = np.abs(decayed.points[:, 1])
        values = {"far": float(floor.max() / floor[0]), "steps": reached}
        if reached is None:
            return "gone", values
        return ("out" if values["far"] > 2 else "straight"), values

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "tip_instead_bowl": {
            "surface": "ackley",
            "lanes": 'gradient_descent(learning_rate=0.2,name="constant"),'
            'gradient_descent(learning_rate=0.2*exponential(decay=0.97),name="exponential")',
            "steps": "200",
        },
        "four_valleys_rate": {
            "surface": "himmelblau",
            "start": "0,0",
            "lanes": 'gradient_descent(learning_rate=0.027,name="constant"),'
            'gradient_descent(learning_rate=0.027*inverse_sqrt,name="1/√(t+1)"),'
            'gradient_descent(learning_rate=0.027*exponential(decay=0.97),name="exponential")',
            "steps": "60",
        },
        "let_go_too": {
            "surface": "elliptic_bowl(condition=10,angle=0)",
            "lanes": 'gradient_descent(learning_rate=0.2*exponential(decay=0.8),name="decay 0.8"),'
            'gradient_descent(learning_rate=0.2*exponential(decay=0.97),name="decay 0.97"),'
            'gradient_descent(learning_rate=0.2*inverse_sqrt,name="1/√(t+1)")',
            "steps": "300",
        },
    }


class Played(Reshaped):
    """A flat surface that returns gradients from a list, the same value for both coordinates."""

    def __init__(self, gradients: Sequence[float]) -> None:
        super().__init__(LANDSCAPES["bowl"])
        self.left = iter(gradients)

    def gradient(self, theta: Array) -> Array:
        return np.full_like(theta, next(self.left))


def last_step(gradients: Sequence[float]) -> float:
    """Return the size of Adagrad's step for the last of these gradients at rate 1."""
    adagrad, objective = OPTIMIZERS["adagrad"](learning_rate=1.0), Played(gradients)
    before = theta = np.zeros((2, 1))
    state = adagrad.init(theta)
    for _g in gradients:
        before = theta
        theta, state = adagrad.step(theta, state, objective)
    return float(np.abs(theta - before)[0, 0])


def effective_rates(landscape: Landscape, path: Trajectory) -> Array:
    """Return the distance that each coordinate moved per unit of its gradient at each step, shape (steps, 2).

    The distances are measured on the path. NaN where the gradient is too small to divide by.
    """
    points = path.points[: int(path.last_step) + 1]
    slopes = landscape.gradient(points[:-1].T).T
    with np.errstate(all="ignore"):
        rates = np.abs(np.diff(points, axis=0) / slopes)
    return np.where(np.abs(slopes) > FAINT, rates, np.nan)


def first_and_last_rates(race: Race) -> tuple[list[float], list[float]]:
    """Return the first and the last measurable rate of Adagrad in x and y; NaN in a coordinate without any."""
    columns = effective_rates(race.landscape, race.trajectories[3]).T
    known = [[*column[np.isfinite(column)].tolist()] or [np.nan] for column in columns]
    return [column[0] for column in known], [column[-1] for column in known]
