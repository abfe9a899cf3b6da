"""Sentences with numbers in them."""

from collections.abc import Mapping

import numpy as np
import pytest

from landscape_lab.experiments import Sentence
from optim_core.printed import NARROW as GAP


@pytest.mark.parametrize(
    ("template", "values", "shown"),
    [
        ("{a:.0e} and {b:.2g}", {"a": 3.2e-9, "b": np.float64(-1.04)}, f"3{GAP}×{GAP}10⁻⁹ and −1"),
        ("{a} of {b}, {c:.0%}", {"a": 3, "b": "a-b 1e-05", "c": 0.5}, "3 of a-b 1e-05, 50%"),
        ("at {a:.3g}, {b:.0%}, {c:.1f}", {"a": np.nan, "b": np.inf, "c": -np.inf}, "at –, ∞, −∞"),
        ("$-\\nabla L$: {a:+.2f}", {"a": -0.5}, "$-\\nabla L$: −0.50"),
    ],
)
def test_only_numbers_are_changed(template: str, values: Mapping[str, object], shown: str):
    assert str(Sentence(template, dict(values))) == shown


def test_a_translation_gets_the_same_numbers():
    assert Sentence("loss {loss:.0e}", {"loss": 2e-5}).filled("Verlust {loss:.0e}") == f"Verlust 2{GAP}×{GAP}10⁻⁵"
