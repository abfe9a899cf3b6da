"""Fine-tuning of a network for digits on a new task with few examples, with layers kept or trained, for lesson 17."""

from dataclasses import replace
from functools import cache

import numpy as np

from landscape_lab.experiments.networks.stored import Arrays, Case, Experiment, Tolerance
from landscapes.datasets import Data
from landscapes.networks import Digits, Network, NetworkLoss
from optim_core import Adam, run
from optim_core.objective import Array

HIDDEN = (32, 32)
OLD, MOST = 60, 50
"""Examples of each digit for the old task, and at most for the new one."""
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
PRETRAINING_STEPS, PRETRAINING_RATE = 150, 0.01
STEPS = 100
SEEDS = tuple(range(10))
ANGLES = (0, 10, 20, 30, 45, 60, 90)
EACH = (2, 5, 10, 20, 50)
ANGLE, FEW = 20, 5


def measured(task: str, angle: int, each: int, start: str, kept: int, seed: int) -> Arrays:
    """The validation accuracy on the new task after training, for each of `RATES`, from which the best is chosen.

    task   "turned": all digits, turned by an angle; "others": 5 to 9 after 0 to 4, with a new last layer
    each   examples of each digit
    start  "pretrained", or "initial" for initial weights
    kept   how many of the first layers keep their weights
    """
    loss = new_loss(task, angle, each, seed, kept)
    path = run(loss, Adam(np.array(RATES)), start_of(task, start, seed), STEPS, every=STEPS)
    return {"rates": RATES, "accuracy": loss.validation.accuracy(path.points[-1])}


def start_of(task: str, start: str, seed: int) -> Array:
    """The weights (P,) at which training on the new task starts."""
    network = network_of(task)
    initial = network.start(1000 + seed)
    if start == "initial":
        return initial
    known = pretrained(task, seed)
    if task == "others":
        last = np.arange(network.parameters) >= network.tensors[-2].rows.start
        return np.where(last, initial, known)
    return known


@cache
def pretrained(task: str, seed: int) -> Array:
    """The weights (P,) after training on the old task."""
    path = run(
        old_loss(task, seed), Adam(PRETRAINING_RATE), network_of(task).start(seed), PRETRAINING_STEPS,
        every=PRETRAINING_STEPS,
    )  # fmt: skip
    return path.points[-1]


def network_of(task: str) -> Network:
    """The network: one output for each digit of the task."""
    return Network((64, *HIDDEN, 5 if task == "others" else 10))


def old_loss(task: str, seed: int) -> NetworkLoss:
    """The loss on the old task."""
    digits = range(5) if task == "others" else range(10)
    data = Digits(n=1297, validation=500, seed=seed)
    return network_of(task).on(part(data.train, digits, 0, OLD), part(data.held_out, digits))


def new_loss(task: str, angle: int, each: int, seed: int, kept: int = 0) -> NetworkLoss:
    """The loss on the new task, whose training examples are not those of the old one."""
    digits = range(5, 10) if task == "others" else range(10)
    data = Digits(n=1297, validation=500, seed=seed)
    few, held_out = part(data.train, digits, OLD, each), part(data.held_out, digits)
    network = replace(network_of(task), frozen=tuple(range(1, kept + 1)))
    return network.on(turned(few, angle), turned(held_out, angle))


def part(data: Data, digits: range, first: int = 0, each: int | None = None) -> Data:
    """`each` examples of each of these digits, from the `first` on; the classes are counted from 0."""
    last = None if each is None else first + each
    rows = np.concatenate([np.flatnonzero(data.targets == digit)[first:last] for digit in digits])
    chosen = data.on(rows)
    return replace(chosen, targets=chosen.targets - digits[0])


def turned(data: Data, angle: float) -> Data:
    """The same images, turned about their centre by an angle in degrees, with bilinear interpolation."""
    images, turn = data.features.reshape(-1, 8, 8), np.deg2rad(angle)
    y, x = np.mgrid[:8, :8] - 3.5
    row, column = np.cos(turn) * y - np.sin(turn) * x + 3.5, np.sin(turn) * y + np.cos(turn) * x + 3.5
    made = np.zeros_like(images)
    for i in range(8):
        for j in range(8):
            weight = np.clip(1 - np.abs(row - i), 0, None) * np.clip(1 - np.abs(column - j), 0, None)
            made += weight * images[:, i, j, None, None]
    return replace(data, features=made.reshape(-1, 64))


def _cases() -> tuple[Case, ...]:
    ways = [("initial", 0), ("pretrained", 0), ("pretrained", 1), ("pretrained", 2)]
    settings = [("turned", ANGLE, each) for each in EACH]
    settings += [("turned", angle, FEW) for angle in ANGLES if angle != ANGLE]
    found = [(*setting, *way) for setting in settings for way in ways]
    found += [("others", 0, FEW, *way) for way in (*ways, ("initial", 2))]
    names = ("task", "angle", "each", "start", "kept")
    return tuple({**dict(zip(names, values, strict=True)), "seed": seed} for seed in SEEDS for values in found)


EXPERIMENT = Experiment(_cases(), measured, {"rates": Tolerance(1e-6), "accuracy": Tolerance(0, 0.05, mean=0.02)})
