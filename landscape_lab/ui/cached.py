"""What is worth remembering between runs: pictures of surfaces, and the runs of single entries.

The keys are scenarios and texts, never nested dataclasses through `st.cache_data`, whose hash drops their types.
The caches are shared by all sessions, so what they hold is never changed, and their sizes are bounded. What is about a
person's own data is kept with these data instead: see `optim_core.caching`.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from landscape_lab.experiments import Entry, Race, Result, Scenario, results
from landscape_lab.experiments.race import run_entry
from landscape_lab.figures.contour import contour_figure
from landscape_lab.figures.figure_dict import as_json
from landscape_lab.figures.height_scale import height_scale
from landscape_lab.figures.surface import surface_figure
from landscape_lab.figures.surface_grid import sample_surface
from landscape_lab.ui.i18n.translation import _, figure_words, language
from landscape_lab.ui.jobs.waiting import in_line
from landscape_lab.ui.stage.data_view import data_tree
from landscape_lab.ui.stage.packing import Kept
from landscapes import Landscape
from landscapes.formula import Formula
from optim_core import Trajectory
from optim_core.caching import bounded_cache
from optim_core.objective import Array


@dataclass(frozen=True)
class EntryRun:
    """An entry's trajectory, and the gradient of the loss itself at its points (steps + 1, 2)."""

    alone: Scenario
    path: Trajectory
    gradients: Array

    @cached_property
    def result(self) -> Result:
        """Its row in the table of results. Asks a surface for its critical points, so only when it is wanted."""
        return results(Race(self.alone, (self.path,)))[0]


SHORT = 1000
"""Steps up to which a run is small, 50 kB at most."""


def entry_run(scenario: Scenario, entry: Entry) -> EntryRun:
    """An entry's run in a scenario: a change to one entry leaves the others in the cache."""
    return _run_alone(replace(scenario, entries=(replace(entry, name=""),)))


def entry_runs(scenario: Scenario) -> list[EntryRun]:
    """The runs of all entries of a scenario."""
    return [_run_alone(alone) for alone in scenario.alone]


def _run_alone(alone: Scenario) -> EntryRun:
    return (_short_run if alone.steps <= SHORT else _long_run)(alone)


def _entry_run(alone: Scenario) -> EntryRun:
    path = run_entry(alone, alone.entries[0])
    with np.errstate(all="ignore"):
        gradients = alone.landscape.gradient(path.points.T).T
    return EntryRun(alone, path, gradients)


# A hundred people make a thousand new ones in ten seconds; what is on everybody's screen has to outlast that.
_short_run = bounded_cache(maxsize=1024)(_entry_run)
_long_run = bounded_cache(maxsize=128)(_entry_run)


def race_of(scenario: Scenario) -> Race:
    """The race of a scenario; only the entries that changed are run."""
    return Race(scenario, tuple(run.path for run in entry_runs(scenario)))


def results_of(race: Race) -> list[Result]:
    """A row for each entry of a race that came from here."""
    scenario = race.scenario
    runs = entry_runs(scenario)
    return [replace(run.result, name=entry.label) for run, entry in zip(runs, scenario.entries, strict=True)]


def surface_tree(landscape: Landscape) -> Kept:
    """The part of the stage's message that changes with the surface only, and with the reader's language."""
    if isinstance(landscape, Formula) and not landscape.is_searched:
        in_line([lambda: landscape.critical_points])
    return _surface_tree(landscape, language())


@bounded_cache(maxsize=64)
def _surface_tree(landscape: Landscape, spoken: str) -> Kept:
    words = figure_words()
    tree = Kept(
        key=f"{landscape.text} {spoken}",
        name=_(landscape.label),
        contour=as_json(contour_figure.as_dict(landscape, equal=False, true_values=False, words=words)),
        relief=as_json(surface_figure.as_dict(landscape, true_values=False, words=words)),
        height=height_scale(sample_surface(landscape)[2], landscape.minimum_value).as_payload(),
        domain=landscape.domain,
        data=data_tree(landscape),
    )
    tree.private_cache = landscape.private_cache
    return tree
