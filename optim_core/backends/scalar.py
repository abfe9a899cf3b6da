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
"""Steps that repay the generation of code, which takes one to three milliseconds."""

Advance = Callable[..., tuple[tuple[Any, ...], list[float], list[float], list[int], list[tuple[float, ...]]]]


class ScalarBackend:
    """The steps of a single run. Raises Untraceable for a step that cannot be traced."""

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
        self._shown: tuple[int, Any] = (-1, objective)

    @property
    def text(self) -> str:
        """The generated code."""
        return self._code.text

    @staticmethod
    def begin(theta: Array, state: State) -> tuple[float, ...]:
        """The numbers that the first step begins with: the point (2, 1) and the state."""
        return tuple(number for leaf in (theta, *dict(leaves(state)).values()) for number in np.ravel(leaf).tolist())

    def advance(self, numbers: tuple[Any, ...], t: int, steps: int) -> "Made":
        """Execute the steps from t on."""
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
        if self._shown[0] != t:
            self._shown = t, self._sampler.at(self._objective, t, self._seed)
        return np.ravel(getattr(self._shown[1], name)(np.array(point)[:, None])).tolist()


class Made(NamedTuple):
    """The results of some steps.

    points       (2, steps)
    numbers      what the next step begins with
    evaluations  (steps): gradient evaluations of each step
    recorded     variables of the state by name: (steps, ...)
    """

    points: Array
    numbers: tuple[Any, ...]
    evaluations: Array
    recorded: Mapping[str, Array]


class Code(NamedTuple):
    """The compiled code of a step.

    knobs        the full names of the hyperparameters it takes
    scheduled    those that a schedule changes, in the order of its factors
    evaluations  of a gradient in one step, without those of searches, which `advance` counts
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
    """The code for all optimizers of one form, on objectives of one form, or any (None)."""
    try:
        return _Writer(TracedStep(optimizer, form, recorded), scheduled, varying).code()
    except Exception:  # a loss may do anything with tracers; it is called instead
        if form is None:
            raise
        return _written(optimizer, scheduled, None, False, recorded)


class _Writer(Writer):
    """Writes the traced step as a loop over floats."""

    def __init__(self, step: TracedStep, scheduled: tuple[str, ...], varying: bool) -> None:
        """`varying`: whether the numbers of the objective's form change from step to step."""
        super().__init__(step, scheduled)
        self.varying = varying
        self.steady = set[int]()  # the same in every step, and computed before the first one
        self.head: list[str] = []

    def code(self) -> Code:
        whole = self.step.blocks()
        body = [*self._lines(whole, first=True), "xs.append(s0)", "ys.append(s1)"]
        head, loop = ["xs, ys, tries, rows = [], [], [], []"], "t in range(t, t + steps)"
        if self.step.form and self.step.form.size:
            names = "".join(f"d{i}, " for i in range(self.step.form.size))
            if self.varying:
                loop = f"t, ({names}) in zip(range(t, t + steps), data)"
            else:
                head.append(f"{names}= data[0]")
        head += self.head
        advance, text = self.program("call, data", head, loop, body, "({state}), xs, ys, tries, rows")
        (evaluations,) = {end.path.graph.evaluations for end in whole.exits()}
        return Code(advance, tuple(self.knobs), self.scheduled, evaluations, self._recorded(whole), text)

    def _recorded(self, whole: Block) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The recorded variables, and their shapes."""
        every = {tuple((name, places.shape) for name, places in end.path.recorded.items()) for end in whole.exits()}
        if len(every) > 1:
            raise Untraceable("the variables of the state change from step to step")
        return every.pop()

    def _lines(self, block: Block, first: bool = False) -> list[str]:
        """The lines of a block and of all blocks after it."""
        nodes = block.nodes
        lines, tried, loop = list[str](), set[int](), list[str]()
        for place in block.computed:
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
        if block.condition is None:
            after = ", ".join(self.name(nodes, place) for place in block.path.after)
            if recorded := block.path.recorded:
                row = ", ".join(self.name(nodes, place) for places in recorded.values() for place in places.flat)
                lines.append(f"rows.append(({row},))")
            return [*lines, f"{', '.join(self.names.values())} = {after}"]
        yes, no = (indented(self._lines(way)) for way in block.branches)
        return [*lines, f"if {self.name(nodes, block.condition)}:", *yes, "else:", *no]

    def _search(self, nodes: list[Node], place: int, loop: list[str]) -> list[str]:
        """A search for the first good length; `loop` computes one trial."""
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
        return self.expression(name, names)

    def _is_steady(self, nodes: list[Node], place: int) -> bool:
        kind, *rest = nodes[place]
        if kind == "data":
            return not self.varying
        return kind == "number" or (kind == "knob" and rest[0] not in self.scheduled) or place in self.steady


def form_of(optimizer: Optimizer, kinds: tuple[type, ...] = (float,)) -> Optimizer:
    """The optimizer with every number of these kinds at its default: optimizers of equal form share their code."""
    return with_numbers(optimizer, {path: knob_of(optimizer, path).default for path in numbers_of(optimizer, kinds)})
