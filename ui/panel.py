"""The controls beside the stage: which race, which lanes, which surface, what noise."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any, cast

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
    with_setting,
    with_wrappers,
)
from experiments.scenario import MAX_LANES, MAX_NAME, MAX_STEPS, on_surface, samplers_on
from experiments.surfaces import FORMULA
from landscapes import SURFACES, Landscape
from optim_core import SCHEDULES, Knob, key_of, knobs
from optim_core.knob import unchecked
from optim_core.optimizer import get_field
from optim_core.schedule import Schedule
from ui import own_data, own_file, state
from ui.controls import knob_control, number_field, setting_name
from ui.data_view import rows_told
from ui.formula import FIRST, domain_fields, formula_editor, undefined_note
from ui.story import story
from ui.view import View
from ui.words import _, as_text, lane_name

STEPS = Knob(500, 1, MAX_STEPS, "T", "log", "How many steps each optimizer makes.")


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
    for name, facts in landscape.knobs.items():
        if not hidden & {"parameters", name}:
            knob_control(name, facts, landscape.parameters[name], f"surface-{scenario.surface}-{name}", _setter(name))
    if scenario.surface == FORMULA and "surface" not in hidden:
        domain_fields(scenario)
    if "start" not in hidden:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for axis, at in zip("xy", scenario.point, strict=True):
                number_field(_("Start {axis}").format(axis=axis), at, f"start-{axis}", _starter(axis))
            drawn = _("A start drawn from the seed.")
            st.button(_("Random"), icon=":material/casino:", on_click=_random_start, help=drawn)
    if "steps" not in hidden:
        knob_control("steps", STEPS, scenario.steps, "steps", lambda n: state.change(lambda old: replace(old, steps=n)))
    if "data" not in hidden:
        own_file.data_controls(scenario)


def noise_controls(scenario: Scenario) -> None:
    """What a step sees of the loss, and the seed of everything random."""
    hidden = state.hidden()
    if "noise" not in hidden:
        _sampler_controls(scenario)
    if "seed" not in hidden:
        put = lambda n: state.change(lambda old: replace(old, seed=n))  # noqa: E731
        number_field(_("Seed"), scenario.seed, "seed", put, whole=True)


def _sampler_controls(scenario: Scenario) -> None:
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
    if knobs(scenario.sampler):
        st.caption(f"${scenario.sampler.formula}$")
    for name, facts in knobs(scenario.sampler).items():
        knob_control(name, facts, getattr(scenario.sampler, name), f"noise-{name}", _sampler_setter(name))


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
    _lane_controls(chosen, scenario.lanes[chosen], hidden)


def _lane_buttons(count: int, chosen: int) -> None:
    with st.container(horizontal=True, gap="small"):
        full = count >= MAX_LANES
        most = _("A race has at most {most} lanes.").format(most=MAX_LANES)
        st.button(_("Add"), icon=":material/add:", disabled=full, on_click=_add, help=most if full else None)
        st.button(_("Copy"), icon=":material/content_copy:", disabled=full, on_click=_copy, args=(chosen,))
        st.button(_("Remove"), icon=":material/delete:", disabled=count == 1, on_click=_remove, args=(chosen,))


def _lane_controls(chosen: int, lane: Lane, hidden: Collection[str]) -> None:
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
    for path, owner, facts in settings(lane):
        name = path.rpartition(".")[2]
        if name in hidden:
            continue
        whose = "" if owner == key_of(lane.core) else f"{_((CORES | WRAPPERS)[owner].label)}: "
        shown = whose + setting_name(name) if whose else name
        knob_control(
            shown, facts, get_field(lane.optimizer, path), f"lane-{chosen}-{owner}-{path}", _lane_setter(chosen, path)
        )

    if {"optimizers", "schedules"} <= set(hidden):
        return
    special = bool(lane.schedules) or len(lane.layers) > 1
    title, key = _("Schedule, wrappers, name"), f"lane-{chosen}-more"
    more = st.expander(title, expanded=special, key=key, on_change=state.hold)
    if not more.open:
        return
    with more:
        if "schedules" not in hidden:
            _schedule_editor(chosen, lane, hidden)
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


def _schedule_editor(chosen: int, lane: Lane, hidden: Collection[str]) -> None:
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
    _schedule_knobs(f"lane-{chosen}-{path}", schedule, lambda new: _set_schedule(chosen, path, new))


def _schedule_knobs(key: str, schedule: Schedule, replace_it: Any) -> None:
    for name, facts in knobs(schedule).items():
        knob_control(
            name, facts, getattr(schedule, name), f"{key}-{key_of(schedule)}-{name}",
            lambda value, name=name: replace_it(unchecked(schedule, **{name: value})),
        )  # fmt: skip
    then = getattr(schedule, "then", None)
    if then is None:
        return
    then_key = f"{key}-then"
    st.session_state[then_key] = key_of(then)
    st.selectbox(
        _("then follows"),
        [name for name in SCHEDULES if name != key_of(schedule)],
        format_func=lambda name: _(SCHEDULES[name].label),
        key=then_key,
        on_change=lambda: replace_it(replace(cast(Any, schedule), then=SCHEDULES[st.session_state[then_key]]())),
    )
    _schedule_knobs(then_key, then, lambda new: replace_it(replace(cast(Any, schedule), then=new)))


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


def _setter(name: str) -> Any:
    def put(value: float) -> None:
        state.change(lambda old: replace(old, parameters=tuple((dict(old.parameters) | {name: value}).items())))

    return put


def _starter(axis: str) -> Any:
    def put(value: float) -> None:
        state.change(lambda old: replace(old, start=(value, old.point[1]) if axis == "x" else (old.point[0], value)))

    return put


def _sampler_setter(name: str) -> Any:
    def put(value: float) -> None:
        state.change(lambda old: replace(old, sampler=unchecked(old.sampler, **{name: value})))

    return put


def _lane_setter(chosen: int, path: str) -> Any:
    return lambda value: _edit(chosen, lambda old: with_setting(old, path, value))
