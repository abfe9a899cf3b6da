from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.course.scaled import Scaled, ScaledForm
from landscape_lab.experiments.race import Race, run_entry
from landscape_lab.experiments.race import race as race_of
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscapes import DataLoss
from optim_core import OPTIMIZERS, Optimizer, Trajectory, knob, run
from optim_core.example_sampler import ExampleSampler, Rows
from optim_core.form import Form
from optim_core.objective import Array, norm
from optim_core.optimizers.l2_penalty import L2Penalty

RATE, PLAIN_RATE = 0.02, 0.005
BETA2 = 0.99
"""Averages about 100 gradients. With 0.999, the first, large gradients would still count at the end of the race."""
MOMENTUM = 0.9
MOMENTA = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
DECAY = 0.5
SCALES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
GROUND = {
    "surface": "multiple_regression(n=50,noise=3)",
    "start": "3.2,-2.4",
    "noise": "minibatch(size=2)",
    "steps": "1000",
}
CLOSE = 0.02
"""Difference of two shares of the weights below which a goal counts them as equal."""


def penalised(inner: str, strength: float, name: str) -> str:
    """Return an optimizer with an L2 penalty, in the notation of links."""
    return f'l2_penalty(inner={inner},strength={strength:.6g},name="{name}")'


def decoupled(inner: str, decay: float, name: str) -> str:
    """Return an optimizer with decoupled decay, in the notation of links."""
    return f'decoupled_decay(inner={inner},weight_decay={decay:.6g},name="{name}")'


def adam_w(decay: float) -> str:
    """Return AdamW in the notation of links."""
    return f'adamw(learning_rate={RATE},beta2={BETA2},weight_decay={decay:.6g},name="AdamW (decoupled)")'


PLAIN = f"gradient_descent(learning_rate={PLAIN_RATE})"
SGDM = f"momentum(learning_rate={PLAIN_RATE * (1 - MOMENTUM):.6g},momentum={MOMENTUM})"
"""With momentum as a sum: its steps are 1 / (1 - MOMENTUM) times as long as those of plain descent at this rate."""
ADAM = f"adam(learning_rate={RATE},beta2={BETA2})"
TWO_ADAMS = f"{penalised(ADAM, DECAY, 'Adam + L2')},{adam_w(DECAY)}"
TWO_SGDMS = f"{penalised(SGDM, DECAY, 'SGDM + L2')},{decoupled(SGDM, DECAY, 'SGDM, decoupled')}"


