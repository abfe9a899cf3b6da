"""The controls beside the stage for the race, its entries, the surface and the noise."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import streamlit as st

from landscape_lab.experiments import RACES, Entry, Scenario
from landscape_lab.experiments.operations import (
    HasEntries,
    Setting,
    entry_settings,
    sampler_settings,
    schedule_settings,
    seed_setting,
    start_settings,
    steps_setting,
    surface_settings,
)
from landscape_lab.experiments.scenarios.entries import (
    CORES,
    WRAPPERS,
    settings,
    with_core,
    with_schedule,
    with_wrappers,
)
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, MAX_NAME, on_surface, samplers_on
from landscape_lab.experiments.scenarios.surfaces import FORMULA, OwnData
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui import state
from landscape_lab.ui.controls import switches
from landscape_lab.ui.i18n.translation import _, as_text, axis_names_of, entry_name
from landscape_lab.ui.knobs import Row, field, knobs, setting_name, slider
from landscape_lab.ui.parts import part
from landscape_lab.ui.playground import own_file
from landscape_lab.ui.playground.formula_field import domain_rows
from landscape_lab.ui.stage.data_view import rows_told
from landscape_lab.ui.widgets import bound, chosen_of
from landscapes import SURFACES
from optim_core import SCHEDULES, key_of
from optim_core.schedule import Schedule

SCHEDULED = "scheduled setting"
"""The key of the setting whose schedule is shown."""

Lines: TypeAlias = list[list[Row]]
SURFACE_NUMBERS = "surface-numbers"
"""The key of the part with the surface's numbers, the start among them."""
TABS = "panel"
"""The key of the panel's tabs."""


def surface_controls(scenario: Scenario) -> None:
    """The surface's own knobs, the start, the number of steps."""
    landscape, hidden = scenario.landscape, state.hidden()
    rows = rows_told(landscape)
    st.caption(
        f"{_(landscape.story)}  \n$L({landscape.variables}) = {landscape.formula}$" + (f"  \n{rows}" if rows else "")
    )
    shown = [each for each in surface_settings(scenario) if not hidden & {"parameters", each.name}]
    numbers_part(SURFACE_NUMBERS, _surface_lines)
    if "start" not in hidden:
        drawn = _("A random start, given by the seed.")
        st.button(_("Random"), icon=":material/casino:", on_click=_random_start, help=drawn)
    switches(shown)
    if "data" not in hidden:
        split = _("All rows are trained on unless you hold some out.")
        own_file.data_controls(scenario.surface, _use_own_data, split)


def _use_own_data(losses: OwnData) -> None:
    """Show the first of the losses over a file that was loaded."""
    state.change(lambda old: on_surface(old, next(iter(losses)), losses))


def parameter_lines(scenario: Scenario) -> Lines:
    """Return a slider for each visible parameter of the surface that is a number."""
    hidden = state.hidden()
    shown = [each for each in surface_settings(scenario) if not hidden & {"parameters", each.name}]
    return [[slider(each)] for each in numbers(shown)]


def _surface_lines(scenario: Scenario) -> Lines:
    hidden = state.hidden()
    lines = [] if scenario.surface == FORMULA else parameter_lines(scenario)  # those of a formula are beside it
    if "surface" not in hidden:
        lines.append(domain_rows(scenario))
    if "steps" not in hidden:
        lines.append([slider(steps_setting(scenario))])
    if "start" not in hidden:
        starts = zip(start_settings(scenario), axis_names_of(scenario.landscape), strict=True)
        lines.append([field(each, _("Start {axis}").format(axis=axis)) for each, axis in starts])
    return lines


def numbers_part(key: str, lines: Callable[[Any], Lines]) -> None:
    """Show numbers as a fragment of the page. `lines` returns them for the scenario on screen."""

    @part(key)
    def numbers() -> None:
        knobs(key, lines(state.shown_scenario()))

    numbers()


