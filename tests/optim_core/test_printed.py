"""Numbers are printed as in a textbook."""

import pytest

from optim_core.printed import NARROW as GAP
from optim_core.printed import exactly, printed


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("1.5", "1.5"),
        ("-1.5", "−1.5"),
        ("3e-09", f"3{GAP}×{GAP}10⁻⁹"),
        ("-2.5e+12", f"−2.5{GAP}×{GAP}10¹²"),
        ("3e+00", "3"),
        ("0e+00", "0"),
        ("nan", "nan"),
        ("-inf", "−inf"),
        ("-12%", "−12%"),
    ],
)
def test_numbers_are_printed_as_in_a_textbook(number: str, shown: str):
    assert printed(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.001, "0.001"),
        (-1.5, "−1.5"),
        (10**9, f"1{GAP}×{GAP}10⁹"),
        (2**32 - 1, "4294967295"),
        (2.0000001, "2.0000001"),
        (1e-6, f"1{GAP}×{GAP}10⁻⁶"),
        (10**300, f"1{GAP}×{GAP}10³⁰⁰"),
        (float("nan"), "nan"),
    ],
)
def test_number_beyond_a_limit_is_not_printed_as_the_limit(number: float, shown: str):
    assert exactly(number) == shown
