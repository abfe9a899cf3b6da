"""The live file: a race as one HTML page in which every number can be dragged and every surface chosen.

The page contains the stage, the engine, and the functions of all optimizers and surfaces. It needs neither a server nor
a network.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

from landscape_lab.experiments import RACES, Entry, Race, Scenario
from landscape_lab.experiments.engine import Library
from landscape_lab.experiments.operations import (
    Setting,
    entry_settings,
    sampler_settings,
    schedule_settings,
    steps_setting,
)
from landscape_lab.experiments.scenarios.entries import CORES, WRAPPERS, settings
from landscape_lab.experiments.scenarios.exercise import hidden_parts
from landscape_lab.experiments.scenarios.notation import Call, Value, read
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.curves import curve_axes
from landscape_lab.figures.styles import copies_of
from landscape_lab.ui.i18n.translation import TAGS, _, entry_name, figure_words, language, speaking
from landscape_lab.ui.knobs import component_words, outside, setting_name, slider
from landscape_lab.ui.stage.message import race_tree, style_tree
from landscape_lab.ui.stage.standalone import standalone_page, standalone_tree
from landscape_lab.ui.stage.surface import surface_tree
from landscapes import SURFACES, DataLoss, Landscape
from optim_core import OPTIMIZERS, Optimizer, key_of, knobs


def title_of(scenario: Scenario) -> str:
    """Return the title of the page in the user's language."""
    return f"{_('Loss Landscape Lab')} · {_(scenario.landscape.label)}"


def live_page(race: Race, view: View, title: str, link: str, hide: Collection[str] = ()) -> Callable[[], bytes]:
    """Return a function that makes the page in the current user's language.

    `hide` names the controls that an exercise hides. A race that the browser cannot run has no controls and only plays.
    An exercise has neither the link nor the inspector, which would reveal what is hidden.
    """
    spoken = language()

    def made() -> bytes:
        with speaking(spoken):  # this runs in a thread without a user's session
            hidden = _hidden(race.scenario, hide)
            tree = standalone_tree(race_tree(race.scenario, replace(view, inspector=view.inspector and not hidden)))
            lab = _lab(race.scenario, hidden) if tree["engine"] else None
            tree |= {"engine": None, "fixed_start": lab is None or "start" in hidden}
            if lab:
                tree["race"] = _without_runs(tree["race"])
            return standalone_page(tree, title, "" if hidden else link, TAGS[spoken], lab)

    return made


def _without_runs(race: dict[str, Any]) -> dict[str, Any]:
    """Return the race without the runs, which the engine computes when the file is opened.

    The runs of a long race would take megabytes.
    """
    kept = ("name", "colors", "dash", "marker", "number", "outcome", "validation")
    return {**race, "lanes": [{name: entry[name] for name in kept} for entry in race["lanes"]]}


def _hidden(scenario: Scenario, hide: Collection[str]) -> frozenset[str]:
    """Return the names of all hidden parts.

    The file cannot reject a change as the app does, so it also hides the controls that could cause one.
    """
    hidden = hidden_parts(scenario, hide)
    if "schedules" in hidden:
        hidden |= {"optimizers"}
    if "noise" in hidden and scenario.sampler.needs_examples:
        hidden |= {"surface"}
    return hidden


def _lab(scenario: Scenario, hidden: Collection[str]) -> dict[str, Any]:
    """Return the data that `live/live_race.js` needs in addition to the stage's tree. That file documents it."""
    optimizers = _optimizers()
    surfaces = dict(SURFACES.built_in) | {scenario.surface: scenario.landscape}
    alone = {key: Scenario(scenario.entries[:1], steps=1, **_surface_of(key, scenario)) for key in surfaces}
    named = {key: race.scenario for key, race in RACES.items()}
    # The first one is that of the file.
    races = {next((key for key, race in named.items() if race == scenario), ""): scenario} | named
    library = Library([*alone.values(), *races.values()], optimizers.values())
    keys, inner = list(surfaces), next(iter(CORES))
    return {
        "text": library.text,
        "optimizers": {key: library.place(optimizer) for key, optimizer in optimizers.items()},
        "cores": [_choice(key, optimizers[f" {key}"]) for key in _built_in(CORES)],
        "wrappers": [
            _choice(key, optimizers[f"{key} {inner}"], _(cls.label)) for key, cls in _built_in(WRAPPERS).items()
        ],
        "styles": {
            key: [*map(style_tree, copies_of(key, MAX_ENTRIES), copies_of(key, MAX_ENTRIES, dark=True))]
            for key in [*_built_in(CORES), *(key_of(entry.core) for entry in scenario.entries)]
        },
        "surfaces": [
            _surface(surfaces[key], library.numbers(alone[key], _lowest(surfaces[key])), alone[key].surface_text)
            for key in keys
        ],
        "races": [
            {
                "label": _(RACES[key].label) if key else _("Your own"),
                "noisy": each.is_noisy,
                "story": _(RACES[key].story) if key else "",
                "surface": keys.index(each.surface),
                "numbers": library.numbers(each, _lowest(each.landscape)),
                "noise": [slider(setting) for setting in sampler_settings(each)],
                "lanes": [_entry(each, i) for i in range(len(each.entries))],
                "rest": {name: each.to_query()[name] for name in ("v", "seed")},
                "sampler": _call(noise) if (noise := each.to_query().get("noise")) else None,
            }
            for key, each in races.items()
        ],
        "hidden": sorted(hidden),
        "steps": slider(steps_setting(scenario)),
        "knobs": component_words(language()),
        "words": {
            "app": _("Loss Landscape Lab"),
            "race": _("Race"),
            "surface": _("Surface"),
            "lane": _("Optimizer"),
            "core": _("Method"),
            "wrapper": _("Wrapper"),
            "none": _("none"),
            "beyond": outside(setting_name("steps"), "{low}", "{high}"),
            "add": _("Add an optimizer"),
            "remove": _("Remove this optimizer"),
            "diverged": _("diverged"),
            "controls": _("Controls"),
        },
    }


