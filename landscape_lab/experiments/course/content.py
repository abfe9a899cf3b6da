"""The words of a lesson: one Markdown file a language, `content/<lesson>.en.md` and `content/<lesson>.zh.md`.

A file has the title, the question that the page opens with, and sections. The sections of `FIXED` have texts by name,
which the lesson's class measures; all others are cells of the explanation, in rows between lines of three hyphens.
Cells before the section "Question" are shown before it is answered; one with the name `BESIDE` then has its place
beside the race.
docs/extending.md describes the format. What another language lacks is taken from the English file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from landscape_lab import HOME

FOLDER = HOME / "content"
ENGLISH = "en"
BESIDE = "beside"
"""The name of a cell above the question that is shown beside the race until the question is answered."""
FIXED = ("Findings", "Question", "Goals", "Suggestions", "Takeaways", "Teacher")
"""The headings of the sections that every lesson has, the same in all languages."""

_HEADING = re.compile(r"##[ \t]+(?P<title>.*?)[ \t]*(?:\{#(?P<name>\w+)(?:[ \t]+width=(?P<width>\d+))?\})?[ \t]*")
_FIGURE = re.compile(r"!\[(?P<caption>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<figure>\w+)\)", re.DOTALL)
_PLACE = re.compile(r"\{(?P<place>[a-z]\w*)\}")


class ContentError(ValueError):
    """A content file that does not have the format."""


@dataclass(frozen=True)
class Block:
    """A text with a name. `aside`, its block quote, is what is said in the other case: a claim that does not hold, an
    option that was wrong, a goal that is met."""

    text: str
    aside: str = ""


@dataclass(frozen=True)
class Piece:
    """A part of a cell: Markdown, a figure with its caption as the text, or the place of a text that a page makes.

    figure, place   the name of the page's function, or empty
    """

    text: str = ""
    figure: str = ""
    place: str = ""


@dataclass(frozen=True)
class Cell:
    """A part of the explanation with a heading, which may be empty, and a relative width."""

    name: str
    title: str
    pieces: tuple[Piece, ...]
    width: int = 1


@dataclass(frozen=True)
class Content:
    """The words of a lesson in one language. `sections` has the texts of the sections of `FIXED` by their names; the
    text under the heading of a section itself has the name "". `rows` are the rows of the explanation, and `first_rows`
    those that are shown above the question."""

    title: str
    question: str
    sections: Mapping[str, Mapping[str, Block]]
    rows: tuple[tuple[Cell, ...], ...]
    first_rows: tuple[tuple[Cell, ...], ...] = ()

    def block(self, section: str, name: str = "") -> Block:
        """Return a text of a section of `FIXED`. Raises ContentError if there is none."""
        try:
            return self.sections[section][name]
        except KeyError:
            raise ContentError(f"“{self.title}” has no “{name}” under “{section}”.") from None

    def list_of(self, section: str, name: str = "") -> str:
        """Return a text that may be missing."""
        return self.sections.get(section, {}).get(name, Block("")).text

    @property
    def cells(self) -> Mapping[str, Cell]:
        """The cells of the explanation by name."""
        return {cell.name: cell for row in (*self.first_rows, *self.rows) for cell in row}


def content_of(key: str, language: str = ENGLISH) -> Content:
    """Return the words of a lesson. Raises ContentError if the English file is missing or a file is malformed."""
    return _content_of(str(FOLDER), key, language, *_changed(key, language))


def _changed(key: str, language: str) -> Iterator[float]:
    """When the files were changed: an author who saves a file sees the new text at the next run of the page."""
    for each in (ENGLISH, language):
        file = _file(key, each)
        yield file.stat().st_mtime if file.exists() else 0.0


def _file(key: str, language: str) -> Path:
    return FOLDER / f"{key}.{language}.md"


@lru_cache(maxsize=128)
def _content_of(_folder: str, key: str, language: str, *_changed: float) -> Content:
    english, other = (_read(_file(key, each)) for each in (ENGLISH, language))
    if english is None:
        raise ContentError(f"content/{key}.{ENGLISH}.md is missing.")
    return english if other is None else _completed(other, english)


def _read(file: Path) -> Content | None:
    try:
        return parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ContentError as error:
        raise ContentError(f"content/{file.name}: {error}") from None


def _completed(content: Content, english: Content) -> Content:
    """Return a translation with what it lacks in English, laid out as the English file."""
    sections = {name: {**blocks, **content.sections.get(name, {})} for name, blocks in english.sections.items()}
    cells = content.cells
    first, rows = (
        tuple(tuple(replace(cells.get(cell.name, cell), width=cell.width) for cell in row) for row in part)
        for part in (english.first_rows, english.rows)
    )
    return Content(content.title or english.title, content.question or english.question, sections, rows, first)


def parse(text: str) -> Content:
    """Read a content file. Raises ContentError."""
    head, *parts = re.split(r"^(?=##[ \t])", text.strip() + "\n", flags=re.MULTILINE)
    title, _newline, question = head.strip().partition("\n")
    if not title.startswith("# "):
        raise ContentError("the first line is not a title, “# …”.")
    sections: dict[str, Mapping[str, Block]] = {}
    rows: list[list[Cell]] = [[]]
    first_rows: list[list[Cell]] = []
    for part in parts:
        line, _newline, body = part.partition("\n")
        found = _HEADING.fullmatch(line)
        if not found:
            raise ContentError(f"“{line}” is not a heading.")
        if found["name"]:
            body, rule, rest = _cut(body)
            rows[-1].append(Cell(found["name"], found["title"], tuple(_pieces(body)), int(found["width"] or 1)))
            if rest.strip():
                raise ContentError(f"there is text between a rule and a heading: “{rest.strip()[:40]}”.")
            if rule:
                rows.append([])
        elif found["title"] in FIXED:
            if found["title"] == "Question":
                first_rows, rows = rows, [[]]
            sections[found["title"]] = MappingProxyType(_blocks(_cut(body)[0]))
        else:
            raise ContentError(f"“{line}” is neither one of {', '.join(FIXED)} nor has it a name, “{{#name}}”.")
    return Content(
        title.removeprefix("# ").strip(),
        " ".join(question.split()),
        MappingProxyType(sections),
        tuple(tuple(row) for row in rows if row),
        tuple(tuple(row) for row in first_rows if row),
    )


def _cut(body: str) -> tuple[str, bool, str]:
    """Split the text of a section at a line of three hyphens: before, whether there is one, and after."""
    before, *after = re.split(r"^---[ \t]*$", body, maxsplit=1, flags=re.MULTILINE)
    return before, bool(after), "".join(after)


def _blocks(body: str) -> dict[str, Block]:
    first, *named = re.split(r"^###[ \t]+", body, flags=re.MULTILINE)
    blocks = {"": _block(first)} if first.strip() else {}
    for part in named:
        name, _newline, text = part.partition("\n")
        if not re.fullmatch(r"\w+", name.strip()):
            raise ContentError(f"“### {name.strip()}” is not a name.")
        blocks[name.strip()] = _block(text)
    return blocks


def _block(text: str) -> Block:
    lines = text.strip().splitlines()
    aside = [line[1:].removeprefix(" ") for line in lines if line.startswith(">")]
    return Block("\n".join(line for line in lines if not line.startswith(">")).strip(), "\n".join(aside).strip())


def _pieces(body: str) -> Iterator[Piece]:
    for paragraph in re.split(r"\n[ \t]*\n", body.strip()):
        if found := _FIGURE.fullmatch(paragraph.strip()):
            yield Piece(" ".join(found["caption"].split()), figure=found["figure"])
        elif found := _PLACE.fullmatch(paragraph.strip()):
            yield Piece(place=found["place"])
        elif paragraph.strip():
            yield Piece(paragraph.strip("\n"))
