"""Self-contained program text from definitions of this library: classes, functions and their dependencies.

The text is taken from the source, without annotations, class variables and methods that nothing in the text calls.
"""

import ast
import dataclasses
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from optim_core.caching import bounded_cache
from optim_core.knob import HasKnobs
from optim_core.objective import Real

OURS = ("optim_core", "landscapes", "landscape_lab")
LEFT_OUT = {"final", "abstractmethod", "traced_search", "ABC", "Protocol"}
"""Decorators and bases that are omitted from scripts."""
SIMPLE = {float: "float", Real: "float", int: "int", bool: "bool"}


class Module(NamedTuple):
    """A source file: its lines, and its statements by the name that they define."""

    lines: tuple[str, ...]
    names: Mapping[str, ast.stmt]


class Place(NamedTuple):
    """The module and the name of a definition."""

    module: str
    name: str


class Bundle:
    """A collector of definitions. `text` has each definition after those that it needs."""

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self._found: dict[Place, ast.stmt] = {}
        self._attributes: set[str] = set()
        self._needs: dict[Place, dict[Place, None]] = {}

    def add(self, *things: Any, using: Iterable[str] = ()) -> None:
        """Add classes or functions. `using` are the names of the methods of the classes that the script calls."""
        self._attributes |= set(using)
        for thing in things:
            self._find(Place(thing.__module__, thing.__name__))
        before = -1
        while before != (before := len(self._attributes) + len(self._found)):  # a method that is found may call others
            for place in list(self._found):
                self._needs.setdefault(place, {})
                for node in self._parts(place):
                    self._read(place, node)

    def uses(self, attribute: str) -> bool:
        """Return whether the text uses an attribute or a method of that name."""
        return attribute in self._attributes

    @property
    def import_lines(self) -> str:
        """The import statements, those of the standard library first."""
        homes: dict[str, list[str]] = {}
        for line in sorted(line for line in self.imports if line.startswith("from")):
            _from, home, _import, name = line.split()
            homes.setdefault(home, []).append(name)
        plain = sorted(line for line in self.imports if line.startswith("import") and "numpy" not in line)
        standard = plain + [f"from {home} import {', '.join(names)}" for home, names in homes.items()]
        numpy = [line for line in self.imports if "numpy" in line]
        return "\n\n".join("\n".join(lines) for lines in (standard, numpy) if lines)

    @property
    def text(self) -> str:
        """All definitions."""
        return "\n\n".join(self.definitions)

    @property
    def definitions(self) -> list[str]:
        """The text of each definition, after one text with all constants."""
        order: dict[Place, None] = {}

        def visit(place: Place, above: tuple[Place, ...]) -> None:
            if place not in above and place not in order:
                for other in self._needs[place]:
                    visit(other, (*above, place))
                order[place] = None

        for place in self._found:
            visit(place, ())
        constants = [place for place in order if isinstance(self._found[place], ast.Assign | ast.AnnAssign)]
        texts = ["\n".join(_constant(place, self._found[place]) for place in constants) + "\n"] if constants else []
        return texts + [self._definition(place) for place in order if place not in constants]

    def method(self, cls: type, name: str) -> str:
        """Return one method of a class as text, indented as in a class, and add its dependencies."""
        place = Place(cls.__module__, cls.__name__)
        (node,) = (each for each in _class(cls).body if isinstance(each, ast.FunctionDef) and each.name == name)
        self._needs.setdefault(place, {})
        self._read(place, node)
        del self._needs[place]
        self.add()
        return "\n".join(_function(_module(cls.__module__).lines, node))

    def _find(self, place: Place) -> None:
        if place in self._found:
            return
        node = _module(place.module).names[place.name]
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Assign | ast.AnnAssign):
            self._found[place] = node
        if isinstance(node, ast.ClassDef) and dataclasses.is_dataclass(_runtime(place)):
            self.imports.add("from dataclasses import dataclass")

    def _parts(self, place: Place) -> Iterator[ast.AST]:
        """Yield the syntax trees of the parts of a definition that the text contains."""
        node = self._found[place]
        if not isinstance(node, ast.ClassDef):
            yield node
            return
        cls = _runtime(place)
        if not dataclasses.is_dataclass(cls):
            yield from node.bases
        yield from (member for _owner, member in self._members(cls))

    def _members(self, cls: type) -> Iterator[tuple[type, ast.stmt]]:
        """Yield the methods and class attributes that are used, with the class that defines them.

        The text of a dataclass includes inherited members instead of its bases, which are only interfaces.
        """
        seen = set()
        for owner in cls.__mro__ if dataclasses.is_dataclass(cls) else (cls,):
            if owner.__module__.partition(".")[0] not in OURS:
                continue
            for member in _class(owner).body:
                name = _name_of(member)
                if owner is HasKnobs:
                    continue  # checks of settings: those of a script are valid
                if name and name not in seen and (name in self._attributes or name.startswith("__")):
                    abstract = isinstance(member, ast.FunctionDef) and "abstractmethod" in _decorators(member)
                    seen.add(name)
                    if not abstract and not _is_field(owner, member):
                        yield owner, member

    def _read(self, place: Place, node: ast.AST) -> None:
        """Collect the names and attributes that a part of a definition needs."""
        home = place
        if isinstance(node, ast.FunctionDef) and isinstance(self._found.get(place), ast.ClassDef):
            owners = {member: owner for owner, member in self._members(_runtime(place))}
            home = Place(owners[node].__module__, "") if node in owners else place
        local, bare = _local_names(node), list(_without_annotations(node))
        self._attributes |= {each.attr for each in bare if isinstance(each, ast.Attribute)}
        for each in bare:
            match each:
                case ast.Call(func=ast.Name(id="hasattr" | "getattr"), args=[_, ast.Constant(value=str(name)), *_]):
                    self._attributes.add(name)
        for each in bare:
            if isinstance(each, ast.Name) and each.id not in local:
                self._need(place, home.module, each.id)

    def _need(self, place: Place, module: str, name: str) -> None:
        node = _module(module).names.get(name)
        if node is None or name in LEFT_OUT:  # a builtin
            return
        if name == bounded_cache.__name__:  # a script does not share its caches between users
            self.imports.add("from functools import lru_cache")
            return
        if isinstance(node, ast.Import):
            (alias,) = (alias for alias in node.names if (alias.asname or alias.name) == name)
            self.imports.add(f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else ""))
        elif isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] not in OURS:
            self.imports.add(f"from {node.module} import {name}")
        elif isinstance(node, ast.ImportFrom):
            self._need(place, str(node.module), name)
        elif Place(module, name) != place:
            self._find(Place(module, name))
            self._needs[place][Place(module, name)] = None

    def _definition(self, place: Place) -> str:
        node, lines = self._found[place], _module(place.module).lines
        if isinstance(node, ast.FunctionDef):
            return "\n".join(_function(lines, node)) + "\n"
        assert isinstance(node, ast.ClassDef)
        cls = _runtime(place)
        head, body = [], []
        if dataclasses.is_dataclass(cls):
            head = ["@dataclass(frozen=True)", f"class {place.name}:"]
            body = [f"    {f.name}: {SIMPLE.get(f.type, 'object')}" for f in dataclasses.fields(cls)]  # type: ignore[arg-type]
        else:
            bases = ", ".join(name for base in node.bases if (name := ast.unparse(base)) not in LEFT_OUT)
            head = [f"class {place.name}({bases}):" if bases else f"class {place.name}:"]
            if issubclass(cls, tuple):
                body = [_tuple_field(member) for member in node.body if isinstance(member, ast.AnnAssign)]
        parts = [_docstring(lines, node), body]
        for owner, member in self._members(cls):
            source = _module(owner.__module__).lines
            own = isinstance(member, ast.FunctionDef)
            parts.append(_function(source, member) if own else [f"    {_assigned(member)}"])
        inside = "\n\n".join("\n".join(part) for part in parts if part)
        return "\n".join(head) + "\n" + (inside or "    pass") + "\n"


