"""Extract the translatable texts from the source and update the catalogs; `make messages` runs this.

Babel reads, merges, writes and compiles the catalogs; this module finds the texts. In pages and ui they are arguments
of `_`. The layers below do not translate: their texts are literals in known calls and are translated when shown. The
source is read as a syntax tree, as Babel's own extractor misses texts in f-strings on Python 3.11.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from landscape_lab.experiments.course.content import parse
from landscape_lab.experiments.scenarios.sentence import in_words

ROOT = Path(__file__).parents[1]
CONTENT = ROOT / "content"
LANGUAGES = ("zh",)
"""The languages of the content besides English."""
LOCALE = ROOT / "landscape_lab/ui/i18n/locale"
LAYERS = (
    "app.py",
    "pages",
    "landscape_lab/ui",
    "landscape_lab/figures",
    "landscape_lab/experiments",
    "landscapes",
    "optim_core",
)

CALLS: dict[str, tuple[int | str, ...]] = {
    "_": (0,),
    "word": (0,),
    "Sentence": (0,),
    "ScenarioError": (0,),
    "DataNotLoaded": (0,),
    "FormulaError": (0,),
    "DataError": (0,),
    "NetworkError": (0,),
    "Note": (0,),
    "NoScript": (0,),
    "OutputLoss": (0,),
    "Initialisation": (0,),
    "NamedRace": (0, 1),
    "NamedMap": (0, 1),
    "Part": (0,),
    "Format": (2,),
    "Term": (0, 2),
    "_letter": (1, 4),
    "knob": (5, "help"),
    "Knob": (5, "help"),
    "choice": ("help",),
    "_surface": (1, "story"),
    "_entry": (1, 4),
    "Formula": (1, 4),
}
"""The arguments that are texts, by position or name, for each call."""
ATTRIBUTES = {"label", "title", "names", "template", "MEASURED", "COURSE"}
"""Constants of a class or a module that contain texts."""
NAMED = re.compile(r'name="([^"{}]+)"')
"""The name of an entry in the text of a link."""
NOISE = re.compile(
    rb'"(?:Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):'
)
"""Lines of a catalog's header that are omitted."""
WITH_WORDS = re.compile(r"\\text\w*\{")
"""A LaTeX formula that contains text."""


def texts(path: str, tree: ast.Module) -> Iterator[str]:
    """The texts of one file that users see."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                yield from _of_call(name, node)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=ast.Name(id="knob"))):
                yield in_words(name)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Call(func=ast.Name(id="choice")) as call):
                yield in_words(name).capitalize()
                yield from (_constant(label) for label in call.args[1].values)  # type: ignore[attr-defined]
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if name in ATTRIBUTES and value:
                yield from _constants(value)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in ATTRIBUTES - {"names"}:
                yield from _constants(value)
            case ast.keyword(arg="knobs", value=ast.Dict(keys=keys)):
                yield from (in_words(_constant(key)) for key in keys if key)
            case ast.ClassDef(name="Words") if path.startswith("landscape_lab/figures"):
                yield from (
                    _constant(each.value) for each in node.body if isinstance(each, ast.AnnAssign) and each.value
                )
            case ast.ClassDef() if any(
                path.startswith(f"optim_core/{kind}s/") for kind in ("optimizer", "schedule", "sampler")
            ):
                if _has_label(node) and (story := ast.get_docstring(node)):
                    yield story.partition("\n")[0]
            case ast.Constant(value=str(text)) if path.startswith(("landscape_lab/experiments", "pages")):
                yield from NAMED.findall(text)
                if path.startswith("pages") and WITH_WORDS.search(text):
                    yield text


def _has_label(node: ast.ClassDef) -> bool:
    return any(isinstance(each, ast.AnnAssign) and ast.unparse(each.target) == "label" for each in node.body)


def _of_call(name: str, call: ast.Call) -> Iterator[str]:
    for place in CALLS.get(name, ()):
        if isinstance(place, int):
            found = call.args[place : place + 1]
        else:
            found = [keyword.value for keyword in call.keywords if keyword.arg == place]
        for value in found:
            yield from _constants(value)


def _constants(value: ast.expr) -> Iterator[str]:
    """The string constants of an expression: a constant, a conditional expression, or a tuple or list of these."""
    match value:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _constants(one)
            yield from _constants(other)
        case ast.Tuple(elts=several) | ast.List(elts=several):
            for each in several:
                yield from _constants(each)


def _constant(value: ast.expr) -> str:
    return next(_constants(value), "")


def extracted() -> Catalog:
    """All texts of the app, with the files that contain them."""
    catalog = Catalog(project="Loss Landscape Lab", fuzzy=False)
    for layer in LAYERS:
        home = ROOT / layer
        for file in [home] if home.is_file() else sorted(home.rglob("*.py")):
            path = file.relative_to(ROOT).as_posix()
            for text in texts(path, ast.parse(file.read_text(encoding="utf-8"))):
                if any(c.isalpha() for c in text) and "://" not in text:
                    catalog.add(text, locations=[(path, 0)])
    return catalog


def read(file: Path) -> Catalog:
    """Read a catalog from disk."""
    with file.open("rb") as source:
        return read_po(source, locale=file.parts[-3])


def written(catalog: Catalog) -> bytes:
    """The catalog as text, without dates, versions and line numbers, so that it changes only if a text does."""
    out = BytesIO()
    write_po(out, catalog, width=120, include_lineno=False, ignore_obsolete=True)
    return b"".join(line for line in out.getvalue().splitlines(True) if not NOISE.match(line))


def compiled(catalog: Catalog) -> bytes:
    """The compiled catalog, as gettext reads it."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def untranslated(file: Path, source: Catalog) -> list[str]:
    """The texts of the source without a translation in this catalog. The app shows them in English."""
    translated = {str(message.id) for message in read(file) if message.id and message.string}
    return [str(message.id) for message in source if message.id and str(message.id) not in translated]


