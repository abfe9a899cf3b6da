"""A worksheet to print: the questions and goals of lessons with a picture each, and the answers on a separate sheet."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from landscape_lab.experiments.course.lesson import Goal, Lesson
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.figures.still import as_svg
from landscape_lab.ui.course.displays import address_of, display_of
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import (
    TAGS,
    _,
    language,
    say_content,
    speaking,
    unmarked,
)
from optim_core import key_of

SIZE = (620, 430)
"""The largest size of a picture, in pixels."""
STYLE = """
body { font: 12pt/1.45 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #111; }
h1 { font-size: 1.6em; } h2 { font-size: 1.2em; margin: 0 0 .3em; } svg { max-width: 100%; height: auto; }
section { break-inside: avoid; margin: 0 0 2.2rem; } ol { list-style: upper-alpha; } li { margin: .2em 0; }
.sheet { break-before: page; } .goals { list-style: decimal; } code { overflow-wrap: anywhere; font-size: .8em; }
@media print { a { color: inherit; text-decoration: none; } body { margin: 0; max-width: none; } }
"""


def worksheet(keys: Sequence[str], address: str) -> Callable[[], bytes]:
    """Return a function that makes the worksheet of these lessons as an HTML page, in the reader's language.

    `address` is that of the app, for the links.
    """
    spoken = language()

    def made() -> bytes:
        with speaking(spoken):
            return _page([LESSONS[key] for key in keys], address).encode()

    return made


def _page(lessons: Sequence[type[Lesson]], address: str) -> str:
    title = labelled(_("Loss Landscape Lab"), _("Worksheet"))
    questions = "".join(_questions(lesson) for lesson in lessons)
    goals = "".join(_goals(lesson, address) for lesson in lessons)
    answers = "".join(_answers(lesson, address) for lesson in lessons)
    return (
        f'<!doctype html><html lang="{TAGS[language()]}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{questions}"
        f'<div class="sheet"><h1>{escape(_("Goals"))}</h1>{goals}</div>'
        f'<div class="sheet answers"><h1>{escape(_("Answers"))}</h1>{answers}</div></body></html>'
    )


def _head(lesson: type[Lesson]) -> str:
    content = lesson.content(language())
    number = list(LESSONS).index(key_of(lesson)) + 1
    return f"<h2>{number} · {escape(labelled(content.title, content.question))}</h2>"


def _questions(lesson: type[Lesson]) -> str:
    content, asked = lesson.content(language()), lesson.prediction
    options = "".join(f"<li>{_plain(content.block('Question', option).text)}</li>" for option in asked.options)
    return (
        f"<section>{_head(lesson)}{_picture(lesson, paths=False)}"
        f"<p>{_plain(content.block('Question').text)}</p><ol>{options}</ol></section>"
    )


def _goals(lesson: type[Lesson], address: str) -> str:
    tasks = "".join(f"<li>{_task(lesson, goal, address)}</li>" for goal in lesson.goals().values())
    return f'<section>{_head(lesson)}<ol class="goals">{tasks}</ol></section>'


def _task(lesson: type[Lesson], goal: Goal, address: str) -> str:
    found = goal.found(lesson(), lesson.result_of(goal.scenario), language())
    link = _link(lesson, address, goal.scenario, goal.name)
    return f'{_plain(say_content(found.sentence))} <a href="{link}">{escape(_("Open"))}</a>'


def _answers(lesson: type[Lesson], address: str) -> str:
    content, asked = lesson.content(language()), lesson.prediction
    right, because = asked.answered(lesson(), lesson.result_of(asked.scenario), language())
    letter = "ABCDEFGH"[asked.options.index(right)]
    goals = "".join(
        f"<li><code>{escape(_parts(goal))}</code> "
        f'<a href="{_link(lesson, address, goal.solved, name)}">{escape(_("Open"))}</a></li>'
        for name, goal in lesson.goals().items()
    )
    return (
        f"<section>{_head(lesson)}{_picture(lesson, paths=True)}"
        f"<p><b>{letter}. {_plain(content.block('Question', right).text)}</b> {_plain(say_content(because))}</p>"
        f'<ol class="goals">{goals}</ol></section>'
    )


def _parts(goal: Goal) -> str:
    return "  ".join(f"{name}={value}" for name, value in goal.solution.items())


def _link(lesson: type[Lesson], address: str, scenario: Any, goal: str) -> str:
    return escape(address_of(lesson, address, scenario.to_query() | {"goal": f"{key_of(lesson)}.{goal}"}))


def _picture(lesson: type[Lesson], *, paths: bool) -> str:
    return as_svg(display_of(lesson).still(lesson.prediction.scenario, lesson, paths=paths, size=SIZE))


def _plain(text: str) -> str:
    """A text of the content as HTML: its formulas as letters, its emphasis removed."""
    return escape(unmarked(text).replace("**", "").replace("*", ""))
