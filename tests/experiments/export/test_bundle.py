"""Definitions as text that stands on its own."""

import ast
import builtins

import pytest

from landscape_lab.experiments.export.bundle import Bundle
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES
from optim_core.backtracking import backtrack

THINGS = {
    **{key: (cls, {"init", "step", "value", "gradient", "hessian"}) for key, cls in OPTIMIZERS.items()},
    **{f"{key} schedule": (cls, {"factor"}) for key, cls in SCHEDULES.items()},
    **{f"{key} sampler": (cls, {"at"}) for key, cls in SAMPLERS.items()},
}


@pytest.mark.parametrize("name", THINGS)
def test_every_name_in_the_text_is_defined_in_it(name: str):
    cls, using = THINGS[name]
    bundle = Bundle()
    bundle.add(cls, using=using)
    tree = ast.parse(f"{bundle.import_lines}\n{bundle.text}")
    nodes = list(ast.walk(tree))
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    defined |= {alias.asname or alias.name for node in nodes if isinstance(node, ast.alias) for alias in [node]}
    defined |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    defined |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    assert used - defined - set(dir(builtins)) == set()


def test_types_go_and_comments_stay():
    bundle = Bundle()
    bundle.add(backtrack)
    assert "def backtrack(objective, theta, direction, slope, first, shrink, armijo):" in bundle.text
    assert "# Multiplied one by one" in bundle.text
    assert "Array" not in bundle.text


def test_what_nothing_calls_is_left_out():
    bundle = Bundle()
    bundle.add(OPTIMIZERS["clipping"], using={"step", "gradient"})
    assert "def gradient" in bundle.text
    assert "def hessian" not in bundle.text and "def init" not in bundle.text
    assert "formula" not in bundle.text and "knob" not in bundle.text


def test_definitions_come_after_what_they_need():
    bundle = Bundle()
    bundle.add(OPTIMIZERS["clipping"], using={"step", "gradient"})
    text = bundle.text
    assert text.index("class Reshaped") < text.index("class Clipped") < text.index("class Clipping")