@lru_cache(maxsize=128)
def _module(name: str) -> Module:
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    names: dict[str, ast.stmt] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name: node for alias in node.names}
        elif name_of := _name_of(node):
            names[name_of] = node
    return Module(tuple(source.splitlines()), names)


def _name_of(node: ast.stmt) -> str | None:
    """Return the name that a statement defines, or None."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return None


def _runtime(place: Place) -> type:
    return getattr(sys.modules[place.module], place.name)


def _class(cls: type) -> ast.ClassDef:
    node = _module(cls.__module__).names[cls.__name__]
    assert isinstance(node, ast.ClassDef)
    return node


def _is_field(owner: type, member: ast.stmt) -> bool:
    """Return whether a statement declares a field of a dataclass or a named tuple, or a type without a value."""
    if not isinstance(member, ast.AnnAssign):
        return False
    declared = {f.name for f in dataclasses.fields(owner)} if dataclasses.is_dataclass(owner) else set()
    return member.value is None or _name_of(member) in declared or issubclass(owner, tuple)


def _decorators(node: ast.FunctionDef | ast.ClassDef) -> list[str]:
    texts = [ast.unparse(decorator) for decorator in node.decorator_list]
    return [text.replace(bounded_cache.__name__, lru_cache.__name__) for text in texts]


def _without_annotations(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a syntax tree and all trees below it, except annotations."""
    yield node
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _without_annotations(child)


