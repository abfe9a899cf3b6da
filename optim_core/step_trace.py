"""The trace of a run: the quantities of every step, the operations that gave them, and the numbers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optim_core.arguments import factors_of
from optim_core.backends.scalar import ScalarBackend
from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer, State, leaves, numbers_of
from optim_core.run import Trajectory
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.schedule import Schedule
from optim_core.traceable import are_traceable
from optim_core.tracing.evaluation import evaluated
from optim_core.tracing.traced_step import StepGraph, TracedStep
from optim_core.tracing.tracer import Graph, Node, Shape, Tracer

POINT: Node = ("state", ())
"""The node of the point before the step."""


class Line(NamedTuple):
    """A quantity of the formula: its name, which is `theta` for the new point, and the place of its node."""

    name: str
    place: int


@dataclass(frozen=True)
class StepForm:
    """One path through a step. Most optimizers have one; Lookahead has another for the steps that go back.

    nodes    the operations in order, see `optim_core.tracing.tracer.Node`
    shapes   the shape of each node's value
    lines    the variables of the state in the order in which they were computed; the new point comes last
    """

    nodes: tuple[Node, ...]
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]

    @property
    def offsets(self) -> list[int]:
        """Where each node's numbers begin in a row of `StepTrace.numbers`."""
        sizes = [int(np.prod(shape)) for shape in self.shapes]
        return [0, *np.cumsum(sizes).tolist()][:-1]


@dataclass(frozen=True)
class StepTrace:
    """The steps of a single run.

    forms    the forms that occurred
    form     (steps): the index of each step's form
    numbers  (steps, k): the values of the form's nodes in a row. NaN after the last, and for what a search tried
    """

    forms: tuple[StepForm, ...]
    form: NDArray[np.int64]
    numbers: Array

    def of(self, name: str) -> Array:
        """A variable of the state, or `theta`, the new point: (steps, ...); NaN where a step did not compute it."""
        return self._at([[place for line, place in form.lines if line == name] for form in self.forms])

    def knob(self, path: str) -> Array:
        """A hyperparameter at every step, by its full field name: (steps); NaN where a step did not use it."""
        return self._at([[i for i, node in enumerate(form.nodes) if node == ("knob", path)] for form in self.forms])

    @property
    def looked_at(self) -> Array:
        """Where a gradient was evaluated other than at the point itself: (steps, 2), or (0) if nowhere."""
        points = [
            [node[2] for node in form.nodes if node[:2] == ("objective", "gradient") and form.nodes[node[2]] != POINT]
            for form in self.forms
        ]
        return self._at(points) if any(points) else np.empty(0)

    def _at(self, places: list[list[int]]) -> Array:
        """The value of one node for each form, the last one named: (steps, ...)."""
        shape = next((form.shapes[each[-1]] for form, each in zip(self.forms, places, strict=True) if each), ())
        out = np.full((len(self.form), *shape), np.nan)
        for i, (form, each) in enumerate(zip(self.forms, places, strict=True)):
            for place in each[-1:]:
                begin = form.offsets[place]
                here = self.form == i
                out[here] = self.numbers[here, begin : begin + out[0].size].reshape(-1, *shape)
        return out


def trace_steps(
    objective: Objective,
    optimizer: Optimizer,
    path: Trajectory,
    *,
    schedules: Mapping[str, Schedule] | None = None,
    sampler: Sampler | None = None,
    seed: int = 0,
) -> StepTrace:
    """Trace the steps of a single run, with the same numbers to the last bit.

    `path` is the result of `run` for the same arguments. Raises TypeError for an optimizer that is not of a traceable
    class, or whose step cannot be traced, ValueError for a path of another number of parameters than two, or one of
    which not every point was kept.
    """
    if path.points.shape[1] != 2 or path.every > 1:
        raise ValueError("the steps of a path can be traced for two parameters, if every point was kept")
    if not are_traceable(optimizer):
        raise TypeError(f"only the optimizers of the registry can be traced, not {optimizer!r}")
    steps, sampler = int(path.last_step), sampler or Exact()
    factors = factors_of(optimizer, schedules or {}, path.steps)
    filled = sampler.filled(objective, path.steps, seed) if are_traceable(sampler) else None
    backend = ScalarBackend(objective, optimizer, factors, sampler, seed, _kept, filled)

    def seen(at: NDArray[np.int64]) -> Objective:
        """The objective as these steps see it, which take the place of a batch."""
        if filled:
            numbers = filled.numbers(0, steps)[:, :, 0]
            return filled.form.filled(list((numbers[at] if len(numbers) > 1 else numbers).T))
        return _OneByOne([sampler.at(objective, t, seed) for t in at.tolist()])

    with np.errstate(all="ignore"):
        inputs = _states(backend, optimizer, path)
        for name, value in numbers_of(optimizer).items():
            inputs["knob", name] = np.full(steps, value) * np.array(factors.get(name, [1.0] * steps))[:steps]
        found = list(_paths(TracedStep(optimizer, None), inputs, seen, np.arange(steps)))
    found.sort(key=lambda each: each.steps[0])
    index, rows = np.zeros(steps, dtype=np.int64), []
    for i, each in enumerate(found):
        index[each.steps] = i
        rows.append(np.concatenate([value.reshape(-1, each.steps.size) for value in each.values]))
    numbers = np.full((steps, max(map(len, rows), default=0)), np.nan)
    for each, row in zip(found, rows, strict=True):
        numbers[each.steps, : len(row)] = row.T
    return StepTrace(tuple(each.form for each in found), index, numbers)


