"""The worksheet for a class: questions first, answers on a separate sheet."""

import re
from html.parser import HTMLParser

import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.course.paths import HOUR, PATHS, minutes_of
from landscape_lab.ui.course.worksheet import worksheet
from landscape_lab.ui.i18n.translation import LANGUAGES, speaking, unmarked

KEYS = ("gradient_descent", "momentum")


class Parts(HTMLParser):
    """The texts of a page before and after the heading of the answers, and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.after, self.links, self.in_answers = "", "", [], False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.in_answers |= "answers" in (named.get("class") or "").split()
        if tag == "a":
            self.links.append(named["href"])

    def handle_data(self, data: str) -> None:
        if self.in_answers:
            self.after += data
        else:
            self.before += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_come_before_answers_on_a_separate_sheet(language: str):
    with speaking(language):
        page = worksheet(KEYS, "http://lab.example/")().decode()
    parts = Parts()
    parts.feed(page)
    assert page.count("<svg") == 2 * len(KEYS)
    assert "break-before: page" in page
    for key in KEYS:
        lesson = LESSONS[key]
        content, asked = lesson.content(language), lesson.prediction
        right, because = asked.answered(lesson(), race(asked.scenario), language)
        for option in asked.options:
            assert unmarked(content.block("Question", option).text) in parts.before
        start = unmarked(re.split(r"[{*$]", because.template)[0]).strip()
        assert len(start) > 3 and start not in parts.before and start in parts.after
        assert "ABCDEFGH"[asked.options.index(right)] + ". " in parts.after
        for name in lesson.goals():
            assert sum(f"goal={key}.{name}" in link for link in parts.links) == 2
    assert all(link.startswith("http://lab.example/playground?") for link in parts.links)


def test_hours_of_the_paths_are_no_longer_than_an_hour():
    for hours in PATHS.values():
        for keys in hours:
            assert 30 <= minutes_of(keys) <= HOUR, keys
            assert list(keys) == [key for key in LESSONS if key in keys], "in the order of the course"
