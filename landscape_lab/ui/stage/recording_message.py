"""The stage's message about a recording: runs of many parameters on a plane, as the browser gets them."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np

from landscape_lab.experiments.networks.pictures import Pictures
from landscape_lab.experiments.recordings import Recording
from landscape_lab.experiments.scenarios.sentence import Sentence
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.contour import contour_figure
from landscape_lab.figures.curves import loss_axes, quantity_axis
from landscape_lab.figures.figure_dict import as_json
from landscape_lab.figures.height_scale import height_scale
from landscape_lab.figures.recording_figures import share_text
from landscape_lab.figures.styles import styles_of_runs
from landscape_lab.figures.surface import surface_figure
from landscape_lab.figures.surface_grid import SampledSurface
from landscape_lab.figures.theme import theme_payload
from landscape_lab.ui.i18n.translation import _, aloud, figure_words, language
from landscape_lab.ui.stage.message import style_tree
from landscape_lab.ui.stage.packing import ImmutablePayload
from landscape_lab.ui.stage.pictures_tree import pictures_tree
from optim_core.caching import bounded_cache
from optim_core.objective import Array


def recording_tree(
    recording: Recording,
    view: View,
    *,
    title: str = "",
    names: Sequence[str] = (),
    pictures: Pictures | None = None,
    round: str = "",
    play: bool = True,
    veiled: bool = False,
    compact: bool = False,
) -> dict[str, Any]:
    """The message about a recording; `stage/script/types.d.ts` explains its parts.

    title     what is written above the plane; by default that it is a plane of parameters
    names     what the runs are called; by default their names in the recording
    pictures  what the networks predict, shown beside the curves
    round     a text; when it changes, the recording starts from its first checkpoint and plays
    play      whether a stage that has just appeared plays
    veiled    leaves out everything about the runs except their names and their start; the plane is shown
    compact   makes a low stage
    """
    names, steps = list(names or recording.names), recording.steps
    key, pictures = f"{recording.key} {title} {names}", None if veiled else pictures
    surface = recording_surface(recording, pictures, title or _("Loss on a plane of parameters"), language())
    if veiled:
        recording = at_start(recording)
    curves = loss_axes(_columns(recording.loss, recording.validation_loss), words=figure_words())
    curves["titles"] |= {"steps": figure_words().steps}
    ends = [last_checkpoint(recording, lane) for lane in range(len(names))]
    curves["ranges"] |= {"steps": [0.0, float(steps[-1 if veiled else max(ends)]) or 1.0]}
    starts = recording.path[0]
    return {
        "surface": surface,
        "curves": curves,
        "race": {
            "key": f"{key} veiled" if veiled else key,
            "round": f"{round} {recording.key}",
            "veiled": veiled,
            "steps": len(steps) - 1,
            # The ring of the start marks one point: there is none where the runs start apart.
            "start": starts[:, 0].tolist() if np.ptp(starts, axis=1).max() == 0 else [],
            "rows": None,
            "noisy": recording.noisy,
            "lanes": [
                {**style, **_lane(recording, lane, name, ends[lane])}
                for lane, (name, style) in enumerate(zip(names, _styles(recording), strict=True))
            ],
            "family": None,
        },
        "recording": {
            "numbers": steps.astype(np.int32),
            "quantities": _quantities(recording),
            "drawn": None if recording.drawn is None else list(recording.drawn.T),
            "distance": None if recording.distance is None else list(recording.distance.T),
            "farthest": _farthest(recording.distance),
            "share": "" if veiled else share_text(recording, figure_words()),
        },
        "engine": None,
        "fog": None,
        "fixed_start": True,
        "view": view.to_browser(),
        "inspector": None,
        "theme": theme_payload(),
        "words": {"summary": "" if veiled else aloud(_summary(recording, names, ends))},
        "play": play,
        "compact": compact,
    }


def at_start(recording: Recording) -> Recording:
    """The first checkpoint alone, with its losses."""
    validation = recording.validation_loss
    return replace(
        recording,
        steps=recording.steps[:1],
        path=recording.path[:1],
        loss=recording.loss[:1],
        validation_loss=None if validation is None else validation[:1],
        accuracy=None,
        validation_accuracy=None,
        distance=None,
        drawn=None,
        sharpness=None,
        limits=None,
        shares=None,
        diverged=(),
    )


def last_checkpoint(recording: Recording, lane: int) -> int:
    """The last checkpoint of a run; of one that diverged, the one after its last finite point."""
    known = np.flatnonzero(np.isfinite(recording.path[:, :, lane]).all(axis=1))
    last = int(known[-1]) if known.size else 0
    return min(last + _has_diverged(recording, lane), len(recording.steps) - 1)


@bounded_cache(maxsize=8)
def recording_surface(recording: Recording, pictures: Pictures | None, title: str, spoken: str) -> ImmutablePayload:
    """The part of the message that changes only with the recording and the language: the plane and the predictions."""
    words = figure_words()
    axes = axis_name(recording.axes[0]), axis_name(recording.axes[1])
    # Plotly reads texts as HTML, and those of a file are hostile.
    surface = SampledSurface(recording.x, recording.y, recording.grid, (escape(axes[0]), escape(axes[1])))
    tree = ImmutablePayload(
        key=f"{recording.key} {pictures is not None} {title} {spoken}",
        name=title,
        contour=as_json(contour_figure.as_dict(surface, equal=False, true_values=False, words=words)),
        relief=as_json(surface_figure.as_dict(surface, true_values=False, words=words)),
        height=height_scale(surface.sample()[2]).as_payload(),
        domain=surface.domain,
        axes=axes,
        **pictures_tree(pictures),
    )
    tree.private_cache = getattr(recording, "private_cache", None)
    return tree


def axis_name(name: str) -> str:
    """Return the name of a coordinate, translated if it is one of `landscapes.networks.planes`."""
    known = {
        "first component": _("first component"),
        "second component": _("second component"),
        "first direction": _("first direction"),
        "second direction": _("second direction"),
    }
    return known.get(name, name)


def _columns(*arrays: Array | None) -> list[Array]:
    """The columns of arrays (T, L), some of which may be missing."""
    return [column for array in arrays if array is not None for column in array.T]


def _has_diverged(recording: Recording, lane: int) -> bool:
    return bool(recording.diverged and recording.diverged[lane])


def _lane(recording: Recording, lane: int, name: str, last: int) -> dict[str, Any]:
    diverged = _has_diverged(recording, lane)
    validation = recording.validation_loss
    return {
        "name": name,
        "last_step": last,
        "outcome": _("diverged") if diverged else "",
        "diverged": diverged,
        "points": recording.path[:, :, lane],
        "gaps": recording.loss[:, lane],
        "gradients": None,
        "evaluated": 1.0,
        "seen": None,
        "validation": None if validation is None else validation[:, lane],
    }


def _styles(recording: Recording) -> list[dict[str, Any]]:
    """The styles of the runs, for both themes."""
    keys = recording.optimizers or ("",) * len(recording.names)
    light, dark = (styles_of_runs(keys, dark) for dark in (False, True))
    return [style_tree(style, night) for style, night in zip(light, dark, strict=True)]


def _quantities(recording: Recording) -> list[dict[str, Any]]:
    """What the second curves can show."""
    limits = recording.limits
    found = (
        ("accuracy", _("accuracy"), recording.accuracy, recording.validation_accuracy, None),
        ("sharpness", _("sharpness"), recording.sharpness, None, limits),
        ("distance", _("distance from the plane"), recording.distance, None, None),
    )
    return [
        {
            "name": name,
            "label": label,
            **quantity_axis(np.concatenate([each.ravel() for each in (values, validation, limit) if each is not None])),
            "runs": [
                {
                    "values": values[:, lane],
                    "validation": None if validation is None else validation[:, lane],
                    "limit": float(limit[lane]) if limit is not None and np.isfinite(limit[lane]) else None,
                }
                for lane in range(values.shape[1])
            ],
        }
        for name, label, values, validation, limit in found
        if values is not None and np.isfinite(values).any()
    ]


def _farthest(distance: Array | None) -> float:
    """The largest of the finite distances (T, L); 0 without any."""
    return 0.0 if distance is None else float(distance[np.isfinite(distance)].max(initial=0.0))


def _summary(recording: Recording, names: Sequence[str], ends: Sequence[int]) -> str:
    sentence, diverged = _("{lane}: loss {loss:.3g} after step {step}."), _("{lane}: diverged.")
    return " ".join(
        # A sentence also has signs for numbers that are not finite.
        str(
            Sentence(
                diverged if _has_diverged(recording, lane) else sentence,
                {
                    "lane": name,
                    "loss": float(recording.loss[ends[lane], lane]),
                    "step": int(recording.steps[ends[lane]]),
                },
            )
        )
        for lane, name in enumerate(names)
    )
