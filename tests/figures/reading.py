"""Numbers on a picture, read again."""

import re
from math import prod
from unicodedata import normalize


def read(text: str) -> float:
    """The number that was printed."""
    plain = re.sub("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"1e{normalize('NFKC', found[1])}", text).replace("−", "-")
    return prod(map(float, plain.split("×")))
