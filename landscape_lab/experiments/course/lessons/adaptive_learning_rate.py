from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.plain import is_constant, is_method
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.course.rare_feature import RareFeature
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Entry
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import results
from landscapes import LANDSCAPES, Landscape
from optim_core import OPTIMIZERS, SCHEDULES, Trajectory, knob
from optim_core.objective import Array, Reshaped
from optim_core.optimizer import learning_rate_of

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
CURVATURES = (1.0, 4.0, 16.0)
"""The curvatures of three parabolas, curvature / 2 x^2."""
RARE = RareFeature()
SINGLE_RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.002, 0.3, 33))
ADAGRAD_RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.02, 2, 31))
"""`SINGLE_RATES` and `ADAGRAD_RATES` are the rates that are tried on `RARE`, for one rate and for Adagrad."""
BOWL = {"surface": f"elliptic_bowl(condition={CONDITION},angle=0)", "start": "-1.7,1"}
TWICE, SOON, FEW = 0.4, 20, 6
"""The first rate that one goal prescribes, and the numbers of steps that two goals ask for."""


def lanes(rate: float) -> str:
    """Return the four entries of the lesson as they are written in a link, all with this number as their rate."""
    entries = (
        f'gradient_descent(learning_rate={rate},name="constant")',
        f'gradient_descent(learning_rate={rate}*inverse_sqrt,name="1/√(t+1)")',
        f'gradient_descent(learning_rate={rate}*exponential(decay=0.97),name="exponential")',
        f'adagrad(learning_rate={rate},name="Adagrad")',
    )
    return ",".join(entries)


