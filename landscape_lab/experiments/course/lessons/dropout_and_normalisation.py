from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar, cast, final

import numpy as np

from landscape_lab.experiments.course import regularised_networks
from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.course.tuned_networks import Curves
from landscape_lab.experiments.networks.stored import stored
from landscape_lab.experiments.race import Race, race
from landscape_lab.experiments.scenarios.scenario import Scenario, write_point
from landscape_lab.experiments.scenarios.sentence import Sentence, word
from landscape_lab.experiments.tables import results
from landscapes import SURFACES, DataLoss
from landscapes.critical_points import Domain, Point
from landscapes.treatment import EPSILON
from optim_core import Outcome, knob
from optim_core.objective import Array
from optim_core.printed import printed

DATA: Mapping[str, float] = MappingProxyType({"n": 10, "noise": 3.0, "correlation": 0.8, "scale": 3.0, "seed": 2})
"""Few noisy examples with correlated features of different scales, so that each of the treatments has an effect."""
QUIET: Mapping[str, float] = MappingProxyType({"n": 20, "noise": 0.5, "correlation": 0.0, "scale": 3.0})
"""Data with enough examples and little enough noise that two weights hardly overfit."""
CAREFUL, BOLD = 0.05, 0.3
DRAWS = 100
"""Number of draws of the data over which the lesson counts."""
STRENGTHS = np.linspace(0.0, 0.9, 46)
SURFACE = "multiple_regression(n=10,noise=3,correlation=0.8,scale=3,seed=2"
"""The surface of `DATA`, to be completed by a treatment."""
CAREFUL_LANE = f'gradient_descent(learning_rate={CAREFUL},name="careful")'
BOLD_LANE = f'gradient_descent(learning_rate={BOLD},name="bold")'
LEVEL, OUTLINE = 1.0, 90
"""The loss above the minimum of the contour that is drawn for every landscape, and its number of points."""
BATCHES = (5, 25)
"""Sizes of batches whose moments are compared."""
MODEST, CHEAP, PRICE = 9.6, 11.7, 1.08
"""The validation losses that two goals ask for, and how much higher than the lowest the training loss may be."""


