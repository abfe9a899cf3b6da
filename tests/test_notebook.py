"""The example notebook, run cell by cell in its own folder as by Jupyter: the last line of a cell is shown.

Its cells are plain Python, so the test needs no Jupyter.
"""

import json
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
NOTEBOOK = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))
CODE = ["".join(cell["source"]) for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]

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


def test_every_cell_runs_and_every_figure_can_be_shown():
    command = [sys.executable, "-W", "error", "-c", RUNNER]
    done = subprocess.run(command, cwd=DOCS, input=json.dumps(CODE), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stderr)
    figures = [each for each in shown if each["type"] == "Figure"]
    assert len(figures) == 4
    assert all(figure["html"] > 1000 for figure in figures)
    assert "import torch" in done.stdout and "Nothing else was tuned." in done.stdout


def test_first_race_needs_five_lines():
    (race,) = (text for text in CODE if "import Scenario, race" in text)
    assert len([line for line in race.splitlines() if line]) == 5


def test_notebook_is_valid_and_has_no_output():
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in NOTEBOOK["cells"]:
        assert {"cell_type", "id", "metadata", "source"} <= set(cell)
        if cell["cell_type"] == "code":
            assert cell["outputs"] == [] and cell["execution_count"] is None