def _kept(state: State) -> dict[str, Any]:
    """The variables that the next step begins with, by their full names."""
    return {".".join(path): value for path, value in leaves(state)}


def _states(backend: ScalarBackend, optimizer: Optimizer, path: Trajectory) -> dict[Node, Array]:
    """What every step begins with, the point and the variables of the state, by their nodes: (..., steps)."""
    steps, theta = int(path.last_step), path.points[0][:, None]
    state = optimizer.init(theta)
    after = backend.advance(backend.begin(theta, state), 0, steps).recorded if steps else {}
    inputs: dict[Node, Array] = {POINT: path.points[:steps].T}
    for names, leaf in leaves(state):
        first = np.asarray(leaf, dtype=float).reshape(1, *np.shape(leaf)[:-1])
        every = np.concatenate([first, after.get(".".join(names), first)])
        inputs["state", names] = np.moveaxis(every[:steps], 0, -1)
    return inputs


class _Path(NamedTuple):
    """The steps that took one path, and the values of its nodes: (..., steps)."""

    steps: NDArray[np.int64]
    form: StepForm
    values: list[Array]


def _paths(
    step: TracedStep,
    inputs: Mapping[Node, Array],
    seen: Callable[[NDArray[np.int64]], Objective],
    steps: NDArray[np.int64],
    given: tuple[bool, ...] = (),
) -> Iterator[_Path]:
    """The paths that some steps take, all of which meet the conditions `given`."""
    if not steps.size:
        return
    made = step.trace(given)
    graph, form = made.graph, _form(made)
    here = {node: array[..., steps] for node, array in inputs.items()}
    values = evaluated(graph, here, seen(steps), steps.size)
    for depth in range(len(given), len(graph.choices)):
        true = values[graph.choices[depth][0]].reshape(-1) != 0
        yield from _paths(step, inputs, seen, steps[~true], (*graph.given[:depth], False))
        steps, values = steps[true], [value[..., true] for value in values]
    if steps.size:
        yield _Path(steps, form, values)


def _form(made: StepGraph) -> StepForm:
    graph = made.graph
    lines = sorted(_lines(made.state, graph), key=lambda line: line.place)
    lines.append(Line("theta", graph.of(made.theta).place))
    return StepForm(tuple(graph.nodes), tuple(graph.shapes), tuple(lines))


def _lines(state: State, graph: Graph, path: tuple[str, ...] = ()) -> Iterator[Line]:
    """The variables that this step has computed, those of inner layers first."""
    if "inner" in state:
        yield from _lines(state["inner"], graph, (*path, "inner"))
    for name, value in {**state, **getattr(state, "shown", {})}.items():
        made = isinstance(value, Tracer) and graph.nodes[value.place] != ("state", (*path, name))
        if (made or isinstance(value, float)) and name != "waited":  # a cost, and no quantity of the formula
            yield Line(name, graph.of(value).place)


class _OneByOne:
    """Objectives side by side: each is called for the run at its place in the batch."""

    def __init__(self, objectives: list[Objective]) -> None:
        self.objectives = objectives

    def value(self, theta: Array) -> Array:
        return self._call("value", theta)

    def gradient(self, theta: Array) -> Array:
        return self._call("gradient", theta)

    def hessian(self, theta: Array) -> Array:
        return self._call("hessian", theta)

    def _call(self, name: str, theta: Array) -> Array:
        each = [getattr(one, name)(theta[..., i : i + 1]) for i, one in enumerate(self.objectives)]
        return np.concatenate(each, axis=-1)
