from landscape_lab.ui.i18n.translation import aloud, letter, unmarked
from optim_core.printed import printed


def test_powers_of_ten_are_spoken_and_nothing_else_changes():
    text = f"Adam: settled in (−1.5, 2), at loss {printed('-3.3e+29')}, not {printed('2e-09')} or 0.25 × 10 m."
    spoken = "−3.3 times ten to the power of 29, not 2 times ten to the power of -9 or 0.25 × 10 m."
    assert aloud(text) == f"Adam: settled in (−1.5, 2), at loss {spoken}"


def test_a_formula_in_a_name_is_letters():
    symbols = (r"\eta", r"\sigma_0^2", r"\eta^-", r"\varphi", r"\Delta_{\mathrm{max}}", "s")
    assert [letter(latex) for latex in symbols] == ["η", "σ₀²", "η⁻", "φ", "Δmax", "s"]
    assert unmarked(r"In this bowl $2/\lambda$ is 0.2.") == "In this bowl 2/λ is 0.2."
