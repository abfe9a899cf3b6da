"""Messages of the formula parser: errors, and notes on how a formula was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class FormulaError(ValueError):
    """Raised for a text that is not a formula, or is too large. `str()` is one English sentence.

    To translate it, translate `template` and fill in `values`. `column` counts from 1; it is None if the error has no
    position.
    """

    def __init__(self, template: str, column: int | None = None, **values: Any) -> None:
        self.template = template
        self.column = column
        self.values = {name: _brief(value) for name, value in values.items()}
        if column is not None:
            self.values["column"] = column
        super().__init__(template.format(**self.values))


@dataclass(frozen=True)
class Note:
    """How an ambiguous part of a formula was read: one sentence, built like that of a FormulaError."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


def _brief(value: Any) -> Any:
    """Shorten a text that a user typed and replace what is not printable, for use in a message."""
    if not isinstance(value, str):
        return value
    shown = "".join(c if c.isprintable() else "?" for c in value[:40])
    return shown + "…" if len(value) > 40 else shown
