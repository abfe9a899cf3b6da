"""A single lane's steps as plain Python on floats: some eight times faster than arrays of one number.

The arithmetic is the optimizer's own, traced by `optim_core.symbols`, and so are its last bits: an operation of NumPy's
is written as Python's where both round as IEEE 754 says, and called where they need not.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from optim_core.backtracking import ROUNDS, TRIES
from optim_core.knob import knobs
from optim_core.objective import Array, Objective
from optim_core.optimizer import Optimizer, State
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.symbols import Node, Outline, Part, Slot, Untraceable, arguments

WORTH = 50
"""Steps from which it pays to write the code first, which takes one or two milliseconds."""

WRITTEN: Mapping[str, str] = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{0} / {1} if {1} else by_zero({0}, {1})",
    "remainder": "{} % {}",
    "negative": "-{}",
    "absolute": "abs({})",
    "square": "{0} * {0}",
    "sqrt": "sqrt({0}) if {0} >= 0.0 else nan",
    "sign": "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else 0.0 if {0} == 0.0 else {0}",
    "maximum": "{0} if {0} > {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} < {1} or {0} != {0} else {1}",
    "where": "{1} if {0} else {2}",
    "isnan": "{0} != {0}",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "equal": "{} == {}",
    "not_equal": "{} != {}",
    "bitwise_and": "{} and {}",
    "bitwise_or": "{} or {}",
}
"""NumPy's functions of single numbers in Python. All others are called."""

Advance = Callable[..., tuple[tuple[Any, ...], list[float], list[float], list[int], list[tuple[float, ...]]]]


class OneLane:
    """The steps of one run with one lane. Raises Untraceable for a step that must see arrays."""

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        factors: Mapping[str, list[float]],
        sampler: Sampler,
        seed: Any,
        lettered: bool = False,
    ) -> None:
        """A lettered run tells the whole whiteboard after every step."""
        form, numbers = form_of(optimizer)
        # A loss that promises to be a formula is written into the step; any other, and a part of one, is asked.
        noisy = sampler.added(0, seed) is not None
        plain = noisy or isinstance(sampler, Exact)
        formula = objective if plain and getattr(objective, "is_formula", False) else None
        self._code = _written(form, tuple(factors), formula, noisy and formula is not None, lettered)
        self._knobs = [numbers[path] for path in self._code.knobs]
        self._factors = [factors[path] for path in self._code.scheduled]
        self._objective, self._sampler, self._seed = objective, sampler, seed
        self._seen: tuple[int, Any] = (-1, objective)

    @property
    def text(self) -> str:
        """The code as it was written."""
        return self._code.text

    def advance(self, theta: Array, state: Any, t: int, steps: int) -> "Made":
        """The steps from t on.

        `state` is the whiteboard before the first step, and later what this gave for the last one.
        """
        before = _numbers(theta, state) if isinstance(state, dict) else state
        after, xs, ys, tries, told = self._code.advance(before, t, steps, self._knobs, self._factors, self._ask)
        evaluations = np.full((steps, 1), self._code.evaluations, dtype=float)
        if tries:
            evaluations += np.array(tries)[:, None]
        return Made(np.array([xs, ys])[:, :, None], after, evaluations, dict(self._letters(np.array(told))))

    def _letters(self, told: Array) -> Iterator[tuple[str, Array]]:
        """Every letter by its name, (steps, ...), from a row of numbers for each step."""
        column = 0
        for name, shape in self._code.letters:
            size = math.prod(shape)
            yield name, told[:, column : column + size].reshape(-1, *shape)
            column += size

    def _ask(self, name: str, t: int, *point: float) -> list[float]:
        if name == "added":
            return self._sampler.added(t, self._seed).ravel().tolist()  # type: ignore[union-attr]
        if self._seen[0] != t:
            self._seen = t, self._sampler.at(self._objective, t, self._seed)
        return getattr(self._seen[1], name)(np.array(point)[:, None]).ravel().tolist()


