"""Every common spelling of a formula has its intended meaning; an ambiguous one raises a clear error."""

import math

import numpy as np
import pytest
from mpmath import mp

from landscapes import FormulaError, parse_formula
from landscapes.formula_graph import Tape
from landscapes.formula_text import Written, read
from tests.landscapes.formula_corpus import REFUSED
from tests.landscapes.formula_spellings import MEANINGS, SENTENCES

POINTS = ((0.7, 0.4), (0.31, 1.3))
NAMES = {
    **{name: getattr(math, name) for name in dir(math) if not name.startswith("_")},
    **{"abs": abs, "max": max, "min": min, "round": round, "cbrt": lambda u: u ** (1 / 3)},
}
"""Functions of plain Python; at the points of the tests nothing is negative under a root."""
EXACT = {name: getattr(mp, name, function) for name, function in NAMES.items()} | {
    **{"abs": mp.fabs, "max": max, "min": min, "round": mp.nint, "trunc": mp.floor, "log2": lambda u: mp.log(u, 2)},
}


def value(written: Written, x: float, y: float) -> float:
    return float(Tape(written.graph, ("x", "y"), [written.value])(np.float64(x), np.float64(y))[0])


@pytest.mark.parametrize("meaning", MEANINGS)
def test_every_spelling_has_the_value_of_its_meaning(meaning: str):
    for text in MEANINGS[meaning]:
        written = read(text)
        assert written.parameters == (), text
        for x, y in POINTS:
            assert value(written, x, y) == pytest.approx(eval(meaning, NAMES, {"x": x, "y": y}), rel=1e-12), text
        again = read(written.text)
        assert again.text == written.text and all(value(again, *at) == value(written, *at) for at in POINTS), text


@pytest.mark.parametrize("meaning", MEANINGS)
def test_derivatives_are_those_of_its_meaning(meaning: str):
    def height(x, y):
        return mp.mpf(eval(meaning, dict(EXACT), {"x": x, "y": y}))

    surface = parse_formula(MEANINGS[meaning][0])
    for point in POINTS:
        slope = [float(mp.diff(height, point, order)) for order in ((1, 0), (0, 1))]
        bend = [[float(mp.diff(height, point, order)) for order in row] for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))]
        assert surface.gradient(point) == pytest.approx(np.array(slope), rel=1e-6, abs=1e-6)
        assert surface.hessian(point) == pytest.approx(np.array(bend), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("text", SENTENCES)
def test_ambiguous_spelling_raises_a_clear_error(text: str):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert SENTENCES[text] in str(caught.value)
    column = caught.value.column
    assert column is None or 1 <= column <= len(text)


def test_error_suggests_no_other_formula():
    for text in [*SENTENCES, *REFUSED]:
        with pytest.raises(FormulaError) as caught:
            parse_formula(text)
        assert "did you mean" not in str(caught.value) and "near" not in caught.value.values


def test_corpus_has_enough_spellings():
    assert len({text for texts in MEANINGS.values() for text in texts}) >= 450 and len(SENTENCES) >= 70


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("x + y", []),
        ("x₁ + x₂", ["x₁ is x, and x₂ is y."]),
        ("theta0 + theta_1", ["θ₀ is x, and θ₁ is y."]),
        ("f(u, v) = u + v", ["u is x, and v is y."]),
        ("f(t) = t^2", ["t is x."]),
        ("w_2^2", ["w₂ is y."]),
        ("Y^2", ["Y is y."]),
        ("log(x) + ln(y)", ["“log” is the natural logarithm, ln. To base 10 it is log10, to base 2 it is log2."]),
        ("sin⁻¹(x)", ["“sin⁻¹” is the inverse function, asin."]),
        ("sinc(x)", ["“sinc” is NumPy's: sinc(x) = sin(πx)/(πx)."]),
        ("floor(x) + floor(y)", ["“floor” is level between its jumps: its gradient is 0 there."]),
    ],
)
def test_interpretation_is_reported(text: str, notes: list[str]):
    assert [str(note) for note in parse_formula(text).notes] == notes


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("½x² + √2x", "√"),
        ("𝑥² + αy", "α"),
        (r"\frac{x}{2} + \foo y", r"\foo"),
        ("  x₁ + q₃", "q"),
        ("⌊x⌋ + sine(x)", "sine"),
    ],
)
def test_error_points_at_the_typed_text(text: str, part: str):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert caught.value.column == text.index(part) + 1
