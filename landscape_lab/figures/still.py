"""A race as a still picture, drawn without a browser: the map with axes and colour bar, paths, marks and a legend.

The picture is computed once as a list of shapes, which are then written as a PNG, an SVG or a PDF (`pdf.py`).
"""

import base64
import re
from collections.abc import Sequence
from html import escape
from io import BytesIO
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from landscape_lab.figures.coinciding import Stretches, equal_names, same_paths
from landscape_lab.figures.figure_words import Words, axis_names
from landscape_lab.figures.fonts import font_for, printable, split_scripts
from landscape_lab.figures.height_scale import HeightScale, height_scale, loss_text, round_step
from landscape_lab.figures.map_image import HEAD_SIZE, MARKS, SAMPLE, interpolated, map_pixels
from landscape_lab.figures.shapes import TEXT, Area, Line, Raster, Shape, Still, Text
from landscape_lab.figures.strokes import dashes, draw_line, inked, within_reach, without_crowds
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface_grid import (
    PictureTooSmall,
    Surface,
    fitted_size,
    is_to_scale,
    sample_surface,
    special_points,
)
from landscape_lab.figures.theme import FONT, HALO_WIDTH, LINE_WIDTH, MARKERS, EntryStyle, Theme, theme
from landscapes.critical_points import Domain
from optim_core.objective import Array

SIZE = (1000, 720)
"""The maximal size of an SVG in pixels; a map to scale may need less. A PNG is `SCALE` times as large."""
SCALE = 2
LEFT, TOP, RIGHT, BELOW, ROW, MARGIN = 62, 44, 108, 56, 26, 12
TITLE = 18
SMALL, RAISE = 0.72, 0.3
"""The size of an exponent and its vertical offset, relative to the size of the text."""
START = {"l": 0.0, "m": 0.5, "r": 1.0}
"""The fraction of a text that lies to the left of its anchor."""
TICK = 5
BAR = 14
"""Width of the colour bar."""
RING = 8.0
"""Radius of the ring around the start."""
SHARP = 4
"""A PNG is drawn at this multiple of the size and then reduced, as Pillow does not smooth edges."""


