"""The loss curves beside or below the map of a still picture."""

from itertools import pairwise

import numpy as np
import pytest

from landscape_lab.figures.animation import draw_frames, until
from landscape_lab.figures.curves import curve_axes
from landscape_lab.figures.still import SCALE, Area, Line, Raster, Still, Text, as_image, still_picture
from landscape_lab.figures.still_losses import (
    EDGE,
    LossCurves,
    curve_pieces,
    picture_with_losses,
    race_curves,
    race_picture,
)
from landscape_lab.figures.surface_grid import PictureTooSmall
from landscape_lab.figures.theme import LIGHT
from landscapes import LANDSCAPES, SURFACES
from optim_core import OPTIMIZERS, run

ROSENBROCK = LANDSCAPES["rosenbrock"]
LABELS = ["Adam", "Gradient descent"]


@pytest.fixture(scope="module")
def paths():
    adam = run(ROSENBROCK, OPTIMIZERS["adam"](learning_rate=0.1), ROSENBROCK.start, 40)
    lost = run(ROSENBROCK, OPTIMIZERS["gradient_descent"](learning_rate=0.1), ROSENBROCK.start, 40)  # diverges
    return [adam, lost]


def panel(still: Still) -> tuple[float, float, float, float]:
    [found] = [shape for shape in still.around if isinstance(shape, Area) and shape.color == LIGHT.plot]
    (left, top), (right, bottom) = found.points.min(axis=0), found.points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


@pytest.mark.parametrize("key", ["rosenbrock", "ravine", "himmelblau"])
@pytest.mark.parametrize("size", [(1000, 720), (500, 400)])
def test_all_shapes_lie_on_the_page_and_the_panel_lies_off_the_map(key, size):
    surface = SURFACES[key]
    path = run(surface, OPTIMIZERS["adam"](), surface.start, 5)
    still = race_picture(surface, [path], ["Adam"], losses=race_curves([path]), title="A race", size=size)
    assert still.size[0] <= size[0] and still.size[1] <= size[1]
    for shape in still.around:
        points = np.array([[shape.x, shape.y]]) if isinstance(shape, Text) else getattr(shape, "points", None)
        if points is None:
            assert isinstance(shape, Raster)
            continue
        assert (points >= 0).all() and (points <= still.size).all()
    left, top, _right, _bottom = panel(still)
    assert left > still.box[2] or top > still.box[3]
    assert {"A race", "steps", "loss", "x", "y", "Adam"} <= {s.text for s in still.around if isinstance(s, Text)}


def test_curve_ends_at_the_height_of_the_last_loss(paths):
    [adam, _lost] = paths
    still = race_picture(ROSENBROCK, paths, LABELS, losses=race_curves(paths, minimum=ROSENBROCK.minimum_value))
    axes = curve_axes(paths, minimum=ROSENBROCK.minimum_value)
    low, high = axes["ranges"]["log"]
    left, top, right, bottom = panel(still)
    height = bottom - (np.log10(adam.losses[40]) - low) / (high - low) * (bottom - top)
    ends = np.array([line.points[-1] for line in still.around if isinstance(line, Line)])
    assert np.abs(ends - [right, height]).max(axis=1).min() < 0.5
    heads = [shape for shape in still.around if isinstance(shape, Area) and shape.color == LIGHT.series[0]]
    in_panel = [head for head in heads if (head.points.min(axis=0) > [left, top - 20]).all()]
    assert any(abs(head.points[:, 0].mean() - right) < 1 for head in in_panel)


def test_diverging_curve_ends_at_the_upper_edge(paths):
    left, top, right, bottom = panel(
        race_picture(ROSENBROCK, paths, LABELS, losses=race_curves(paths, minimum=ROSENBROCK.minimum_value))
    )
    curves = race_curves(paths, minimum=ROSENBROCK.minimum_value)
    pieces = curve_pieces(curves, curves.curves[1], (left, top, right, bottom))
    points = np.vstack(pieces)
    assert points[:, 1].min() == pytest.approx(top) and (points[:, 1] <= bottom).all()
    assert (points[:, 0] >= left).all() and (points[:, 0] <= right).all()


