"""Translation of every text on its way to the screen, by gettext.

The source has the English texts. The catalogs of the other languages are in `ui/i18n/locale`; `make messages` keeps
them up to date. The language belongs to the session: a cache of translated texts needs it in its key.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import lru_cache
from gettext import translation
from html.entities import html5
from pathlib import Path
from threading import local
from typing import Any

import streamlit as st

from landscape_lab.experiments import Entry, Sentence
from landscape_lab.figures.figure_words import Words
from landscape_lab.ui.server.private import in_session

__all__ = [
    "LANGUAGES",
    "_",
    "aloud",
    "as_text",
    "dictionaries",
    "entry_name",
    "figure_words",
    "language",
    "language_of_browser",
    "letter",
    "say",
    "speak",
    "speaking",
    "unmarked",
]

LANGUAGES = {"en": "English", "zh": "中文"}
"""By the word that a link has for it, what each language calls itself."""
TAGS = {"en": "en", "zh": "zh-CN"}
"""What a browser calls it, so that it takes the right voice and the right shapes of the characters."""
LOCALE = Path(__file__).with_name("locale")

# Looked up once: gettext.gettext searches the disk for a catalog at every call, 200 times a run.
_CATALOGS = {
    name: translation("messages", str(LOCALE), [TAGS[name].replace("-", "_")], fallback=name == "en").gettext
    for name in LANGUAGES
}


_run = local()
"""What the script that runs in this thread has been told: a page asks 200 times, and a session answers slowly."""


def speak(name: str) -> None:
    """From here on, this run of the script speaks that language. Every run says it anew."""
    _run.language = name


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Use that language in this thread until the end of the block."""
    before = getattr(_run, "language", None)
    _run.language = name
    try:
        yield
    finally:
        if before is None:
            del _run.language
        else:
            _run.language = before


def language() -> str:
    """The language of the session that asks."""
    try:
        return _run.language
    except AttributeError:
        pass
    # Without a session it is a test, or a figure made by itself.
    return st.session_state.get("language", "en") if in_session() else "en"


def language_of_browser(locale: str | None) -> str:
    """The language for somebody whose browser prefers `locale`, such as "zh-TW"."""
    spoken = (locale or "").lower().partition("-")[0]
    return spoken if spoken in LANGUAGES else "en"


def _(text: str) -> str:
    """A text in the reader's language; a text that no catalog has, such as a name that somebody gave, as it is."""
    return _CATALOGS[language()](text) if text else ""


def dictionaries(texts: Iterable[str]) -> dict[str, dict[str, str]]:
    """These texts in every language but English, by its tag, for a browser that has to choose."""
    return {TAGS[name]: {text: _CATALOGS[name](text) for text in texts} for name in LANGUAGES if name != "en"}


def say(sentence: Sentence) -> str:
    """A sentence in the reader's language, with its values in place."""
    spoken = {name: _said(value) for name, value in sentence.values.items()}
    return replace(sentence, values=spoken).filled(_(sentence.template))


def _said(value: Any) -> Any:
    if isinstance(value, Sentence):
        return say(value)
    return _(value) if isinstance(value, str) else value


_POWER = re.compile(r"(−?[\d.]+)\s×\s10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_RAISED, _LOWERED = str.maketrans("+-0123456789", "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_COMMAND = re.compile(r"\\([A-Za-z]+)")


def aloud(text: str) -> str:
    """A printed text for a voice, which would leave out the little digits of a power of ten."""
    spoken = _("{number} times ten to the power of {power}")
    return _POWER.sub(lambda found: spoken.format(number=found[1], power=found[2].translate(_PLAIN)), text)


def letter(latex: str) -> str:
    """A symbol without LaTeX: `η` for `\\eta`, `σ₀²` for `\\sigma_0^2`."""
    # What TeX calls varphi is the plain phi of every font.
    found = _COMMAND.sub(lambda name: html5.get(f"{name[1].removeprefix('var')};", name[1]), latex)
    found = re.sub(r"_(\d)", lambda digit: digit[1].translate(_LOWERED), found)
    found = re.sub(r"\^([\d+-])", lambda sign: sign[1].translate(_RAISED), found)
    return re.sub(r"[{}_^]", "", found)


def unmarked(text: str) -> str:
    """A text whose formulas are letters, for a place that shows no LaTeX, and for a voice."""
    return re.sub(r"\$([^$]+)\$", lambda formula: letter(formula[1]), text)


def entry_name(entry: Entry) -> str:
    """The name that an entry was given, or else what it is made of."""
    return _(entry.name) if entry.name else " + ".join(_(layer.label) for layer in reversed(entry.layers))


def figure_words() -> Words:
    """The texts of the figures."""
    return _figure_words(language())


@lru_cache(maxsize=len(LANGUAGES))
def _figure_words(_language: str) -> Words:
    return Words(**{field.name: _(str(field.default)) for field in fields(Words)})


def as_text(text: str) -> str:
    """Text as Markdown that shows it just so. A link's words are hostile: as Markdown they could fetch a picture."""
    return re.sub(r"([\\`*_~\[\]!<>$:#&])", r"\\\1", text)
