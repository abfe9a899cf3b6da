from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.race import Race
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.tables import results
from optim_core import OPTIMIZERS, Outcome, Trajectory, knob, run
from optim_core.objective import Array, norm
from optim_core.optimizer import get_field, with_field
from optim_core.optimizers.momentum import Momentum
from optim_core.optimizers.qhm import QHM
from optim_core.samplers.gradient_noise import GradientNoise

SLOPE = {"surface": "beale", "start": "0.9,-1.9", "steps": "250"}
"""Race from a steep wall, below which a valley leads to the minimum on one side and away from it on the other."""
BOWL = {"surface": "elliptic_bowl(condition=20,angle=20)", "start": "-1.7,1"}
NOISY = {
    "surface": "elliptic_bowl(condition=50,angle=30)",
    "start": "-1.7,1",
    "noise": "gradient_noise(eta=1,gamma=0)",
    "steps": "250",
}
"""Race in a bowl with gradient noise that does not decrease."""
HIGHEST = 0.004
LENGTH = 100
USUAL_MOMENTUM = 0.9
SMALLER = 10
"""The entry with a small rate has the highest rate divided by this."""
CONSTANT, COSINE = "momentum(learning_rate={rate})", "momentum(learning_rate={rate}*cosine)"
CYCLE = "momentum(learning_rate={rate}*one_cycle,momentum=0.9*one_cycle_momentum(low={low}))"
WARM = "momentum(learning_rate={rate}*warmup(then=cosine,length={length}))"
WARM_AFTER = "qhm(learning_rate={rate}*warmup(then=cosine,length={length}),nu=1)"
CYCLE_AFTER = "qhm(learning_rate={rate}*one_cycle,momentum=0.9*one_cycle_momentum(low={low}),nu=1)"
"""The rate multiplies the velocity, as in PyTorch. QHM with nu = 1 is momentum in this form."""
MEAN = 10
"""How many times the rate QHM needs, because its velocity is a mean: 1 / (1 - momentum)."""
RATES = np.array([float(f"{rate:.3g}") for rate in np.geomspace(1e-5, 1e-1, 41)])
"""Highest rates that are tried: 10 in each decade."""
STARTS = 9
"""Number of starts along each axis of the map, at the centres of as many equal cells."""
LOW = 0.01
"""Final loss on Beale's function, whose minimum is 0, that counts as low."""
SEEDS = 64
SETTLED = 0.003
"""Median final loss in `NOISY` that the goal asks for: below what any constant rate of momentum 0.9 reaches."""
LONG = 2000
"""Number of steps over which RAdam's factor is drawn."""