@final
@dataclass(frozen=True)
class DropoutAndNormalisation(RaceLesson):
    """Gradient descent from the minimum of the bare loss after the landscape has been changed."""

    number: ClassVar[int] = 18
    icon: ClassVar[str] = ":material/landscape_2_edit:"
    source: ClassVar[str] = (
        "Hoerl and Kennard 1970, Ridge regression; Srivastava et al. 2014, Dropout; "
        "Wager, Wang and Liang 2013, Dropout training as adaptive regularization; "
        "Ioffe and Szegedy 2015, Batch normalization; Ba, Kiros and Hinton 2016, Layer normalization"
    )
    about: ClassVar[frozenset[str]] = frozenset({"dropout"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"loss_axis": "linear"})
    shows_validation: ClassVar[bool] = True

    treatment: str = choice(
        "dropout",
        {"dropout": "dropout", "l2": "L2 penalty", "batch_norm": "batch normalisation"},
        help="How the loss is changed.",
    )
    dropout: float = knob(0.2, 0.0, 0.5, symbol="p", help="The probability with which each feature is left out.")
    penalty: float = knob(1.0, 0.0, 10.0, symbol=r"\alpha", help="The strength of the penalty on large weights.")

    def link(self) -> Mapping[str, str]:
        common = {"surface": self._treated.text, "steps": "150"}
        if self.treatment == "batch_norm":
            # The weights belong to rescaled features: only at zero are they the same model as without. The bold rate
            # would leave the other landscapes at once.
            return common | {"start": "0,0", "lanes": f"{CAREFUL_LANE},{BOLD_LANE}"}
        return common | {"start": write_point(bare().minima[0]), "lanes": CAREFUL_LANE}

    @property
    def _treated(self) -> DataLoss:
        return self.landscapes[list(self.choices()["treatment"].options).index(self.treatment) + 1]

    @property
    def landscapes(self) -> tuple[DataLoss, ...]:
        """The bare loss, and the loss with dropout, with an L2 penalty and with batch normalisation, in this order."""
        return bare(), bare(dropout=self.dropout), bare(l2=self.penalty), bare(batch_norm=True)

    @property
    def square(self) -> Domain:
        """A square that contains the minima of all landscapes with a margin, so that all maps have the same scale."""
        points = np.array([loss.minima[0] for loss in self.landscapes] + [(0.0, 0.0)])
        middle = (points.max(axis=0) + points.min(axis=0)) / 2
        half = 0.75 * float(np.ptp(points, axis=0).max())
        (x, y) = middle.tolist()
        return (x - half, x + half), (y - half, y + half)

    @property
    def maps(self) -> tuple[tuple[str, DataLoss, Point | None, Sentence], ...]:
        """The name, the loss, the bare minimum and the measured numbers of each landscape.

        The bare minimum is None for the bare loss itself, and with batch normalisation, whose weights have another
        meaning.
        """
        numbers = [
            Sentence(
                "condition number {condition:.3g}; largest learning rate {rate:.3g}; validation loss at the minimum "
                "{held_out:.3g}",
                {"condition": loss.condition_number, "rate": loss.largest_rate, "held_out": held_out_loss(loss)},
            )
            for loss in self.landscapes
        ]
        names = (word("Untreated"), word("Dropout"), word("L2 penalty"), word("Batch normalisation"))
        here = bare().minima[0]
        return tuple(zip(names, self.landscapes, (None, here, here, None), numbers, strict=True))

    @property
    def outlines(self) -> list[Array]:
        """The contour of each landscape at `LEVEL` above its minimum, shape (OUTLINE, 2) each."""
        return [outline(loss) for loss in self.landscapes]

    @property
    def strengths(self) -> tuple[Array, Array, Array]:
        """Dropout probabilities, and the bare training loss and the held-out loss at the minimum for each of them."""
        return strengths()

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of what `counts` counts."""
        return (
            word("dropout, noisy data"),
            word("L2, noisy data"),
            word("dropout, quiet data"),
            word("L2, quiet data"),
        )

    @property
    def counts(self) -> tuple[list[int], list[int]]:
        """For each of `sources`, the number of draws in which the held-out loss is lower, and the number of draws."""
        ratios = [ratio for quiet in (False, True) for ratio in gains(quiet, self.dropout, self.penalty)]
        return [int((ratio < 1).sum()) for ratio in ratios], [DRAWS] * len(ratios)

    @claim
    def costs_and_gains(self, race: Race) -> tuple[bool, Values]:
        loss, path = cast(DataLoss, race.landscape), race.trajectories[0]
        end, untreated = path.points[int(path.last_step)], bare()
        before, low = held_out_loss(untreated), cast(float, untreated.minimum_value)
        after, high = (float(each.value(end)) for each in (loss.validation, without_penalty(loss)))
        return after < 0.95 * before and high > low, {"before": before, "after": after, "low": low, "high": high}

    @claim
    def rounder(self, _race: Race) -> tuple[bool, Values]:
        plain, *_rest, normed = self.landscapes
        values = {
            "raw": plain.condition_number,
            "round": normed.condition_number,
            "small": plain.largest_rate,
            "large": normed.largest_rate,
        }
        return values["round"] < values["raw"] and values["large"] > values["small"], values

    @claim
    def bolder(self, _race: Race) -> tuple[bool, Values]:
        plain, normed = bold_race(False), bold_race(True)
        path, quick = plain.trajectories[0], results(normed)[0].converged_at
        step = int(path.last_step)
        values = {"rate": BOLD, "step": step, "loss": float(path.losses[step])}
        holds = path.outcome == Outcome.DIVERGED and quick is not None
        return holds, values | {"quick": word("never") if quick is None else quick}

    @claim
    def ridge(self, _race: Race) -> tuple[bool, Values]:
        _xs, _ys, drawn = bare(dropout=self.dropout).sample(41, self.square)
        error = float(np.abs(drawn - penalised(self.dropout, self.square, 41)).max())
        return error < 1e-9 * float(drawn.max()), {"error": error}

    @claim
    def often(self, _race: Race) -> tuple[bool, Values]:
        names = ("dropout", "l2", "quiet_dropout", "quiet_l2")
        counts = dict(zip(names, self.counts[0], strict=True))
        holds = min(counts["dropout"], counts["l2"]) > DRAWS / 2 > max(counts["quiet_dropout"], counts["quiet_l2"])
        return holds, {"draws": DRAWS, **counts}

    @claim
    def batches_differ(self, _race: Race) -> tuple[bool, Values]:
        small, large = (spread_over_batches(size) for size in BATCHES)
        values = {"small": small, "large": large, "few": BATCHES[0], "many": BATCHES[1]}
        return small > 1.5 * large > 0, values

    @property
    def networks(self) -> list[Curves]:
        """Validation accuracies of networks, after each epoch with dropout, and by the size of the batches."""
        dropped, normalised = stored("dropout"), stored("normalisation")
        return [regularised_networks.over_epochs(dropped), regularised_networks.by_size(normalised)]

    @claim(cell="network")
    def memorises_less(self, _race: Race) -> tuple[bool, Values]:
        return regularised_networks.memorises_less(stored("dropout"))

    @claim(cell="network")
    def correct_labels(self, _race: Race) -> tuple[bool, Values]:
        return regularised_networks.correct_labels(stored("dropout"))

    @claim(cell="batches")
    def batch_sizes(self, _race: Race) -> tuple[bool, Values]:
        return regularised_networks.batch_sizes(stored("normalisation"))

    @claim(cell="batches")
    def rates_and_weights(self, _race: Race) -> tuple[bool, Values]:
        return regularised_networks.rates_and_weights(stored("normalisation"))

    @claim(cell="batches")
    def training_and_use(self, _race: Race) -> tuple[bool, Values]:
        return regularised_networks.training_and_use(stored("normalisation"))

    @predict(
        options=("noisy", "diverges", "stays"),
        link={
            "surface": "multiple_regression(batch_norm=true)",
            "lanes": 'gradient_descent(learning_rate=0.1,name="one example a step")',
            "noise": "minibatch(size=1)",
            "steps": "200",
        },
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        path = race.trajectories[0]
        moved = float(np.nanmax(np.hypot(*(path.points - path.points[0]).T)))
        right = "stays" if moved < 1e-6 else "diverges" if path.outcome == Outcome.DIVERGED else "noisy"
        return right, {"moved": moved, "steps": race.scenario.steps}

    @goal(
        link={
            "surface": f"{SURFACE},dropout=0.2)",
            "start": "-2.44025,1.565677",
            "lanes": CAREFUL_LANE,
            "steps": "150",
        },
        fixed=("lanes", "steps"),
        solution={"surface": f"{SURFACE},dropout=0.4)"},
    )
    def generalises(self, race: Race) -> tuple[bool, Values]:
        if not has_data(race):
            return False, {"most": MODEST, "value": word("other data")}
        _training, validation = end_of(race)
        return validation <= MODEST, {"most": MODEST, "value": printed(f"{validation:.3g}")}

    @goal(
        link={
            "surface": f"{SURFACE},dropout=0.2)",
            "start": "-2.44025,1.565677",
            "lanes": CAREFUL_LANE,
            "steps": "150",
        },
        fixed=("lanes", "steps"),
        solution={"surface": f"{SURFACE},dropout=0.08)"},
    )
    def at_a_low_price(self, race: Race) -> tuple[bool, Values]:
        values = {"most": CHEAP, "price": PRICE - 1}
        if not has_data(race):
            return False, values | {"value": word("other data"), "rise": word("other data")}
        training, validation = end_of(race)
        rise = training / cast(float, bare().minimum_value) - 1
        told = {"value": printed(f"{validation:.3g}"), "rise": printed(f"{rise:.1%}")}
        return validation <= CHEAP and rise <= PRICE - 1, values | told

    @goal(
        link={"surface": f"{SURFACE})", "start": "0,0", "lanes": BOLD_LANE, "steps": "150"},
        fixed=("start", "lanes", "steps"),
        solution={"surface": f"{SURFACE},batch_norm=true)"},
    )
    def bold(self, race: Race) -> tuple[bool, Values]:
        step = results(race)[0].converged_at if has_data(race) else None
        return step is not None, {"rate": BOLD, "step": word("never") if step is None else step}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "untreated": {
            "surface": f"{SURFACE})",
            "start": "0,0",
            "lanes": f"{CAREFUL_LANE},{BOLD_LANE}",
            "steps": "300",
        },
        "masks": {
            "surface": "multiple_regression",
            "lanes": 'gradient_descent(learning_rate=0.02,name="with random masks")',
            "noise": "dropout(rate=0.3)",
            "steps": "2000",
        },
        "small_batches": {
            "surface": "multiple_regression(n=50,scale=5,batch_norm=true)",
            "lanes": "gradient_descent(learning_rate=0.1)",
            "noise": "minibatch(size=5)",
            "steps": "200",
        },
        "classifier": {
            "surface": "logistic_regression(l2=0.1)",
            "lanes": "gradient_descent(learning_rate=1),momentum(learning_rate=0.3)",
            "steps": "200",
        },
    }


def bare(**treatment: Any) -> DataLoss:
    """Return the loss on the lesson's data with the given treatment, or the bare loss without one."""
    return _bare(tuple(treatment.items()))


