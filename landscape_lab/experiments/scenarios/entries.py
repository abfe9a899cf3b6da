"""Changes to a lane, each a new lane."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from landscape_lab.experiments.scenarios.scenario import Lane
from optim_core import OPTIMIZERS, Knob, Optimizer, Wrapper, key_of, knobs
from optim_core.optimizer import with_numbers
from optim_core.schedule import Schedule

WRAPPERS = OPTIMIZERS.where(lambda cls: issubclass(cls, Wrapper))
CORES = OPTIMIZERS.where(lambda cls: not issubclass(cls, Wrapper))


def settings(lane: Lane) -> Iterator[tuple[str, str, Knob]]:
    """Every knob of a lane, the core's first: (full field name, key of the layer it belongs to, knob)."""
    for depth, layer in reversed(list(enumerate(lane.layers))):
        for name, knob in knobs(layer).items():
            yield "inner." * depth + name, key_of(layer), knob


def with_setting(lane: Lane, path: str, value: float) -> Lane:
    """The lane with the field of that full name set to `value`, which the scenario that gets the lane will check."""
    return replace(lane, optimizer=with_numbers(lane.optimizer, {path: value}))


def with_schedule(lane: Lane, path: str, schedule: Schedule | None) -> Lane:
    """The lane whose field `path` follows `schedule`, or none."""
    kept = {name: old for name, old in lane.schedules if name != path}
    return replace(lane, schedules=tuple(kept.items() if schedule is None else (kept | {path: schedule}).items()))


def with_core(lane: Lane, key: str) -> Lane:
    """The lane with another optimizer at its core, at its defaults; wrappers stay, and schedules that still fit."""
    return _stacked(lane, CORES[key](), lane.layers[-2::-1])


def with_wrappers(lane: Lane, keys: Sequence[str]) -> Lane:
    """The lane with these wrappers, innermost first. A wrapper that was there keeps its settings and schedules."""
    had = {key_of(layer): layer for layer in lane.layers[:-1]}
    return _stacked(lane, lane.core, [had.get(key) or WRAPPERS[key](inner=lane.core) for key in keys])


def _stacked(lane: Lane, core: Optimizer, wrappers: Sequence[Optimizer]) -> Lane:
    optimizer = core
    for wrapper in wrappers:
        optimizer = replace(wrapper, inner=optimizer)
    stacked = Lane(optimizer, (), lane.name)
    homes = {key_of(layer): depth for depth, layer in enumerate(stacked.layers)}
    moved = []
    for path, schedule in lane.schedules:
        prefix, _, name = path.rpartition(".")
        owner = lane.layers[prefix.count("inner")]
        # The core may be another class now; a field of the same name takes the schedule over.
        home = len(stacked.layers) - 1 if owner is lane.core else homes.get(key_of(owner))
        if home is not None and name in {f.name for f in fields(stacked.layers[home])}:
            moved.append(("inner." * home + name, schedule))
    return replace(stacked, schedules=tuple(moved))
