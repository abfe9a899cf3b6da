from typing import Any

from PIL import ImageFont

from landscape_lab.figures import lettering as module
from landscape_lab.figures.lettering import can_write, lettering, pieces
from optim_core.printed import printed

OWN: Any = ImageFont.load_default(16)
NOWHERE = "\U0010fffc"
"""A private character that no font draws."""


def test_pillows_own_letters_are_used_where_they_can_be():
    assert can_write("Gradient descent, step 12 – é")
    assert lettering(16, "Adam").getname() == OWN.getname()


def test_what_no_font_has_is_told_and_written_all_the_same():
    assert not can_write("Adam", NOWHERE)
    assert lettering(16, NOWHERE).getname() == OWN.getname()


def test_a_font_of_the_system_is_taken_for_letters_that_pillows_has_not(monkeypatch):
    own, other = OWN, ImageFont.load_default(17)
    monkeypatch.setattr(module, "_fonts", lambda _size: (own, other))
    monkeypatch.setattr(module, "_drawn", lambda font, letter: font is other or letter != "梯")
    assert lettering(16, "Adam") is own
    assert lettering(16, "梯度") is other
    assert can_write("梯度")


def test_a_printed_number_needs_no_font_but_pillows_own():
    text = printed("-7.5e-11")
    assert pieces(text) == [("-7.5 x 10", False), ("-11", True)]
    assert all(lettering(16, part).getname() == OWN.getname() for part, _ in pieces(text))
    assert pieces("Adam 梯") == [("Adam 梯", False)]
