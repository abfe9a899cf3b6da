from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, final

import numpy as np

from landscape_lab.experiments.course.lesson import Values, choice, claim, goal, predict
from landscape_lab.experiments.course.network_lesson import NetworkLesson, RecordedTraining
from landscape_lab.experiments.course.plain import is_constant
from landscape_lab.experiments.networks.stored import stored
from landscape_lab.experiments.recordings import Recording
from optim_core.objective import Array

RATES = (0.05, 0.1, 0.2, 0.4)
SPIRALS = {"data": "spirals(n=100)", "loss": "squared_error", "batch": "0", "epochs": "3000"}
FULL = ("data", "widths", "activation", "initialisation", "normalisation", "dropout", "l2", "batch", "epochs", "seed")
"""The parts of a training that stay in every goal."""
TRAININGS: Mapping[str, dict[str, str]] = {
    "standard": {},
    "relu": {"activation": "relu"},
    "cross_entropy": {"loss": "cross_entropy"},
    "minibatches": {"batch": "10", "epochs": "300"},
}
NEAR, NEAR_WITH_MOMENTUM = 0.15, 0.2
"""How far from its limit the mean sharpness of a run at the edge of stability may be, as a share of the limit."""
REACHED, NOT_YET, BEYOND = (0.05, 0.1, 0.2), 0.0125, 0.8
"""Rates of the experiment `edge_rates` at which all runs reach the edge, none does, and all diverge."""
STILL_FITS, WELL_FITTED, FLAT, CALMED = 0.5, 0.1, 6, 0.25


def descents(*rates: float) -> dict[str, str]:
    """The part of a link with gradient descent at these rates, which are also the names of the entries."""
    return {"lanes": ",".join(f'gradient_descent(learning_rate={rate},name="η = {rate}")' for rate in rates)}


@final
@dataclass(frozen=True)
class EdgeOfStability(NetworkLesson):
    """A network trained by full-batch gradient descent: its sharpness rises to 2/η and stays there."""

    number: ClassVar[int] = 19
    icon: ClassVar[str] = ":material/landscape:"
    source: ClassVar[str] = (
        "Cohen, Kaur, Li, Kolter and Talwalkar 2021, Gradient descent on neural networks typically occurs at the edge "
        "of stability; Damian, Nichani and Lee 2023, Self-stabilization"
    )
    about: ClassVar[frozenset[str]] = frozenset({"gradient_descent"})
    shown: ClassVar[Mapping[str, Any]] = MappingProxyType({"quantity": "sharpness"})

    training: str = choice(
        "standard",
        {
            "standard": "All examples",
            "relu": "ReLU",
            "cross_entropy": "Cross-entropy",
            "minibatches": "Minibatches",
        },
        help="Gradient descent over all examples, with tanh units and the squared error, or with one of these changed.",
    )
    seed: str = choice("0", {"0": "Seed 0", "1": "Seed 1", "2": "Seed 2"}, help="Of the initial weights.")

    def link(self) -> Mapping[str, str]:
        return SPIRALS | descents(*RATES) | TRAININGS[self.training] | {"seed": self.seed}

    @claim
    def sharpens(self, training: RecordedTraining) -> tuple[bool, Values]:
        recording = training.recording
        first, last = float(sharpness(recording)[0, 0]), float(settled(recording)[0])
        falls = bool(ends(recording)[0] < recording.loss[0, 0])
        return falls and last > 2 * first, {"rate": RATES[0], "first": first, "last": last, "times": last / first}

    @claim
    def stays(self, training: RecordedTraining) -> tuple[bool, Values]:
        shares = settled(training.recording) / limits(training.recording)
        off = float(np.abs(shares - 1).max())
        return off <= NEAR, {"most": off, "low": float(shares.min()), "high": float(shares.max())}

    @claim
    def survives(self, training: RecordedTraining) -> tuple[bool, Values]:
        recording = training.recording
        highest = np.nanmax(sharpness(recording), axis=0) / limits(recording)
        stopped = int(np.isnan(recording.loss[-1]).sum())
        beyond = int((highest > 1).sum())
        values = {"highest": float(highest.max()), "beyond": beyond, "all": len(highest), "diverged": stopped}
        return beyond == len(highest) and not stopped, values

    @claim
    def rises_and_falls(self, training: RecordedTraining) -> tuple[bool, Values]:
        recording, last = training.recording, ends(training.recording)
        rises = (np.diff(recording.loss, axis=0) > 0).sum(axis=0)
        values = {"fewest": int(rises.min()), "most": int(rises.max()), "intervals": len(recording.steps) - 1}
        shares = last / recording.loss[0]
        values |= {"share": float(shares.max())}
        return bool((rises > 0).all() and shares.max() < 0.5), values

    @claim
    def flatter(self, training: RecordedTraining) -> tuple[bool, Values]:
        found = settled(training.recording)
        values = {name: float(value) for name, value in zip("abcd", found, strict=True)}
        return bool((np.diff(found) < 0).all()), values

    @claim(cell="rates")
    def over_seeds(self, _training: RecordedTraining) -> tuple[bool, Values]:
        return follows(stored("edge_rates")["sharpness"])

    @claim(cell="rates")
    def with_momentum(self, _training: RecordedTraining) -> tuple[bool, Values]:
        return momentum_follows(stored("edge_rates")["sharpness"])

    @predict(options=("apart", "same", "flat"), link=SPIRALS | descents(0.1, 0.2))
    def prediction(self, training: RecordedTraining) -> tuple[str, Values]:
        small, large = settled(training.recording)
        values = {"small": float(small), "large": float(large), "first": float(sharpness(training.recording)[0, 0])}
        if max(small, large) < values["first"]:
            return "flat", values
        return ("apart" if small > 1.5 * large else "same"), values

    @goal(
        link=SPIRALS | descents(0.2),
        fixed=(*FULL, "loss"),
        solution=descents(0.02),
    )
    def calm(self, training: RecordedTraining) -> tuple[bool, Values]:
        recording = training.recording
        share = float((np.nanmax(sharpness(recording), axis=0) / limits(recording)).max())
        loss = float(ends(recording).max())
        stays = not np.isnan(recording.loss[-1]).any() and share < 1
        return descends(training) and stays and loss < STILL_FITS, {"share": share, "loss": loss, "below": STILL_FITS}

    @goal(
        link=SPIRALS | descents(0.05),
        fixed=(*FULL, "loss"),
        solution=descents(0.4),
    )
    def flat(self, training: RecordedTraining) -> tuple[bool, Values]:
        recording = training.recording
        sharp, loss = float(settled(recording).max()), float(ends(recording).max())
        values = {"sharpness": sharp, "loss": loss, "flat": FLAT, "below": WELL_FITTED}
        return descends(training) and sharp <= FLAT and loss < WELL_FITTED, values

    @goal(
        link=SPIRALS | descents(0.4),
        fixed=(*FULL, "lanes"),
        solution={"loss": "cross_entropy"},
    )
    def leaves(self, training: RecordedTraining) -> tuple[bool, Values]:
        recording = training.recording
        shares = sharpness(recording) / limits(recording)
        highest, last = float(np.nanmax(shares)), float((settled(recording) / limits(recording)).max())
        return descends(training) and highest > 1 and last < CALMED, {"highest": highest, "last": last}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {
        "momentum": SPIRALS
        | {"lanes": "momentum(learning_rate=0.05,momentum=0.5),momentum(learning_rate=0.1,momentum=0.5)"},
        "beyond": SPIRALS | descents(0.4, 0.8),
        "adam": SPIRALS | {"lanes": "gradient_descent(learning_rate=0.1),adam(learning_rate=0.01)"},
    }

    @property
    def over_rates(self) -> tuple[Array, ...]:
        """Learning rates; median, lowest and highest settled sharpness of gradient descent over the seeds; the limits.

        NaN for a rate at which any run has diverged.
        """
        results = stored("edge_rates")
        rates = np.unique([case["rate"] for case in results.cases])
        found = [settled_of(results["sharpness"][results.where(rate=rate, momentum=0.0)].T) for rate in rates.tolist()]
        whole = [each if np.isfinite(each).all() else np.full(each.shape, np.nan) for each in found]
        return rates, *(np.array([of(each) for each in whole]) for of in (np.median, np.min, np.max)), 2 / rates


