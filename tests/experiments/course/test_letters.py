"""One letter has one meaning: in every control, every formula of a method, and every formula of a lesson."""

import re
from pathlib import Path

import pytest

from landscape_lab.experiments.course.content import FOLDER
from landscape_lab.experiments.course.glossary import TERMS
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.course.letters import LETTERS
from landscape_lab.experiments.fairness.comparison import Comparison
from landscape_lab.experiments.networks import NetworkScenario
from landscape_lab.experiments.networks.examples import OwnExamples
from landscapes import DATA_LOSSES
from landscapes.data_losses import DataLoss
from landscapes.datasets import Split
from landscapes.treatment import Treatment
from optim_core import OPTIMIZERS, SAMPLERS, SCHEDULES
from optim_core.knob import knobs

MEANINGS = {symbol: letter for letter in LETTERS for symbol in letter.symbols}
FILES = sorted(FOLDER.glob("*.md"))
METHODS = {**OPTIMIZERS, **SCHEDULES, **{f"{key} sampler": sampler for key, sampler in SAMPLERS.items()}}
SETTINGS = {
    **METHODS,
    **{f"lesson {key}": lesson for key, lesson in LESSONS.items()},
    **{type(loss.dataset).__name__: type(loss.dataset) for loss in DATA_LOSSES.values()},
    "treatment": Treatment,
    "split": Split,
    "comparison": Comparison,
    "network": NetworkScenario,
    "own examples": OwnExamples,
}
NAMES = """
    alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi varphi
    chi psi omega Gamma Delta Lambda Phi Psi Omega ell nabla
"""
SIGNS = {rf"\{name}" for name in NAMES.split()}
"""Commands of LaTeX for letters, other than pi."""
WORDS = re.compile(r"\\(?:text|operatorname|mathrm|mathbb|mathcal|begin|end|label)\s*\{[^{}]*\}|\\mathcal\s*[A-Z]")


def bases(latex: str) -> set[str]:
    """The letters in a formula without their indices, accents and exponents."""
    latex = WORDS.sub(" ", latex)
    commands = set(re.findall(r"\\[A-Za-z]+", latex)) & SIGNS
    return commands | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", latex)))


KNOWN = set[str]().union(*(bases(symbol) for symbol in MEANINGS))


def test_each_symbol_has_one_meaning():
    symbols = [symbol for letter in LETTERS for symbol in letter.symbols]
    assert len(set(symbols)) == len(symbols)
    assert all(letter.lesson in LESSONS or not letter.lesson for letter in LETTERS)
    assert all(letter.meaning.endswith(".") and letter.elsewhere[-1:] in (".", "") for letter in LETTERS)


@pytest.mark.parametrize("key", SETTINGS)
def test_symbol_of_a_setting_has_its_meaning(key: str):
    for name, facts in knobs(SETTINGS[key]).items():
        if not facts.symbol:
            continue  # it is shown by its name alone
        letter = MEANINGS.get(facts.symbol)
        if facts.kind is bool and letter is None:
            assert facts.symbol not in KNOWN, f"{name}: {facts.symbol} is a letter of the course"
            continue
        assert letter is not None, f"{name}: {facts.symbol} is not in landscape_lab/experiments/course/letters.py"
        assert name in letter.settings, f"{name}: {facts.symbol} means something else: {letter.meaning}"


@pytest.mark.parametrize("key", METHODS)
def test_formula_of_a_method_has_known_letters(key: str):
    assert bases(METHODS[key].formula) - KNOWN == set()


@pytest.mark.parametrize("loss", DATA_LOSSES.values(), ids=DATA_LOSSES)
def test_formula_of_a_loss_has_known_letters(loss: DataLoss):
    assert bases(loss.with_parameters(l2=1.0, dropout=0.5).formula) - KNOWN == set()


def formulas(text: str) -> list[str]:
    return re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL) + re.findall(r"(?<![\\$])\$([^$]+)\$", text.replace("$$", " "))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_formulas_of_a_lesson_have_known_letters(file: Path):
    found = {latex: bases(latex) - KNOWN for latex in formulas(file.read_text(encoding="utf-8"))}
    assert {latex: letters for latex, letters in found.items() if letters} == {}


def test_no_operator_is_an_index():
    """KaTeX makes more than one element of an operator's name, which MathML does not allow as an index."""
    texts = [file.read_text(encoding="utf-8") for file in FILES]
    texts += [method.formula for method in METHODS.values()]
    texts += [*MEANINGS, *(facts.symbol for thing in SETTINGS.values() for facts in knobs(thing).values())]
    texts += [term.symbol for term in TERMS]
    assert [found for text in texts for found in re.findall(r"[_^]\{?\\(?:max|min|arg|log|exp|lim)\b", text)] == []


REPLACED = {
    r"\\lambda\s*(\\,)?\s*\\theta|\\frac\{?\\lambda\}?\{?2\}?\s*\\lVert": r"\alpha for weight decay",
    r"(?<![a-z])u_\{?[ij]|(?<![\\a-z])v_i": "X and Y for features and targets",
    r"\\rho_[t\\]|\\mu_t|(?<![a-z])r_t": r"N_t, \gamma_t and \nu_t for RAdam and Nadam",
    r"m_\{ij\}|(?<![a-z])m_j|(?<![a-z])s_j": r"\xi for a mask, \mu and \sigma for mean and standard deviation",
    r"cos\s*\\alpha|\\phi\b": r"\varphi for an angle, \bar\theta for the slow weights",
    r"\(1 \+ t\)\^\{?\\gamma": "a for the exponent of annealing",
    r"(?<![a-z])b_t|held-out\}": r"t^* for the best step, L_{\text{val}} for the validation loss",
}
"""Letters of papers, or of former versions, that mean something else here."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_formulas_of_a_lesson_use_the_letters_of_the_table(file: Path):
    """In display formulas: a text may say which letter a paper has."""
    text = " ".join(re.findall(r"\$\$(.+?)\$\$", file.read_text(encoding="utf-8"), re.DOTALL))
    assert {use: re.findall(pattern, text) for pattern, use in REPLACED.items() if re.search(pattern, text)} == {}


@pytest.mark.parametrize(
    ("latex", "letters"),
    [
        (r"\theta \leftarrow \theta - \eta\, \hat m", {r"\theta", r"\eta", "m"}),
        (r"\text{every } k \text{ steps}", {"k"}),
        (r"\mathcal N(0, \sigma_t^2)", {r"\sigma", "t"}),
    ],
)
def test_letters_of_a_formula(latex: str, letters: set[str]):
    assert bases(latex) == letters
