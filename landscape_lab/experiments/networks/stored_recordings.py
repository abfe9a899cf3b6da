"""Recordings of trainings that are stored, for pages whose first picture cannot wait for a training."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.networks.recorded import record
from landscape_lab.experiments.networks.scenario import NetworkScenario
from landscape_lab.experiments.networks.stored import Arrays, Experiment, Tolerance, stored
from landscape_lab.experiments.networks.training import train, trained
from landscape_lab.experiments.recordings import Recording
from landscapes.networks import sharpness
from optim_core import key_of, run
from optim_core.objective import Array

GRID = 41
"""Points of a stored grid along each axis: 4 kB of a file instead of 6 kB for 51."""
BITS = 11
"""Binary digits that stored numbers keep: 0.05%, which no picture shows, in 60% of the bytes."""
EXACT = ("steps", "limits", "diverged")
ROUNDED = ("x", "y", "grid", "path", "loss", "distance", "drawn", "sharpness", "shares")
BY_ENTRY = ("path", "loss", "distance", "drawn", "sharpness", "shares", "limits", "diverged")
"""Arrays whose last axis is the entries of a scenario."""
EARLY = 6
"""Checkpoints that are compared value by value when a recording is computed again: 150 of 3000 steps. At the edge of
stability, from step 300 on, a difference of 1e-14 in the initial weights can become one of 10% within ten steps."""
SHORT_STEPS = 90
"""Steps of a training that is computed again by the tests."""


def recordings(scenarios: Iterable[NetworkScenario]) -> Experiment:
    """The experiment that stores the recordings of trainings, all with the same checkpoints, one scenario a case."""
    different = {scenario.text: scenario.to_query() for scenario in scenarios}
    entries = max(len(NetworkScenario.from_query(query).entries) for query in different.values())

    def run_case(**query: str) -> Arrays:
        return _arrays(record(train(NetworkScenario.from_query(query)), n=GRID), entries)

    def short(**query: str) -> Arrays:
        return _short(NetworkScenario.from_query(query), entries)

    tolerances = {
        **dict.fromkeys(ROUNDED, Tolerance(np.inf)),
        **dict.fromkeys(EXACT, Tolerance()),
        "loss": Tolerance(1e-3, rows=EARLY, mean=0.1),
        "sharpness": Tolerance(0.02, rows=EARLY, mean=0.1),  # it is found to 1%
        **dict.fromkeys(("grid", "distance", "drawn"), Tolerance(np.inf, mean=0.25)),
        "shares": Tolerance(absolute=0.1),
    }  # the plane is that of the whole path, whose end depends on the last bits: no coordinate on it is compared
    return Experiment(tuple(different.values()), run_case, tolerances, short)


def recording_of(key: str, scenario: NetworkScenario) -> Recording:
    """The recording of a scenario: that stored with the experiment `key`, or else a new one, which takes seconds."""
    number = _numbers(key).get(scenario.text)
    return _made(scenario) if number is None else _stored(key, number)


def is_stored(key: str, scenario: NetworkScenario) -> bool:
    """Whether the experiment `key` has stored the recording of a scenario."""
    return scenario.text in _numbers(key)


@cache
def _numbers(key: str) -> Mapping[str, int]:
    return {NetworkScenario.from_query(case).text: number for number, case in enumerate(stored(key).cases)}


@lru_cache(maxsize=8)
def _made(scenario: NetworkScenario) -> Recording:
    return record(trained(scenario), n=GRID)


@lru_cache(maxsize=64)
def _stored(key: str, number: int) -> Recording:
    results = stored(key)
    scenario = NetworkScenario.from_query(results.cases[number])
    count = len(scenario.entries)
    arrays: dict[str, Any] = {
        name: array[number][..., :count] if name in BY_ENTRY else array[number]
        for name, array in results.arrays.items()
    }
    arrays = {name: each.astype(float) if each.dtype.kind == "f" else each for name, each in arrays.items()}
    diverged = tuple(bool(each) for each in arrays.pop("diverged"))
    names, optimizers = zip(*((entry.label, key_of(entry.core)) for entry in scenario.entries), strict=True)
    return Recording(
        names=names,
        axes=("first component", "second component"),
        optimizers=optimizers,
        diverged=diverged,
        noisy=scenario.is_noisy,
        key=f"{scenario.text} {key}",
        **arrays,
    )


def _short(scenario: NetworkScenario, entries: int) -> Arrays:
    """Loss and sharpness at the first checkpoints, as `train` measures them."""
    every = scenario.every
    found = np.full((2, SHORT_STEPS // every + 1, entries), np.nan)
    for i, entry in enumerate(scenario.entries):
        path = run(
            scenario.objective, entry.optimizer, scenario.network.start(scenario.seed), SHORT_STEPS,
            schedules=dict(entry.schedules), sampler=scenario.sampler, seed=scenario.seed, every=every,
        )  # fmt: skip
        theta = path.points.T
        found[:, :, i] = scenario.objective.value(theta), sharpness(scenario.objective, theta)
    return {"loss": found[0], "sharpness": found[1]}


def _arrays(recording: Recording, entries: int) -> Arrays:
    """The arrays of a recording that are stored, rounded, with room for a number of entries."""
    found: dict[str, NDArray[Any]] = {}
    for name in (*EXACT, *ROUNDED):
        array = np.asarray(getattr(recording, name))
        if name in BY_ENTRY:
            room = np.full((*array.shape[:-1], entries), False if array.dtype == bool else np.nan)
            room[..., : array.shape[-1]] = array
            array = room
        found[name] = _rounded(array) if name in ROUNDED else array
    return found


def _rounded(array: Array) -> Array:
    """The numbers with `BITS` binary digits: the other bits are 0, and take hardly any bytes in a file."""
    fraction, exponent = np.frexp(array)
    return np.ldexp(np.round(np.ldexp(fraction, BITS)), exponent - BITS)
