"""A race as an animation, drawn without a browser: a still picture over which the paths and the loss curves grow."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.still import (
    BELOW,
    MARGIN,
    RIGHT,
    SCALE,
    Still,
    Text,
    as_image,
    draw_shapes,
    run_shapes,
)
from landscape_lab.figures.still_losses import LossCurves, curve_shapes, race_picture
from landscape_lab.figures.styles import series_styles
from landscape_lab.figures.surface_grid import Surface
from landscape_lab.figures.theme import EntryStyle, Theme, theme
from landscapes.critical_points import Domain
from optim_core.objective import Array

MAP_SIZE, SIZE_WITH_LOSSES = (720, 640), (960, 560)
"""The maximal size of a picture in pixels without and with loss curves; a map to scale may need less."""


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
    surface: Surface,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    moments: Sequence[float],
    *,
    title: str = "",
    losses: LossCurves | None = None,
    size: tuple[int, int] | None = None,
    domain: Domain | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> list[Image.Image]:
    """Draw a frame for each moment: the trajectories of single runs up to that step, on a map to scale.

    All frames have the same size, no larger than `size`, which is `MAP_SIZE` or `SIZE_WITH_LOSSES` by default. With
    `losses` the curves grow beside the map or below it. Raises PictureTooSmall.
    """
    return list(
        draw_frames(
            surface, trajectories, labels, moments, title=title, losses=losses, size=size, domain=domain,
            styles=styles, dark=dark, words=words,
        )
    )  # fmt: skip


def draw_frames(
    surface: Surface,
    trajectories: Sequence[Any],
    labels: Sequence[str],
    moments: Iterable[float],
    *,
    title: str = "",
    losses: LossCurves | None = None,
    size: tuple[int, int] | None = None,
    domain: Domain | None = None,
    styles: Sequence[EntryStyle] | None = None,
    dark: bool = False,
    words: Words | None = None,
) -> Iterator[Image.Image]:
    """The frames of `animation_frames` as an iterator."""
    styles, words, domain = styles or series_styles(dark), words or Words(), domain or surface.domain
    look: dict[str, Any] = {"title": title, "domain": domain, "styles": styles, "dark": dark, "words": words}
    look |= {"size": size or (MAP_SIZE if losses is None else SIZE_WITH_LOSSES), "lines": False}
    axes = None if losses is None else replace(losses, curves=(), raw=())
    still = race_picture(surface, trajectories, labels, losses=axes, **look)
    renderer = _Renderer(still, surface, domain, trajectories, styles, losses, theme(dark), words)
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
class _Renderer:
    """The parts of the picture that all frames share, and the runs that are drawn over them."""

    still: Still
    surface: Surface
    domain: Domain
    trajectories: Sequence[Any]
    styles: Sequence[EntryStyle]
    losses: LossCurves | None
    colors: Theme
    words: Words

    def frame(self, moment: float) -> Image.Image:
        """The picture at a moment; between two steps the points are interpolated."""
        lasts = [min(moment, int(path.last_step)) for path in self.trajectories]
        paths = [until(path.points, last) for path, last in zip(self.trajectories, lasts, strict=True)]
        over = self.background.copy()
        runs = run_shapes(self.still.box, self.domain, paths, self.styles, self.colors)
        draw_shapes(over, runs, SCALE)
        left, top, right, bottom = (round(SCALE * edge) for edge in self.still.box)
        picture = self.background.copy()
        picture.paste(over.crop((left, top, right, bottom)), (left, top))
        if self.losses is not None and self.still.panel is not None:
            curves, raw = (
                [(until(x, last), until(each, last)) for (x, each), last in zip(part, lasts, strict=False)]
                for part in (self.losses.curves, self.losses.raw)
            )
            now = replace(self.losses, curves=curves, raw=raw)
            draw_shapes(picture, curve_shapes(now, self.styles, self.still.panel, self.colors), SCALE)
        _left, _top, right, bottom = self.still.box
        step = f"{self.words.step} {int(moment)}"
        draw_shapes(
            picture, [Text(right + RIGHT - MARGIN, bottom + BELOW - 14, step, self.colors.text, anchor="rm")], SCALE
        )
        return picture.reduce(SCALE)

    @cached_property
    def background(self) -> Image.Image:
        return as_image(self.still)


def until(values: Array, moment: float) -> Array:
    """The values (k, ...) of steps up to a moment; the last one is interpolated if the moment is fractional."""
    done, rest = int(moment), moment % 1
    kept = np.asarray(values[: done + 1], dtype=float)
    if rest:
        here, there = values[done : done + 2]
        kept = np.concatenate([kept, [here + rest * (there - here)]])
    return kept
