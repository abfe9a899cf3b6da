"""Properties of every figure that the lessons use."""

import json
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape_lab.experiments.course.quadratic import convergence_rate, critical_step, envelope, iterates, largest_step
from landscape_lab.figures.adagrad_figures import best_rates_figure, ruler_figure
from landscape_lab.figures.arrows import Arrow, step_figure
from landscape_lab.figures.band import band_figure
from landscape_lab.figures.bars import share_figure
from landscape_lab.figures.damping import damping_figure, damping_map_figure
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.histories import histories_figure
from landscape_lab.figures.normalisation import normalisation_figure
from landscape_lab.figures.rates import rates_figure, schedule_figure
from landscape_lab.figures.small_map import outlines_figure
from landscape_lab.figures.taylor_figures import model_error_figure, taylor_figure
from landscape_lab.figures.theme import DARK, LIGHT, recolor
from landscapes import LANDSCAPES

CAMEL, BOWL, ROSENBROCK = (LANDSCAPES[key] for key in ("six_hump_camel", "elliptic_bowl", "rosenbrock"))
CUSPED = next(each for each in LANDSCAPES.values() if each.cusps)
RADII = np.geomspace(1e-3, 0.1, 9)
PRODUCTS, MOMENTA = np.linspace(0, 4, 33), np.linspace(0, 0.99, 23)
FALL = np.geomspace(1, 0.01, 12)
HOLED = np.where(np.arange(12) == 5, np.nan, FALL)
ACROSS = np.linspace(-1, 1, 12)
NOWHERE = (float("nan"), float("inf"))


def damping_map(rates: Any = None, **more: Any) -> go.Figure:
    rates = convergence_rate(PRODUCTS, MOMENTA[:, None]) if rates is None else rates
    return damping_map_figure(
        PRODUCTS, MOMENTA, rates, critical=critical_step(MOMENTA), border=largest_step(MOMENTA), **more
    )


BUILDERS: dict[str, Callable[..., go.Figure]] = {
    "plane": lambda **look: taylor_figure(CAMEL, (-1.0, 0.4), 0.3, **look),
    "parabola": lambda **look: taylor_figure(ROSENBROCK, (-0.5, 1.0), 0.4, 2, **look),
    "plane on the whole map": lambda **look: taylor_figure(CAMEL, (-1.0, 0.4), 0.3, domain=CAMEL.domain, **look),
    "level plane": lambda **look: taylor_figure(BOWL, (0.0, 0.0), 0.3, **look),
    "no model": lambda **look: taylor_figure(CUSPED, CUSPED.cusps[0], 0.3, 2, **look),
    "model of nowhere": lambda **look: taylor_figure(BOWL, NOWHERE, 0.3, **look),
    "errors": lambda **look: model_error_figure(CAMEL, (-1.0, 0.4), RADII, radius=0.05, **look),
    "an exact model": lambda **look: model_error_figure(BOWL, (1.0, 1.0), RADII, **look),
    "errors without radii": lambda **look: model_error_figure(BOWL, (1.0, 1.0), [], **look),
    "errors of no model": lambda **look: model_error_figure(CUSPED, CUSPED.cusps[0], RADII, **look),
    "histories": lambda **look: histories_figure([(0.001, 0.1), (31.7, -0.1)], (0.1, 0.002), ["calm", "wild"], **look),
    "one history": lambda **look: histories_figure([(1, 2, 3)], [0.1], ["calm"], **look),
    "holes in histories": lambda **look: histories_figure(
        [(0, np.nan), ()], (np.nan, np.inf), ["zero", "none"], **look
    ),
    "no histories": lambda **look: histories_figure([], [], [], **look),
    "ruler": lambda **look: ruler_figure(ACROSS, [ACROSS**2, 4 * ACROSS**2], [2 * ACROSS, 8 * ACROSS], "ab", **look),
    "ruler of a flat function": lambda **look: ruler_figure(ACROSS, [0 * ACROSS], [0 * ACROSS], ["flat"], **look),
    "holes in a ruler": lambda **look: ruler_figure(ACROSS, [HOLED], [np.full(12, np.nan)], ["holed"], **look),
    "no ruler": lambda **look: ruler_figure([], [], [], [], **look),
    "best rates": lambda **look: best_rates_figure(
        [FALL], [np.stack([FALL, HOLED], axis=1)], ["SGD"], ("often", "rare"), title="error", **look
    ),
    "no best rate": lambda **look: best_rates_figure(
        [FALL], [np.full((12, 2), np.inf)], ["SGD"], ("often", "rare"), title="error", **look
    ),
    "no best rates": lambda **look: best_rates_figure([], [], [], ("often", "rare"), title="error", **look),
    "rates": lambda **look: rates_figure([np.stack([FALL, HOLED], axis=1)], ["Adagrad"], **look),
    "no positive rate": lambda **look: rates_figure([np.full((4, 2), -1.0)], ["Adagrad"], **look),
    "no rates": lambda **look: rates_figure([], [], **look),
    "schedule": lambda **look: schedule_figure([FALL, HOLED], ["cosine", "holed"], **look),
    "schedule of two settings": lambda **look: schedule_figure(
        [FALL, FALL - 0.01], ["cosine", "constant"], momenta=[FALL, None], rate_axis="log", **look
    ),
    "no schedule": lambda **look: schedule_figure([], [], **look),
    "damping": lambda **look: damping_figure(
        [iterates(0.5, 0.6, 20), iterates(3.3, 0.6, 500)],
        ["swings", "diverges"],
        envelopes=[envelope(0.5, 0.6, 20), None],
        **look,
    ),
    "one start": lambda **look: damping_figure([[2.0]], ["still"], **look),
    "all lost": lambda **look: damping_figure([np.full(5, np.nan), []], ["lost", "empty"], **look),
    "no damping": lambda **look: damping_figure([], [], **look),
    "damping map": lambda **look: damping_map(marks=[(0.5, 0.9)], labels=["now"], **look),
    "map of holes": lambda **look: damping_map(rates=np.full((23, 33), np.nan), **look),
    "band": lambda **look: band_figure(
        [FALL / 2, HOLED / 2], [FALL, HOLED], [2 * FALL, np.full(12, np.inf)], ["a", "b"], **look
    ),
    "band of single runs": lambda **look: band_figure(
        [FALL], [FALL], [FALL], ["a"], runs=[np.stack([FALL, HOLED], axis=1)], **look
    ),
    "band below zero": lambda **look: band_figure([-2 * FALL], [-FALL], [-FALL / 2], ["a"], **look),
    "no band": lambda **look: band_figure([], [], [], [], **look),
    "shares": lambda **look: share_figure(["plain", "noisy"], [0, 61], [100, 100], title="reached it", **look),
    "share of nothing": lambda **look: share_figure(["plain"], [0], [0], **look),
    "no shares": lambda **look: share_figure([], [], [], **look),
    "outlines": lambda **look: outlines_figure([np.eye(2), 2 * np.eye(2)], ["small", "large"], **look),
    "no outlines": lambda **look: outlines_figure([], [], **look),
    "normalisation": lambda **look: normalisation_figure("batch", "example", "channel", **look),
    "step": lambda **look: step_figure(
        ROSENBROCK, (-0.5, 1.0), [Arrow("gradient", (0.2, 0.1)), Arrow("step", (0.1, 0.0), (-0.4, 0.9))], **look
    ),
    "no step": lambda **look: step_figure(ROSENBROCK, (-0.5, 1.0), [Arrow("zero", (0.0, 0.0))], **look),
    "step to nowhere": lambda **look: step_figure(ROSENBROCK, (-0.5, 1.0), [Arrow("lost", NOWHERE)], **look),
    "step from nowhere": lambda **look: step_figure(ROSENBROCK, NOWHERE, [Arrow("lost", (1.0, 1.0))], **look),
    "no arrows": lambda **look: step_figure(ROSENBROCK, (-0.5, 1.0), [], **look),
}
EVERY = pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS.keys())


