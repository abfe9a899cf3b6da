"""A sentence for people that can be translated: its English template, and the values that go into it."""

from dataclasses import dataclass, field
from typing import Any

from optim_core.printed import NARROW, printed


class _Printed(float):
    """A float that a template's format writes as it is printed."""

    def __format__(self, spec: str) -> str:
        return printed(super().__format__(spec))


@dataclass(frozen=True)
class Sentence:
    """`str()` gives it in English; the user interface translates `template` first, and every value that is a text."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.filled(self.template)

    def filled(self, template: str) -> str:
        """This template, the sentence's own or a translation of it, with the values in place."""
        values = {name: _Printed(each) if isinstance(each, float) else each for name, each in self.values.items()}
        return template.format(**values)


def word(text: str) -> str:
    """A text that is a value in a sentence, or a label, as it is: it only marks it as one that is translated."""
    return text


def in_words(name: str) -> str:
    """A setting as a person calls it, and as it stands beside its slider: `learning rate`, not `learning_rate`."""
    return name.replace("_", " ")


class ScenarioError(ValueError):
    """A scenario, link or setting that cannot be used; `sentence` says to a person what is wrong with it."""

    def __init__(self, template: str, **values: Any) -> None:
        self.sentence = Sentence(template, {name: _brief(value) for name, value in values.items()})
        super().__init__(str(self.sentence))


JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Not printable by themselves: they shape the characters on both sides, in emoji of families and in Persian."""


def is_printable(text: str) -> bool:
    """Whether a text is safe to show: no control characters, and nothing that changes the direction of writing.

    Joiners are allowed between two other characters.
    """
    alone = any(c in JOINERS and (place in (0, len(text) - 1)) for place, c in enumerate(text))
    return not alone and all(c.isprintable() or c in JOINERS for c in text)


def _brief(value: Any) -> Any:
    """Text from a link is hostile: what is repeated to the reader is short and printable."""
    if not isinstance(value, str):
        return value
    shown = "".join(c if c.isprintable() or c in JOINERS or c == NARROW else "?" for c in value[:40])
    return shown + "…" if len(value) > 40 else shown
