"""Translatable sentences: an English template and the values to insert into it."""

import re
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any

from optim_core.printed import NARROW, printed

_INSERTED = re.compile(r"\{(?P<name>\w+)(?::(?P<spec>[^{}]*))?\}")


class _Printed(float):
    """A float that is formatted by a template as all numbers of the app are printed; a dash if it is not defined."""

    def __format__(self, spec: str) -> str:
        if not isfinite(self):
            return {inf: "∞", -inf: "−∞"}.get(self, "–")
        return printed(super().__format__(spec))


@dataclass(frozen=True)
class Sentence:
    """A translatable sentence. `str()` gives it in English; the user interface translates `template` and every value
    that is a text."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.filled(self.template)

    def filled(self, template: str) -> str:
        """Insert the values into `template`, which is the sentence's own or a translation of it.

        Braces that name no value stay as they are, for a sentence may contain LaTeX.
        """
        return _INSERTED.sub(self._inserted, template)

    def _inserted(self, found: re.Match[str]) -> str:
        if found["name"] not in self.values:
            return found[0]
        value = self.values[found["name"]]
        return format(_Printed(value) if isinstance(value, float) else value, found["spec"] or "")


def word(text: str) -> str:
    """Mark a label, or a value of a sentence, for extraction into the catalogs; returns the text unchanged."""
    return text


SPELLED = {
    "adam": "Adam",
    "armijo": "Armijo constant",
    "batch_norm": "batch normalisation",
    "div": "start divisor",
    "eta_minus": "decrease factor",
    "eta_plus": "increase factor",
    "held_out_share": "held-out share",
    "l2": "L2 penalty",
    "step_max": "largest step size",
    "step_min": "smallest step size",
    "tail_div": "tail divisor",
}
"""The names of settings whose fields, which links contain, are abbreviations."""


def in_words(name: str) -> str:
    """Return the name of a setting as it is shown beside its slider: `learning rate` for `learning_rate`."""
    return SPELLED.get(name) or name.replace("_", " ")


class ScenarioError(ValueError):
    """An invalid scenario, link or setting; `sentence` describes the error for the user."""

    def __init__(self, template: str, **values: Any) -> None:
        self.sentence = Sentence(template, {name: _brief(value) for name, value in values.items()})
        super().__init__(str(self.sentence))


JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
"""Characters that are not printable alone: they join the characters on both sides, in emoji and in Persian."""


def is_printable(text: str) -> bool:
    """Return whether a text is safe to show: no control characters and no changes of the writing direction.

    Joiners are allowed between two other characters.
    """
    alone = any(c in JOINERS and (place in (0, len(text) - 1)) for place, c in enumerate(text))
    return not alone and all(c.isprintable() or c in JOINERS for c in text)


def _brief(value: Any) -> Any:
    """Return a value that is safe to show: text from a link is hostile, so it is shortened and made printable."""
    if not isinstance(value, str):
        return value
    shown = "".join(c if c.isprintable() or c in JOINERS or c == NARROW else "?" for c in value[:40])
    return shown + "…" if len(value) > 40 else shown
