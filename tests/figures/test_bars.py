from typing import Any

from landscape_lab.figures.bars import share_figure


def test_bar_has_the_length_of_its_share_and_is_labelled_with_its_count():
    figure: Any = share_figure(["plain", "noisy"], [0, 61], [100, 122], title="reached the better minimum")
    bar: Any = figure.data[0]
    assert bar.x == (0.0, 0.5)
    assert [each.text for each in figure.layout["annotations"]] == [
        "<b>0 of 100</b> · plain",
        "<b>61 of 122</b> · noisy",
    ]
    assert figure.layout["xaxis"].title.text == "reached the better minimum"
    assert figure.layout["xaxis"].range == (0.0, 1.0)


def test_first_label_is_on_top_with_its_text_above_its_bar():
    figure: Any = share_figure(["a", "b", "c"], [1, 2, 3], [4, 4, 4])
    bar: Any = figure.data[0]
    assert bar.y == (2, 1, 0)
    low, high = figure.layout["yaxis"].range
    for place, each in zip(bar.y, figure.layout["annotations"], strict=True):
        assert low < place < each.y < high


def test_share_of_an_empty_total_is_undefined():
    bar: Any = share_figure(["never run"], [0], [0]).data[0]
    assert bar.x == (None,)


def test_figure_height_grows_with_its_bars():
    one, two = (share_figure(["a"] * n, [1] * n, [2] * n).layout["height"] for n in (1, 2))
    assert two > one
