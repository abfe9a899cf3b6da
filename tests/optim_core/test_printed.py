"""Numbers as a book has them."""

import pytest

from optim_core.printed import NARROW as GAP
from optim_core.printed import printed


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
def test_numbers_are_printed_as_in_a_book(number: str, shown: str):
    assert printed(number) == shown
