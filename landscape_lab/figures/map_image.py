"""The map as an image, with contour bands and lines, and the sizes of what is drawn on it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from landscape_lab.figures.height_scale import height_scale
from landscape_lab.figures.level_sets import without_false_loops
from landscape_lab.figures.surface_grid import SampledSurface, Surface, losses_on, sample_surface
from landscape_lab.figures.theme import Theme
from landscapes.critical_points import Domain
from optim_core.objective import Array

BANDS = 16
"""The number of contour bands on the map: few, so that a GIF stays small."""
HEAD_SIZE = 7.5
"""The radius of a head in pixels."""
MARKS = {"global_minimum": ("star", 9.0), "local_minimum": ("circle", 4.0), "saddle": ("x", 5.0)}
"""The marker of each kind of special point, and its radius in pixels."""
SAMPLE = 46
"""The length of a line in the legend."""


def map_pixels(surface: Surface, domain: Domain, colors: Theme, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The map as an image (height, width, 3) with contour bands and lines, computed pixel by pixel.

    Between the points of a sampled surface the heights are interpolated.
    """
    (x0, x1), (y0, y1) = domain
    xs, ys = np.linspace(x0, x1, size[0]), np.linspace(y1, y0, size[1])
    sampled = sample_surface(surface, domain=domain)[2]
    scale = height_scale(sampled, surface.minimum_value)
    if isinstance(surface, SampledSurface):
        losses = heights = np.clip(surface.between(scale.shown(sampled), xs, ys), scale.low, scale.high)
    else:
        losses = losses_on(surface, xs, ys)
        heights, _ = without_false_loops(
            surface.value, xs, ys, scale.shown(losses), scale.lines(BANDS), surface.minima, surface.maxima
        )
    first, _, step = scale.levels(BANDS)
    with np.errstate(invalid="ignore"):
        band = np.floor((heights - first) / step)
    middle = (first + (band + 0.5) * step - scale.low) / (scale.high - scale.low)
    pixels = interpolated(colors.scale, middle)
    pixels[np.isnan(losses)] = _rgb(colors.plot)
    edges = np.zeros(band.shape, dtype=bool)
    edges[:, 1:] |= band[:, 1:] != band[:, :-1]
    edges[1:] |= band[1:] != band[:-1]
    edges &= np.isfinite(losses)
    *ink, alpha = _rgba(colors.line)
    pixels[edges] += alpha * 1.5 * (np.array(ink) - pixels[edges])
    return np.rint(pixels).astype(np.uint8)


def interpolated(scale: Sequence[str], positions: Array) -> Array:
    """Interpolate colours (..., 3), from 0 to 255, at positions from 0 to 1 on a scale."""
    stops = np.array([_rgb(color) for color in scale], dtype=float)
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(positions, at, channel) for channel in stops.T], axis=-1)


def _rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _rgba(color: str) -> list[float]:
    """The numbers of "rgba(r,g,b,a)"."""
    return [float(number) for number in color.removeprefix("rgba(").removesuffix(")").split(",")]
