"""Changes of an entry; each function returns a new entry."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from landscape_lab.experiments.scenarios.scenario import Entry
from optim_core import OPTIMIZERS, Knob, Optimizer, Wrapper, key_of, knobs
from optim_core.optimizer import with_numbers
from optim_core.schedule import Schedule

WRAPPERS = OPTIMIZERS.where(lambda cls: issubclass(cls, Wrapper))
CORES = OPTIMIZERS.where(lambda cls: not issubclass(cls, Wrapper))


def settings(entry: Entry) -> Iterator[tuple[str, str, Knob]]:
    """Yield every knob of an entry, those of the core first: (full field name, key of its layer, knob)."""
    for depth, layer in reversed(list(enumerate(entry.layers))):
        for name, knob in knobs(layer).items():
            yield "inner." * depth + name, key_of(layer), knob


def with_setting(entry: Entry, path: str, value: float) -> Entry:
    """Return the entry with the field of that full name set to `value`, which is checked by the scenario only."""
    return replace(entry, optimizer=with_numbers(entry.optimizer, {path: value}))


def with_schedule(entry: Entry, path: str, schedule: Schedule | None) -> Entry:
    """Return the entry with `schedule`, or no schedule, on the field `path`."""
    kept = {name: old for name, old in entry.schedules if name != path}
    return replace(entry, schedules=tuple(kept.items() if schedule is None else (kept | {path: schedule}).items()))


def with_core(entry: Entry, key: str) -> Entry:
    """Return the entry with another optimizer, at its defaults, inside the same wrappers.

    Schedules of fields that still exist are kept.
    """
    return _stacked(entry, CORES[key](), entry.layers[-2::-1])


def with_wrappers(entry: Entry, keys: Sequence[str]) -> Entry:
    """Return the entry with these wrappers, innermost first. Existing wrappers keep their settings and schedules."""
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
        # The class of the core may have changed: its schedules are kept for fields of the same name.
        home = len(stacked.layers) - 1 if owner is entry.core else homes.get(key_of(owner))
        if home is not None and name in {f.name for f in fields(stacked.layers[home])}:
            moved.append(("inner." * home + name, schedule))
    return replace(stacked, schedules=tuple(moved))