def still_picture(
    surface: Surface,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    *,
    title: str = "",
    note: str = "",
    size: tuple[int, int] = SIZE,
    domain: Domain | None = None,
    lines: bool = True,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> Still:
    """Draw trajectories of single runs on the map of their surface, with a note below the legend.

    Without `lines` only their legend, for an animation that draws the runs (`run_shapes`).

    Both axes have the same scale, so that gradients are at right angles to contours, unless the domain is too long
    (`is_to_scale`). The picture is no larger than `size`; raises PictureTooSmall if that is too small.
    """
    colors, words, domain = theme(dark), words or Words(), domain or surface.domain
    styles = styles or series_styles(dark)
    entries = list(zip(trajectories, labels, styles, strict=False))
    extent = np.diff(domain, axis=1)[:, 0]
    equal = [equal_names([labels[i] for i in group]) for group in same_paths(trajectories, extent)]
    longer = "\n".join([note, *(words.same_path.format(names=names) for names in equal)])
    try:
        size, box, rows, sentences = _placed(domain, entries, title, longer, size)
    except PictureTooSmall:
        if not equal:
            raise
        # The stripes show which paths are equal; the map needs the room more than their names do.
        size, box, rows, sentences = _placed(domain, entries, title, note, size)
    scale = height_scale(sample_surface(surface, domain=domain)[2], surface.minimum_value)
    pixels = map_pixels(surface, domain, colors, (SCALE * (box[2] - box[0]), SCALE * (box[3] - box[1])))
    inside: list[Shape] = [Raster(pixels, box)]
    for mark in special_points(surface, domain):
        shape, radius = MARKS[mark.kind]
        inside += _marker(shape, _on_map(box, domain, [mark.x, mark.y]), radius, colors.ink, colors.halo)
    if lines:
        paths = [path.points[: int(path.last_step) + 1] for path in trajectories]
        inside += run_shapes(box, domain, paths, styles, colors)
    heading = Text(box[0], TOP / 2, title, colors.text, TITLE, bold=True)
    legend = _legend(rows, (LEFT, box[3] + BELOW), colors)
    below = box[3] + BELOW + ROW * len(rows)
    noted = [Text(LEFT, below + (i + 0.5) * ROW, line, colors.muted) for i, line in enumerate(sentences)]
    around = [
        heading,
        *_axes(box, domain, axis_names(surface, words), colors, words),
        *_heights(box, scale, colors, words),
        *legend,
        *noted,
    ]
    return Still(size, colors.paper, box, inside, around)


def run_shapes(
    box: tuple[float, float, float, float],
    domain: Domain,
    paths: Sequence[Array],
    styles: Sequence[EntryStyle],
    colors: Theme,
) -> list[Shape]:
    """Paths (k, 2) on the map in a box, with the ring around their start and a head at the end of each."""
    placed = [_on_map(box, domain, path) for path in paths]
    stretches = Stretches(placed, [style.dash for style in styles[: len(placed)]])
    shapes: list[Shape] = [Line(piece, colors.halo, HALO_WIDTH) for path in placed for piece in _thinned(path)]
    for i in stretches.order:
        for part, pattern in stretches.parts(i):
            shapes += [Line(dash, styles[i].color, LINE_WIDTH) for dash in inked(_thinned(part), pattern)]
    if placed:
        ring = RING * np.array(MARKERS["circle"]) / 0.9
        for color, width in ((colors.halo, 4.5), (colors.text, 2.5)):
            shapes.append(Line(placed[0][0] + np.vstack([ring, ring[:1]]), color, width))
    for i, (style, path) in enumerate(zip(styles, placed, strict=False)):
        end = path[-1] + [HEAD_SIZE * stretches.shift(i), 0]
        if np.isfinite(end).all() and (box[0] <= end[0] <= box[2]) and (box[1] <= end[1] <= box[3]):
            shapes += head_shapes(style, end, colors)
    return shapes


def _thinned(path: Array) -> list[Array]:
    return [without_crowds(SCALE * piece) / SCALE for piece in within_reach(path)]


def _on_map(box: tuple[float, float, float, float], domain: Domain, points: ArrayLike) -> Array:
    """The positions in the picture of points (..., 2) on the map in a box."""
    low, high = np.array(domain).T
    corner, extent = np.array([box[0], box[3]]), np.array([box[2] - box[0], box[1] - box[3]])
    return corner + (np.asarray(points, dtype=float) - low) / (high - low) * extent


def _placed(
    domain: Domain, entries: Sequence[Any], title: str, note: str, most: tuple[int, int]
) -> tuple[tuple[int, int], tuple[int, int, int, int], list[list[Any]], list[str]]:
    """The size of the picture, the box of its map, the rows of its legend and the lines of its note, for the largest
    possible map."""
    widest = max([LEFT + font_for(TITLE, title).getlength(title), *(_entry_width(entry[1]) for entry in entries)])
    count = min(1, len(entries)) + bool(note)
    while True:
        below = BELOW + ROW * count + MARGIN
        width, height = fitted_size(domain, most[0] - LEFT - RIGHT, most[1] - TOP - below)
        whole = min(most[0], max(LEFT + width + RIGHT, ceil(LEFT + widest) + MARGIN))
        rows = _in_rows(entries, whole - LEFT - MARGIN)
        lines = [line for part in note.split("\n") for line in _in_lines(part, whole - LEFT - MARGIN)]
        if len(rows) + len(lines) <= count:
            return (whole, TOP + height + below), (LEFT, TOP, LEFT + width, TOP + height), rows, lines
        count += 1


def _in_lines(text: str, width: float) -> list[str]:
    """A text in lines, none wider than `width` unless a word is. Chinese may be broken after each character."""
    lines: list[str] = []
    font = font_for(TEXT, text)
    for word in re.split(r"(?<=\s)|(?<=[\u2e80-\uffef])", text):
        if lines and font.getlength((lines[-1] + word).rstrip()) <= width:
            lines[-1] += word
        else:
            lines.append(word)
    return [line for line in lines if line]


def _in_rows(entries: Sequence[Any], width: float) -> list[list[Any]]:
    """The entries in rows of a legend, none wider than `width`."""
    rows: list[list[Any]] = []
    free = 0.0
    for entry in entries:
        wide = _entry_width(entry[1])
        if not rows or wide > free:
            rows.append([])
            free = width
        rows[-1].append(entry)
        free -= wide
    return rows


def _entry_width(label: str) -> float:
    return SAMPLE + 8 + font_for(TEXT, label).getlength(label) + 2 * MARGIN


def _legend(rows: list[list[Any]], corner: tuple[float, float], colors: Theme) -> list[Shape]:
    """The rows of the legend, below and to the right of a corner."""
    shapes: list[Shape] = []
    for i, row in enumerate(rows):
        x, y = corner[0], corner[1] + (i + 0.5) * ROW
        for _path, label, style in row:
            sample = np.array([[x, y], [x + SAMPLE - HEAD_SIZE, y]])
            shapes += [Line(dash, style.color, LINE_WIDTH) for dash in dashes(sample, style.dash)]
            shapes += head_shapes(style, sample[1], colors)[1:]  # no edge, which would look like the gap of a dash
            shapes.append(Text(x + SAMPLE + 8, y, label, colors.text))
            x += _entry_width(label)
    return shapes


def head_shapes(style: EntryStyle, at: Array, colors: Theme) -> list[Shape]:
    """The marker of an entry, with the number of a copy on it."""
    marker = _marker(style.marker, at, HEAD_SIZE, style.color, colors.halo)
    x, y = at.tolist()
    number = Text(x, y, str(style.number), colors.halo, round(1.4 * HEAD_SIZE), "mm", bold=True)
    ground = Area(at + 0.65 * HEAD_SIZE * np.array(MARKERS["circle"]), style.color)  # the arms of a star are too thin
    return [*marker, ground, number] if style.number else marker


def _marker(shape: str, at: Array, radius: float, color: str, edge: str) -> list[Shape]:
    outline = np.array(MARKERS[shape]) * [1, -1]
    return [Area(at + size * outline, fill) for size, fill in ((radius + 1.8, edge), (radius, color))]


def _axes(
    box: tuple[float, float, float, float], domain: Domain, names: tuple[str, str], colors: Theme, words: Words
) -> list[Shape]:
    """Tick labels and ticks along the lower and the left edge."""
    left, top, right, bottom = box
    across = names[0] if is_to_scale(domain) else f"{names[0]} ({words.stretched})"
    shapes: list[Shape] = [
        Text((left + right) / 2, bottom + BELOW - 14, across, colors.text, anchor="mm"),
        Text(14, (top + bottom) / 2, names[1], colors.text, anchor="mm", up=True),
    ]
    for at in round_ticks(*domain[0]):
        x = left + (at - domain[0][0]) / (domain[0][1] - domain[0][0]) * (right - left)
        shapes.append(Line(np.array([[x, bottom], [x, bottom + TICK]]), colors.muted, 1))
        shapes.append(Text(x, bottom + TICK + 12, loss_text(at), colors.muted, anchor="mm"))
    for at in round_ticks(*domain[1]):
        y = bottom - (at - domain[1][0]) / (domain[1][1] - domain[1][0]) * (bottom - top)
        shapes.append(Line(np.array([[left - TICK, y], [left, y]]), colors.muted, 1))
        shapes.append(Text(left - TICK - 4, y, loss_text(at), colors.muted, anchor="rm"))
    return shapes


def round_ticks(low: float, high: float) -> list[float]:
    """The round numbers of an axis, about seven of them."""
    step = round_step((high - low) / 7)
    return [float(f"{i * step:.12g}") for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _heights(box: tuple[float, float, float, float], scale: HeightScale, colors: Theme, words: Words) -> list[Shape]:
    """The colour bar."""
    left, (_, top, _, bottom) = box[2] + 12, box
    shades = interpolated(colors.scale, np.linspace(1, 0, 256))[:, None].repeat(2, axis=1)
    shapes: list[Shape] = [
        Raster(np.rint(shades).astype(np.uint8), (left, top, left + BAR, bottom)),
        Text(left, top - 14, words.loss, colors.text),
    ]
    for height, text in zip(*scale.ticks(), strict=True):
        y = bottom - (height - scale.low) / (scale.high - scale.low) * (bottom - top)
        shapes.append(Line(np.array([[left + BAR, y], [left + BAR + TICK, y]]), colors.muted, 1))
        shapes.append(Text(left + BAR + TICK + 4, y, text, colors.muted))
    return shapes


# PNG


def as_png(still: Still) -> bytes:
    """The picture as a PNG, `SCALE` times as large."""
    stream = BytesIO()
    as_image(still).save(stream, "PNG")
    return stream.getvalue()


def as_image(still: Still) -> Image.Image:
    """The picture as an image, `SCALE` times as large."""
    page = Image.new("RGB", _times(still.size, SHARP), still.paper)
    draw_shapes(page, still.inside)
    (width, height), (left, top, right, bottom) = page.size, (round(edge * SHARP) for edge in still.box)
    for edge in ((0, 0, width, top), (0, bottom, width, height), (0, 0, left, height), (right, 0, width, height)):
        page.paste(still.paper, edge)
    draw_shapes(page, still.around)
    return page.resize(_times(still.size, SCALE), Image.Resampling.BOX)


def _times(size: tuple[int, int], factor: int) -> tuple[int, int]:
    return size[0] * factor, size[1] * factor


def draw_shapes(page: Image.Image, shapes: Sequence[Shape], scale: int = SHARP) -> None:
    """Draw shapes on an image that is `scale` times as large as the picture."""
    draw = ImageDraw.Draw(page)
    for shape in shapes:
        match shape:
            case Line(points, color, width):
                if width > 1:
                    draw_line(draw, points * scale, color, max(1, round(width * scale)))
                else:
                    draw.line([tuple(point) for point in (points * scale).tolist()], fill=color, width=scale)
            case Area(points, color):
                draw.polygon([tuple(point) for point in (points * scale).tolist()], fill=color)
            case Raster(pixels, box):
                left, top, right, bottom = (round(edge * scale) for edge in box)
                picture = Image.fromarray(pixels).resize((right - left, bottom - top), Image.Resampling.NEAREST)
                page.paste(picture, (left, top))
            case Text():
                _write(page, draw, shape, scale)


def _write(page: Image.Image, draw: ImageDraw.ImageDraw, text: Text, scale: int) -> None:
    size = text.size * scale
    at = (text.x * scale, text.y * scale)
    fonts = [
        (part, raised, font_for(SMALL * size if raised else size, part)) for part, raised in split_scripts(text.text)
    ]
    whole = sum(font.getlength(part) for part, _, font in fonts)

    def written(on: ImageDraw.ImageDraw, x: float, y: float, color: Any, level: str) -> None:
        for part, raised, font in fonts:
            stroke = scale / 4 if text.bold else 0
            on.text((x, y - RAISE * size * raised), part, color, font, anchor=f"l{level}", stroke_width=stroke)
            x += font.getlength(part)

    if not text.up:
        written(draw, at[0] - whole * START[text.anchor[0]], at[1], text.color, text.anchor[1])
        return
    turned = Image.new("L", (round(whole), 2 * size))
    written(ImageDraw.Draw(turned), 0, size, 255, "m")
    turned = turned.rotate(90, expand=True)
    corner = (round(at[0] - turned.width / 2), round(at[1] - turned.height / 2))
    page.paste(Image.new("RGB", turned.size, text.color), corner, turned)


# SVG

ANCHORS = {"l": "start", "m": "middle", "r": "end"}


def as_svg(still: Still) -> str:
    """The picture as an SVG: paths, marks and text are vectors, the surface is a raster image."""
    width, height = still.size
    left, top, right, bottom = still.box
    inside, around = ("\n".join(map(_element, shapes)) for shapes in (still.inside, still.around))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{escape(FONT)}" stroke-linecap="round" stroke-linejoin="round">\n'
        f'<clipPath id="map"><path d="M{left} {top}H{right}V{bottom}H{left}Z"/></clipPath>\n'
        f'<rect width="{width}" height="{height}" fill="{still.paper}"/>\n'
        f'<g clip-path="url(#map)">\n{inside}\n</g>\n{around}\n</svg>\n'
    )


def _element(shape: Shape) -> str:
    match shape:
        case Line(points, color, width):
            return f'<path d="{_way(points)}" fill="none" stroke="{color}" stroke-width="{width:g}"/>'
        case Area(points, color):
            return f'<path d="{_way(points)}Z" fill="{color}"/>'
        case Raster(pixels, (left, top, right, bottom)):
            stream = BytesIO()
            Image.fromarray(pixels).save(stream, "PNG", optimize=True)
            data = base64.b64encode(stream.getvalue()).decode()
            return (
                f'<image x="{left:g}" y="{top:g}" width="{right - left:g}" height="{bottom - top:g}" '
                f'preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'
            )
        case Text(x, y, text, color, size, anchor, bold, up):
            turn = f' transform="rotate(-90 {x:.6g} {y:.6g})"' if up else ""
            weight = ' font-weight="600"' if bold else ""
            return (
                f'<text x="{x:.6g}" y="{y:.6g}" fill="{color}" font-size="{size}" text-anchor="{ANCHORS[anchor[0]]}" '
                f'dominant-baseline="central"{weight}{turn}>{escape(printable(text))}</text>'
            )


def _way(points: Array) -> str:
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points.tolist())
