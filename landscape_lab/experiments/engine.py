"""Scenarios for the browser: JavaScript functions, which depend on the kind of a scenario, and its numbers.

`ui/stage/script/engine.js` combines both. Scenarios without such functions run on the server only.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscapes import DataLoss, Landscape
from landscapes.mean_loss import Quadratic
from landscapes.surface_javascript import model_text, surface_text
from optim_core.arguments import factors_of
from optim_core.backends.javascript import arguments_of, function_text, module_text, step_of
from optim_core.caching import bounded_cache
from optim_core.example_sampler import ExampleSampler
from optim_core.knob import knobs, unchecked
from optim_core.objective import Array
from optim_core.optimizer import Optimizer, get_field, with_numbers
from optim_core.sampler import Sampler, normal_at
from optim_core.samplers.exact import Exact
from optim_core.samplers.gradient_noise import GradientNoise
from optim_core.schedule import Schedule
from optim_core.tracing.tracer import Graph, Untraceable

MOST_ROWS = 400
"""The maximal number of examples in a loss: with more, a race in the browser takes longer than a frame."""
MOST_PICKED = 2**15
"""The maximal number of examples that all steps together use: 128 kB of indices."""

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Program:
    """The part of a race that the browser receives once, as it does not depend on the numbers that can change.

    key    identifies the program
    text   a JavaScript module
    data   arrays: random numbers, examples, and the indices of the examples that each step uses
    """

    key: str
    text: str
    data: Mapping[str, Any]


def engine_of(scenario: Scenario, offset: float, validation: bool = False) -> tuple[Program, dict[str, Any]] | None:
    """Return the program of a race and its numbers, or None if the browser cannot run it.

    Numbers with a name can be changed; they are in the order in which the program takes them. `offset` is subtracted
    from all losses. With `validation`, a loss over data also reports the loss on the held-out data.
    """
    if not scenario.is_pure:
        return None
    try:
        texts = tuple(dict.fromkeys(step_of(entry.optimizer).text for entry in scenario.entries))
        schedules = _schedules_of(scenario.entries)
        landscape, sampler = scenario.landscape, scenario.sampler
        program = _program(landscape, sampler, scenario.steps, scenario.seed, texts, schedules, validation)
        return program, {"key": program.key} | _numbers(scenario, offset, texts, schedules, 0)
    except Untraceable:
        return None


class Library:
    """The functions of many races in one JavaScript module, in which every optimizer runs on every surface.

    text  the module
    """

    def __init__(self, scenarios: Iterable[Scenario], optimizers: Iterable[Optimizer]) -> None:
        """Collect the functions of the scenarios and of further optimizers; scenarios that the browser cannot run are
        left out."""
        self._optimizers = list(dict.fromkeys(step_of(optimizer).text for optimizer in optimizers))
        self._losses: dict[str, list[str]] = {"surfaces": [], "models": []}
        runnable = [scenario for scenario in scenarios if _can_run(scenario)]
        self._schedules = _schedules_of(entry for scenario in runnable for entry in scenario.entries)
        for scenario in runnable:
            texts = (step_of(entry.optimizer).text for entry in scenario.entries)
            self._optimizers += [text for text in dict.fromkeys(texts) if text not in self._optimizers]
            ((kind, (text,)),) = _loss(scenario.landscape).items()
            if text not in self._losses[kind]:
                self._losses[kind].append(text)
        functions = {"optimizers": self._optimizers, **self._losses, "schedules": self._schedules}
        self.text = module_text({**functions, "scales": [_scale_text()]})

    def place(self, optimizer: Optimizer) -> int:
        """Return the index of an optimizer in the module's list."""
        return self._optimizers.index(step_of(optimizer).text)

    def numbers(self, scenario: Scenario, offset: float) -> dict[str, Any] | None:
        """Return the numbers of a race, as `engine_of` does, with its `data`, or None if the browser cannot run it."""
        if not _can_run(scenario):
            return None
        ((kind, (text,)),) = _loss(scenario.landscape).items()
        data = _data(scenario.landscape, scenario.sampler, scenario.steps, scenario.seed)
        place = self._losses[kind].index(text)
        return _numbers(scenario, offset, self._optimizers, self._schedules, place) | {"data": data}


