"""A user's formula as a surface: `parse_formula` turns text into a landscape or raises FormulaError."""

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from landscapes.creases import Crease, creases, extremes
from landscapes.critical_points import CriticalPoints, Domain, Kind, find, lowest_first
from landscapes.formula_error import FormulaError, Note
from landscapes.formula_graph import Node, Tape
from landscapes.formula_text import Written, read
from landscapes.framing import checked_domain, default_domain, default_starts
from landscapes.landscape import Landscape
from landscapes.neighbourhood import LOWER, classify_neighbourhoods, is_smooth
from landscapes.surface_code import Code
from landscapes.valleys import without_valleys
from optim_core.knob import Knob
from optim_core.objective import Array, Reshaped, norm

KEY = "formula"
EDGES = ("left", "right", "bottom", "top")
"""The names of the domain's ends in a link. They do not clash with parameters, which are single letters."""

MAX_OPERATIONS = 600
"""The maximal number of NumPy calls of a Hessian: each is made at every step."""

SEARCH = 120 * 48**2
"""The budget of a search for critical points: starts times operations."""


@dataclass(frozen=True, eq=False)
class Formula(Landscape):
    """A surface given by a formula that a user typed.

    Where the value is NaN, gradient and Hessian are NaN too. At a kink the derivative is the mean of both sides (0 for
    |x|, 1/2 for max(x, 0), 0 at the tip of sqrt(x² + y²)); the derivative of a step function such as sign(x) is 0.
    Powers are real: a fractional power of a negative number is NaN.

    written     the parsed formula
    operations  the number of NumPy calls of the Hessian
    notes       how ambiguous parts of the text were read
    """

    is_formula: ClassVar[bool] = True

    written: Written = field(kw_only=True, repr=False)
    operations: int = field(kw_only=True)
    notes: tuple[Note, ...] = field(kw_only=True, default=())

    @cached_property
    def text(self) -> str:
        """The formula as written in a link: `formula(text="a*x^2 + y^2",left=-2,right=2,bottom=-2,top=2,a=3)`."""
        ends = zip(EDGES, (end for side in self.domain for end in side), strict=True)
        numbers = "".join(f",{name}={_shortest(value)}" for name, value in [*ends, *self.changes.items()])
        return f'{self.key}(text="{self.expression}"{numbers})'

    @property
    def _identity(self) -> tuple[str, str]:
        return self.expression, self.text  # which determine the code

    @cached_property
    def undefined(self) -> float:
        """The share of the domain where the formula has no finite value, from 0 to 1, on a grid of 120 x 120."""
        return float(np.isnan(self.sample()[2]).mean())

    def _search(self) -> CriticalPoints:
        """The isolated critical points inside the domain, lowest first, without curves and plains.

        Points without a derivative are included if they are minima or maxima. A long formula is searched from fewer
        starts, so that the search takes no longer than that of a short one.
        """
        starts = int(min(48.0, np.sqrt(SEARCH / max(self.operations, 1))))
        smooth = find(_WithoutPlains(self), self.domain, starts)
        found = creases(self.written.graph, self.written.value, self.parameters, MAX_OPERATIONS)
        return without_valleys(self._with_creases(smooth, found), self, self.domain)

    def _with_creases(self, smooth: CriticalPoints, found: list[Crease]) -> CriticalPoints:
        """The critical points including those on the creases, without minima and maxima that are none."""
        minima, maxima = extremes(self, found, self.domain, 48)
        groups = [np.array(points).reshape(-1, 2).T for points in smooth]
        size = np.ptp(self.domain, axis=1)
        if found:
            for kind in (Kind.SADDLE, Kind.FLAT):
                groups[kind] = groups[kind][:, is_smooth(self, groups[kind], size)]
        for kind, sign, added in ((Kind.MINIMUM, 1.0, minima), (Kind.MAXIMUM, -1.0, maxima)):
            groups = [points[:, _are_apart(points, added, size)] for points in groups]
            true = classify_neighbourhoods(self, groups[kind], sign, size, found) != LOWER
            groups[kind] = np.hstack([groups[kind][:, true], added])
        return CriticalPoints(*(lowest_first(self, points) for points in groups))


