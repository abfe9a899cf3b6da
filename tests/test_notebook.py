"""The example notebooks, run cell by cell in their own folder as by Jupyter: the last line of a cell is shown.

Their cells are plain Python, so the tests need no Jupyter.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOKS = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(DOCS.glob("*.ipynb"))}
CODE = {
    name: ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for name, notebook in NOTEBOOKS.items()
}

RUNNER = """
import ast, json, sys

names = {"__name__": "__main__"}
shown = []
for text in json.load(sys.stdin):
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
    html = value._repr_html_() if hasattr(value, "_repr_html_") else ""
    shown.append({"type": type(value).__name__, "html": len(html)})
sys.stderr.write(json.dumps(shown))
"""


def shown_by(code: list[str]) -> tuple[str, list[dict]]:
    """What the cells print, and the last value of each."""
    command = [sys.executable, "-W", "error", "-c", RUNNER]
    done = subprocess.run(command, cwd=DOCS, input=json.dumps(code), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(done.stderr)


def test_every_cell_runs_and_every_figure_can_be_shown():
    printed, shown = shown_by(CODE["notebook"])
    figures = [each for each in shown if each["type"] == "Figure"]
    assert len(figures) == 4
    assert all(figure["html"] > 1000 for figure in figures)
    assert "import torch" in printed and "Nothing else was tuned." in printed


def test_every_cell_about_networks_runs_with_fewer_epochs():
    epochs = "epochs=15"
    assert sum(text.count(epochs) for text in CODE["networks"]) == 1
    printed, shown = shown_by([text.replace(epochs, "epochs=1") for text in CODE["networks"]])
    assert [each["type"] for each in shown if each["html"] > 1000] == ["Figure"]
    assert printed.count("validation accuracy") == 4 and "sharpness at the ends: [" in printed


def test_first_race_needs_five_lines_and_the_networks_need_nine():
    for name, line, most in (("notebook", "import Scenario, race", 5), ("networks", "import NetworkScenario", 9)):
        (text,) = (text for text in CODE[name] if line in text)
        assert len([line for line in text.splitlines() if line]) == most


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_notebook_is_valid_and_has_no_output(name: str):
    notebook = NOTEBOOKS[name]
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        assert {"cell_type", "id", "metadata", "source"} <= set(cell)
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