@final
@dataclass(frozen=True)
class WeightDecay(RaceLesson):
    """Comparison of a penalty on large weights and of shrinking them directly, for three kinds of optimizers."""

    number: ClassVar[int] = 11
    icon: ClassVar[str] = ":material/compress:"
    source: ClassVar[str] = (
        "Loshchilov and Hutter 2019, Decoupled weight decay regularization; "
        "Hanson and Pratt 1988, Comparing biases for minimal network construction with back-propagation"
    )
    about: ClassVar[frozenset[str]] = frozenset({"l2_penalty", "decoupled_decay", "adamw"})

    decay: float = knob(
        DECAY,
        0.01,
        1.0,
        symbol=r"\alpha",
        scale="log",
        help="How strong the decay is. All entries have the same.",
    )
    loss_scale: float = knob(
        1.0,
        0.1,
        100.0,
        symbol="c",
        scale="log",
        help="Multiplies the loss, as if it were measured in another unit. Gradient descent's rate is divided by it, "
        "as it must be. Shown as what it amounts to: all entries but AdamW have α / c.",
    )

    def link(self) -> Mapping[str, str]:
        weaker = self.decay / self.loss_scale
        first = f'l2_penalty(inner={PLAIN},strength={weaker:.6g},name="gradient descent, either way")'
        return GROUND | {"lanes": f"{first},{penalised(ADAM, weaker, 'Adam + L2')},{adam_w(self.decay)}"}

    @property
    def left_by_scale(self) -> tuple[Array, Array]:
        """The share of the weights' length that Adam + L2 and AdamW leave, with the loss times each of `SCALES`."""
        both = (
            OPTIMIZERS["l2_penalty"](inner=OPTIMIZERS["adam"](RATE, beta2=BETA2), strength=self.decay),
            OPTIMIZERS["adamw"](RATE, beta2=BETA2, weight_decay=self.decay),
        )
        inside, outside = (_left_where_multiplied(optimizer, self.scenario.point) for optimizer in both)
        return inside, outside

    @property
    def scales(self) -> tuple[float, ...]:
        """The factors of the loss in `left_by_scale`."""
        return SCALES

    @property
    def left_by_momentum(self) -> tuple[Array, Array, Array]:
        """The share that SGDM leaves at each of `momenta`: with L2, decoupled, and decoupled with momentum as a mean.

        The step of plain descent is the same for all.
        """
        shares = [self.left_by_sgdm(momentum) for momentum in MOMENTA]
        with_l2, sums, means = np.array(shares).T
        return with_l2, sums, means

    @property
    def momenta(self) -> tuple[float, ...]:
        """The momenta of `left_by_momentum`."""
        return MOMENTA

    @property
    def shares(self) -> tuple[Array, Array]:
        """The share by which decay shrinks each weight in a step, shape (steps, 2), for Adam + L2 and for AdamW."""
        inside = _penalty_inside(self.scenario)
        return inside, np.full_like(inside, RATE * self.decay)

    def left_by_sgdm(self, momentum: float) -> tuple[float, float, float]:
        """Return the share of the weights that SGDM leaves with L2, decoupled, and decoupled with a mean."""
        weaker = self.decay / self.loss_scale
        sums = f"momentum(learning_rate={PLAIN_RATE * (1 - momentum):.6g},momentum={momentum})"
        means = f"qhm(learning_rate={PLAIN_RATE},momentum={momentum},nu=1)"
        entries = (penalised(sums, weaker, "L2"), decoupled(sums, weaker, "sum"), decoupled(means, weaker, "mean"))
        with_l2, of_sum, of_mean = _left(_with(",".join(entries)))
        return with_l2, of_sum, of_mean

    @claim
    def same_for_gradient_descent(self, race: Race) -> tuple[bool, Values]:
        weaker = self.decay / self.loss_scale
        other = _with(decoupled(PLAIN, weaker, "decoupled")).entries[0]
        path, again = race.trajectories[0], run_entry(race.scenario, other)
        apart = float(np.max(np.abs(path.points - again.points)))
        return apart < 1e-9, {"apart": apart}

    @claim
    def different_for_adam(self, race: Race) -> tuple[bool, Values]:
        loss = cast(DataLoss, race.landscape)
        plain, inside, outside = (float(left(loss, path)) for path in race.trajectories)
        return abs(inside - outside) > 0.05, {"plain": plain, "penalised": inside, "decoupled": outside}

    @claim
    def settle_at_the_penalised_minimum(self, race: Race) -> tuple[bool, Values]:
        place = penalised_minimum(cast(DataLoss, race.landscape), self.decay / self.loss_scale)
        plain, inside, outside = (float(norm(end(path) - place)) for path in race.trajectories)
        # Adam's last steps still fluctuate; 0.1 is a hundredth of the map.
        holds = max(plain, inside) < 0.1 and outside > 2 * max(plain, inside)
        return holds, {"plain": plain, "adam": inside, "decoupled": outside}

    @claim
    def momentum_multiplies_the_penalty(self, _race: Race) -> tuple[bool, Values]:
        with_l2, of_sum, of_mean = self.left_by_sgdm(MOMENTUM)
        holds = 1 - of_sum < (1 - with_l2) / 2 and abs(of_mean - with_l2) < 0.01
        values = {"penalised": with_l2, "decoupled": of_sum, "mean": of_mean}
        return holds, values | {"momentum": MOMENTUM, "times": 1 / (1 - MOMENTUM)}

    @claim
    def does_not_depend_on_the_gradients_size(self, _race: Race) -> tuple[bool, Values]:
        inside, outside = self.left_by_scale
        holds = np.ptp(outside) < 1e-3 and inside[-1] - inside[0] > 0.2
        values = {"small": inside[0], "large": inside[-1], "decoupled": outside[0], "other": outside[-1]}
        return bool(holds), {name: float(value) for name, value in values.items()} | {
            "low": SCALES[0],
            "high": SCALES[-1],
        }

    @predict(options=("penalised", "decoupled", "same"), link=GROUND | {"lanes": TWO_SGDMS})
    def prediction(self, race: Race) -> tuple[str, Values]:
        inside, outside = (float(left(cast(DataLoss, race.landscape), path)) for path in race.trajectories)
        right = "same" if abs(outside - inside) < 0.05 else "decoupled" if outside > inside else "penalised"
        _l2, _sum, of_mean = WeightDecay().left_by_sgdm(MOMENTUM)
        return right, {"penalised": inside, "decoupled": outside, "mean": of_mean, "times": 1 / (1 - MOMENTUM)}

    @goal(
        link=GROUND | {"lanes": TWO_ADAMS},
        fixed=("surface", "start", "noise", "steps"),
        solution={"lanes": f"{penalised(ADAM, DECAY, 'Adam + L2')},{adam_w(0.125)}"},
    )
    def match_adamw(self, race: Race) -> tuple[bool, Values]:
        kept = _differs_only_in_decay(race.scenario, TWO_ADAMS)
        inside, outside = _left_of_two(race) if kept else _left(_with(TWO_ADAMS))
        return kept and abs(inside - outside) < CLOSE, {"penalised": inside, "decoupled": outside}

    @goal(
        link=GROUND | {"lanes": TWO_SGDMS},
        fixed=("surface", "start", "noise", "steps"),
        solution={
            "lanes": f"{penalised(SGDM, DECAY, 'SGDM + L2')},"
            f"{decoupled(SGDM, DECAY / (1 - MOMENTUM), 'SGDM, decoupled')}"
        },
    )
    def match_sgdm(self, race: Race) -> tuple[bool, Values]:
        kept = _differs_only_in_decay(race.scenario, TWO_SGDMS)
        inside, outside = _left_of_two(race) if kept else _left(_with(TWO_SGDMS))
        return kept and abs(inside - outside) < CLOSE, {"penalised": inside, "decoupled": outside}

    @goal(
        link=GROUND | {"lanes": TWO_ADAMS},
        fixed=("lanes", "noise", "steps"),
        solution={"surface": "logistic_regression(n=100)", "start": "-3,3"},
    )
    def other_data(self, race: Race) -> tuple[bool, Values]:
        inside, outside = _left_of_two(race)
        return outside > inside + 0.05 and outside < 1, {"penalised": inside, "decoupled": outside}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "large_feature": {
            "surface": "multiple_regression(n=50,noise=3,scale=10)",
            "noise": "minibatch(size=2)",
            "lanes": f'adam(learning_rate={RATE},beta2={BETA2},name="no decay"),{TWO_ADAMS}',
            "steps": "1000",
        },
        "all_the_data": {
            "surface": "multiple_regression(n=50)",
            "lanes": 'l2_penalty(inner=adam(learning_rate=0.01),strength=0.2,name="Adam + L2"),'
            'adamw(learning_rate=0.01,weight_decay=0.2,name="AdamW (decoupled)")',
            "steps": "5000",
        },
        "more_decay": GROUND
        | {
            "lanes": ",".join(
                f'adamw(learning_rate={RATE},beta2={BETA2},weight_decay={decay},name="decay {decay:g}")'
                for decay in (0.05, 0.2, 0.5, 1.0)
            )
        },
    }