def untranslated_content() -> list[str]:
    """The content of lessons that another language lacks, as file names and names of sections."""
    lacking = []
    for english in sorted(CONTENT.glob("*.en.md")):
        whole = parse(english.read_text(encoding="utf-8"))
        for language in LANGUAGES:
            file = english.with_name(english.name.replace(".en.", f".{language}."))
            if not file.exists():
                lacking.append(f"content/{file.name}")
                continue
            found = parse(file.read_text(encoding="utf-8"))
            blocks = {(section, name) for section, names in whole.sections.items() for name in names}
            blocks -= {(section, name) for section, names in found.sections.items() for name in names}
            lacking += [f"content/{file.name}: {section} {name}".rstrip() for section, name in sorted(blocks)]
            lacking += [f"content/{file.name}: {name}" for name in whole.cells if name not in found.cells]
    return lacking


def update(file: Path, source: Catalog) -> None:
    """Merge the texts of the source into a catalog, and compile it."""
    catalog = read(file)
    catalog.update(source, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.header_comment = "# What the app says, in another language. `make messages` adds what is new."
    file.write_bytes(written(catalog))
    # Read from disk again, so that the same text always gives the same bytes.
    file.with_suffix(".mo").write_bytes(compiled(read(file)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Update or check the catalogs. Returns the exit code, 1 if --strict finds a text without a translation."""
    parser = argparse.ArgumentParser(prog="python -m scripts.messages", description="The catalogs of translations.")
    parser.add_argument("--list", action="store_true", help="list the texts without a translation")
    parser.add_argument("--check", action="store_true", help="write nothing, and warn of texts without a translation")
    parser.add_argument("--strict", action="store_true", help="the same, and end with 1 if there are any")
    chosen = parser.parse_args(arguments)
    checks = chosen.check or chosen.strict
    source, incomplete = extracted(), False
    for file in sorted(LOCALE.rglob("*.po")):
        if not checks:
            update(file, source)
        missing = untranslated(file, source)
        incomplete |= bool(missing)
        if missing and checks:
            name = file.relative_to(LOCALE.parents[2])
            print(f"warning: {name} lacks {len(missing)} translations; the app shows these texts in English:")
        elif not checks:
            print(f"{file.relative_to(LOCALE.parents[2])}: {len(source)} texts, {len(missing)} to translate")
        for text in missing if checks or chosen.list else []:
            print(f"  {text!r}")
    lacking = untranslated_content()
    if lacking:
        print("warning: the app shows this content in English:", *lacking, sep="\n  ")
    return int((incomplete or bool(lacking)) and chosen.strict)


if __name__ == "__main__":
    sys.exit(main())
