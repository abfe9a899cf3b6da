"""Maps are to scale: one unit is as long along x as along y, so that a gradient is at right angles to its contour."""

import io
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from PIL import Image

from landscape_lab.figures.animation import animation_frames
from landscape_lab.figures.contour import contour_figure, paths_figure
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.still import SCALE, SIZE, as_png, as_svg, still_picture
from landscape_lab.figures.surface_grid import STRETCH, fitted_size, is_to_scale
from landscape_lab.figures.theme import LIGHT
from landscapes import LANDSCAPES, SURFACES
from landscapes.critical_points import Domain
from optim_core import OPTIMIZERS, run

SURFACE = pytest.mark.parametrize("key", SURFACES)
STRIP: Domain = ((-10.0, 10.0), (-1.0, 1.0))
SVG = "{http://www.w3.org/2000/svg}"


def shape(domain: Domain) -> float:
    (x0, x1), (y0, y1) = domain
    return (x1 - x0) / (y1 - y0)


def ends_of(key: str) -> list[Any]:
    """Two runs that remain at their starts in opposite corners of the domain."""
    (x0, x1), (y0, y1) = SURFACES[key].domain
    gradient_descent = OPTIMIZERS["gradient_descent"]()
    places = [(x0 + part * (x1 - x0), y0 + part * (y1 - y0)) for part in (0.25, 0.75)]
    return [run(SURFACES[key], gradient_descent, place, 0) for place in places]


def distance(picture: Image.Image, bottom: float) -> np.ndarray:
    """Pixels between the heads of the first two entries, along both axes; below `bottom` is the legend."""
    pixels = np.asarray(picture.convert("RGB"), dtype=int)[: round(bottom)]
    colors = [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in LIGHT.series[:2]]
    heads = [np.argwhere(np.abs(pixels - color).max(axis=-1) <= 8).mean(axis=0) for color in colors]
    return np.abs(heads[1] - heads[0])[::-1]


@pytest.mark.thorough
@SURFACE
def test_every_domain_of_the_catalog_is_drawn_to_scale(key: str):
    domain = SURFACES[key].domain
    assert is_to_scale(domain)
    left, top, right, bottom = still_picture(SURFACES[key], [], []).box
    assert (right - left) / (bottom - top) == pytest.approx(shape(domain), rel=0.01)
    figure: Any = contour_figure(SURFACES[key])
    assert figure.layout.yaxis.scaleanchor == "x"
    assert figure.layout.xaxis.title.text in (SURFACES[key].axes[0], f"<i>{SURFACES[key].axes[0]}</i>")


@pytest.mark.parametrize("key", ["rosenbrock", "six_hump_camel", "ravine", "linear_regression"])
def test_units_are_equally_long_in_png_svg_and_frames(key: str):
    surface, paths = SURFACES[key], ends_of(key)
    still = still_picture(surface, paths, ["a", "b"])
    across, up = distance(Image.open(io.BytesIO(as_png(still))), SCALE * still.box[3])
    assert across / up == pytest.approx(shape(surface.domain), rel=0.02)
    drawing = ET.fromstring(as_svg(still))
    texts = [node for node in drawing.iter(f"{SVG}text") if node.text]
    numbers = [(float(node.text.replace("−", "-")), node) for node in texts if node.text[-1].isdigit()]  # type: ignore[union-attr,index]
    below = [(value, float(node.get("x", 0))) for value, node in numbers if float(node.get("y", 0)) > still.box[3]]
    beside = [(value, float(node.get("y", 0))) for value, node in numbers if float(node.get("x", 0)) < still.box[0]]
    beside = [each for each in beside if each[1] <= still.box[3] + 1]
    scales = [(each[-1][1] - each[0][1]) / (each[-1][0] - each[0][0]) for each in (below, beside)]
    assert -scales[0] / scales[1] == pytest.approx(1, rel=0.01)
    (frame,) = animation_frames(surface, paths, ["a", "b"], [0])
    across, up = distance(frame, frame.height - 12 - 26)
    assert across / up == pytest.approx(shape(surface.domain), rel=0.02)


def test_gradient_is_perpendicular_to_its_contour():
    """The directions are measured in pixels, at points all over a rotated bowl."""
    surface = LANDSCAPES["elliptic_bowl"]
    left, top, right, bottom = still_picture(surface, [], []).box
    (x0, x1), (y0, y1) = surface.domain
    pixels = np.array([(right - left) / (x1 - x0), -(bottom - top) / (y1 - y0)])
    for point in np.random.default_rng(0).uniform([x0, y0], [x1, y1], (20, 2)):
        gradient = surface.gradient(point)
        angles = np.linspace(0, 2 * np.pi, 2001)
        circle = point[:, None] + 1e-4 * np.stack([np.cos(angles), np.sin(angles)])
        level = circle[:, int(np.abs(surface.value(circle) - surface.value(point)).argmin())] - point
        arrow, line = gradient * pixels, level * pixels
        assert abs(arrow @ line) < 0.01 * np.hypot(*arrow) * np.hypot(*line)


def test_narrow_domain_is_stretched_with_a_note():
    bowl, words = LANDSCAPES["bowl"], Words()
    assert not is_to_scale(STRIP) and not is_to_scale((STRIP[1], STRIP[0])) and is_to_scale(((0, STRETCH), (0, 1)))
    figure: Any = contour_figure(bowl, domain=STRIP)
    assert figure.layout.yaxis.scaleanchor is None and words.stretched in figure.layout.xaxis.title.text
    still = still_picture(bowl, [], [], domain=STRIP)
    assert still.size == SIZE and words.stretched in as_svg(still)
    assert words.stretched not in as_svg(still_picture(bowl, [], []))
    assert fitted_size(STRIP, 300, 200) == (300, 200)


def test_caller_can_choose_the_scaling():
    paths, labels = ends_of("bowl"), ["a", "b"]
    asked: Any = paths_figure(LANDSCAPES["bowl"], paths, labels, domain=STRIP, equal=True)
    assert asked.layout.yaxis.scaleanchor == "x"
    stretched: Any = paths_figure(LANDSCAPES["bowl"], paths, labels, equal=False)
    assert stretched.layout.yaxis.scaleanchor is None and stretched.layout.width is None
