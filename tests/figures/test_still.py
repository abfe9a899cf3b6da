import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from landscape_lab.figures.still import SCALE, SIZE, Line, Raster, Still, Text, as_png, as_svg, still_picture
from landscape_lab.figures.theme import DARK, LIGHT
from landscapes import DATA_LOSSES, LANDSCAPES, SURFACES
from optim_core import OPTIMIZERS, run

BOWL, ROSENBROCK = LANDSCAPES["bowl"], LANDSCAPES["rosenbrock"]
LABELS = ["Adam", "Gradient descent"]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def paths():
    adam = run(ROSENBROCK, OPTIMIZERS["adam"](learning_rate=0.1), ROSENBROCK.start, 40)
    lost = run(ROSENBROCK, OPTIMIZERS["gradient_descent"](learning_rate=0.1), ROSENBROCK.start, 40)
    return [adam, lost]


@pytest.fixture(scope="module")
def still(paths):
    return still_picture(ROSENBROCK, paths, LABELS, title="Rosenbrock")


def rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def near(picture: Image.Image, color: str) -> np.ndarray:
    pixels = np.asarray(picture.convert("RGB"), dtype=int)
    return np.argwhere(np.abs(pixels - rgb(color)).max(axis=-1) <= 8)[:, ::-1]


def test_png_has_the_size_the_paths_and_the_legend(still):
    picture = Image.open(io.BytesIO(as_png(still)))
    assert picture.format == "PNG" and picture.size == (SCALE * still.size[0], SCALE * still.size[1])
    assert picture.getpixel((2, 2)) == tuple(rgb(LIGHT.paper))
    bottom = SCALE * still.box[3]
    for color in LIGHT.series[:2]:
        ys = near(picture, color)[:, 1]
        assert (ys < bottom).sum() > 100 and (ys > bottom).sum() > 100


def test_head_is_at_the_end_of_the_run():
    """The bowl's view is square, so the pixel of a point follows from the corners of the map."""
    path = run(BOWL, OPTIMIZERS["gradient_descent"](learning_rate=0.1), (-1.0, 0.5), 0)
    still = still_picture(BOWL, [path], ["Gradient descent"])
    (x0, x1), (y0, y1) = BOWL.domain
    left, top, right, bottom = still.box
    found = near(Image.open(io.BytesIO(as_png(still))), LIGHT.series[0])
    found = found[found[:, 1] < SCALE * bottom]
    expected = [left + (-1 - x0) / (x1 - x0) * (right - left), top + (y1 - 0.5) / (y1 - y0) * (bottom - top)]
    np.testing.assert_allclose(found.mean(axis=0) / SCALE, expected, atol=1.5)


def test_nothing_is_drawn_beyond_the_map(paths, still):
    """The second path diverges; its line ends at the edge of the map."""
    picture = Image.open(io.BytesIO(as_png(still)))
    left, _top, right, bottom = (SCALE * edge for edge in still.box)
    found = near(picture, LIGHT.series[1])
    on_map = found[found[:, 1] < bottom]
    assert on_map[:, 0].min() >= left and on_map[:, 0].max() <= right
    assert max(np.abs(shape.points).max() for shape in still.inside if isinstance(shape, Line)) > 2000
    root = ET.fromstring(as_svg(still))
    assert root.find(f"{SVG}g").get("clip-path") == "url(#map)"  # type: ignore[union-attr]


def test_svg_is_xml_without_external_references(still):
    text = as_svg(still)
    root = ET.fromstring(text)
    assert root.get("viewBox") == f"0 0 {still.size[0]} {still.size[1]}"
    assert {node.tag.removeprefix(SVG) for node in root.iter()} == {
        "svg",
        "clipPath",
        "path",
        "rect",
        "g",
        "image",
        "text",
    }
    hrefs = [value for node in root.iter() for name, value in node.attrib.items() if name.endswith("href")]
    assert hrefs and all(href.startswith("data:image/png;base64,") for href in hrefs)
    assert {"Rosenbrock", "Adam", "Gradient descent", "x", "y", "loss"} <= {
        node.text for node in root.iter(f"{SVG}text")
    }
    assert all(color in text for color in LIGHT.series[:2])


def test_axes_of_a_regression_are_named_after_its_parameters():
    def still_of(key: str) -> Still:
        loss = DATA_LOSSES[key]
        return still_picture(loss, [run(loss, OPTIMIZERS["adam"](), loss.start, 5)], ["Adam"])

    def texts(still: Still) -> set[str]:
        return {shape.text for shape in still.around if isinstance(shape, Text)}

    assert {"slope", "intercept"} <= texts(still_of("linear_regression"))
    still = still_of("multiple_regression")
    assert {"w₁", "w₂"} <= texts(still)
    unnamed = [shape for shape in still.around if getattr(shape, "text", "") not in ("w₁", "w₂")]
    pictures = [Image.open(io.BytesIO(as_png(each))).convert("L") for each in (still, replace(still, around=unnamed))]
    changed = np.argwhere(np.asarray(pictures[0]) != np.asarray(pictures[1])) / SCALE
    left, bottom = still.box[0], still.box[3]
    assert (changed[:, 1] < left).sum() > 20 and (changed[:, 0] > bottom).sum() > 20


def test_names_from_a_link_are_escaped(paths):
    name = '<script>alert("&")</script>\x00'
    root = ET.fromstring(as_svg(still_picture(ROSENBROCK, paths[:1], [name])))
    assert root.find(f".//{SVG}script") is None
    assert '<script>alert("&")</script>' in [node.text for node in root.iter(f"{SVG}text")]


def test_dark_picture_has_a_dark_background(paths):
    still = still_picture(ROSENBROCK, paths, LABELS, dark=True)
    assert Image.open(io.BytesIO(as_png(still))).getpixel((2, 2)) == tuple(rgb(DARK.paper))
    assert DARK.paper in as_svg(still)


def test_same_race_gives_the_same_bytes(paths, still):
    again = still_picture(ROSENBROCK, paths, LABELS, title="Rosenbrock")
    assert as_png(again) == as_png(still) and as_svg(again) == as_svg(still)


@pytest.mark.parametrize("key", SURFACES)
def test_every_surface_has_axes_and_heights(key):
    surface = SURFACES[key]
    still = still_picture(surface, [], [], size=(400, 300))
    left, top, right, bottom = still.box
    texts = [shape for shape in still.around if isinstance(shape, Text)]
    along_x = [shape for shape in texts if shape.y > bottom and shape.text != "x" and shape.text]
    along_y = [shape for shape in texts if shape.x < left and shape.text != "y"]
    heights = [shape for shape in texts if shape.x > right]
    assert len(along_x) >= 3 and len(along_y) >= 3 and len(heights) >= 3
    assert all(left - 1 <= shape.x <= right + 1 for shape in along_x)
    assert all(top - 1 <= shape.y <= bottom + 1 for shape in along_y)
    assert isinstance(still.inside[0], Raster)


def test_twelve_long_names_fit():
    labels = [f"an optimizer with the long name {i}" for i in range(12)]
    paths = [run(ROSENBROCK, OPTIMIZERS["adam"](learning_rate=0.01 * (i + 1)), ROSENBROCK.start, 3) for i in range(12)]
    still = still_picture(ROSENBROCK, paths, labels)
    texts = [shape for shape in still.around if isinstance(shape, Text) and shape.text in labels]
    assert len(texts) == 12 and max(shape.y for shape in texts) < SIZE[1]
    assert still.box[3] - still.box[1] > 250