def _are_apart(points: Array, others: Array, size: Array) -> Any:
    """Whether each point (2, n) is more than a millionth of the domain away from each of the others (2, m)."""
    return (norm((points[:, :, None] - others[:, None]) / size[:, None, None]) > 1e-6).all(axis=1)


class _WithoutPlains(Reshaped):
    """A surface with NaN as its gradient on plains, so that the search for critical points ignores them."""

    def gradient(self, theta: Array) -> Array:
        gradient = super().gradient(theta)
        level = (gradient == 0.0).all(axis=0)
        if gradient.ndim > 1 and level.any():
            plain = (self.hessian(theta[:, level]) == 0.0).all(axis=(0, 1))
            gradient[:, np.flatnonzero(level)[plain]] = np.nan
        return gradient


def parse_formula(text: str, domain: Domain | None = None) -> Formula:
    """Parse a formula into a surface over `domain`, by default a square that shows its minima.

    Letters other than x and y become knobs. Raises FormulaError if the text is not a formula, is too large, or has no
    finite value in the domain. Nothing of the text is ever executed.
    """
    written = read(text)
    code, operations = _code(written)
    knobs = {name: _knob(name) for name in written.parameters}
    defaults = [float(knob.default) for knob in knobs.values()]

    def value(theta: Array) -> Array:
        return code.value(*theta, *defaults)

    view = checked_domain(domain) if domain is not None else default_domain(value)
    return Formula(
        KEY,
        "Your formula",
        written.text,
        code,
        "A surface of your own.",
        "",
        view,
        default_starts(code, view, defaults),
        MappingProxyType(knobs),
        moving=True,
        written=written,
        operations=operations,
        notes=written.notes,
    )


def _knob(letter: str) -> Knob:
    return Knob(1.0, -10.0, 10.0, letter, "linear", "A letter of your formula.")


def derivatives(written: Written) -> tuple[Node, Node, Node, Node, Node]:
    """The derivatives of a formula by x, y, xx, xy and yy, as nodes of its graph."""
    graph, value = written.graph, written.value
    dx, dy = (graph.derivative(value, variable) for variable in "xy")
    return dx, dy, graph.derivative(dx, "x"), graph.derivative(dx, "y"), graph.derivative(dy, "y")


def _code(written: Written) -> tuple[Code, int]:
    """The formula as functions, and the number of operations of its Hessian. Raises FormulaError above the limit."""
    graph, value = written.graph, written.value
    dx, dy, dxx, dxy, dyy = derivatives(written)
    variables = ("x", "y", *written.parameters)
    heights = Tape(graph, variables, [value])
    slopes = Tape(graph, variables, [value, dx, dy])
    curvatures = Tape(graph, variables, [value, dxx, dxy, dxy, dyy])
    if curvatures.operations > MAX_OPERATIONS:
        raise FormulaError(
            "The second derivatives of this formula take {count} operations; {most} are the most.",
            count=curvatures.operations, most=MAX_OPERATIONS,
        )  # fmt: skip

    def filled(tape: Tape, shape: tuple[int, ...], x: Array, y: Array, parameters: Any) -> Array:
        height, *entries = tape(x, y, *parameters)
        out = np.empty_like(x, shape=(*shape, *x.shape))
        for place, entry in zip(np.ndindex(shape), entries, strict=bool(entries)):
            out[place] = np.where(np.isnan(height), np.nan, entry)
        if not entries:
            out[...] = height
        return out

    code = Code(
        written.parameters,
        written.latex,
        lambda x, y, *parameters: filled(heights, (), x, y, parameters),
        lambda x, y, *parameters: filled(slopes, (2,), x, y, parameters),
        lambda x, y, *parameters: filled(curvatures, (2, 2), x, y, parameters),
    )
    return code, curvatures.operations


def _shortest(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
