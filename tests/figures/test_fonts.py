from typing import Any

from PIL import ImageFont

from landscape_lab.figures import fonts as module
from landscape_lab.figures.fonts import font_for, has_font_for, split_scripts
from optim_core.printed import printed

OWN: Any = ImageFont.load_default(16)
NOWHERE = "\U0010fffc"
"""A private character that no font draws."""


def test_default_font_is_preferred():
    assert has_font_for("Gradient descent, step 12 – é")
    assert font_for(16, "Adam").getname() == OWN.getname()


def test_missing_characters_are_reported_and_fall_back_to_the_default_font():
    assert not has_font_for("Adam", NOWHERE)
    assert font_for(16, NOWHERE).getname() == OWN.getname()


def test_system_font_is_used_for_characters_that_the_default_lacks(monkeypatch):
    own, other = OWN, ImageFont.load_default(17)
    monkeypatch.setattr(module, "_fonts", lambda _size: (own, other))
    monkeypatch.setattr(module, "_has_glyph", lambda font, letter: font is other or letter != "梯")
    assert font_for(16, "Adam") is own
    assert font_for(16, "梯度") is other
    assert has_font_for("梯度")


def test_formatted_number_needs_the_default_font_only():
    text = printed("-7.5e-11")
    assert split_scripts(text) == [("-7.5 x 10", 0), ("-11", 1)]
    assert all(font_for(16, part).getname() == OWN.getname() for part, _ in split_scripts(text))
    assert split_scripts("Adam 梯") == [("Adam 梯", 0)]
    assert split_scripts("w₁ + 10²") == [("w", 0), ("1", -1), (" + 10", 0), ("2", 1)]
