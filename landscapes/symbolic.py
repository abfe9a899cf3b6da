"""A SymPy expression as a surface."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from landscapes.compass_search import minima_by_search
from landscapes.critical_points import CriticalPoints, Domain, Point
from landscapes.framing import checked_domain, default_domain, default_starts
from landscapes.landscape import Landscape
from landscapes.surface_code import Code
from optim_core.objective import Array


@dataclass(frozen=True, eq=False)
class SymbolicLandscape(Landscape):
    """A surface made of a SymPy expression.

    has_kinks  whether the expression may have kinks; minima on them are searched for without derivatives
    """

    is_formula: ClassVar[bool] = True

    has_kinks: bool = field(kw_only=True, default=False)

    def _search(self) -> CriticalPoints:
        found = super()._search()
        if not self.has_kinks:
            return found
        size = np.ptp(self.domain, axis=1)
        near = [p for p in minima_by_search(self, self.domain) if not _is_among(p, found.minima, size)]
        return found._replace(minima=(*found.minima, *near), flat=())


def landscape(
    expression: Any,
    *,
    symbols: Sequence[Any] | None = None,
    domain: Domain | None = None,
    start: Point | None = None,
    name: str = "own",
) -> SymbolicLandscape:
    """Make a surface of a SymPy expression in two symbols; gradient, Hessian and minima are derived from it.

    The first symbol is the horizontal axis, the second the vertical one, in the order of `symbols` or of their names.
    Both are assumed to be real. `Abs`, `Max`, `Min` and `Piecewise` are allowed; at a kink the derivative is the mean
    of both sides, or that of the piece to which the point belongs.

    domain  ((x0, x1), (y0, y1)): the rectangle that is drawn; by default a square around the origin with a minimum
    start   the default start (x, y) of a race
    name    its key: letters, digits and underscores

    Raises TypeError if `expression` is not a SymPy expression. Raises ValueError if it does not have two symbols, has
    a function without NumPy code (Bessel functions, integrals), or has no real value in the domain.
    """
    import sympy as sp

    from landscapes.codegen import compiled, has_kinks, in_x_and_y

    inside = in_x_and_y(expression, symbols)
    code = compiled(inside, sp.latex(expression))
    if kinks := has_kinks(inside):
        code = _quiet(code)
    with np.errstate(all="ignore"):
        view = default_domain(lambda theta: code.value(*theta)) if domain is None else checked_domain(domain)
        starts = default_starts(code, view, [])
    if start is not None:
        starts = ((float(start[0]), float(start[1])),)
    return SymbolicLandscape(name, name, str(inside), code, "", "", view, starts, has_kinks=kinks)


def _quiet(code: Code) -> Code:
    """The same code without NumPy's warnings: all pieces are computed everywhere, also where they are undefined."""

    def quiet(function: Callable[..., Array]) -> Callable[..., Array]:
        return np.errstate(all="ignore")(function)

    return replace(code, value=quiet(code.value), gradient=quiet(code.gradient), hessian=quiet(code.hessian))


def _is_among(point: Point, points: Sequence[Point], size: Array) -> bool:
    return any((np.abs(np.subtract(point, other)) <= 1e-5 * size).all() for other in points)
