"""Every text that a person reads passes through here on its way to the screen."""

import re
from gettext import translation

from experiments import Sentence

__all__ = ["_", "as_text", "say"]

# Looked up once: gettext.gettext searches the disk for a catalogue at every call, 200 times a run.
_ = translation("messages", fallback=True).gettext


def say(sentence: Sentence) -> str:
    """A sentence in the reader's language, with its values in place."""
    return sentence.filled(_(sentence.template))


def as_text(text: str) -> str:
    """Text as Markdown that shows it just so. A link's words are hostile: as Markdown they could fetch a picture."""
    return re.sub(r"([\\`*_~\[\]!<>$:#&])", r"\\\1", text)
