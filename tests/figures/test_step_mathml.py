"""Steps as MathML are well formed, have a slot for every number, and read like the formula."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from landscape_lab.figures.step_mathml import MathMLLine, latex_of, steps_as_mathml, symbol
from optim_core import OPTIMIZERS, run
from optim_core.step_trace import trace_steps
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import EACH, STACKS

STEPS = 12


def worked(name: str):
    path = run(Rosenbrock(), STACKS[name], (-1.2, 1.0), STEPS, record_state=True)
    return path, steps_as_mathml(trace_steps(Rosenbrock(), STACKS[name], path), STACKS[name])


def text_of(mathml: str) -> str:
    """MathML as one line of text; empty places are ·."""
    tree = ElementTree.fromstring(f"<math>{mathml.replace('&nbsp;', ' ')}</math>")

    def flat(node) -> str:
        inside = "".join(flat(child) for child in node) or (node.text or "")
        parts = [flat(child) for child in node]
        match node.tag:
            case "mfrac":
                return f"({parts[0]})/({parts[1]})"
            case "msup" | "mover":
                return f"{parts[0]}^{parts[1]}"
            case "msub":
                return f"{parts[0]}_{parts[1]}"
            case "msubsup":
                return f"{parts[0]}_{parts[1]}^{parts[2]}"
            case "msqrt":
                return f"√({inside})"
            case "mn" if "data-at" in node.attrib:
                return f"[{node.get('data-at')}]"
        return inside

    return flat(tree)


def formulas(name: str, step: int = 7) -> dict[str, str]:
    _, steps = worked(name)
    return {line.name: text_of(line.formula) for line in steps.forms[steps.form[step]]}


@pytest.mark.thorough
@pytest.mark.parametrize("name", STACKS)
def test_every_number_has_its_slot(name: str) -> None:
    path, steps = worked(name)
    used = set()
    for form in steps.forms:
        for line in form:
            for part in (line.head, line.formula, line.numbers, line.result):
                text_of(part)  # well formed
                used |= {int(at) for at in re.findall(r'data-at="(\d+)"', part)}
            assert "data-at" not in line.head
    assert used == set(range(steps.numbers.shape[1]))
    assert len(steps.form) == path.last_step


@pytest.mark.parametrize("name", EACH)
def test_results_are_the_recorded_state(name: str) -> None:
    path, steps = worked(name)
    for t, form in enumerate(steps.form):
        for line in steps.forms[form]:
            places = [int(at) for at in re.findall(r'data-at="(\d+)"', line.result)]
            expected = path.points[t + 1] if line.name == "theta" else path.state[line.name][t]
            np.testing.assert_array_equal(steps.numbers[t, places], np.ravel(expected), err_msg=line.name)


@pytest.mark.parametrize("name", EACH)
def test_numbers_replace_the_variables(name: str) -> None:
    """A line with numbers contains no variable except L, x and y, and as many operations as before."""
    _, steps = worked(name)
    for form in steps.forms:
        for line in form:
            variables = set(re.findall(r"<mi>(.)</mi>", line.numbers))
            assert variables <= {"L", "x", "y"}, line.name


def test_adam_reads_as_in_the_paper() -> None:
    assert formulas("adam") == {
        "beta1_t": "β_1^tβ_1",
        "beta2_t": "β_2^tβ_2",
        "g": "∇L(θ)",
        "m": "β_1m+(1−β_1)g",
        "v": "β_2v+(1−β_2)g^2",
        "m_hat": "(m)/(1−β_1^t)",
        "v_hat": "(v)/(1−β_2^t)",
        "theta": "θ−(ηm^^)/(√(v^^)+ϵ)",
    }


@pytest.mark.parametrize(
    ("name", "letter", "formula"),
    [
        ("gradient_descent", "theta", "θ−ηg"),
        ("nesterov", "g", "∇L(θ^~)"),
        ("adagrad", "theta", "θ−(ηg)/(√(G+ϵ))"),
        ("adadelta", "d", "(−√(d^2^¯+ϵ))/(√(v+ϵ))g"),
        ("lion", "theta", "θ−ηsign(c)"),
        ("clipping(momentum)", "g", "∇L(θ)(g_max)/(max(‖∇L(θ)‖,g_max))"),
        ("delayed(momentum)", "g", "∇L(θ_t−τ)"),
        ("l2_penalty(momentum)", "g", "∇L(θ)+αθ"),
        ("decoupled_decay(momentum)", "theta", "θ−m−ηαθ"),
        ("sharpness_aware(momentum)", "g", "∇L(θ+(R∇L(θ))/(‖∇L(θ)‖))"),
        ("newton", "H", "∇^2L(θ)"),
        ("line_search", "theta", "θ−η_tg"),
        ("conjugate_gradient", "beta", "max((⟨g,(g−g_old)⟩)/(‖g_old‖^2),0)"),
        ("radam", "rho", "N_∞−(2tβ_2^t)/(1−β_2^t)"),
        ("adamw", "theta", "θ^′−(ηm^^)/(√(v^^)+ϵ)"),
    ],
)
def test_every_kind_of_formula_reads_well(name: str, letter: str, formula: str) -> None:
    step = 0 if name == "newton" else 3
    assert formulas(name, step)[letter] == formula


@pytest.mark.parametrize("axes", [("x", "y"), ("w₁", "w₂"), ("slope", "intercept")])
def test_components_are_named_after_the_axes(axes: tuple[str, str]) -> None:
    path, optimizer = run(Rosenbrock(), STACKS["newton"], (-1.2, 1.0), 3), STACKS["newton"]
    steps = steps_as_mathml(trace_steps(Rosenbrock(), optimizer, path), optimizer, axes)
    parts = "".join(line.formula for form in steps.forms for line in form)
    assert all(f">{name}</m" in parts for name in axes)


def test_slow_step_is_shown_when_it_is_taken() -> None:
    assert formulas("lookahead(gradient_descent)", 3) == {"g": "∇L(θ)", "fast_steps": "t+1", "theta": "θ−ηg"}
    back = formulas("lookahead(gradient_descent)", 4)
    assert back["slow"] == "ω(θ−ηg)+(1−ω)θ^¯" and back["theta"] == "θ^¯"


def test_result_of_a_search_has_a_number_and_no_formula() -> None:
    _, steps = worked("line_search")
    lines = {line.name: line for line in steps.forms[0]}
    assert "waited" not in lines, "the cost of the search is not part of the step"
    alpha = lines["alpha"]
    assert isinstance(alpha, MathMLLine) and alpha.formula == alpha.numbers == "" and "data-at" in alpha.result


def test_negative_numbers_behind_a_sign_are_marked() -> None:
    _, steps = worked("conjugate_gradient")
    assert any("data-signed" in line.numbers for form in steps.forms for line in form)
    assert not any("data-signed" in line.result for form in steps.forms for line in form)


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("g", "g"), ("m_hat", r"\hat m"), ("beta1_t", r"\beta_{1}^t"), ("v_max", "v_{max}"), ("alpha", r"\alpha"),
        ("H", "H"), ("jump", r"\text{jump}"), ("look_ahead", r"\text{look ahead}"),
    ],
)  # fmt: skip
def test_variable_names_are_written_in_latex(name: str, latex: str) -> None:
    assert latex_of(name) == latex


def test_every_symbol_of_every_knob_can_be_written() -> None:
    from optim_core import knobs

    for cls in OPTIMIZERS.values():
        for knob in knobs(cls).values():
            if knob.kind is float:
                assert "\\" not in symbol(knob.symbol) and "<mtext>\\" not in symbol(knob.symbol)
                text_of(symbol(knob.symbol))


def test_unknown_name_is_shown_unchanged() -> None:
    assert symbol("<script>") == "<mtext>&lt;script&gt;</mtext>"
    assert symbol("a_b_c") == "<mtext>a_b_c</mtext>"
