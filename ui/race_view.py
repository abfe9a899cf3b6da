"""A race on the stage: the one message that the browser gets."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from html.entities import html5
from typing import Any

import numpy as np

from experiments import Race, Scenario, results
from experiments.families import Family, members, outcomes, run_family
from figures.curves import curve_axes
from figures.theme import LANE_STYLES, theme_payload
from optim_core import Outcome, Trajectory
from ui import cached, state
from ui.stage import stage
from ui.words import _, say

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def show_race(
    race: Race,
    view: state.View,
    *,
    key: str = "stage",
    on_start: Callable[[float, float], None] | None = None,
    on_view: Callable[[state.View], None] | None = None,
    on_member: Callable[[int], None] | None = None,
    **modes: Any,
) -> None:
    """The stage with the race on it. `modes` are those of `race_tree`.

    A click or a drag on the map gives the scenario another start, and what is chosen on the stage becomes the page's
    view, unless `on_start(x, y)` and `on_view(view)` do something else with them. `on_member(index)` hears which of the
    family's values was chosen.
    """

    def moved(x: float, y: float) -> None:
        state.change(lambda old: replace(old, start=(x, y)))

    def looked(told: dict[str, Any]) -> None:
        seen = state.View.from_browser(told)
        if on_view:
            on_view(seen)
        else:
            state.change_view(lambda _old: seen)

    def picked(index: int) -> None:
        family = modes["family"]
        value = family.with_own(race.scenario).values[index]
        if on_member and value in family.values:  # else it is the lane's own, which it has already
            on_member(family.values.index(value))

    stage(race_tree(race, view, **modes), key=key, on_start=on_start or moved, on_view=looked, on_member=picked)


def race_tree(
    race: Race,
    view: state.View,
    *,
    family: Family | None = None,
    fog: float | None = None,
    round: str = "",
    play: bool = True,
    veiled: bool = False,
    compact: bool = False,
) -> dict[str, Any]:
    """Everything the stage shows of a race; see `stage.js` for what each part means there.

    family   lets the reader drag one lane through many values of a setting, its own among them, without the server
    fog      hides the surface but for discs around what the lanes have seen; their radius, in parts of the diagonal
    round    a text; when it changes, the race starts from step 0 and plays
    play     whether a stage that has just come up plays
    veiled   tells no more of the lanes than their names and their start
    compact  makes a low stage, for two of them on one page
    """
    scenario = race.scenario
    family = None if family is None or veiled else family.with_own(scenario)
    kin = family and _kin(*_alone(scenario, family))
    paths = [_start_of(path) for path in race.trajectories] if veiled else race.trajectories
    words = ["" if veiled else say(row.outcome) for row in results(race)]
    others = [path for i, path in enumerate(paths) if family is None or i != family.lane]
    curves = curve_axes([*others, *kin.stayed] if kin else paths, minimum=scenario.landscape.minimum_value)
    if veiled:  # how much the race will cost is not told either
        curves["ranges"] |= {axis: [0.0, float(scenario.steps)] for axis in ("steps", "evaluations")}
    summary = " ".join(f"{lane.label}: {word}." for lane, word in zip(scenario.lanes, words, strict=True))
    return {
        "surface": cached.surface_tree(scenario.landscape),
        "curves": curves,
        "race": {
            "key": f"{scenario.text} veiled" if veiled else scenario.text,
            "round": round,
            "veiled": veiled,
            "steps": scenario.steps,
            "start": list(scenario.point),
            "lanes": [
                {
                    "name": lane.label,
                    "color": style.color,
                    "dash": list(style.dash),
                    "marker": style.marker,
                    "last_step": int(path.last_step),
                    "outcome": outcome,
                    "diverged": path.outcome == Outcome.DIVERGED,
                    "points": path.points,
                    # Subtracted here, in double precision: in single precision little would be left near a minimum.
                    "gaps": path.losses - curves["offset"],
                    "gradients": cached.lane_run(scenario, lane).gradients[: len(path.points)],
                    "evaluated": _evaluated(path),
                }
                for lane, path, outcome, style in zip(scenario.lanes, paths, words, LANE_STYLES, strict=False)
            ],
            "family": _family_tree(kin, family, scenario, view.arrows) if kin and family else None,
        },
        "fog": fog,
        "view": {
            "projection": view.projection,
            "loss_axis": view.loss_axis,
            "progress_axis": view.progress_axis,
            "hidden": list(view.hidden),
            "arrows": view.arrows,
        },
        "theme": theme_payload(),
        "words": {"summary": "" if veiled else summary},
        "play": play,
        "compact": compact,
    }


def _evaluated(path: Trajectory) -> Any:
    """The evaluations up to each step; just their number per step where that is always the same."""
    spent = path.evaluated[: int(path.last_step) + 1]
    per_step = float(spent[1]) if len(spent) > 1 else 1.0
    return per_step if (spent == per_step * np.arange(len(spent))).all() else path.evaluated


def _start_of(path: Trajectory) -> Trajectory:
    """What is known of a run before it is run."""
    return Trajectory(
        path.points[:1],
        path.losses[:1],
        path.evaluated[:1],
        np.full((), Outcome.FINISHED, np.int8),
        np.zeros((), np.int64),
        {},
    )


@dataclass(frozen=True)
class _Kin:
    """A family's part of the message, and the runs of the members that did not diverge."""

    tree: dict[str, Any]
    stayed: tuple[Trajectory, ...]


