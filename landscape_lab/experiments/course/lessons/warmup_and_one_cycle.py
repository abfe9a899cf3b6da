from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, claim, predict
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.tables import results
from optim_core import OPTIMIZERS, Outcome, Trajectory, knob, run
from optim_core.objective import Array, norm
from optim_core.optimizer import get_field, with_field

SLOPE = {"surface": "beale", "start": "3.5,-1.5", "steps": "250"}
"""Race from a steep slope, with a hollow close below it and behind it a valley that leads away from the minimum."""
BOWL = {"surface": "elliptic_bowl(condition=20,angle=20)", "start": "-1.7,1"}
RATES = np.array([float(f"{rate:.3g}") for rate in np.geomspace(1e-5, 1e-2, 61)])
"""Highest rates that are tried: 20 in each decade."""
LOW = 0.01
"""Loss at or below which a run counts as having arrived on Beale's function, whose minimum is 0."""
LONG = 2000
"""Number of steps over which RAdam's factor is drawn."""


@final
@dataclass(frozen=True)
class WarmupAndOneCycle(Lesson):
    """Comparison of four schedules for momentum that have the same highest rate."""

    number: ClassVar[int] = 14
    icon: ClassVar[str] = ":material/ssid_chart:"
    source: ClassVar[str] = (
        "Goyal et al. 2017, Accurate, large minibatch SGD; Loshchilov and Hutter 2017, SGDR; "
        "Smith 2018, A disciplined approach to neural network hyper-parameters; "
        "Liu et al. 2020, On the variance of the adaptive learning rate and beyond"
    )
    about: ClassVar[frozenset[str]] = frozenset({"warmup", "one_cycle", "one_cycle_momentum", "cosine", "radam"})

    learning_rate: float = knob(
        6e-4, 2e-5, 3e-3, symbol=r"\eta", scale="log", help="The highest rate, the same for all four."
    )
    warmup: int = knob(50, 1, 200, symbol="w", scale="log", help="How many steps the warm-up takes.")
    lowest_momentum: float = knob(
        0.9, 0.0, 1.0, symbol="f", help="The share of its momentum that one cycle keeps where its rate is highest."
    )

    def link(self) -> Mapping[str, str]:
        rate = f"learning_rate={self.learning_rate}"
        return SLOPE | {
            "lanes": f'momentum({rate},name="constant"),momentum({rate}*cosine,name="cosine"),'
            f'momentum({rate}*warmup(then=cosine,length={self.warmup}),name="warm-up, cosine"),'
            f"momentum({rate}*one_cycle,momentum=0.9*one_cycle_momentum(low={self.lowest_momentum}),"
            'name="one cycle")',
        }

    @property
    def rates(self) -> list[Array]:
        """The scheduled learning rate of each entry at every step, shape (steps) each."""
        return [scheduled(entry, "learning_rate", self.scenario.steps) for entry in self.scenario.entries]

    @property
    def momenta(self) -> list[Array]:
        """The scheduled momentum of each entry at every step, shape (steps) each."""
        return [scheduled(entry, "momentum", self.scenario.steps) for entry in self.scenario.entries]

    @property
    def arrivals(self) -> list[int]:
        """For each entry, the number of `RATES` that, as its highest rate, lead to a final loss of `LOW` or less."""
        return [int((final_losses(self.scenario, i) <= LOW).sum()) for i in range(len(self.scenario.entries))]

    @property
    def totals(self) -> list[int]:
        """For each entry, the number of rates that were tried."""
        return [len(RATES)] * len(self.scenario.entries)

    @property
    def rectified(self) -> list[Array]:
        """The factors of the adapted direction in Adam and RAdam at a rate of 1, shape (LONG) each; NaN without one."""
        return [*_rectified()]

    @claim
    def ends_lower(self, race: Race) -> tuple[bool, Values]:
        constant, _cosine, _warm, cycle = results(race)
        stayed = race.trajectories[3].outcome != Outcome.DIVERGED
        ends = {"cycle": cycle.final_loss, "constant": constant.final_loss}
        return stayed and not cycle.final_loss > constant.final_loss / 2, ends

    @claim
    def starts_gently(self, race: Race) -> tuple[bool, Values]:
        longest = [float(np.nanmax(norm(np.diff(path.points, axis=0).T))) for path in race.trajectories]
        cold, warm = min(longest[:2]), max(longest[2:])
        return cold > 1.5 * warm, {"cold": cold, "warm": warm}

    @claim
    def leaves_room(self, _race: Race) -> tuple[bool, Values]:
        constant, _cosine, _warm, cycle = self.arrivals
        counts = {"constant": constant, "cycle": cycle, "rates": len(RATES), "low": LOW}
        return cycle > 1.5 * constant, counts | {"least": RATES[0], "most": RATES[-1]}

    @claim
    def drawn_is_used(self, race: Race) -> tuple[bool, Values]:
        plans = zip(race.trajectories, self.rates, self.momenta, strict=True)
        error = max(largest_difference(used_rates(race, path, heavy), rates) for path, rates, heavy in plans)
        return error < 1e-3, {"error": error}

    @claim
    def radam_waits(self, _race: Race) -> tuple[bool, Values]:
        plain, share = _radam_waits()
        return plain == 5 and share < 0.1, {"plain": plain, "next": plain + 1, "share": share}

    @predict(
        options=(
            "radam",
            "adam",
            "same",
        ),
        link=BOWL | {"lanes": "adam(learning_rate=0.05),radam(learning_rate=0.05)", "steps": "200"},
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        steps = [norm(np.diff(path.points, axis=0).T) for path in race.trajectories]
        adam, radam = (float(lengths[0]) for lengths in steps)
        slope = float(norm(race.landscape.gradient(np.array(race.scenario.point))))
        right = "same" if 0.8 < radam / adam < 1.25 else "radam" if radam > adam else "adam"
        return right, {"adam": adam, "radam": radam, "slope": slope, "sixth": steps[1][5]}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "five_times_rate": SLOPE
        | {
            "lanes": 'momentum(learning_rate=0.003,name="constant"),'
            'momentum(learning_rate=0.003*warmup(then=cosine,length=50),name="warm-up, cosine"),'
            'momentum(learning_rate=0.003*one_cycle,momentum=0.9*one_cycle_momentum,name="one cycle")'
        },
        "sixth_rate_constant": SLOPE
        | {
            "lanes": 'momentum(learning_rate=0.0001,name="constant"),'
            'momentum(learning_rate=0.0001*warmup(then=cosine,length=50),name="warm-up, cosine"),'
            'momentum(learning_rate=0.0001*one_cycle,momentum=0.9*one_cycle_momentum,name="one cycle")'
        },
        "with_noisy_gradients": {
            "surface": "elliptic_bowl(condition=50,angle=30)",
            "start": "-1.7,1",
            "lanes": 'momentum(learning_rate=0.003,name="constant"),'
            'momentum(learning_rate=0.003*cosine,name="cosine"),'
            'momentum(learning_rate=0.003*one_cycle,momentum=0.9*one_cycle_momentum,name="one cycle")',
            "noise": "gradient_noise(eta=1,gamma=0)",
            "steps": "250",
        },
        "adam_adam_with": BOWL
        | {
            "lanes": "adam(learning_rate=0.05),"
            'adam(learning_rate=0.05*warmup(then=constant,length=50),name="Adam, warm-up"),'
            "radam(learning_rate=0.05)",
            "steps": "250",
        },
    }


