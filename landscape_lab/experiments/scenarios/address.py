"""Reading addresses, including queries that were typed by hand."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from landscapes.formula_functions import function_named

_FORMULA = re.compile(r'text\s*=\s*"([^"]*)"')
_BLANKS = re.compile(r" +")


DISPLAY_PARTS = ("lang", "type", "show", "hidden", "inspect", "camera", "view", "hide", "goal", "finest")
"""The parts of a link about the display, which do not change the scenario."""


def read_link(text: str) -> tuple[str, dict[str, str]]:
    """Split an address of the app, or the part after the question mark, into the page's name and the decoded parts.

    The name is "" for a query alone. In a plain text such as `surface=bowl&steps=20`, which is not URL-encoded, a plus
    means a plus; in `networks?data=moons` it means a blank.
    """
    if "://" in text or re.match(r"[a-z_]*\?", text):
        place, _, query = text.partition("#")[0].partition("?")
        path = place.partition("://")[2].partition("/")[2] if "://" in place else place
        return path.rstrip("/").rpartition("/")[2], parts_of(query)
    parts = (part.partition("=") for part in text.split("&"))
    return "", {name: value for name, _equals, value in parts if name}


def parts_of(query: str) -> dict[str, str]:
    """Return the decoded parts of a query; of parts with the same name the last."""
    return with_pluses(dict(parse_qsl(query, keep_blank_values=True)), query)


def with_pluses(parts: Mapping[str, str], query: str) -> dict[str, str]:
    """Return the decoded parts of `query` with the pluses between two operands of a formula restored.

    In a query + encodes a blank, so that text="x^2+y^2" would be read as the product x^2 y^2. The links of the app
    encode a plus as %2B and have no blank between two operands: a + there was typed by hand.
    """
    literal = dict(parse_qsl(query.replace("+", "%2B"), keep_blank_values=True))
    return {
        name: _restored(value, literal.get(name, "")) if name == "surface" else value for name, value in parts.items()
    }


def _restored(decoded: str, literal: str) -> str:
    formula = _FORMULA.search(decoded)
    if formula is None or decoded.replace(" ", "+") != literal.replace(" ", "+"):
        return decoded
    start, end = formula.span(1)

    def plus(blanks: re.Match[str]) -> str:
        before, after = decoded[start : blanks.start()], decoded[blanks.end() : end]
        typed = "+" in literal[blanks.start() : blanks.end()]
        return "+" if typed and _ends_operand(before) and _starts_operand(after) else blanks.group()

    out, here = decoded[:start], start
    for blanks in _BLANKS.finditer(decoded, start, end):
        out += decoded[here : blanks.start()] + plus(blanks)
        here = blanks.end()
    return out + decoded[here:]


def _ends_operand(text: str) -> bool:
    name = re.search(r"[A-Za-z]*$", text)
    function = name is not None and function_named(name.group())
    return bool(text) and not function and text[-1] not in "+-*/^%,;=([{−–·×÷√"


def _starts_operand(text: str) -> bool:
    return bool(text) and text[0] not in "+-*/^%,;=)]}−–·×÷!"
