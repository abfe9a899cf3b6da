"""What reading a formula may end in besides a formula: an error, or a note on how it was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class FormulaError(ValueError):
    """A text that is no formula, or one that is too large. `str()` says what is wrong with it in one English sentence.

    To translate it, translate `template` and fill in `values`; `column` counts from 1, and is None where no place is
    to blame.
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
    """How a part of a formula was read, where people mean different things by it: one sentence, as in FormulaError."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


def _brief(value: Any) -> Any:
    """What is repeated to the reader is short and printable, whatever was typed."""
    if not isinstance(value, str):
        return value
    shown = "".join(c if c.isprintable() else "?" for c in value[:40])
    return shown + "…" if len(value) > 40 else shown