def _local_names(node: ast.AST) -> set[str]:
    """Return the names of the arguments and local variables of a function."""
    if not isinstance(node, ast.FunctionDef):
        return set()
    stored = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return stored | {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}


def _function(lines: tuple[str, ...], node: ast.stmt) -> list[str]:
    """Return the lines of a function without type annotations. Comments are kept."""
    assert isinstance(node, ast.FunctionDef)
    indent = " " * node.col_offset
    bare = ast.FunctionDef(node.name, _bare(node.args), [ast.Pass()], [], lineno=0)  # type: ignore[call-arg]
    signature = ast.unparse(bare).splitlines()[0]
    decorators = [f"{indent}@{each}" for each in _decorators(node) if each not in LEFT_OUT]
    body = [*lines[node.body[0].lineno - 1 : node.end_lineno]]
    for each in ast.walk(node):
        if isinstance(each, ast.AnnAssign) and each.value:
            place = each.lineno - node.body[0].lineno
            line = body[place].encode()
            body[place] = (line[: each.target.end_col_offset] + line[each.annotation.end_col_offset :]).decode()
    return [*decorators, indent + signature, *body]


def _bare(arguments: ast.arguments) -> ast.arguments:
    def plain(each: ast.arg) -> ast.arg:
        return ast.arg(each.arg)

    return ast.arguments(
        [plain(each) for each in arguments.posonlyargs],
        [plain(each) for each in arguments.args],
        arguments.vararg and plain(arguments.vararg),
        [plain(each) for each in arguments.kwonlyargs],
        arguments.kw_defaults,
        arguments.kwarg and plain(arguments.kwarg),
        arguments.defaults,
    )


def _docstring(lines: tuple[str, ...], node: ast.ClassDef) -> list[str]:
    first = node.body[0]
    return [*lines[first.lineno - 1 : first.end_lineno]] if ast.get_docstring(node) else []


def _constant(place: Place, node: ast.stmt) -> str:
    """Return the text of a module's constant with its comment."""
    if isinstance(node, ast.AnnAssign):
        return _assigned(node)
    return "\n".join(_module(place.module).lines[node.lineno - 1 : node.end_lineno])


def _assigned(node: ast.stmt) -> str:
    match node:
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return f"{ast.unparse(target)} = {ast.unparse(value)}"
    return ast.unparse(node)


def _tuple_field(node: ast.AnnAssign) -> str:
    default = f" = {ast.unparse(node.value)}" if node.value else ""
    return f"    {ast.unparse(node.target)}: object{default}"
