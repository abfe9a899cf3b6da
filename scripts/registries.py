"""The names and types of the classes in the registries: `make registries` writes them, after a class was added.

The registries find their classes by walking a folder, which a type checker cannot follow. A stub beside each folder's
`__init__.py` tells it the class of each key, and `optim_core/__init__.py` exports every class by its name.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES
from optim_core.registry import Registry

ROOT = Path(__file__).parents[1]
REGISTRIES: Mapping[str, Registry] = {"optimizers": OPTIMIZERS, "samplers": SAMPLERS, "schedules": SCHEDULES}
"""The registry of each folder in `optim_core`."""
EXPORTS = "optim_core/__init__.py"

STUB = '''"""The class of each key. Written by `make registries`; not to be edited."""

from typing import Any, Literal, overload

{imports}

class _{kind}(Registry[type[Any]]):
{overloads}
    @overload
    def __getitem__(self, key: str) -> type[Any]: ...

{name}: _{kind}
'''
OVERLOAD = """    @overload
    def __getitem__(self, key: Literal["{key}"]) -> type[{cls}]: ..."""


def stub(folder: str) -> str:
    """The stub of a folder's `__init__.py`."""
    classes = {key: cls.__name__ for key, cls in sorted(REGISTRIES[folder].built_in.items())}
    imports = [f"from optim_core.{folder}.{key} import {cls}" for key, cls in classes.items()]
    overloads = [OVERLOAD.format(key=key, cls=cls) for key, cls in classes.items()]
    return STUB.format(
        imports="\n".join(sorted([*imports, "from optim_core.registry import Registry"])),
        kind=folder.capitalize(),
        overloads="\n".join(overloads),
        name=folder.upper(),
    )


def exports(text: str) -> str:
    """The text of `optim_core/__init__.py`, with an import and an export of each class."""
    of_class = re.compile(rf"from optim_core\.(?:{'|'.join(REGISTRIES)})\.\w+ import (\w+)\n")
    old = set(of_class.findall(text))
    new = {cls.__name__: cls.__module__ for registry in REGISTRIES.values() for cls in registry.built_in.values()}
    text = of_class.sub("", text)
    lines = re.findall(r"^from .*\n", text, re.MULTILINE)
    lines += [f"from {module} import {name}\n" for name, module in new.items()]
    names = {*re.findall(r'^    "(\w+)",$', text, re.MULTILINE)} - old | new.keys()
    head, _, _ = text.partition("\nfrom optim_core.")
    exported = "".join(f'    "{name}",\n' for name in sorted(names, key=_place))
    return f"{head}\n{''.join(sorted(lines, key=str.split))}\n__all__ = [\n{exported}]\n"


def _place(name: str) -> tuple[bool, bool, str]:
    """The order of ruff's rule RUF022: constants, classes, functions."""
    return not name.isupper(), not name[0].isupper(), name


def files() -> dict[str, str]:
    """The files that this script writes, and their texts."""
    stubs = {f"optim_core/{folder}/__init__.pyi": stub(folder) for folder in REGISTRIES}
    return stubs | {EXPORTS: exports((ROOT / EXPORTS).read_text(encoding="utf-8"))}


if __name__ == "__main__":
    for name, text in files().items():
        (ROOT / name).write_text(text, encoding="utf-8")
