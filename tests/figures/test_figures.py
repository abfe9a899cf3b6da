"""Properties of every figure of every surface."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
import plotly.graph_objects as go
import pytest

import landscapes
from landscape_lab.figures.contour import contour_figure, paths_figure
from landscape_lab.figures.curves import curve_axes, curves_figure
from landscape_lab.figures.figure_words import Words, axis_names
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface import surface_figure
from landscape_lab.figures.surface_grid import POINTS, sample_surface, special_points
from landscape_lab.figures.theme import DARK, LIGHT, recolor
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, run

SURFACES = pytest.mark.parametrize("landscape", landscapes.SURFACES.values(), ids=landscapes.SURFACES.keys())
BUILDERS = pytest.mark.parametrize("build", [contour_figure, surface_figure])

ROSENBROCK = LANDSCAPES["rosenbrock"]
LABELS = ["Adam", "Gradient descent"]


def traces(figure: go.Figure) -> list[Any]:
    return [*figure.data]  # Any: the type that Plotly declares fits no trace


def trace(figure: go.Figure, role: str) -> Any:
    """The only trace with the role, or None."""
    found = [each for each in traces(figure) if each.meta == role]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.fixture(scope="module")
def race():
    """A race of an entry that converges and one that diverges."""
    adam = run(ROSENBROCK, OPTIMIZERS["adam"](learning_rate=0.05), ROSENBROCK.start, 60)
    lost = run(ROSENBROCK, OPTIMIZERS["gradient_descent"](learning_rate=0.1), ROSENBROCK.start, 60)
    assert lost.last_step < 60
    return [adam, lost]


@SURFACES
def test_axes_are_named_after_the_parameters(landscape, race):
    words = Words(slope="Steigung", intercept="Achsenabschnitt")
    names = {
        "linear_regression": ("Steigung", "Achsenabschnitt"),
        **dict.fromkeys(["multiple_regression", "logistic_regression", "hidden_unit_regression"], ("w₁", "w₂")),
    }.get(landscape.key, ("x", "y"))
    assert axis_names(landscape, words) == names
    figures = [contour_figure(landscape, words=words), paths_figure(landscape, race[:1], LABELS, words=words)]
    for figure in figures:
        titles = figure.layout.xaxis.title.text, figure.layout.yaxis.title.text
        italic = [f"<i>{name}</i>" if len(name) < 3 else name for name in names]
        assert (titles[0].split(" (")[0], titles[1]) == tuple(italic)
    scene = (relief := surface_figure(landscape, words=words)).layout.scene
    assert (scene.xaxis.title.text, scene.yaxis.title.text) == names
    for figure in (*figures, relief):
        hovers = [each.hovertemplate for each in cast(Any, figure).data if each.hovertemplate]
        assert hovers and all(f"{names[0]} %{{x" in text and f"{names[1]} %{{y" in text for text in hovers)


def all_figures(race, dark: bool) -> list[go.Figure]:
    return [
        contour_figure(ROSENBROCK, dark=dark),
        surface_figure(ROSENBROCK, dark=dark),
        contour_figure(LANDSCAPES["six_hump_camel"], dark=dark),
        surface_figure(LANDSCAPES["six_hump_camel"], dark=dark),
        paths_figure(ROSENBROCK, race, LABELS, dark=dark),
        curves_figure(race, LABELS, dark=dark),
    ]


def test_equal_input_gives_equal_json(race):
    for one, other in zip(all_figures(race, dark=False), all_figures(race, dark=False), strict=True):
        assert one.to_json() == other.to_json()


def test_dark_figure_is_the_light_one_with_exchanged_colors(race):
    for light, dark in zip(all_figures(race, dark=False), all_figures(race, dark=True), strict=True):
        assert recolor(light.to_plotly_json(), LIGHT, DARK) == dark.to_plotly_json()


def strings(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set().union(*map(strings, node.values()))
    if isinstance(node, list | tuple):
        return set().union(*map(strings, node))
    return {node} if isinstance(node, str) else set()


@pytest.mark.parametrize(("dark", "colors"), [(False, LIGHT), (True, DARK)])
def test_every_color_is_of_the_theme_or_of_an_entry(race, dark, colors):
    allowed = strings(colors.as_payload()) | {*colors.series} | {"rgba(0,0,0,0)"}
    for figure in all_figures(race, dark):
        used = {text for text in strings(figure.to_plotly_json()) if text.startswith(("#", "rgb"))}
        assert used
        assert used <= allowed


@SURFACES
def test_map_and_relief_show_the_same_heights_in_single_precision(landscape):
    surfaces = [trace(build(landscape), "surface") for build in (contour_figure, surface_figure)]
    heights = [surface.z for surface in surfaces]
    assert heights[0].dtype == np.float32
    assert heights[0].tobytes() == heights[1].tobytes()
    assert len(heights[1]) in (POINTS, 2 * POINTS - 1)
    _, _, losses = sample_surface(landscape, len(heights[1]))
    assert np.isnan(heights[1]).tolist() == np.isnan(losses).tolist()


@SURFACES
@BUILDERS
def test_hover_shows_true_losses(landscape, build):
    surface = trace(build(landscape), "surface")
    _, _, losses = sample_surface(landscape, len(surface.x))
    hovered = surface.customdata if "customdata" in surface.hovertemplate else surface.z
    np.testing.assert_allclose(hovered, losses, rtol=1e-6, atol=1e-30)


@BUILDERS
def test_true_losses_are_omitted_on_request(build):
    surface = trace(build(ROSENBROCK, true_values=False), "surface")
    assert surface.customdata is None
    assert "customdata" not in surface.hovertemplate


@SURFACES
@BUILDERS
def test_marks_are_at_the_critical_points(landscape, build):
    figure = build(landscape)
    drawn = {
        kind: set(zip(found.x, found.y, strict=True)) if (found := trace(figure, kind)) else set()
        for kind in ("global_minimum", "local_minimum", "saddle")
    }
    assert drawn["global_minimum"] | drawn["local_minimum"] == set(landscape.minima)
    assert drawn["saddle"] == set(landscape.saddles)


def test_saddle_has_no_minimum_mark():
    kinds = {each.meta for each in traces(contour_figure(LANDSCAPES["saddle"]))}
    assert kinds == {"surface", "saddle"}


def test_minimum_is_not_global_when_the_edge_is_lower():
    """The surface decreases towards both sides, so its lowest critical point is only a local minimum."""
    points = LANDSCAPES["saddle"].critical_points._replace(minima=((0.5, 0.0),), saddles=())
    falling = replace(LANDSCAPES["saddle"], listed=points)
    assert [mark.kind for mark in special_points(falling)] == ["local_minimum"]


def test_marks_outside_the_view_are_not_drawn():
    figure = contour_figure(LANDSCAPES["himmelblau"], domain=((0.0, 6.0), (0.0, 6.0)))
    stars = trace(figure, "global_minimum")
    assert [round(x, 3) for x in stars.x] == [3.0]
    assert figure.layout["xaxis"].range == (0.0, 6.0)


def test_hover_of_a_mark_names_it_in_the_readers_language():
    figure = contour_figure(
        LANDSCAPES["six_hump_camel"], words=Words(global_minimum="globales Minimum", loss="Verlust")
    )
    assert trace(figure, "global_minimum").text[0] == "globales Minimum<br>Verlust −1.032"


@SURFACES
def test_relief_axes_contain_the_whole_surface(landscape):
    figure = surface_figure(landscape)
    z, scene = trace(figure, "surface").z, figure.layout["scene"]
    low, high = scene.zaxis.range
    assert low < np.nanmin(z) and np.nanmax(z) < high
    assert (scene.xaxis.range, scene.yaxis.range) == landscape.domain


def test_paths_are_complete_and_clipped_by_the_axes(race):
    figure = paths_figure(ROSENBROCK, race, LABELS)
    lines = [each for each in traces(figure) if each.type == "scatter" and each.customdata is not None]
    for path, line in zip(race, lines, strict=True):
        end = int(path.last_step) + 1
        np.testing.assert_array_equal(np.stack([line.x, line.y], axis=1), path.points[:end])
    assert np.abs(lines[1].x).max() > 1e3
    assert figure.layout["xaxis"].range == ROSENBROCK.domain[0]


def test_entries_have_the_styles_of_the_theme(race):
    for figure in (paths_figure(ROSENBROCK, race, LABELS), curves_figure(race, LABELS)):
        heads = [each for each in traces(figure) if each.showlegend]
        assert [head.name for head in heads] == LABELS
        for head, style in zip(heads, series_styles(), strict=False):
            assert (head.line.color, head.line.dash, head.marker.symbol) == (
                style.color,
                style.plotly_dash,
                style.marker,
            )


def test_curves_against_steps_and_evaluations(race):
    by_step = traces(curves_figure(race, LABELS))[0]
    np.testing.assert_array_equal(by_step.y, race[0].losses)
    np.testing.assert_array_equal(by_step.x, np.arange(61))
    by_cost = traces(curves_figure(race, LABELS, progress="evaluations"))[0]
    np.testing.assert_array_equal(by_cost.x, race[0].evaluated)


def test_axes_without_lines(race):
    figure = curves_figure(race, LABELS, lines=False)
    assert figure.data == ()
    assert figure.layout["xaxis"].range == (0.0, 60.0)


def test_diverged_entry_leaves_through_the_top(race):
    axes = curve_axes(race)
    stayed, lost = race
    top = axes["ranges"]["linear"][1]
    assert stayed.losses.max() < top < np.nanmax(lost.losses)


def test_entry_leaves_through_the_bottom_when_losses_are_unbounded_below():
    saddle = LANDSCAPES["monkey_saddle"]
    stays, falls = (run(saddle, OPTIMIZERS["momentum"](learning_rate=rate), saddle.start, 300) for rate in (1e-5, 1e-3))
    assert stays.losses.min() > 0 and np.nanmin(falls.losses) < -1e9
    low, high = curve_axes([stays, falls])["ranges"]["linear"]
    assert -1 < low < stays.losses.min() and stays.losses.max() < high < 3
    low, _high = curve_axes([stays, falls], minimum=float(np.nanmin(falls.losses)))["ranges"]["linear"]
    assert low < np.nanmin(falls.losses), "the axis must include the given minimum"


def test_logarithmic_axis_shows_the_distance_to_the_minimum():
    camel = LANDSCAPES["six_hump_camel"]
    path = run(camel, OPTIMIZERS["adam"](learning_rate=0.05), (0.5, 0.5), 80)
    assert path.losses.min() < 0
    assert not curve_axes([path])["log"]
    assert curves_figure([path], ["Adam"]).layout["yaxis"].type == "linear"
    minimum = camel.minimum_value
    assert minimum is not None
    axes = curve_axes([path], minimum=minimum)
    assert axes["log"] and axes["offset"] == minimum
    figure = curves_figure([path], ["Adam"], minimum=minimum)
    assert figure.layout["yaxis"].type == "log"
    assert figure.layout["yaxis"].title.text == "loss − minimum (−1.032)"
    np.testing.assert_array_equal(traces(figure)[0].y, path.losses - minimum)


def test_minimum_within_rounding_of_zero_is_not_named():
    """Data without noise are fitted to within rounding, so the axis title must not state a minimum of 4.6e−31."""
    path = run(LANDSCAPES["bowl"], OPTIMIZERS["adam"](learning_rate=0.05), (0.5, 0.5), 20)
    assert curve_axes([path], minimum=4.6e-31)["titles"]["log"] == curve_axes([path])["titles"]["log"] == "loss"


def test_ticks_of_a_logarithmic_loss_do_not_overlap():
    """In a low figure the digits of two decades would overlap; beyond that, only powers are labelled."""
    steps = np.arange(40)
    for decades, expected in ((0.5, None), (1.5, "D2"), (12, 2)):
        losses = 10 ** (-decades * steps / steps[-1])
        path = replace(run(LANDSCAPES["bowl"], OPTIMIZERS["adam"](), (0.5, 0.5), 39), losses=losses)
        assert curves_figure([path], ["Adam"], minimum=0.0).layout["yaxis"].dtick == expected


def test_race_without_entries_has_axes():
    figure = curves_figure([], [])
    low, high = figure.layout["yaxis"].range
    assert low < high


def test_step_axis_ends_with_the_last_run():
    path = run(LANDSCAPES["bowl"], OPTIMIZERS["gradient_descent"](learning_rate=100.0), (1.0, 1.0), 1500)
    assert path.last_step < 1500
    assert curve_axes([path])["ranges"]["steps"] == [0.0, float(path.last_step)]


def test_deep_curve_does_not_flatten_the_others():
    """Gradient descent falls by far more than the axis has."""
    path = run(LANDSCAPES["elliptic_bowl"], OPTIMIZERS["gradient_descent"](learning_rate=0.05), (1.0, 1.0), 2000)
    deep = path.losses[path.losses > 0]
    assert deep.min() < 1e-12 * deep.max()
    low, high = curve_axes([path], minimum=0.0)["ranges"]["log"]
    assert 8 <= high - low < 10