@lru_cache(maxsize=64)
def _bare(treatment: tuple[tuple[str, Any], ...]) -> DataLoss:
    # A landscape caches its held-out loss and its critical points, so reusing it saves their computation.
    return cast(DataLoss, SURFACES["multiple_regression"].with_parameters(**DATA, **dict(treatment)))


@lru_cache(maxsize=2)
def bold_race(batch_norm: bool) -> Race:
    """Run gradient descent at the bold rate from the origin, on the bare loss or with batch normalisation."""
    entry = f"gradient_descent(learning_rate={BOLD})"
    link = {"surface": bare(batch_norm=batch_norm).text, "start": "0,0", "lanes": entry, "steps": "150"}
    return race(Scenario.from_query(link))


def without_penalty(loss: DataLoss) -> DataLoss:
    """Return the training loss of the same weights, without dropout and L2 penalty."""
    return cast(DataLoss, loss.with_parameters(**dict(loss.changes) | {"dropout": 0, "l2": 0}))


def has_data(race: Race) -> bool:
    """Return whether the surface of a race is a loss on the lesson's data, with any treatment."""
    loss = race.landscape
    return isinstance(loss, DataLoss) and loss.training is None and loss.dataset == bare().dataset


def end_of(race: Race) -> tuple[float, float]:
    """Return the training loss without penalty and the validation loss at the end of a race's first run."""
    loss, path = cast(DataLoss, race.landscape), race.trajectories[0]
    end = path.points[int(path.last_step)]
    return float(without_penalty(loss).value(end)), float(loss.validation.value(end))


