"""The JavaScript backend: traced steps, surfaces and schedules as functions.

The text consists of names of operations, numbers and places of registers; nothing that a user typed is in it. A step
calls its objective, so that any optimizer goes with any objective. `numpy.js` defines the functions that JavaScript
lacks. The operations and their order are those of the Python code.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from optim_core.backends.scalar import form_of
from optim_core.backtracking import ROUNDS, TRIES
from optim_core.optimizer import Optimizer
from optim_core.tracing.lowering import INPUTS, arguments, lowered, needed
from optim_core.tracing.traced_step import Block, TracedStep
from optim_core.tracing.tracer import Graph, Node, Tracer, Untraceable

HEAD = Path(__file__).with_name("numpy.js").read_text(encoding="utf-8")
"""Functions with NumPy's names."""

KINDS = (float, int)
"""Types of hyperparameters that are arguments of the text. Whole numbers can be dragged, too."""

WRITTEN: Mapping[str, str] = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "negative": "-{}",
    "where": "{} ? {} : {}",
    "isnan": "{0} !== {0}",
    "isfinite": "isFinite({})",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "equal": "{} == {}",
    "not_equal": "{} != {}",
    "bitwise_and": "{} && {}",
    "bitwise_or": "{} || {}",
    "logical_and": "{} && {}",
    "logical_or": "{} || {}",
    "logical_not": "!{}",
    "invert": "!{}",
}
"""NumPy functions of numbers or truth values that are operators in JavaScript."""

CALLED = frozenset(
    {"absolute", "cbrt", "ceil", "exp", "expm1", "floor", "hypot", "log", "log10", "log1p", "log2", "logaddexp"}
    | {"maximum", "minimum", "power", "remainder", "rint", "sign", "sqrt", "square", "trunc", "arctan2"}
    | {f"{arc}{name}{h}" for arc in ("", "arc") for name in ("sin", "cos", "tan") for h in ("", "h")}
)
"""NumPy functions that `HEAD` defines. There is no text for any other."""

SIZES = {"value": 1, "gradient": 2, "hessian": 4}
"""How many numbers each method of an objective returns."""


class Step(NamedTuple):
    """An optimizer in JavaScript.

    text   an object: `slots`, the number of numbers in its state, the point first; `start(x, y, k, s)`, which fills the
           state s; `step(s, k, loss)`, which changes it and returns its evaluations of a gradient
    knobs  the full names of the hyperparameters, in the order of the numbers k
    """

    text: str
    knobs: tuple[str, ...]


def step_of(optimizer: Optimizer) -> Step:
    """The optimizer in JavaScript. Raises Untraceable for one that cannot be generated."""
    return _step_of(form_of(optimizer, KINDS))


@lru_cache(maxsize=256)
def _step_of(form: Optimizer) -> Step:
    traced = TracedStep(form, None, kinds=KINDS)
    places = {("state", slot): f"s{i}" for i, slot in enumerate(traced.state)}
    places |= {("knob", path): f"k[{i}]" for i, path in enumerate(traced.knobs)}
    point = {("state", traced.state[0]): "x", ("state", traced.state[1]): "y"}
    start, writer = traced.trace_init(), _Writer({**places, **point})
    begin = [*writer.lines(start.graph.nodes, start.after), *_filled("s", writer.names(start.graph.nodes, start.after))]
    writer = _Writer(places)
    step = [f"const {', '.join(f's{i} = s[{i}]' for i in range(len(traced.state)))};", *writer.steps(traced.blocks())]
    text = [
        "(() => {",
        *(f"const r{at} = new Float64Array({size});" for at, size in sorted(writer.registers.items())),
        f"return {{ slots: {len(traced.state)},",
        "start(x, y, k, s) {",
        *begin,
        "},",
        "step(s, k, loss) {",
        *step,
        "} };",
        "})()",
    ]
    return Step("\n".join(text), traced.knobs)


def function_text(names: Mapping[tuple[Any, ...], str], graph: Graph, results: Sequence[Any], head: str) -> str:
    """A function that computes some results of a graph. A single result is returned; several fill the array `out`.

    `head` lists the arguments of the function, and `names` has the names of their nodes. Raises Untraceable.
    """
    if graph.choices:
        raise Untraceable("the path depends on numbers")
    outputs = [graph.of(result).place for result in results]
    scalars, components = lowered(graph)
    places = [place for output in outputs for place in components[output].flat]
    writer = _Writer(names)
    lines, made = writer.lines(scalars.nodes, places), writer.names(scalars.nodes, places)
    end = [f"return {made[0]};"] if len(made) == 1 else [*_filled("out", made), "return out;"]
    return "\n".join([f"({head}) => {{", *lines, *end, "}"])


