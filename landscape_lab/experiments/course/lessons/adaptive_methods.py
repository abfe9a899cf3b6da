from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.course.rare_gradients import Drift, Rare, drift
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import word
from landscape_lab.experiments.tables import results
from optim_core import OPTIMIZERS, Adagrad, Adam, Adamax, AMSGrad, Momentum, Nesterov, knob, run
from optim_core.objective import Array

SCALE = 1000.0
"""Factor by which the loss is multiplied to show which methods depend on its scale."""
FIRST = 20
"""Number of first steps during which RMSprop is still on the steep slope."""
LARGE_RATE = 0.5
"""The rate with which Adagrad is compared with itself."""
RATES = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0)
"""The rates among which each method has its best one in the bowls."""
SLOPES = MappingProxyType({"surface": "tanh_network", "start": "3.6,-1", "steps": "300"})
"""A steep slope along y, then a gentle one along x."""
ALONG = MappingProxyType({"surface": "elliptic_bowl(condition=100,angle=0)", "start": "-1.7,1", "steps": "300"})
ACROSS = MappingProxyType(
    {
        "surface": "elliptic_bowl(condition=100,angle=45)",
        "start": "-1.9091883092036783,-0.4949747468305832",
        "steps": "300",
    }
)
"""The bowl `ALONG` and its start, both turned by 45 degrees."""
PLAIN, ADAGRAD = "gradient_descent(learning_rate=0.0198)", f"adagrad(learning_rate={LARGE_RATE})"
"""Gradient descent at its best rate for these bowls, and Adagrad."""
ADAM = "adam(learning_rate=0.7)"
"""Adam at the best of `RATES` for the turned bowl."""
RARE, DRIFT_STEPS, SHORT = Rare(), 3000, 0.9
"""Rare large gradients, the steps of runs on them, and a beta_2 whose average is shorter than their period."""
SOON = 60
"""The number of steps in which a task asks Adagrad to converge."""


