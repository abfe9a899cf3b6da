"""Parsing of the numbers printed on a figure."""

import re
from math import prod
from unicodedata import normalize


def read(text: str) -> float:
    """The number that the printed text stands for."""
    plain = re.sub("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"1e{normalize('NFKC', found[1])}", text).replace("−", "-")
    return prod(map(float, plain.split("×")))
