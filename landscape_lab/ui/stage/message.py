"""The stage's message: a race as the browser gets it, with words, colours and axes."""

from dataclasses import replace
from typing import Any

import numpy as np

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.engine import engine_of
from landscape_lab.experiments.families import Family
from landscape_lab.experiments.race_data import EntryData, FamilyData, RaceData, race_data
from landscape_lab.experiments.scenarios.exercise import hidden_parts
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.curves import curve_axes, smoothing_of
from landscape_lab.figures.styles import styles_of
from landscape_lab.figures.theme import EntryStyle, theme_payload
from landscape_lab.ui.i18n.translation import _, aloud, entry_name, figure_words, language, say
from landscape_lab.ui.knobs import setting_label
from landscape_lab.ui.stage.inspector import inspector_tree
from landscape_lab.ui.stage.surface import surface_tree
from optim_core import Outcome
from optim_core.caching import bounded_cache
from optim_core.objective import Array

LOSS_AXES = {"log", "linear"}


def race_tree(
    scenario: Scenario,
    view: View,
    *,
    family: Family | None = None,
    fog: float | None = None,
    round: str = "",
    play: bool = True,
    veiled: bool = False,
    compact: bool = False,
    validation: bool = False,
) -> dict[str, Any]:
    """The message about the race of a scenario; `stage/script/types.d.ts` explains its parts.

    family      lets the user drag one entry through many values of a setting, without the server
    fog         hides the surface except for discs around what the entries have seen; their radius, as a fraction of the
                map's diagonal
    round       a text; when it or the scenario's kind changes, the race starts from step 0 and plays
    play        whether a stage that has just appeared plays
    veiled      leaves out everything about the entries except their names and their start
    compact     makes a low stage, for two of them on one page
    validation  adds the loss on held-out data beside every curve; ignored for a surface without examples
    """
    data = race_data(scenario, family=family, validation=validation, veiled=veiled)
    return _tree(data, view, fog, round, play, veiled, compact)


def modes_of(shown: Scenario | RaceLesson) -> dict[str, Any]:
    """How the stage of a page shows its race: arguments of `race_tree`."""
    if isinstance(shown, Scenario):
        return {}
    return {"fog": shown.fog, "family": shown.family, "validation": shown.shows_validation}


@bounded_cache(maxsize=128)  # the predictions of all lessons, before and after, in two languages
def constant_tree(scenario: Scenario, view: View, modes: tuple[tuple[str, Any], ...], _language: str) -> dict[str, Any]:
    """`race_tree` of a race that no control of its page changes, in a language; it must not be changed."""
    return race_tree(scenario, view, **dict(modes))


@bounded_cache(maxsize=8)  # about 100 kB each: the route makes one at a release, and the run of the page shows it
def recent_tree(scenario: Scenario, view: View, modes: tuple[tuple[str, Any], ...], _language: str) -> dict[str, Any]:
    """`race_tree` of a scenario in a language; it is shared, and must not be changed."""
    return race_tree(scenario, view, **dict(modes))


def _tree(
    data: RaceData, view: View, fog: float | None, round: str, play: bool, veiled: bool, compact: bool
) -> dict[str, Any]:
    scenario, family = data.scenario, data.family
    inspected = min(view.inspected, len(scenario.entries) - 1)
    is_inspected = view.inspector and not veiled and scenario.entries[inspected].is_pure
    held_out = [each.held_out for each in data.entries if each.held_out is not None]
    curves = _curves(data, veiled)
    offset = curves["offset"]
    return {
        "surface": surface_tree(scenario.landscape),
        "curves": curves,
        "race": {
            "key": f"{scenario.text} veiled" if veiled else scenario.text,
            "round": f"{round} {scenario.kind}",
            "veiled": veiled,
            "steps": scenario.steps,
            "start": list(scenario.point),
            "rows": data.rows,
            "noisy": scenario.is_noisy,
            "lanes": [
                {**style, **_entry_tree(entry, offset)}
                for style, entry in zip(style_trees(scenario), data.entries, strict=True)
            ],
            "family": family and _family_tree(family, data, view.arrows),
        },
        "engine": None if veiled else _engine_tree(scenario, offset, bool(held_out)),
        "fog": fog,
        "fixed_start": "start" in hidden_parts(scenario, view.hide),
        "view": replace(view, inspected=inspected).to_browser(),
        "inspector": inspector_tree(scenario, inspected) if is_inspected else None,
        "theme": theme_payload(),
        "words": {"summary": "" if veiled else aloud(_summary(data))},
        "play": play,
        "compact": compact,
    }


