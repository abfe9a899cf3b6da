from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.stopping_figure import stopping_figure
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import theme

TRAINING = np.array([9.0, 5.0, 4.0, 3.5, 3.2, 3.1])
HELD_OUT = np.array([8.0, 6.0, 5.5, 5.8, 6.1, 6.3])
LABELS = ("training", "held out", "kept", "stopped")


def made(stop: int | None = 4, **more: Any) -> Any:
    return stopping_figure(TRAINING, HELD_OUT, 2, stop, LABELS, **more)


def traces(figure: Any) -> dict[str, Any]:
    return {trace.name: trace for trace in figure.data if trace.name and trace.mode == "lines"}


def test_both_losses_are_drawn_unchanged():
    drawn = traces(made())
    np.testing.assert_array_equal(drawn["training"].y, TRAINING)
    np.testing.assert_array_equal(drawn["held out"].y, HELD_OUT)
    np.testing.assert_array_equal(drawn["held out"].x, np.arange(6))


def test_kept_point_is_marked_on_the_held_out_curve():
    (mark,) = [trace for trace in made().data if trace.meta == "kept"]
    assert (mark.x[0], mark.y[0]) == (2, 5.5)
    assert mark.marker.color == series_styles()[1].color


def test_patience_interval_is_from_the_kept_step_to_the_stop():
    wait, *lines = made().layout.shapes
    assert (wait.type, wait.x0, wait.x1) == ("rect", 2, 4)
    assert [(line.x0, line.x1) for line in lines] == [(2, 2), (4, 4)]
    assert {"kept: step 2", "stopped: step 4"} <= traces(made()).keys()


def test_run_that_is_not_stopped_has_no_patience_interval():
    (line,) = made(None).layout.shapes
    assert (line.type, line.x0) == ("line", 2)
    assert not any("stopped" in name for name in traces(made(None)))


@pytest.mark.parametrize("dark", [False, True])
def test_colours_are_those_of_the_theme(dark: bool):
    figure = made(dark=dark)
    assert figure.layout.paper_bgcolor == theme(dark).paper
    assert figure.layout.shapes[1].line.color == theme(dark).text
