"""A race as an animation, drawn without a browser: the map, the paths with their heads, a legend and the step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.fonts import font_for
from landscape_lab.figures.height_scale import height_scale
from landscape_lab.figures.level_sets import without_false_loops
from landscape_lab.figures.strokes import draw_line, inked, within_reach, without_crowds
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface_grid import (
    SampledSurface,
    Surface,
    fitted_size,
    losses_on,
    sample_surface,
    special_points,
)
from landscape_lab.figures.theme import HALO_WIDTH, LINE_WIDTH, MARKERS, EntryStyle, Theme, theme
from landscapes import Landscape
from landscapes.critical_points import Domain
from optim_core.objective import Array

SIZE = (720, 640)
"""The maximal size of a picture in pixels; a map to scale may need less along one side."""
SUPERSAMPLING = 2
"""Frames are drawn at this multiple of their size and then reduced, as Pillow does not smooth edges."""
BANDS = 16
"""The number of contour bands on the map: few, so that a GIF stays small."""
MARGIN, ROW, FONT_SIZE = 12, 26, 16
"""Pixels: the margin of the map, the height of a row of the legend, and its font size."""
HEAD_SIZE = 7.5
"""The radius of a head in pixels."""
MARKS = {"global_minimum": ("star", 9.0), "local_minimum": ("circle", 4.0), "saddle": ("x", 5.0)}
"""The marker of each kind of special point, and its radius in pixels."""
SAMPLE = 46
"""The length of a line in the legend."""


def slow_start(steps: int, frames: int) -> list[float]:
    """The moment of each frame, as a step that may be fractional. The first steps, where most happens, are slower."""
    return [steps * (i / max(1, frames - 1)) ** 2 for i in range(frames)]


def whole_steps(steps: int, most: int) -> list[int]:
    """The steps of at most `most` frames: all steps if possible, otherwise more of the first ones."""
    if steps < most:
        return list(range(steps + 1))
    chosen = [0, steps]
    for frames in range(most, steps + 2):
        finer = sorted({round(moment) for moment in slow_start(steps, frames)})
        if len(finer) > most:
            break
        chosen = finer
    return chosen


def animation_frames(
    landscape: Landscape,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    moments: Sequence[float],
    *,
    size: tuple[int, int] = SIZE,
    domain: Domain | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> list[Image.Image]:
    """Draw a frame for each moment: the trajectories of single runs up to that step, on a map to scale.

    All frames have the same size, no larger than `size`.
    """
    return list(
        draw_frames(
            landscape, trajectories, labels, moments, size=size, domain=domain, styles=styles, dark=dark, words=words
        )
    )


def draw_frames(
    landscape: Landscape,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    moments: Iterable[float],
    *,
    size: tuple[int, int] = SIZE,
    domain: Domain | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> Iterator[Image.Image]:
    """The frames of `animation_frames` as an iterator."""
    styles = styles or series_styles(dark)
    entries = [_Entry(*entry) for entry in zip(trajectories, labels, styles, strict=False)]
    renderer = _Renderer(landscape, entries, size, domain or landscape.domain, theme(dark), words or Words())
    for moment in moments:
        yield renderer.frame(moment)


def write_animation(
    frames: Sequence[Image.Image],
    target: str | Path | BinaryIO,
    *,
    kind: str = "",
    milliseconds: int = 50,
    hold: int = 2000,
) -> None:
    """Write a GIF or an animated WebP (`kind`, or the suffix of `target`) that loops forever.

    Each frame lasts `milliseconds`, the last one `hold`. Frames may have a palette already. Raises ValueError for an
    empty sequence and for another kind.
    """
    kind = (kind or Path(str(getattr(target, "name", target))).suffix).lstrip(".").lower()
    if kind not in ("gif", "webp"):
        raise ValueError(f"an animation must be a gif or a webp, not {kind or 'a file without a suffix'}")
    if not frames:
        raise ValueError("an animation needs at least one frame")
    lasting = [milliseconds] * (len(frames) - 1) + [hold]
    if kind == "webp":
        frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], duration=lasting, loop=0, quality=85)
        return
    indexed = frames if frames[0].mode == "P" else with_one_palette(frames, frames[-1])
    indexed[0].save(target, "GIF", save_all=True, append_images=indexed[1:], duration=lasting, loop=0, optimize=False)


def with_one_palette(frames: Iterable[Image.Image], last: Image.Image) -> list[Image.Image]:
    """The frames with the palette of the last one, which has all colours: no flicker, and a third of the memory."""
    palette = last.quantize(255, dither=Image.Dither.NONE)
    return [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]


@dataclass(frozen=True)
class _Entry:
    trajectory: Any
    label: str
    style: EntryStyle

    def until(self, moment: float) -> Array:
        """The points (k, 2) of the path up to a moment; the last one is interpolated if the moment is fractional."""
        moment = min(moment, int(self.trajectory.last_step))
        done, rest = int(moment), moment % 1
        points = self.trajectory.points[: done + 1]
        if rest:
            here, there = self.trajectory.points[done : done + 2]
            points = np.vstack([points, here + rest * (there - here)])
        return points


@dataclass(frozen=True)
class _Renderer:
    """The layout of the picture in pixels of the enlarged drawing, with the parts that all frames share."""

    landscape: Landscape
    entries: Sequence[_Entry]
    size: tuple[int, int]
    domain: Domain
    colors: Theme
    words: Words

    def frame(self, moment: float) -> Image.Image:
        picture = self.background.copy()
        map_ = self.map.copy()
        draw = ImageDraw.Draw(map_)
        paths = [self.pixels(entry.until(moment)) for entry in self.entries]
        for path in paths:
            for piece in within_reach(path):
                draw_line(draw, piece, self.colors.halo, HALO_WIDTH * SUPERSAMPLING)
        for entry, path in zip(self.entries, paths, strict=True):
            self.path(draw, entry.style, path)
        for entry, path in zip(self.entries, paths, strict=True):
            self.head(draw, entry.style, path[-1])
        picture.paste(map_, (self.box[0], self.box[1]))
        step = f"{self.words.step} {int(moment)}"
        corner = (self.box[2], self.box[3] + SUPERSAMPLING * (MARGIN + ROW / 2))
        ImageDraw.Draw(picture).text(corner, step, self.colors.text, self.font, anchor="rm")
        return picture.reduce(SUPERSAMPLING)

    @cached_property
    def font(self) -> Any:
        return font_for(FONT_SIZE * SUPERSAMPLING, self.words.step, *(entry.label for entry in self.entries))

    @cached_property
    def rows(self) -> list[list[_Entry]]:
        """The entries of the legend in rows; the step is written at the end of the first row."""
        return self.placed[1]

    @cached_property
    def placed(self) -> tuple[tuple[int, int], list[list[_Entry]]]:
        """The size of the largest map in pixels that leaves room for the legend, and the rows of the legend."""
        step = self.width(f"{self.words.step} 00000")
        widest = max([step, *(self.width(entry.label) for entry in self.entries)])
        room, count = self.size[0] - 2 * MARGIN, 1
        while True:
            map_size = fitted_size(self.domain, room, self.size[1] - 3 * MARGIN - ROW * count)
            rows = self.in_rows(min(room, max(map_size[0], widest)))
            if len(rows) <= count:
                return map_size, rows
            count += 1

    def in_rows(self, width: float) -> list[list[_Entry]]:
        """The entries in rows of at most this width."""
        rows: list[list[_Entry]] = [[]]
        free = width - self.width(f"{self.words.step} 00000")
        for entry in self.entries:
            if rows[-1] and self.width(entry.label) > free:
                rows.append([])
                free = width
            rows[-1].append(entry)
            free -= self.width(entry.label)
        return rows

    def width(self, label: str) -> float:
        """The width of a label in the legend in pixels of the finished picture, with its line and margins."""
        return self.font.getlength(label) / SUPERSAMPLING + SAMPLE + 8 + 2 * MARGIN

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """The box of the map: left, top, right, bottom."""
        width, height = self.placed[0]
        left, top, right, bottom = (SUPERSAMPLING * (MARGIN + edge) for edge in (0, 0, width, height))
        return left, top, right, bottom

    @cached_property
    def background(self) -> Image.Image:
        """The picture with its legend and without the map."""
        widest = max(self.width(entry.label) for entry in self.entries) if self.entries else 0
        width = min(self.size[0], max(self.placed[0][0], ceil(widest)) + 2 * MARGIN)
        height = self.placed[0][1] + 3 * MARGIN + ROW * len(self.rows)
        picture = Image.new("RGB", (SUPERSAMPLING * width, SUPERSAMPLING * height), self.colors.paper)
        draw = ImageDraw.Draw(picture)
        for i, row in enumerate(self.rows):
            x, y = self.box[0] / SUPERSAMPLING, self.box[3] / SUPERSAMPLING + MARGIN + (i + 0.5) * ROW
            for entry in row:
                sample = np.array([[x, y], [x + SAMPLE - HEAD_SIZE, y]]) * SUPERSAMPLING
                self.path(draw, entry.style, sample)
                self.head(draw, entry.style, sample[1])  # at the end, so that the line's dashes can be seen
                text_at = (SUPERSAMPLING * (x + SAMPLE + 8), sample[0, 1])
                draw.text(text_at, entry.label, self.colors.text, self.font, anchor="lm")
                x += self.width(entry.label)
        return picture

    @cached_property
    def map(self) -> Image.Image:
        """The map with its minima and saddles."""
        width, height = self.box[2] - self.box[0], self.box[3] - self.box[1]
        picture = Image.fromarray(map_pixels(self.landscape, self.domain, self.colors, (width, height)))
        draw = ImageDraw.Draw(picture)
        for mark in special_points(self.landscape, self.domain):
            shape, size = MARKS[mark.kind]
            self.marker(draw, shape, self.pixels(np.array([[mark.x, mark.y]]))[0], size, self.colors.ink)
        return picture

    def pixels(self, points: Array) -> Array:
        """Pixel positions (k, 2) on the map, y downwards."""
        low, high = np.array(self.domain).T
        return (points - low) / (high - low) * [1, -1] * self.extent + [0, self.extent[1]]

    @property
    def extent(self) -> Array:
        return np.array([self.box[2] - self.box[0] - 1, self.box[3] - self.box[1] - 1], dtype=float)

    def path(self, draw: ImageDraw.ImageDraw, style: EntryStyle, path: Array) -> None:
        reached = [without_crowds(piece) for piece in within_reach(path)]
        for piece in inked(reached, [SUPERSAMPLING * length for length in style.dash]):
            draw_line(draw, piece, style.color, LINE_WIDTH * SUPERSAMPLING)

    def head(self, draw: ImageDraw.ImageDraw, style: EntryStyle, at: Array) -> None:
        """Draw the marker of an entry, with the number of a copy on it."""
        self.marker(draw, style.marker, at, HEAD_SIZE, style.color)
        if style.number and np.abs(at).max() < 1e5:
            number = str(style.number)
            font = font_for(round(1.4 * HEAD_SIZE) * SUPERSAMPLING, number)
            draw.text(tuple(at.tolist()), number, self.colors.halo, font, anchor="mm", stroke_width=1)

    def marker(self, draw: ImageDraw.ImageDraw, shape: str, at: Array, radius: float, color: str) -> None:
        if not np.abs(at).max() < 1e5:
            return
        outline = np.array(MARKERS[shape]) * [1, -1]
        for size, fill in ((radius + 1.8, self.colors.halo), (radius, color)):
            draw.polygon([tuple(corner) for corner in at + SUPERSAMPLING * size * outline], fill=fill)


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