def _family_tree(kin: _Kin, family: Family, scenario: Scenario, arrows: bool) -> dict[str, Any]:
    # Two fifths of the bytes are gradients, which only arrows show: they come when arrows are asked for.
    left_out = {} if arrows else {"gradients": None}
    return kin.tree | left_out | {"lane": family.lane, "chosen": family.nearest(scenario)}


def _alone(scenario: Scenario, family: Family) -> tuple[Scenario, Family]:
    """The same family in a scenario of nothing else, whichever member was chosen."""
    lane = replace(family.member(scenario, 0).lanes[family.lane], name="")
    return replace(scenario, lanes=(lane,)), replace(family, lane=0)


@lru_cache(maxsize=16)
def _kin(alone: Scenario, family: Family) -> _Kin:
    together = run_family(alone, family)
    each = list(members(together))
    spent = [_evaluated(path) for path in each]
    per_step = spent[0] if all(isinstance(one, float) for one in spent) and len(set(spent)) == 1 else None
    diverged = together.outcomes == Outcome.DIVERGED
    points = np.moveaxis(together.points, -1, 0)
    with np.errstate(all="ignore"):
        gradients = np.moveaxis(alone.landscape.gradient(np.moveaxis(points, -1, 0)), 0, -1).astype(np.float32)
        tree = {
            "key": f"{alone.text} {family.setting} {family.values}",
            "label": _label(alone, family),
            "values": np.array(family.values),
            "points": points.astype(np.float32),
            "gaps": (together.losses.T - (alone.landscape.minimum_value or 0.0)).astype(np.float32),
            "gradients": gradients,
            "evaluated": together.evaluated.T.astype(np.float32) if per_step is None else per_step,
            "last_step": together.last_step,
            "diverged": diverged.tolist(),
            "outcome": [say(outcome) for outcome in outcomes(alone, together, family)],
        }
    return _Kin(tree, tuple(path for path, lost in zip(each, diverged, strict=True) if not lost) or tuple(each[:1]))


def _label(scenario: Scenario, family: Family) -> str:
    """Name and letter of the setting, without LaTeX: `learning rate η`."""
    name, symbol = family.path(scenario).rpartition(".")[2], family.knob(scenario).symbol
    letter = re.sub(r"\\([A-Za-z]+)", lambda found: html5.get(f"{found[1]};", found[1]), symbol)
    letter = re.sub(r"_(\d)", lambda found: found[1].translate(SUBSCRIPTS), letter)
    letter = re.sub(r"[{}_^]", "", letter)
    # "epsilon" beside its own letter says nothing more
    return letter if symbol.strip("\\") == name else f"{_(name.replace('_', ' '))} {letter}"
