"""The browser's scripts: parts that need no page are tested under Node (`script/*.test.js`); all are type-checked."""

import re
import subprocess
from pathlib import Path

import pytest

import landscape_lab.ui
from tests.node import NODE

TESTS = sorted(Path(__file__).parent.glob("*/script/*.test.js"))
SCRIPTS = sorted(Path(landscape_lab.ui.__file__).parent.rglob("*.js"))
INSIDE = "plotly_inside.js"
ids = [path.name for path in SCRIPTS]


def test_scripts_pass_their_tests_under_node():
    done = subprocess.run([NODE, "--test", *map(str, TESTS)], capture_output=True, encoding="utf-8", check=False)
    assert TESTS and done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_every_script_is_type_checked(path: Path):
    """`make lint` runs the type checker, which skips a file that opts out."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// @ts-check\n")
    assert not re.search(r"@ts-(ignore|nocheck|expect-error)", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_scripts_are_short(path: Path):
    """A script of more than 400 lines is assumed to have more than one responsibility."""
    assert path.read_text(encoding="utf-8").count("\n") <= 400


PRIVATE = re.compile(
    r"_fullLayout|_fullData|\._scene\b|glplot|cameraParams|dataScale|onrender|\b_offset\b|\b_length\b|\b_size\b"
    r"|\b[a-z]2[a-z]\(|nsewdrag|modebar-|['\"`.]modebar\b|js-plotly|main-svg"
)
"""Fields of plotly.js that are undocumented, and names of its elements."""


@pytest.mark.parametrize("path", SCRIPTS, ids=ids)
def test_only_one_script_uses_internals_of_plotly(path: Path):
    found = PRIVATE.findall(re.sub(r"(?s:/\*.*?\*/)|//.*", "", path.read_text(encoding="utf-8")))
    if path.name == INSIDE:
        assert {"_fullLayout", "glplot", "_offset", "nsewdrag"} <= set(found), (
            "the rule must find the forbidden names where they are allowed"
        )
    else:
        assert found == []
