"""Joining of JavaScript modules into one, so that a page fetches a single file without a build step.

The modules are ordinary ES modules, which Node runs and TypeScript checks unchanged. They use only a few forms, so that
they can be joined as text: `import { name, name } from "./file.js";` at the start of a line, `export` before a
declaration or `export { name, name };`, no cycles, and no name at the top level of two modules.
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
    """Return the module `entry` and all its imports as the text of one module with the exports of `entry`.

    Comments on separate lines are removed. Raises SyntaxError for a form that cannot be joined.
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
    """Add the text of a module to `parts`, after the text of its imports, and return the names that it exports."""
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
