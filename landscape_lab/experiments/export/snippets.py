"""An entry as a script of its own, in NumPy, PyTorch or optax: surface, start, optimizer, schedule, loop."""

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
    """What a script is written for: its name, and what writes it."""

    label: str
    write: Callable[[Scenario, Entry], Snippet]


LIBRARIES: Mapping[str, Library] = MappingProxyType(
    {
        "numpy": Library("NumPy", numpy_script),
        **{key: Library(dialect.title, partial(library_script, dialect=dialect)) for key, dialect in DIALECTS.items()},
    }
)
"""In the order in which they are offered."""


@bounded_cache(maxsize=64)
def snippet(scenario: Scenario, library: str) -> Snippet:
    """The only entry of a scenario as a script for one of `LIBRARIES`."""
    (entry,) = scenario.entries
    try:
        return LIBRARIES[library].write(scenario, entry)
    except NoScript as reason:
        return Snippet("", (reason.sentence,))
