"""The controls beside the stage: which race, which lanes, which surface, what noise."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from experiments import RACES, Lane, Scenario
from experiments.exercise import label_of
from experiments.lanes import (
    CORES,
    WRAPPERS,
    settings,
    with_core,
    with_schedule,
    with_wrappers,
)
from experiments.operations import (
    Setting,
    lane_settings,
    sampler_settings,
    schedule_settings,
    seed_setting,
    start_settings,
    steps_setting,
    surface_settings,
)
from experiments.scenario import MAX_LANES, MAX_NAME, on_surface, samplers_on
from experiments.surfaces import FORMULA
from landscapes import SURFACES, Landscape
from optim_core import SCHEDULES, key_of
from optim_core.schedule import Schedule
from ui import own_data, own_file, state
from ui.controls import switches
from ui.data_view import rows_told
from ui.formula import FIRST, domain_rows, formula_editor, undefined_note
from ui.knobs import Row, field, knobs, setting_name, slider
from ui.story import story
from ui.view import View
from ui.words import _, as_text, lane_name


def race_picker(scenario: Scenario) -> None:
    """A named race as the new scenario, and the surface on its own."""
    # Streamlit forgets a widget that is not drawn: the chosen lane outlives a look into another tab.
    st.session_state.lane = st.session_state.get("lane") or 0
    st.session_state.race = next((key for key, race in RACES.items() if race.scenario == scenario), None)
    hidden = state.hidden()
    hidden_note(hidden)

    def load() -> None:
        if st.session_state.race:
            state.change(lambda _old: RACES[st.session_state.race].scenario)
            state.change_view(lambda view: replace(view, hidden=(), inspected=0))
            state.begin_race()
            st.session_state.lane = 0

    if "race" not in hidden:
        st.selectbox(
            _("Race"),
            list(RACES),
            format_func=lambda key: _(RACES[key].label),
            key="race",
            placeholder=_("Your own"),
            help="\n".join(f"- **{_(race.label)}**: {_(race.story)}" for race in RACES.values()),
            on_change=load,
        )
        race, own = RACES.get(st.session_state.race or ""), _("Your own race: its link is in the address bar.")
        story(_(race.story) if race else own, [own, *(_(each.story) for each in RACES.values())])
    if "surface" in hidden:
        return
    st.session_state.surface = scenario.surface

    surfaces: dict[str, Landscape] = {**SURFACES, **own_data.newest(), scenario.surface: scenario.landscape}

    def label(key: str) -> str:
        if key == FORMULA:
            return _("Your own formula …")
        return _(surfaces[key].label) if key in SURFACES else _own_label(surfaces[key])

    def pick() -> None:
        key = st.session_state.surface
        formula = {"text": FIRST} if key == FORMULA else {}
        state.change(lambda old: on_surface(old, key, own_data.own_data(), **formula))

    st.selectbox(
        _("Surface"),
        list(dict.fromkeys([FORMULA, *surfaces])),
        format_func=label,
        key="surface",
        help=_(scenario.landscape.story),
        on_change=pick,
    )
    if scenario.surface == FORMULA:
        formula_editor(scenario)
        undefined_note(scenario.landscape)


def hidden_note(hidden: Collection[str]) -> None:
    """Says what an exercise keeps from its reader."""
    if hidden:
        names = ", ".join(_(label_of(name)) for name in sorted(hidden, key=label_of))
        st.caption(_("An exercise. Hidden here: {names}.").format(names=names))


def surface_controls(scenario: Scenario) -> None:
    """The surface's own knobs, the start, the number of steps."""
    landscape, hidden = scenario.landscape, state.hidden()
    rows = rows_told(landscape)
    st.caption(f"{_(landscape.story)}  \n$L(x, y) = {landscape.formula}$" + (f"  \n{rows}" if rows else ""))
    shown = [each for each in surface_settings(scenario) if not hidden & {"parameters", each.name}]
    lines = [[slider(each)] for each in numbers(shown)]
    if "surface" not in hidden:
        lines.append(domain_rows(scenario))
    if "steps" not in hidden:
        lines.append([slider(steps_setting(scenario))])
    if "start" not in hidden:
        lines.append([field(each, _("Start {axis}").format(axis=each.name)) for each in start_settings(scenario)])
    knobs("surface-numbers", lines)
    if "start" not in hidden:
        drawn = _("A start drawn from the seed.")
        st.button(_("Random"), icon=":material/casino:", on_click=_random_start, help=drawn)
    switches(shown)
    if "data" not in hidden:
        own_file.data_controls(scenario)


def numbers(settings: Sequence[Setting]) -> list[Setting]:
    """Without those that are true or false, which `ui.controls.switches` shows."""
    return [setting for setting in settings if setting.knob.kind is not bool]


