"""The working of every step of a run: each quantity, what it was made from, and the numbers, as in a worked example."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer, State, numbers_of, with_numbers
from optim_core.run import Trajectory, factors_of
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.schedule import Schedule
from optim_core.traceable import are_traceable
from optim_core.tracing.concrete import Letter, Node, Tape, TracedObjective, plain


class Line(NamedTuple):
    """One line of the working: a letter of the whiteboard by its name, `theta` for the new point, and its node."""

    name: str
    place: int


@dataclass(frozen=True)
class Form:
    """How a step was made: most runs have one form; Lookahead has another one for the steps that come back.

    nodes    what was made, in order; see `optim_core.tracing.concrete.Node`
    shapes   the shape of each node's numbers, without lanes
    lines    the letters of the whiteboard in the order in which they were made; the new point comes last
    """

    nodes: tuple[Node, ...]
    shapes: tuple[tuple[int, ...], ...]
    lines: tuple[Line, ...]

    @property
    def offsets(self) -> list[int]:
        """Where each node's numbers begin in a row of `StepTrace.numbers`."""
        sizes = [int(np.prod(shape)) for shape in self.shapes]
        return [0, *np.cumsum(sizes).tolist()][:-1]


@dataclass(frozen=True)
class StepTrace:
    """The working of a single run.

    forms    the forms that occurred
    form     (steps) which of them each step has
    numbers  (steps, k) the numbers of the form's nodes one after the other, NaN after the last
    """

    forms: tuple[Form, ...]
    form: NDArray[np.int64]
    numbers: Array

    def of(self, name: str) -> Array:
        """A letter of the whiteboard, or `theta`, the new point: (steps, ...); NaN for a step that did not write it."""
        return self._at([[place for line, place in form.lines if line == name] for form in self.forms])

    def knob(self, path: str) -> Array:
        """A hyperparameter at every step, by its full field name: (steps); NaN for a step that did not use it."""
        return self._at([[i for i, node in enumerate(form.nodes) if node == ("knob", path)] for form in self.forms])

    @property
    def looked_at(self) -> Array:
        """Where else than at the point itself a gradient was asked for: (steps, 2), or (0) if nowhere."""
        asked = [
            [node[2] for node in form.nodes if node[:2] == ("ask", "gradient") and form.nodes[node[2]] != ("theta",)]
            for form in self.forms
        ]
        return self._at(asked) if any(asked) else np.empty(0)

    def _at(self, places: list[list[int]]) -> Array:
        """The numbers of one node for each form, the last one named: (steps, ...)."""
        shape = next((form.shapes[each[-1]] for form, each in zip(self.forms, places, strict=True) if each), ())
        out = np.full((len(self.form), *shape), np.nan)
        for i, (form, each) in enumerate(zip(self.forms, places, strict=True)):
            for place in each[-1:]:
                begin = form.offsets[place]
                here = self.form == i
                out[here] = self.numbers[here, begin : begin + out[0].size].reshape(-1, *shape)
        return out


def working(
    objective: Objective,
    optimizer: Optimizer,
    path: Trajectory,
    *,
    schedules: Mapping[str, Schedule] | None = None,
    sampler: Sampler | None = None,
    seed: int = 0,
) -> StepTrace:
    """Make every step of a single run again, and write down how it was made.

    `path` is what `run` gave for the same arguments; the steps made here are the same to the last bit. Raises TypeError
    for an optimizer that is not of the registry's own classes: a trace need not show how it works.
    """
    if not are_traceable(optimizer):
        raise TypeError(f"the working is written for the optimizers of the registry only, not for {optimizer!r}")
    steps = int(path.last_step)
    factors = factors_of(optimizer, schedules or {}, path.steps)
    sampler = sampler or Exact()
    theta = np.array(path.points[0])[:, None]
    forms: dict[Any, int] = {}
    shapes = list[tuple[tuple[int, ...], ...]]()
    form, rows = np.zeros(steps, dtype=np.int64), []
    with np.errstate(all="ignore"):
        state = kept = optimizer.init(theta)
        for t in range(steps):
            tape = Tape()
            now = _lettered(optimizer, tape, {name: factor[t] for name, factor in factors.items()})
            asked = TracedObjective(sampler.at(objective, t, seed), tape)
            moved, after = now.step(tape.letter(("theta",), theta), _old(state, kept, tape), asked)  # type: ignore[arg-type]
            made = tuple(sorted(_made(after, tape), key=lambda line: line.place))
            lines = (*made, Line("theta", tape.place(moved)))
            key = (tuple(tape.nodes), lines)
            if key not in forms:
                forms[key] = len(forms)
            form[t] = forms[key]
            rows.append(np.concatenate([value.ravel() for value in tape.values]))
            theta, state = plain(moved), _values(after)
            if forms[key] == len(shapes):
                shapes.append(tuple(_shape(value) for value in tape.values))
    numbers = np.full((steps, max(map(len, rows), default=0)), np.nan)
    for t, row in enumerate(rows):
        numbers[t, : len(row)] = row
    return StepTrace(
        tuple(Form(nodes, each, lines) for (nodes, lines), each in zip(forms, shapes, strict=True)), form, numbers
    )


def _lettered(optimizer: Optimizer, tape: Tape, factors: Mapping[str, float]) -> Any:
    """The optimizer with letters for all its real numbers; a scheduled one is that of this step."""
    numbers = {path: value * factors.get(path, 1.0) for path, value in numbers_of(optimizer).items()}
    return with_numbers(optimizer, {path: tape.letter(("knob", path), value) for path, value in numbers.items()})


def _old(state: State, kept: State, tape: Tape, path: str = "") -> State:
    """What the whiteboard keeps from step to step, as letters."""
    return {
        name: _old(state[name], inner, tape, f"{path}inner.")
        if isinstance(inner, dict)
        else tape.letter(("old", path, name), state[name])
        for name, inner in kept.items()
    }


def _values(state: State) -> State:
    return {name: _values(value) if isinstance(value, dict) else plain(value) for name, value in state.items()}


def _made(state: State, tape: Tape, path: str = "") -> Iterator[Line]:
    """The letters that this step has made, those of inner layers first."""
    if "inner" in state:
        yield from _made(state["inner"], tape, f"{path}inner.")
    for name, value in state.items():
        if isinstance(value, float) or (isinstance(value, Letter) and tape.nodes[value.place] != ("old", path, name)):
            yield Line(name, tape.place(value))


def _shape(value: Array) -> tuple[int, ...]:
    return value.shape[:-1] if value.ndim else ()