class Made(NamedTuple):
    """What some steps came to.

    points       (2, steps, 1)
    state        what the next steps begin with
    evaluations  (steps, 1): gradient evaluations of each step
    letters      of a lettered run, by name: (steps, ...)
    """

    points: Array
    state: tuple[Any, ...]
    evaluations: Array
    letters: Mapping[str, Array]


class Code(NamedTuple):
    """The text of a step, compiled.

    knobs        the full names of the hyperparameters it takes
    scheduled    those that a schedule changes, in the order of its factors
    evaluations  of a gradient, in one step; `advance` counts those of searches
    letters      what `advance` tells of every step: names and shapes
    """

    advance: Advance
    knobs: tuple[str, ...]
    scheduled: tuple[str, ...]
    evaluations: int
    letters: tuple[tuple[str, tuple[int, ...]], ...]
    text: str


@lru_cache(maxsize=256)
def _written(
    form: Optimizer, scheduled: tuple[str, ...], formula: Objective | None, noisy: bool, lettered: bool
) -> Code:
    """The code for all optimizers of one form, on one formula or on whatever is asked."""
    try:
        return _Writer(Outline(form, formula, noisy, lettered), scheduled).code()
    except Exception:  # whatever a loss does with symbols: then it is asked for numbers
        if formula is None:
            raise
        return _written(form, scheduled, None, False, lettered)


class _Writer:
    """Writes the traced step as a loop over plain floats."""

    def __init__(self, outline: Outline, scheduled: tuple[str, ...]) -> None:
        self.outline, self.scheduled = outline, scheduled
        self.names: dict[Slot, str] = {slot: f"s{i}" for i, slot in enumerate(outline.state)}
        self.knobs: list[str] = []
        self.steady: set[str] = set()  # names of what is the same in every step
        self.calls: set[str] = set()  # NumPy functions that are called
        self.head: list[str] = []  # what can be computed before the first step

    def code(self) -> Code:
        whole = self.outline.parts()
        body = self._lines(whole, first=True)
        changed = [
            f"f{self.knobs.index(path)} = k{self.knobs.index(path)} * factors[{i}][t]"
            for i, path in enumerate(self.scheduled)
            if path in self.knobs
        ]
        letters = ", ".join(self.names.values())
        lines = [
            "def advance(state, t, steps, knobs, factors, ask):",
            "    xs, ys, tries, told = [], [], [], []",
            f"    {letters} = state",
            *[f"    k{i} = knobs[{i}]" for i in range(len(self.knobs))],
            *indented(self.head),
            "    for t in range(t, t + steps):",
            *indented(indented([*changed, *body, "xs.append(s0)", "ys.append(s1)"])),
            f"    return ({letters}), xs, ys, tries, told",
        ]
        (evaluations,) = {end.end.graph.evaluations for end in whole.ends()}
        advance = program("advance", lines, self.calls)
        return Code(advance, tuple(self.knobs), self.scheduled, evaluations, self._letters(whole), "\n".join(lines))

    def _letters(self, whole: Part) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The letters that are told of every step, and their shapes."""
        every = {tuple((name, places.shape) for name, places in end.end.letters.items()) for end in whole.ends()}
        if len(every) > 1:
            raise Untraceable("the letters on the whiteboard change from step to step")
        return every.pop()

    def _lines(self, part: Part, first: bool = False) -> list[str]:
        """The lines of a part of the step and of all that comes after it."""
        nodes = part.nodes
        lines, tried, loop = list[str](), set[int](), list[str]()
        for place in part.here:
            of = arguments(nodes[place])
            if nodes[place][0] == "length":
                tried.add(place)
            elif nodes[place][0] == "search":
                lines += self._search(nodes, place, loop)
                loop = []
            elif tried.intersection(of):
                tried.add(place)
                loop.append(f"v{place} = {self._written(nodes, place)}")
            elif first and nodes[place][0] != "ask" and self.steady.issuperset([self._name(nodes, it) for it in of]):
                self.head.append(f"v{place} = {self._written(nodes, place)}")
                self.steady.add(f"v{place}")
            else:
                lines.append(f"v{place} = {self._written(nodes, place)}")
        if part.choice is None:
            after = ", ".join(self._name(nodes, place) for place in part.end.after)
            if letters := part.end.letters:
                told = ", ".join(self._name(nodes, place) for places in letters.values() for place in places.flat)
                lines.append(f"told.append(({told},))")
            return [*lines, f"{', '.join(self.names.values())} = {after}"]
        yes, no = (indented(self._lines(way)) for way in part.ways)
        return [*lines, f"if {self._name(nodes, part.choice)}:", *yes, "else:", *no]

    def _search(self, nodes: list[Node], place: int, loop: list[str]) -> list[str]:
        """A search for the first good length; `loop` makes one try."""
        length, good, searching, first, shrink = (self._name(nodes, part) for part in nodes[place][1:])
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
        if name == "part":
            return f"v{node[1]}[{node[2]}]"
        names = [self._name(nodes, argument) for argument in arguments(node)]
        if name == "ask":
            return f"ask({', '.join([repr(node[1]), 't', *names])})"
        if name == "divide" and nodes[node[2]][0] == "number" and nodes[node[2]][1]:
            return f"{names[0]} / {names[1]}"
        if name in WRITTEN:
            return WRITTEN[name].format(*names)
        self.calls.add(name)
        return f"float(np_{name}({', '.join(names)}))"

    def _name(self, nodes: list[Node], place: int) -> str:
        match nodes[place]:
            case ("number", value):
                self.steady.add(repr(value))
                return repr(value)
            case ("old", slot):
                return self.names[slot]
            case ("knob", path):
                if path not in self.knobs:
                    self.knobs.append(path)
                name = f"{'f' if path in self.scheduled else 'k'}{self.knobs.index(path)}"
                if name[0] == "k":
                    self.steady.add(name)
                return name
        return f"v{place}"


def program(name: str, lines: list[str], calls: set[str]) -> Any:
    """The function that is called `name` in these lines; they may call those functions of NumPy's."""
    space: dict[str, Any] = {f"np_{call}": getattr(np, call) for call in calls}
    space |= {"sqrt": math.sqrt, "inf": math.inf, "nan": math.nan, "by_zero": _by_zero}
    exec("\n".join(lines), space)  # of names of NumPy's functions and of numbers, never of a person's text
    return space[name]


