"""The picture of a map, and what its colours mean."""

import math
from collections.abc import Sequence
from html import escape

import streamlit as st

from landscape_lab.experiments.maps import Sweep
from landscape_lab.experiments.maps.plan import MapPlan
from landscape_lab.figures.heatmap import Kind, Picture, basin_picture, speed_picture
from landscape_lab.ui.i18n.translation import _
from optim_core.caching import bounded_cache
from optim_core.printed import printed


@bounded_cache(maxsize=12)
def picture_of(found: Sweep) -> Picture:
    """Return the picture of a map, cached while it may be on screen."""
    if found.metric == "minimum":
        return basin_picture(found.outcomes, found.crossings, found.values, len(found.scenario.landscape.minima))
    return speed_picture(found.outcomes, found.crossings, found.values)


def legend(plan: MapPlan, pictures: Sequence[Picture]) -> None:
    """Show a bar for each kind of cell with its name and its share: of one map with the steps or losses of its ranks,
    of several maps in their order.
    """
    every: dict[tuple[str, int], list[Kind | None]] = {}
    for i, picture in enumerate(pictures):
        for kind in picture.kinds:
            every.setdefault((kind.name, kind.place), [None] * len(pictures))[i] = kind
    parts = []
    for key in sorted(every, key=_rank):
        kinds = [kind for kind in every[key] if kind]
        some = kinds[0].colors[:: max(1, len(kinds[0].colors) // 12)].tolist()
        bar = f"linear-gradient(to right, {', '.join('rgb({} {} {})'.format(*color) for color in some)})"
        shares = ", ".join(_share(kind.share if kind else 0.0) for kind in every[key])
        words = f"{escape(_kind_words(plan, kinds[0]))} <b>{shares}</b>"
        more = escape(_numbers(plan, kinds[0])) if len(pictures) == 1 else ""
        parts.append(
            f'<span class="kind"><span class="bar" style="background: {bar}"></span>'
            f'<span>{words} <span class="more">{more}</span></span></span>'
        )
    st.html(f'<div class="map-legend">{"".join(parts)}</div>')


def legend_rows(pictures: Sequence[Picture]) -> int:
    """Return the number of kinds of cells in the maps."""
    return len({(kind.name, kind.place) for picture in pictures for kind in picture.kinds})


def _rank(key: tuple[str, int]) -> tuple[int, int]:
    name, place = key
    return ("minimum", "stationary", "elsewhere", "bounded", "escaped").index(name), place


def _share(share: float) -> str:
    return f"{share:.1%}" if 0.0005 < share < 0.9995 else f"{share:.3%}" if share else "0%"


def _numbers(plan: MapPlan, kind: Kind) -> str:
    """Return a text with the range of steps or losses of a kind's ranks."""
    if kind.name == "bounded":
        losses = _("loss {first} to {last}").format(
            first=printed(f"{kind.first:.2g}"), last=printed(f"{kind.last:.2g}")
        )
        return "" if plan.basins else losses
    first, middle, last = (str(math.ceil(steps)) for steps in (kind.first, kind.middle, kind.last))
    return _("steps {first} to {last}, half by {middle}").format(first=first, middle=middle, last=last)


def _kind_words(plan: MapPlan, kind: Kind) -> str:
    if kind.name == "minimum":
        x, y = (printed(f"{at:.3g}") for at in plan.scenario.landscape.minima[kind.place])
        return _("minimum ({x}, {y})").format(x=x, y=y)
    return {
        "stationary": _("stationary"),
        "elsewhere": _("stationary, but at no minimum"),
        "bounded": _("still bounded"),
        "escaped": _("diverged"),
    }[kind.name]


def hover_text(plan: MapPlan, kind: Kind) -> str:
    """Return the hover text of a cell of this kind, in which the browser inserts {step} or {loss}."""
    if kind.name == "minimum":
        x, y = (printed(f"{at:.3g}") for at in plan.scenario.landscape.minima[kind.place])
        converged = _("converged to the minimum at ({x}, {y})").format(x=x, y=y)
        return f"{converged}\n{_('ended at step {step}')}"
    return {
        "stationary": _("stationary at step {step}"),
        "elsewhere": _("stationary at step {step}, but at no minimum"),
        "bounded": _("still bounded, converged to no minimum") if plan.basins else _("still bounded, at loss {loss}"),
        "escaped": _("diverged at step {step}"),
    }[kind.name]
