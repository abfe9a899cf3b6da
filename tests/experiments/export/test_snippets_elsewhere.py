"""The scripts for PyTorch and optax are run, where these are installed; `make test-snippets` installs them."""

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest

from landscape_lab.experiments import Entry, Scenario
from landscape_lab.experiments.export.snippets import snippet
from landscape_lab.experiments.export.twins import TWINS
from landscapes import SURFACES
from optim_core import OPTIMIZERS, SCHEDULES
from optim_core.optimizer import owner_path
from tests.experiments.export.script_paths import CALM, entry_of, paths, scenario_of

TOLERANCE = 1e-9
LIBRARIES = [library for library in TWINS if find_spec(library)]
MISSING = "{} not installed: make test-snippets installs them and runs these scripts"
if not LIBRARIES:
    pytest.skip(MISSING.format(" and ".join(TWINS) + " are"), allow_module_level=True)
STACKS = [
    "lookahead(inner=clipping(inner=decoupled_decay(inner=adam(learning_rate=0.01*cosine))))",
    "clipping(inner=sharpness_aware(inner=clipping(inner=momentum(learning_rate=0.0002),max_norm=3*cosine),radius=0.01))",
    "l2_penalty(inner=nesterov(learning_rate=0.0002),strength=0.1)",
    "delayed(inner=sharpness_aware(inner=momentum(learning_rate=0.0001),radius=0.01),delay=3)",
]
SHORT = 20


def close(scenario: Scenario, library: str) -> bool:
    made, true = paths(scenario, library)
    return bool(np.allclose(made, true, rtol=TOLERANCE, atol=TOLERANCE))


def known(check: Callable[..., None]) -> Callable[..., None]:
    return pytest.mark.parametrize("library", LIBRARIES)(check)


@pytest.mark.parametrize("library", TWINS)
def test_library_is_here(library: str):
    if library not in LIBRARIES:
        pytest.skip(MISSING.format(f"{library} is"))
    assert snippet(scenario_of(entry_of("adam")), library).equal


@known
@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_that_the_library_has_makes_our_path(key: str, library: str):
    scenario = scenario_of(entry_of(key, library))
    written = snippet(scenario, library)
    if written.text:
        assert close(scenario, library) == written.equal
        twin = TWINS[library].get(key)
        assert written.equal == (twin is None or twin.equal is not None)


@known
@pytest.mark.parametrize("key", SURFACES)
def test_every_surface_makes_our_path(key: str, library: str):
    assert close(scenario_of(Entry(CALM["adam"]), surface=key, start=None, steps=SHORT), library)


@known
@pytest.mark.parametrize("key", SCHEDULES)
def test_every_schedule_makes_our_path(key: str, library: str):
    assert close(scenario_of(Entry(CALM["adam"], (("learning_rate", SCHEDULES[key]()),)), steps=SHORT), library)


@known
@pytest.mark.parametrize("field", ["learning_rate", "momentum"])
@pytest.mark.parametrize("schedule", ["exponential", "one_cycle"])
@pytest.mark.parametrize("wrapper", ["", "clipping", "decoupled_decay"])
@pytest.mark.parametrize("key", ["momentum", "nesterov"])
def test_velocity_under_a_schedule_is_our_path(key: str, wrapper: str, schedule: str, field: str, library: str):
    """PyTorch's rate multiplies the velocity; the script lets the gradient carry it. Otherwise there is no script."""
    optimizer = OPTIMIZERS[wrapper](inner=CALM[key]) if wrapper else CALM[key]
    scenario = scenario_of(Entry(optimizer, ((owner_path(optimizer, field), SCHEDULES[schedule]()),)))
    written = snippet(scenario, library)
    refused = (field == "momentum" and (library, key) != ("torch", "momentum")) or (
        (key, wrapper) == ("nesterov", "decoupled_decay")
    )
    assert refused != bool(written.text)
    assert refused or (written.equal and close(scenario, library))


@known
@pytest.mark.parametrize("text", STACKS)
def test_stack_makes_our_path_with_noise(text: str, library: str):
    query = {"lanes": text, "noise": "gradient_noise(eta=0.1)", "steps": "60", "seed": "5"}
    assert close(Scenario.from_query(query), library)


@known
@pytest.mark.parametrize(
    "query",
    [
        {"surface": "linear_regression(batch_norm=true,l2=0.2)"},
        {"surface": "multiple_regression(dropout=0.3)"},
        {"surface": "multiple_regression", "noise": "minibatch(size=3)", "seed": "2"},
        {"surface": "logistic_regression(l2=0.1)", "noise": "in_order(by_feature=true,size=4)"},
        {"surface": "hidden_unit_regression", "noise": "curriculum(size=4)"},
    ],
)
def test_loss_over_data_makes_our_path(query: dict[str, str], library: str):
    assert close(Scenario.from_query({"lanes": "adam", "steps": str(SHORT)} | query), library)


@known
def test_formula_makes_our_path(library: str):
    text = "a*x^2 + max(y, 0.3)^0.5 + abs(sin(x y)) + min(x, y, 2) + 1/(1 + y^2)^1.5 - log(a + 3) + atan(x) + asin(y/9)"
    query = {"surface": f'formula(text="{text}",a=2)', "lanes": "adam", "steps": str(SHORT)}
    assert close(Scenario.from_query(query), library)
