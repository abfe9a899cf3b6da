from typing import Any

from landscape_lab.figures.bars import share_figure


def test_a_bar_is_as_long_as_its_share_and_says_its_count():
    figure: Any = share_figure(["plain", "noisy"], [0, 61], [100, 122], title="reached the better minimum")
    bar: Any = figure.data[0]
    assert bar.x == (0.0, 0.5)
    assert [each.text for each in figure.layout["annotations"]] == [
        "<b>0 of 100</b> · plain",
        "<b>61 of 122</b> · noisy",
    ]
    assert figure.layout["xaxis"].title.text == "reached the better minimum"
    assert figure.layout["xaxis"].range == (0.0, 1.0)


def test_the_first_label_is_on_top_and_its_text_above_its_bar():
    figure: Any = share_figure(["a", "b", "c"], [1, 2, 3], [4, 4, 4])
    bar: Any = figure.data[0]
    assert bar.y == (2, 1, 0)
    low, high = figure.layout["yaxis"].range
    for place, each in zip(bar.y, figure.layout["annotations"], strict=True):
        assert low < place < each.y < high


def test_nothing_of_nothing_has_no_share():
    bar: Any = share_figure(["never run"], [0], [0]).data[0]
    assert bar.x == (None,)


def test_the_figure_grows_with_its_bars():
    one, two = (share_figure(["a"] * n, [1] * n, [2] * n).layout["height"] for n in (1, 2))
    assert two > one
