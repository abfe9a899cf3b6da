"""The scalar backend: the steps of a single run as plain Python on floats, some eight times faster than NumPy.

The arithmetic is that of the traced step, to the last bit: an operation of NumPy's is written as Python's where both
round as IEEE 754 requires, and called where they need not.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optim_core.backends.writer import Writer, indented
from optim_core.backtracking import ROUNDS, TRIES
from optim_core.form import Filled, Form
from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer, State, knob_of, leaves, numbers_of, with_numbers
from optim_core.sampler import Sampler
from optim_core.tracing.lowering import arguments
from optim_core.tracing.traced_step import Block, Recorded, TracedStep
from optim_core.tracing.tracer import Node, Untraceable

SCALAR_MIN_STEPS = 50
"""Steps from which it pays to write the code first, which takes one or two milliseconds."""

Advance = Callable[..., tuple[tuple[Any, ...], list[float], list[float], list[int], list[tuple[float, ...]]]]


class ScalarBackend:
    """The steps of one run with one lane. Raises Untraceable for a step that must see arrays."""

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        factors: Mapping[str, list[float]],
        sampler: Sampler,
        seed: Any,
        recorded: Recorded | None = None,
        filled: Filled | None = None,
    ) -> None:
        """`recorded` chooses the variables of the state that are recorded at every step.

        `filled` is the objective as the sampler shows it, as a form, which becomes part of the code. Without one the
        objective is called at every step.
        """
        numbers = numbers_of(optimizer)
        form = filled and filled.form
        self._code = _written(form_of(optimizer), tuple(factors), form, bool(filled and filled.varying), recorded)
        self._filled = filled
        self._knobs = [float(np.ravel(numbers[path])[0]) for path in self._code.knobs]
        self._factors = [factors[path] for path in self._code.scheduled]
        self._objective, self._sampler, self._seed = objective, sampler, seed
        self._seen: tuple[int, Any] = (-1, objective)

    @property
    def text(self) -> str:
        """The code as it was written."""
        return self._code.text

    @staticmethod
    def begin(theta: Array, state: State) -> tuple[float, ...]:
        """The numbers that the first step begins with: the point (2, 1), and all that stands on the whiteboard."""
        return tuple(number for leaf in (theta, *dict(leaves(state)).values()) for number in np.ravel(leaf).tolist())

    def advance(self, numbers: tuple[Any, ...], t: int, steps: int) -> "Made":
        """The steps from t on."""
        data = self._filled.numbers(t, steps)[:, :, 0].tolist() if self._filled else []
        after, xs, ys, tries, rows = self._code.advance(numbers, t, steps, self._knobs, self._factors, self._call, data)
        evaluations = np.full(steps, self._code.evaluations, dtype=float)
        if tries:
            evaluations += np.array(tries)
        return Made(np.array([xs, ys]), after, evaluations, dict(self._recorded(np.array(rows))))

    def _recorded(self, rows: Array) -> Iterator[tuple[str, Array]]:
        """The recorded variables by name, (steps, ...), from a row of numbers for each step."""
        column = 0
        for name, shape in self._code.recorded:
            size = math.prod(shape)
            yield name, rows[:, column : column + size].reshape(-1, *shape)
            column += size

    def _call(self, name: str, t: int, *point: float) -> list[float]:
        if self._seen[0] != t:
            self._seen = t, self._sampler.at(self._objective, t, self._seed)
        return np.ravel(getattr(self._seen[1], name)(np.array(point)[:, None])).tolist()


class Made(NamedTuple):
    """What some steps came to.

    points       (2, steps)
    numbers      what the next steps begin with
    evaluations  (steps): gradient evaluations of each step
    recorded     variables of the state by name: (steps, ...)
    """

    points: Array
    numbers: tuple[Any, ...]
    evaluations: Array
    recorded: Mapping[str, Array]


class Code(NamedTuple):
    """The text of a step, compiled.

    knobs        the full names of the hyperparameters it takes
    scheduled    those that a schedule changes, in the order of its factors
    evaluations  of a gradient, in one step; `advance` counts those of searches
    recorded     the names and shapes of the variables that are recorded
    """

    advance: Advance
    knobs: tuple[str, ...]
    scheduled: tuple[str, ...]
    evaluations: int
    recorded: tuple[tuple[str, tuple[int, ...]], ...]
    text: str


@lru_cache(maxsize=256)
def _written(
    optimizer: Optimizer, scheduled: tuple[str, ...], form: Form | None, varying: bool, recorded: Recorded | None
) -> Code:
    """The code for all optimizers of one form, on objectives of one form or on whatever is asked."""
    try:
        return _Writer(TracedStep(optimizer, form, recorded), scheduled, varying).code()
    except Exception:  # whatever a loss does with symbols: then it is asked for numbers
        if form is None:
            raise
        return _written(optimizer, scheduled, None, False, recorded)


class _Writer(Writer):
    """Writes the traced step as a loop over plain floats."""

    def __init__(self, outline: TracedStep, scheduled: tuple[str, ...], varying: bool) -> None:
        """`varying` says whether the numbers of the objective's form change from step to step."""
        super().__init__(outline, scheduled)
        self.varying = varying
        self.steady = set[int]()  # what is the same in every step, and computed before the first one
        self.head: list[str] = []

    def code(self) -> Code:
        whole = self.outline.blocks()
        body = [*self._lines(whole, first=True), "xs.append(s0)", "ys.append(s1)"]
        head, loop = ["xs, ys, tries, rows = [], [], [], []"], "t in range(t, t + steps)"
        if self.outline.form and self.outline.form.size:
            names = "".join(f"d{i}, " for i in range(self.outline.form.size))
            if self.varying:
                loop = f"t, ({names}) in zip(range(t, t + steps), data)"
            else:
                head.append(f"{names}= data[0]")
        head += self.head
        advance, text = self.program("call, data", head, loop, body, "({letters}), xs, ys, tries, rows")
        (evaluations,) = {end.path.graph.evaluations for end in whole.exits()}
        return Code(advance, tuple(self.knobs), self.scheduled, evaluations, self._recorded(whole), text)

    def _recorded(self, whole: Block) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The recorded variables, and their shapes."""
        every = {tuple((name, places.shape) for name, places in end.path.recorded.items()) for end in whole.exits()}
        if len(every) > 1:
            raise Untraceable("the variables of the state change from step to step")
        return every.pop()

    def _lines(self, part: Block, first: bool = False) -> list[str]:
        """The lines of a part of the step and of all that comes after it."""
        nodes = part.nodes
        lines, tried, loop = list[str](), set[int](), list[str]()
        for place in part.computed:
            of = arguments(nodes[place])
            if nodes[place][0] == "trial":
                tried.add(place)
            elif nodes[place][0] == "search":
                lines += self._search(nodes, place, loop)
                loop = []
            elif tried.intersection(of):
                tried.add(place)
                loop.append(f"v{place} = {self._written(nodes, place)}")
            elif first and nodes[place][0] != "objective" and all(self._is_steady(nodes, it) for it in of):
                self.steady.add(place)
                self.head.append(f"v{place} = {self._written(nodes, place)}")
            else:
                lines.append(f"v{place} = {self._written(nodes, place)}")
        if part.condition is None:
            after = ", ".join(self.name(nodes, place) for place in part.path.after)
            if recorded := part.path.recorded:
                row = ", ".join(self.name(nodes, place) for places in recorded.values() for place in places.flat)
                lines.append(f"rows.append(({row},))")
            return [*lines, f"{', '.join(self.names.values())} = {after}"]
        yes, no = (indented(self._lines(way)) for way in part.branches)
        return [*lines, f"if {self.name(nodes, part.condition)}:", *yes, "else:", *no]

    def _search(self, nodes: list[Node], place: int, loop: list[str]) -> list[str]:
        """A search for the first good length; `loop` makes one try."""
        length, good, searching, first, shrink = (self.name(nodes, part) for part in nodes[place][1:])
        return [
            f"{length} = {first}",
            "tries.append(0)",
            f"if {searching} and {length} == {length}:",
            f"    for n in range(1, {ROUNDS * TRIES + 1}):",
            *indented(indented(loop)),
            f"        if {good}:",
            "            break",
            f"        {length} = {shrink} * {length}",
            "    tries[-1] += n",
            f"v{place} = {length}",
        ]

    def _written(self, nodes: list[Node], place: int) -> str:
        name, *_ = node = nodes[place]
        if name == "component":
            return f"v{node[1]}[{node[2]}]"
        names = [self.name(nodes, argument) for argument in arguments(node)]
        if name == "objective":
            return f"call({', '.join([repr(node[1]), 't', *names])})"
        if name == "divide" and nodes[node[2]][0] == "number" and nodes[node[2]][1]:
            return f"{names[0]} / {names[1]}"
        return self.plainly(name, names)

    def _is_steady(self, nodes: list[Node], place: int) -> bool:
        kind, *rest = nodes[place]
        if kind == "data":
            return not self.varying
        return kind == "number" or (kind == "knob" and rest[0] not in self.scheduled) or place in self.steady


def form_of(optimizer: Optimizer, kinds: tuple[type, ...] = (float,)) -> Optimizer:
    """The optimizer with every number of these kinds at its knob's default: all that share a form share their code."""
    return with_numbers(optimizer, {path: knob_of(optimizer, path).default for path in numbers_of(optimizer, kinds)})
