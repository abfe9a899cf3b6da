"""The content files of the lessons: their format, and that they agree with the classes and the pages."""

import ast
import os
import re
from pathlib import Path

import pytest

from landscape_lab import HOME
from landscape_lab.experiments.course import content
from landscape_lab.experiments.course.content import FOLDER, Content, ContentError, content_of, parse
from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import LESSONS

LANGUAGES = ("en", "zh")
EACH = [
    pytest.param(lesson, language, id=f"{key}-{language}") for key, lesson in LESSONS.items() for language in LANGUAGES
]
TEXT = """# Momentum
What if it
had mass?

## Findings
### faster
It takes {steps} steps, $\\frac{1}{2}$ of it.
> It takes longer.

## The formula {#formula}
$$
a
$$

## Why {#why}
Because.

---

## {#wait width=2}
![A caption with $[0, 1]$
and two lines.](wait)

{best}

## Takeaways
- One.
"""
INSERTED = re.compile(r"(?<![\\\w}^_])\{(\w+)(?::[^{}]*)?\}")
"""A value in a sentence; in LaTeX, braces follow a command or another sign."""


def test_file_is_read_into_blocks_and_cells():
    read = parse(TEXT)
    assert (read.title, read.question) == ("Momentum", "What if it had mass?")
    assert read.block("Findings", "faster").text == "It takes {steps} steps, $\\frac{1}{2}$ of it."
    assert read.block("Findings", "faster").aside == "It takes longer."
    assert read.block("Takeaways").text == "- One."
    assert [[cell.name for cell in row] for row in read.rows] == [["formula", "why"], ["wait"]]
    wait = read.cells["wait"]
    assert (wait.title, wait.width) == ("", 2)
    assert [(piece.text, piece.figure, piece.place) for piece in wait.pieces] == [
        ("A caption with $[0, 1]$ and two lines.", "wait", ""),
        ("", "", "best"),
    ]


def test_cells_before_the_question_are_kept_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    above = "## {#maps}\nMaps.\n\n---\n\n## {#runs}\nRuns.\n\n## Question\nWhy?\n\n## The formula"
    text = TEXT.replace("## The formula", above)
    read = parse(text)
    assert [[cell.name for cell in row] for row in read.first_rows] == [["maps"], ["runs"]]
    assert [[cell.name for cell in row] for row in read.rows] == [["formula", "why"], ["wait"]]
    assert set(read.cells) == {"maps", "runs", "formula", "why", "wait"}
    assert parse(TEXT).first_rows == ()
    monkeypatch.setattr(content, "FOLDER", tmp_path)
    (tmp_path / "momentum.en.md").write_text(text, encoding="utf-8")
    (tmp_path / "momentum.zh.md").write_text("# 动量法\n有质量呢？\n\n## {#runs}\n运行。\n", encoding="utf-8")
    found = content_of("momentum", "zh").first_rows
    assert [cell.pieces[0].text for row in found for cell in row] == ["Maps.", "运行。"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "title"),
        ("Momentum", "title"),
        ("# A\nB?\n\n## Nonsense\n", "neither one of"),
        ("# A\nB?\n\n## Findings\n### not a name\ntext\n", "not a name"),
        ("# A\nB?\n\n## A {#a}\ntext\n\n---\n\nlost\n\n## B {#b}\n", "between a rule and a heading"),
    ],
)
def test_malformed_file_is_refused_with_its_place(text: str, error: str):
    with pytest.raises(ContentError, match=error):
        parse(text)


def test_translation_is_completed_by_english_and_laid_out_like_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(content, "FOLDER", tmp_path)
    (tmp_path / "momentum.en.md").write_text(TEXT, encoding="utf-8")
    assert content_of("momentum", "zh") == content_of("momentum")
    (tmp_path / "momentum.zh.md").write_text("# 动量法\n有质量呢？\n\n## 为什么 {#why}\n因为。\n", encoding="utf-8")
    found = content_of("momentum", "zh")
    assert (found.title, found.cells["why"].title) == ("动量法", "为什么")
    assert found.block("Findings", "faster") == content_of("momentum").block("Findings", "faster")
    assert [[cell.name for cell in row] for row in found.rows] == [["formula", "why"], ["wait"]]


