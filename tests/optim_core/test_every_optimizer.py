"""Properties of every registered optimizer, wrapper, schedule and sampler."""

import copy
import inspect
from collections import Counter
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import numpy as np
import pytest

from optim_core import (
    OPTIMIZERS,
    SAMPLERS,
    SCHEDULES,
    Knob,
    Optimizer,
    Outcome,
    Wrapper,
    hyperparameters,
    key_of,
    knobs,
    run,
)
from optim_core.knob import knob, unchecked
from optim_core.objective import Array
from optim_core.optimizer import State, all_variables, get_field, learning_rate_of, leaves, owner_path, with_field
from optim_core.schedule import Schedule
from optim_core.step_trace import trace_steps
from optim_core.tracing.evaluation import arguments
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import (
    ALONE,
    EACH,
    PLAIN,
    STACKS,
    WRAPPERS,
    Quadratic,
    Ramp,
    Waves,
    assert_same_bits,
    float_knobs,
)

REGISTRIES = {"optimizer": OPTIMIZERS, "schedule": SCHEDULES, "sampler": SAMPLERS}
CLASSES = [
    pytest.param(cls, id=f"{kind}-{key}") for kind, registry in REGISTRIES.items() for key, cls in registry.items()
]


@pytest.mark.parametrize("cls", CLASSES)
def test_class_is_final_frozen_and_documented(cls: Any) -> None:
    assert inspect.getdoc(cls) and cls.__doc__.splitlines()[0].endswith(".")
    assert cls.label and cls.formula and str(cls.year) in cls.source
    assert cls.formula.count("{") == cls.formula.count("}")
    assert getattr(cls, "__final__", False), "concrete classes are final"
    instance = cls(ALONE["adam"]) if issubclass(cls, Wrapper) else cls()
    with pytest.raises(FrozenInstanceError):
        instance.label = "changed"  # pyright: ignore


@pytest.mark.parametrize("cls", CLASSES)
def test_every_field_is_a_knob_with_valid_facts(cls: Any) -> None:
    assert {f.name for f in fields(cls)} - {"inner", "then"} == set(knobs(cls))
    for name, facts in knobs(cls).items():
        assert facts.symbol and facts.help.endswith("."), name
        assert facts.low <= facts.default <= facts.high, name
        assert facts.scale == "linear" or facts.low > 0, name
        assert facts.kind in (bool, int, float), name


def test_the_key_is_the_file_name() -> None:
    for registry in REGISTRIES.values():
        for key, cls in registry.items():
            assert key_of(cls) == key == inspect.getmodule(cls).__name__.rpartition(".")[2]  # pyright: ignore
        assert [cls.year for cls in registry.values()] == sorted(cls.year for cls in registry.values())
    assert key_of(ALONE["adam"]) == "adam"


def test_labels_are_unique() -> None:
    for registry in REGISTRIES.values():
        assert len({cls.label for cls in registry.values()}) == len(registry)


def test_knob_rejects_contradictory_facts() -> None:
    with pytest.raises(ValueError, match="outside"):
        knob(2.0, 0.0, 1.0, symbol="a", help="A.")
    with pytest.raises(ValueError, match="positive"):
        knob(0.0, 0.0, 1.0, symbol="a", help="A.", scale="log")
    with pytest.raises(ValueError, match="goes beyond"):
        knob(0.0, 0.0, 2.0, symbol="a", help="A.", most=1.0)


def test_knob_like_another_differs_only_in_the_given_facts() -> None:
    shared = knob(0.9, 0.0, 0.99, symbol="a", help="A.", most=1.0).metadata["knob"]
    own = knob(0.5, like=shared, symbol="b").metadata["knob"]
    assert own == replace(shared, default=0.5, symbol="b") and shared.default == 0.9
    with pytest.raises(ValueError, match=r"the default 2\.0 lies outside"):
        knob(2.0, like=shared)
    with pytest.raises(TypeError, match="hepl"):
        knob(like=shared, hepl="B.")  # pyright: ignore


def test_shared_hyperparameter_is_declared_once() -> None:
    shared = {facts.help for facts in vars(hyperparameters).values() if isinstance(facts, Knob)}
    classes = [cls for registry in REGISTRIES.values() for cls in registry.values()]
    counts = Counter(facts.help for cls in classes for facts in knobs(cls).values())
    repeated = {help for help, count in counts.items() if count > 1}
    assert repeated - shared == set(), "declare these in optim_core/hyperparameters.py"
    assert shared - repeated == set(), "only one class uses these: declare them in that class"


def made(cls: Any, **values: Any) -> Any:
    return cls(ALONE["adam"], **values) if issubclass(cls, Wrapper) else cls(**values)


