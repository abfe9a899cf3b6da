"""Paths that coincide in a picture."""

from types import SimpleNamespace

import numpy as np

from landscape_lab.figures.coinciding import Stretches, equal_names, same_paths, stripes
from landscape_lab.figures.shapes import Line, Text
from landscape_lab.figures.still_losses import race_curves, race_picture
from landscape_lab.figures.theme import LINE_WIDTH
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, run

LEVEL = np.array([[50.0 * t, 250.0] for t in range(7)])
PARTED = np.array([[50.0 * t, 250.0 if t < 4 else 400.0] for t in range(7)])
DASHES = (8.0, 5.0)


def steps_of(part):
    return (part[0][:, 0] / 50).tolist(), part[1]


def test_solid_paths_are_striped_where_they_coincide_along_the_first():
    first, second = (Stretches([LEVEL, PARTED + 0.5], [(), ()]).parts(i) for i in (0, 1))
    assert [steps_of(part) for part in first] == [([0, 1, 2, 3], ()), ([3, 4, 5, 6], ())]
    assert steps_of(second[0]) == ([0, 1, 2, 3], (12, 12))
    np.testing.assert_array_equal(second[1][0], PARTED[3:] + 0.5)


def test_solid_and_dashed_paths_show_through_each_other_and_dashes_are_drawn_last():
    mixed = Stretches([LEVEL, LEVEL], [DASHES, ()])
    assert mixed.order == [1, 0] and mixed.shift(0) == 0
    assert [steps_of(part)[1] for part in mixed.parts(0)] == [DASHES]
    assert [Stretches([LEVEL] * 3, [DASHES, DASHES, ()]).parts(i)[0][1] for i in range(3)] == [(24, 12), (12, 24), ()]


def test_paths_that_cross_or_lie_apart_or_only_end_together_are_not_striped():
    crossing = np.array([[50.0 * t, 100.0 + 50 * t] for t in range(7)])
    rest = np.array([[300.0, 250.0]] * 4)
    for other in (crossing, np.add(LEVEL, [0, 5]), np.vstack([[[300.0, 0.0]], rest])):
        assert len(Stretches([LEVEL, other], [(), ()]).parts(1)) == 1
    alone = Stretches([LEVEL[:1]], [()])
    assert len(alone.parts(0)) == 1 and alone.shift(0) == 0


def test_heads_at_the_end_of_one_path_lie_side_by_side():
    both = Stretches([LEVEL, LEVEL], [(), ()])
    assert [both.shift(0), both.shift(1)] == [-0.75, 0.75]
    many = Stretches([LEVEL] * 12, [()] * 12)
    assert many.shift(11) - many.shift(0) < 6


def test_every_one_of_several_paths_has_a_visible_part():
    pattern = [stripes(place, 3) for place in range(3)]
    assert pattern == [(), (24, 12), (12, 24)]


def test_equal_runs_are_named_below_the_picture():
    bowl = LANDSCAPES["bowl"]
    paths = [run(bowl, OPTIMIZERS["gradient_descent"](rate), bowl.start, 20) for rate in (0.1, 0.1, 0.2)]
    assert same_paths(paths, np.array([4.0, 4.0])) == [[0, 1]]
    longer = SimpleNamespace(points=paths[0].points, last_step=10)
    assert same_paths([paths[0], longer], np.array([4.0, 4.0])) == []
    still = race_picture(bowl, paths, ["A", "B", "C"], losses=race_curves(paths, minimum=bowl.minimum_value))
    assert "A = B: the same path, in stripes" in {shape.text for shape in still.around if isinstance(shape, Text)}
    thick = [shape for shape in still.inside if isinstance(shape, Line) and shape.width == LINE_WIDTH]
    assert len(thick) > 3  # a stripe each
    assert equal_names(["A", "B", "C", "D", "E"]) == "A = B = C = …"