def noise_controls(scenario: Scenario) -> None:
    """What a step sees of the loss, and the seed of everything random."""
    hidden = state.hidden()
    lines: list[list[Row]] = []
    shown: list[Setting] = []
    if "noise" not in hidden:
        _sampler_choice(scenario)
        shown = list(sampler_settings(scenario))
        lines = [[slider(each)] for each in numbers(shown)]
    if "seed" not in hidden:
        lines.append([field(seed_setting(scenario), _("Seed"))])
    knobs("noise-numbers", lines)
    switches(shown)


def _sampler_choice(scenario: Scenario) -> None:
    offered = samplers_on(scenario.landscape)
    st.session_state.sampler = key_of(scenario.sampler)
    st.selectbox(
        _("Each step sees"),
        list(offered),
        format_func=lambda key: _(offered[key].label),
        key="sampler",
        on_change=lambda: state.change(lambda old: replace(old, sampler=offered[st.session_state.sampler]())),
        help=f"{_(_first_line(scenario.sampler))}\n\n{_('Every lane meets the same.')}\n\n{scenario.sampler.source}",
    )
    if any(True for _each in sampler_settings(scenario)):
        st.caption(f"${scenario.sampler.formula}$")


def lane_editor(scenario: Scenario) -> None:
    """Choose a lane, then turn its knobs."""
    count = len(scenario.lanes)
    chosen = min(st.session_state.get("lane") or 0, count - 1)
    st.session_state.lane = chosen
    hidden = state.hidden()
    if "optimizers" not in hidden:  # above the lanes, whose rows become more and fewer
        _lane_buttons(count, chosen)
    st.pills(
        _("Lanes"),
        range(count),
        format_func=lambda i: f"{i + 1} · {as_text(lane_name(scenario.lanes[i]))}",
        key="lane",
        required=True,
        on_change=state.hold,
        label_visibility="collapsed",
    )
    _lane_controls(scenario, chosen, hidden)


def _lane_buttons(count: int, chosen: int) -> None:
    with st.container(horizontal=True, gap="small"):
        full = count >= MAX_LANES
        most = _("A race has at most {most} lanes.").format(most=MAX_LANES)
        st.button(_("Add"), icon=":material/add:", disabled=full, on_click=_add, help=most if full else None)
        st.button(_("Copy"), icon=":material/content_copy:", disabled=full, on_click=_copy, args=(chosen,))
        st.button(_("Remove"), icon=":material/delete:", disabled=count == 1, on_click=_remove, args=(chosen,))


def _lane_controls(scenario: Scenario, chosen: int, hidden: Collection[str]) -> None:
    lane = scenario.lanes[chosen]
    core_key, name_key = f"lane-{chosen}-core", f"lane-{chosen}-name"
    if "optimizers" not in hidden:
        st.session_state[core_key] = key_of(lane.core)
        st.selectbox(
            _("Optimizer"),
            list(CORES),
            format_func=lambda key: _(CORES[key].label),
            key=core_key,
            help=f"{_(_first_line(lane.core))}\n\n${lane.core.formula}$\n\n{lane.core.source}",
            on_change=lambda: _edit(chosen, lambda old: with_core(old, st.session_state[core_key])),
        )
    shown = [
        (setting, "" if owner == key_of(lane.core) else _((CORES | WRAPPERS)[owner].label))
        for setting, (_path, owner, _facts) in zip(lane_settings(scenario, chosen), settings(lane), strict=True)
        if setting.name not in hidden
    ]
    knobs("lane-numbers", [[slider(each, owner)] for each, owner in shown if each.knob.kind is not bool])
    for each, owner in shown:
        switches([each], owner)

    if {"optimizers", "schedules"} <= set(hidden):
        return
    special = bool(lane.schedules) or len(lane.layers) > 1
    title, key = _("Schedule, wrappers, name"), f"lane-{chosen}-more"
    more = st.expander(title, expanded=special, key=key, on_change=state.hold)
    if not more.open:
        return
    with more:
        if "schedules" not in hidden:
            _schedule_editor(scenario, chosen, hidden)
        if "optimizers" in hidden:
            return
        wrappers_key = f"lane-{chosen}-wrappers"
        st.session_state[wrappers_key] = [key_of(layer) for layer in lane.layers[-2::-1]]
        st.pills(
            _("Wrappers; the first one chosen is the innermost"),
            list(WRAPPERS),
            selection_mode="multi",
            wrap=True,
            format_func=lambda key: _(WRAPPERS[key].label),
            key=wrappers_key,
            on_change=lambda: _edit(chosen, lambda old: with_wrappers(old, st.session_state[wrappers_key])),
        )
        st.session_state[name_key] = lane.name
        st.text_input(
            _("Name"),
            key=name_key,
            max_chars=MAX_NAME,
            placeholder=lane_name(replace(lane, name="")),
            on_change=lambda: _edit(chosen, lambda old: replace(old, name=st.session_state[name_key].strip())),
        )