def _curves(data: RaceData, veiled: bool) -> dict[str, Any]:
    """The axes of the curves. A family replaces the entry that it belongs to."""
    family, loss = data.family, data.data_loss
    of_family = [] if family is None else family.paths
    beside = [each.held_out for each in data.entries if each.held_out is not None]
    seen = [each.examples for each in data.entries if each.examples is not None]
    if family is not None and family.held_out is not None:
        beside.append(family.held_out[:, family.stayed])
    if family is not None and family.examples is not None:
        seen.append(family.examples[:, family.stayed])
    paths = [*(entry.path for i, entry in enumerate(data.entries) if i != data.family_entry), *of_family]
    curves = curve_axes(
        paths,
        minimum=_subtracted(data.scenario, bool(beside)),
        beside=beside,
        seen=seen,
        examples=loss.n if loss else 0,
        window=smoothing_of(paths) if data.scenario.is_noisy and not veiled else 1,
        words=figure_words(),
    )
    if loss:
        curves["titles"] |= {"examples": _("examples seen"), "epochs": _("epochs")}
    if veiled:  # the cost of the race is a part of the answer
        curves["ranges"] |= {axis: [0.0, float(data.scenario.steps)] for axis in curves["ranges"].keys() - LOSS_AXES}
    return curves


def _subtracted(scenario: Scenario, validation: bool) -> float | None:
    """The zero of the logarithmic loss axis. The loss on held-out data may lie below the minimum of the other."""
    return None if validation else scenario.landscape.minimum_value


def _summary(data: RaceData) -> str:
    sentence = _("{lane}: {outcome}.")
    return " ".join(
        sentence.format(lane=entry_name(each.entry), outcome=say(each.outcome))
        for each in data.entries
        if each.outcome is not None
    )


def _engine_tree(scenario: Scenario, offset: float, validation: bool) -> dict[str, Any] | None:
    """What the browser needs to run the race itself; None where it cannot."""
    made = engine_of(scenario, offset, validation)
    if made is None:
        return None
    program, numbers = made
    return {**numbers, "program": {"key": program.key, "text": program.text, "data": program.data}}


def style_trees(scenario: Scenario) -> list[dict[str, Any]]:
    """The styles of the entries, for both themes."""
    light, dark = (styles_of(scenario.entries, dark) for dark in (False, True))
    return [style_tree(style, night) for style, night in zip(light, dark, strict=True)]


def style_tree(style: EntryStyle, night: EntryStyle) -> dict[str, Any]:
    """A style as the browser gets it, from that of the light and of the dark theme."""
    return {
        "colors": {"light": style.color, "dark": night.color},
        "dash": list(style.dash),
        "marker": style.marker,
        "number": style.number,
    }


def _entry_tree(data: EntryData, offset: float) -> dict[str, Any]:
    """An entry without its style; its losses above an offset."""
    return {
        "name": entry_name(data.entry),
        "last_step": int(data.path.last_step),
        "outcome": "" if data.outcome is None else say(data.outcome),
        "diverged": data.path.outcome == Outcome.DIVERGED,
        "points": data.path.points,
        # Subtracted here, in double precision: in single precision little would be left near a minimum.
        "gaps": data.path.losses - offset,
        "gradients": data.gradients,
        "evaluated": _per_step(data.path.evaluated),
        "seen": None if data.examples is None else _per_step(data.examples),
        "validation": None if data.held_out is None else data.held_out - offset,
    }


def _family_tree(family: FamilyData, data: RaceData, arrows: bool) -> dict[str, Any]:
    """A family: arrays in single precision, with the members first."""
    alone, of, together = family.alone, family.family, family.together
    chosen = replace(of, entry=data.family_entry)
    offset = _subtracted(alone, family.held_out is not None) or 0.0
    key = f"{alone.text} {of.setting} {of.values} {family.held_out is not None} {language()}"
    with np.errstate(all="ignore"):  # numbers of a run that diverges may exceed single precision
        return {
            "key": f"{key} arrows" if arrows else key,
            "label": setting_label(of.path(alone), of.knob(alone).symbol),
            "values": np.array(of.values),
            "points": np.moveaxis(together.points, -1, 0).astype(np.float32),
            "gaps": (together.losses.T - offset).astype(np.float32),
            # Two fifths of the bytes, needed only for arrows.
            "gradients": family.gradients.astype(np.float32) if arrows else None,
            "evaluated": _per_step_of_all(together.evaluated),
            "seen": None if family.examples is None else _per_step_of_all(family.examples),
            "validation": None if family.held_out is None else (family.held_out.T - offset).astype(np.float32),
            "last_step": together.last_step,
            "diverged": (together.outcomes == Outcome.DIVERGED).tolist(),
            "outcome": [say(outcome) for outcome in family.outcomes],
            "lane": data.family_entry,
            "path": f"lane/{data.family_entry}/{chosen.path(data.scenario)}",
            "chosen": chosen.nearest(data.scenario),
        }


def _per_step(spent: Array) -> Any:
    """What has been spent up to each point (points,), or the amount per step where that is always the same."""
    known = spent[np.isfinite(spent)]
    per_step = float(known[1]) if len(known) > 1 else 1.0
    return per_step if (known == per_step * np.arange(len(known))).all() else spent


def _per_step_of_all(spent: Array) -> Any:
    """The same for a family (points, members): one number, or single precision with the members first."""
    each = [_per_step(one) for one in spent.T]
    is_even = all(isinstance(one, float) for one in each) and len(set(each)) == 1
    return each[0] if is_even else spent.T.astype(np.float32)
