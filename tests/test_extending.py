"""docs/extending.md is followed exactly in a copy of the project: tests report what is missing, then pass."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from tests.test_setup import ENVIRONMENT, ROOT

PAGE = (ROOT / "docs/extending.md").read_text()
BLOCK = re.compile(r"^ *```(?:python|markdown)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
COPIED = ("content", "docs", "landscape_lab", "landscapes", "optim_core", "pages", "scripts", "static", "tests")

TESTS = (
    "tests/optim_core/test_public_names.py",
    "tests/optim_core/test_every_optimizer.py",
    "tests/optim_core/test_golden.py",
    "tests/landscapes/test_catalog.py",
    "tests/landscapes/test_generated.py",
    "tests/experiments/course/test_content.py",
    "tests/experiments/course/test_lesson.py",
    "tests/test_claims.py",
    "tests/test_language.py",
    "tests/pages/test_lesson_pages.py",
)
"""Those that an addition can turn red, and the most general of the others."""
CHOSEN = (
    "names_and_types or by_its_name or no_counterpart or code_file_is_up_to_date or order_and_lead or texts_of_the_app"
)
"""The tests that ask for something."""


class Addition(NamedTuple):
    """One code block of the page: a new file, or an entry in the definition of `name` in a file."""

    file: str
    name: str
    text: str

    @property
    def key(self) -> str:
        return Path(self.file).name.partition(".")[0]


def additions() -> Iterator[Addition]:
    """The code blocks of the page, in order."""
    for block in BLOCK.findall(PAGE):
        head, _, text = dedent(block).partition("\n")
        if content := re.fullmatch(r"<!-- ([\w/.]+\.md) -->", head):
            yield Addition(content[1], "", text)
            continue
        found = re.fullmatch(r"# ([\w/]+\.py)(?:, in (\w+))?", head)
        assert found, f"a block of docs/extending.md does not begin with a file: {head}"
        yield Addition(found[1], found[2] or "", text if found[2] else f"{head}\n{text}")


ADDITIONS = list(additions())
CODE = [each for each in ADDITIONS if not each.name or each.name == "LANDSCAPES"]
"""What the page adds; the rest is what the tests then ask for."""
COMMANDS = sorted(
    {name for name in re.findall(r"`make\s([a-z]+)`", PAGE) if name in ("registries", "surfaces", "messages")}
)


def add(root: Path, addition: Addition) -> None:
    """Apply one code block of the page."""
    file = root / addition.file
    if not addition.name:
        assert not file.exists()
        file.write_text(addition.text)
        return
    lines = file.read_text().splitlines(keepends=True)
    (node,) = (
        each
        for each in ast.parse("".join(lines)).body
        if isinstance(each, ast.Assign | ast.AnnAssign)
        and ast.unparse(each.targets[0] if isinstance(each, ast.Assign) else each.target) == addition.name
    )
    assert node.end_lineno
    place = node.end_lineno
    while not lines[place - 1].strip(" )]}\n"):
        place -= 1
    if addition.name == "TERMS":  # kept in alphabetical order
        later = [term for term in ast.walk(node) if isinstance(term, ast.Call) and _word(term) > addition.text.lower()]
        place = min((term.lineno - 1 for term in later), default=place)
    file.write_text("".join([*lines[:place], addition.text, *lines[place:]]))


def _word(term: ast.Call) -> str:
    return f'    term("{ast.literal_eval(term.args[0])}"'.lower()


def command_of(target: str) -> list[str]:
    """Run the commands of this target of `make` in the present environment."""
    found = re.search(rf"^{target}:.*\n\t@\$\(python\) (-m .*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert found
    return found[1].split()


def python(root: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, *words]
    return subprocess.run(command, cwd=root, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with all additions of the page."""
    root = tmp_path_factory.mktemp("extended")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    for addition in CODE:
        add(root, addition)
    return root


def test_page_has_every_kind_of_addition():
    folders = [str(Path(each.file).parent) for each in CODE]
    assert folders == [
        *["optim_core/optimizers"] * 2,
        "optim_core/schedules",
        "optim_core/samplers",
        "landscapes",
        "landscape_lab/experiments/course/lessons",
        "content",
        "pages",
    ]
    assert COMMANDS == ["messages", "registries", "surfaces"]


def test_additions_work_without_further_changes(extended: Path):
    """The additions of the page can be run without any other change."""
    optimizer, wrapper, schedule, sampler, surface = (each.key for each in CODE[:5])
    (surface,) = re.findall(r'_surface\(\s*"(\w+)"', CODE[4].text)
    code = f"""
from landscape_lab import Scenario, race
query = {{"surface": "{surface}", "steps": "300", "noise": "{sampler}"}}
query["lanes"] = "{optimizer},{wrapper}(inner=adam(learning_rate=0.05*{schedule}))"
for path in race(Scenario.from_query(query)).trajectories:
    print(path.losses[0] > path.losses[-1])
print(len(Scenario.from_query(query).landscape.minima))
"""
    done = python(extended, "-W", "error", "-c", code)
    assert done.stdout.split() == ["True", "True", "2"], done.stderr


@pytest.mark.thorough
def test_tests_report_what_is_missing_and_then_pass(extended: Path):
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "--tb=short"]
    asked = python(extended, *tests, "-k", CHOSEN, *TESTS).stdout
    for addition in ADDITIONS:
        assert addition in CODE or addition.file in asked, addition.file
    for target in COMMANDS:
        assert f"make {target}" in asked, target

    for addition in ADDITIONS:
        if addition not in CODE:
            add(extended, addition)
    for target in COMMANDS:
        done = python(extended, *command_of(target))
        assert done.returncode == 0, done.stderr
    keys = {*(each.key for each in CODE), *re.findall(r'_surface\(\s*"(\w+)"', CODE[4].text)} - {"catalog"}
    done = python(extended, *tests, "-k", f"{CHOSEN} or {' or '.join(sorted(keys))}", *TESTS)
    assert done.returncode == 0 and done.stdout.count(".") > 100, done.stdout
