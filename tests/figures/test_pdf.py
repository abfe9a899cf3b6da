"""Still pictures as PDF files, read by an independent library."""

import io

import numpy as np
import pytest
from pypdf import PdfReader

from landscape_lab.figures.pdf import UNIT, as_pdf
from landscape_lab.figures.still import Line, still_picture
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, run

ROSENBROCK = LANDSCAPES["rosenbrock"]


@pytest.fixture(scope="module")
def still():
    paths = [
        run(ROSENBROCK, OPTIMIZERS["adam"](learning_rate=0.1), ROSENBROCK.start, 40),
        run(ROSENBROCK, OPTIMIZERS["gradient_descent"](learning_rate=0.1), ROSENBROCK.start, 40),  # diverges
    ]
    return still_picture(ROSENBROCK, paths, ["Adam", "Weg (ε) \\)\x00"], title="Rosenbrock")


@pytest.fixture(scope="module")
def reader(still) -> PdfReader:
    return PdfReader(io.BytesIO(as_pdf(still, "Rosenbrock")), strict=True)


def test_pdf_has_one_page_of_the_size_of_the_picture_with_all_texts(still, reader):
    (page,) = reader.pages
    assert [float(edge) for edge in page.mediabox] == [0, 0, *(edge * UNIT for edge in still.size)]
    # pypdf reads the two bytes of a character of an OpenType font, which a machine may have, as two characters.
    said = " ".join(page.extract_text().replace("\x00", "").split())
    assert all(name in said for name in ("Rosenbrock", "Adam", "Weg (ε) \\)", "loss", "1000"))
    assert {"x", "y", "-2", "3"} <= set(said.split())
    assert reader.metadata is not None and reader.metadata.title == "Rosenbrock"


def test_fonts_are_embedded(reader):
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert len(font["/ToUnicode"].get_object().get_data()) > 100


def test_paths_are_vectors_at_the_positions_of_the_picture(still, reader):
    """Every vertex of a line is in the drawing commands of the page; only the heights are a bitmap."""
    corners: list[tuple[float, float]] = []

    def heard(operator, operands, _matrix, _text):
        if operator in (b"m", b"l"):
            corners.append((float(operands[0]) / UNIT, still.size[1] - float(operands[1]) / UNIT))

    reader.pages[0].extract_text(visitor_operand_before=heard)
    drawn = np.array(sorted(set(corners)))
    lines = [shape for shape in [*still.inside, *still.around] if isinstance(shape, Line)]
    for point in np.vstack([line.points for line in lines])[::7]:
        assert np.abs(drawn - point).max(axis=1).min() < 0.05
    assert len(reader.pages[0].images) == 2


def test_same_picture_gives_the_same_bytes(still):
    assert as_pdf(still, "Rosenbrock") == as_pdf(still, "Rosenbrock")
