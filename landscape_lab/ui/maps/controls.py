"""The controls of a map: its axes, entries, surface and noise, and its downloads."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from landscape_lab.experiments.maps import Axis
from landscape_lab.experiments.maps.files import csv_text, npz_bytes
from landscape_lab.experiments.maps.plan import LEVELS, MOST_MAPS, MapPlan, axes_of, usual_axes, whole_axis
from landscape_lab.experiments.operations import axis_settings
from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import _, as_text, entry_name
from landscape_lab.ui.knobs import field, knobs
from landscape_lab.ui.maps.legend import picture_of
from landscape_lab.ui.maps.page import axis_label, go, operate
from landscape_lab.ui.maps.work import MapWork
from landscape_lab.ui.playground import panel
from landscape_lab.ui.playground.race_picker import surface_picker
from landscape_lab.ui.widgets import bound, chosen_of


def controls(plan: MapPlan) -> None:
    """Show the controls of the map except its axes in tabs."""
    scenario = plan.scenario
    each = _("Each entry that has both settings gets a map, up to {most} maps. Entries are added under Optimizers.")
    st.caption(each.format(most=MOST_MAPS))
    parts: dict[str, Callable[[], object]] = {
        _("Optimizers"): lambda: panel.entry_editor(scenario),
        _("Surface and start"): lambda: (surface_picker(scenario), panel.surface_controls(scenario)),
        _("Noise"): lambda: panel.noise_controls(scenario),
        _("Download"): lambda: _downloads(plan),
    }
    for tab, part in zip(st.tabs(list(parts), key="map-panel", on_change="rerun"), parts.values(), strict=True):
        if tab.open:
            with tab:
                part()


def axes(plan: MapPlan) -> None:
    """Show the controls of the axes and of the number of cells: a row for each axis."""

    def refine(n: int | None) -> None:
        # A browser that is still rendering the page may send None.
        state.change_plan(lambda old: replace(old, finest=n or old.finest))

    with st.container(key="map-axes"):
        with _axis(plan, 0, _("Across")):
            st.selectbox(
                _("Finest"),
                format_func=lambda n: f"{n}²",
                width=148,
                **chosen_of(LEVELS, "finest", plan.finest, refine),
            )
        with _axis(plan, 1, _("Up")):
            st.button(
                _("Basins"),
                help=_("The start as both axes: which minimum attracts which starts?"),
                icon=":material/explore:",
                disabled=plan.basins,
                on_click=lambda: go(_as_basins),
            )


def _axis(plan: MapPlan, i: int, word: str) -> Any:
    """Show the controls of an axis, and return their row."""
    axis, names = plan.axes[i], axes_of(plan.scenario)
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with row:
        st.selectbox(
            word,
            format_func=lambda name: axis_label(plan, name),
            placeholder=axis_label(plan, axis.setting),
            width=220,
            **chosen_of(
                names,
                f"axis-{i}",
                axis.setting if axis.setting in names else None,
                lambda name: go(lambda old: _with_setting(old, i, name)),
            ),
        )
        with st.container(width=260):
            ends = zip(axis_settings(plan, i), (_("from"), _("to")), strict=True)
            knobs(
                f"axis-{i}-numbers",
                [[field(each, label, f"{word}, {label}") for each, label in ends]],
                stage=None,
                set_number=operate,
            )
        scale = bound(
            "value", f"axis-{i}-log", axis.scale == "log", lambda log: go(lambda old: _with_scale(old, i, log))
        )
        st.toggle(_("log"), **scale)
    return row


def _as_basins(plan: MapPlan) -> MapPlan:
    return replace(plan, axes=usual_axes(plan.scenario, basins=True), picked=None)


def _with_axis(plan: MapPlan, i: int, axis: Axis) -> MapPlan:
    return replace(plan, axes=(axis, plan.axes[1]) if i == 0 else (plan.axes[0], axis), picked=None)


def _with_scale(plan: MapPlan, i: int, log: bool) -> MapPlan:
    return _with_axis(plan, i, replace(plan.axes[i], scale="log" if log else "linear"))


def _with_setting(plan: MapPlan, i: int, name: str) -> MapPlan:
    """Return the plan with another setting, over its whole range, on an axis. Settings of both axes are swapped."""
    x, y = plan.axes
    if plan.axes[1 - i].setting == name:
        return replace(plan, axes=(y, x), picked=None)
    entry = next(entry for entry in plan.scenario.entries if name in axes_of(replace(plan.scenario, entries=(entry,))))
    return _with_axis(plan, i, whole_axis(entry, plan.scenario.landscape, name))


def _downloads(plan: MapPlan) -> None:
    work: MapWork = st.session_state["map work"]
    link = state.address()
    for i, (entry, found) in enumerate(zip(plan.mapped, work.maps, strict=False)):
        n = found.axes[0].count
        settings = "-".join(axis.setting.rpartition(".")[2] for axis in found.axes)
        name = f"map-{settings}-{n}" + (f"-{i + 1}" if len(plan.mapped) > 1 else "")
        files: list[tuple[str, str, str, Callable[[], Any]]] = [
            ("PNG", "png", "image/png", lambda found=found: picture_of(found).png(Description=link)),
            (".npz", "npz", "application/octet-stream", lambda found=found: npz_bytes(found)),
            ("CSV", "csv", "text/csv", lambda found=found: csv_text(found)),
        ]
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{as_text(entry_name(entry))}, {n} × {n}")
            for label, ending, kind, make in files:
                st.download_button(
                    label,
                    make,
                    f"{name}.{ending}",
                    kind,
                    icon=":material/download:",
                    key=f"download-{i}-{ending}",
                    on_click="ignore",
                )
    st.caption(_("The link to this map:"))
    st.code(link, language=None, wrap_lines=True)
    st.caption(_("The command that computes the first of these maps as large as your disk allows:"))
    x, y = plan.axes
    scenario = next(plan.alone(entry) for entry in plan.mapped)
    command = f"python -m landscape_lab map '{scenario.text}' --x '{x.text}' --y '{y.text}'"
    columns = scenario.data.own.columns if scenario.data and scenario.data.own else ()
    data = f" --data data.csv --columns {','.join(map(str, columns))}" if columns else ""
    st.code(f"{command} --metric {plan.metric} --size 4096{data} --out map.npz", language="bash", wrap_lines=True)
    if data:
        st.caption(
            _("There `data.csv` is the file with your data, and the numbers are those of the columns that are used.")
        )
