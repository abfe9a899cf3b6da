"""The two expression engines on the surfaces of the catalog: SymPy's generated code, and the graph of users' formulas.

    python -m benchmarks.expressions

For every surface: the shares of values, gradients and Hessians with the same bits, the largest relative difference, the
operations of a traced gradient, and how many times as long the graph takes as the generated code.
"""

import ast
import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.machine import load, machine
from landscapes import LANDSCAPES
from landscapes.formula_graph import Graph, Node, Tape
from landscapes.landscape import Landscape
from optim_core.objective import Array
from optim_core.tracing.lowering import INPUTS, lowered, needed
from optim_core.tracing.tracer import Graph as TracedGraph

OPERATORS: Mapping[type, str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
NAMES = {"Abs": "abs"}
START_UP = "from time import process_time as now; import importlib; {}; print(now() - begin)"


def node(graph: Graph, tree: ast.expr) -> Node:
    """An expression of the catalog as a node of the graph of formulas."""
    match tree:
        case ast.Constant(value=value):
            return graph.number(float(value))  # pyright: ignore
        case ast.Name(id=name):
            constants = {"pi": math.pi, "E": math.e}
            return graph.number(constants[name]) if name in constants else graph.variable(name)
        case ast.UnaryOp(operand=operand):
            return graph.apply("negative", node(graph, operand))
        case ast.BinOp(op=op, left=left, right=right):
            return graph.apply(OPERATORS[type(op)], node(graph, left), node(graph, right))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return graph.apply(NAMES.get(name, name), *(node(graph, argument) for argument in arguments))
    raise ValueError(ast.dump(tree))


def tapes(landscape: Landscape) -> Sequence[Tape]:
    """The value, the gradient and the Hessian of a surface by the engine of formulas."""
    graph = Graph()
    value = node(graph, ast.parse(landscape.expression, mode="eval").body)
    dx, dy = (graph.derivative(value, name) for name in "xy")
    entries = [graph.derivative(dx, "x"), graph.derivative(dx, "y"), graph.derivative(dy, "y")]
    variables = ("x", "y", *landscape.code.parameters)
    return [Tape(graph, variables, results) for results in ([value], [dx, dy], entries)]


def operations(function: Callable[..., Any], parameters: Sequence[float]) -> int:
    """The number of scalar operations of a gradient."""
    graph = TracedGraph()
    results = function(graph.tracer("argument", "x"), graph.tracer("argument", "y"), *parameters)
    places = [graph.of(result).place for result in results]
    scalars, components = lowered(graph)
    live = needed(scalars.nodes, {place for output in places for place in components[output].flat})
    return sum(scalars.nodes[place][0] not in INPUTS for place in live)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The best mean time of a call in five rounds, in seconds."""
    times = []
    for _ in range(5):
        begin = time.thread_time()
        for _ in range(repeats):
            work()
        times.append((time.thread_time() - begin) / repeats)
    return min(times)


def ratio(one: Any, other: Any, x: Array, y: Array, numbers: Sequence[float], repeats: int) -> float:
    """How many times as long the first function takes as the second."""
    first, second = (seconds(lambda each=each: each(x, y, *numbers), repeats) for each in (one, other))
    return first / second


def start_up(work: str) -> float:
    """The best of five times in a new process, in milliseconds."""
    command = [sys.executable, "-c", START_UP.format(work)]
    return 1000 * min(
        float(subprocess.run(command, capture_output=True, check=True, text=True).stdout) for _ in range(5)
    )


def main() -> None:
    """Print a line for each surface, and the start-up of both engines."""
    print(f"{machine()}, {load()}\n")
    print(f"{'surface':18}{'same bits':>18}{'difference':>12}{'operations':>12}{'time, 1 point':>14}{'14400':>7}")
    rng, alike, ratios = np.random.default_rng(0), 0, []
    for key, surface in LANDSCAPES.items():
        low, high = np.array(surface.domain).T
        x, y = rng.uniform(low[:, None], high[:, None], (2, 14400))
        numbers = list(surface._arguments)
        shares, worst = [], 0.0
        functions = (surface.code.value, surface.code.gradient, surface.code.hessian)
        ours = tapes(surface)
        for tape, function, take in zip(ours, functions, ((), (0, 1), ((0, 0), (0, 1), (1, 1))), strict=True):
            made = np.array([np.broadcast_to(each, x.shape) for each in tape(x, y, *numbers)])
            whole = function(x, y, *numbers)
            known = np.array([whole] if not take else [whole[place] for place in take])
            shares.append(float((made == known).mean()))
            with np.errstate(all="ignore"):
                worst = max(
                    worst, float(np.nanmax(np.abs(made - known) / np.max(np.abs(known), axis=1, keepdims=True)))
                )
        times = [
            ratio(ours[1], functions[1], x[:1], y[:1], numbers, 300),
            ratio(ours[1], functions[1], x, y, numbers, 5),
        ]
        counts = [operations(each, numbers) for each in (functions[1], ours[1])]
        ratios.append([*times, counts[1] / max(counts[0], 1)])
        alike += all(share == 1 for share in shares)
        bits = " ".join(f"{100 * share:4.0f}%" for share in shares)
        print(f"{key:18}{bits:>18}{worst:12.0e}{counts[0]:6} {counts[1]:5}{times[0]:13.1f}x{times[1]:6.1f}x")
    print(f"\nall the same bits: {alike} of {len(LANDSCAPES)}; median ratios of time and operations:", end=" ")
    print(" ".join(f"{ratio:.2f}" for ratio in np.median(ratios, axis=0)))
    generated = start_up("import landscapes.generated_code as code; begin = now(); importlib.reload(code)")
    graphs = start_up("import benchmarks.expressions as e; begin = now(); [e.tapes(s) for s in e.LANDSCAPES.values()]")
    symbolic = start_up(
        "import landscapes.catalog as c; begin = now(); "
        "[c._compiled(s.expression, s.knobs) for s in c.LANDSCAPES.values()]"
    )
    print(f"all surfaces: {generated:.1f} ms to load the generated code, {graphs:.1f} ms to build the graphs,", end=" ")
    print(f"{symbolic:.0f} ms to generate the code by SymPy")


if __name__ == "__main__":
    main()