class Multiplied(Scaled):
    """A scaled loss over examples from which a sampler can take batches."""

    def __getattr__(self, name: str) -> object:
        return getattr(self.objective, name)  # samplers use its number of examples and other attributes

    def on(self, rows: Rows) -> "Multiplied":
        return Multiplied(cast(DataLoss, self.objective).on(rows), self.factor)

    def form_on_each(self, size: int) -> tuple[Form, Callable[[Rows], Array]] | None:
        """Return the same as `DataLoss.form_on_each`, with the factor appended to the numbers of the loss."""
        found = cast(DataLoss, self.objective).form_on_each(size)
        if found is None:
            return None
        form, numbers = found
        factor = np.atleast_1d(self.factor)

        def multiplied(rows: Rows) -> Array:
            of_loss = numbers(rows)
            steps, _, runs = of_loss.shape
            shape = np.broadcast_shapes((runs,), factor.shape)
            of_loss = np.broadcast_to(of_loss, (steps, form.size, *shape))
            return np.concatenate([of_loss, np.broadcast_to(factor, (steps, 1, *shape))], axis=1)

        return ScaledForm(form), multiplied


def end(path: Trajectory) -> Array:
    """Return the mean of the last quarter of a run, shape (2, *batch). It averages out the noise of minibatches."""
    return path.points[-(path.steps // 4) :].mean(axis=0)


def left(loss: DataLoss, path: Trajectory) -> Array:
    """Return the final length of the weights relative to their length at the minimum without decay, shape (*batch)."""
    return norm(end(path)) / np.hypot(*loss.minima[0])


def penalised_minimum(loss: DataLoss, strength: float) -> Array:
    """Return the minimum of the loss plus strength / 2 times the squared length of the weights.

    The data loss itself computes it, independently of the optimizers.
    """
    return np.array(loss.with_parameters(**{**dict(loss.changes), "l2": strength}).minima[0])


def typical_gradient(scenario: Scenario, place: Array) -> float:
    """Return the root mean square of the coordinates of the batch gradients at a point, over an epoch."""
    loss, sampler = cast(DataLoss, scenario.landscape), cast(ExampleSampler, scenario.sampler)
    size = len(sampler.rows_at(loss, 0, 0))
    gradients = [loss.on(sampler.rows_at(loss, t, 0)).gradient(place) for t in range(loss.n // size)]
    return float(np.sqrt(np.mean(np.square(gradients))))


@lru_cache(maxsize=32)
def _left_where_multiplied(optimizer: Optimizer, start: tuple[float, float]) -> Array:
    scenario = Scenario.from_query(GROUND)
    loss = cast(DataLoss, scenario.landscape)
    starts = np.array(start)[:, None] * np.ones(len(SCALES))
    path = run(Multiplied(loss, np.array(SCALES)), optimizer, starts, scenario.steps, sampler=scenario.sampler)
    return left(loss, path)


@lru_cache(maxsize=16)
def _penalty_inside(scenario: Scenario) -> Array:
    optimizer = scenario.entries[1].optimizer
    path = run(
        scenario.landscape, optimizer, scenario.point, scenario.steps, sampler=scenario.sampler, record_state=True
    )
    return RATE * cast(L2Penalty, optimizer).strength / np.sqrt(path.state["v_hat"])


@lru_cache(maxsize=64)
def _left(scenario: Scenario) -> list[float]:
    """Return what each entry of a race leaves of the weights."""
    return [float(left(cast(DataLoss, scenario.landscape), path)) for path in race_of(scenario).trajectories]


def _left_of_two(race: Race) -> tuple[float, float]:
    """Return what the first and the last entry leave of the weights; infinite on a surface that is not made of data."""
    loss = race.landscape
    if not isinstance(loss, DataLoss) or not loss.minima:
        return np.inf, np.inf
    first, last = race.trajectories[0], race.trajectories[-1]
    return float(left(loss, first)), float(left(loss, last))


def _differs_only_in_decay(scenario: Scenario, lanes: str) -> bool:
    """Return whether a race has these two entries, up to the decoupled decay of the second."""
    if len(scenario.entries) != 2 or any(entry.schedules for entry in scenario.entries):
        return False
    given, asked = ([entry.optimizer for entry in each.entries] for each in (scenario, _with(lanes)))
    decay = vars(asked[1])["weight_decay"]
    same_kind = type(given[1]) is type(asked[1])
    return given[0] == asked[0] and same_kind and replace(cast(Any, given[1]), weight_decay=decay) == asked[1]


def _with(lanes: str) -> Scenario:
    return Scenario.from_query(GROUND | {"lanes": lanes})