@pytest.mark.parametrize("cls", CLASSES)
def test_knob_accepts_the_numbers_for_which_its_formula_is_defined(cls: Any) -> None:
    """Every value in the slider's range is accepted; text, non-finite numbers and negative sizes or rates are not."""
    for name, facts in knobs(cls).items():
        for value in (facts.low, facts.high, facts.default, facts.kind(facts.high)):
            assert getattr(made(cls, **{name: value}), name) == value
        wrong: list[Any] = ["0.1", None, 1j, [0.5, "a"], object()]
        if facts.kind is not bool:
            wrong += [np.nan, np.inf, -np.inf, np.array([facts.low, np.nan]), -5.0, np.array([facts.high, -1.0])]
            assert facts.least >= 0, "a size, rate, share or count must not be negative"
        if facts.kind is float:
            for value in (np.float64(facts.high), np.array([facts.low, facts.high]), [facts.low], np.float32(1), 1):
                made(cls, **{name: value})
        if facts.kind is int:
            made(cls, **{name: np.int64(facts.high)})
            wrong += [facts.low - 1, facts.low + 0.5, True]
        for value in wrong:
            with pytest.raises(ValueError, match=f"^{cls.__name__}: {name} must be "):
                made(cls, **{name: value})


@pytest.mark.parametrize("cls", CLASSES)
def test_unchecked_copy_has_the_given_values(cls: Any) -> None:
    """Pages and links make such copies and report the invalid values themselves."""
    thing = made(cls)
    for name in knobs(cls):
        other = unchecked(thing, **{name: "anything"})
        assert getattr(other, name) == "anything" and type(other) is cls and getattr(thing, name) != "anything"
    with pytest.raises(TypeError, match=f"{cls.__name__} has no field 'speed'"):
        unchecked(thing, speed=1.0)


def test_a_share_is_at_most_one() -> None:
    for cls, name in [(OPTIMIZERS["adam"], "beta1"), (OPTIMIZERS["rmsprop"], "rho"), (SAMPLERS["dropout"], "rate")]:
        with pytest.raises(ValueError, match=f"{name} must be at most 1, not 1.5"):
            cls(**{name: 1.5})
    assert OPTIMIZERS["momentum"](momentum=1.5).momentum == 1.5, (
        "a momentum above one must be accepted: the formula is defined and diverges"
    )


def test_schedule_may_exceed_the_range_of_a_field() -> None:
    class Turned(Schedule):
        def factor(self, t: Array, steps: int) -> Array:
            return np.where(t < 5, 1.0, -1.0)

    for steps in (20, 120):
        path = run(
            Quadratic(1, 0, 1),
            OPTIMIZERS["gradient_descent"](0.1),
            (0.5, 0.5),
            steps,
            schedules={"learning_rate": Turned()},
        )
        np.testing.assert_allclose(path.points[20], 0.5 * 0.9**5 * 1.1**15)


def frozen(tree: Any) -> Any:
    """A copy of the tree whose arrays raise when they are written to."""
    if isinstance(tree, dict):
        return {name: frozen(branch) for name, branch in tree.items()}
    if isinstance(tree, np.ndarray):
        tree = tree.copy()
        tree.flags.writeable = False
    return tree


@pytest.mark.parametrize("name", STACKS)
def test_step_is_pure(name: str) -> None:
    theta = frozen(np.array([[-1.5, 0.5], [2.0, 0.3]]))
    optimizer, state = STACKS[name], frozen(STACKS[name].init(theta))
    for _ in range(7):
        before = copy.deepcopy(state)
        moved, after = optimizer.step(theta, state, Waves())
        again, _ = optimizer.step(theta, state, Waves())
        assert_same_bits(moved, again)
        np.testing.assert_equal(state, before)
        theta, state = frozen(moved), frozen(after)


@pytest.mark.parametrize("name", STACKS)
def test_optimizer_stays_at_a_minimum(name: str) -> None:
    """At the origin of a bowl the gradient and the weights are zero, so neither a step nor a decay moves the point."""
    path = run(Quadratic(3, 1, 2), STACKS[name], (0.0, 0.0), 60)
    assert path.outcome is Outcome.FINISHED
    assert (path.points == 0).all()


@pytest.mark.parametrize("name", STACKS)
def test_flat_region_causes_no_nan(name: str) -> None:
    """Gradient and Hessian are exactly zero, from the start or after a descent. Only Newton is undefined there."""
    path = run(Ramp(), STACKS[name], np.array([[-1.0, 0.8], [-2.0, 0.01]]), 200)
    layers = [STACKS[name]]
    while isinstance(layers[-1], Wrapper):
        layers.append(layers[-1].inner)
    penalised = any(isinstance(layer, OPTIMIZERS["l2_penalty"]) for layer in layers)
    if isinstance(layers[-1], OPTIMIZERS["newton"]) and not penalised:  # a penalty has a curvature of its own
        assert path.outcomes[0] == Outcome.DIVERGED
        return
    assert (path.outcomes == Outcome.FINISHED).all()
    shrinks = any(facts.symbol == r"\alpha" for layer in layers for facts in knobs(layer).values())
    assert shrinks or (path.points[:, :, 0] == [-1.0, -2.0]).all()


