"""Every text in every language: the catalogs are up to date, and a text without a translation appears in English.

The language of the source is checked as well: docstrings, comments and error messages use the standard words.
"""

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
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
from landscape_lab.ui.i18n import translation as words
from landscape_lab.ui.i18n.translation import LANGUAGES, TAGS
from scripts.messages import LOCALE, compiled, extracted, main, read, texts, untranslated, written
from tests.pages import pickers

ROOT = Path(__file__).parents[1]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
CATALOGS = sorted(LOCALE.rglob("*.po"))
EACH = pytest.mark.parametrize("file", CATALOGS, ids=lambda file: file.parts[-3])
OTHERS = sorted(set(LANGUAGES) - {"en"})


def messages(catalog: Catalog) -> dict[str, str]:
    return {str(message.id): str(message.string) for message in catalog if message.id}


SOURCE = cache(extracted)


def in_the_source() -> frozenset[str]:
    return frozenset(messages(SOURCE()))


def test_every_language_but_english_has_a_catalog():
    assert [file.parts[-3] for file in CATALOGS] == [TAGS[name].replace("-", "_") for name in OTHERS]


@EACH
def test_catalog_has_the_texts_of_the_app_and_no_others(file: Path):
    assert messages(read(file)).keys() == in_the_source(), f"`make messages` brings {file.relative_to(ROOT)} up to date"


@EACH
def test_compiled_catalog_is_up_to_date(file: Path):
    as_it_stands = GNUTranslations(BytesIO(compiled(read(file))))._catalog  # type: ignore[attr-defined]
    with file.with_suffix(".mo").open("rb") as made:
        found = GNUTranslations(made)._catalog  # type: ignore[attr-defined]
    assert found | {"": ""} == as_it_stands | {"": ""}, "`make messages` compiles it"
    assert file.read_bytes() == written(read(file)), "`make messages` writes it"


# ---- without a translation ----


def without(file: Path, text: str) -> Catalog:
    """The catalog without the translation of this text."""
    catalog = read(file)
    message = catalog[text]
    assert message.string
    message.string = ""
    return catalog


