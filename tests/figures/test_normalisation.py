"""The sets of each kind of normalisation, against means over the axes of a random tensor."""

from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.normalisation import CHANNELS, EXAMPLES, GROUPS, KINDS, SIDE, normalisation_figure

LAYER = np.random.default_rng(0).random((EXAMPLES, CHANNELS, SIDE, SIDE))
GROUPED = LAYER.reshape(EXAMPLES, GROUPS, CHANNELS // GROUPS, SIDE, SIDE)
MEANS = {
    "batch": LAYER.mean(axis=(0, 2, 3)),
    "layer": LAYER.mean(axis=(1, 2, 3)),
    "instance": LAYER.mean(axis=(2, 3)),
    "group": GROUPED.mean(axis=(2, 3, 4)),
}
"""The means of all sets, in the order of the sets: by example, then by channel."""
EACH = pytest.mark.parametrize("kind", KINDS)


def drawn(kind: str) -> Any:
    return normalisation_figure(kind, "example", "channel")


@EACH
def test_sets_are_those_over_which_the_kind_averages(kind: str):
    sets = KINDS[kind].sets
    means = [LAYER[sets == each].mean() for each in np.unique(sets)]
    np.testing.assert_allclose(means, MEANS[kind].ravel())
    assert KINDS[kind].count == MEANS[kind].size
    assert KINDS[kind].size * KINDS[kind].count == LAYER.size


@EACH
def test_coloured_squares_are_one_set(kind: str):
    (squares,) = drawn(kind).data
    colored = np.asarray(squares.z).reshape(EXAMPLES, SIDE, CHANNELS, SIDE).transpose(0, 2, 1, 3) == 1
    assert colored.sum() == KINDS[kind].size
    np.testing.assert_allclose(LAYER[colored].mean(), MEANS[kind].ravel()[0])


@EACH
def test_thick_lines_are_where_two_sets_meet(kind: str):
    sets = KINDS[kind].sets
    lines = drawn(kind).layout.shapes
    assert len(lines) == (CHANNELS + 1) * EXAMPLES + (EXAMPLES + 1) * CHANNELS
    thickest = max(line.line.width for line in lines)
    for line in lines:
        middle = np.array([(line.x0 + line.x1) / 2, (line.y0 + line.y1) / 2])
        across = np.array([0.5, 0.0]) if line.x0 == line.x1 else np.array([0.0, 0.5])
        sides = [np.rint(middle + sign * across).astype(int) - 1 for sign in (-1, 1)]
        inside = [sets[row, column] for column, row in sides if 0 <= row < EXAMPLES and 0 <= column < CHANNELS]
        assert (line.line.width == thickest) == (len(set(inside)) == 2 or len(inside) == 1)


@pytest.mark.parametrize("dark", [False, True])
def test_axes_are_examples_and_channels(dark: bool):
    figure: Any = normalisation_figure("group", "example", "channel", dark=dark)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("channel", "example")
    assert figure.layout.yaxis.range == (0.5, EXAMPLES + 0.5)
    assert figure.layout.xaxis.range == (0.5, CHANNELS + 0.5)
    assert not figure.layout.showlegend
