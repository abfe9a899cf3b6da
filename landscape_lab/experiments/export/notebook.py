"""Jupyter notebooks of a race, with its scenario, figures and results."""

import json
import re
from typing import Any
from urllib.parse import urlencode

from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError

TEXTS = ("# A race on {surface}", "The same race in the app: `?{link}`")
RACE = """\
from landscape_lab import Scenario, race

scenario = Scenario.from_query(
    {{
{query}
    }}
)
run = race(scenario)
labels = [entry.label for entry in scenario.entries]"""
MAP = """\
from landscape_lab.figures.contour import paths_figure

paths_figure(run.landscape, run.trajectories, labels)"""
CURVES = """\
from landscape_lab.figures.curves import curves_figure

minimum = run.landscape.minimum_value
curves_figure(run.trajectories, labels, minimum=minimum, noisy=scenario.is_noisy)"""
RESULTS = """\
from landscape_lab.experiments import results

for row in results(run):
    print(f"{row.name}: {row.outcome}, loss {row.final_loss:.4g} after {row.evaluations} gradients")"""


def to_notebook(scenario: Scenario) -> str:
    """Return the notebook as JSON (nbformat 4.5), without output.

    Raises ScenarioError for a scenario about own data, which a notebook does not contain.
    """
    if scenario.data is not None:
        raise ScenarioError("A notebook does not hold your own data: the race of its link cannot be run without them.")
    query = scenario.to_query()
    surface = re.sub(r"[^\w .,()'-]", "", scenario.landscape.label)
    title = "\n\n".join(TEXTS).format(surface=surface, link=urlencode(query))
    lines = "\n".join(f"        {name!r}: {value!r}," for name, value in query.items())
    code = (RACE.format(query=lines), MAP, CURVES, RESULTS)
    cells = [
        _cell("markdown", title),
        *(_cell("code", text) | {"outputs": [], "execution_count": None} for text in code),
    ]
    notebook = {
        "cells": [{"id": f"cell-{number}"} | cell for number, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cell(kind: str, text: str) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": text.splitlines(keepends=True)}