def _by_zero(a: float, zero: float) -> float:
    """Infinite or undefined, where Python would raise an error."""
    return float(np.divide(a, zero))


def indented(lines: list[str]) -> list[str]:
    """The lines one block deeper."""
    return [f"    {line}" for line in lines]


def form_of(optimizer: Optimizer) -> tuple[Optimizer, dict[str, float]]:
    """The optimizer with every real number at its knob's default, and those numbers by their full names."""
    changed: dict[str, Any] = {}
    numbers: dict[str, float] = {}
    for f in fields(optimizer):
        value = getattr(optimizer, f.name)
        if isinstance(value, Optimizer):
            changed[f.name], inner = form_of(value)
            numbers |= {f"{f.name}.{path}": number for path, number in inner.items()}
        elif knobs(optimizer)[f.name].kind is float:
            changed[f.name] = knobs(optimizer)[f.name].default
            numbers[f.name] = float(np.ravel(value)[0])
    return replace(optimizer, **changed), numbers


def _numbers(theta: Array, state: State) -> tuple[Any, ...]:
    """The point and the whiteboard as plain numbers, in the order of `Outline.state`."""
    return (*theta.ravel().tolist(), *_leaves(state))


def _leaves(state: State) -> Iterator[Any]:
    for leaf in state.values():
        if isinstance(leaf, dict):
            yield from _leaves(leaf)
        elif isinstance(leaf, np.ndarray):
            yield from leaf.ravel().tolist()
        else:
            yield leaf
