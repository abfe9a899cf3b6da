"""The race as a moving picture, drawn without a browser: the map, the paths, their heads, a legend and the step."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from landscape_lab.figures.heights import height_scale
from landscape_lab.figures.lettering import lettering
from landscape_lab.figures.level_sets import without_false_loops
from landscape_lab.figures.theme import ENTRY_STYLES, HALO_WIDTH, LINE_WIDTH, MARKERS, EntryStyle, Theme, theme
from landscape_lab.figures.view import fitted, losses_on, special_points, view
from landscape_lab.figures.words import Words
from landscapes import Landscape
from landscapes.critical_points import Domain
from optim_core.objective import Array

SIZE = (720, 640)
"""Pixels that a picture has at most: a map to scale may need fewer along one side."""
SUPERSAMPLING = 2
"""Everything is drawn this many times too large and then shrunk: Pillow's own lines have hard edges."""
BANDS = 16
"""Contour bands on the map: few and even, so that a GIF stays small."""
MARGIN, ROW, FONT_SIZE = 12, 26, 16
"""Pixels around the map, of a row of the legend, and of its text."""
HEAD_SIZE = 7.5
"""Radius of a head in pixels."""
MARKS = {"global_minimum": ("star", 9.0), "local_minimum": ("circle", 4.0), "saddle": ("x", 5.0)}
"""The outline of a special point, and its radius in pixels."""
REACH = 4e3
"""How far from the picture's corner a path is still drawn, in pixels: well beyond the picture."""
MOST_DASHES = 2000
"""Of one path: what is drawn has an end, however far and often the path goes to and fro."""
SLIGHT = 0.2
"""A turn, in radians, whose gap between two pieces of a line nobody sees."""
SAMPLE = 34
"""Length of a lane's line in the legend."""


def slow_start(steps: int, frames: int) -> list[float]:
    """The moment (a step, perhaps between two) of each frame: the first steps slowly, for most happens there."""
    return [steps * (i / max(1, frames - 1)) ** 2 for i in range(frames)]