def tab_names() -> list[str]:
    """Return the names of the panel's tabs; the first one is open at first."""
    return [_("Optimizers"), _("Surface and start"), _("Noise")]


def outline(scenario: Scenario) -> tuple[object, ...]:
    """Return what the panel shows of a scenario apart from the numbers in its fragments, and what is open in it.

    If a tab is clicked with a number still in its field, one message with both may request the number alone.
    """
    race = next((key for key, race in RACES.items() if race.scenario == scenario), None)
    changing = scenario.landscape.text if scenario.surface not in SURFACES else ""
    chosen = _chosen(scenario)
    more = st.session_state.get(_more(chosen), _is_special(scenario.entries[chosen]))
    opened = st.session_state.get(TABS) or tab_names()[0], chosen, more, bool(st.session_state.get(own_file.KEY))
    return race, tuple(map(entry_name, scenario.entries)), scenario.surface, changing, opened


def _chosen(scenario: HasEntries) -> int:
    """Return the place of the entry whose settings are shown."""
    return min(st.session_state.get("entry") or 0, len(scenario.entries) - 1)


def _more(chosen: int) -> str:
    """Return the key of the expander with the further settings of an entry."""
    return f"lane-{chosen}-more"


def _is_special(entry: Entry) -> bool:
    return bool(entry.schedules) or len(entry.layers) > 1


def numbers(settings: Sequence[Setting]) -> list[Setting]:
    """Return the settings without Boolean ones, which `ui.controls.switches` shows."""
    return [setting for setting in settings if setting.knob.kind is not bool]


def noise_controls(scenario: Scenario) -> None:
    """Show the choice of the sampler, its numbers and the seed."""
    hidden = state.hidden()
    if "noise" not in hidden:
        _sampler_choice(scenario)
    numbers_part("noise-numbers", _noise_lines)
    if "noise" not in hidden:
        switches(sampler_settings(scenario))


def _noise_lines(scenario: Scenario) -> Lines:
    hidden = state.hidden()
    lines: Lines = []
    if "noise" not in hidden:
        lines = [[slider(each)] for each in numbers(list(sampler_settings(scenario)))]
    if "seed" not in hidden:
        lines.append([field(seed_setting(scenario), _("Seed"))])
    return lines


def _sampler_choice(scenario: Scenario) -> None:
    offered = samplers_on(scenario.landscape)
    st.selectbox(
        _("Each step sees"),
        format_func=lambda key: _(offered[key].label),
        help=f"{_(_first_line(scenario.sampler))}\n\n{_('The same for every entry.')}\n\n{scenario.sampler.source}",
        **chosen_of(
            offered,
            "sampler",
            key_of(scenario.sampler),
            lambda key: state.change(lambda old: replace(old, sampler=offered[key]())),
        ),
    )
    if any(True for _each in sampler_settings(scenario)):
        st.caption(f"${scenario.sampler.formula}$")


def entry_editor(scenario: HasEntries) -> None:
    """Show the choice of an entry and its controls."""
    count, chosen = len(scenario.entries), _chosen(scenario)
    st.session_state.entry = chosen
    names = [f"{i} · {as_text(entry_name(entry))}" for i, entry in enumerate(scenario.entries, 1)]
    hidden = state.hidden()
    if "optimizers" not in hidden:  # above the entries, whose rows become more and fewer
        _entry_buttons(count, chosen)
    st.pills(
        _("Entries"),
        range(count),
        format_func=names.__getitem__,
        required=True,
        label_visibility="collapsed",
        **bound("default", "lanes", chosen, _choose_entry, of=names),
    )
    _entry_controls(scenario, chosen, hidden)


def _choose_entry(i: int | None) -> None:
    st.session_state.entry = i or 0


def _entry_buttons(count: int, chosen: int) -> None:
    with st.container(horizontal=True, gap="small"):
        full = count >= MAX_ENTRIES
        most = _("A race has at most {most} entries.").format(most=MAX_ENTRIES)
        st.button(_("Add"), icon=":material/add:", disabled=full, on_click=_add, help=most if full else None)
        st.button(_("Copy"), icon=":material/content_copy:", disabled=full, on_click=_copy, args=(chosen,))
        st.button(_("Remove"), icon=":material/delete:", disabled=count == 1, on_click=_remove, args=(chosen,))