@final
@dataclass(frozen=True)
class AdaptiveMethods(RaceLesson):
    """Comparison of four methods with a rate for each coordinate, down a steep slope and along a gentle one."""

    number: ClassVar[int] = 9
    icon: ClassVar[str] = ":material/tune:"
    source: ClassVar[str] = (
        "Duchi, Hazan and Singer 2011, Adaptive subgradient methods; Tieleman and Hinton 2012, Lecture 6.5; "
        "Zeiler 2012, ADADELTA; Kingma and Ba 2015, Adam; Reddi, Kale and Kumar 2018, On the convergence of Adam and "
        "beyond"
    )
    about: ClassVar[frozenset[str]] = frozenset({"adagrad", "rmsprop", "adadelta", "adam", "amsgrad", "adamax"})

    learning_rate: float = knob(
        0.05,
        0.005,
        0.5,
        symbol=r"\eta",
        scale="log",
        help="The learning rate of every method but Adadelta, which has none.",
    )
    rho: float = knob(0.9, 0.0, 0.999, symbol=r"\rho", help="The weight of the old average in RMSprop and Adadelta.")
    bias_correction: bool = knob(
        True, symbol=r"\hat{}", help="Whether Adam corrects its averages for having started at zero."
    )

    def link(self) -> Mapping[str, str]:
        rate, correction = f"learning_rate={self.learning_rate}", str(self.bias_correction).lower()
        return SLOPES | {
            "lanes": f"adagrad({rate}),rmsprop({rate},rho={self.rho}),adadelta(rho={self.rho},epsilon=0.0001),"
            f"adam({rate},bias_correction={correction})",
        }

    @property
    def effective_rates(self) -> list[Array]:
        """The distance that each entry moves x and y per unit of its direction, shape (steps, 2) per entry."""
        return [*_effective_rates(self.scenario)]

    @claim(names="start")
    def stalls(self, race: Race) -> tuple[bool, Values]:
        rows = results(race)
        steps = dict(zip(("adagrad", "rmsprop", "adadelta", "adam"), (row.converged_at for row in rows), strict=True))
        tuned = _converged(race.scenario.to_query(), ADAGRAD)
        holds = [step is not None for step in (*steps.values(), tuned)] == [False, True, True, True, True]
        told = {name: _told(step) for name, step in (steps | {"tuned": tuned}).items()}
        facts = {"loss": rows[0].final_loss, "steps": race.scenario.steps, "rate": self.learning_rate}
        return holds, told | facts

    @claim
    def only_falls(self, race: Race) -> tuple[bool, Values]:
        squares = _slopes(race, 0) ** 2
        rates = self.learning_rate / np.sqrt(np.cumsum(squares, axis=0) + 1e-8)
        moved = np.abs(np.diff(race.trajectories[0].points, axis=0))
        # The path itself decides: its steps are these rates times the gradients.
        fits = np.allclose(moved, rates * np.sqrt(squares), rtol=1e-3, atol=1e-9)
        return fits and rates[-1, 1] < rates[0, 1], {"first": rates[0, 1], "last": rates[-1, 1]}

    @claim(names="start")
    def recovers(self, race: Race) -> tuple[bool, Values]:
        average, averages = np.zeros(2), []
        for squares in _slopes(race, 1) ** 2:
            average = self.rho * average + (1 - self.rho) * squares
            averages.append(average)
        rates = self.learning_rate / np.sqrt(np.array(averages) + 1e-8)[:, 1]
        low, high = float(rates[:FIRST].min()), float(np.median(rates[len(rates) // 2 :]))
        return high > 2 * low, {"low": low, "high": high}

    @claim
    def first_step(self, race: Race) -> tuple[bool, Values]:
        path = race.trajectories[3]
        x, y = np.abs(path.points[1] - path.points[0])
        slopes = np.abs(race.landscape.gradient(path.points[0]))
        adam = OPTIMIZERS["adam"](learning_rate=self.learning_rate, bias_correction=False)
        start = np.array(race.scenario.point)
        raw = np.abs(run(race.landscape, adam, start, 1).points[1] - start)
        holds = np.allclose([x, y], self.learning_rate, rtol=1e-3)
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

    @claim
    def turned(self, _race: Race) -> tuple[bool, Values]:
        found = bests()
        steps = [step for step in found.values() if step is not None]
        holds = len(steps) == len(found) and steps[1] > 10 * steps[0] and steps[3] < 2 * steps[2]
        return holds, {"rates": len(RATES), **{name: _told(step) for name, step in found.items()}}

    @claim
    def forgets(self, _race: Race) -> tuple[bool, Values]:
        ends = {name: float(found.positions[-RARE.period :].mean()) for name, found in drifts().items()}
        adam, adamax, amsgrad, longer = ends.values()
        holds = RARE.mean > 0 and min(adam, adamax) > 0.1 and max(amsgrad, longer) < -0.1
        return holds, {**RARE._asdict(), "mean": RARE.mean, "steps": DRIFT_STEPS, **ends}

    @predict(options=("many", "more", "same"), link=ACROSS | {"lanes": f"{PLAIN},{ADAGRAD}"})
    def prediction(self, race: Race) -> tuple[str, Values]:
        turned = results(race)[1].converged_at
        right = "many" if turned is None or turned > 100 else "more" if turned >= 10 else "same"
        return right, {
            "turned": _told(turned),
            "straight": _told(_converged(ALONG, ADAGRAD)),
            "rates": len(RATES),
            "best_turned": _told(bests()["turned"]),
            "best_straight": _told(bests()["straight"]),
        }

    @goal(
        link=SLOPES | {"lanes": "adagrad(learning_rate=0.05)"},
        fixed=("surface", "start", "noise"),
        solution={"lanes": "adagrad(learning_rate=0.5)"},
    )
    def adagrad_in_time(self, race: Race) -> tuple[bool, Values]:
        steps = [
            row.converged_at
            for row, entry in zip(results(race), race.scenario.entries, strict=True)
            if isinstance(entry.optimizer, Adagrad) and not entry.schedules and row.converged_at is not None
        ]
        return min(steps, default=SOON) < SOON, {"arrived": _told(min(steps, default=None))}

    @goal(
        link=ACROSS | {"lanes": f"{ADAM},momentum(learning_rate=0.01,momentum=0.9)"},
        fixed=("surface", "start", "noise"),
        solution={"lanes": f"{ADAM},momentum(learning_rate=0.03,momentum=0.7)"},
    )
    def beat_adam(self, race: Race) -> tuple[bool, Values]:
        adam = Scenario.from_query({"lanes": ADAM}).entries[0]
        rows = list(zip(race.scenario.entries, results(race), strict=True))
        theirs = next((row.converged_at for entry, row in rows if entry == adam), None)
        heavy = [row.converged_at for entry, row in rows if isinstance(entry.optimizer, Momentum | Nesterov)]
        other = min((step for step in heavy if step is not None), default=None)
        met = theirs is not None and other is not None and other < theirs
        return met, {"adam": _told(theirs), "other": _told(other)}

    @goal(
        link=SLOPES | {"lanes": "adam(learning_rate=0.05,bias_correction=false)"},
        fixed=("surface", "start", "noise"),
        solution={"lanes": "adam(learning_rate=0.05,beta1=0.968,bias_correction=false)"},
    )
    def unbiased(self, race: Race) -> tuple[bool, Values]:
        plain = Adam(bias_correction=False)
        # Nothing but the rate and beta_1 may differ from the defaults.
        steps = [
            float(np.abs(path.points[1] - path.points[0]).max() / entry.optimizer.learning_rate)
            for entry, path in zip(race.scenario.entries, race.trajectories, strict=True)
            if isinstance(entry.optimizer, Adam)
            and replace(entry.optimizer, learning_rate=plain.learning_rate, beta1=plain.beta1) == plain
            and not entry.schedules
        ]
        # Without such an entry, the first step at the settings where the task starts: with 0.9 and 0.999.
        times = min(steps, key=lambda step: abs(step - 1), default=(1 - plain.beta1) / (1 - plain.beta2) ** 0.5)
        return bool(abs(times - 1) < 0.02), {"times": times}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "along": ALONG | {"lanes": f"{PLAIN},{ADAGRAD},{ADAM}"},
        "across": ACROSS | {"lanes": f"{PLAIN},{ADAGRAD},{ADAM}"},
        "windows": {
            "surface": "beale",
            "start": "4,2",
            "lanes": 'rmsprop(learning_rate=0.05,rho=0,name="1 step"),'
            'rmsprop(learning_rate=0.05,rho=0.9,name="10 steps"),'
            'rmsprop(learning_rate=0.05,rho=0.99,name="100 steps")',
            "steps": "300",
        },
        "amsgrad": SLOPES
        | {"lanes": "adam(learning_rate=0.05),amsgrad(learning_rate=0.05),adamax(learning_rate=0.05)"},
    }


def _slopes(race: Race, entry: int) -> Array:
    """Return the gradient at each point of an entry's path but the last, shape (steps, 2)."""
    return race.landscape.gradient(race.trajectories[entry].points[:-1].T).T


def _converged(link: Mapping[str, str], lane: str) -> int | None:
    """Return the step at which an entry converges on the surface of a link."""
    return results(race(Scenario.from_query({**link, "lanes": lane})))[0].converged_at


def _told(step: int | None) -> int | str:
    """Return a number of steps, or a word for a run that does not converge."""
    return word("never") if step is None else step


@lru_cache(maxsize=1)
def bests() -> Mapping[str, int | None]:
    """Return the steps of Adagrad and Adam, each with its best of `RATES`, and of gradient descent in the bowls."""

    def best(link: Mapping[str, str], name: str) -> int | None:
        lanes = ",".join(f"{name}(learning_rate={rate})" for rate in RATES)
        rows = results(race(Scenario.from_query({**link, "lanes": lanes})))
        return min((row.converged_at for row in rows if row.converged_at is not None), default=None)

    plain = {_converged(link, PLAIN) for link in (ALONG, ACROSS)}
    return {
        "straight": best(ALONG, "adagrad"),
        "turned": best(ACROSS, "adagrad"),
        "adam_straight": best(ALONG, "adam"),
        "adam_turned": best(ACROSS, "adam"),
        "plain": plain.pop() if len(plain) == 1 else None,
    }


@lru_cache(maxsize=1)
def drifts() -> Mapping[str, Drift]:
    """Return runs on rare large gradients by name: `longer` is Adam with a long average of the squares."""
    methods = {
        "adam": Adam(0.02, beta2=SHORT),
        "adamax": Adamax(0.02, beta2=SHORT),
        "amsgrad": AMSGrad(0.02, beta2=SHORT),
        "longer": Adam(0.02, beta2=0.999),
    }
    return {name: drift(optimizer, RARE, DRIFT_STEPS) for name, optimizer in methods.items()}


def regained() -> tuple[float, float]:
    """Return the largest factors by which the effective rates of Adam and AMSGrad rise between two large gradients,
    after the bias corrections have faded."""
    late = slice(10 * RARE.period, 11 * RARE.period)
    adam, amsgrad = (drifts()[name].rates[late] for name in ("adam", "amsgrad"))
    return float(adam.max() / adam[0]), float(amsgrad.max() / amsgrad[0])


@lru_cache(maxsize=8)
def _effective_rates(scenario: Scenario) -> tuple[Array, ...]:
    """Return the factor by which each step multiplies its direction: the gradient, or the method's average (m_hat)."""
    rates = []
    for entry in scenario.entries:
        path = run(scenario.landscape, entry.optimizer, scenario.point, scenario.steps, record_state=True)
        with np.errstate(all="ignore"):
            rates.append(-np.diff(path.points, axis=0) / path.state.get("m_hat", path.state["g"]))
    return tuple(rates)
