"""Links typed by hand: a plus in the address is the plus that was typed, wherever it matters."""

from urllib.parse import quote, quote_plus, urlencode

import pytest

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.scenarios.address import parts_of
from landscapes import parse_formula
from tests.landscapes.formula_corpus import HONEST, ODD

SUMS = [
    "x^2+y^2",
    "x^2 + y^2",
    "(1-x)^2+100(y-x^2)^2",
    "sin(x)+cos(y)",
    "a*x^2+|y|+3",
    "x²+½y²+√(y+3)",
    "1e+2*x+y",
    "2e+x+y",
    "max(x+1,y+2)+.5",
    "[x+1]*{y+2}",
    "x+ln(y+3)+sin x",
    "+x-+y",
]


def shown(query: str) -> str:
    return Scenario.from_query(parts_of(query)).landscape.expression


@pytest.mark.parametrize("text", SUMS)
def test_a_plus_typed_by_hand_is_a_plus(text):
    for typed in (text, text.replace(" ", "%20"), text.replace("^", "%5E").replace('"', "%22")):
        assert shown(f'surface=formula(text="{typed}")&steps=40') == parse_formula(text).expression


def test_a_blank_typed_by_hand_is_a_blank():
    assert shown('surface=formula(text="x%20y")') == "x*y"
    assert shown('surface=formula(text="sin+x%20+y")') == "sin(x) + y"


@pytest.mark.parametrize("text", [*HONEST, *ODD[:40], *SUMS])
def test_links_of_the_app_read_the_same_in_every_encoding(text):
    scenario = Scenario.from_query({"surface": f'formula(text="{text}")', "lanes": 'adam(name="a + b c")'})
    parts = scenario.to_query()
    for encoded in (
        urlencode(parts),
        urlencode(parts, quote_via=quote),
        urlencode(parts, quote_via=quote_plus, safe="()"),
    ):
        assert Scenario.from_query(parts_of(encoded)) == scenario


BROKEN = ["", "surface", "surface=", "surface=formula(text=", "+=+", "a&&b", "surface=%ff+%zz",
          'surface=formula(text="+ +")', 'surface=formula(text="+")&surface=formula(text="x+y")']  # fmt: skip


@pytest.mark.parametrize("query", BROKEN)
def test_any_query_is_taken_apart(query):
    assert all(isinstance(value, str) for value in parts_of(query).values())