@final
@dataclass(frozen=True)
class WarmupAndOneCycle(RaceLesson):
    """Comparison of two constant rates with two schedules that warm up, all for momentum."""

    number: ClassVar[int] = 14
    icon: ClassVar[str] = ":material/ssid_chart:"
    source: ClassVar[str] = (
        "Goyal et al. 2017, Accurate, large minibatch SGD; Loshchilov and Hutter 2017, SGDR; "
        "Smith 2018, A disciplined approach to neural network hyper-parameters; "
        "Liu et al. 2020, On the variance of the adaptive learning rate and beyond"
    )
    about: ClassVar[frozenset[str]] = frozenset({"warmup", "one_cycle", "one_cycle_momentum", "cosine", "radam"})

    learning_rate: float = knob(
        HIGHEST,
        1e-4,
        1e-2,
        symbol=r"\eta",
        scale="log",
        help="The highest rate of three entries. The small rate is a tenth of it.",
    )
    warmup: int = knob(LENGTH, 1, 200, symbol="T_w", scale="log", help="The number of steps of the warm-up.")
    lowest_momentum: float = knob(
        0.9, 0.0, 1.0, symbol="f", help="The share of its momentum that one cycle keeps where its rate is highest."
    )

    def link(self) -> Mapping[str, str]:
        rate = self.learning_rate
        lanes = {
            "small rate": CONSTANT.format(rate=f"{rate / SMALLER:.6g}"),
            "large rate": CONSTANT.format(rate=rate),
            "warm-up, cosine": WARM.format(rate=rate, length=self.warmup),
            "one cycle": CYCLE.format(rate=rate, low=self.lowest_momentum),
        }
        return SLOPE | {"lanes": ",".join(f'{lane[:-1]},name="{name}")' for name, lane in lanes.items())}

    @property
    def compared(self) -> Scenario:
        """The race of the schedules whose runs are counted: constant, cosine, warm-up with cosine, one cycle, and the
        last two again with a rate that multiplies the velocity."""
        lanes = (CONSTANT, COSINE, WARM, CYCLE, WARM_AFTER, CYCLE_AFTER)
        return Scenario.from_query(SLOPE | {"lanes": ",".join(self._lanes(*lanes))})

    def _lanes(self, *lanes: str) -> list[str]:
        setting = {"rate": HIGHEST, "length": self.warmup, "low": self.lowest_momentum}
        return [lane.format(**setting) for lane in lanes]

    @property
    def final_losses(self) -> list[Array]:
        """The final loss from every start at every highest rate, for each of `compared`, (starts, rates)."""
        return [_final_losses(self.compared, place) for place in range(6)]

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
        """For the first four of `compared`, the number of runs that end at a loss of `LOW` or less."""
        return [int((losses <= LOW).sum()) for losses in self.final_losses[:4]]

    @property
    def totals(self) -> list[int]:
        """For the first four of `compared`, the number of runs."""
        return [STARTS**2 * len(RATES)] * 4

    @property
    def counted(self) -> Values:
        """What is counted over the runs: their number for each schedule, of starts and of rates, and the low loss."""
        rates = {"rates": len(RATES), "least": RATES[0], "most": RATES[-1]}
        return rates | {"low": LOW, "starts": STARTS**2, "runs": self.totals[0]}

    @property
    def rectified(self) -> list[Array]:
        """The factors of the adapted direction in Adam and RAdam at a rate of 1, shape (LONG) each; NaN without one."""
        return [*_rectified()]

    @claim(names="start")
    def ends_lower(self, race: Race) -> tuple[bool, Values]:
        small, large, warm, cycle = (row.final_loss for row in results(race))
        finished = all(path.outcome != Outcome.DIVERGED for path in race.trajectories[2:])
        ends = {"small": small, "large": large, "warm": warm, "cycle": cycle, "steps": race.scenario.steps}
        rate = float(get_field(race.scenario.entries[1].optimizer, "learning_rate"))
        constant = min(loss if np.isfinite(loss) else np.inf for loss in (small, large))
        holds = finished and max(warm, cycle) < constant / 10
        return holds, ends | {"rate": rate, "tenth": rate / SMALLER}

    @claim(names="start")
    def starts_gently(self, race: Race) -> tuple[bool, Values]:
        longest = [float(np.nanmax(norm(np.diff(path.points, axis=0).T))) for path in race.trajectories]
        cold, warm = longest[1], max(longest[2:])
        return cold > 1.5 * warm, {"cold": cold, "warm": warm}

    @claim
    def leaves_room(self, _race: Race) -> tuple[bool, Values]:
        names = ("constant", "cosine", "warm", "cycle", "warm_after", "cycle_after")
        shares = {name: float((losses <= LOW).mean()) for name, losses in zip(names, self.final_losses, strict=True)}
        more = min(shares[name] for name in names[2:]) > 1.2 * shares["constant"] > 1.2 * shares["cosine"]
        return more, shares | self.counted

    @claim
    def at_their_best(self, _race: Race) -> tuple[bool, Values]:
        constant, _cosine, warm, cycle, *_after = (losses.min(axis=1) for losses in self.final_losses)
        reached = {
            "constant": int((constant <= LOW).sum()),
            "warm": int((warm <= LOW).sum()),
            "cycle": int((cycle <= LOW).sum()),
        }
        lowest = int((constant < np.minimum(warm, cycle)).sum())
        more = min(reached["warm"], reached["cycle"]) > reached["constant"]
        return more and lowest < STARTS**2 / 4, reached | {"starts": STARTS**2, "low": LOW, "lowest": lowest}

    @claim
    def settles(self, _race: Race) -> tuple[bool, Values]:
        lanes = self._lanes(CONSTANT, COSINE, WARM, CYCLE)
        scenario = Scenario.from_query(NOISY | {"lanes": ",".join(lanes)})
        constant, cosine, warm, cycle = (float(np.median(_with_noise(scenario, place))) for place in range(4))
        values = {"constant": constant, "cosine": cosine, "warm": warm, "cycle": cycle, "seeds": SEEDS}
        return max(cosine, warm, cycle) < constant / 2, values

    @claim
    def drawn_is_used(self, race: Race) -> tuple[bool, Values]:
        plans = zip(race.trajectories, self.rates, self.momenta, strict=True)
        error = max(largest_difference(used_rates(race, path, heavy), rates) for path, rates, heavy in plans)
        return error < 1e-3, {"error": error}

    @claim
    def radam_waits(self, _race: Race) -> tuple[bool, Values]:
        plain, paper, share = _radam_waits()
        values = {"plain": plain, "paper": paper, "next": plain + 1, "share": share}
        return plain == 5 and paper == 4 and share < 0.1, values

    @predict(
        options=("constant", "warm", "cycle"),
        link=BOWL
        | {
            "lanes": 'gradient_descent(learning_rate=0.05,name="constant"),'
            'gradient_descent(learning_rate=0.05*warmup(then=cosine,length=50),name="warm-up, cosine"),'
            'gradient_descent(learning_rate=0.05*one_cycle,name="one cycle")',
            "steps": "150",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        losses = [row.final_loss for row in results(race)]
        constant, warm, cycle = losses
        limit = 2 / float(np.linalg.eigvalsh(race.landscape.hessian(np.zeros(2)))[-1])
        right = ("constant", "warm", "cycle")[int(np.argmin(losses))]
        return right, {"constant": constant, "warm": warm, "cycle": cycle, "limit": limit}

    @goal(
        link=SLOPE | {"lanes": CONSTANT.format(rate=HIGHEST), "steps": "200"},
        fixed=("surface", "start", "steps"),
        solution={"lanes": WARM.format(rate=HIGHEST, length=LENGTH)},
    )
    def guarded(self, race: Race) -> tuple[bool, Values]:
        loss = results(race)[0].final_loss
        return _is_momentum(race, HIGHEST) and loss <= LOW, {"loss": loss, "low": LOW}

    @goal(
        link=NOISY | {"lanes": CONSTANT.format(rate=HIGHEST)},
        fixed=("surface", "start", "noise", "steps", "seed"),
        solution={"lanes": COSINE.format(rate=HIGHEST)},
    )
    def settled(self, race: Race) -> tuple[bool, Values]:
        values = {"median": np.nan, "seeds": SEEDS, "low": SETTLED}
        noisy = isinstance(race.scenario.sampler, GradientNoise) and race.scenario.seed < SEEDS
        if not (noisy and len(race.trajectories) == 1 and race.scenario.steps <= int(NOISY["steps"])):
            return False, values
        losses = _with_noise(race.scenario, 0)
        median, shown = float(np.median(losses)), float(race.trajectories[0].losses[-1])
        same = bool(np.isclose(losses[race.scenario.seed], shown, rtol=1e-6))
        return same and _is_momentum(race) and median < SETTLED, values | {"median": median}

    @goal(
        link=SLOPE
        | {
            "lanes": f'momentum(learning_rate={HIGHEST},name="constant"),'
            + CYCLE.format(rate=HIGHEST, low=0.9)[:-1]
            + ',name="one cycle")'
        },
        fixed=("lanes", "steps"),
        solution={"surface": "booth", "start": "-5,0"},
    )
    def constant_wins(self, race: Race) -> tuple[bool, Values]:
        rows, lowest = results(race), race.landscape.minimum_value or 0.0
        constant, cycle = (row.final_loss - lowest for row in (rows[0], rows[-1]))
        finished = race.trajectories[0].outcome != Outcome.DIVERGED
        return finished and constant < cycle / 10, {"constant": constant, "cycle": cycle}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "explodes": SLOPE
        | {
            "lanes": 'momentum(learning_rate=0.02,name="constant"),'
            'momentum(learning_rate=0.02*warmup(then=cosine,length=50),name="warm-up, cosine")'
        },
        "form": SLOPE
        | {
            "lanes": 'momentum(learning_rate=0.004*warmup(then=cosine,length=50),name="rate inside velocity"),'
            'qhm(learning_rate=0.04*warmup(then=cosine,length=50),nu=1,name="rate outside velocity")'
        },
        "noise": NOISY
        | {
            "lanes": 'momentum(learning_rate=0.004,name="constant"),'
            'momentum(learning_rate=0.004*cosine,name="cosine"),'
            'momentum(learning_rate=0.004*one_cycle,momentum=0.9*one_cycle_momentum,name="one cycle")',
        },
        "radam": BOWL
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


def _is_momentum(race: Race, rate: float | None = None) -> bool:
    """Return whether the race has one entry, SGD with momentum 0.9, and this learning rate before its schedule."""
    first, *others = race.scenario.entries
    method = first.optimizer
    if others or not isinstance(method, Momentum) or method.momentum != USUAL_MOMENTUM:
        return False
    return rate is None or method.learning_rate == rate


@lru_cache(maxsize=64)
def _final_losses(scenario: Scenario, place: int) -> Array:
    """Return the final loss of one entry from a grid of starts at each of `RATES`; infinite where it diverges."""
    entry, domain = scenario.entries[place], scenario.landscape.domain
    axes = [low + (high - low) * (np.arange(STARTS) + 0.5) / STARTS for low, high in domain]
    starts = np.stack(np.meshgrid(*axes, indexing="ij")).reshape(2, -1)
    rates = RATES * (MEAN if isinstance(entry.optimizer, QHM) else 1)
    many = with_field(entry.optimizer, "learning_rate", np.tile(rates, starts.shape[1]))
    path = run(
        scenario.landscape,
        many,
        np.repeat(starts, len(RATES), axis=1),
        scenario.steps,
        schedules=dict(entry.schedules),
    )
    return np.where(path.outcomes == Outcome.FINISHED, path.losses[-1], np.inf).reshape(-1, len(RATES))


@lru_cache(maxsize=64)
def _with_noise(scenario: Scenario, place: int) -> Array:
    """Return the final loss of one entry for each of `SEEDS` seeds, shape (SEEDS)."""
    entry = scenario.entries[place]
    path = run(
        scenario.landscape,
        entry.optimizer,
        scenario.point,
        scenario.steps,
        schedules=dict(entry.schedules),
        sampler=scenario.sampler,
        seed=np.arange(SEEDS),
    )
    return path.losses[-1]


@lru_cache(maxsize=1)
def _radam_waits() -> tuple[int, int, float]:
    """Return how many of RAdam's first steps are not adapted, as run and by the paper's rule, and its factor then."""
    scenario = Scenario.from_query(BOWL | {"lanes": "radam(learning_rate=0.05)"})
    radam = OPTIMIZERS["radam"](learning_rate=0.05)
    path = run(scenario.landscape, radam, scenario.point, 20, record_state=True)
    steps, state = np.diff(path.points, axis=0), path.state
    plain = np.isclose(steps, -0.05 * state["m_hat"], rtol=1e-9).all(axis=1)
    first, paper = int((~plain).argmax()), int((state["rho"] > 4).argmax())
    return first, paper, float(state["r"][first])


@lru_cache(maxsize=1)
def _rectified() -> tuple[Array, Array]:
    scenario = Scenario.from_query(BOWL | {"lanes": "radam"})
    state = run(scenario.landscape, OPTIMIZERS["radam"](), scenario.point, LONG, record_state=True).state
    return np.ones(LONG), np.where(state["rho"] > 5, state["r"], np.nan)
