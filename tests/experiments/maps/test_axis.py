"""One side of a map, and its text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape_lab.experiments import ScenarioError
from landscape_lab.experiments.maps import Axis
from landscape_lab.experiments.scenarios.scenario import Entry
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, knobs

finite = st.floats(-1e6, 1e6)


@given(st.sampled_from(["x", "learning_rate", "inner.beta1"]), finite, finite, st.sampled_from(["linear", "log"]))
def test_text_reads_back_to_the_same_axis(setting: str, low: float, high: float, scale):
    try:
        axis = Axis(setting, low, high, scale)
    except ScenarioError:
        return
    assert Axis.from_text(axis.text) == axis


@pytest.mark.parametrize(
    "text",
    ["", "x", "x=1", "x=1:2:3", "x=1:2:log:log", "=1:2", "x=a:b", "x=2:1", "x=1:1", "x=0:1:log", "x=1e999:2", "9=1:2"],
)
def test_text_that_is_no_axis_gets_a_sentence(text: str):
    with pytest.raises(ScenarioError):
        Axis.from_text(text)


def test_values_are_at_the_middles_of_the_cells():
    assert Axis("x", 0, 1, count=4).values.tolist() == [0.125, 0.375, 0.625, 0.875]
    np.testing.assert_allclose(Axis("x", 1e-4, 1, "log", 4).values, [10**-3.5, 10**-2.5, 10**-1.5, 10**-0.5])


@given(st.floats(0, 0.9), st.floats(0.01, 0.1), st.sampled_from(["linear", "log"]))
def test_part_of_an_axis_lies_inside_it(begin: float, length: float, scale):
    axis = Axis("learning_rate", 1e-3, 2.0, scale)
    part = axis.part(begin + length, begin)
    assert axis.low <= part.low < part.high <= axis.high
    assert part == axis.part(begin, begin + length)
    assert axis.part(0, 1) == axis


@given(st.floats(-1, 2), st.floats(0.01, 1), st.sampled_from(["linear", "log"]))
def test_parts_of_an_axis_have_their_places_on_it(begin: float, length: float, scale):
    axis = Axis("learning_rate", 1e-3, 2.0, scale)
    part = axis.part(begin, begin + length) if scale == "log" else axis.part(abs(begin), abs(begin) + length)
    assert axis.place(part.high) - axis.place(part.low) == pytest.approx(length)
    assert axis.at(axis.place(part.low)) == pytest.approx(part.low)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_shortest_part_has_cells_that_float64_distinguishes(scale):
    axis = Axis("learning_rate", 1.0, 2.0, scale, 64)
    for begin in (0.0, 0.3, 0.9):
        assert axis.part(begin, begin + axis.shortest).fine_enough
        assert not axis.part(begin, begin + axis.shortest / 8).fine_enough


def test_limit_of_floating_point_is_seen():
    axis = Axis("x", 1.0, 2.0, count=1024)
    for _ in range(60):
        if not axis.fine_enough:
            break
        axis = axis.part(0.4, 0.6)
    assert 1e-14 < axis.high - axis.low < 1e-11
    assert not axis.fine_enough and np.diff(axis.values).min() < 4 * np.spacing(2.0)


@pytest.mark.parametrize(("optimizer", "setting"), [("momentum", "momentum"), ("adam", "learning_rate")])
def test_cells_may_have_the_values_at_the_ends_of_the_range_and_none_beyond(optimizer: str, setting: str):
    entry, facts = Entry(OPTIMIZERS[optimizer]()), knobs(OPTIMIZERS[optimizer])[setting]
    low, high = float(facts.low), float(facts.high)
    half, surface = (high - low) / 2, LANDSCAPES["bowl"]
    Axis(setting, low - half, high + half, count=2).fits(entry, surface)  # two cells, whose middles are the ends
    Axis(setting, low - half, low + half, count=1).fits(entry, surface)  # one cell with the lowest value
    for shift in (-0.01 * half, 0.01 * half):
        with pytest.raises(ScenarioError, match="is outside"):
            Axis(setting, low - half + shift, high + half + shift, count=2).fits(entry, surface)
