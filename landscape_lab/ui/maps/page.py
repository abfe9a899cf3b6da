"""The page of maps: the maps, navigation in them, and the run of the selected cell."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from landscape_lab.experiments import Entry, Scenario, ScenarioError, Sentence
from landscape_lab.experiments.maps import TOLERANCE, Axis, Sweep
from landscape_lab.experiments.maps.axis import START
from landscape_lab.experiments.maps.plan import MAPS, MapPlan, usual_axes, whole_axis
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui import state
from landscape_lab.ui.course.links import PLAYGROUND
from landscape_lab.ui.i18n.translation import _, as_text, axis_names_of, entry_name
from landscape_lab.ui.knobs import setting_label
from landscape_lab.ui.maps.component import FARTHEST, STYLE, Box, picked_cell, run_map
from landscape_lab.ui.maps.legend import hover_text, legend, legend_rows, picture_of
from landscape_lab.ui.maps.work import MOST_CELLS, MapWork, map_work
from landscape_lab.ui.playground.results import results_table
from landscape_lab.ui.stage.show import show_race
from landscape_lab.ui.story import story
from landscape_lab.ui.widgets import bound
from optim_core import Outcome
from optim_core.printed import printed

MAPS_PAGE = "pages/maps.py"
POLL = 0.4
"""Seconds between two checks of a map that is being computed."""
WIDER = (-0.5, 1.5)
"""The fractions of each side that a zoom out by a button shows."""
CLOSER = 0.25
"""The fraction of each side that a zoom by a button keeps."""
MOST_BACK = 50
"""The maximal length of the history."""


def named_maps(plan: MapPlan) -> None:
    """Show the choice of named maps."""
    st.html(f"<style>{STYLE}</style>")
    shown = next((key for key, named in MAPS.items() if _is_same(named.plan, plan)), None)

    def load(key: str | None) -> None:
        if key:
            go(lambda old: replace(MAPS[key].plan, finest=old.finest))

    st.pills(
        _("Maps"),
        list(MAPS),
        format_func=lambda key: _(MAPS[key].label),
        label_visibility="collapsed",
        **bound("default", "named map", shown, load),
    )
    usual = _(
        "Every cell is a whole run: point at it to see how it ended, select it to show it. Zoom with a box, the wheel "
        "or two fingers."
    )
    story(_(MAPS[shown].story) if shown else usual, [usual, *(_(named.story) for named in MAPS.values())])


def maps(plan: MapPlan) -> None:
    """Show a map for each entry that has both settings, with its legend and the progress."""
    work = map_work(plan)
    _toolbar(plan)
    shown = work.shown
    entries = shown.plan.mapped
    with st.container(key="map-grid"):
        columns = st.columns(2, gap="small") if len(entries) > 1 else [st.container()]
    for i, (entry, found) in enumerate(zip(entries, shown.maps, strict=False)):
        with columns[i % len(columns)]:
            if len(entries) > 1:
                st.markdown(f"**{as_text(entry_name(entry))}**")
            tree = _tree(shown.plan, entry, found, shown.busy)
            run_map(tree, key=f"map-{i}", active=bool(work.maps), on_pick=_pick, on_zoom=_zoom)
    picked_cell(plan.picked)
    if shown.maps:
        pictures = [picture_of(found) for found in shown.maps]
        _fit(len(pictures), legend_rows(pictures))
        legend(shown.plan, pictures)
    else:
        st.info(_("The first picture is being computed …"), icon=":material/hourglass_top:")
    _progress(work)


def _fit(maps: int, kinds: int) -> None:
    """Give the maps the height that their legend leaves on the screen."""
    rows = math.ceil(maps / 2)
    lines = kinds + (1.4 * rows if maps > 1 else 0)  # each row of several maps has a line with their names
    st.html(f"<style>.lll-map {{ --lll-map-rows: {rows}; --lll-map-lines: {lines:g}; }}</style>")


def run_beside(plan: MapPlan) -> None:
    """Show the run of the selected cell on the stage, and a link to the playground."""
    scenario = plan.run
    with st.container(key="map-run"):
        show_race(
            scenario,
            _on_stage(state.view(), plan.places),
            key="map-stage",
            name="stage" if plan.run == plan.scenario else "",
            compact=True,
            round=str(plan.picked),
            on_start=_start(plan),
            on_view=lambda seen: state.change_view(lambda old: _off_stage(old, seen, plan.places)),
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            words = _("Open this run in the playground")
            st.page_link(PLAYGROUND, label=words, icon=":material/open_in_new:", query_params=scenario.to_query())
            if not plan.picked:
                st.caption(_("The run with the settings as given: no cell of the map is selected."))


def results_beside(plan: MapPlan) -> None:
    """Show the results of the run on the stage."""
    results_table(plan.run)


def _on_stage(view: View, places: Sequence[int]) -> View:
    """Return the view of a race that has only the entries at these places."""
    return replace(view, hidden=tuple(k for k, place in enumerate(places) if place in view.hidden))


def _off_stage(old: View, seen: View, places: Sequence[int]) -> View:
    """Return the view of all entries after a change on a stage that has only the entries at these places.

    Such a stage has no inspector.
    """
    hidden = set(old.hidden).difference(places) | {places[k] for k in seen.hidden if k < len(places)}
    return old.seen_as(replace(seen, hidden=tuple(sorted(hidden)), inspector=False, inspected=0))


def map_link(scenario: Scenario) -> None:
    """Show a link from a race to a map of it."""
    plan = MapPlan(scenario, usual_axes(scenario))
    words = _("A map of this race: which settings reach a stationary point, and which diverge?")
    st.page_link(MAPS_PAGE, label=words, icon=":material/grid_on:", query_params=plan.to_query())


def about() -> None:
    """Show an explanation of the colours, and the sources."""
    with st.expander(_("How to read it"), icon=":material/help:"):
        st.markdown(
            _(
                "Each cell is one run, computed in double precision and equal to the run that a click shows. "
                "A run is **stationary** when the length of its gradient has fallen to {tolerance}, at a minimum or at "
                "any other critical point. It has **diverged** when the point has left the map by a thousand times its "
                "size, or is no longer a number. It is **bounded** when neither has happened in the given number of "
                "steps: it may be slow, or move in a cycle for ever. **Converged to a minimum** has the same meaning "
                "as in the table of results: at most 0.1 % of the way from the start's loss down to the minimum's is "
                "left. "
                "Colours are ranks: each shade covers the same area, so that the finest filaments are as visible as "
                "the large areas. The numbers beside the bars say what the ranks stand for."
            ).format(tolerance=printed(f"{TOLERANCE:g}"))
        )
        st.markdown(
            _(
                "That the border between converging and escaping is a fractal was found for neural networks by "
                "Jascha Sohl-Dickstein: *The boundary of neural network trainability is fractal*, 2024 "
                "(arXiv 2402.06184). A step is a function that is applied again and again, as in the Mandelbrot set; "
                "two parameters are enough."
            )
        )


def _tree(plan: MapPlan, entry: Entry, found: Sweep, busy: bool) -> dict[str, Any]:
    """Return the payload of a map for the browser; see `ui/maps/script/map.js`."""
    x, y = found.axes
    picture, key = picture_of(found), f"{plan.alone(entry).text} {x.text} {y.text}"
    told = found.crossings.copy()
    if not plan.basins:
        bounded = found.outcomes == Outcome.FINISHED
        told[bounded] = found.values[bounded]
    return {
        "key": key,
        "stamp": f"{key} {x.count}",
        "scope": f"{plan.alone(entry).text} {x.setting} {x.scale} {y.setting} {y.scale}",
        "name": entry_name(entry),
        "x": _axis_tree(plan, x),
        "y": _axis_tree(plan, y),
        "indices": picture.indices,
        "palette": picture.palette.ravel(),
        "told": told,
        "kinds": [
            {"from": kind.begin, "to": kind.begin + len(kind.colors), "text": hover_text(plan, kind)}
            for kind in picture.kinds
        ],
        "busy": busy,
    }


def _axis_tree(plan: MapPlan, axis: Axis) -> dict[str, Any]:
    limits = axis.limits(plan.mapped, plan.scenario.landscape)
    return {
        "label": axis_label(plan, axis.setting),
        "low": axis.low,
        "high": axis.high,
        "scale": axis.scale,
        # Between them lie the axis itself, and no more than a gesture can show.
        "limits": [min(0.0, max(-FARTHEST, axis.place(limits[0]))), max(1.0, min(FARTHEST, axis.place(limits[1])))],
        "least": min(1.0, axis.shortest),
    }


def axis_label(plan: MapPlan, setting: str) -> str:
    """Return the label of an axis, such as `learning rate η`."""
    if setting in START:
        return _("start {axis}").format(axis=axis_names_of(plan.scenario.landscape)[START.index(setting)])
    for entry in plan.scenario.entries:
        try:
            knob = Axis(setting, 0, 1).knob(entry)
        except ScenarioError:
            continue
        if knob:
            return setting_label(setting, knob.symbol)
    return setting


# Navigation


def go(edit: Callable[[MapPlan], MapPlan]) -> None:
    """Change the map and put the old one into the history."""
    old = st.session_state["map"]
    _change(edit)
    _put_into_history(old)


def operate(path: str, value: float | bool) -> Sentence | None:
    """Set one number of the map and put the old map into the history; see `state.operate`."""
    old = st.session_state["map"]
    refused = state.operate(path, value)
    _put_into_history(old)
    return refused


def _put_into_history(old: MapPlan) -> None:
    if st.session_state["map"] != old:
        back, forward = _history()
        back.append(old)
        del back[:-MOST_BACK]
        forward.clear()


def _change(edit: Callable[[MapPlan], MapPlan]) -> None:
    """Change the map. If its entries change, none of them is hidden."""
    old = st.session_state["map"]
    state.change_plan(edit)
    if st.session_state["map"].scenario.entries != old.scenario.entries:
        state.change_view(lambda view: replace(view, hidden=()))


def _history() -> tuple[list[MapPlan], list[MapPlan]]:
    """Return the maps for Back and those for Forward, the next one last."""
    return st.session_state.setdefault("map history", ([], []))


def _toolbar(plan: MapPlan) -> None:
    back, forward = _history()
    closer = _around(plan)
    buttons: list[tuple[str, str, str, Callable[[], None], bool]] = [
        ("back", _("Back"), "arrow_back", lambda: _step(back, forward), bool(back)),
        ("forward", _("Forward"), "arrow_forward", lambda: _step(forward, back), bool(forward)),
        ("in", _("Zoom in"), "zoom_in", lambda: _zoom(closer), True),
        ("out", _("Zoom out"), "zoom_out", _zoom_out, True),
        ("all", _("Whole range"), "zoom_out_map", _whole_range, True),
    ]
    with st.container(horizontal=True, gap="xsmall", key="map-toolbar"):
        for key, word, icon, act, possible in buttons:
            st.button(word, icon=f":material/{icon}:", disabled=not possible, key=f"map-{key}", on_click=act)


def _step(source: list[MapPlan], target: list[MapPlan]) -> None:
    """Go back or forward: move the last map of `source` to the screen and the present map to `target`."""
    if source:
        target.append(st.session_state["map"])
        plan = source.pop()
        _change(lambda old: replace(plan, finest=old.finest))


def _pick(column: int, row: int, columns: int, rows: int) -> None:
    def picked(plan: MapPlan) -> MapPlan:
        x, y = (replace(axis, count=count) for axis, count in zip(plan.axes, (columns, rows), strict=True))
        return replace(plan, picked=(float(x.values[column]), float(y.values[row])))

    state.change_plan(picked)


def _zoom(box: Box) -> None:
    go(lambda plan: plan.zoomed(*box))


def _around(plan: MapPlan) -> Box:
    """Return the box of a zoom: around the selected cell, within the map, or in the middle."""
    middle = (0.5, 0.5)
    if plan.picked:
        middle = tuple(min(max(axis.place(at), 0.0), 1.0) for axis, at in zip(plan.axes, plan.picked, strict=True))
    x, y = (min(max(at - CLOSER / 2, 0.0), 1 - CLOSER) for at in middle)
    return (x, x + CLOSER), (y, y + CLOSER)


def _zoom_out() -> None:
    go(lambda plan: plan.zoomed(WIDER, WIDER))


def _whole_range() -> None:
    def whole(plan: MapPlan) -> MapPlan:
        x, y = (whole_axis(plan.mapped[0], plan.scenario.landscape, axis.setting) for axis in plan.axes)
        return replace(plan, axes=(x, y))

    go(whole)


def _start(plan: MapPlan) -> Callable[[float, float], None]:
    """Return the callback of a click on the stage: it selects a cell of a map of starts, or moves the start."""

    def moved(x: float, y: float) -> None:
        if plan.basins:
            at = {"x": x, "y": y}
            first, second = (at[axis.setting] for axis in plan.axes)
            state.change_plan(lambda old: replace(old, picked=(first, second)))
        else:
            state.change(lambda old: replace(old, start=(x, y)))

    return moved


def _is_same(one: MapPlan, other: MapPlan) -> bool:
    return (one.scenario, one.axes) == (other.scenario, other.axes)


# Progress


def _progress(work: MapWork) -> None:
    if work.busy:
        _watch(work)
        return
    level, levels = work.level, work.levels
    cells = _("{n} × {n} cells a map, every one of them a run.").format(n=level)
    if work.stopped and level < levels[-1]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{cells} {_('Stopped before a finer map was computed.')}")
            st.button(_("Continue"), icon=":material/play_arrow:", key="map-go-on", on_click=work.go_on)
        return
    if work.at_limit:
        limit = _("This is the limit of float64: in a finer map neighbouring cells would be the same number.")
        st.caption(f"{cells} {limit}", help=_("A float64 has about 16 digits. Zoom out, or move to another place."))
    elif level < work.finest:
        most = _("This map cannot be finer: a session may have at most {most} cells at once.").format(
            most=f"{MOST_CELLS:,}"
        )
        st.caption(f"{cells} {most}")
    else:
        st.caption(cells)


@st.fragment(run_every=POLL)
def _watch(work: MapWork) -> None:
    """Show the progress in a polling fragment, and rerun the whole page when finer maps are available."""
    if work.advance() or not work.busy:
        _draw_anew()
    coming = next((n for n in work.levels if n > work.level), work.level)
    text = _("{n} × {n} cells are being computed").format(n=coming)
    if (left := work.seconds_left) is not None:
        text += " · " + _("about {seconds} s left").format(seconds=max(1, math.ceil(left)))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(work.progress, text)
        if st.button(_("Stop"), icon=":material/stop:", key="map-stop", on_click=work.stop):
            _draw_anew()


def _draw_anew() -> None:
    """Rerun the whole page. The link that the browser sent with this fragment's request may be older than a map that
    was restored from the history, so it is not read again."""
    state.say_again()
    st.rerun(scope="app")
