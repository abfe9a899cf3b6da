"""Every text in every language: none missing, none left over, none that shows English on a page that is not."""

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
import streamlit as st
from babel.messages.catalog import Catalog
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import Sentence
from landscape_lab.ui import words
from landscape_lab.ui.words import LANGUAGES, TAGS
from scripts.messages import LOCALE, compiled, extracted, read, texts, written

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
CATALOGS = sorted(LOCALE.rglob("*.po"))
EACH = pytest.mark.parametrize("file", CATALOGS, ids=lambda file: file.parts[-3])
OTHERS = sorted(set(LANGUAGES) - {"en"})


def messages(catalog: Catalog) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalog if message.id}


@cache
def in_the_source() -> frozenset[str]:
    return frozenset(messages(extracted()))


def test_every_language_but_english_has_a_catalog():
    assert [file.parts[-3] for file in CATALOGS] == [TAGS[name].replace("-", "_") for name in OTHERS]


@EACH
def test_catalog_has_the_texts_of_the_app_and_no_others(file: Path):
    assert messages(read(file)).keys() == in_the_source(), "`make messages` brings it up to date"


@EACH
def test_catalog_is_compiled_as_it_stands(file: Path):
    as_it_stands = GNUTranslations(BytesIO(compiled(read(file))))._catalog  # type: ignore[attr-defined]
    with file.with_suffix(".mo").open("rb") as made:
        found = GNUTranslations(made)._catalog  # type: ignore[attr-defined]
    assert found | {"": ""} == as_it_stands | {"": ""}, "`make messages` compiles it"
    assert file.read_bytes() == written(read(file)), "`make messages` writes it"


@EACH
def test_every_text_is_translated(file: Path):
    assert [text for text, told in messages(read(file)).items() if not told] == []


def gaps(text: str) -> set[str]:
    """The places for values, with their formats. A formula with words has braces of its own."""
    if r"\text" in text:
        return set()
    return {f"{name}:{form}{turned or ''}" for _text, name, form, turned in Formatter().parse(text) if name}


def formulas(text: str) -> Counter[str]:
    return Counter(re.findall(r"(?<!\\)\$.+?(?<!\\)\$", text.replace("$$", "")))


def commands(text: str) -> Counter[str]:
    """The commands of a formula with words in it; only the words are translated."""
    return Counter(re.findall(r"\\[a-zA-Z]+", text)) if r"\text" in text else Counter()


def marks(text: str) -> tuple[int, ...]:
    """What Markdown makes of it: bold type, links, items of a list, code, icons."""
    return tuple(len(re.findall(mark, text)) for mark in (r"\*\*", r"\]\(", r"^- ", "`", r":material/\w+:"))


@EACH
@pytest.mark.parametrize("kept", [gaps, formulas, commands, marks], ids=lambda kept: kept.__name__)
def test_translation_keeps_what_is_no_word(file: Path, kept: Callable[[str], object]):
    pairs = [(text, told) for text, told in messages(read(file)).items() if told]
    assert [text for text, told in pairs if kept(text) != kept(told)] == []


def test_what_is_no_word_is_told_from_words():
    assert gaps("from {a:.2f} to {b}") == {"a:.2f", "b:"} != gaps("from {a} to {b}")
    assert formulas(r"for $a < b$ and $\$$, $c$") != formulas(r"for $a > b$ and $c$")
    assert commands(r"\text{both: } \theta") != commands(r"\text{beide: } \eta")
    assert marks("**one** [two](https://a.b)") != marks("one [two](https://a.b)")


# ---- pages ----


def opened(page: str, language: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.query_params["lang"] = language
    at.run()
    # The first run of a script that has not called st.navigation yet would run the page's file without app.py.
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception, at.exception[0].message
    assert at.session_state["language"] == language
    return at


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_runs_and_asks_for_no_text_that_is_not_in_the_catalog(
    page: str, language: str, monkeypatch: pytest.MonkeyPatch
):
    asked: set[str] = set()
    spoken = words._CATALOGS[language]
    monkeypatch.setitem(words._CATALOGS, language, lambda text: asked.add(text) or spoken(text))
    opened(page, language)
    assert asked
    assert {text for text in asked if re.search("[a-z]{2}", text)} - in_the_source() == set()


@pytest.mark.parametrize("page", ["data_order", "early_stopping"])
def test_words_in_a_formula_and_in_the_list_of_its_letters_are_translated(page: str):
    english, chinese = (
        [formula.value for formula in (*at.latex, *at.markdown)] for at in (opened(page, each) for each in LANGUAGES)
    )
    assert any(re.search(r"\\text\{[a-z]{2}", text) for text in english)
    assert not [text for text in chinese if re.search(r"\\text\{[a-z]{2}", text)]


def test_text_that_no_collector_sees_would_be_found(tmp_path: Path):
    import ast

    source = 'st.markdown(_("seen"))\nst.markdown(f"{_(\'inside\')}")\nst.markdown("unseen")\n'
    assert set(texts("pages/any.py", ast.parse(source))) == {"seen", "inside"}


# ---- whose language ----


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`speaking("zh")` makes everything outside of a session speak Chinese."""
    return lambda language: monkeypatch.setattr(words, "language", lambda: language)


def test_sentence_is_translated_with_its_values(speaking: Callable[[str], None], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(words._CATALOGS, "zh", lambda t: {"from {a} to {b}": "{a} 至 {b}", "never": "从不"}.get(t, t))
    sentence = Sentence("from {a} to {b}", {"a": 3, "b": "never"})
    assert words.say(sentence) == "from 3 to never"
    speaking("zh")
    assert words.say(sentence) == "3 至 从不"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh"), ("zh-Hant-TW", "zh"), ("ZH-cn", "zh"), ("en-GB", "en"), ("fr", "en"), (None, "en"), ("", "en")],
)
def test_language_of_the_browser(locale: str | None, language: str):
    assert words.language_of_browser(locale) == language


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """The app, opened by a browser of this locale with this link."""

    def start(locale: str, **query: str) -> AppTest:
        monkeypatch.setattr(type(st.context), "locale", locale)  # `AppTest.context` is not in Streamlit 1.66
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        for name, value in query.items():
            at.query_params[name] = value
        return at.run()

    return start


def test_browser_decides_where_nothing_else_does_and_the_link_is_left_alone(started: Callable[..., AppTest]):
    at = started("zh-CN")
    assert at.session_state["language"] == "zh"
    assert "lang" not in at.query_params


def test_link_is_stronger_than_the_browser_and_is_kept_on_every_page(started: Callable[..., AppTest]):
    at = started("en-US", lang="zh", type="large")
    for page in ("sources", "glossary", "playground"):
        at.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        assert at.session_state["language"] == "zh"
        assert (at.query_params["lang"], at.query_params["type"]) == ("zh", "large")


def test_link_in_a_language_that_nobody_speaks_is_told(started: Callable[..., AppTest]):
    at = started("zh-CN", lang="xx", type="9e9")
    assert at.session_state["language"] == "zh"
    assert not at.session_state["large"]
    at.switch_page("pages/playground.py").run()
    assert len(at.warning) == 1
