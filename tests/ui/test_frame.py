"""The frame of all pages."""

from landscape_lab.ui.frame import ICON, LOGO


def test_pictures_in_the_head_need_no_font():
    """A picture cannot use the fonts of the page, and each machine has others."""
    for file in (ICON, LOGO):
        assert "<text" not in file.read_text(encoding="utf-8")
