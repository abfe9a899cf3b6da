from optim_core.printed import printed
from ui.words import aloud


def test_powers_of_ten_are_spoken_and_nothing_else_changes():
    text = f"Adam: settled in (−1.5, 2), at loss {printed('-3.3e+29')}, not {printed('2e-09')} or 0.25 × 10 m."
    spoken = "−3.3 times ten to the power of 29, not 2 times ten to the power of -9 or 0.25 × 10 m."
    assert aloud(text) == f"Adam: settled in (−1.5, 2), at loss {spoken}"
