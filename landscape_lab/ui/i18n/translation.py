"""Translation of all texts that are shown, by gettext.

The source has the English texts. The catalogs of the other languages are in `ui/i18n/locale`; `make messages` keeps
them up to date. The language belongs to the session: a cache of translated texts needs it in its key.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from gettext import translation
from html.entities import html5
from pathlib import Path
from threading import local
from typing import Any

import streamlit as st

from landscape_lab.experiments import Entry, Sentence
from landscape_lab.figures.figure_words import Words, axis_names
from landscape_lab.ui.server.private import in_session
from landscapes import Landscape

__all__ = [
    "LANGUAGES",
    "_",
    "aloud",
    "as_text",
    "axis_names_of",
    "dictionaries",
    "entry_name",
    "figure_words",
    "language",
    "language_of_browser",
    "letter",
    "say",
    "say_content",
    "speak",
    "speaking",
    "unmarked",
]

LANGUAGES = {"en": "English", "zh": "中文"}
"""The name of each language in that language, by its value in a link."""
TAGS = {"en": "en", "zh": "zh-CN"}
"""The tag of each language for browsers, which choose voices and glyphs by it."""
LOCALE = Path(__file__).with_name("locale")

# Loaded once: gettext.gettext searches the disk for a catalog at every call, 200 times per run.
_CATALOGS = {
    name: translation("messages", str(LOCALE), [TAGS[name].replace("-", "_")], fallback=name == "en").gettext
    for name in LANGUAGES
}


_run = local()
"""The language of the script that runs in this thread. A page needs it 200 times, and the session state is slow."""


def speak(name: str) -> None:
    """Set the language of this run of the script."""
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
    """Return the language of the current session."""
    try:
        return _run.language
    except AttributeError:
        pass
    # Without a session it is a test, or a figure made by itself.
    return st.session_state.get("language", "en") if in_session() else "en"


def language_of_browser(locale: str | None) -> str:
    """Return the language for a browser that prefers `locale`, such as "zh-TW"."""
    spoken = (locale or "").lower().partition("-")[0]
    return spoken if spoken in LANGUAGES else "en"


def _(text: str) -> str:
    """Translate a text to the user's language. Texts that no catalog has, such as a user's names, are unchanged."""
    return _CATALOGS[language()](text) if text else ""


def dictionaries(texts: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return these texts in every language but English, by the tag of the language, for translation in a browser."""
    return {TAGS[name]: {text: _CATALOGS[name](text) for text in texts} for name in LANGUAGES if name != "en"}


def say(sentence: Sentence) -> str:
    """Translate a sentence to the user's language and insert its values."""
    return say_content(Sentence(_(sentence.template), sentence.values))


def say_content(sentence: Sentence) -> str:
    """Insert the translated values of a sentence that comes from the content, in the user's language already."""
    spoken = {name: _said(value) for name, value in sentence.values.items()}
    return str(Sentence(sentence.template, spoken))


def _said(value: Any) -> Any:
    if isinstance(value, Sentence):
        return say(value)
    return _(value) if isinstance(value, str) else value


_POWER = re.compile(r"(−?[\d.]+)\s×\s10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_RAISED, _LOWERED = str.maketrans("+-0123456789", "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_COMMAND = re.compile(r"\\([A-Za-z]+)")


def aloud(text: str) -> str:
    """Return a printed text for screen readers, which would skip the superscript digits of a power of ten."""
    spoken = _("{number} times ten to the power of {power}")
    return _POWER.sub(lambda found: spoken.format(number=found[1], power=found[2].translate(_PLAIN)), text)


def letter(latex: str) -> str:
    """Return a symbol without LaTeX: `η` for `\\eta`, `σ₀²` for `\\sigma_0^2`."""
    # What TeX calls varphi is the plain phi of every font.
    latex = re.sub(r"\\math(rm|cal)\s*", "", latex)
    found = _COMMAND.sub(lambda name: html5.get(f"{name[1].removeprefix('var')};", name[1]), latex)
    found = re.sub(r"_(\d)", lambda digit: digit[1].translate(_LOWERED), found)
    found = re.sub(r"\^([\d+-])", lambda sign: sign[1].translate(_RAISED), found)
    return re.sub(r"[{}_^]", "", found)


def unmarked(text: str) -> str:
    """Return a text with its formulas as plain letters, where LaTeX cannot be shown, and for screen readers."""
    return re.sub(r"\$([^$]+)\$", lambda formula: letter(formula[1]), text)


def entry_name(entry: Entry) -> str:
    """Return the name of an entry, by default the names of its layers."""
    return _(entry.name) if entry.name else " + ".join(_(layer.label) for layer in reversed(entry.layers))


def figure_words() -> Words:
    """The texts of the figures."""
    return _figure_words(language())


def axis_names_of(landscape: Landscape) -> tuple[str, str]:
    """What the axes of a surface are called."""
    return axis_names(landscape, figure_words())


@lru_cache(maxsize=len(LANGUAGES))
def _figure_words(_language: str) -> Words:
    return Words(**{field.name: _(str(field.default)) for field in fields(Words)})


def as_text(text: str) -> str:
    """Escape a text for Markdown. Texts from links are hostile: as Markdown they could load a picture."""
    return re.sub(r"([\\`*_~\[\]!<>$:#&])", r"\\\1", text)
