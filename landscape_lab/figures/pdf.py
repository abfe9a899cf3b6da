"""Write a still picture as a PDF of one page, with vectors and embedded fonts. Imported lazily: fpdf2 loads slowly."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fpdf import FPDF
from fpdf.enums import TextMode
from PIL import Image

from landscape_lab.figures.fonts import font_for, printable, split_scripts
from landscape_lab.figures.still import RAISE, SMALL, START, Area, Line, Raster, Shape, Still, Text

UNIT = 72 / 96
"""Points per CSS pixel."""
ROUND = {"stroke_cap_style": "round", "stroke_join_style": "round"}


def as_pdf(still: Still, title: str = "") -> bytes:
    """The picture as a PDF with a page of its size. Text can be searched; the surface is a raster image."""
    pdf = FPDF(unit=UNIT, format=still.size)
    pdf.set_creation_date(datetime.fromtimestamp(0, UTC))  # the same picture gives the same bytes
    pdf.set_title(printable(title))
    pdf.set_auto_page_break(False)
    pdf.add_page()
    (width, height), (left, top, right, bottom) = still.size, still.box
    pdf.set_fill_color(still.paper)
    pdf.rect(0, 0, width, height, style="F")
    with ExitStack() as stack:
        fonts = _Fonts(pdf, Path(stack.enter_context(TemporaryDirectory())))
        with pdf.local_context(**ROUND):
            with pdf.rect_clip(left, top, right - left, bottom - top):
                _draw(pdf, fonts, still.inside)
            _draw(pdf, fonts, still.around)
        return bytes(pdf.output())


class _Fonts:
    """The fonts of a document, each of which is embedded once."""

    def __init__(self, pdf: FPDF, folder: Path) -> None:
        self.pdf, self.folder, self.families = pdf, folder, dict[str, str]()

    def use(self, font: Any, size: float) -> None:
        """Select one of Pillow's fonts, which is written to a file for fpdf2 if it has none."""
        path = font.path if isinstance(font.path, str) else ""
        if path not in self.families:
            self.families[path] = f"font{len(self.families)}"
            file = Path(path)
            if not path:
                file = self.folder / "font.ttf"
                file.write_bytes(font.font_bytes)
            self.pdf.add_font(self.families[path], fname=file, collection_font_number=font.index)
        self.pdf.set_font(self.families[path], size=size * UNIT)


def _draw(pdf: FPDF, fonts: _Fonts, shapes: Sequence[Shape]) -> None:
    for shape in shapes:
        match shape:
            case Line(points, color, width):
                pdf.set_draw_color(color)
                pdf.set_line_width(width)
                # A single point becomes a line of length 0 with round ends.
                pdf.polyline([*map(tuple, points.tolist())] * (2 if len(points) == 1 else 1))
            case Area(points, color):
                pdf.set_fill_color(color)
                pdf.polygon([*map(tuple, points.tolist())], style="F")
            case Raster(pixels, (left, top, right, bottom)):
                pdf.image(Image.fromarray(pixels), left, top, right - left, bottom - top)
            case Text():
                _write(pdf, fonts, shape)


def _write(pdf: FPDF, fonts: _Fonts, text: Text) -> None:
    words, sizes = split_scripts(printable(text.text)), (text.size, SMALL * text.size)
    parts = [(part, raised, sizes[abs(raised)], font_for(sizes[abs(raised)], part)) for part, raised in words]
    whole = sum(font.getlength(part) for part, _raised, _size, font in parts)
    pdf.set_text_color(text.color)
    with ExitStack() as stack:
        if text.up:
            stack.enter_context(pdf.rotation(90, text.x, text.y))
        if text.bold:
            stack.enter_context(pdf.local_context(text_mode=TextMode.FILL_STROKE))
            pdf.set_draw_color(text.color)
            pdf.set_line_width(0.25)
        x = text.x - whole * START[text.anchor[0]]
        for part, raised, size, font in parts:
            fonts.use(font, size)
            above, below = font.getmetrics()
            pdf.text(x, text.y - RAISE * text.size * raised + (above - below) / 2, part)
            x += font.getlength(part)