def whole_steps(steps: int, most: int) -> list[int]:
    """The step of each of at most that many frames: all steps if there is room, else the first ones closer together."""
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
    styles: Sequence[EntryStyle] = ENTRY_STYLES,
    dark: bool = False,
    words: Words | None = None,
) -> list[Image.Image]:
    """One picture for each moment: the single-lane trajectories up to that step, on the map, which is to scale.

    All pictures have one size, no larger than `size`.
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
    styles: Sequence[EntryStyle] = ENTRY_STYLES,
    dark: bool = False,
    words: Words | None = None,
) -> Iterator[Image.Image]:
    """The same, one after the other."""
    lanes = [_Lane(*lane) for lane in zip(trajectories, labels, styles, strict=False)]
    stage = _Stage(landscape, lanes, size, domain or landscape.domain, theme(dark), words or Words())
    for moment in moments:
        yield stage.frame(moment)


def write_animation(
    frames: Sequence[Image.Image],
    target: str | Path | BinaryIO,
    *,
    kind: str = "",
    milliseconds: int = 50,
    hold: int = 2000,
) -> None:
    """Write a GIF or an animated WebP (`kind`, or the ending of `target`) that repeats for ever.

    Each frame lasts `milliseconds`, the last one `hold`. Frames may have a palette already. Raises ValueError for no
    frames or another kind.
    """
    kind = (kind or Path(str(getattr(target, "name", target))).suffix).lstrip(".").lower()
    if kind not in ("gif", "webp"):
        raise ValueError(f"an animation is a gif or a webp, not {kind or 'a file without an ending'}")
    if not frames:
        raise ValueError("an animation needs at least one frame")
    lasting = [milliseconds] * (len(frames) - 1) + [hold]
    if kind == "webp":
        frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], duration=lasting, loop=0, quality=85)
        return
    indexed = frames if frames[0].mode == "P" else with_one_palette(frames, frames[-1])
    indexed[0].save(target, "GIF", save_all=True, append_images=indexed[1:], duration=lasting, loop=0, optimize=False)


def with_one_palette(frames: Iterable[Image.Image], last: Image.Image) -> list[Image.Image]:
    """The frames at a third of their size in memory, with the colours of the last one, which has all: no flicker."""
    palette = last.quantize(255, dither=Image.Dither.NONE)
    return [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]


@dataclass(frozen=True)
class _Lane:
    trajectory: Any
    label: str
    style: EntryStyle

    def until(self, moment: float) -> Array:
        """The points (k, 2) of the path up to a moment; the last one lies between two steps if the moment does."""
        moment = min(moment, int(self.trajectory.last_step))
        done, rest = int(moment), moment % 1
        points = self.trajectory.points[: done + 1]
        if rest:
            here, there = self.trajectory.points[done : done + 2]
            points = np.vstack([points, here + rest * (there - here)])
        return points


@dataclass(frozen=True)
class _Stage:
    """Where things are on the picture, in pixels of the enlarged drawing, and what stands still."""

    landscape: Landscape
    lanes: Sequence[_Lane]
    size: tuple[int, int]
    domain: Domain
    colors: Theme
    words: Words

    def frame(self, moment: float) -> Image.Image:
        picture = self.background.copy()
        map_ = self.map.copy()
        draw = ImageDraw.Draw(map_)
        paths = [self.pixels(lane.until(moment)) for lane in self.lanes]
        for path in paths:
            for piece in within_reach(path):
                _line(draw, piece, self.colors.halo, HALO_WIDTH * SUPERSAMPLING)
        for lane, path in zip(self.lanes, paths, strict=True):
            self.path(draw, lane.style, path)
        for lane, path in zip(self.lanes, paths, strict=True):
            self.marker(draw, lane.style.marker, path[-1], HEAD_SIZE, lane.style.color)
        picture.paste(map_, (self.box[0], self.box[1]))
        step = f"{self.words.step} {int(moment)}"
        corner = (self.box[2], self.box[3] + SUPERSAMPLING * (MARGIN + ROW / 2))
        ImageDraw.Draw(picture).text(corner, step, self.colors.text, self.font, anchor="rm")
        return picture.reduce(SUPERSAMPLING)

    @cached_property
    def font(self) -> Any:
        return lettering(FONT_SIZE * SUPERSAMPLING, self.words.step, *(lane.label for lane in self.lanes))

    @cached_property
    def rows(self) -> list[list[_Lane]]:
        """The legend's lanes in rows; the step is written at the end of the first."""
        return self.placed[1]

    @cached_property
    def placed(self) -> tuple[tuple[int, int], list[list[_Lane]]]:
        """Pixels of the map, the largest that leaves room for the legend below it, and the rows of that legend."""
        step = self.width(f"{self.words.step} 00000")
        widest = max([step, *(self.width(lane.label) for lane in self.lanes)])
        room, count = self.size[0] - 2 * MARGIN, 1
        while True:
            map_size = fitted(self.domain, room, self.size[1] - 3 * MARGIN - ROW * count)
            rows = self.in_rows(min(room, max(map_size[0], widest)))
            if len(rows) <= count:
                return map_size, rows
            count += 1

    def in_rows(self, width: float) -> list[list[_Lane]]:
        """The lanes in rows that are no wider than this."""
        rows: list[list[_Lane]] = [[]]
        free = width - self.width(f"{self.words.step} 00000")
        for lane in self.lanes:
            if rows[-1] and self.width(lane.label) > free:
                rows.append([])
                free = width
            rows[-1].append(lane)
            free -= self.width(lane.label)
        return rows

    def width(self, label: str) -> float:
        """Pixels of the finished picture that a label takes up in the legend, with its line and the gaps."""
        return self.font.getlength(label) / SUPERSAMPLING + SAMPLE + 8 + 2 * MARGIN

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """The map: left, top, right, bottom."""
        width, height = self.placed[0]
        left, top, right, bottom = (SUPERSAMPLING * (MARGIN + edge) for edge in (0, 0, width, height))
        return left, top, right, bottom

    @cached_property
    def background(self) -> Image.Image:
        """The page with its legend; the map is empty."""
        widest = max(self.width(lane.label) for lane in self.lanes) if self.lanes else 0
        width = min(self.size[0], max(self.placed[0][0], ceil(widest)) + 2 * MARGIN)
        height = self.placed[0][1] + 3 * MARGIN + ROW * len(self.rows)
        picture = Image.new("RGB", (SUPERSAMPLING * width, SUPERSAMPLING * height), self.colors.paper)
        draw = ImageDraw.Draw(picture)
        for i, row in enumerate(self.rows):
            x, y = self.box[0] / SUPERSAMPLING, self.box[3] / SUPERSAMPLING + MARGIN + (i + 0.5) * ROW
            for lane in row:
                sample = np.array([[x, y], [x + SAMPLE, y]]) * SUPERSAMPLING
                self.path(draw, lane.style, sample)
                self.marker(draw, lane.style.marker, sample.mean(axis=0), HEAD_SIZE, lane.style.color)
                text_at = (SUPERSAMPLING * (x + SAMPLE + 8), sample[0, 1])
                draw.text(text_at, lane.label, self.colors.text, self.font, anchor="lm")
                x += self.width(lane.label)
        return picture

    @cached_property
    def map(self) -> Image.Image:
        """The surface, and its minima and saddles."""
        width, height = self.box[2] - self.box[0], self.box[3] - self.box[1]
        picture = Image.fromarray(map_pixels(self.landscape, self.domain, self.colors, (width, height)))
        draw = ImageDraw.Draw(picture)
        for mark in special_points(self.landscape, self.domain):
            shape, size = MARKS[mark.kind]
            self.marker(draw, shape, self.pixels(np.array([[mark.x, mark.y]]))[0], size, self.colors.ink)
        return picture

    def pixels(self, points: Array) -> Array:
        """Positions (k, 2) on the map, y downwards."""
        low, high = np.array(self.domain).T
        return (points - low) / (high - low) * [1, -1] * self.extent + [0, self.extent[1]]

    @property
    def extent(self) -> Array:
        return np.array([self.box[2] - self.box[0] - 1, self.box[3] - self.box[1] - 1], dtype=float)

    def path(self, draw: ImageDraw.ImageDraw, style: EntryStyle, path: Array) -> None:
        reached = [without_crowds(piece) for piece in within_reach(path)]
        for piece in inked(reached, [SUPERSAMPLING * length for length in style.dash]):
            _line(draw, piece, style.color, LINE_WIDTH * SUPERSAMPLING)

    def marker(self, draw: ImageDraw.ImageDraw, shape: str, at: Array, radius: float, color: str) -> None:
        if not np.abs(at).max() < 1e5:
            return
        outline = np.array(MARKERS[shape]) * [1, -1]
        for size, fill in ((radius + 1.8, self.colors.halo), (radius, color)):
            draw.polygon([tuple(corner) for corner in at + SUPERSAMPLING * size * outline], fill=fill)