@final
@dataclass(frozen=True)
class AdaptiveLearningRate(RaceLesson):
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

    rare_task: ClassVar[RareFeature] = RARE
    rare_rates: ClassVar[Mapping[str, tuple[float, ...]]] = MappingProxyType(
        {"gradient_descent": SINGLE_RATES, "adagrad": ADAGRAD_RATES}
    )
    """The rates that are tried on `rare_task`, by the key of the optimizer."""

    learning_rate: float = knob(
        0.2,
        0.02,
        0.5,
        symbol=r"\eta",
        scale="log",
        help="The learning rate at the first step, the same number for all four entries.",
    )
    angle: float = knob(
        0.0, 0.0, 45.0, symbol=r"\varphi", help="The angle between the bowl and the coordinate axes, in degrees."
    )

    def link(self) -> Mapping[str, str]:
        surface = {"surface": f"elliptic_bowl(condition={CONDITION},angle={self.angle})"}
        return BOWL | surface | {"lanes": lanes(self.learning_rate), "steps": str(STEPS)}

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
    def ruler(self) -> tuple[Array, Mapping[float, tuple[Array, Array]]]:
        """Points about a minimum at 0, (n,), and for each parabola by its curvature the losses and gradients there."""
        x = np.linspace(-1, 1, 201)
        return x, {curvature: (curvature / 2 * x * x, curvature * x) for curvature in CURVATURES}

    @property
    def ratios(self) -> Mapping[float, float]:
        """For each parabola by its curvature, the root mean square of these gradients divided by the curvature."""
        _x, parabolas = self.ruler
        return {
            curvature: float(np.sqrt(np.mean(slopes * slopes)) / curvature)
            for curvature, (_losses, slopes) in parabolas.items()
        }

    @claim
    def decay_arrives(self, race: Race) -> tuple[bool, Values]:
        constant, root, exponential, _adagrad = results(race)
        holds = constant.converged_at is None and None not in (
            root.converged_at,
            exponential.converged_at,
        )
        return holds, {
            "constant": constant.final_loss,
            "steps": int(race.trajectories[0].last_step),
            "root": root.converged_at,
            "exponential": exponential.converged_at,
            "root_loss": root.final_loss,
            "exponential_loss": exponential.final_loss,
        }

    @claim
    def own_rates(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[3]
        gradients = race.landscape.gradient(path.points[: int(path.last_step)].T)
        sizes = np.sqrt((gradients * gradients).mean(axis=1))
        _first, rates = first_and_last_rates(race)
        large = int(sizes.argmax())
        with np.errstate(all="ignore"):
            factor, ratio = float(sizes[large] / sizes[1 - large]), rates[1 - large] / np.float64(rates[large])
        values = {"large": "xy"[large], "small": "xy"[1 - large], "factor": factor, "ratio": float(ratio)}
        return bool(abs(ratio / factor - 1) < 0.05), values

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

    @claim
    def rare(self, _race: Race) -> tuple[bool, Values]:
        gaps = rate_gaps(RARE)
        single, adagrad = gaps.values()
        return single > 2 * adagrad, {"share": RARE.share, **gaps}

    @predict(
        options=("gone", "straight", "out"),
        link=BOWL
        | {
            "lanes": 'gradient_descent(learning_rate=0.4,name="0.4"),'
            'gradient_descent(learning_rate=0.4*inverse_sqrt,name="0.4/√(t+1)")',
            "steps": "40",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        _constant, decayed = race.trajectories
        reached = results(race)[1].converged_at
        floor = np.abs(decayed.points[:, 1])
        values = {"far": float(floor.max() / floor[0]), "steps": reached}
        if reached is None:
            return "gone", values
        return ("out" if values["far"] > 2 else "straight"), values

    @goal(
        link=BOWL | {"lanes": lanes(0.2), "steps": str(STEPS)},
        fixed=("surface", "start", "steps"),
        solution={"lanes": lanes(0.1)},
    )
    def no_decay(self, race: Race) -> tuple[bool, Values]:
        rows = list(zip(race.scenario.entries, results(race), strict=True))
        steps, rates = [], set()
        for own in self.scenario.entries[:3]:  # with a constant rate and with the two decays
            alike = [(entry, row) for entry, row in rows if is_alike(entry, own)][:1]
            steps += [row.converged_at for _entry, row in alike] or [None]
            rates |= {float(learning_rate_of(entry.optimizer)) for entry, _row in alike} or {None}
        constant, *decays = steps
        holds = len(rates) == 1 and constant is not None and all(each is None or each > constant for each in decays)
        names = ("constant", "root", "exponential")
        return holds, {name: said(each) for name, each in zip(names, steps, strict=True)}

    @goal(
        link=BOWL | {"lanes": f"gradient_descent(learning_rate={TWICE})", "steps": "60"},
        fixed=("surface", "start", "steps"),
        solution={"lanes": f"gradient_descent(learning_rate={TWICE}*inverse_time(rate=0.2))"},
    )
    def tamed(self, race: Race) -> tuple[bool, Values]:
        rows = zip(race.scenario.entries, results(race), strict=True)
        steps = [row.converged_at for entry, row in rows if is_decay_from(TWICE, entry)]
        return within(SOON, steps)

    @goal(
        link=BOWL | {"lanes": "adagrad(learning_rate=0.2)", "steps": str(STEPS)},
        fixed=("surface", "start", "steps"),
        solution={"lanes": "adagrad(learning_rate=1.2)"},
    )
    def tuned(self, race: Race) -> tuple[bool, Values]:
        rows = zip(race.scenario.entries, results(race), strict=True)
        steps = [row.converged_at for entry, row in rows if is_constant(entry, "adagrad")]
        return within(FEW, steps)

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "tip": {
            "surface": "ackley",
            "lanes": 'gradient_descent(learning_rate=0.2,name="constant"),'
            'gradient_descent(learning_rate=0.2*exponential(decay=0.97),name="exponential")',
            "steps": "200",
        },
        "valleys": {
            "surface": "himmelblau",
            "start": "0,0",
            "lanes": 'gradient_descent(learning_rate=0.027,name="constant"),'
            'gradient_descent(learning_rate=0.027*inverse_sqrt,name="1/√(t+1)"),'
            'gradient_descent(learning_rate=0.027*exponential(decay=0.97),name="exponential")',
            "steps": "60",
        },
        "too_fast": {
            "surface": "elliptic_bowl(condition=10,angle=0)",
            "lanes": 'gradient_descent(learning_rate=0.2*exponential(decay=0.8),name="decay 0.8"),'
            'gradient_descent(learning_rate=0.2*exponential(decay=0.97),name="decay 0.97"),'
            'gradient_descent(learning_rate=0.2*inverse_sqrt,name="1/√(t+1)")',
            "steps": "300",
        },
    }


def is_alike(entry: Entry, other: Entry) -> bool:
    """Return whether two entries have the same method and the same schedules, whatever their rates."""
    return type(entry.optimizer) is type(other.optimizer) and entry.schedules == other.schedules


def said(steps: int | None) -> int | str:
    """Return a number of steps as it is inserted into a sentence."""
    return word("not converged") if steps is None else steps


def is_decay_from(rate: float, entry: Entry) -> bool:
    """Return whether an entry is gradient descent from this rate on with a schedule other than 1 / sqrt(t + 1)."""
    schedules = [schedule for _field, schedule in entry.schedules]
    plain = is_method(entry) and learning_rate_of(entry.optimizer) == rate
    starts = {float(schedule.values(rate, STEPS)[0]) for schedule in schedules}
    return plain and starts == {rate} and not any(type(each) is SCHEDULES["inverse_sqrt"] for each in schedules)


def within(most: int, steps: Iterable[int | None]) -> tuple[bool, Values]:
    """Return whether the fewest of these steps to convergence are few enough, and the values of the sentence."""
    fewest = min((each for each in steps if each is not None), default=None)
    return fewest is not None and fewest <= most, {
        "steps": word("not converged") if fewest is None else fewest,
        "most": most,
    }


class Played(Reshaped):
    """A flat surface that returns gradients from a list, the same value for both coordinates."""

    def __init__(self, gradients: Sequence[float]) -> None:
        super().__init__(LANDSCAPES["bowl"])
        self.left = iter(gradients)

    def gradient(self, theta: Array) -> Array:
        return np.full_like(theta, next(self.left))


def rate_gaps(task: RareFeature) -> dict[str, float]:
    """Return by what factor the best rate for the rare weight exceeds that for the frequent one, by method.

    The single rate is in proportion to one over the unit of the loss; Adagrad's does not depend on it.
    """
    single = task.best_rates("gradient_descent", tuple(rate / task.unit for rate in SINGLE_RATES))
    adagrad = task.best_rates("adagrad", ADAGRAD_RATES)
    return {"single": single[1] / single[0], "adagrad": adagrad[1] / adagrad[0]}


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