@lru_cache(maxsize=1)
def _optimizers() -> dict[str, Optimizer]:
    """Return every built-in optimizer, alone by the key " core" and in each wrapper by the key "wrapper core"."""
    cores, wrappers = _built_in(CORES), _built_in(WRAPPERS)
    alone: dict[str, Optimizer] = {f" {key}": cls() for key, cls in cores.items()}
    return alone | {f"{key}{core}": wrappers[key](inner=alone[core]) for key, core in product(wrappers, alone)}


def _built_in(classes: Mapping[str, type[Any]]) -> dict[str, type[Any]]:
    """Return the built-in classes, which a browser can run. A user's own class may not be traceable."""
    return {key: cls for key, cls in classes.items() if key in OPTIMIZERS.built_in}


def _choice(key: str, optimizer: Optimizer, owner: str = "") -> dict[str, Any]:
    """Return the data of an optimizer or of a wrapper in the menus of the file."""
    numbers = [Setting(name, knob, knob.default) for name, knob in knobs(optimizer).items() if knob.kind is not bool]
    facts = [slider(each, owner) for each in numbers]
    return {"key": key, "label": _(optimizer.label), "facts": facts, "call": _call(Entry(optimizer).text)}


def _entry(scenario: Scenario, i: int) -> dict[str, Any]:
    """Return the data of an entry. The paths of its numbers are relative to the entry."""
    entry = scenario.entries[i]
    *wrappers, core = map(key_of, entry.layers)
    owners = ["" if key == core else _((CORES | WRAPPERS)[key].label) for _path, key, _knob in settings(entry)]
    named = list(zip(entry_settings(scenario, i), owners, strict=True))
    for path, schedule in entry.schedules:
        owner = f"{setting_name(path)}, {_(schedule.label)}"
        named += [(setting, owner) for setting in schedule_settings(scenario, i, path)]
    facts = [slider(each, owner) for each, owner in named if each.knob.kind is not bool]
    known = len(wrappers) < 2 and not entry.schedules
    return {
        "name": entry_name(entry),
        "style": core,
        "core": core if known else None,
        "wrapper": "".join(wrappers) if known else None,
        "facts": [{**each, "path": each["path"].removeprefix(f"lane/{i}/")} for each in facts],
        "call": _call(entry.text),
    }


def _call(text: str) -> Any:
    """Return a part of a link as data from which `live/link.js` writes it with changed numbers."""
    (call,) = read(text)
    return _plain(call)


def _plain(value: Value) -> Any:
    if not isinstance(value, Call):
        return value
    arguments = {name: _plain(each) for name, each in value.arguments.items()}
    return {"name": value.name, "arguments": arguments, "factor": value.factor}


def _surface_of(key: str, scenario: Scenario) -> dict[str, Any]:
    """Return the surface's arguments of `Scenario`: those of the race for its own surface, otherwise the defaults."""
    if key != scenario.surface:
        return {"surface": key}
    return {"surface": key, "parameters": scenario.parameters, "data": scenario.data}


def _lowest(landscape: Landscape) -> float:
    return landscape.minimum_value or 0.0


def _surface(landscape: Landscape, numbers: dict[str, Any] | None, text: str) -> dict[str, Any]:
    """Return the data of a surface. The figures have no heights, because the engine computes them.

    `text` is the surface in the notation of links.
    """
    tree = surface_tree(landscape)
    axes = curve_axes([], minimum=landscape.minimum_value, words=figure_words())
    titles = axes["titles"]
    if isinstance(landscape, DataLoss):
        titles = titles | {"examples": _("examples seen"), "epochs": _("epochs")}
    points = {name: _side(tree[name]) for name in ("contour", "relief")}
    return {
        "label": _(landscape.label),
        "tree": {**tree, **{name: _without_heights(tree[name]) for name in points}},
        "points": points,
        "titles": titles,
        "lowest": landscape.minimum_value,
        "examples": landscape.n if isinstance(landscape, DataLoss) else 0,
        "numbers": numbers,
        "call": _call(text),
        "facts": [
            slider(Setting(f"surface/{name}", knob, landscape.parameters[name]))
            for name, knob in landscape.knobs.items()
            if name in landscape.code.parameters
        ],
    }


def _side(figure: dict[str, Any]) -> int:
    """Return the number of points along each side of a figure's grid."""
    return int(str(figure["data"][0]["z"]["shape"]).partition(",")[0])


def _without_heights(figure: dict[str, Any]) -> dict[str, Any]:
    surface, *marks = figure["data"]
    return {**figure, "data": [{name: value for name, value in surface.items() if name not in "xyz"}, *marks]}
