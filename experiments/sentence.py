"""A sentence for people that can be translated: its English template, and the values that go into it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sentence:
    """`str()` gives it in English; the user interface translates `template` first. Values are names and numbers."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


class ScenarioError(ValueError):
    """A scenario, link or setting that cannot be used; `sentence` says to a person what is wrong with it."""

    def __init__(self, template: str, **values: Any) -> None:
        self.sentence = Sentence(template, {name: _brief(value) for name, value in values.items()})
        super().__init__(str(self.sentence))


def _brief(value: Any) -> Any:
    """Text from a link is hostile: what is repeated to the reader is short and printable."""
    if not isinstance(value, str):
        return value
    shown = "".join(c if c.isprintable() else "?" for c in value[:40])
    return shown + "…" if len(value) > 40 else shown
