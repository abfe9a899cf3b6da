"""Running a script that was written for a person, and comparing its path with the entry's."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from landscape_lab.experiments import Entry, Scenario, race
from landscape_lab.experiments.export.script import Snippet
from landscape_lab.experiments.export.snippets import snippet
from landscape_lab.experiments.export.twins import TWINS
from optim_core import OPTIMIZERS, Optimizer, Wrapper, key_of
from optim_core.objective import Array
from tests.golden.cases import CASES

CALM: Mapping[str, Optimizer] = {
    key_of(case.optimizer): case.optimizer
    for case in reversed(CASES.values())
    if case.calm and not isinstance(case.optimizer, Wrapper)
}
"""Settings at which rounding does not grow along the path on Rosenbrock, by the optimizer's key."""


def entry_of(key: str, library: str = "") -> Entry:
    """A calm entry for every optimizer and wrapper there is, at settings at which a library's path should be equal."""
    cls = OPTIMIZERS[key]
    optimizer = cls(inner=CALM["adam"]) if issubclass(cls, Wrapper) else CALM.get(key) or cls()
    twin = TWINS.get(library, {}).get(key)
    return Entry(replace(optimizer, **(twin.equal or {})) if twin else optimizer)


def scenario_of(entry: Entry, **more: Any) -> Scenario:
    return Scenario((entry,), **{"start": (-1.5, 2.0), "steps": 60} | more)


def run_script(written: Snippet) -> Array:
    """The path that the script makes, (steps + 1, 2)."""
    names: dict[str, Any] = {"__name__": "script"}
    exec(compile(written.text, "script.py", "exec"), names)
    return np.array(names["path"])


def paths(scenario: Scenario, library: str) -> tuple[Array, Array]:
    """The script's path and the entry's, up to the entry's last point."""
    (true,) = race(scenario).trajectories
    made = run_script(snippet(scenario, library))
    assert len(made) == scenario.steps + 1
    return made[: int(true.last_step) + 1], true.points[: int(true.last_step) + 1]