def _can_run(scenario: Scenario) -> bool:
    return engine_of(scenario, 0.0) is not None


def _numbers(
    scenario: Scenario, offset: float, optimizers: Sequence[str], schedules: Sequence[str], place: int
) -> dict[str, Any]:
    """Return the numbers of a race on the surface with index `place` of a module with these optimizers and
    schedules."""
    landscape, sampler, steps = scenario.landscape, scenario.sampler, scenario.steps
    values = {name: float(landscape.parameters[name]) for name in landscape.code.parameters}
    return {
        "steps": steps,
        "start": list(scenario.point),
        "offset": offset,
        "domain": landscape.domain,
        "lanes": [_entry(entry, optimizers, schedules, steps) for entry in scenario.entries],
        "surface": {"place": place, "values": values},
        "sampler": {"values": {name: getattr(sampler, name) for name in knobs(sampler)} if _adds(sampler) else {}},
    }


@bounded_cache(maxsize=256)
def _program(
    landscape: Landscape,
    sampler: Sampler,
    steps: int,
    seed: int,
    optimizers: tuple[str, ...],
    schedules: tuple[str, ...],
    validation: bool,
) -> Program:
    text = module_text({"optimizers": optimizers, **_loss(landscape), **_noise(sampler), "schedules": schedules})
    data = dict(_data(landscape, sampler, steps, seed))
    if validation and isinstance(landscape, DataLoss):
        data["held_out"] = _rows(landscape.validation, False)
    key = hashlib.sha256(b"\0".join([text.encode(), *_bytes_of(data)])).hexdigest()[:16]
    return Program(key, text, data)


def _entry(entry: Entry, optimizers: Sequence[str], texts: Sequence[str], steps: int) -> dict[str, Any]:
    step, factors = step_of(entry.optimizer), factors_of(entry.optimizer, dict(entry.schedules), steps)
    return {
        "optimizer": optimizers.index(step.text),
        "values": {path: get_field(entry.optimizer, path) for path in step.knobs},
        "factors": {path: _as_bytes(np.array(each)) for path, each in factors.items()},
        "schedules": {
            path: {"place": texts.index(_factor_text(schedule)), "values": _numbers_of(schedule)}
            for path, schedule in entry.schedules
        },
    }


def _numbers_of(schedule: Schedule) -> dict[str, Any]:
    """Return the knobs of a schedule and of the schedules that follow it, by their full names."""
    found = {name: getattr(schedule, name) for name in knobs(schedule)}
    after = getattr(schedule, "then", None)
    return found | {f"then.{path}": value for path, value in (_numbers_of(after) if after else {}).items()}


def _factor_text(schedule: Schedule) -> str:
    """Return the factor at step t of n steps as a JavaScript function of t, n and the schedule's numbers p."""
    return _factor_text_of(with_numbers(schedule, dict.fromkeys(_numbers_of(schedule), 1)))


@lru_cache(maxsize=256)
def _factor_text_of(form: Schedule) -> str:
    graph, paths = Graph(), tuple(_numbers_of(form))
    names, (t, n) = arguments_of(graph, "t", "n")
    names |= {("knob", path): f"p[{i}]" for i, path in enumerate(paths)}
    schedule = with_numbers(form, {path: graph.tracer("knob", path) for path in paths})
    return function_text(names, graph, [schedule.factor(t, n)], "t, n, p")