def _entry_controls(scenario: HasEntries, chosen: int, hidden: Collection[str]) -> None:
    entry = scenario.entries[chosen]
    if "optimizers" not in hidden:
        st.selectbox(
            _("Optimizer"),
            format_func=lambda key: _(CORES[key].label),
            help=f"{_(_first_line(entry.core))}\n\n${entry.core.formula}$\n\n{entry.core.source}",
            **chosen_of(
                CORES,
                f"lane-{chosen}-core",
                key_of(entry.core),
                lambda key: _edit(chosen, lambda old: with_core(old, key)),
            ),
        )
    numbers_part("lane-numbers", partial(_entry_lines, chosen))
    for each, owner in _entry_settings(scenario, chosen):
        switches([each], owner)

    if {"optimizers", "schedules"} <= set(hidden):
        return
    title = _("Schedule, wrappers, name")
    more = st.expander(title, expanded=_is_special(entry), key=_more(chosen), on_change="rerun")
    if not more.open:
        return
    with more:
        if "schedules" not in hidden:
            _schedule_editor(scenario, chosen, hidden)
        if "optimizers" in hidden:
            return
        st.pills(
            _("Wrappers; the first one chosen is the innermost"),
            list(WRAPPERS),
            selection_mode="multi",
            wrap=True,
            format_func=lambda key: _(WRAPPERS[key].label),
            **bound(
                "default",
                f"lane-{chosen}-wrappers",
                [key_of(layer) for layer in entry.layers[-2::-1]],
                lambda keys: _edit(chosen, lambda old: with_wrappers(old, keys)),
            ),
        )
        st.text_input(
            _("Name"),
            max_chars=MAX_NAME,
            placeholder=entry_name(replace(entry, name="")),
            **bound(
                "value",
                f"lane-{chosen}-name",
                entry.name,
                lambda name: _edit(chosen, lambda old: replace(old, name=name.strip())),
            ),
        )


def _entry_settings(scenario: HasEntries, chosen: int) -> list[tuple[Setting, str]]:
    """Return the visible settings of an entry, each with the name of its wrapper, if any."""
    entry, hidden = scenario.entries[chosen], state.hidden()
    return [
        (setting, "" if owner == key_of(entry.core) else _((CORES | WRAPPERS)[owner].label))
        for setting, (_path, owner, _facts) in zip(entry_settings(scenario, chosen), settings(entry), strict=True)
        if setting.name not in hidden
    ]


def _entry_lines(chosen: int, scenario: HasEntries) -> Lines:
    return [[slider(each, owner)] for each, owner in _entry_settings(scenario, chosen) if each.knob.kind is not bool]


def _schedule_editor(scenario: HasEntries, chosen: int, hidden: Collection[str]) -> None:
    entry = scenario.entries[chosen]
    fields = [path for path, _owner, facts in settings(entry) if facts.kind is float]
    fields = [path for path in fields if path.rpartition(".")[2] not in hidden]
    if not fields:
        return
    path = st.session_state.get(SCHEDULED)
    if path not in fields:
        path = next((path for path, _schedule in entry.schedules), fields[0])

    def choose(path: str) -> None:
        st.session_state[SCHEDULED] = path

    with st.container(horizontal=True, gap="small", wrap=False):
        options = chosen_of(fields, f"lane-{chosen}-scheduled", path, choose)
        st.selectbox(_("Schedule of"), format_func=setting_name, **options)
        schedule = dict(entry.schedules).get(path) or SCHEDULES["constant"]()
        st.selectbox(
            _("follows"),
            format_func=lambda key: _(SCHEDULES[key].label),
            help=f"{_(_first_line(schedule))}\n\n${schedule.formula}$\n\n{schedule.source}",
            **chosen_of(
                SCHEDULES,
                f"lane-{chosen}-{path}-schedule",
                key_of(schedule),
                lambda key: _set_schedule(chosen, path, SCHEDULES[key]()),
            ),
        )
    key, inner = f"lane-{chosen}-{path}", getattr(schedule, "then", None)
    if inner is not None:
        _next_schedule(f"{key}-then", schedule, lambda new: _set_schedule(chosen, path, new))
    numbers_part("schedule-numbers", partial(_schedule_lines, chosen, path))
    for each, owner in _named_schedule_settings(scenario, chosen, path):
        switches([each], owner)