def _schedule_editor(scenario: Scenario, chosen: int, hidden: Collection[str]) -> None:
    lane = scenario.lanes[chosen]
    fields = [path for path, _owner, facts in settings(lane) if facts.kind is float]
    fields = [path for path in fields if path.rpartition(".")[2] not in hidden]
    if not fields:
        return
    field_key = f"lane-{chosen}-scheduled"
    if st.session_state.get(field_key) not in fields:
        st.session_state[field_key] = next((path for path, _schedule in lane.schedules), fields[0])
    with st.container(horizontal=True, gap="small", wrap=False):
        path = st.selectbox(_("Schedule of"), fields, format_func=setting_name, key=field_key, on_change=state.hold)
        schedule = dict(lane.schedules).get(path) or SCHEDULES["constant"]()
        kind_key = f"lane-{chosen}-{path}-schedule"
        st.session_state[kind_key] = key_of(schedule)
        st.selectbox(
            _("follows"),
            list(SCHEDULES),
            format_func=lambda key: _(SCHEDULES[key].label),
            key=kind_key,
            help=f"{_(_first_line(schedule))}\n\n${schedule.formula}$\n\n{schedule.source}",
            on_change=lambda: _set_schedule(chosen, path, SCHEDULES[st.session_state[kind_key]]()),
        )
    key, inner = f"lane-{chosen}-{path}", getattr(schedule, "then", None)
    if inner is not None:
        _next_schedule(f"{key}-then", schedule, lambda new: _set_schedule(chosen, path, new))
    shown = list(schedule_settings(scenario, chosen, path))
    after = _(inner.label) if inner is not None else ""
    named = [(each, after if "/then." in each.path else "") for each in shown]
    knobs("schedule-numbers", [[slider(each, owner)] for each, owner in named if each.knob.kind is not bool])
    for each, owner in named:
        switches([each], owner)


def _next_schedule(key: str, schedule: Any, replace_it: Callable[[Schedule], None]) -> None:
    """The choice of what follows a schedule that ends before the run does."""
    st.session_state[key] = key_of(schedule.then)
    st.selectbox(
        _("then follows"),
        [name for name in SCHEDULES if name != key_of(schedule)],
        format_func=lambda name: _(SCHEDULES[name].label),
        key=key,
        on_change=lambda: replace_it(replace(schedule, then=SCHEDULES[st.session_state[key]]())),
    )


def _set_schedule(chosen: int, path: str, schedule: Schedule) -> None:
    wanted = None if key_of(schedule) == "constant" else schedule
    _edit(chosen, lambda old: with_schedule(old, path, wanted))


def _first_line(thing: Any) -> str:
    return (type(thing).__doc__ or "").partition("\n")[0]


def _edit(chosen: int, edit: Any) -> None:
    def lanes(old: Scenario) -> Scenario:
        return replace(old, lanes=tuple(edit(lane) if i == chosen else lane for i, lane in enumerate(old.lanes)))

    state.change(lanes)


def _add() -> None:
    """One more lane: the first optimizer in the list that does not run yet."""

    def added(old: Scenario) -> Scenario:
        running = {key_of(lane.core) for lane in old.lanes}
        key = next((key for key in CORES if key not in running), "adam")
        return replace(old, lanes=(*old.lanes, Lane(CORES[key]())))

    state.change(added)
    st.session_state.lane = MAX_LANES  # beyond the last one, which is the one that is then chosen


def _copy(chosen: int) -> None:
    def copied(old: Scenario) -> Scenario:
        return replace(old, lanes=(*old.lanes[: chosen + 1], *old.lanes[chosen:]))

    state.change(copied)

    def shifted(v: View) -> View:
        hidden = tuple(i + (i > chosen) for i in v.hidden)
        return replace(v, hidden=hidden, inspected=v.inspected + (v.inspected > chosen))

    state.change_view(shifted)
    st.session_state.lane = chosen + 1


def _remove(chosen: int) -> None:
    state.change(lambda old: replace(old, lanes=old.lanes[:chosen] + old.lanes[chosen + 1 :]))
    state.hide_shifted(chosen)


def _random_start() -> None:
    """The next start of the seed's sequence, so that a class that presses the button sees the same starts."""
    draws = st.session_state.random_starts = st.session_state.get("random_starts", 0) + 1

    def drawn(old: Scenario) -> Scenario:
        low, high = zip(*old.landscape.domain, strict=True)
        x, y = np.random.default_rng([old.seed, draws]).uniform(low, high).tolist()
        return replace(old, start=(float(f"{x:.4g}"), float(f"{y:.4g}")))

    state.change(drawn)


def _own_label(loss: Landscape) -> str:
    return _("{model} on your data").format(model=_(loss.label))
