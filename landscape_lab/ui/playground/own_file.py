"""A user's own file as the data of a loss: loading, choice of columns, notes on how it was read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import streamlit as st

from landscape_lab.experiments import ScenarioError, Sentence
from landscape_lab.experiments.scenarios.surfaces import OwnData, by_key, losses_over, notes_on, table_of
from landscape_lab.ui import own_data
from landscape_lab.ui.controls import refusal
from landscape_lab.ui.file_field import file_field
from landscape_lab.ui.i18n.phrases import in_turn, paragraph
from landscape_lab.ui.i18n.translation import _, as_text, say
from landscape_lab.ui.stage.data_view import column_name
from landscape_lab.ui.widgets import chosen_of
from landscapes import Roles, Table
from landscapes.csv_text import MAX_COLUMNS
from landscapes.datasets import MAX_BYTES, MAX_ROWS, MIN_ROWS

FILE, LOADED, REFUSED = "own-file", "own table", "own file refused"
"""Keys of the session state: the uploader; the file that was loaded last; the last error."""
KINDS, SIZE = ["csv", "tsv", "txt"], MAX_BYTES // 1_000_000
"""The endings of the files that the field accepts, and their maximal size in MB."""
KEY = "own-data-file"
"""The key of the expander; whether it is open is its value in the session state."""
SLOTS = ("feature", "second feature", "target")
Use: TypeAlias = Callable[[OwnData], None]
NO_COLUMN = 0
"""The choice of no second feature; columns are numbered from 1."""


@dataclass(frozen=True)
class _Loaded:
    """A file, its chosen columns, and the columns of each surface that was made from it, by key."""

    table: Table
    roles: Roles
    surfaces: Mapping[str, Roles] = field(default_factory=dict)

    @property
    def slots(self) -> list[int | None]:
        """The columns in the order of `SLOTS`."""
        first, *second = self.roles.features
        return [first, *(second or [None]), self.roles.target]


def data_controls(shown: str, use: Use, split: str) -> None:
    """Show the field for a file with data, and the choice of its columns.

    shown  the key of the loss on screen, or of any loss over the data on screen
    use    called with the losses over a file that was loaded, or over other columns
    split  the sentence on which rows are trained on
    """
    with st.expander(_("Your own data"), key=KEY, on_change="rerun") as more:
        if not more.open:
            return
        what = _(
            "A CSV file ({kinds}) with {least} to {most} rows, at most {size} MB and {columns} columns: one or two "
            "features and a target, which may be two classes, as numbers or words. A larger file is refused, and "
            "nothing changes."
        ).format(
            kinds=in_turn(f".{kind}" for kind in KINDS),
            least=MIN_ROWS,
            most=f"{MAX_ROWS:,}",
            size=SIZE,
            columns=MAX_COLUMNS,
        )
        kept = _(
            "The machine that serves this page keeps it for this tab alone, and deletes it soon after the tab is "
            "closed or reloaded. A link does not contain it."
        )
        st.caption(paragraph([what, split, kept]))
        file_field(_("CSV file"), type=KINDS, key=FILE, max_upload_size=SIZE, on_change=_load, args=(use,))
        refused: Sentence | None = st.session_state.get(REFUSED)
        refusal(refused)
        loaded: _Loaded | None = st.session_state.get(LOADED)
        if loaded and (refused or shown in loaded.surfaces or st.session_state[FILE] is not None):
            if not refused:  # the browser may have gone back to a surface of other columns
                loaded = replace(loaded, roles=loaded.surfaces.get(shown, loaded.roles))
                st.session_state[LOADED] = loaded
            _column_choosers(loaded, use)
            _notes(loaded)


def _column_choosers(loaded: _Loaded, use: Use) -> None:
    names = {column.number: column_name(column.name) for column in loaded.table.columns}
    if len(names) < 3:
        return
    labels = (_("Feature"), _("Second feature"), _("Target"))
    for slot, (label, chosen) in enumerate(zip(labels, loaded.slots, strict=True)):
        none = [NO_COLUMN] if SLOTS[slot] == "second feature" else []
        st.selectbox(
            label,
            format_func=lambda number: names.get(number, _("none")),
            **chosen_of([*none, *names], f"own-column-{slot}", chosen or NO_COLUMN, partial(_choose, use, slot)),
        )


def _notes(loaded: _Loaded) -> None:
    """Show the notes on how the file was read, as a list."""
    try:
        notes = notes_on(loaded.table, loaded.roles)
    except ScenarioError:
        return  # the error is already shown
    shown = [replace(note, values={k: _named(v) for k, v in note.values.items()}) for note in notes]
    if shown:
        st.caption(_("How the file was read:") + "\n" + "\n".join(f"- {as_text(say(note))}" for note in shown))


def _named(value: object) -> object:
    return column_name(value) if isinstance(value, str) else value


def _load(use: Use) -> None:
    """Load the file as a surface for every model that suits it, and show the first of them."""
    file = st.session_state[FILE]
    st.session_state.pop(REFUSED, None)
    if file is None:
        return
    try:
        table = table_of(file.getvalue())
    except ScenarioError as error:
        st.session_state.pop(LOADED, None)
        _refuse(error)
    else:
        _use(_Loaded(table, table.roles), use)


def _choose(use: Use, slot: int, column: int) -> None:
    """Choose another column in one place. If it is already used in another place, the columns are swapped."""
    chosen = None if column == NO_COLUMN else column
    loaded: _Loaded = st.session_state[LOADED]
    slots = loaded.slots
    if chosen in slots and chosen is not None:
        slots[slots.index(chosen)] = slots[slot]
    slots[slot] = chosen
    first, second, target = slots
    if first is None or target is None:  # the second feature was none and took the column of another
        taken = {each for each in slots if each}
        free = next(column.number for column in loaded.table.columns if column.number not in taken)
        first, target = first or free, target or free
    _use(replace(loaded, roles=Roles((first,) if second is None else (first, second), target)), use)


def _use(loaded: _Loaded, use: Use) -> None:
    """Make the chosen columns the data of the race, or show an error if they are invalid."""
    st.session_state[LOADED] = loaded
    st.session_state.pop(REFUSED, None)
    try:
        losses = by_key(losses_over(loaded.table, loaded.roles).values())
    except ScenarioError as error:
        _refuse(error)
        return
    known = {**loaded.surfaces, **dict.fromkeys(losses, loaded.roles)}
    st.session_state[LOADED] = replace(loaded, surfaces=known)
    own_data.add(losses)
    use(losses)


def _refuse(error: ScenarioError) -> None:
    st.session_state[REFUSED] = error.sentence