def test_axes_follow_the_view(paths):
    plain = race_curves(paths, loss_axis="linear", progress="evaluations", minimum=0.0)
    axes = curve_axes(paths, minimum=0.0)
    assert not plain.log and list(plain.vertical) == axes["ranges"]["linear"]
    assert list(plain.horizontal) == axes["ranges"]["evaluations"] and plain.titles == ("gradient evaluations", "loss")
    assert race_curves(paths, minimum=0.0).log


@pytest.mark.parametrize("ends", [(-8.0, 3.0), (-0.4, 1.3), (0.2, 1.1), (0.31, 0.36), (-300.0, 4.0)])
def test_logarithmic_axis_has_two_to_nine_round_ticks(ends):
    ticks = LossCurves([], (0.0, 1.0), ends, ("steps", "loss"), log=True).ticks()
    heights = [height for height, _text in ticks]
    assert 2 <= len(ticks) <= 9 and len({text for _height, text in ticks}) == len(ticks)
    assert all(ends[0] <= height <= ends[1] for height in heights)
    assert all(one < two for one, two in pairwise(heights))


def test_loss_at_the_minimum_is_drawn_along_the_lower_edge():
    curves = LossCurves([], (0.0, 2.0), (-2.0, 2.0), ("steps", "loss"), log=True, offset=1.0)
    [piece] = curve_pieces(curves, (np.arange(3.0), np.array([2.0, 1.1, 1.0])), (0.0, 0.0, 100.0, 100.0))
    np.testing.assert_allclose(piece[0], [0, 50])
    np.testing.assert_allclose(piece[-1], [100, 100 - EDGE])


def test_map_alone_is_the_picture_without_curves(paths):
    alone, plain = race_picture(ROSENBROCK, paths, LABELS), still_picture(ROSENBROCK, paths, LABELS)
    assert alone.size == plain.size and len(alone.around) == len(plain.around)


def test_picture_too_small_for_curves_is_refused(paths):
    with pytest.raises(PictureTooSmall):
        picture_with_losses(ROSENBROCK, paths, LABELS, race_curves(paths), size=(300, 220))


def test_curves_and_paths_grow_to_those_of_the_still_picture(paths):
    paths, labels = paths[:1], LABELS[:1]
    losses = race_curves(paths, minimum=ROSENBROCK.minimum_value)
    look = {"title": "A race", "losses": losses, "size": (500, 400)}
    first, middle, last = draw_frames(ROSENBROCK, paths, labels, [0, 20, 40], **look)
    still = race_picture(ROSENBROCK, paths, labels, **look)
    assert first.size == middle.size == last.size == still.size and still.panel is not None
    left, top, right, bottom = (round(edge) for edge in still.panel)

    def inked(frame, box):
        pixels = np.asarray(frame.crop(box), dtype=int)
        color = [int(LIGHT.series[0][i : i + 2], 16) for i in (1, 3, 5)]
        return np.argwhere(np.abs(pixels - color).max(axis=-1) <= 40)

    panel_box, frames = (left - 10, top, right + 10, bottom), [first, middle, last]
    farthest = [inked(frame, panel_box)[:, 1].max() - 10 for frame in frames]
    np.testing.assert_allclose(farthest, [7, (right - left) / 2 + 7, right - left + 7], atol=3)
    here, there = (inked(frame, still.box).mean(axis=0) for frame in (first, last))
    assert np.abs(here - there).max() > 2
    for box in (panel_box, still.box):
        assert len(inked(last, box)) == pytest.approx(len(inked(as_image(still).reduce(SCALE), box)), rel=0.2)


def test_values_between_two_steps_are_interpolated():
    np.testing.assert_allclose(until(np.array([0.0, 1.0, 4.0]), 1.5), [0, 1, 2.5])
    np.testing.assert_allclose(until(np.array([[0.0, 1.0], [2.0, 3.0]]), 0.5), [[0, 1], [1, 2]])
    np.testing.assert_allclose(until(np.arange(4.0), 2), [0, 1, 2])