def _schedules_of(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Return the JavaScript functions of all schedules, without repetitions."""
    return tuple(dict.fromkeys(_factor_text(schedule) for entry in entries for _, schedule in entry.schedules))


def _loss(landscape: Landscape) -> dict[str, list[str]]:
    if isinstance(landscape, DataLoss):
        return {"models": [model_text(type(landscape.model))]}
    return {"surfaces": [surface_text(landscape)]}


def _adds(sampler: Sampler) -> bool:
    return isinstance(sampler, GradientNoise)


def _noise(sampler: Sampler) -> dict[str, list[str]]:
    return {"scales": [_scale_text()]} if _adds(sampler) else {}


def _scale_text() -> str:
    """Return the standard deviation of the noise at step t as a JavaScript function of t and the sampler's knobs p."""
    graph, letters = Graph(), tuple(knobs(GradientNoise))
    sampler = unchecked(GradientNoise(), **{letter: graph.tracer("knob", letter) for letter in letters})
    names, (t,) = arguments_of(graph, "t")
    names |= {("knob", letter): f"p[{i}]" for i, letter in enumerate(letters)}
    return function_text(names, graph, [sampler.scale(t)], "t, p")


def _data(landscape: Landscape, sampler: Sampler, steps: int, seed: int) -> Mapping[str, Any]:
    """Return the arrays of a program.

    Raises Untraceable for data that are too large and for samplers that the browser does not support.
    """
    data: dict[str, Any] = {}
    if isinstance(landscape, DataLoss):
        data["rows"] = _rows(landscape, isinstance(sampler, ExampleSampler))
    if isinstance(sampler, ExampleSampler) and isinstance(landscape, DataLoss):
        data["batches"] = _batches(landscape, sampler, steps, seed)
    elif _adds(sampler):
        data["normals"] = _normals(steps, seed)
    elif not isinstance(sampler, Exact):
        raise Untraceable(f"the browser does not support {type(sampler).__name__}")
    return data


@lru_cache(maxsize=64)
def _normals(steps: int, seed: int) -> Bytes:
    return _as_bytes(np.concatenate([normal_at(seed, t)[:, 0] for t in range(steps)]))


def _rows(loss: DataLoss, picked: bool) -> dict[str, Any]:
    whole, rows = loss.whole, loss.rows
    quadratic = None
    if isinstance(whole, Quadratic):
        (xx, xy), (_, yy) = 2 * whole.root.T @ whole.root
        (a, b), (_, d) = whole.root
        quadratic = [whole.lowest, *whole.minimum.tolist(), *map(float, (a, b, d, xx, xy, yy))]
    if picked and (loss.treatment.batch_norm or loss.treatment.dropout):
        raise Untraceable("the features differ between batches")
    if len(rows.target) > MOST_ROWS and quadratic is None:
        raise Untraceable("too many examples")
    return {
        **{name: None if values is None else _as_bytes(values) for name, values in rows._asdict().items()},
        "ridge": loss.ridge.tolist(),
        "quadratic": quadratic,
    }


def _batches(loss: DataLoss, sampler: ExampleSampler, steps: int, seed: int) -> dict[str, Any]:
    """Return the indices of the examples of all steps, concatenated, and the end of each step's part."""
    each = [sampler.rows_at(loss, t, seed) for t in range(steps)]
    ends = np.cumsum([len(rows) for rows in each])
    if ends[-1] > MOST_PICKED:
        raise Untraceable("the steps use too many examples")
    return {"rows": np.concatenate(each).astype(np.int32), "ends": ends.astype(np.int32)}


def _as_bytes(numbers: Array) -> Bytes:
    """Return double-precision numbers as bytes, for a message format that has only bytes and single precision."""
    return np.ascontiguousarray(numbers, dtype="<f8").view(np.uint8)


def _bytes_of(data: Any) -> list[bytes]:
    match data:
        case Mapping():
            return [part for name, value in data.items() for part in (name.encode(), *_bytes_of(value))]
        case np.ndarray():
            return [data.tobytes()]
    return [repr(data).encode()]
