"""A SymPy expression as a surface."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np

from landscapes.code import Code
from landscapes.critical_points import CriticalPoints, Domain, Point
from landscapes.framing import checked_view, starts_in, view_of
from landscapes.heights import minima_by_heights
from landscapes.landscape import Landscape
from optim_core.objective import Array


@dataclass(frozen=True, eq=False)
class SymbolicLandscape(Landscape):
    """A surface made of a SymPy expression.

    is_bent  whether the expression holds what may have kinks: minima on them are found by their heights
    """

    is_formula: ClassVar[bool] = True

    is_bent: bool = field(kw_only=True, default=False)

    def _search(self) -> CriticalPoints:
        found = super()._search()
        if not self.is_bent:
            return found
        size = np.ptp(self.domain, axis=1)
        near = [p for p in minima_by_heights(self, self.domain) if not _is_among(p, found.minima, size)]
        return found._replace(minima=(*found.minima, *near), flat=())


def landscape(
    expression: Any,
    *,
    symbols: Sequence[Any] | None = None,
    domain: Domain | None = None,
    start: Point | None = None,
    name: str = "own",
) -> SymbolicLandscape:
    """The surface of a SymPy expression in two symbols: its values, gradient and Hessian as NumPy code, its minima.

    The first symbol is drawn across, the second upwards: in the order of `symbols`, or of their names. Both are taken
    to be real. `Abs`, `Max`, `Min` and `Piecewise` may occur; at a kink the derivative is the mean of those on both
    sides, or that of the piece to which the point belongs.

    domain  ((x0, x1), (y0, y1)): the rectangle to look at; by default a square round the origin that shows a minimum
    start   where a race begins by default
    name    its key: letters, digits and underscores

    Raises TypeError for what is no SymPy expression. Raises ValueError for one with other than two symbols, with a
    function for which there is no NumPy code (Bessel functions, integrals), or without a real value in the domain.
    """
    import sympy as sp

    from landscapes.codegen import compiled, has_kinks, in_x_and_y

    inside = in_x_and_y(expression, symbols)
    code = compiled(inside, sp.latex(expression))
    if is_bent := has_kinks(inside):
        code = _quiet(code)
    with np.errstate(all="ignore"):
        view = view_of(lambda theta: code.value(*theta)) if domain is None else checked_view(domain)
        starts = starts_in(code, view, [])
    if start is not None:
        starts = ((float(start[0]), float(start[1])),)
    return SymbolicLandscape(name, name, str(inside), code, "", "", view, starts, is_bent=is_bent)


def _quiet(code: Code) -> Code:
    """The same without NumPy's warnings: all pieces are computed everywhere, also where they have no value."""

    def quiet(function: Callable[..., Array]) -> Callable[..., Array]:
        return np.errstate(all="ignore")(function)

    return replace(code, value=quiet(code.value), gradient=quiet(code.gradient), hessian=quiet(code.hessian))


def _is_among(point: Point, points: Sequence[Point], size: Array) -> bool:
    return any((np.abs(np.subtract(point, other)) <= 1e-5 * size).all() for other in points)
