"""Texts made of several, with the punctuation of the reader's language between them."""

from collections.abc import Iterable
from functools import reduce

from landscape_lab.ui.i18n.translation import _


def labelled(label: str, text: str) -> str:
    """Return a text after its label, such as `Source: Polyak 1964`."""
    return _("{label}: {text}").format(label=label, text=text)


def in_turn(names: Iterable[str]) -> str:
    """Return names, at least one, as a list."""
    return _joined(names, _("{name}, {next}"), "name")


def paragraph(sentences: Iterable[str]) -> str:
    """Return sentences, at least one, after each other."""
    return _joined(sentences, _("{sentence} {next}"), "sentence")


def _joined(parts: Iterable[str], pattern: str, first: str) -> str:
    return reduce(lambda before, part: pattern.format(**{first: before, "next": part}), parts)
