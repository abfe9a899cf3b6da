"""Common parts of all scripts of an entry: docstring, calls and arrays as program text, schedules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from textwrap import indent, wrap
from typing import Any
from urllib.parse import urlencode

import numpy as np

from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import Sentence
from landscapes import DataLoss
from optim_core import Optimizer, key_of
from optim_core.optimizer import get_field
from optim_core.schedule import Schedule

MOST_EXAMPLES = 200
"""The maximal number of examples in a script: longer scripts are not readable."""
WIDTH = 100


@dataclass(frozen=True)
class Snippet:
    """A script with notes about it. If the text is empty, the notes give the reason."""

    text: str
    notes: tuple[Sentence, ...] = ()
    equal: bool = True
    """Whether its path is equal to the entry's up to rounding."""


class NoScript(Exception):
    """No script is available; `sentence` gives the reason."""

    def __init__(self, template: str, **values: Any) -> None:
        self.sentence = Sentence(template, values)
        super().__init__(str(self.sentence))


def head(scenario: Scenario, entry: Entry, library: str, notes: Iterator[str] | tuple[str, ...] = ()) -> str:
    """Return the docstring of a script: the entry, the surface, the link and the notes."""
    title = f"{entry.label} on {scenario.landscape.label}, {library}"
    words = [title + ".", "", f"The race: ?{urlencode(scenario.to_query())}"]
    if scenario.data and scenario.data.own and isinstance(scenario.landscape, DataLoss):
        trained, rows = scenario.landscape.n, scenario.data.own.n
        words += ["", f"Trained on {trained} of {rows} rows of a file; {rows - trained} are held out."]
    for note in notes:
        words += ["", *wrap(note, WIDTH)]
    return '"""' + "\n".join(words) + '\n"""\n'


def call_text(thing: Any) -> str:
    """Return the call that creates an optimizer, schedule or sampler."""
    inside = ", ".join(
        f"{f.name}={call_text(value) if isinstance(value, Optimizer | Schedule) else repr(value)}"
        for f in fields(thing)
        for value in [getattr(thing, f.name)]
    )
    return f"{type(thing).__name__}({inside})"


def layers(thing: Any) -> Iterator[type]:
    """Yield the classes of an optimizer or a schedule and of all those inside it, innermost first."""
    for f in fields(thing):
        if isinstance(value := getattr(thing, f.name), Optimizer | Schedule):
            yield from layers(value)
    yield type(thing)


def scheduled_fields(entry: Entry) -> dict[str, str]:
    """Return the name of the variable with the values of each scheduled field, by the full name of the field."""
    names: dict[str, str] = {}
    for path, _schedule in entry.schedules:
        owner, _, name = path.rpartition(".")
        taken = name in names.values()
        layer = get_field(entry.optimizer, owner) if owner else entry.optimizer
        names[path] = f"{key_of(layer)}_{name}" if taken else name
    return names


def schedule_lines(entry: Entry) -> list[str]:
    """Return the lines that compute the values of each scheduled field."""
    return [
        f"{name} = {get_field(entry.optimizer, path)!r} * "
        f"{call_text(dict(entry.schedules)[path])}.factor(np.arange(steps, dtype=float), steps)"
        for path, name in scheduled_fields(entry).items()
    ]


def examples_of(scenario: Scenario) -> DataLoss | None:
    """Return the surface if it is a loss over data, else None. Raises NoScript if it has too many examples."""
    landscape = scenario.landscape
    if not isinstance(landscape, DataLoss):
        return None
    if landscape.n > MOST_EXAMPLES:
        raise NoScript(
            "A script would have to hold all {count} examples; up to {most} are written out.",
            count=landscape.n, most=MOST_EXAMPLES,
        )  # fmt: skip
    return landscape


def array_text(values: Any, call: str = "np.array") -> str:
    """Return an array as program text, with several numbers on a line."""
    values = np.asarray(values)
    if values.ndim > 1:
        return f"{call}([\n" + "".join(indent(array_text(row, "") + ",\n", "    ") for row in values) + "])"
    text = ", ".join(repr(float(value)) for value in values)
    lines = wrap(text, WIDTH)
    inside = f"[{text}]" if len(lines) < 2 else "[\n" + indent("\n".join(lines), "    ") + "\n]"
    return f"{call}({inside})" if call else inside


def data_class(parts: Mapping[str, Any]) -> str:
    """Return the class `Data` as program text, with arrays as its attributes."""
    held = "\n".join(f"    {name} = {indent(array_text(values), '    ').lstrip()}" for name, values in parts.items())
    return f'class Data:\n    """The examples."""\n\n{held}'
