"""Figures of a fair comparison: candidate rates, races on equal axes, profiles and printed notes."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from landscape_lab.experiments import RACES, race
from landscape_lab.figures.axes import layout
from landscape_lab.figures.footnotes import WIDTH, with_footnotes
from landscape_lab.figures.profile import profile_figure
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.theme import DARK
from landscape_lab.figures.tuning import before_and_after, tuning_figure

RATES = np.geomspace(1e-3, 1, 4)


def tuned(log: bool = True) -> Any:
    losses = [np.array([1.0, 0.1, 1e-30, np.inf]), np.array([2.0, 1.0, 0.5, 0.25]), []]
    return tuning_figure(
        [RATES, RATES, []], losses, ["a", "b", "c"], [2, 3, 0], [(1e-3, 1.0), (1.0, 0.25), (np.nan, 3)], log=log
    )


def test_head_marks_the_chosen_rate_and_ring_the_given_one():
    figure = tuned()
    heads = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [(trace.x[0], trace.y[0]) for trace in heads] == [(RATES[2], 1e-16), (1.0, 0.25)]
    rings = [trace for trace in figure.data if trace.meta == "given"]
    assert [(ring.x[0], ring.y[0]) for ring in rings] == [(1e-3, 1.0), (1.0, 0.25)]
    assert {trace.name for trace in figure.data if trace.showlegend} == {"a", "b"}


def test_diverged_rate_is_a_gap():
    line = tuned().data[0]
    assert np.isnan(line.y[3]) and line.y[2] == 1e-16
    assert tuned(log=False).data[0].y[2] == 1e-30


def test_both_races_have_the_same_axes():
    paths = race(RACES["rates"].scenario).trajectories
    before: Any
    after: Any
    before, after = before_and_after(paths[:2], paths[1:3], ["a", "b"], minimum=0.0)
    for name in ("xaxis", "yaxis"):
        assert before.layout[name].range == after.layout[name].range
        assert before.layout[name].dtick == after.layout[name].dtick
    assert before.layout.xaxis.title.text == "gradient evaluations"


def test_profile_rises_from_the_fastest_to_the_share_solved():
    figure: Any = profile_figure([[1.0, 1.0, 3.0, np.inf], [2.0, 5.0, 1.0, np.inf], [np.inf] * 4], ["a", "b", "c"])
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [line.y[0] for line in lines] == [0.5, 0.25, 0.0]
    assert [line.y[-1] for line in lines] == [0.75, 0.75, 0.0]
    assert all(np.all(np.diff(line.y) >= 0) for line in lines)
    assert {line.line.shape for line in lines} == {"hv"}
    assert lines[0].line.color == series_styles()[0].color
    assert figure.layout.xaxis.type == "log" and 10 ** figure.layout.xaxis.range[1] == pytest.approx(5.5)


def test_profile_without_solved_starts_is_valid():
    figure: Any = profile_figure([[np.inf, np.inf]], ["a"])
    assert figure.data[0].y.tolist() == [0.0, 0.0]


def test_notes_are_printed_below_and_enlarge_the_margin():
    sentences = ["Tuned: the learning rate alone, forty-nine values, evenly on a logarithmic axis.", "Nothing else."]
    plain = profile_figure.as_dict([[1.0]], ["a"], dark=True)
    noted: Any = go.Figure(with_footnotes(plain, sentences, dark=True))
    lines = noted.layout.annotations[0].text.split("<br>")
    assert " ".join(lines) == " ".join(sentences)
    assert max(map(len, lines)) <= WIDTH
    (chinese,) = with_footnotes({"layout": {}}, ["在对数轴上均匀取四十九个值，" * 4])["layout"]["annotations"]
    wide = chinese["text"].split("<br>")
    assert len(wide) == 3 and max(map(len, wide)) <= WIDTH // 2 and not any(line.startswith("，") for line in wide)
    assert noted.layout.margin.b > plain["layout"]["margin"]["b"]
    assert noted.layout.annotations[0].font.color == DARK.muted
    assert with_footnotes(plain, []) == plain


def test_figures_have_a_dark_theme():
    figure: Any = tuning_figure([RATES], [RATES], ["a"], [0], [(1, 1)], dark=True)
    assert figure.layout.paper_bgcolor == DARK.paper
    assert layout(DARK)["paper_bgcolor"] == DARK.paper
