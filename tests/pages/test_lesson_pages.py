"""Every lesson's page without a browser: its default, both ends of each knob, and invalid links."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments.course.content import BESIDE
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.ui.course.links import page_of
from optim_core import knobs
from tests.pages import numbers

APP = Path(__file__).parents[2] / "app.py"


def opened(lesson: type[Lesson], **query: str) -> AppTest:
    """The lesson's page in a new session."""
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.switch_page(page_of(lesson))
    for name, value in query.items():
        at.query_params[name] = value
    return healthy(at.run())


def healthy(at: AppTest) -> AppTest:
    assert not at.exception, at.exception[0].message
    assert len(at.get("bidi_component")) >= 1, "the page must have a stage"
    return at


def on_screen(at: AppTest, lesson: type[Lesson]) -> Lesson:
    return at.session_state[page_of(lesson).removeprefix("pages/").removesuffix(".py")]


def ends(lesson: type[Lesson]) -> Iterator[tuple[str, str]]:
    for name, knob in knobs(lesson).items():
        for value in (knob.low, knob.high):
            yield name, str(value).lower() if knob.kind is bool else str(value)
    for name, of in lesson.choices().items():
        yield from ((name, option) for option in of.options)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_opens_with_its_question_and_its_settings_in_the_link(lesson: type[Lesson]):
    at = opened(lesson)
    assert not at.warning
    assert any(lesson.content().question in html.proto.body for html in at.get("html"))
    assert on_screen(at, lesson) == lesson()
    assert dict(at.query_params) == {name: value for name, value in lesson().to_query().items()} | (
        {"show": at.query_params["show"]} if "show" in at.query_params else {}
    )
    labels = [widget.label for widget in (*at.toggle, *at.radio)]
    labels += [row[name] for row in numbers.rows(at).values() for name in ("label", "exact", "help")]
    assert labels and not [label for label in labels if set("$\\") & set(label)], (
        "a label must not contain LaTeX, which a screen reader would spell out"
    )
    titles = [title.value for title in at.header]
    above = [cell.title for row in lesson.content().first_rows for cell in row if cell.title and cell.name != BESIDE]
    assert titles == [*above, "Predict, then reveal"], "the explanation is shown after an answer"
    assert not any("What you see" in text.value for text in at.markdown)
    healthy(button(at, "Show me").click().run())
    titles = [title.value for title in at.header]
    assert {"The formula", "Why", "Predict, then reveal", "Try this", "Take away"} <= set(titles)
    assert any("What you see" in text.value for text in at.markdown)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("lesson", "name", "value"),
    [
        pytest.param(lesson, name, value, id=f"{key}-{name}-{value}")
        for key, lesson in LESSONS.items()
        for name, value in ends(lesson)
    ],
)
def test_every_knob_works_at_its_ends(lesson: type[Lesson], name: str, value: str):
    at = opened(lesson, **{name: value})
    assert not at.warning
    assert on_screen(at, lesson) == lesson.from_query({name: value})
    assert at.query_params[name] == lesson.from_query({name: value}).to_query()[name]


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
@pytest.mark.parametrize(
    "query", [{"nonsense": "1"}, {"start": "1e999,0"}, {"start": "1e6,0"}, {"v": "0"}, {"show": "x"}]
)
def test_invalid_link_shows_an_error_and_the_default(lesson: type[Lesson], query: dict[str, str]):
    at = opened(lesson, **query)
    assert len(at.warning) == 1
    assert on_screen(at, lesson) == lesson()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("lesson", "name", "value"),
    [
        pytest.param(lesson, name, wrong, id=f"{key}-{name}-{wrong}")
        for key, lesson in LESSONS.items()
        for name in [*knobs(lesson), *lesson.choices()]
        for wrong in ("1e30", "nan", "1,2", "")
    ],
)
def test_invalid_knob_in_the_link_shows_an_error_and_the_default(lesson: type[Lesson], name: str, value: str):
    at = opened(lesson, **{name: value})
    assert len(at.warning) == 1
    assert on_screen(at, lesson) == lesson()


@pytest.mark.thorough
@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_answer_is_revealed_only_after_a_prediction(lesson: type[Lesson]):
    asked = lesson.prediction
    at = opened(lesson)
    assert not at.success and not at.error and not at.info
    assert button(at, "Submit and play").disabled
    for place, option in enumerate(asked.options):
        at.radio[0].set_value(option)
        healthy(at.run())
        assert not at.success and not at.error
        button(at, "Submit and play").click()
        healthy(at.run())
        assert len(at.success) + len(at.error) == 1, f"option {place}"
        assert at.radio[0].disabled
        button(at, "Ask me again").click()
        healthy(at.run())
        assert at.radio[0].value is None


def button(at: AppTest, label: str) -> Any:
    return next(button for button in at.button if button.label == label)
