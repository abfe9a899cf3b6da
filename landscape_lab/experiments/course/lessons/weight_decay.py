from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.course.lesson import Lesson, Values, claim, predict
from landscape_lab.experiments.course.scaled import Scaled, ScaledForm
from landscape_lab.experiments.race import Race
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
SCALES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
GROUND = {
    "surface": "multiple_regression(n=50,noise=3)",
    "start": "3.2,-2.4",
    "noise": "minibatch(size=2)",
    "steps": "1000",
}


@final
@dataclass(frozen=True)
class WeightDecay(Lesson):
    """Comparison of a penalty on large weights and of shrinking them directly, for plain descent and for Adam."""

    number: ClassVar[int] = 11
    icon: ClassVar[str] = ":material/compress:"
    source: ClassVar[str] = (
        "Loshchilov and Hutter 2019, Decoupled weight decay regularization; "
        "Hanson and Pratt 1988, Comparing biases for minimal network construction with back-propagation"
    )
    about: ClassVar[frozenset[str]] = frozenset({"l2_penalty", "decoupled_decay", "adamw"})

    decay: float = knob(
        0.5, 0.01, 1.0, symbol=r"\lambda", scale="log", help="How strong the decay is. All four entries have the same."
    )
    loss_scale: float = knob(
        1.0,
        0.1,
        100.0,
        symbol="c",
        scale="log",
        help="Multiplies the loss, as if it were measured in another unit. Gradient descent's rate is divided by it, "
        "as it must be. Shown as what it comes to: the first three entries have λ / c.",
    )

    def link(self) -> Mapping[str, str]:
        weaker = self.decay / self.loss_scale
        plain = f"gradient_descent(learning_rate={PLAIN_RATE})"
        entries = (
            f'l2_penalty(inner={plain},strength={weaker},name="gradient descent + L2")',
            f'decoupled_decay(inner={plain},weight_decay={weaker},name="gradient descent, decoupled")',
            f'l2_penalty(inner=adam(learning_rate={RATE},beta2={BETA2}),strength={weaker},name="Adam + L2")',
            f'adamw(learning_rate={RATE},beta2={BETA2},weight_decay={self.decay},name="AdamW (decoupled)")',
        )
        return GROUND | {"lanes": ",".join(entries)}

    @property
    def left_by_scale(self) -> tuple[Array, Array]:
        """The share of the weights' length that Adam + L2 and AdamW leave, with the loss times each of `SCALES`."""
        both = (
            OPTIMIZERS["l2_penalty"](inner=OPTIMIZERS["adam"](RATE, beta2=BETA2), strength=self.decay),
            OPTIMIZERS["adamw"](RATE, beta2=BETA2, weight_decay=self.decay),
        )
        penalised, decoupled = (_left_where_multiplied(optimizer, self.scenario.point) for optimizer in both)
        return penalised, decoupled

    @property
    def scales(self) -> tuple[float, ...]:
        """The factors of the loss in `left_by_scale`."""
        return SCALES

    @property
    def shares(self) -> tuple[Array, Array]:
        """The share by which decay shrinks each weight in a step, shape (steps, 2), for Adam + L2 and for AdamW."""
        penalised = _penalty_inside(self.scenario)
        return penalised, np.full_like(penalised, RATE * self.decay)

    @claim
    def same_for_gradient_descent(self, race: Race) -> tuple[bool, Values]:
        penalised, decoupled, *_adams = race.trajectories
        apart = float(np.max(np.abs(penalised.points - decoupled.points)))
        moved = bool(np.any(penalised.points != penalised.points[0]))
        return moved and apart < 1e-9, {"apart": apart}

    @claim
    def different_for_adam(self, race: Race) -> tuple[bool, Values]:
        loss = cast(DataLoss, race.landscape)
        _plain, _same, penalised, decoupled = (left(loss, path) for path in race.trajectories)
        values = {"penalised": float(penalised), "decoupled": float(decoupled)}
        return abs(values["penalised"] - values["decoupled"]) > 0.05, values

    @claim
    def settle_at_the_penalised_minimum(self, race: Race) -> tuple[bool, Values]:
        place = penalised_minimum(cast(DataLoss, race.landscape), self.decay / self.loss_scale)
        plain, _same, adam, decoupled = (float(norm(end(path) - place)) for path in race.trajectories)
        # Adam's last steps still fluctuate; 0.1 is a hundredth of the map.
        holds = max(plain, adam) < 0.1 and decoupled > 2 * max(plain, adam)
        return holds, {"plain": plain, "adam": adam, "decoupled": decoupled}

    @claim
    def does_not_depend_on_the_gradients_size(self, _race: Race) -> tuple[bool, Values]:
        penalised, decoupled = self.left_by_scale
        holds = np.ptp(decoupled) < 1e-3 and penalised[-1] - penalised[0] > 0.2
        values = {"small": penalised[0], "large": penalised[-1], "decoupled": decoupled[0], "other": decoupled[-1]}
        return bool(holds), {name: float(value) for name, value in values.items()} | {
            "low": SCALES[0],
            "high": SCALES[-1],
        }

    @predict(
        options=(
            "penalised",
            "decoupled",
            "same",
        ),
        link={
            "surface": "logistic_regression(n=100)",
            "noise": "minibatch(size=5)",
            "lanes": f'l2_penalty(inner=adam(learning_rate={RATE},beta2={BETA2}),strength=0.5,name="Adam + L2"),'
            f'adamw(learning_rate={RATE},beta2={BETA2},weight_decay=0.5,name="AdamW (decoupled)")',
            "steps": "1000",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        penalised, decoupled = (float(left(cast(DataLoss, race.landscape), path)) for path in race.trajectories)
        opening = WeightDecay()
        small, large = (
            typical_gradient(scenario, place)
            for scenario, place in (
                (race.scenario, end(race.trajectories[0])),
                (opening.scenario, penalised_minimum(cast(DataLoss, opening.scenario.landscape), opening.decay)),
            )
        )
        right = "decoupled" if decoupled > penalised else "penalised"
        values = {"penalised": penalised, "decoupled": decoupled, "small": small, "large": large}
        return ("same" if abs(decoupled - penalised) < 0.05 else right), values

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "one_feature_ten": {
            "surface": "multiple_regression(n=50,noise=3,scale=10)",
            "noise": "minibatch(size=2)",
            "lanes": f'adam(learning_rate={RATE},beta2={BETA2},name="no decay"),'
            f'l2_penalty(inner=adam(learning_rate={RATE},beta2={BETA2}),strength=0.5,name="Adam + L2"),'
            f'adamw(learning_rate={RATE},beta2={BETA2},weight_decay=0.5,name="AdamW (decoupled)")',
            "steps": "1000",
        },
        "all_data_at": {
            "surface": "multiple_regression(n=50)",
            "lanes": 'l2_penalty(inner=adam(learning_rate=0.01),strength=0.2,name="Adam + L2"),'
            'adamw(learning_rate=0.01,weight_decay=0.2,name="AdamW (decoupled)")',
            "steps": "5000",
        },
        "adamw_with_more": GROUND
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
    optimizer = scenario.entries[2].optimizer
    path = run(
        scenario.landscape, optimizer, scenario.point, scenario.steps, sampler=scenario.sampler, record_state=True
    )
    return RATE * cast(L2Penalty, optimizer).strength / np.sqrt(path.state["v_hat"])