@pytest.mark.parametrize("name", EACH)
def test_step_is_finite_at_the_ends_of_every_range(name: str) -> None:
    """One step from an ordinary point is finite with every knob at either end of its range."""
    for field, facts in float_knobs(EACH[name]):
        for end in (facts.low, facts.high):
            path = run(Rosenbrock(), with_field(EACH[name], field, end), (0.5, 0.5), 1)
            assert np.isfinite(path.points).all(), (field, end)


@pytest.mark.parametrize("name", EACH)
@pytest.mark.parametrize("sampler", [key for key, cls in SAMPLERS.items() if not cls.needs_examples])
def test_constant_schedule_changes_nothing(name: str, sampler: str) -> None:
    """All real fields are scheduled at once; the paths are equal to the last bit."""
    constant = {field: SCHEDULES["constant"]() for field, _ in float_knobs(EACH[name])}
    one, other = (
        run(Rosenbrock(), EACH[name], (-1.5, 2.0), 60, schedules=schedules, sampler=SAMPLERS[sampler](), seed=3)
        for schedules in (None, constant)
    )
    assert_same_bits(one.points, other.points)


@pytest.mark.parametrize("name", EACH)
def test_run_equals_a_loop_over_step(name: str) -> None:
    """Calling `step` by hand gives the same path to the last bit."""
    optimizer, surface = EACH[name], Rosenbrock()
    path = run(surface, optimizer, (-1.2, 1.0), 30)
    theta = np.array([[-1.2], [1.0]])
    state = optimizer.init(theta)
    for t in range(int(path.last_step)):
        theta, state = optimizer.step(theta, state, surface)
        assert_same_bits(theta[:, 0], path.points[t + 1])


@pytest.mark.parametrize("name", STACKS)
def test_state_keeps_its_structure(name: str) -> None:
    """In every layer, variables kept between steps are separate from those that are only recorded."""
    theta = np.array([[-1.2], [1.0]])
    first = STACKS[name].init(theta)
    _, state = STACKS[name].step(theta, first, Rosenbrock())
    assert {path for path, _ in leaves(first)} == {path for path, _ in leaves(state)}
    layer: Any = state
    while layer is not None:
        assert isinstance(layer, State) and not layer.keys() & layer.shown.keys()
        layer = layer.get("inner")
    assert all_variables(state).keys() - {"waited"} >= {"g"}, "every formula has a gradient"


@pytest.mark.parametrize("name", PLAIN)
def test_every_variable_takes_part_in_the_step(name: str) -> None:
    """The new point, or the state that the next step begins with, depends on each recorded variable."""
    optimizer = ALONE[name]
    path = run(Rosenbrock(), optimizer, (-1.2, 1.0), 40)
    kept = optimizer.init(np.array([[-1.2], [1.0]])).keys()
    for form in trace_steps(Rosenbrock(), optimizer, path).forms:
        used = {line.place for line in form.lines if line.name == "theta" or line.name in kept}
        for place in range(len(form.nodes) - 1, -1, -1):
            if place in used:
                node = form.nodes[place]
                used.update(node[1:] if node[0] == "search" else arguments(node))
        assert [line.name for line in form.lines if line.place not in used] == []


def test_fields_of_nested_wrappers_are_found_by_name() -> None:
    stack = STACKS["lookahead(clipping(decoupled_decay(adam)))"]
    assert owner_path(stack, "learning_rate") == "inner.inner.inner.learning_rate"
    assert owner_path(stack, "max_norm") == "inner.max_norm"
    assert owner_path(stack, "inner.weight_decay") == "inner.inner.weight_decay"
    assert get_field(with_field(stack, "inner.max_norm", 7.0), "inner.max_norm") == 7.0
    assert learning_rate_of(stack) == ALONE["adam"].learning_rate  # pyright: ignore
    assert learning_rate_of(ALONE["adadelta"]) == 1.0
    with pytest.raises(AttributeError, match="no field 'speed'"):
        owner_path(stack, "speed")


def test_every_wrapper_accepts_every_wrapper() -> None:
    for outer in WRAPPERS.values():
        for inner in WRAPPERS.values():
            stack: Optimizer = outer(inner(ALONE["momentum"]))
            path = run(Quadratic(1, 0, 2), stack, (0.5, -0.5), 200, record_state=True)
            assert path.outcome is Outcome.FINISHED
            assert path.losses[-1] < path.losses[0]
            assert {"g", "m"} <= set(path.state)