def _named_schedule_settings(scenario: HasEntries, chosen: int, path: str) -> list[tuple[Setting, str]]:
    """The settings of a schedule, those of the one that follows it with that one's name."""
    inner = getattr(dict(scenario.entries[chosen].schedules).get(path), "then", None)
    after = _(inner.label) if inner is not None else ""
    return [(each, after if "/then." in each.path else "") for each in schedule_settings(scenario, chosen, path)]


def _schedule_lines(chosen: int, path: str, scenario: HasEntries) -> Lines:
    named = _named_schedule_settings(scenario, chosen, path)
    return [[slider(each, owner)] for each, owner in named if each.knob.kind is not bool]


def _next_schedule(key: str, schedule: Any, replace_it: Callable[[Schedule], None]) -> None:
    """Show the choice of the schedule that follows one that ends before the run."""
    st.selectbox(
        _("then follows"),
        format_func=lambda name: _(SCHEDULES[name].label),
        **chosen_of(
            [name for name in SCHEDULES if name != key_of(schedule)],
            key,
            key_of(schedule.then),
            lambda name: replace_it(replace(schedule, then=SCHEDULES[name]())),
        ),
    )


def _set_schedule(chosen: int, path: str, schedule: Schedule) -> None:
    wanted = None if key_of(schedule) == "constant" else schedule
    _edit(chosen, lambda old: with_schedule(old, path, wanted))


def _first_line(thing: Any) -> str:
    return (type(thing).__doc__ or "").partition("\n")[0]


def _edit(chosen: int, edit: Any) -> None:
    def entries(old: Any) -> Any:
        return replace(old, entries=tuple(edit(entry) if i == chosen else entry for i, entry in enumerate(old.entries)))

    state.change(entries)


def _add() -> None:
    """Add an entry with the first optimizer in the list that has no entry yet."""

    def added(old: Any) -> Any:
        running = {key_of(entry.core) for entry in old.entries}
        key = next((key for key in CORES if key not in running), "adam")
        return replace(old, entries=(*old.entries, Entry(CORES[key]())))

    state.change(added)
    st.session_state.entry = MAX_ENTRIES  # beyond the last one, which is the one that is then chosen


def _copy(chosen: int) -> None:
    def shifted(v: View) -> View:
        hidden = tuple(i + (i > chosen) for i in v.hidden)
        return replace(v, hidden=hidden, inspected=v.inspected + (v.inspected > chosen))

    if state.change(lambda old: replace(old, entries=(*old.entries[: chosen + 1], *old.entries[chosen:]))):
        state.change_view(shifted)
        st.session_state.entry = chosen + 1


def _remove(chosen: int) -> None:
    if state.change(lambda old: replace(old, entries=old.entries[:chosen] + old.entries[chosen + 1 :])):
        state.entry_removed(chosen)


def _random_start() -> None:
    """The next start of the seed's sequence, so that a class that presses the button sees the same starts."""
    draws = st.session_state.random_starts = st.session_state.get("random_starts", 0) + 1

    def drawn(old: Scenario) -> Scenario:
        low, high = zip(*old.landscape.domain, strict=True)
        x, y = np.random.default_rng([old.seed, draws]).uniform(low, high).tolist()
        return replace(old, start=(float(f"{x:.4g}"), float(f"{y:.4g}")))

    state.change(drawn)
