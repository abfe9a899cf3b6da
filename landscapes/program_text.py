"""A surface as program text, for exported scripts.

Text is only written here, never executed. The text of a user's formula is generated from its graph: single letters and
numbers are all that it contains of what was typed.
"""

import ast
import inspect
import math
from collections.abc import Iterator

from landscapes.formula import Formula, derivatives
from landscapes.formula_graph import OWN, Graph, Node, dependencies, powers_as_products
from landscapes.formula_text import read
from landscapes.generated_code import CODE
from landscapes.landscape import Landscape
from landscapes.surface_code import Code

MARKS: dict[str, ast.operator] = {
    "add": ast.Add(),
    "subtract": ast.Sub(),
    "multiply": ast.Mult(),
    "divide": ast.Div(),
    "power": ast.Pow(),
}
NAMES = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "min": "minimum",
    "max": "maximum",
}
"""Functions with another name in NumPy, PyTorch and JAX than in a formula."""
ELSEWHERE: dict[str, dict[str, str]] = {
    "torch": {"rint": "torch.round", "mod": "torch.remainder"},
    "jnp": {"sigmoid": "jax.nn.sigmoid"},
}
"""Functions with another name in one library than in NumPy."""


def numpy_functions(landscape: Landscape) -> tuple[str, str, str]:
    """The source of `<name>_value`, `<name>_gradient` and `<name>_hessian`, functions of (x, y, *parameters)."""
    if isinstance(landscape, Formula):
        value, gradient, hessian = _formula_functions(landscape)
        return value, gradient, hessian
    code = landscape.code
    if code is not CODE.get(landscape.expression):  # a surface of the catalog that has not been generated yet
        from landscapes.codegen import functions_text, trusted

        return functions_text(landscape.key, trusted(landscape.expression))
    value, gradient, hessian = (inspect.getsource(each) for each in (code.value, code.gradient, code.hessian))
    return value, gradient, hessian


def expression_text(landscape: Landscape, library: str) -> str:
    """The loss as one expression in x, y and the names of the parameters, with the functions of "torch" or "jnp"."""
    if isinstance(landscape, Formula):
        written = read(landscape.expression)
        tree = _tree(written.graph, written.value)
    else:
        tree = ast.parse(landscape.expression, mode="eval").body
    return ast.unparse(ast.fix_missing_locations(_Translated(library).visit(tree)))


def parameters(landscape: Landscape) -> dict[str, float]:
    """The values of the parameters, in the order in which the functions take them."""
    code: Code = landscape.code
    return {name: float(landscape.parameters[name]) for name in code.parameters}


def _formula_functions(formula: Formula) -> Iterator[str]:
    written = read(formula.expression)
    dx, dy, dxx, dxy, dyy = derivatives(written)
    head = ", ".join(("x", "y", *written.parameters))
    for name, shape, entries in (
        ("value", "x.shape", {"...": written.value}),
        ("gradient", "(2, *x.shape)", {"0": dx, "1": dy}),
        ("hessian", "(2, 2, *x.shape)", {"0, 0": dxx, "0, 1": dxy, "1, 0": dxy, "1, 1": dyy}),
    ):
        graph, (height, *results) = powers_as_products(written.graph, [written.value, *entries.values()])
        names: dict[Node, ast.expr] = {}
        lines = []
        for node in dependencies(graph, [height, *results]):
            if graph.arguments(node):
                lines.append(f"t{node} = {ast.unparse(_entry(graph, node, names))}")
                names[node] = ast.Name(f"t{node}")
            else:
                names[node] = _tree(graph, node)
        lines.append(f"out = np.empty({shape})")
        for place, node in zip(entries, results, strict=True):
            lines.append(f"out[{place}] = {ast.unparse(names[node])}")
        if name != "value":  # the derivatives are undefined where the value is
            lines.append(f"out[..., np.broadcast_to(np.isnan({ast.unparse(names[height])}), x.shape)] = np.nan")
        yield "\n    ".join([f"def formula_{name}({head}):", *lines, "return out"]) + "\n"


def _entry(graph: Graph, node: Node, names: dict[Node, ast.expr]) -> ast.expr:
    """One operation as a NumPy expression, with the given names for its arguments."""
    operation = graph.nodes[node][0]
    arguments = [names[argument] for argument in graph.arguments(node)]
    if operation in MARKS and operation != "power":  # ** has special cases whose last bits differ from np.power
        return ast.BinOp(arguments[0], MARKS[operation], arguments[1])
    if operation == "negative":
        return ast.UnaryOp(ast.USub(), arguments[0])
    name = operation if operation in OWN else f"np.{NAMES.get(operation, operation)}"
    return ast.Call(ast.Name(name), arguments, [])


def _tree(graph: Graph, node: Node) -> ast.expr:
    """A node and everything it depends on as one expression."""
    operation, *rest = graph.nodes[node]
    if operation == "variable":
        return ast.Name(rest[0])
    if operation == "number":
        value = float(rest[0])
        if not math.isfinite(value):
            return ast.Name("np.nan") if math.isnan(value) else ast.Name("np.inf" if value > 0 else "(-np.inf)")
        return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))
    arguments = [_tree(graph, argument) for argument in rest]
    if operation in MARKS:
        return ast.BinOp(arguments[0], MARKS[operation], arguments[1])
    if operation == "negative":
        return ast.UnaryOp(ast.USub(), arguments[0])
    return ast.Call(ast.Name(operation), arguments, [])


class _Translated(ast.NodeTransformer):
    """Translates an expression to the functions and constants of a library."""

    def __init__(self, library: str) -> None:
        self.library = library

    def visit_Name(self, node: ast.Name) -> ast.expr:
        constant = {"pi": "pi", "E": "e"}.get(node.id)
        return ast.Name(f"{self.library}.{constant}") if constant else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        name = NAMES.get(node.func.id, node.func.id)
        arguments = [self._tensor(each) for each in node.args]
        if (self.library, name) == ("torch", "cbrt"):  # PyTorch has no cbrt
            sign, size = (ast.Call(ast.Name(f"torch.{each}"), arguments, []) for each in ("sign", "abs"))
            return ast.BinOp(sign, ast.Mult(), ast.BinOp(size, ast.Pow(), ast.Constant(1 / 3)))
        full = ELSEWHERE[self.library].get(name, f"{self.library}.{name}")
        return ast.Call(ast.Name(full), arguments, [])

    def _tensor(self, node: ast.expr) -> ast.expr:
        """Wrap constants, as PyTorch's functions do not accept Python numbers."""
        varies = any(isinstance(each, ast.Name) and each.id in ("x", "y") for each in ast.walk(node))
        inner = self.visit(node)
        return inner if varies or self.library != "torch" else ast.Call(ast.Name("torch.as_tensor"), [inner], [])