def scheduled(entry: Entry, field: str, steps: int) -> Array:
    """Return the value of a field at every step of a run, shape (steps)."""
    base, plan = float(get_field(entry.optimizer, field)), dict(entry.schedules).get(field)
    return np.array(plan.values(base, steps)) if plan else np.full(steps, base)


def used_rates(race: Race, path: Trajectory, momenta: Array) -> Array:
    """Return the rate of each step of momentum, computed from the points alone, shape (steps); NaN after the end.

    A step is d_t = gamma_t d_(t-1) - eta_t g_t. Its component along g_t gives one equation for eta_t.
    """
    with np.errstate(all="ignore"):
        steps = np.diff(path.points, axis=0)
        before = np.concatenate([np.zeros((1, 2)), steps[:-1]])
        slopes = race.landscape.gradient(path.points[:-1].T).T
        return ((momenta[:, None] * before - steps) * slopes).sum(axis=1) / (slopes**2).sum(axis=1)


def largest_difference(used: Array, drawn: Array) -> float:
    """Return the largest difference between the used and the drawn rates, relative to the highest drawn rate.

    Both have the shape (steps). Steps whose used rate is NaN are ignored; the result is infinite if all are NaN.
    """
    known = np.isfinite(used)
    return float(np.max(np.abs(used - drawn)[known]) / drawn.max()) if known.any() else np.inf


@lru_cache(maxsize=64)
def final_losses(scenario: Scenario, place: int) -> Array:
    """Return the final loss of one entry for each of `RATES` as its highest rate; infinite where it diverges."""
    entry = scenario.entries[place]
    many = with_field(entry.optimizer, "learning_rate", RATES)
    path = run(scenario.landscape, many, scenario.point, scenario.steps, schedules=dict(entry.schedules))
    return np.where(path.outcomes == Outcome.FINISHED, path.losses[-1], np.inf)


@lru_cache(maxsize=1)
def _radam_waits() -> tuple[int, float]:
    """Return the number of RAdam's first steps without adaptation, and its factor in the first adapted step."""
    scenario = Scenario.from_query(BOWL)
    radam = OPTIMIZERS["radam"](learning_rate=0.05)
    path = run(scenario.landscape, radam, scenario.point, 20, record_state=True)
    steps, state = np.diff(path.points, axis=0), path.state
    plain = np.isclose(steps, -0.05 * state["m_hat"], rtol=1e-9).all(axis=1)
    first = int((~plain).argmax())
    return first, float(state["r"][first])


@lru_cache(maxsize=1)
def _rectified() -> tuple[Array, Array]:
    scenario = Scenario.from_query(BOWL)
    state = run(scenario.landscape, OPTIMIZERS["radam"](), scenario.point, LONG, record_state=True).state
    return np.ones(LONG), np.where(state["rho"] > 5, state["r"], np.nan)
