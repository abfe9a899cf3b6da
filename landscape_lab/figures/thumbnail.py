"""Surfaces and races as small pictures without axes, for a list to choose from, and many of them in one file."""

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import Base

from landscape_lab.figures.map_image import map_pixels
from landscape_lab.figures.shapes import Raster, Shape
from landscape_lab.figures.still import SHARP, draw_shapes, run_shapes
from landscape_lab.figures.surface_grid import Surface, fitted_size
from landscape_lab.figures.theme import EntryStyle, theme

SIDE = 192
"""The side of the square that contains the picture, in pixels; it is shown at half this size."""
COLUMNS = 8
"""The number of pictures in a row of a sheet."""

Pixels = NDArray[np.uint8]
"""A picture (`SIDE`, `SIDE`, 4) with red, green, blue and opacity."""


def thumbnail(
    surface: Surface, trajectories: Sequence[Any] = (), styles: Sequence[EntryStyle] = (), *, dark: bool = False
) -> Pixels:
    """Draw the map of a surface, and trajectories of single runs on it, in a transparent square."""
    colors = theme(dark)
    width, height = fitted_size(surface.domain, SIDE, SIDE)
    box = (0, 0, width, height)
    shapes: list[Shape] = [Raster(map_pixels(surface, surface.domain, colors, (width, height)), box)]
    if trajectories:
        paths = [path.points[: int(path.last_step) + 1] for path in trajectories]
        shapes += run_shapes(box, surface.domain, paths, styles, colors)
    page = Image.new("RGB", (SHARP * width, SHARP * height))
    draw_shapes(page, shapes)
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(page.resize((width, height), Image.Resampling.BOX), ((SIDE - width) // 2, (SIDE - height) // 2))
    return np.asarray(square)


def sheet(pictures: Sequence[Pixels], checksums: Mapping[str, int]) -> bytes:
    """Return a WebP file with pictures in rows. `checksums` has the key of each in this order, and a number for it."""
    page = Image.new("RGBA", (COLUMNS * SIDE, -(-len(pictures) // COLUMNS) * SIDE))
    for place, picture in enumerate(pictures):
        page.paste(Image.fromarray(picture), _corner(place))
    exif, stream = Image.Exif(), BytesIO()
    exif[Base.ImageDescription] = json.dumps(checksums)
    page.save(stream, "WEBP", lossless=True, quality=100, method=6, exif=exif)
    return stream.getvalue()


def checksums_of(file: Path) -> dict[str, int]:
    """Return the keys of the pictures of a sheet in their order, each with its number."""
    with Image.open(file) as page:
        return json.loads(page.getexif()[Base.ImageDescription])


def picture_at(file: Path, place: int) -> Pixels:
    """Return the picture at a place of a sheet."""
    left, top = _corner(place)
    with Image.open(file) as page:
        return np.asarray(page.convert("RGBA").crop((left, top, left + SIDE, top + SIDE)))


def _corner(place: int) -> tuple[int, int]:
    return place % COLUMNS * SIDE, place // COLUMNS * SIDE
