"""How a number stands in a text, a table or a picture: as a book has it."""

NARROW = "\N{NARROW NO-BREAK SPACE}"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def printed(number: str) -> str:
    """A formatted number as a book has it: −1.5 for -1.5, 3 × 10⁻⁹ for 3e-09, and no line breaks within."""
    mantissa, e, exponent = number.partition("e")
    power = int(exponent) if e and float(mantissa) else 0
    times = f"{NARROW}×{NARROW}10{str(power).translate(SUPERSCRIPTS)}"
    return mantissa.replace("-", "−") + (times if power else "")


def exactly(value: float) -> str:
    """A number with all its digits, so that one just beyond a limit does not read like the limit."""
    short = f"{value:g}"
    return printed(short if float(short) == value else repr(float(value)).removesuffix(".0"))
