"""The part of the stage's message about the surface: its contour map, its relief, and its examples."""

from landscape_lab.figures.contour import contour_figure
from landscape_lab.figures.figure_dict import as_json
from landscape_lab.figures.height_scale import height_scale
from landscape_lab.figures.surface import surface_figure
from landscape_lab.figures.surface_grid import sample_surface
from landscape_lab.ui.i18n.translation import _, axis_names_of, figure_words, language
from landscape_lab.ui.jobs.waiting import run_queued
from landscape_lab.ui.stage.data_view import data_tree
from landscape_lab.ui.stage.packing import ImmutablePayload
from landscapes import Landscape
from landscapes.formula import Formula
from optim_core.caching import bounded_cache


def surface_tree(landscape: Landscape) -> ImmutablePayload:
    """Everything that changes only with the surface and the user's language."""
    if isinstance(landscape, Formula) and not landscape.is_searched:
        run_queued([lambda: landscape.critical_points])
    return _surface_tree(landscape, language())


@bounded_cache(maxsize=64)
def _surface_tree(landscape: Landscape, spoken: str) -> ImmutablePayload:
    words = figure_words()
    tree = ImmutablePayload(
        key=f"{landscape.text} {spoken}",
        name=_(landscape.label),
        contour=as_json(contour_figure.as_dict(landscape, equal=False, true_values=False, words=words)),
        relief=as_json(surface_figure.as_dict(landscape, true_values=False, words=words)),
        height=height_scale(sample_surface(landscape)[2], landscape.minimum_value).as_payload(),
        domain=landscape.domain,
        axes=axis_names_of(landscape),
        data=data_tree(landscape),
    )
    tree.private_cache = landscape.private_cache
    return tree
