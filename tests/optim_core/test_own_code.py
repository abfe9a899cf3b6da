"""A class outside the registries runs exactly as written: `run` is a plain loop over its steps."""

import dataclasses
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest

from landscapes import LANDSCAPES
from landscapes.landscape import Landscape
from optim_core import OPTIMIZERS, SCHEDULES, Optimizer, Outcome, Tolerance, Wrapper, knob, run
from optim_core.backends.scalar import ScalarBackend
from optim_core.backends.vector import VectorBackend
from optim_core.final_state import run_to_end
from optim_core.objective import Array, Objective, Reshaped, norm
from optim_core.optimizer import State, with_field
from optim_core.optimizers.adam import Adam
from optim_core.sampler import Sampler
from optim_core.samplers.exact import Exact
from optim_core.samplers.gradient_noise import GradientNoise
from optim_core.schedule import Schedule
from optim_core.step_trace import trace_steps
from optim_core.stopping import StoppingRule
from optim_core.traceable import are_traceable
from tests.optim_core.surfaces import ALONE, EACH, STACKS, WRAPPERS, assert_same_bits

SURFACE = LANDSCAPES["himmelblau"]
STARTS = np.random.default_rng(0).uniform(-3, 3, (2, 40))
RATE = 1e-3
"""A global that steps read, as in a notebook."""

Step = Callable[[Any, Array, Any, Objective], Any]


class Written(Optimizer):
    """An optimizer that is no dataclass: it defines `__init__`, and its step is a function."""

    def __init__(self, step: Step, init: Callable[[Array], Any] | None = None) -> None:
        self.made, self.begun = step, init
        self.count, self.random = 0, np.random.default_rng(7)

    def init(self, theta: Array) -> Any:
        return self.begun(theta) if self.begun else {}

    def step(self, theta: Array, state: State, objective: Objective) -> Any:
        return self.made(self, theta, state, objective)


@dataclass(frozen=True)
class Plain(Optimizer):
    """A dataclass with fields that are not knobs."""

    lr: float = 1e-3
    factors: tuple[float, ...] = (1.0, 0.5)

    def step(self, theta: Array, state: Any, objective: Objective) -> tuple[Array, Any]:
        return theta - self.lr * self.factors[1] * objective.gradient(theta), {}


@dataclass(frozen=True)
class Rare(Adam):  # pyright: ignore[reportGeneralTypeIssues]
    """A subclass of a registered class."""

    every: int = 3

    def step(self, theta: Array, state: Any, objective: Objective) -> tuple[Array, Any]:
        moved, state = super().step(theta, state, objective)
        return (moved if random.random() < 0.7 else theta), state


def zeros(theta: Array) -> dict[str, Any]:
    return {"m": np.zeros_like(theta), "t": 0}


