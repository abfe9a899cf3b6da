"""Changes to an entry, each a new entry."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from landscape_lab.experiments.scenarios.scenario import Entry
from optim_core import OPTIMIZERS, Knob, Optimizer, Wrapper, key_of, knobs
from optim_core.optimizer import with_numbers
from optim_core.schedule import Schedule

WRAPPERS = OPTIMIZERS.where(lambda cls: issubclass(cls, Wrapper))
CORES = OPTIMIZERS.where(lambda cls: not issubclass(cls, Wrapper))


def settings(entry: Entry) -> Iterator[tuple[str, str, Knob]]:
    """Every knob of an entry, the core's first: (full field name, key of the layer it belongs to, knob)."""
    for depth, layer in reversed(list(enumerate(entry.layers))):
        for name, knob in knobs(layer).items():
            yield "inner." * depth + name, key_of(layer), knob


def with_setting(entry: Entry, path: str, value: float) -> Entry:
    """The entry with the field of that full name set to `value`, which the scenario that gets the entry will check."""
    return replace(entry, optimizer=with_numbers(entry.optimizer, {path: value}))


def with_schedule(entry: Entry, path: str, schedule: Schedule | None) -> Entry:
    """The entry whose field `path` follows `schedule`, or none."""
    kept = {name: old for name, old in entry.schedules if name != path}
    return replace(entry, schedules=tuple(kept.items() if schedule is None else (kept | {path: schedule}).items()))


def with_core(entry: Entry, key: str) -> Entry:
    """The entry with another optimizer at its core, at its defaults; wrappers stay, and schedules that still fit."""
    return _stacked(entry, CORES[key](), entry.layers[-2::-1])


def with_wrappers(entry: Entry, keys: Sequence[str]) -> Entry:
    """The entry with these wrappers, innermost first. A wrapper that was there keeps its settings and schedules."""
    had = {key_of(layer): layer for layer in entry.layers[:-1]}
    return _stacked(entry, entry.core, [had.get(key) or WRAPPERS[key](inner=entry.core) for key in keys])


def _stacked(entry: Entry, core: Optimizer, wrappers: Sequence[Optimizer]) -> Entry:
    optimizer = core
    for wrapper in wrappers:
        optimizer = replace(wrapper, inner=optimizer)
    stacked = Entry(optimizer, (), entry.name)
    homes = {key_of(layer): depth for depth, layer in enumerate(stacked.layers)}
    moved = []
    for path, schedule in entry.schedules:
        prefix, _, name = path.rpartition(".")
        owner = entry.layers[prefix.count("inner")]
        # The core may be another class now; a field of the same name takes the schedule over.
        home = len(stacked.layers) - 1 if owner is entry.core else homes.get(key_of(owner))
        if home is not None and name in {f.name for f in fields(stacked.layers[home])}:
            moved.append(("inner." * home + name, schedule))
    return replace(stacked, schedules=tuple(moved))
