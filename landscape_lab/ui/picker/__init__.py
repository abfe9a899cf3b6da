"""The component for a choice from thumbnails: a button that opens a dialog with all options in groups.

The browser shows and filters the options (`picker.js`), and loads the thumbnails when the dialog is opened. Python
receives the key of the option that was chosen. It is sent as a trigger: the component has no state that could differ
from what the page shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from landscape_lab.figures.thumbnail import COLUMNS, SIDE
from landscape_lab.ui.assets import PICKER_JS, THUMBNAILS, url_of
from landscape_lab.ui.i18n.phrases import labelled
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.picker.thumbnails import places
from landscape_lab.ui.stage import base_path, declare

__all__ = ["STYLE", "Option", "picker"]

STYLE = Path(__file__).with_name("picker.css").read_text(encoding="utf-8")
"""The style sheet of the component, which `frame` adds to every page once."""
CONTENT = """
<span class="lll-picker-label" aria-hidden="true"></span>
<button type="button" class="lll-picker-button" aria-haspopup="dialog"><span class="lll-picker-value"></span></button>
<dialog>
  <div class="lll-picker-body">
    <div class="lll-picker-head">
      <input type="search" autocomplete="off" spellcheck="false">
      <button type="button" class="lll-picker-close">✕</button>
    </div>
    <div role="listbox"></div>
    <p role="status" class="lll-picker-none" hidden></p>
    <p class="lll-picker-about"></p>
  </div>
</dialog>
"""


@dataclass(frozen=True)
class Option:
    """An option in the language of the page.

    key        what the page receives if it is chosen
    name       the text below its thumbnail
    about      a sentence about it
    thumbnail  the key of its thumbnail (`picker.thumbnails`)
    icon       what is shown if there is no such thumbnail
    """

    key: str
    name: str
    about: str
    thumbnail: str = ""
    icon: str = "∿"


_component = declare("picker", "showPicker", PICKER_JS, content=CONTENT)


def picker(
    label: str,
    key: str,
    groups: Mapping[str, Sequence[Option]],
    chosen: str | None,
    choose: Callable[[str], object],
    *,
    placeholder: str = "",
) -> None:
    """Show a choice.

    Args:
        label: The name of the choice.
        key: Its key, unique on the page.
        groups: The options by the name of their group.
        chosen: The key of the option on the page, or None.
        choose: Called with the key of another option that a visitor has chosen, before the script runs.
        placeholder: The text of the button if no option is chosen.
    """
    names = {option.key: option.name for options in groups.values() for option in options}
    keys = frozenset(names)  # the callback stays in the session

    def received() -> None:
        choice = st.session_state.get(key, {}).get("choice")
        if isinstance(choice, str) and choice in keys and choice != chosen:
            choose(choice)

    shown = names.get(chosen or "", placeholder)
    data = {
        "label": label,
        "shown": shown,
        "name": labelled(label, shown),
        "chosen": chosen,
        "groups": [{"name": name, "options": [*map(_described, options)]} for name, options in groups.items()],
        "sheets": {
            "light": url_of(THUMBNAILS[False].name, base_path()),
            "dark": url_of(THUMBNAILS[True].name, base_path()),
            "columns": COLUMNS,
            "side": SIDE // 2,
        },
        "words": {"search": _("Search"), "close": _("Close"), "none": _("No matches.")},
    }
    _component(data=data, key=key, on_choice_change=received)


def _described(option: Option) -> dict[str, Any]:
    shown = {"key": option.key, "name": option.name, "about": option.about, "icon": option.icon}
    return shown | {"place": places().get(option.thumbnail)}