def test_saved_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(content, "FOLDER", tmp_path)
    file = tmp_path / "momentum.en.md"
    file.write_text(TEXT, encoding="utf-8")
    assert content_of("momentum").title == "Momentum"
    file.write_text(TEXT.replace("# Momentum", "# Mass"), encoding="utf-8")
    os.utime(file, (1, 1))
    assert content_of("momentum").title == "Mass"
    file.unlink()
    with pytest.raises(ContentError, match=r"momentum\.en\.md is missing"):
        content_of("momentum")


def own(lesson: type[Lesson], language: str) -> Content:
    """The content of a file itself, without what is taken from the English file."""
    key = next(key for key, each in LESSONS.items() if each is lesson)
    file = FOLDER / f"{key}.{language}.md"
    if language != "en" and not file.exists():
        pytest.skip(f"content/{file.name} is missing: the lesson is shown in English")
    return parse(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("lesson", "language"), EACH)
def test_names_are_those_of_the_class(lesson: type[Lesson], language: str):
    found = own(lesson, language)
    expected = {
        "Findings": set(lesson.claims()),
        "Question": {"", "because", *lesson.prediction.options},
        "Goals": set(lesson.goals()),
        "Suggestions": set(lesson.invitations),
        "Takeaways": {""},
        "Teacher": {"goals", "needs", "minutes", "notes"},
    }
    for section, names in expected.items():
        assert set(found.sections[section]) == names, section
    assert all(found.block("Findings", name).text for name in lesson.claims())
    assert {"formula", "why"} <= set(found.cells)
    assert {claim.cell for claim in lesson.claims().values()} <= {"", *found.cells}
    assert found.block("Takeaways").text.startswith("- ")


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_languages_have_the_same_layout_and_figures(lesson: type[Lesson]):
    first, second = (own(lesson, language) for language in LANGUAGES)
    for one, other in zip((*first.first_rows, *first.rows), (*second.first_rows, *second.rows), strict=True):
        assert [cell.name for cell in one] == [cell.name for cell in other]
    for name, cell in first.cells.items():
        places = [
            [(piece.figure, piece.place) for piece in each.pieces if piece.figure or piece.place]
            for each in (cell, second.cells[name])
        ]
        assert places[0] == places[1], name


@pytest.mark.parametrize(("key", "lesson"), LESSONS.items(), ids=LESSONS)
def test_page_has_a_function_for_every_place(key: str, lesson: type[Lesson]):
    pieces = [piece for cell in own(lesson, "en").cells.values() for piece in cell.pieces]
    wanted = {piece.figure or piece.place for piece in pieces} - {""}
    tree = ast.parse((HOME / "pages" / f"{key}.py").read_text(encoding="utf-8"))
    call = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "LessonPage"
    )
    given = {argument.id for argument in call.args if isinstance(argument, ast.Name)}
    if all(keyword.arg for keyword in call.keywords):
        assert given | {str(keyword.arg) for keyword in call.keywords} == wanted
    else:  # some are made in a loop
        assert given <= wanted


@pytest.mark.parametrize(("lesson", "language"), EACH)
def test_sentences_insert_only_values_that_are_measured(lesson: type[Lesson], language: str):
    example, found = lesson(), own(lesson, language)
    on_screen = example.result_of(example.scenario)
    for name, claim in lesson.claims().items():
        _holds, values = claim.measure(example, on_screen)
        block = found.block("Findings", name)
        assert set(INSERTED.findall(block.text + block.aside)) <= set(values), name
    _right, values = lesson.prediction.answer(example, lesson.result_of(lesson.prediction.scenario))
    assert set(INSERTED.findall(found.block("Question", "because").text)) <= set(values)
    for name, goal in lesson.goals().items():
        _met, values = goal.measure(example, lesson.result_of(goal.scenario))
        block = found.block("Goals", name)
        assert set(INSERTED.findall(block.text + block.aside)) <= set(values), name
