"""The README and documentation: examples run, names exist, and the API reference is complete."""

import doctest
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from landscape_lab import __version__
from landscape_lab.command import COMMANDS
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES
from scripts.docstrings import markdown
from tests.registering import registries_kept
from tests.test_setup import ENVIRONMENT, PROJECT, README, ROOT, TARGETS

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
DOCUMENTS = [path for path in (*sorted(ROOT.glob("*.md")), *PAGES)]
EACH = pytest.mark.parametrize("file", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
SOURCES = {
    path.name
    for folder in ("landscape_lab", "landscapes", "optim_core", "docs", "tests")
    for path in (ROOT / folder).rglob("*.*")
} | {path.name for path in ROOT.iterdir()}
NAVIGATION = (ROOT / "mkdocs.yml").read_text().partition("\nnav:\n")[2]


def prose(text: str) -> str:
    """The text without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The link targets of a page: its headings in lower case, with hyphens."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_readme_has_the_same_contents_in_both_languages():
    """The same code, links, headings, tables and lists, each with a link to the other."""
    english, chinese = README, (ROOT / "README.zh.md").read_text(encoding="utf-8")
    assert code_of(english) == code_of(chinese)
    links = [set(re.findall(r"\]\(([^)]+)\)", text)) for text in (english, chinese)]
    assert links[0] - links[1] == {"README.zh.md"} and links[1] - links[0] == {"README.md"}
    for part in (r"^#+ ", r"^\|", r"^\d\. ", r"^!\["):
        assert len(re.findall(part, english, re.MULTILINE)) == len(re.findall(part, chinese, re.MULTILINE)), part


@EACH
def test_document_names_only_commands_that_exist(file: Path):
    text = file.read_text()
    code = re.findall(r"`(make\s[^`]*)`", text) + re.findall(r"^(make .*)$", "".join(code_of(text)), re.MULTILINE)
    named = {word for command in code for word in re.findall(r"^make\s+([a-z-]+)", command)}
    assert named <= TARGETS
    assert not file.name.startswith("README") or {"run", "test"} <= named


@EACH
def test_document_names_only_commands_of_the_package_that_exist(file: Path):
    named = set(
        re.findall(r"(?:\blandscape-lab|-m landscape_lab) ([a-z]+)\b", "".join(code_and_spans(file.read_text())))
    )
    assert named <= set(COMMANDS)
    assert file.name != "command-line.md" or named == set(COMMANDS)


def code_and_spans(text: str) -> list[str]:
    """The lines of the code blocks, and the code spans of the prose, one per line."""
    return [*code_of(text), *(f"{span}\n" for span in re.findall(r"`([^`]+)`", prose(text)))]


def code_of(text: str) -> list[str]:
    """The blocks of code of a document."""
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@EACH
def test_document_names_only_files_that_exist(file: Path):
    text = prose(file.read_text())
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", text)
    for link in links:
        name, _, anchor = link.partition("#")
        target = file.parent / name if name else file
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link
    for name in re.findall(r"^\| `([^` <]*[/.][^` <]*)` \|", text, re.MULTILINE):
        assert re.fullmatch(r"\w+(\[\w+\])?(\.\w+(\[\w+\])*)+", name) or (ROOT / name).exists(), name
    for name in re.findall(r"`([\w./-]+\.(?:py|md|js|toml|yml|txt|cff))`", text):
        assert (ROOT / name).exists() if "/" in name else name in SOURCES, name


def test_table_of_architecture_names_every_package():
    table = re.findall(r"^\| `([^`]+)`", (DOCS / "architecture.md").read_text(), re.MULTILINE)
    packages = ["app.py", "asgi.py", *(path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("*/__init__.py"))]
    packages += [path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("landscape_lab/*/__init__.py")]
    named = {f"{name}/" for name in table} | set(table)
    assert [
        name for name in packages if name not in named and not any(each.startswith(f"{name}/") for each in named)
    ] == []
    assert [name for name in table if not (ROOT / name).exists()] == []


def test_glossary_has_ten_words():
    glossary = (DOCS / "architecture.md").read_text().partition("## Glossary")[2].partition("\n## ")[0]
    assert len(re.findall(r"^\| [a-z]", glossary, re.MULTILINE)) == 1 + 10


BLOCKS = [
    (path.relative_to(ROOT).as_posix(), block)
    for path in DOCUMENTS
    for block in re.findall(r"^```python\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)
]
SESSIONS = [(name, block) for name, block in BLOCKS if block.startswith(">>>")]


def test_all_python_examples_are_run():
    """The additions of docs/extending.md are run by `test_extending.py` instead."""
    assert {"README.md", "README.zh.md", "docs/python.md"} <= {name for name, _ in SESSIONS}
    assert {name for name, block in BLOCKS if not block.startswith(">>>")} == {"docs/extending.md"}


@pytest.mark.parametrize(("name", "session"), SESSIONS)
def test_session_prints_the_documented_output(name: str, session: str):
    test = doctest.DocTestParser().get_doctest(session, {}, name, name, 0)
    said: list[str] = []
    with registries_kept():
        failed, tried = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert tried and not failed, "".join(said)


# ---- files read by other services ----


def test_citation_has_the_version_and_the_licence_of_the_package():
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {__version__}\n" in citation and f"\nlicense: {PROJECT['project']['license']}\n" in citation


def test_services_run_the_commands_of_the_project():
    """CI runs one command, and the pre-commit hooks pin no separate version."""
    workflow = (ROOT / ".github/workflows/ci.yml").read_text()
    assert re.findall(r"run: (\S+)$", workflow, re.MULTILINE) == ["|", ".ci/run"]
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"- repo: (.*)", hooks) == ["local"] and "rev:" not in hooks
    entries = re.findall(r"entry: (.*)", hooks)
    assert len(entries) == 2 and all(entry.startswith(".venv/bin/python -m ruff ") for entry in entries)


# ---- the site ----


def test_every_page_is_in_the_navigation_and_exists():
    named = re.findall(r"[\w/-]+\.md", NAVIGATION)
    assert sorted(named) == [page.relative_to(DOCS).as_posix() for page in PAGES]


def referred(identifier: str) -> object:
    """The object that a line `::: optim_core.run.run` of the reference shows."""
    module, _, name = identifier.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("package", ["optim_core", "landscapes", "landscapes.networks", "landscape_lab"])
def test_reference_has_every_public_name(package: str):
    module = importlib.import_module(package)
    page = f"reference/{package.rpartition('.')[2]}.md"
    text = (DOCS / page).read_text()
    shown = {name.rpartition(".")[2]: referred(name) for name in re.findall(r"^::: (\S+)", text, re.MULTILINE)}
    public = {name: getattr(module, name) for name in module.__all__ if not name.startswith("__")}
    methods = [method for registry in (OPTIMIZERS, SCHEDULES, SAMPLERS) for method in registry.values()]
    missing = [name for name, value in public.items() if name not in shown and value not in methods]
    assert missing == [], f"missing in docs/{page}"
    assert [name for name in shown if shown[name] is not public.get(name)] == [], "not public"


def test_reference_shows_the_folders_of_all_methods():
    shown = re.findall(r"^::: (\S+)", (DOCS / "reference/methods.md").read_text(), re.MULTILINE)
    assert shown == ["optim_core.optimizers", "optim_core.schedules", "optim_core.samplers"]


def test_docstring_keeps_its_emphasis_code_and_lists():
    text = "Shape (2, *batch) of `a*b*c`.\n\nfirst   what it is\nsecond  a long\n        story\n\n    code * here"
    assert markdown(text) == (
        "Shape (2, \\*batch) of `a*b*c`.\n\n- `first`: what it is\n- `second`: a long\n  story\n\n    code * here"
    )


@pytest.mark.thorough
def test_site_is_built_without_a_warning_and_loads_nothing_from_other_hosts(tmp_path: Path):
    for name in ("docs", "optim_core", "landscapes", "landscape_lab"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "scripts").mkdir()
    for name in ("mkdocs.yml", "scripts/docstrings.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "No issues found" in done.stderr, done.stdout + done.stderr
    reference = (tmp_path / "site/reference/optim_core/index.html").read_text()
    assert 'id="optim_core.run.run"' in reference and "all runs of a batch at once" in reference
    methods = (tmp_path / "site/reference/methods/index.html").read_text()
    for registry in (OPTIMIZERS, SCHEDULES, SAMPLERS):
        for key, method in registry.items():
            assert f'id="{method.__module__}.{method.__name__}"' in methods, key
    for page in (tmp_path / "site").rglob("*.html"):
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?(https?:[^\"\s>]+)", page.read_text())
        assert loaded == [], page
