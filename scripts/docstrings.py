"""Docstrings as Markdown, for the reference of the API: mkdocstrings reads them through this extension."""

import re
from typing import Any

from griffe import Extension, Object

_TERM = re.compile(r"(\w+)  +(\S.*)")
"""The first line of an entry in an aligned list: a name, two or more spaces, its meaning."""


class PlainDocstrings(Extension):
    """Our docstrings are plain text: stars are stars, and aligned lists are lists."""

    def on_object(self, *, obj: Object, **_others: Any) -> None:
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(text: str) -> str:
    """A docstring as Markdown that shows what it says: code as code, `*batch` with its star, aligned lists as lists."""
    return "\n\n".join(_block(block) for block in re.split(r"\n\s*\n", text))


def _block(text: str) -> str:
    lines = text.splitlines()
    if text.startswith("    ") or text.lstrip().startswith(">>>"):
        return text
    if _TERM.fullmatch(lines[0]) and all(line.startswith("  ") or _TERM.fullmatch(line) for line in lines):
        entries = (
            found.expand(r"- `\1`: ") + _escaped(found[2])
            if (found := _TERM.fullmatch(line))
            else "  " + _escaped(line.strip())
            for line in lines
        )
        return "\n".join(entries)
    return _escaped(text)


def _escaped(text: str) -> str:
    """Without a meaning for stars, low lines and angle brackets outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*_<>\[\]])", r"\\\1", part) for part in parts)
