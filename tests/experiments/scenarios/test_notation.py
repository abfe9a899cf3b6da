import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape_lab.experiments import ScenarioError
from landscape_lab.experiments.scenarios.notation import MAX_DEPTH, MAX_LENGTH, Call, read, write

names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in ("true", "false"))
numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_characters='"\\'), max_size=10)


def calls(values):
    return st.builds(Call, names, st.dictionaries(names, values, max_size=3), st.none() | numbers)


values = st.recursive(numbers | st.booleans() | texts, lambda inner: inner | calls(inner), max_leaves=6)


@given(st.lists(values, min_size=1, max_size=4))
def test_what_is_written_reads_back(wanted):
    assert read(",".join(map(write, wanted))) == wanted


@given(st.text(max_size=60) | st.text('abc(),=*1.e+-" ', max_size=60))
def test_any_text_is_read_or_refused_with_a_sentence(text):
    try:
        read(text)
    except ScenarioError as error:
        assert str(error)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        "a(",
        "a(b",
        "a(b=",
        "a(b=1",
        "a(b=1,",
        "a(b=1 c=2)",
        "a)",
        "1,",
        "*a",
        "1*2",
        '"open',
        "a.b",
        "a(b=1,b=2)",
        "nan(",
        "é",
        "a\0",
    ],
)
def test_broken_text_is_refused(text):
    with pytest.raises(ScenarioError):
        read(text)


@pytest.mark.parametrize("text", ["1e999", "-1e999", "9" * 400])
def test_numbers_beyond_floats_are_refused(text):
    with pytest.raises(ScenarioError, match="too large"):
        read(text)


def test_depth_is_bounded():
    deep = "a(b=" * MAX_DEPTH + "1" + ")" * MAX_DEPTH
    assert isinstance(read(deep)[0], Call)
    with pytest.raises(ScenarioError, match="deep"):
        read(f"a(b={deep})")


def test_length_is_bounded():
    with pytest.raises(ScenarioError, match="too long"):
        read("a" * (MAX_LENGTH + 1))


def test_a_number_is_written_as_short_as_it_can_be():
    assert [write(value) for value in (1.0, 0.05, -2.5, 1e-8, 1e22)] == ["1", "0.05", "-2.5", "1e-08", "1e+22"]
    assert write(-0.0) == "0"  # the sign of zero is the one thing that is not kept