def map_pixels(landscape: Landscape, domain: Domain, colors: Theme, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The surface from above as (height, width, 3): bands and lines of equal height, worked out pixel by pixel."""
    (x0, x1), (y0, y1) = domain
    xs, ys = np.linspace(x0, x1, size[0]), np.linspace(y1, y0, size[1])
    losses = losses_on(landscape, xs, ys)
    scale = height_scale(view(landscape, domain=domain)[2], landscape.minimum_value)
    heights, _ = without_false_loops(
        landscape.value, xs, ys, scale.shown(losses), scale.lines(BANDS), landscape.minima, landscape.maxima
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


def within_reach(path: Array, reach: float = REACH) -> list[Array]:
    """The pieces (k, 2) of a path that lie no farther than `reach` from 0 along either axis, cut exactly there.

    A path that diverges leaves the picture by millions of pixels; its direction until then is kept.
    """
    path = path[np.isfinite(path).all(axis=1).cumprod(dtype=bool)]
    if not len(path) or np.abs(path).max() <= reach:
        return [path] if len(path) else []
    here, way = path[:-1], np.diff(path, axis=0)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        edges = (np.array([-reach, reach])[:, None, None] - here) / way
    level = way == 0  # no edge is ever met: always within, or never
    edges[:, level] = np.where(np.abs(here[level]) <= reach, [[-np.inf], [np.inf]], np.inf)
    enters = np.maximum(edges.min(axis=0).max(axis=1), 0)
    leaves = np.minimum(edges.max(axis=0).min(axis=1), 1)
    seen = np.flatnonzero(enters <= leaves)
    begins = np.clip(here[seen] + enters[seen, None] * way[seen], -reach, reach)
    ends = np.clip(here[seen] + leaves[seen, None] * way[seen], -reach, reach)
    cuts = np.flatnonzero((enters[seen][1:] > 0) | (leaves[seen][:-1] < 1) | (np.diff(seen) > 1)) + 1
    pieces = zip(np.split(begins, cuts), np.split(ends, cuts), strict=True)
    return [np.vstack([first[:1], rest]) for first, rest in pieces if len(first)]


def without_crowds(path: Array) -> Array:
    """The path without points that lie within a pixel of the one before; its ends stay."""
    cells = np.rint(path)
    new = np.concatenate([[True], (cells[1:] != cells[:-1]).any(axis=1)])
    new[-1] = True
    return path[new]


def _line(draw: ImageDraw.ImageDraw, path: Array, color: str, width: float) -> None:
    """A line with round joints and ends."""
    path = without_crowds(path)
    draw.line([tuple(point) for point in path.tolist()], fill=color, width=round(width))
    # Pillow's own round joints cost more than everything else, and most turns are too slight to show a gap.
    ways = np.diff(path, axis=0)
    turns = np.abs(np.angle(np.exp(1j * np.diff(np.arctan2(ways[:, 1], ways[:, 0])))))
    for x, y in path[[0, *(np.flatnonzero(turns > SLIGHT) + 1), -1]].tolist():
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=color)


def inked(pieces: Iterable[Array], dash: Sequence[float]) -> list[Array]:
    """What is drawn of the pieces of one path.

    Beyond `MOST_DASHES` the rest has no gaps: so many lines lie on one another that none would be seen.
    """
    drawn: list[Array] = []
    for piece in pieces:
        drawn += dashes(piece, dash, max(1, MOST_DASHES - len(drawn)))
    return drawn


def dashes(path: Array, dash: Sequence[float], most: int = MOST_DASHES) -> list[Array]:
    """At most that many inked pieces of a path that is drawn dashed; all of it without a dash."""
    if not dash:
        return [path]
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    count = ceil(lengths[-1] / sum(dash))
    starts = sum(dash) * np.arange(min(count, most))
    ends = np.minimum(starts + dash[0], lengths[-1])
    if count > most:
        ends[-1] = lengths[-1]
    firsts, lasts = np.searchsorted(lengths, starts, "right"), np.searchsorted(lengths, ends, "left")
    heads, tails = (np.column_stack([np.interp(at, lengths, one) for one in path.T]) for at in (starts, ends))
    return [
        np.vstack([head, path[first:last], tail])
        for head, first, last, tail in zip(heads, firsts, lasts, tails, strict=True)
    ]


def interpolated(scale: Sequence[str], positions: Array) -> Array:
    """Colours (..., 3), 0 to 255, at positions from 0 to 1 on a scale."""
    stops = np.array([_rgb(color) for color in scale], dtype=float)
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(positions, at, channel) for channel in stops.T], axis=-1)


def _rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def _rgba(color: str) -> list[float]:
    """The numbers of "rgba(r,g,b,a)"."""
    return [float(number) for number in color.removeprefix("rgba(").removesuffix(")").split(",")]
