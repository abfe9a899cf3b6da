"""Streamlit's own words: those that are told in other words are still the ones that it has."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from streamlit.file_util import get_static_dir

from landscape_lab.ui.i18n.streamlit_texts import SCRIPT, WORDS
from landscape_lab.ui.i18n.translation import LANGUAGES, TAGS


@cache
def scripts() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in Path(get_static_dir()).rglob("*.js"))


@pytest.mark.parametrize("text", WORDS)
def test_streamlit_still_says_it(text: str):
    parts = re.split(r"\{\w+\}|\. (?=[A-Z])", text)  # it may compose sentences
    assert all(part.strip() in scripts() for part in parts)


def test_every_language_has_them_all():
    line = next(line for line in SCRIPT.splitlines() if line.startswith("const DICTIONARIES"))
    told = json.loads(line.partition("= ")[2].removesuffix(";"))
    assert told.keys() == {TAGS[name] for name in LANGUAGES} - {"en"}
    for words in told.values():
        assert words.keys() == set(WORDS)
        for text, said in words.items():
            assert said != text and re.findall(r"\{\w+\}", said) == re.findall(r"\{\w+\}", text)
