"""Registered user classes and surfaces: what a registration adds, and what it leaves unchanged."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

import landscapes
from landscape_lab.experiments import Entry, Scenario, ScenarioError, race
from landscape_lab.experiments.maps import Axis, sweep
from landscape_lab.experiments.scenarios.entries import CORES, WRAPPERS, with_core, with_wrappers
from landscapes import LANDSCAPES, objective
from optim_core import OPTIMIZERS, SCHEDULES, Adam, Optimizer, Schedule, Wrapper, key_of, knob, register, run
from optim_core.registry import Registry
from optim_core.traceable import are_traceable
from tests.registering import registries_kept

DOMAIN = ((-2.0, 2.0), (-2.0, 2.0))


@pytest.fixture(autouse=True)
def registries_are_as_before() -> Iterator[None]:
    with registries_kept():
        yield


def rate(default: float = 0.1) -> Any:
    return knob(default, 1e-6, 10.0, symbol="r", scale="log", help="The rate.")


@dataclass(frozen=True)
class SignDescent(Optimizer):
    """Descent with steps of constant length in every coordinate."""

    label: ClassVar[str] = "Sign descent"
    formula: ClassVar[str] = r"\theta - r\, \mathrm{sign}\, g"
    source: ClassVar[str] = "Made for a test"
    learning_rate: float = rate()

    def step(self, theta: Any, state: Any, objective: Any) -> Any:
        g = objective.gradient(theta)
        moved = theta - self.learning_rate * np.sign(g)
        return np.asarray([float(each) for each in moved.ravel()]).reshape(moved.shape), {"g": g}  # cannot be traced


@dataclass(frozen=True)
class Traced(Optimizer):
    """Gradient descent that may be traced."""

    label: ClassVar[str] = "Traced"
    formula: ClassVar[str] = "g"
    source: ClassVar[str] = "Made for a test"
    is_traceable: ClassVar[bool] = True
    learning_rate: float = rate(0.01)

    def step(self, theta: Any, state: Any, objective: Any) -> Any:
        g = objective.gradient(theta)
        return theta - self.learning_rate * g, {"g": g}


@dataclass(frozen=True)
class Halved(Wrapper):
    """A wrapper that takes half of each step."""

    label: ClassVar[str] = "Halved"
    formula: ClassVar[str] = "s/2"
    source: ClassVar[str] = "Made for a test"

    def step(self, theta: Any, state: Any, objective: Any) -> Any:
        moved, state = self.inner.step(theta, state, objective)
        return (theta + moved) / 2, state


@dataclass(frozen=True)
class Wave(Schedule):
    """A schedule that oscillates."""

    label: ClassVar[str] = "Wave"
    formula: ClassVar[str] = r"\cos t"
    source: ClassVar[str] = "Made for a test"

    def factor(self, t: Any, steps: int) -> Any:
        return 1 + np.cos(t) / 2


def test_registered_optimizer_is_in_links_and_menus() -> None:
    assert register(SignDescent) is SignDescent and key_of(SignDescent()) == "sign_descent"
    register(Halved)
    register(Wave)
    query = {"lanes": "halved(inner=sign_descent(learning_rate=0.25*wave))", "surface": "bowl", "steps": "70"}
    scenario = Scenario.from_query(query)
    assert scenario.entries[0] == Entry(Halved(SignDescent(0.25)), (("inner.learning_rate", Wave()),))
    assert Scenario.from_query(scenario.to_query()) == scenario
    assert "sign_descent" in CORES and "halved" in WRAPPERS and "sign_descent" not in WRAPPERS
    assert with_wrappers(with_core(scenario.entries[0], "sign_descent"), ["halved"]).core == SignDescent()
    path = race(scenario).trajectories[0]
    plain = run(
        LANDSCAPES["bowl"], Halved(SignDescent(0.25)), scenario.point, 70, schedules={"inner.learning_rate": Wave()}
    )
    assert np.array_equal(path.points, plain.points)


def test_user_code_is_traced_only_on_request() -> None:
    register(SignDescent)
    assert not are_traceable(SignDescent()) and not are_traceable(Traced())
    assert not Scenario((Entry(SignDescent()),)).is_pure
    register(Traced)
    assert are_traceable(Traced()) and Scenario((Entry(Traced()),)).is_pure

    @dataclass(frozen=True)
    class Heir(Traced):
        label: ClassVar[str] = "Heir"

    register(Heir)
    assert not are_traceable(Heir())


def test_traced_user_class_equals_the_built_in_optimizer() -> None:
    register(Traced)
    for start in ((-1.2, 1.0), np.random.default_rng(0).uniform(-1, 1, (2, 40))):
        own, known = (
            run(LANDSCAPES["himmelblau"], each, start, 200)
            for each in (Traced(), OPTIMIZERS["gradient_descent"](learning_rate=0.01))
        )
        assert np.array_equal(own.points, known.points)


def test_registered_class_is_listed_last() -> None:
    before = list(OPTIMIZERS)
    register(SignDescent)
    assert list(OPTIMIZERS) == [*before, "sign_descent"] and list(OPTIMIZERS.built_in) == before


def test_class_with_the_same_key_replaces_the_earlier_one() -> None:
    register(SignDescent, key="mine")
    register(Traced, key="mine")
    assert OPTIMIZERS["mine"] is Traced
    assert Scenario.from_query({"lanes": "mine"}).entries[0].optimizer == Traced()


def test_registered_surface_is_raced_and_mapped_by_its_key() -> None:
    shift = [1.0]
    made = landscapes.register(objective(lambda t: (t[0] - shift[0]) ** 2 + t[1] ** 2, domain=DOMAIN, name="Well 1"))
    scenario = Scenario.from_query(
        {"surface": "well_1", "lanes": "gradient_descent(learning_rate=0.25)", "steps": "90"}
    )
    assert scenario.landscape is made and not scenario.is_pure
    assert Scenario.from_query(scenario.to_query()) == scenario
    np.testing.assert_allclose(race(scenario).trajectories[0].points[-1], [1.0, 0.0], atol=1e-7)
    shift[0] = 0.5
    np.testing.assert_allclose(race(scenario).trajectories[0].points[-1], [0.5, 0.0], atol=1e-7)
    made_map = sweep(scenario, (Axis("x", -1, 1, count=6), Axis("y", -1, 1, count=6)))
    np.testing.assert_allclose(made_map.values, 0.0, atol=1e-9)


def test_surface_with_the_same_key_replaces_the_earlier_one() -> None:
    scenarios = []
    for at in (0.5, -0.5):
        made = landscapes.register(landscapes.landscape(landscapes_expression(at), domain=DOMAIN, name="own"))
        scenarios.append(Scenario.from_query({"surface": "own", "lanes": "newton", "steps": "60"}))
        assert scenarios[-1].landscape.minima == made.minima == ((at, 0.0),)
        assert race(scenarios[-1]).trajectories[0].points[-1].tolist() == [at, 0.0]
    assert scenarios[0].landscape.minima == ((-0.5, 0.0),)


def landscapes_expression(at: float) -> Any:
    import sympy as sp

    x, y = sp.symbols("x y")
    return (x - at) ** 2 + y**2


@dataclass(frozen=True)
class Unlabelled(Optimizer):
    learning_rate: float = rate()

    def step(self, theta: Any, state: Any, objective: Any) -> Any:
        return theta, state


@dataclass(frozen=True)
class Unlinkable(SignDescent):
    power: float = 2.0


class Undecorated(SignDescent):
    pass


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: register(Adam), "the key 'adam' belongs to one that is built in"),
        (lambda: register(SignDescent, "Sign descent"), "a key has lower-case letters, digits and underscores"),
        (lambda: register(SignDescent, "true"), "a key has lower-case letters"),
        (lambda: register(Optimizer), "only a concrete class .* can be registered, not Optimizer"),
        (lambda: register(SignDescent()), r"only a concrete class .* can be registered, not SignDescent\("),  # pyright: ignore
        (lambda: register(Unlabelled), "Unlabelled cannot be registered: it needs label and formula and source"),
        (lambda: register(Unlinkable), r"its field 'power' must be made by knob\(...\)"),
        (lambda: register(Undecorated), "it must be decorated with @dataclass"),
        (lambda: landscapes.register(lambda t: t), "only a surface can be registered"),  # pyright: ignore
        (lambda: landscapes.register(objective(lambda t: t[0])), r"give objective\(\) a domain"),  # pyright: ignore
        (lambda: landscapes.register(LANDSCAPES["bowl"]), "the key 'bowl' belongs to one that is built in"),
        (lambda: landscapes.register(objective(lambda t: t[0], domain=DOMAIN, name="formula")), "a key has lower-case"),
    ],
)
def test_invalid_registration_raises_a_clear_error(make: Any, sentence: str) -> None:
    with pytest.raises((TypeError, ValueError), match=sentence):
        make()


def test_unregistered_class_is_not_found_in_a_link() -> None:
    with pytest.raises(ScenarioError, match="There is no optimizer called “sign_descent”"):
        Scenario.from_query({"lanes": "sign_descent"})
    assert "wave" not in SCHEDULES and isinstance(SCHEDULES, Registry)
