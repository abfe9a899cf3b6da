import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import ScenarioError
from landscapes import SURFACES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, knobs
from ui.controls import linear_step, number_text, read_number, setting_label, stops_of

KNOBS = [
    facts
    for registry in (OPTIMIZERS, SCHEDULES, SAMPLERS)
    for cls in registry.values()
    for facts in knobs(cls).values()
]


@pytest.mark.parametrize("facts", KNOBS, ids=lambda facts: facts.symbol)
def test_a_label_has_no_latex_in_it_which_a_voice_would_spell_out(facts):
    assert setting_label("path.to_it", facts.symbol).startswith("to it ")
    assert not set("$\\{}_^") & set(setting_label("path.to_it", facts.symbol))


def test_a_label_says_nothing_twice():
    labels = [setting_label(*told) for told in (("epsilon", r"\epsilon"), ("adam.beta1", r"\beta_1"), ("decay", "k"))]
    assert labels == ["ε", "β₁", "decay k"]


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9))
def test_the_text_of_a_number_reads_back(number):
    assert read_number(number_text(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "nan",
        "inf",
        "-1e999",
        "one",
        "1 2",
        "0x10",
        "1_0",
        "1_0__0",
        "1__0.5",
        "1.2.3",
        "1e",
        "e5",
        ".",
        "infinity",
        "1e1_0",
        "--1",
        "1,2,3",
    ],
)
def test_what_is_not_a_number_is_refused(text):
    with pytest.raises(ScenarioError, match="not a number"):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" 0,5 ", 0.5),
        (",5", 0.5),
        (".5", 0.5),
        ("5.", 5),
        ("−2", -2),
        ("+3", 3),
        ("1E−3", 0.001),
        ("１", 1),
        ("1e+2", 100),
    ],
)
def test_a_number_is_read_as_people_write_it(text, number):
    assert read_number(text) == number


def test_a_whole_number_is_demanded():
    assert read_number("1e3", whole=True) == 1000
    with pytest.raises(ScenarioError, match="whole"):
        read_number("2.5", whole=True)


@pytest.mark.parametrize("facts", [facts for facts in KNOBS if facts.scale == "log"], ids=lambda facts: facts.symbol)
def test_logarithmic_stops_cover_the_range_and_hold_the_value(facts):
    odd = facts.kind(facts.low + (facts.high - facts.low) * 0.618)
    stops = stops_of(facts, odd)
    assert stops == sorted(set(stops)) and stops[0] == facts.low and stops[-1] == facts.high and odd in stops
    assert all(isinstance(stop, facts.kind) for stop in stops)


SURFACE_KNOBS = [facts for surface in SURFACES.values() for facts in surface.knobs.values()]


@pytest.mark.parametrize("facts", [facts for facts in KNOBS + SURFACE_KNOBS if facts.kind is float])
def test_a_slider_reaches_its_ends_and_names_them_as_they_are(facts):
    """An end that is shown can be typed, and one that can be typed is reached by hand."""
    low, high = float(facts.low), float(facts.high)
    if stops := stops_of(facts, facts.default):
        assert (stops[0], stops[-1]) == (low, high) and facts.default in stops
        assert all(read_number(number_text(stop)) == stop for stop in stops)
    else:
        step = linear_step(low, high)
        assert low + round((high - low) / step) * step == pytest.approx(high, rel=1e-12)
        assert (float(f"{low:.4g}"), float(f"{high:.4g}")) == (low, high)  # as the slider prints them


def test_a_share_below_one_has_even_stops_and_its_own_end():
    stops = stops_of(knobs(OPTIMIZERS["adam"])["beta2"], 0.5)
    assert stops[:3] == [0, 0.01, 0.02] and stops[-3:] == [0.99, 0.999, 0.999999], "its default, too"


@given(st.floats(-100, 100), st.floats(1e-3, 100))
def test_a_linear_step_cuts_the_range_into_50_to_500_parts(low, width):
    assert 49.9 < width / linear_step(low, low + width) < 500.1
