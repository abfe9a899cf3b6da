"""ES modules are joined in the order of their imports, and modules that cannot be joined are refused."""

import re
import subprocess
from pathlib import Path

import pytest

import landscape_lab.ui
from landscape_lab.ui import assets
from landscape_lab.ui.javascript import joined
from tests.node import NODE

ENTRIES = {**assets.ENTRIES, "live": assets.LIVE_ENTRY}


def written(folder: Path, **modules: str) -> Path:
    """Join the module `entry` of the modules given by name and text."""
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)
    return folder / "entry.js"


def test_imports_precede_their_module_and_occur_once(tmp_path: Path):
    entry = written(
        tmp_path,
        entry='import { two } from "./a.js";\nimport { one } from "./b.js";\n\nexport const three = one + two;\n',
        a='import {\n  one,\n} from "./b.js";\n/** Of both. */\nexport const two = 2 * one; // the double\n',
        b="export const one = 1;\n",
    )
    assert (
        joined(entry) == "const one = 1;\n\nconst two = 2 * one; // the double\n\n\nexport const three = one + two;\n"
    )


REFUSED = {
    "a name that is not exported": {"entry": 'import { a } from "./other.js";\n', "other": "const a = 1;\n"},
    "a name twice": {
        "entry": 'import { a } from "./other.js";\nconst b = 1;\n',
        "other": "export const a = 1, c = 2;\nlet b;\n",
    },
    "a cycle": {
        "entry": 'import { a } from "./other.js";\nexport const b = 1;\n',
        "other": 'import { b } from "./entry.js";\nexport const a = b;\n',
    },
    "a default": {"entry": "export default 1;\n"},
    "another kind of import": {"entry": 'import * as other from "./other.js";\n', "other": "export const a = 1;\n"},
    "a name from elsewhere": {"entry": 'export { a } from "./other.js";\n', "other": "export const a = 1;\n"},
    "a pattern": {"entry": "const { a } = { a: 1 };\n"},
}


@pytest.mark.parametrize("modules", REFUSED.values(), ids=list(REFUSED))
def test_module_that_cannot_be_joined_is_refused(tmp_path: Path, modules: dict[str, str]):
    with pytest.raises(SyntaxError):
        joined(written(tmp_path, **modules))


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_joined_scripts_are_modules(entry: Path):
    """Node parses them without running them."""
    command = [NODE, "--input-type=module", "--check"]
    done = subprocess.run(command, input=joined(entry), capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_no_module_shadows_a_global(entry: Path):
    """A class `DataView`, harmless in its own module, would shadow the global after joining."""
    known = subprocess.check_output([NODE, "-p", "Object.getOwnPropertyNames(globalThis).join(' ')"], encoding="utf-8")
    declared = re.findall(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", joined(entry), re.MULTILINE)
    assert "DataView" in known.split() and declared
    assert not set(declared) & set(known.split())


def test_every_script_is_sent():
    home = Path(landscape_lab.ui.__file__).parent
    seen: set[Path] = set()

    def follow(path: Path) -> None:
        if path in seen:
            return
        seen.add(path)
        for line in path.read_text(encoding="utf-8").split("\n"):
            if " from " in line and line.startswith(("import", "}")):
                follow((path.parent / line.split('"')[1]).resolve())

    for entry in ENTRIES.values():
        follow(entry.resolve())
    assert seen == {path.resolve() for path in home.rglob("*.js")}