@lru_cache(maxsize=8)
def spread_over_batches(size: int) -> float:
    """Return how far the normalised feature of an example differs between batches that contain it: the root mean square
    of its deviation from its normalised value in the whole data, over all examples and 100 batches for each."""
    feature = cast(DataLoss, SURFACES["multiple_regression"].with_parameters(n=50)).data.features[:, 0]
    n, rng = len(feature), np.random.default_rng(0)
    others = np.argsort(rng.random((n, 100, n - 1)), axis=2)[:, :, : size - 1]
    rows = np.concatenate([np.zeros((n, 100, 1), dtype=int), others + 1], axis=2)
    batches = feature[(np.arange(n)[:, None, None] + rows) % n]  # each example with others of the data
    normalised = (batches[:, :, 0] - batches.mean(axis=2)) / np.sqrt(batches.var(axis=2) + EPSILON)
    whole = (feature - feature.mean()) / np.sqrt(feature.var() + EPSILON)
    return float(np.sqrt(np.mean((normalised - whole[:, None]) ** 2)))


@lru_cache(maxsize=64)
def outline(loss: DataLoss) -> Array:
    """Return the points at which a quadratic loss is `LEVEL` above its minimum, shape (OUTLINE, 2)."""
    curvatures, directions = np.linalg.eigh(loss.hessian(np.array(loss.minima[0])))
    angles = np.linspace(0, 2 * np.pi, OUTLINE, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)])
    moves = directions @ (np.sqrt(2 * LEVEL / curvatures)[:, None] * circle)
    return np.array(loss.minima[0]) + moves.T


def held_out_loss(loss: DataLoss) -> float:
    """Return the held-out loss at the minimum of `loss`."""
    return float(loss.validation.value(np.array(loss.minima[0])))


@lru_cache(maxsize=1)
def strengths() -> tuple[Array, Array, Array]:
    """Return dropout probabilities, and the bare and the held-out loss at the minimum for each: (chances) each."""
    places = np.array([bare(dropout=float(p)).minima[0] for p in STRENGTHS]).T
    return STRENGTHS, bare().value(places), bare().validation.value(places)


def gains(quiet: bool, dropout: float, l2: float) -> tuple[Array, Array]:
    """Return the held-out loss at the minimum with dropout and with L2, relative to without, shape (draws) each."""
    plain = _held_out(quiet, "l2", 0.0)
    return _held_out(quiet, "dropout", dropout) / plain, _held_out(quiet, "l2", l2) / plain


@lru_cache(maxsize=256)
def _held_out(quiet: bool, treatment: str, strength: float) -> Array:
    """Return the held-out loss, without penalty, at the minimum of the loss with a treatment, shape (draws)."""
    treated = [loss.with_parameters(**dict(loss.changes), **{treatment: strength}) for loss in _draws(quiet)]
    at = [np.array(loss.minima[0]) for loss in treated]
    return np.array([loss.validation.value(place) for loss, place in zip(_draws(quiet), at, strict=True)])


@lru_cache(maxsize=2)
def _draws(quiet: bool) -> tuple[DataLoss, ...]:
    source = QUIET if quiet else {name: value for name, value in DATA.items() if name != "seed"}
    like = SURFACES["multiple_regression"]
    return tuple(cast(DataLoss, like.with_parameters(**source, seed=seed)) for seed in range(DRAWS))


def penalised(chance: float, domain: Domain, n: int) -> Array:
    """Return the bare loss plus the penalty to which dropout is equivalent, on the same grid as `sample`."""
    xs, ys, plain = bare().sample(n, domain)
    u, v = (bare().columns ** 2).mean(axis=1)
    return plain + chance / (1 - chance) * (u * xs**2 + v * ys[:, None] ** 2)
