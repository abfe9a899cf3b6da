"""Stored results of experiments with networks, which take too long to compute when a page opens.

An experiment is a file in `studies`. `make networks` computes all its cases and writes `results/<key>.npz`, which
`stored` reads. A test computes a part of every experiment again on every run, `make networks-check` all of them.
"""

import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESULTS = Path(__file__).with_name("results")
"""The folder of the stored results."""
MOST_BYTES = 200_000
"""The largest size of a file of results."""

Case = Mapping[str, Any]
"""The settings of a case by name: numbers, texts, and true or false."""
Arrays = Mapping[str, ArrayLike]


@dataclass(frozen=True)
class Tolerance:
    """How far an array that is computed again may be from the stored one.

    Processors and versions of NumPy differ in the last bits, and training amplifies differences. Therefore the first
    rows of a case can be compared value by value, and all rows by their mean only.

    relative, absolute  the difference of each compared value, as in `numpy.isclose`
    rows                how many rows along the first axis of a case are compared value by value; None for all
    mean                the difference of the means of all values, relative to the stored mean; None: not compared
    """

    relative: float = 1e-4
    absolute: float = 0.0
    rows: int | None = None
    mean: float | None = None

    def differences(self, found: NDArray[Any], known: NDArray[Any]) -> Iterator[str]:
        """Yield what differs by more. `found` may hold fewer rows than `known`, and is compared with the first ones."""
        if found.ndim != known.ndim or any(a > b for a, b in zip(found.shape, known.shape, strict=True)):
            yield f"its shape is {found.shape}, stored is {known.shape}"
            return
        known = known[tuple(slice(n) for n in found.shape)]
        rows = slice(None) if found.ndim == 0 or self.rows is None else slice(self.rows)
        first, second = (array if array.ndim == 0 else array[rows] for array in (found, known))
        close = np.isclose(first, second, rtol=self.relative, atol=self.absolute, equal_nan=True)
        if not close.all():
            off = np.abs(first - second)[~close].max()
            yield f"{(~close).sum()} of {close.size} values differ, by at most {off:.3g}"
        if self.mean is not None:
            mean, expected = float(np.nanmean(found)), float(np.nanmean(known))
            if not abs(mean - expected) <= self.mean * abs(expected):
                yield f"its mean is {mean:.4g}, stored is {expected:.4g}"


@dataclass(frozen=True)
class Experiment:
    """Trainings whose results are stored. Its key is the name of its file in `studies`.

    cases       the settings of each case; see `grid`
    run         `run(**case)` computes the arrays of a case by name, of the same shapes for all cases
    tolerances  how far each of these arrays may be from the stored one
    short       `short(**case)` computes some of these arrays, or their first rows only, within some tenths of a second.
                This is what the tests compute again for the first case; by default it is `run`
    """

    cases: Sequence[Case]
    run: Callable[..., Arrays]
    tolerances: Mapping[str, Tolerance]
    short: Callable[..., Arrays] | None = None

    def arrays(self, report: Callable[[Case], object] = lambda case: None) -> dict[str, NDArray[Any]]:
        """Compute all cases: each array has the cases as its first axis. `report` is called before each case."""
        found = []
        for case in self.cases:
            report(case)
            found.append(_compact(self.run(**case)))
        if any(each.keys() != self.tolerances.keys() for each in found):
            raise ValueError(f"the arrays of a case must be those with a tolerance: {', '.join(self.tolerances)}")
        return {name: np.stack([each[name] for each in found]) for name in self.tolerances}

    def differences(self, results: "Results", number: int = 0, *, short: bool = False) -> Iterator[str]:
        """Compute a case again and yield how it differs from the stored results by more than the tolerances."""
        found = ((short and self.short) or self.run)(**self.cases[number])
        for name, array in _compact(found).items():
            for difference in self.tolerances[name].differences(array, results[name][number]):
                yield f"{name} of case {number} ({text_of([self.cases[number]])}): {difference}"


@dataclass(frozen=True, eq=False)
class Results:
    """The stored results of an experiment: `results[name]` is an array whose first axis is the cases.

    cases     the settings of each case
    versions  the versions of Python and NumPy, and the kind of processor, that computed them
    """

    cases: Sequence[Case]
    versions: Mapping[str, str]
    arrays: Mapping[str, NDArray[Any]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.arrays[name]

    def where(self, **settings: Any) -> NDArray[np.bool_]:
        """Which cases have these settings: (cases,)"""
        return np.array([all(case[name] == value for name, value in settings.items()) for case in self.cases])

    def number(self, **settings: Any) -> int:
        """The number of the only case with these settings. Raises KeyError if there is none, or more than one."""
        found = np.flatnonzero(self.where(**settings))
        if len(found) != 1:
            raise KeyError(f"{len(found)} cases have the settings {settings}")
        return int(found[0])


def grid(**settings: Sequence[Any]) -> tuple[Case, ...]:
    """The cases with every combination of these values. The last setting varies fastest."""
    return tuple(dict(zip(settings, values, strict=True)) for values in product(*settings.values()))


@cache
def stored(key: str) -> Results:
    """The stored results of an experiment. Raises FileNotFoundError if there are none."""
    with np.load(RESULTS / f"{key}.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    cases, versions = (json.loads(str(arrays.pop(name))) for name in ("cases", "versions"))
    for array in arrays.values():
        array.flags.writeable = False
    return Results(tuple(MappingProxyType(case) for case in cases), versions, MappingProxyType(arrays))


def store(key: str, experiment: Experiment, report: Callable[[Case], object] = lambda case: None) -> Path:
    """Compute an experiment and write its results. The same results give the same bytes. Returns the file."""
    arrays = experiment.arrays(report)
    versions = {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}
    path = RESULTS / f"{key}.npz"
    np.savez_compressed(path, cases=text_of(experiment.cases), versions=json.dumps(versions), **arrays)  # type: ignore[arg-type]
    stored.cache_clear()
    return path


def text_of(cases: Sequence[Case]) -> str:
    """The settings of cases as one line of text, which is stored with their results."""
    return json.dumps([dict(case) for case in cases], sort_keys=True)


def _compact(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays as they are stored: numbers with a fraction as float32."""
    found = {name: np.asarray(array) for name, array in arrays.items()}
    return {name: array.astype(np.float32) if array.dtype.kind == "f" else array for name, array in found.items()}
