"""Every text that a person reads passes through here on its way to the screen."""

from gettext import gettext

from experiments import Sentence

__all__ = ["_", "say"]

_ = gettext


def say(sentence: Sentence) -> str:
    """A sentence in the reader's language, with its values in place."""
    return _(sentence.template).format(**sentence.values)