def module_text(exports: Mapping[str, Iterable[str]]) -> str:
    """A module that exports lists of objects and functions by name."""
    lists = [f"export const {name} = [\n" + ",\n".join(items) + "\n];\n" for name, items in exports.items()]
    return "\n".join([HEAD, *lists])


class _Writer:
    """Writes the operations of a graph, each as a line that defines its result.

    given      the names of inputs
    registers  by the place of a call of the objective: the size of the array that takes its result
    """

    def __init__(self, given: Mapping[tuple[Any, ...], str]) -> None:
        self.given = given
        self.registers: dict[int, int] = {}

    def lines(self, nodes: list[Node], results: Iterable[int]) -> list[str]:
        """All operations that some results depend on."""
        wanted = sorted(needed(nodes, set(results)))
        return [self._line(nodes, place) for place in wanted if nodes[place][0] not in INPUTS]

    def names(self, nodes: list[Node], places: Iterable[int]) -> list[str]:
        """The names of some nodes."""
        return [self._name(nodes, place) for place in places]

    def steps(self, block: Block, searches: tuple[int, ...] = ()) -> list[str]:
        """A block and all blocks after it; `searches` are the places of the searches before it."""
        nodes = block.nodes
        lines, loop, tried = list[str](), list[str](), set[int]()
        for place in block.computed:
            if nodes[place][0] == "trial":
                tried.add(place)
            elif nodes[place][0] == "search":
                lines += self._search(nodes, place, loop)
                loop = []
                searches += (place,)
            elif tried.intersection(arguments(nodes[place])):
                tried.add(place)
                loop.append(self._line(nodes, place))
            else:
                lines.append(self._line(nodes, place))
        if block.condition is None:
            spent = " + ".join([str(block.path.graph.evaluations), *(f"n{place}" for place in searches)])
            return [*lines, *_filled("s", self.names(nodes, block.path.after)), f"return {spent};"]
        yes, no = (self.steps(way, searches) for way in block.branches)
        return [*lines, f"if ({self._name(nodes, block.condition)}) {{", *yes, "} else {", *no, "}"]

    def _search(self, nodes: list[Node], place: int, loop: list[str]) -> list[str]:
        """A search for the first good length; `loop` computes one trial."""
        length, good, searching, first, shrink = self.names(nodes, nodes[place][1:])
        return [
            f"let {length} = {first}, n{place} = 0;",
            f"if ({searching} && {length} === {length}) do {{",
            f"n{place}++;",
            *loop,
            f"if ({good}) break;",
            f"{length} = {shrink} * {length};",
            f"}} while (n{place} < {ROUNDS * TRIES});",
            f"const v{place} = {length};",
        ]

    def _line(self, nodes: list[Node], place: int) -> str:
        return f"const v{place} = {self._operation(nodes, place)};"

    def _operation(self, nodes: list[Node], place: int) -> str:
        kind, *rest = nodes[place]
        of = self.names(nodes, arguments(nodes[place]))
        match kind:
            case "component":
                return f"r{rest[0]}[{rest[1]}]" if self._size(nodes, rest[0]) > 1 else of[0]
            case "objective":
                size = SIZES[rest[0]]
                if size > 1:
                    self.registers[place] = size
                    of.append(f"r{place}")
                return f"loss.{rest[0]}({', '.join(of)})"
        if kind in WRITTEN:
            return WRITTEN[kind].format(*of)
        if kind not in CALLED:
            raise Untraceable(f"{kind} has no text")
        return f"{kind}({', '.join(of)})"

    def _size(self, nodes: list[Node], place: int) -> int:
        return SIZES[nodes[place][1]]

    def _name(self, nodes: list[Node], place: int) -> str:
        if nodes[place][0] == "number":
            return number_text(nodes[place][1])
        return self.given.get(nodes[place]) or f"v{place}"


def _filled(array: str, names: Iterable[str]) -> list[str]:
    return [f"{array}[{i}] = {name};" for i, name in enumerate(names)]


def number_text(number: Any) -> str:
    """A number as JavaScript writes it."""
    value = float(number)
    text = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(repr(value), repr(value))
    return f"({text})" if text.startswith("-") else text


def arguments_of(graph: Graph, *names: str) -> tuple[dict[tuple[Any, ...], str], list[Tracer]]:
    """The names of a function's arguments, each a number, by their nodes, and their tracers."""
    return {("argument", name): name for name in names}, [graph.tracer("argument", name) for name in names]