def as_sent(figure: go.Figure) -> Any:
    """The JSON sent to a browser, where NaN is null, so that missing values compare equal."""
    return json.loads(figure.to_json() or "")


def strings(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set().union(*map(strings, node.values()))
    if isinstance(node, list | tuple):
        return set().union(*map(strings, node))
    return {node} if isinstance(node, str) else set()


@EVERY
def test_dark_figure_is_the_light_one_with_exchanged_colors(build):
    light, dark = as_sent(build()), as_sent(build(dark=True))
    assert recolor(light, LIGHT, DARK) == dark
    assert light != dark


@EVERY
def test_equal_input_gives_equal_json(build):
    assert build().to_json() == build().to_json()


@EVERY
@pytest.mark.parametrize(("dark", "colors"), [(False, LIGHT), (True, DARK)], ids=["light", "dark"])
def test_every_color_is_of_the_theme_or_of_an_entry(build, dark, colors):
    allowed = strings(colors.as_payload()) | {*colors.series} | {"rgba(0,0,0,0)"}
    used = {text for text in strings(as_sent(build(dark=dark))) if text.startswith(("#", "rgb"))}
    assert used
    assert used <= allowed


@EVERY
def test_every_axis_has_a_non_empty_range(build):
    layout = as_sent(build())["layout"]
    ranges = [settings["range"] for name, settings in layout.items() if re.fullmatch(r"[xy]axis\d*", name)]
    assert ranges
    for low, high in ranges:
        assert np.isfinite([low, high]).all() and low < high


def test_every_text_can_be_translated():
    values = {each.name: getattr(Words(), each.name) for each in fields(Words)}
    foreign = Words(**{name: f"[{name}]" + "".join(re.findall(r"\{\w+\}", text)) for name, text in values.items()})
    texts = set().union(*(strings(as_sent(build(words=foreign))) for build in BUILDERS.values()))
    unused = {name for name in values if not any(f"[{name}]" in text for text in texts)}
    # Texts of the loss curves, the map's axes, marks and scale, the fair comparison and recordings are covered by other
    # tests.
    compared = {"evaluation", "stretched", "as_given", "share_solved", "cost_ratio", "slope", "intercept"}
    recorded = {"shares", "one_share", "unknown_distance", "run_end", "run_end_drawn", "drawn", "plane_distance"}
    curves = {"evaluations", "smoothed", "smoothed_checkpoints", "same_path"}
    assert unused == {"local_minimum", "saddle", "above_minimum"} | curves | compared | recorded