def lazy_in(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = objective.gradient(theta)
    m = g if "m" not in state else 0.9 * state["m"] + g
    return theta - RATE * m, {"m": m}


def lazy_get(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    m = 0.9 * state.get("m", 0) + objective.gradient(theta)
    return theta - RATE * m, {"m": m}


def scalar_noise(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    return theta - RATE * objective.gradient(theta) + random.gauss(0, 0.01), {}


def numpy_scalar_noise(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    return theta - RATE * objective.gradient(theta) + me.random.normal() * 0.01, {}


def array_noise(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    return theta - RATE * objective.gradient(theta) + me.random.normal(size=theta.shape) * 0.01, {}


def generator_in_state(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    noise = state["rng"].normal(size=theta.shape[1])
    return theta - RATE * objective.gradient(theta) * noise, state


def sums(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = objective.gradient(theta)
    return theta - 50 * RATE * g / (1 + (g * g).sum(axis=0) ** 0.5) * (1 + g.sum() * 0), {}


def array_methods(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = objective.gradient(theta).copy()
    return (theta.T - 50 * RATE * g.T / (1 + abs(g).max(axis=0))[:, None]).T.clip(-9, 9), {}


def count_in_state(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    t = int(state["t"]) + 1
    for _ in range(t % 3):
        theta = theta - RATE / math.sqrt(t) * objective.gradient(theta)
    return theta, {"m": state["m"], "t": t}


def none_in_state(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = objective.gradient(theta)
    old = state["old"]
    return theta - RATE * (g if old is None else g + 0.5 * old), {"old": g, "note": "kept"}


def history(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    gradients = [*state["gradients"], objective.gradient(theta)][-5:]
    return theta - RATE * np.mean(gradients, axis=0), {"gradients": gradients}


def growing_history(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    state["gradients"].append(objective.gradient(theta))
    return theta - RATE * sum(state["gradients"][-3:]) / 3, state


def ring_of_points(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    ring = state["ring"]
    ring[state["t"] % 5] = objective.gradient(theta)
    return theta - RATE * ring.mean(axis=0), {"ring": ring, "t": state["t"] + 1}


def in_place(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    m = state["m"]
    m *= 0.9
    m += objective.gradient(theta)
    theta -= RATE * m
    return theta, state


def if_on_values(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = objective.gradient(theta)
    if g[0].mean() > 0:
        g = 2 * g
    return theta - RATE * g, {}


def length_of_all(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = objective.gradient(theta)
    if np.linalg.norm(g) > 10:
        g = 10 * g / np.linalg.norm(g)
    return theta - 20 * RATE * g, {}


def solve(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    H = np.moveaxis(objective.hessian(theta), -1, 0) + 80 * np.eye(2)
    jump = np.linalg.solve(H, objective.gradient(theta).T[..., None])[..., 0].T
    return theta - 0.1 * np.einsum("ij,jk->ik", np.eye(2), jump), {}


def matrix_in_state(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = objective.gradient(theta)
    B = 0.99 * state["B"] + 0.01 * (g @ g.T) / g.shape[1]
    return theta - RATE * (B / np.trace(B)) @ g, {"B": B}


def chosen(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    g = np.clip(objective.gradient(theta), -5, 5)
    return theta - 20 * RATE * np.where(np.abs(g) > 1, np.sign(g), g), {}


def rows_apart(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    x, y = theta
    g = objective.gradient(theta)
    return np.array([x - RATE * g[0], y - 2 * RATE * g[1]]), ()


def counter_on_self(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    me.count += 1
    return theta - RATE * (1 + me.count % 3) * objective.gradient(theta), {}


def column_by_column(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    steps = [objective.gradient(theta[:, i]) / max(1.0, objective.value(theta[:, i])) for i in range(theta.shape[1])]
    return theta - RATE * np.array(steps).T, None


def best_so_far(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    """Keeps the point of the lowest loss so far; the state is a tuple."""
    value = objective.value(theta)
    best, low = state or (theta, value)
    best, low = np.where(value < low, theta, best), np.minimum(value, low)
    return theta - RATE * (objective.gradient(theta) + 0.1 * (theta - best)), (best, low)


def what_the_surface_knows(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    (low, high), _ = objective.domain
    return np.clip(theta - RATE * objective.gradient(theta), low, high), {}


def names_that_mean_something_else(me: Any, theta: Array, state: Any, objective: Any) -> Any:
    return theta - RATE * objective.gradient(theta), {"inner": theta, "other": {"inner": 3}, "waiting": "long"}


IDIOMS: dict[str, Callable[[], Optimizer]] = {
    **{
        step.__name__: lambda step=step: Written(step)
        for step in (
            lazy_in,
            lazy_get,
            scalar_noise,
            numpy_scalar_noise,
            array_noise,
            sums,
            array_methods,
            if_on_values,
            length_of_all,
            solve,
            chosen,
            rows_apart,
            counter_on_self,
            column_by_column,
            best_so_far,
            what_the_surface_knows,
            names_that_mean_something_else,
        )
    },
    "generator in the state": lambda: Written(generator_in_state, lambda _: {"rng": np.random.default_rng(3)}),
    "count in the state": lambda: Written(count_in_state, zeros),
    "None in the state": lambda: Written(none_in_state, lambda _: {"old": None}),
    "history": lambda: Written(history, lambda _: {"gradients": []}),
    "growing history": lambda: Written(growing_history, lambda _: {"gradients": []}),
    "ring": lambda: Written(ring_of_points, lambda theta: {"ring": np.zeros((5, *theta.shape)), "t": 0}),
    "in place": lambda: Written(in_place, zeros),
    "matrix in the state": lambda: Written(matrix_in_state, lambda _: {"B": np.eye(2)}),
    "plain fields": Plain,
    "subclass of a registered class": Rare,
    **{f"{key} around it": lambda cls=cls: cls(Written(lazy_in)) for key, cls in WRAPPERS.items()},
    "two wrappers around it": lambda: WRAPPERS["clipping"](WRAPPERS["lookahead"](Written(in_place, zeros))),
}


def by_hand(
    optimizer: Optimizer, start: Array, steps: int, *, tolerance: float = -1.0, schedule: Schedule | None = None
) -> tuple[Array, Array]:
    """A plain loop: all points (steps + 1, 2, n), and the step at which each run is within tolerance, or the last."""
    theta = np.array(start, dtype=float).reshape(2, -1)
    points, state, reached = [theta.copy()], optimizer.init(theta), np.full(theta.shape[1], -1)
    factors = schedule.factor(np.arange(steps, dtype=float), steps).tolist() if schedule else []
    with np.errstate(all="ignore"):
        for t in range(steps):
            reached[(norm(SURFACE.gradient(points[-1])) <= tolerance) & (reached < 0)] = t
            if (reached >= 0).all():
                break
            now = with_field(optimizer, "lr", optimizer.lr * factors[t]) if schedule else optimizer  # pyright: ignore
            theta, state = now.step(theta, state, SURFACE)
            points.append(np.array(theta))
    return np.array(points), np.where(reached < 0, steps, reached)


@pytest.mark.parametrize("runs", [1, 40])
@pytest.mark.parametrize("name", IDIOMS)
def test_run_equals_a_plain_loop(name: str, runs: int) -> None:
    """The numbers of steps lie below and above the threshold for tracing."""
    start = STARTS[:, 0] if runs == 1 else STARTS
    for steps in (40, 60, 300):
        random.seed(steps)
        path = run(SURFACE, IDIOMS[name](), start, steps)
        random.seed(steps)
        points, _ = by_hand(IDIOMS[name](), start, steps)
        assert_same_bits(path.points.reshape(points.shape), points)
        assert path.last_step.min() == steps


@pytest.mark.parametrize("name", IDIOMS)
def test_ended_runs_do_not_affect_the_state(name: str) -> None:
    """After some runs end, the others and the shared state continue as in a plain loop, also in `run_to_end`."""
    random.seed(5)
    path = run(SURFACE, IDIOMS[name](), STARTS, 120, stop=Tolerance(14.0))
    random.seed(5)
    points, last = by_hand(IDIOMS[name](), STARTS, 120, tolerance=14.0)
    assert len(set(last.tolist())) > 3, "the runs must end at different steps"
    assert path.last_step.tolist() == last.tolist()
    random.seed(5)
    ends = run_to_end(SURFACE, IDIOMS[name](), STARTS, 120, tolerance=14.0)
    assert ends.last_step.tolist() == last.tolist()
    for each, end in enumerate(last.tolist()):
        assert_same_bits(path.points[: end + 1, :, each], points[: end + 1, :, each])
        assert_same_bits(ends.points[:, each], points[end, :, each])


def test_no_step_is_taken_after_the_last_run_ends() -> None:
    optimizer = Written(counter_on_self)
    path = run(SURFACE, optimizer, (4.5, 0.5), 300, stop=Tolerance(20.0))
    assert path.outcome is Outcome.STATIONARY and 0 < path.last_step < 300
    assert optimizer.count == path.last_step, "the steps must be taken by the given object, not by a copy"


def test_changed_global_takes_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    for runs in (STARTS[:, 0], STARTS):
        for rate in (1e-3, 1e-4):
            monkeypatch.setitem(globals(), "RATE", rate)
            points, _ = by_hand(Written(chosen), runs, 120)
            assert_same_bits(run(SURFACE, Written(chosen), runs, 120).points.reshape(points.shape), points)


def test_objects_without_fields_are_not_equal() -> None:
    """A cache keyed by equality must not confuse two such objects."""

    class Named(Schedule):
        def __init__(self, end: float) -> None:
            self.end = end

        def factor(self, t: Array, steps: int) -> Array:
            return np.full_like(t, self.end)

    assert Written(lazy_in) != Written(lazy_in) and Named(1.0) != Named(2.0)
    assert len({Named(1.0), Named(2.0)}) == 2
    one, two = (run(SURFACE, Plain(), STARTS, 120, schedules={"lr": Named(end)}).points for end in (1.0, 2.0))
    assert_same_bits(two, run(SURFACE, Plain(2e-3), STARTS, 120).points)
    assert not (one[1:] == two[1:]).any()


@pytest.mark.parametrize("steps", [40, 300])
def test_field_without_a_knob_may_be_an_array_and_be_scheduled(steps: int) -> None:
    rates = np.linspace(1e-4, 2e-3, 40)
    together = run(SURFACE, Plain(rates), STARTS, steps, schedules={"lr": SCHEDULES["cosine"]()})  # pyright: ignore
    for each in (0, 7, 39):
        alone, _ = by_hand(Plain(float(rates[each])), STARTS[:, each], steps, schedule=SCHEDULES["cosine"]())
        assert_same_bits(together.points[..., each], alone[..., 0])
    grid = run(SURFACE, Plain(rates.reshape(8, 5)), STARTS[:, 0], steps)  # pyright: ignore
    assert grid.points.shape == (steps + 1, 2, 8, 5)
    with pytest.raises(ValueError, match="cannot be scheduled"):
        run(SURFACE, Plain(), STARTS, steps, schedules={"factors": SCHEDULES["cosine"]()})
    with pytest.raises(AttributeError, match="no field 'made'"):
        run(SURFACE, Written(lazy_in), STARTS, steps, schedules={"made": SCHEDULES["cosine"]()})


def test_scheduled_object_with_a_custom_init_keeps_its_attributes() -> None:
    class Renamed(Adam):  # pyright: ignore[reportGeneralTypeIssues]
        def __init__(self, rate: Any) -> None:
            super().__init__(learning_rate=rate)
            object.__setattr__(self, "seen", [])

        def step(self, theta: Array, state: Any, objective: Objective) -> tuple[Array, Any]:
            self.seen.append(np.max(self.learning_rate))  # pyright: ignore
            return super().step(theta, state, objective)

    optimizer = Renamed(np.linspace(0.01, 0.1, 40))
    path = run(SURFACE, optimizer, STARTS, 60, schedules={"learning_rate": SCHEDULES["cosine"]()})
    like = OPTIMIZERS["adam"](np.linspace(0.01, 0.1, 40))
    assert_same_bits(
        path.points, run(SURFACE, like, STARTS, 60, schedules={"learning_rate": SCHEDULES["cosine"]()}).points
    )
    np.testing.assert_allclose(optimizer.seen, SCHEDULES["cosine"]().values(0.1, 60))  # pyright: ignore


def test_attributes_derived_from_fields_follow_a_schedule() -> None:
    @dataclass(frozen=True)
    class Derived(Optimizer):
        lr: float = 1e-3
        half: Any = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "half", self.lr / 2)

        def step(self, theta: Array, state: Any, objective: Objective) -> tuple[Array, Any]:
            return theta - self.half * objective.gradient(theta), {}

    schedules = {"lr": SCHEDULES["cosine"]()}
    paths = [run(SURFACE, each, STARTS, 60, schedules=schedules).points for each in (Derived(2e-3), Plain(2e-3))]
    assert_same_bits(*paths)


def test_numeric_state_is_recorded() -> None:
    """Arrays without the batch axis are shared by all runs; values that are not numbers are not recorded."""

    def step(me: Any, theta: Array, state: Any, objective: Any) -> Any:
        t = state["t"] + 1
        kept = {"t": t, "g": objective.gradient(theta), "B": t * np.eye(2), "late": theta[0] if t > 30 else None}
        return theta, {**kept, "words": "none", "list": [1, 2], "rng": me.random, "tree": {"a": 1}}

    path = run(SURFACE, Written(step, zeros), STARTS.reshape(2, 8, 5), 60, record_state=True)
    shapes = {name: values.shape for name, values in path.state.items()}
    assert shapes == {"t": (60, 8, 5), "g": (60, 2, 8, 5), "B": (60, 2, 2, 8, 5), "late": (60, 8, 5)}
    assert path.state["t"][:, 3, 2].tolist() == list(range(1, 61))
    assert_same_bits(path.state["g"][9], SURFACE.gradient(STARTS.reshape(2, 8, 5)))
    assert (path.state["B"][9, 1, 1] == 10).all() and (path.state["B"][9, 0, 1] == 0).all()
    assert np.isnan(path.state["late"][:30]).all()
    assert_same_bits(path.state["late"][30], STARTS[0].reshape(8, 5))
    with pytest.raises(ValueError, match="'many' of the state"):
        run(
            SURFACE,
            Written(lambda _, theta, state, __: (theta, {"many": np.zeros(len(state) + len(state.get("many", ())))})),
            (0.0, 0.0),
            9,
            record_state=True,
        )


@pytest.mark.parametrize(
    ("step", "error", "sentence"),
    [
        (lambda me, theta, state, objective: theta, TypeError, "the new point and the new state, not one ndarray"),
        (lambda me, theta, state, objective: (theta[:, 0], state), ValueError, r"\(2, 40\), not \(2,\)"),
        (lambda me, theta, state, objective: (theta[0], state), ValueError, r"\(2, 40\), not \(40,\)"),
    ],
)
def test_step_with_an_invalid_return_value_raises(step: Step, error: type, sentence: str) -> None:
    for steps in (3, 300):
        with pytest.raises(error, match=f"Written.step must return .*{sentence}"):
            run(SURFACE, Written(step), STARTS, steps)
        with pytest.raises(error, match=f"Written.step must return .*{sentence}"):
            run_to_end(SURFACE, Written(step), STARTS, steps, tolerance=0.0)


def test_evaluations_are_counted_for_any_shape() -> None:
    """A gradient counts once per run: for all runs at once, one after another, or at three points each."""
    assert run(SURFACE, Written(column_by_column), STARTS, 60).evaluations.tolist() == [120.0] * 40

    def thrice(me: Any, theta: Array, state: Any, objective: Any) -> Any:
        return theta - RATE * objective.gradient(np.stack([theta] * 3, axis=1)).mean(axis=1), {}

    assert run(SURFACE, Written(thrice), STARTS, 60).evaluations.tolist() == [180.0] * 40


class Shaken(Exact):  # pyright: ignore[reportGeneralTypeIssues]
    """A subclass of a registered sampler that doubles the gradient."""

    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        return Doubled(objective)


class LouderNoise(GradientNoise):  # pyright: ignore[reportGeneralTypeIssues]
    def at(self, objective: Objective, t: int, seed: Any) -> Objective:
        return Doubled(objective)


class Doubled(Reshaped):
    def gradient(self, theta: Array) -> Array:
        return 2 * self.objective.gradient(theta)


@pytest.mark.parametrize("sampler", [Shaken(), LouderNoise()])
@pytest.mark.parametrize("steps", [40, 300])
def test_user_sampler_is_called(sampler: Sampler, steps: int) -> None:
    descent, twice = (OPTIMIZERS["gradient_descent"](rate) for rate in (1e-3, 2e-3))
    for start in (STARTS[:, 0], STARTS):
        path = run(SURFACE, descent, start, steps, sampler=sampler)
        assert_same_bits(path.points, run(SURFACE, twice, start, steps).points)
    ends = run_to_end(SURFACE, descent, STARTS, steps, tolerance=1.0, sampler=sampler)
    assert_same_bits(ends.points, run_to_end(SURFACE, twice, STARTS, steps, tolerance=1.0).points)


def test_user_surface_is_called() -> None:
    """A subclass that overrides the gradient must not be treated as its registered base class."""

    class Lifted(Landscape):
        factor = 1.0

        def gradient(self, theta: Any) -> Array:
            return self.factor * super().gradient(theta)

    parts = {f.name: getattr(SURFACE, f.name) for f in dataclasses.fields(Landscape)}
    lifted, descent = Lifted(**parts), OPTIMIZERS["gradient_descent"](1e-3)
    for start in (STARTS[:, 0], STARTS):
        for factor in (1.0, 2.0, 0.5):
            Lifted.factor = factor
            like = run(SURFACE, OPTIMIZERS["gradient_descent"](1e-3 * factor), start, 300)
            assert_same_bits(run(lifted, descent, start, 300).points, like.points)
    assert lifted != SURFACE


class Odd(StoppingRule):
    """Stores all its arguments in a tuple and ends a run at the first point with a loss below ten."""

    outcome: ClassVar[Outcome] = Outcome.STOPPED_EARLY

    def judge(self, points: Array, values: Array, objective: Objective, memory: Any) -> Any:
        seen = (*(memory or ()), np.eye(2), [points.copy()])
        assert {each[0].shape[2] for each in seen if isinstance(each, list)} == {points.shape[2]}
        return values < 10.0, seen


@pytest.mark.parametrize("steps", [40, 300])
def test_user_stopping_rule_keeps_its_memory(steps: int) -> None:
    adam = ALONE["adam"]
    path, free = run(SURFACE, adam, STARTS, steps, stop=[Odd()]), run(SURFACE, adam, STARTS, steps)
    low = free.losses < 10.0
    last = np.where(low.any(axis=0), low.argmax(axis=0), steps)
    assert path.last_step.tolist() == last.tolist() and len(set(last.tolist())) > 3
    for each, end in enumerate(last.tolist()):
        assert_same_bits(path.points[: end + 1, :, each], free.points[: end + 1, :, each])
        assert np.isnan(path.points[end + 1 :, :, each]).all()


def test_registered_classes_use_the_compiled_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every registered class does, and no other class."""
    taken = []
    for cls in (ScalarBackend, VectorBackend):
        name = "advance"
        plain = getattr(cls, name)
        monkeypatch.setattr(cls, name, lambda *args, plain=plain, cls=cls: taken.append(cls) or plain(*args))
    searching = {name for name in EACH if "line_search" in name or "conjugate_gradient" in name}
    for name, optimizer in {**EACH, "a stack": STACKS["lookahead(clipping(decoupled_decay(adam)))"]}.items():
        assert are_traceable(optimizer)
        for start, way in ((STARTS[:, 0], ScalarBackend), (STARTS[:, :3], VectorBackend)):
            taken.clear()
            run(LANDSCAPES["bowl"], optimizer, start, 100)
            assert taken[:1] == ([] if way is VectorBackend and name in searching else [way]), name
    taken.clear()
    for make in IDIOMS.values():
        run(LANDSCAPES["bowl"], make(), STARTS[:, 0], 100)
        run(LANDSCAPES["bowl"], make(), STARTS[:, :3], 100)
        assert not are_traceable(make())
    assert not taken


def test_only_registered_classes_are_traced() -> None:
    optimizer = Written(lazy_in)
    with pytest.raises(TypeError, match="optimizers of the registry"):
        trace_steps(SURFACE, optimizer, run(SURFACE, optimizer, STARTS[:, 0], 9))


def test_user_wrapper_around_a_registered_optimizer() -> None:
    @dataclass(frozen=True)
    class Half(Wrapper):
        share: float = knob(0.5, 0.0, 1.0, symbol="s", help="How much.")

        def step(self, theta: Array, state: Any, objective: Objective) -> tuple[Array, Any]:
            moved, state = self.inner.step(theta, state, objective)
            return theta + self.share * (moved - theta), state

    for steps in (40, 300):
        for inner in (ALONE["adam"], ALONE["line_search"]):
            points, _ = by_hand(Half(inner), STARTS, steps)
            assert_same_bits(run(SURFACE, Half(inner), STARTS, steps).points, points)
            shares = np.linspace(0.1, 1.0, 40)
            spread = run(SURFACE, Half(inner, shares), STARTS, steps, record_state=True)  # pyright: ignore
            assert_same_bits(spread.points[..., 39], run(SURFACE, Half(inner, 1.0), STARTS[:, 39], steps).points)
            assert "g" in spread.state
