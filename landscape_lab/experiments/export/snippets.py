"""Self-contained scripts of an entry in NumPy, PyTorch or optax: surface, start, optimizer, schedules, loop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from landscape_lab.experiments.export.library_script import DIALECTS, library_script
from landscape_lab.experiments.export.numpy_script import numpy_script
from landscape_lab.experiments.export.script import NoScript, Snippet
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from optim_core.caching import bounded_cache


@dataclass(frozen=True)
class Library:
    """A library for which scripts are written: its name and the function that writes them."""

    label: str
    write: Callable[[Scenario, Entry], Snippet]


LIBRARIES: Mapping[str, Library] = MappingProxyType(
    {
        "numpy": Library("NumPy", numpy_script),
        **{key: Library(dialect.title, partial(library_script, dialect=dialect)) for key, dialect in DIALECTS.items()},
    }
)
"""The libraries in the order of the page."""


@bounded_cache(maxsize=64)
def snippet(scenario: Scenario, library: str) -> Snippet:
    """Return the only entry of a scenario as a script for one of `LIBRARIES`."""
    (entry,) = scenario.entries
    try:
        return LIBRARIES[library].write(scenario, entry)
    except NoScript as reason:
        return Snippet("", (reason.sentence,))
