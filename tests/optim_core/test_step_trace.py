"""The trace of a step has the step's values to the last bit, and each value follows from its operands."""

from typing import Any

import numpy as np
import pytest

from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES, Outcome, run
from optim_core.optimizer import knob_of, learning_rate_of
from optim_core.step_trace import StepForm, StepTrace, trace_steps
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import EACH, STACKS, Waves, assert_same_bits

STEPS = 40


def worked(name: str, surface: Any = None, **options: Any) -> tuple[Any, StepTrace]:
    surface = surface or Rosenbrock()
    path = run(surface, STACKS[name], (-1.2, 1.0), STEPS, record_state=True, **options)
    return path, trace_steps(surface, STACKS[name], path, **options)


def numbers_of(form: StepForm, row: Any) -> list[Any]:
    """The value of each node of a step, from a row of numbers."""
    return [
        row[begin : begin + int(np.prod(shape))].reshape(shape)
        for begin, shape in zip(form.offsets, form.shapes, strict=True)
    ]


def worked_out(form: StepForm, values: list[Any], place: int, surface: Any) -> Any:
    """The value of a node, computed from its variables alone by NumPy's own functions."""
    node = form.nodes[place]
    kind, *parts = node
    match node:
        case ("state" | "knob" | "search", *_):
            return values[place]
        case ("number", value):
            return value
        case ("objective", name, at):
            return getattr(surface, name)(worked_out(form, values, at, surface))
        case ("item", of, indices):
            return worked_out(form, values, of, surface)[indices]
    arguments = [worked_out(form, values, part, surface) for part in parts]
    return np.stack(arguments) if kind == "stack" else getattr(np, kind)(*arguments)


@pytest.mark.thorough
@pytest.mark.parametrize("name", STACKS)
def test_tracing_changes_no_number(name: str) -> None:
    path, traced = worked(name)
    last = int(path.last_step)
    assert_same_bits(traced.of("theta"), path.points[1 : last + 1])
    for variable, recorded in path.state.items():
        if variable == "waited":  # evaluations made for the other runs of a batch
            continue
        written = traced.of(variable)
        made = np.isfinite(written)  # a variable that a step does not change has no line in it
        assert made.any() or not np.isfinite(recorded[:last]).all(), variable
        assert (written[made] == recorded[:last][made]).all(), variable


@pytest.mark.thorough
@pytest.mark.parametrize("name", STACKS)
def test_every_line_follows_from_the_values_before_the_step(name: str) -> None:
    """Every line equals its recomputation from the leaves: the point, the state, the knobs and the loss."""
    path, traced = worked(name)
    surface = Rosenbrock()
    with np.errstate(all="ignore"):
        for t in sorted({0, 1, 4, 5, 7, int(path.last_step) - 1} & set(range(int(path.last_step)))):
            form = traced.forms[traced.form[t]]
            values = numbers_of(form, traced.numbers[t])
            for line in form.lines:
                again = worked_out(form, values, line.place, surface)
                np.testing.assert_allclose(again, values[line.place], rtol=1e-12, atol=1e-300, err_msg=line.name)
            assert form.lines[-1].name == "theta"
            np.testing.assert_array_equal(values[form.lines[-1].place], path.points[t + 1])


def _search_of(form: StepForm) -> int:
    (place,) = (place for place, node in enumerate(form.nodes) if node[0] == "search")
    return place


@pytest.mark.parametrize("name", EACH)
def test_every_node_outside_a_search_has_finite_values(name: str) -> None:
    path, traced = worked(name)
    assert len(traced.forms) <= 2
    if np.isfinite(path.points).all():
        for i, form in enumerate(traced.forms):
            trials = [place for place, node in enumerate(form.nodes) if node[0] == "trial"]
            for place, value in enumerate(numbers_of(form, traced.numbers[np.flatnonzero(traced.form == i)[0]])):
                inside = trials and trials[0] <= place < _search_of(form)
                assert inside or np.isfinite(value).all(), form.nodes[place]


def test_state_of_a_step_is_that_written_by_the_previous_step() -> None:
    _, traced = worked("adam")
    (form,) = traced.forms
    place = form.nodes.index(("state", ("m",)))
    begin = form.offsets[place]
    assert_same_bits(traced.numbers[1:, begin : begin + 2], traced.of("m")[:-1])
    assert (traced.numbers[0, begin : begin + 2] == 0).all()


def test_lookahead_has_another_form_for_its_synchronization_steps() -> None:
    path, traced = worked("lookahead(adam)")
    back = np.isfinite(traced.of("slow")).all(axis=1)
    assert np.flatnonzero(back).tolist() == list(range(4, STEPS, 5))
    assert len(set(traced.form[back])) == len(set(traced.form[~back])) == 1
    assert_same_bits(traced.of("slow")[back], path.points[1:][back])


def test_scheduled_knob_has_the_value_of_its_step() -> None:
    schedules = {"learning_rate": SCHEDULES["cosine"]()}
    path, traced = worked("clipping(momentum)", schedules=schedules)
    rate: Any = learning_rate_of(STACKS["clipping(momentum)"])
    expected = rate * schedules["learning_rate"].factor(np.arange(STEPS, dtype=float), STEPS)
    assert_same_bits(traced.knob("inner.learning_rate"), expected[: int(path.last_step)])
    assert_same_bits(traced.of("theta"), path.points[1 : int(path.last_step) + 1])
    assert np.isnan(traced.knob("inner.epsilon")).all()


def test_trace_has_the_gradient_that_the_step_received() -> None:
    """With noise, the trace contains the noisy gradient and not that of the surface."""
    path, traced = worked("adam", Waves(), sampler=SAMPLERS["gradient_noise"](), seed=3)
    assert_same_bits(traced.of("theta"), path.points[1:])
    assert not np.allclose(traced.of("g"), Waves().gradient(path.points[:-1].T).T)


def test_trace_has_the_point_of_a_gradient_taken_elsewhere() -> None:
    path, traced = worked("sharpness_aware(adam)")
    away = traced.looked_at - path.points[:-1]
    np.testing.assert_allclose(np.hypot(*away.T), 0.05, rtol=1e-12)
    assert worked("adam")[1].looked_at.size == 0
    path, traced = worked("nesterov")
    assert_same_bits(traced.looked_at, path.state["look_ahead"][: len(traced.form)])


def test_diverged_run_is_traced_to_its_last_step() -> None:
    surface, optimizer = Rosenbrock(), OPTIMIZERS["gradient_descent"](learning_rate=1.0)
    path = run(surface, optimizer, (-1.2, 1.0), STEPS)
    traced = trace_steps(surface, optimizer, path)
    assert path.outcome is Outcome.DIVERGED and len(traced.form) == path.last_step < STEPS
    assert_same_bits(traced.of("theta"), path.points[1 : int(path.last_step) + 1])
    none = trace_steps(surface, optimizer, run(surface, optimizer, (-1.2, 1.0), 0))
    assert none.form.size == 0 and none.forms == ()


def test_knobs_are_found_in_nested_wrappers() -> None:
    assert knob_of(STACKS["clipping(adam)"], "inner.beta1").symbol == r"\beta_1"
    assert knob_of(STACKS["clipping(adam)"], "max_norm").symbol == r"g_{\mathrm{max}}"
