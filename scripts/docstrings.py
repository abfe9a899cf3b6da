"""A griffe extension that converts docstrings to Markdown for the API reference."""

import re
from typing import Any

from griffe import Extension, Object

_TERM = re.compile(r"(\w+)  +(\S.*)")
"""The first line of an item in an aligned list: a name, two or more spaces, its meaning."""


class PlainDocstrings(Extension):
    """Converts the project's docstrings, which are plain text with aligned lists, to Markdown."""

    def on_object(self, *, obj: Object, **_others: Any) -> None:
        if obj.docstring:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(text: str) -> str:
    """A docstring as Markdown: code stays code, `*batch` keeps its star, aligned lists become lists."""
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
    """Escape stars, underscores and brackets outside of code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([*_<>\[\]])", r"\\\1", part) for part in parts)
