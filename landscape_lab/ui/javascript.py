"""Joins JavaScript modules into one, so that a page fetches a single file and nothing has to be built beforehand.

The modules are ordinary ES modules: Node runs them and TypeScript checks them as they are. So that they can be joined
as text, they keep to a few forms: `import { name, name } from "./file.js";` at the start of a line, `export` before a
declaration or `export { name, name };`, no cycle, and no name at the top level of two modules.
"""

import re
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^{}]*)\} from "(\.{1,2}/[\w./-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_EXPORTS = re.compile(r"^export \{([^{}]*)\};\n", re.MULTILINE)
_DECLARATION = re.compile(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*|^(?:const|let|var) [\[{].*|^var\b.*", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/)[\s\S])*\*/[ \t]*|// [^\n]*)\n", re.MULTILINE)


@cache
def joined(entry: Path) -> str:
    """The module `entry` and all that it imports as the text of one module with the exports of `entry`.

    Comments on lines of their own are left out. Raises SyntaxError for a form that cannot be joined.
    """
    parts: dict[Path, str] = {}
    _add(entry.resolve(), (), parts)
    declared: dict[str, Path] = {}
    for path, text in parts.items():
        for name in _DECLARATION.findall(_EXPORT.sub("", text)):
            if name in declared:
                raise SyntaxError(f"{name} is declared in {declared[name]} and in {path}")
            declared[name] = path
    return "\n".join(parts.values())


def _add(path: Path, importers: tuple[Path, ...], parts: dict[Path, str]) -> frozenset[str]:
    """Add a module's own text to `parts`, after that of all it imports, and give the names that it exports."""
    source = path.read_text(encoding="utf-8")
    exported = frozenset(
        [*_EXPORT.findall(source), *(name for found in _EXPORTS.findall(source) for name in _names(found))]
    )
    if path in parts:
        return exported
    if path in importers:
        raise SyntaxError(f"{path} imports itself, by way of {', '.join(map(str, importers))}")
    for names, address in _IMPORT.findall(source):
        offered = _add((path.parent / address).resolve(), (*importers, path), parts)
        missing = set(_names(names)) - offered
        if missing:
            raise SyntaxError(f"{path} imports {', '.join(sorted(missing))}, which {address} does not export")
    text = _COMMENT.sub("", _IMPORT.sub("", source))
    inner = _EXPORTS.sub("", _EXPORT.sub("", text))
    other = _OTHER.search(inner)
    if other:
        raise SyntaxError(f"{path} has a line that cannot be joined: {other[0]}")
    parts[path] = inner if importers else text
    return exported


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]