def sharpness(recording: Recording) -> Array:
    """The sharpness at the checkpoints (T, L)."""
    assert recording.sharpness is not None
    return recording.sharpness


def limits(recording: Recording) -> Array:
    """The sharpness up to which each entry is stable: (L,)."""
    assert recording.limits is not None
    return recording.limits


def settled(recording: Recording) -> Array:
    """The sharpness of each entry: its mean over the last third of the steps, or its last value before it diverged."""
    found, values = settled_of(sharpness(recording)), sharpness(recording)
    last = np.isfinite(values).cumsum(axis=0).argmax(axis=0)
    return np.where(np.isfinite(found), found, values[last, np.arange(len(last))])


def settled_of(values: Array) -> Array:
    """The means of the last third of the rows; NaN for a run that has diverged: (T, runs) -> (runs,)."""
    return values[len(values) * 2 // 3 :].mean(axis=0, dtype=float)


def ends(recording: Recording) -> Array:
    """The last loss of each entry before it diverged: (L,)."""
    last = np.isfinite(recording.loss).cumsum(axis=0).argmax(axis=0)
    return recording.loss[last, np.arange(len(last))]


def descends(training: RecordedTraining) -> bool:
    """Whether all entries are gradient descent with a constant rate."""
    return all(is_constant(entry) for entry in training.scenario.entries)


def follows(values: Array) -> tuple[bool, Values]:
    """Whether gradient descent reaches the edge at the rates of `REACHED`, over all seeds of `edge_rates`."""
    results = stored("edge_rates")

    def of(rate: float) -> Array:
        return values[results.where(rate=rate, momentum=0.0)].T * rate / 2

    reached = np.concatenate([settled_of(of(rate)) for rate in REACHED])
    off = float(np.nanmax(np.abs(reached - 1)))
    highest, diverged = float(np.nanmax(of(NOT_YET))), int(np.isnan(of(BEYOND)[-1]).sum())
    seeds = of(BEYOND).shape[1]
    holds = bool(np.isfinite(reached).all()) and off <= NEAR and highest < 1 and diverged == seeds
    return holds, {
        "count": len(reached), "seeds": seeds, "least": REACHED[0], "largest": REACHED[-1], "off": off,
        "small": NOT_YET, "highest": highest, "beyond": BEYOND, "diverged": diverged,
    }  # fmt: skip


def momentum_follows(values: Array) -> tuple[bool, Values]:
    """Whether momentum of 0.5 reaches its own limit, 2 (1 + γ) / η, over all seeds at the two smaller rates."""
    results, beta = stored("edge_rates"), 0.5
    found = [
        settled_of(values[results.where(rate=rate, momentum=beta)].T) * rate / (2 * (1 + beta)) for rate in REACHED[:2]
    ]
    shares = np.concatenate(found)
    off = float(np.nanmax(np.abs(shares - 1)))
    return bool(np.isfinite(shares).all()) and off <= NEAR_WITH_MOMENTUM, {
        "count": len(shares),
        "momentum": beta,
        "off": off,
    }