@pytest.fixture
def incomplete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Copies of the catalogs without the translation of "Playground"."""
    copies = []
    home = tmp_path / LOCALE.relative_to(ROOT)
    monkeypatch.setattr("scripts.messages.LOCALE", home)
    monkeypatch.setattr("scripts.messages.extracted", SOURCE)
    for file in CATALOGS:
        copies.append(home / file.relative_to(LOCALE))
        copies[-1].parent.mkdir(parents=True)
        copies[-1].write_bytes(written(without(file, "Playground")))
    return copies


def test_missing_translation_warns_and_is_an_error_only_for_a_release(
    incomplete: list[Path], capsys: pytest.CaptureFixture
):
    before = [file.read_bytes() for file in incomplete]
    assert main(["--check"]) == 0
    warned = capsys.readouterr().out
    assert all(re.search(rf"{file.relative_to(LOCALE)} lacks [1-9]\d* translations", warned) for file in CATALOGS)
    assert warned.count("  'Playground'\n") == len(CATALOGS)
    assert main(["--strict"]) == 1
    assert capsys.readouterr().out == warned
    assert [file.read_bytes() for file in incomplete] == before


def test_text_that_is_in_no_catalog_is_a_missing_translation():
    source = deepcopy(SOURCE())
    missing = untranslated(CATALOGS[0], source)
    source.add("A text that no catalog has.")
    assert untranslated(CATALOGS[0], source) == [*missing, "A text that no catalog has."]


def test_update_keeps_translations_and_adds_new_texts(incomplete: list[Path], capsys: pytest.CaptureFixture):
    assert main(["--list"]) == 0
    assert "  'Playground'\n" in capsys.readouterr().out
    for file, original in zip(incomplete, CATALOGS, strict=True):
        assert messages(read(file)) == messages(read(original)) | {"Playground": ""}


def test_makefile_warns_in_a_test_and_is_strict_in_a_release():
    makefile = (ROOT / "Makefile").read_text()
    recipes = {name: re.search(rf"^{name}:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE) for name in ("test", "release")}
    test, release = (recipe[1] for recipe in recipes.values() if recipe)
    assert "scripts.messages --check" in test and "--strict" not in test
    assert "scripts.messages --strict" in release and "$(MAKE) --no-print-directory test\n" in release


@EACH
def test_page_shows_english_where_a_translation_is_missing(file: Path, monkeypatch: pytest.MonkeyPatch):
    language = next(name for name in OTHERS if TAGS[name].replace("-", "_") == file.parts[-3])
    text = "Race"
    gettext = GNUTranslations(BytesIO(compiled(without(file, text)))).gettext
    assert words._CATALOGS[language](text) != text == gettext(text)
    monkeypatch.setitem(words._CATALOGS, language, gettext)
    at = opened("playground", language)
    labels = [pickers.shown(at, key)["label"] for key in ("race-picker", "surface-picker")]
    assert text in labels and any(not label.isascii() for label in labels)


# ---- with one ----


def gaps(text: str) -> set[str]:
    """The placeholders with their formats. A formula with words has other braces."""
    if r"\text" in text:
        return set()
    return {f"{name}:{form}{turned or ''}" for _text, name, form, turned in Formatter().parse(text) if name}


def formulas(text: str) -> Counter[str]:
    return Counter(re.findall(r"(?<!\\)\$.+?(?<!\\)\$", text.replace("$$", "")))


def commands(text: str) -> Counter[str]:
    """The commands of a formula with words in it; only the words are translated."""
    return Counter(re.findall(r"\\[a-zA-Z]+", text)) if r"\text" in text else Counter()


def marks(text: str) -> tuple[int, ...]:
    """The Markdown syntax of a text: bold type, links, list items, code, icons."""
    return tuple(len(re.findall(mark, text)) for mark in (r"\*\*", r"\]\(", r"^- ", "`", r":material/\w+:"))


@EACH
@pytest.mark.parametrize("kept", [gaps, formulas, commands, marks], ids=lambda kept: kept.__name__)
def test_translation_keeps_placeholders_and_markup(file: Path, kept: Callable[[str], object]):
    pairs = [(text, told) for text, told in messages(read(file)).items() if told]
    assert [text for text, told in pairs if kept(text) != kept(told)] == []


def test_placeholders_and_markup_are_distinguished_from_words():
    assert gaps("from {a:.2f} to {b}") == {"a:.2f", "b:"} != gaps("from {a} to {b}")
    assert formulas(r"for $a < b$ and $\$$, $c$") != formulas(r"for $a > b$ and $c$")
    assert commands(r"\text{both: } \theta") != commands(r"\text{beide: } \eta")
    assert marks("**one** [two](https://a.b)") != marks("one [two](https://a.b)")


# ---- pages ----


def opened(page: str, language: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.query_params["lang"] = language
    at.session_state["progress"] = frozenset({f"{page}.shown"})  # the explanation of a lesson is open
    at.run()
    # The first run of a script that has not called st.navigation yet would run the page's file without app.py.
    at.switch_page(f"pages/{page}.py").run()
    assert not at.exception, at.exception[0].message
    assert at.session_state["language"] == language
    return at


@pytest.mark.thorough
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_page_requests_only_texts_of_the_catalog(page: str, language: str, monkeypatch: pytest.MonkeyPatch):
    asked: set[str] = set()
    spoken = words._CATALOGS[language]
    monkeypatch.setitem(words._CATALOGS, language, lambda text: asked.add(text) or spoken(text))
    opened(page, language)
    assert asked
    assert {text for text in asked if re.search("[a-z]{2}", text)} - in_the_source() == set()


@pytest.mark.parametrize("page", ["data_order", "early_stopping"])
def test_words_in_formulas_and_their_variables_are_translated(page: str):
    english, chinese = (
        [formula.value for formula in (*at.latex, *at.markdown)] for at in (opened(page, each) for each in LANGUAGES)
    )
    assert any(re.search(r"\\text\{[a-z]{2}", text) for text in english)
    assert not [text for text in chinese if re.search(r"\\text\{[a-z]{2}", text)]


def test_uncollected_text_is_detected(tmp_path: Path):
    source = 'st.markdown(_("seen"))\nst.markdown(f"{_(\'inside\')}")\nst.markdown("unseen")\n'
    assert set(texts("pages/any.py", ast.parse(source))) == {"seen", "inside"}


# ---- choice of the language ----


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


def test_language_of_the_browser_is_the_default_and_not_in_the_link(started: Callable[..., AppTest]):
    at = started("zh-CN")
    assert at.session_state["language"] == "zh"
    assert "lang" not in at.query_params


def test_language_of_a_link_overrides_the_browser_and_is_kept(started: Callable[..., AppTest]):
    at = started("en-US", lang="zh", type="large")
    for page in ("sources", "glossary", "playground"):
        at.switch_page(f"pages/{page}.py").run()
        assert not at.exception
        assert at.session_state["language"] == "zh"
        assert (at.query_params["lang"], at.query_params["type"]) == ("zh", "large")


def test_unknown_language_in_a_link_shows_an_error(started: Callable[..., AppTest]):
    at = started("zh-CN", lang="xx", type="9e9")
    assert at.session_state["language"] == "zh"
    assert not at.session_state["large"]
    at.switch_page("pages/playground.py").run()
    assert len(at.warning) == 1


# ---- the language of the source ----

PLAIN = ("optim_core", "landscapes", "landscape_lab", "pages", "benchmarks", "deploy", "scripts")
"""Folders whose docstrings, comments and error messages use the standard words."""
QUAINT = re.compile(
    r"\b(whoever|whomever|nobody|somebody|whiteboard|rehears\w*|told|untold|hears?|heard|kin|relatives|lanes?|for ever"
    r"|this is a look|a look|looked (at|for|into)|stands? still|in vain|a person's|of one's own)\b",
    re.IGNORECASE,
)
"""Words of the project's former private language. The glossary in docs/architecture.md has the standard ones."""


def wording(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings, comments and error messages of a module without its code spans, each with its line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, re.sub("`[^`]*`|lane/", "", node.value.value)
        elif isinstance(node, ast.Raise | ast.Assert):
            for each in ast.walk(node):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.lineno, each.value


def quaint(source: str) -> list[str]:
    return [f"line {line}: {found[0]}" for line, text in wording(source) for found in QUAINT.finditer(text)]


@pytest.mark.thorough
@pytest.mark.parametrize("folder", PLAIN)
def test_source_uses_the_standard_words(folder: str):
    found = {str(path.relative_to(ROOT)): quaint(path.read_text()) for path in (ROOT / folder).rglob("*.py")}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""What nobody is told."""', 2),
        ("x = 1  # a lane of its own", 1),
        ("def f():\n    raise ValueError(f'{1} lanes')", 1),
        ('"""One of the names in `lanes`."""\nlanes = "told"', 0),
        ('"""A plane, a kind and a toldo."""', 0),
    ],
)
def test_quaint_words_are_found_in_docstrings_comments_and_errors(source: str, count: int):
    assert len(quaint(source)) == count
