from typing import Any

import numpy as np

from landscape_lab.figures.rates import COORDINATE_DASHES, rates_figure, schedule_figure
from landscape_lab.figures.styles import series_styles
from optim_core import SCHEDULES

SERIES = [np.stack([np.geomspace(1, 0.1, 30), np.geomspace(2, 0.001, 30)], axis=1), np.full((20, 2), 0.05)]
LABELS = ["Adagrad", "RMSprop"]


def lines(figure) -> list[Any]:
    return [each for each in figure.data if each.mode == "lines" and each.meta != "key"]


def test_entry_has_a_curve_for_each_coordinate():
    drawn = lines(rates_figure(SERIES, LABELS))
    assert [each.name for each in drawn] == [f"{label} · along {axis}" for label in LABELS for axis in "xy"]
    for i, each in enumerate(drawn):
        np.testing.assert_array_equal(each.y, SERIES[i // 2][:, i % 2])
        assert each.line.color == series_styles()[i // 2].color
        assert each.line.dash == COORDINATE_DASHES[i % 2]


def test_legend_names_each_entry_and_each_coordinate_once():
    figure: Any = rates_figure(SERIES, LABELS)
    assert [each.name for each in figure.data if each.showlegend] == [*LABELS, "along x", "along y"]


def test_axis_contains_every_positive_rate_and_others_are_gaps():
    series = [np.array([[1.0, 0.0], [np.inf, -2.0], [0.01, np.nan]])]
    figure: Any = rates_figure(series, ["one"])
    x, y = lines(figure)
    assert np.isnan(x.y).tolist() == [False, True, False]
    assert np.isnan(y.y).all()
    low, high = figure.layout["yaxis"].range
    assert low < -2 and high > 0


def test_schedule_is_drawn_as_used_in_the_run():
    steps = 40
    used = [np.array(SCHEDULES[key]().values(0.1, steps)) for key in ("one_cycle", "cosine")]
    heavy = np.array(SCHEDULES["one_cycle_momentum"]().values(0.9, steps))
    figure: Any = schedule_figure(used, ["one cycle", "cosine"], momenta=[heavy, None])
    first, second, momentum = lines(figure)
    np.testing.assert_array_equal(first.y, used[0])
    np.testing.assert_array_equal(second.y, used[1])
    np.testing.assert_array_equal(momentum.y, heavy)
    assert (first.yaxis, momentum.yaxis) == (None, "y2")
    assert momentum.line.color == series_styles()[0].color
    assert figure.layout["yaxis"].domain[0] > figure.layout["yaxis2"].domain[1]


def test_momentum_has_the_color_of_its_entry():
    figure: Any = schedule_figure([[1, 2], [2, 1]], ["a", "b"], momenta=[None, [0.9, 0.8]])
    assert lines(figure)[-1].line.color == series_styles()[1].color


def test_without_momentum_there_is_one_panel():
    for momenta in ((), (None, None)):
        figure: Any = schedule_figure([[1, 2], [2, 1]], ["a", "b"], momenta=momenta)
        assert len(lines(figure)) == 2
        assert figure.layout.to_plotly_json().keys().isdisjoint({"xaxis2", "yaxis2"})


def test_linear_axis_starts_at_zero_and_logarithmic_axis_omits_zero():
    rate = [[0.1, 0.01, 0.0]]
    assert schedule_figure(rate, ["a"]).layout["yaxis"].range[0] == 0
    logarithmic: Any = schedule_figure(rate, ["a"], rate_axis="log")
    assert np.isnan(lines(logarithmic)[0].y[-1])
    assert logarithmic.layout["yaxis"].range[0] < -2
