"""The scripts that need NumPy alone are run, all of them: their paths are the entries' to the last bit."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from landscape_lab.experiments import RACES, Entry, Scenario, race
from landscape_lab.experiments.export.script import MOST_EXAMPLES
from landscape_lab.experiments.export.snippets import LIBRARIES, snippet
from landscape_lab.experiments.export.twins import TWINS
from landscape_lab.experiments.scenarios.entries import CORES, WRAPPERS
from landscape_lab.experiments.scenarios.scenario import samplers_on
from landscape_lab.experiments.scenarios.surfaces import losses_over
from landscapes import SURFACES
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES
from tests.experiments.export.script_paths import entry_of, paths, scenario_of

FORMULAS = [
    "a*x^2 + max(y, 0.3)^0.5 + abs(sin(x y)) + 1/(1 + y^2)^1.5 - log(a + 3)",
    "x^3 - 3x*y^2 + min(x, y, 2) + sign(x - y) + (x^2 + y^2)^0.5 - exp(-x^2) * cosh(y) * atan(x)",
    "sqrt(x + 1.5) + y^2 + asin(x/9) + acos(y/9) - tan(x/20) - tanh(y) + 2^y + x^-2 + x^a",
    "sinc(x) + sigmoid(x y) + softplus(y) + cbrt(x) + log1p(x^2) + atan2(y, x)^2 + expm1(x) + acosh(x + 5) + step(y)",
    "x^2 + y^2 + mod(x, y) floor(y) + asinh(x) + log10(2 + hypot(x, y)) + log2(3 + y) + atanh(x/9) + round(x)",
]


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_has_a_script_with_its_path(key: str):
    made, true = paths(scenario_of(entry_of(key)), "numpy")
    np.testing.assert_array_equal(made, true)


@pytest.mark.parametrize("key", SURFACES)
@pytest.mark.parametrize("optimizer", ["newton", "line_search"])
def test_every_surface_has_a_script_with_its_path(key: str, optimizer: str):
    """Both ask for more than the gradient: for the curvature, for the height."""
    made, true = paths(scenario_of(Entry(OPTIMIZERS[optimizer]()), surface=key, start=None), "numpy")
    np.testing.assert_array_equal(made, true)


@pytest.mark.parametrize("text", FORMULAS)
def test_formula_has_a_script_with_its_path(text: str):
    for entry in ("newton(damping=3)", "adam"):
        query = {"surface": f'formula(text="{text}",left=-3,right=3,bottom=-3,top=3)', "lanes": entry, "steps": "60"}
        made, true = paths(Scenario.from_query(query | {"start": "0.7,1.1"}), "numpy")
        np.testing.assert_array_equal(made, true)


@pytest.mark.parametrize("key", SCHEDULES)
def test_every_schedule_has_a_script_with_its_path(key: str):
    entry = Entry(OPTIMIZERS["adam"](0.05), (("learning_rate", SCHEDULES[key]()), ("beta1", SCHEDULES["cosine"](0.5))))
    made, true = paths(scenario_of(entry), "numpy")
    np.testing.assert_array_equal(made, true)


@pytest.mark.parametrize(
    ("surface", "key"),
    [
        (surface, key)
        for surface in ("rosenbrock", "multiple_regression(dropout=0.2)", "logistic_regression(batch_norm=true,l2=0.1)")
        for key in (SAMPLERS if "regression" in surface else samplers_on(SURFACES["rosenbrock"]))
    ],
)
def test_every_sampler_has_a_script_with_its_path(surface: str, key: str):
    size = "(size=3)" if key in ("minibatch", "in_order", "curriculum") else ""
    query = {"surface": surface, "noise": f"{key}{size}", "lanes": "adam", "steps": "60", "seed": "3"}
    made, true = paths(Scenario.from_query(query), "numpy")
    np.testing.assert_array_equal(made, true)


STACK = (
    "lookahead(inner=clipping(inner=decoupled_decay(inner=momentum(learning_rate=0.001*warmup(then=cosine,length=9)),"
    "weight_decay=0.1),max_norm=30*inverse_sqrt),slow_step_size=0.7)"
)


def test_stack_of_wrappers_with_schedules_inside_has_a_script_with_its_path():
    made, true = paths(Scenario.from_query({"lanes": STACK, "noise": "gradient_noise", "steps": "60"}), "numpy")
    np.testing.assert_array_equal(made, true)


def test_path_that_diverges_does_so_in_the_script_too():
    scenario = Scenario.from_query({"lanes": "gradient_descent(learning_rate=0.1)", "steps": "40"})
    made, true = paths(scenario, "numpy")
    assert len(true) < 41
    np.testing.assert_array_equal(made, true)


def test_script_runs_on_its_own_without_this_library(tmp_path: Path):
    scenario = Scenario.from_query({"lanes": STACK, "noise": "gradient_noise", "steps": "60"})
    (tmp_path / "script.py").write_text(snippet(scenario, "numpy").text, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-I", "script.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    x, y = (float(number) for number in re.findall(r"-?\d[\d.e-]*", done.stdout)[:2])
    np.testing.assert_allclose((x, y), race(scenario).trajectories[0].points[-1], rtol=1e-7)


def test_scripts_are_about_the_entry_and_nothing_else():
    text = snippet(scenario_of(entry_of("momentum")), "numpy").text
    classes = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert classes == ["State", "Momentum", "Surface"]
    assert "hessian" not in text and "ClassVar" not in text and "knob" not in text


def test_every_race_has_its_scripts():
    for named in RACES.values():
        for entry in named.scenario.entries:
            for library in LIBRARIES:
                scenario = Scenario((entry,), named.scenario.surface, named.scenario.parameters)
                written = snippet(scenario, library)
                assert bool(written.text) or written.notes
                ast.parse(written.text)


@pytest.mark.parametrize("library", TWINS)
def test_twins_are_of_optimizers_that_exist_and_the_others_are_said_to_be_missing(library: str):
    assert set(TWINS[library]) <= set(CORES)
    for key in CORES:
        written = snippet(scenario_of(Entry(OPTIMIZERS[key]())), library)
        assert bool(written.text) == (key in TWINS[library])
        if not written.text:
            assert OPTIMIZERS[key].label in str(written.notes[0])
    for key in WRAPPERS:
        assert snippet(scenario_of(entry_of(key)), library).text


@pytest.mark.parametrize("library", TWINS)
@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"lanes": "adam(bias_correction=false)"}, "bias correction"),
        ({"lanes": "adam(beta1=0.9*cosine)"}, "beta1"),
        ({"lanes": "rprop(learning_rate=0.1*cosine)"}, "learning rate"),
        ({"lanes": "lookahead(inner=nesterov)"}, "Lookahead"),
        ({"lanes": "adam", "surface": "linear_regression", "noise": "dropout"}, "Dropout"),
        ({"lanes": "adam", "surface": "linear_regression(dropout=0.1)", "noise": "minibatch"}, "Minibatch"),
        ({"lanes": "adam", "surface": "linear_regression(n=500)"}, "500"),
    ],
)
def test_what_cannot_be_written_is_said(library: str, query: dict[str, str], word: str):
    written = snippet(Scenario.from_query(query), library)
    assert written.text == ""
    assert word in str(written.notes[0])


def test_own_data_are_written_out():
    """Two examples more than are written out, then as many as are."""
    rows = [f"{i / 7},{i * i / 50}" for i in range(MOST_EXAMPLES * 2)]
    for count, written_out in ((MOST_EXAMPLES * 2, False), (40, True)):
        losses = losses_over(("u,v\n" + "\n".join(rows[:count])).encode())
        loss = losses["linear_regression"]
        scenario = Scenario((Entry(OPTIMIZERS["momentum"](0.01)),), surface=loss.key, steps=30, data=loss)
        assert bool(snippet(scenario, "numpy").text) == written_out
    made, true = paths(scenario, "numpy")
    np.testing.assert_array_equal(made, true)


def test_script_over_own_data_has_the_rows_that_are_trained_on_and_says_so():
    losses = losses_over(("u,v\n" + "\n".join(f"{i / 7},{i * i / 50}" for i in range(40))).encode())
    loss = losses["linear_regression"]
    for share, told in (
        (0.0, "Trained on 40 of 40 rows"),
        (0.25, "Trained on 30 of 40 rows of a file; 10 are held out"),
    ):
        scenario = Scenario(
            (Entry(OPTIMIZERS["momentum"](0.01)),),
            surface=loss.key, parameters=(("held_out_share", share),), steps=30, data=loss,
        )  # fmt: skip
        assert told in snippet(scenario, "numpy").text
        made, true = paths(scenario, "numpy")
        np.testing.assert_array_equal(made, true)


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_of_a_link_is_run(library: str):
    """Names and formulas are hostile: in a script they are text in quotes, single letters and numbers."""
    query = {
        "surface": 'formula(text="x^2 + y^2\n")',
        "lanes": "adam(name=\"'''); import os; ('''\")",
        "steps": "3",
    }
    tree = ast.parse(snippet(Scenario.from_query(query), library).text)
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= {"numpy", "torch", "jax", "jax.numpy", "optax"}
