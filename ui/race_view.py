"""A race on the stage: the one message that the browser gets."""

from dataclasses import replace
from typing import Any

import numpy as np

from experiments import Race, results
from figures.curves import curve_axes
from figures.theme import LANE_STYLES, theme_payload
from optim_core import Outcome, Trajectory
from ui import cached, state
from ui.stage import stage
from ui.words import say


def show_race(race: Race, view: state.View) -> None:
    """The stage with the race on it; a click or a drag on its map gives the scenario another start."""

    def moved(x: float, y: float) -> None:
        state.change(lambda old: replace(old, start=(x, y)))

    stage(
        race_tree(race, view),
        on_start=moved,
        on_view=lambda told: state.change_view(lambda _old: state.View.from_browser(told)),
    )


def race_tree(race: Race, view: state.View) -> dict[str, Any]:
    """Everything the stage shows of a race; see `ui/stage` for what each part means there."""
    scenario = race.scenario
    rows = results(race)
    curves = curve_axes(race.trajectories, minimum=scenario.landscape.minimum_value)
    return {
        "surface": cached.surface_tree(scenario.landscape),
        "curves": curves,
        "race": {
            "key": scenario.text,
            "steps": scenario.steps,
            "start": list(scenario.point),
            "lanes": [
                {
                    "name": lane.label,
                    "color": style.color,
                    "dash": list(style.dash),
                    "marker": style.marker,
                    "last_step": int(path.last_step),
                    "outcome": say(row.outcome),
                    "diverged": path.outcome == Outcome.DIVERGED,
                    "points": path.points,
                    # Subtracted here, in double precision: in single precision little would be left near a minimum.
                    "gaps": path.losses - curves["offset"],
                    "gradients": cached.lane_run(scenario, lane).gradients,
                    "evaluated": _evaluated(path),
                }
                for lane, path, row, style in zip(scenario.lanes, race.trajectories, rows, LANE_STYLES, strict=False)
            ],
        },
        "view": {
            "projection": view.projection,
            "loss_axis": view.loss_axis,
            "progress_axis": view.progress_axis,
            "hidden": list(view.hidden),
            "arrows": view.arrows,
        },
        "theme": theme_payload(),
        "words": {"summary": " ".join(f"{row.name}: {say(row.outcome)}." for row in rows)},
        "play": True,
    }


def _evaluated(path: Trajectory) -> Any:
    """The evaluations up to each step; just their number per step where that is always the same."""
    spent = path.evaluated[: int(path.last_step) + 1]
    per_step = float(spent[1]) if len(spent) > 1 else 1.0
    return per_step if (spent == per_step * np.arange(len(spent))).all() else path.evaluated
