"""The pages around the course: start, glossary, sources."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - as in app.py, which AppTest leaves out after the first run
from landscape_lab.experiments import RACES
from landscape_lab.experiments.course.glossary import TERMS
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.course.letters import LETTERS
from landscapes import SURFACES
from optim_core import OPTIMIZERS

APP = Path(__file__).parents[2] / "app.py"


def opened(page: str, **query: str) -> AppTest:
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def said(at: AppTest) -> str:
    return " ".join([text.value for text in at.markdown] + [html.proto.body for html in at.get("html")])


def test_start_shows_a_race_and_a_card_for_each_lesson():
    at = opened("start")
    assert [element.key for element in at.get("bidi_component")] == ["stage-surface", "stage", "stage-program"]
    for lesson in LESSONS.values():
        assert lesson.content().question in said(at)
    links = [link.proto.page for link in at.get("page_link")]
    assert set(LESSONS) | {"playground"} <= set(links)


def test_link_to_a_race_is_redirected_to_the_playground():
    scenario = RACES["saddle"].scenario
    at = opened("start", **scenario.to_query())
    assert at.session_state["scenario"] == scenario


def test_link_left_by_a_run_of_another_page_is_not_followed():
    at = opened("start")
    for name, value in RACES["saddle"].scenario.to_query().items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    assert "scenario" not in at.session_state


def test_glossary_shows_every_term_and_can_be_searched():
    at = opened("glossary")
    assert all(f"**{term.word}**" in said(at) for term in TERMS)
    at.text_input[0].set_value("curvature").run()
    assert "**curvature**" in said(at)
    assert "**warm-up**" not in said(at)
    at.text_input[0].set_value("no such word").run()
    assert len(at.info) == 1


def test_glossary_has_a_table_of_letters_that_a_search_hides():
    at = opened("glossary")
    (table,) = [text.value for text in at.markdown if text.value.startswith("| ")]
    assert all(f"${symbol}$" in table for letter in LETTERS for symbol in letter.symbols)
    assert len(table.splitlines()) == len(LETTERS) + 2 and len({line.count("|") for line in table.splitlines()}) == 1
    at.text_input[0].set_value("curvature").run()
    assert not [text for text in at.markdown if text.value.startswith("| ")]


def test_sources_page_names_every_source():
    at = opened("sources")
    everything = [*LESSONS.values(), *OPTIMIZERS.values(), *SURFACES.values()]
    shown = said(at).replace("&amp;", "&").replace("&#x27;", "'")
    assert all(thing.source in shown for thing in everything)


def test_sources_page_links_all_references_of_the_notes():
    text = said(opened("sources"))
    parts = ["hylee/ml/2020", "leeml-notes", "ruder.io", "51030366", "stand.pdf", "102652160", "wikipedia", "362351969"]
    assert [part for part in parts if f"{part}" not in text] == []
    assert text.count("- [") == len(parts)
