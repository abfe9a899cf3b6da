"""The functions and constants of formulas, by all of their common names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import e, pi

from landscapes.formula_error import Note
from landscapes.formula_graph import Graph, Node

CONSTANTS: Mapping[str, tuple[float, str]] = {"pi": (pi, r"\pi"), "e": (e, "e")}


@dataclass(frozen=True)
class Function:
    """A function that a formula may call.

    build        makes its node from the nodes of its arguments
    latex        the LaTeX of its name, or of the whole call with # for the argument
    least, most  the number of arguments; `most` is None if there is no limit
    note         a note for the user, if the name has several meanings
    inverse      the name of the inverse function, for sin⁻¹
    """

    build: Callable[..., Node]
    latex: str
    least: int = 1
    most: int | None = 1
    note: Note | None = None
    inverse: str = ""


def _operation(name: str) -> Callable[..., Node]:
    return lambda graph, *arguments: graph.apply(name, *arguments)


def _reciprocal(name: str) -> Callable[..., Node]:
    return lambda graph, argument: graph.apply("divide", graph.number(1.0), graph.apply(name, argument))


def _repeated(name: str) -> Callable[..., Node]:
    def build(graph: Graph, first: Node, *others: Node) -> Node:
        for other in others:
            first = graph.apply(name, first, other)
        return first

    return build


def _cot(graph: Graph, u: Node) -> Node:
    return graph.apply("divide", graph.apply("cos", u), graph.apply("sin", u))


def _coth(graph: Graph, u: Node) -> Node:
    return graph.apply("divide", graph.number(1.0), graph.apply("tanh", u))


def _exp2(graph: Graph, u: Node) -> Node:
    return graph.apply("power", graph.number(2.0), u)


def _square(graph: Graph, u: Node) -> Node:
    return graph.apply("power", u, graph.number(2.0))


def _hypot(graph: Graph, u: Node, v: Node) -> Node:
    return graph.apply("sqrt", graph.apply("add", _square(graph, u), _square(graph, v)))


def _relu(graph: Graph, u: Node) -> Node:
    return graph.apply("max", u, graph.number(0.0))


def _step(graph: Graph, u: Node) -> Node:
    half = graph.number(0.5)
    return graph.apply("add", half, graph.apply("multiply", half, graph.apply("sign", u)))


def _softplus(graph: Graph, u: Node) -> Node:
    return graph.apply("logaddexp", u, graph.number(0.0))


def _trigonometric(plain: str) -> dict[str, Function]:
    """A trigonometric function with its inverse and hyperbolic variants: sin, asin, sinh, asinh."""
    return {
        plain: Function(_operation(plain), rf"\{plain}", inverse=f"a{plain}"),
        f"{plain}h": Function(_operation(f"{plain}h"), rf"\{plain}h", inverse=f"a{plain}h"),
        f"a{plain}": Function(_operation(f"a{plain}"), rf"\arc{plain}"),
        f"a{plain}h": Function(_operation(f"a{plain}h"), rf"\operatorname{{ar{plain}h}}"),
    }


def _level(name: str) -> Note:
    return Note("“{name}” is level between its jumps: its gradient is 0 there.", {"name": name})


ROUNDS = Note(
    "“round” goes to the nearest whole number, and from halves to the even one. It is level between its jumps."
)

FUNCTIONS: Mapping[str, Function] = {
    **_trigonometric("sin"),
    **_trigonometric("cos"),
    **_trigonometric("tan"),
    "sec": Function(_reciprocal("cos"), r"\sec"),
    "csc": Function(_reciprocal("sin"), r"\csc"),
    "cot": Function(_cot, r"\cot"),
    "sech": Function(_reciprocal("cosh"), r"\operatorname{sech}"),
    "csch": Function(_reciprocal("sinh"), r"\operatorname{csch}"),
    "coth": Function(_coth, r"\coth"),
    "atan2": Function(
        _operation("atan2"), r"\operatorname{atan2}", 2, 2,
        Note("“atan2” takes y first, then x: atan2(y, x) is the angle of the point (x, y)."),
    ),
    "exp": Function(_operation("exp"), r"e^{#}"),
    "exp2": Function(_exp2, r"2^{#}"),
    "expm1": Function(_operation("expm1"), r"\operatorname{expm1}"),
    "log": Function(
        _operation("log"), r"\log",
        note=Note("“log” is the natural logarithm, ln. To base 10 it is log10, to base 2 it is log2."),
    ),
    "ln": Function(_operation("log"), r"\ln"),
    "log2": Function(_operation("log2"), r"\log_{2}"),
    "log10": Function(_operation("log10"), r"\log_{10}"),
    "log1p": Function(_operation("log1p"), r"\operatorname{log1p}"),
    "sqrt": Function(_operation("sqrt"), r"\sqrt{#}"),
    "cbrt": Function(_operation("cbrt"), r"\sqrt[3]{#}"),
    "square": Function(_square, r"\operatorname{square}"),
    "hypot": Function(_hypot, r"\operatorname{hypot}", 2, 2),
    "abs": Function(_operation("abs"), r"\left|#\right|"),
    "sign": Function(_operation("sign"), r"\operatorname{sign}", note=_level("sign")),
    "step": Function(
        _step, r"\operatorname{step}",
        note=Note("“step” is 0 for negative values, 1 for positive ones and 1/2 at 0. Its gradient is 0."),
    ),
    "floor": Function(_operation("floor"), r"\left\lfloor # \right\rfloor", note=_level("floor")),
    "ceil": Function(_operation("ceil"), r"\left\lceil # \right\rceil", note=_level("ceil")),
    "round": Function(_operation("rint"), r"\operatorname{round}", note=ROUNDS),
    "trunc": Function(_operation("trunc"), r"\operatorname{trunc}", note=_level("trunc")),
    "mod": Function(
        _operation("mod"), r"\operatorname{mod}", 2, 2,
        Note("“mod” has the sign of its second value, as in NumPy and in spreadsheets."),
    ),
    "min": Function(_repeated("min"), r"\min", 2, None),
    "max": Function(_repeated("max"), r"\max", 2, None),
    "sinc": Function(
        _operation("sinc"), r"\operatorname{sinc}", note=Note("“sinc” is NumPy's: sinc(x) = sin(πx)/(πx).")
    ),
    "sigmoid": Function(_operation("sigmoid"), r"\operatorname{sigmoid}"),
    "softplus": Function(_softplus, r"\operatorname{softplus}"),
    "relu": Function(_relu, r"\operatorname{ReLU}"),
    "pow": Function(_operation("power"), "", 2, 2),
}  # fmt: skip
"""All functions by their canonical name, which is the one used in links."""

ALIASES: Mapping[str, str] = {
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2")},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
    **{"lg": "log10", "tg": "tan", "ctg": "cot", "cotan": "cot", "cosec": "csc", "arctg": "atan", "arcosh": "acosh"},
    **{"fabs": "abs", "absolute": "abs", "sgn": "sign", "signum": "sign", "heaviside": "step"},
    **{"sqr": "square", "power": "pow", "maximum": "max", "minimum": "min", "fmax": "max", "fmin": "min"},
    **{
        "ceiling": "ceil",
        "rint": "round",
        "fix": "trunc",
        "remainder": "mod",
        "logistic": "sigmoid",
        "expit": "sigmoid",
    },
}
"""Other names of these functions."""

TRIGONOMETRIC = frozenset({"sin", "cos", "tan", "sec", "csc", "cot", "sinh", "cosh", "tanh", "tg", "ctg"})
"""Functions that may be followed by a number without a blank: sin2x."""

NAMES = frozenset({*FUNCTIONS, *ALIASES})


def function_named(name: str) -> str:
    """The canonical name of a function by any of its names, in upper or lower case; empty if unknown."""
    small = name.lower()
    return ALIASES.get(small, small if small in FUNCTIONS else "")
