"""The picture of a map, and what its colours mean."""

import math
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


def legend(plan: MapPlan, picture: Picture) -> None:
    """Show a bar for each kind of cell, with its name, its share, and the steps or losses of its ranks."""
    parts = []
    for kind in picture.kinds:
        some = kind.colors[:: max(1, len(kind.colors) // 12)].tolist()
        bar = f"linear-gradient(to right, {', '.join('rgb({} {} {})'.format(*color) for color in some)})"
        share = f"{kind.share:.1%}" if 0.0005 < kind.share < 0.9995 else f"{kind.share:.3%}"
        words = f"{escape(_kind_words(plan, kind))} <b>{share}</b>"
        more = f'<span class="more">{escape(_numbers(plan, kind))}</span>'
        parts.append(
            f'<span class="kind"><span class="bar" style="background: {bar}"></span><span>{words} {more}</span></span>'
        )
    st.html(f'<div class="map-legend">{"".join(parts)}</div>')


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
        x, y = plan.scenario.landscape.minima[kind.place]
        return _("converged to the minimum at ({x}, {y})").format(x=f"{x:.3g}", y=f"{y:.3g}")
    return {
        "stationary": _("stationary"),
        "elsewhere": _("stationary, but at no minimum"),
        "bounded": _("still bounded"),
        "escaped": _("diverged"),
    }[kind.name]


def hover_text(plan: MapPlan, kind: Kind) -> str:
    """Return the hover text of a cell of this kind, in which the browser inserts {step} or {loss}."""
    if kind.name == "minimum":
        return f"{_kind_words(plan, kind)}\n{_('ended at step {step}')}"
    return {
        "stationary": _("stationary at step {step}"),
        "elsewhere": _("stationary at step {step}, but at no minimum"),
        "bounded": _("still bounded, converged to no minimum") if plan.basins else _("still bounded, at loss {loss}"),
        "escaped": _("diverged at step {step}"),
    }[kind.name]
