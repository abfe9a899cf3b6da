"""The files of a race: pictures, a live page and data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from landscape_lab.experiments import Race
from landscape_lab.experiments.export.record import to_csv, to_json
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.fonts import has_font_for
from landscape_lab.figures.still import Still, as_png, as_svg
from landscape_lab.figures.still_losses import race_curves, race_picture
from landscape_lab.figures.styles import styles_of
from landscape_lab.ui import state
from landscape_lab.ui.i18n.translation import _, entry_name, figure_words
from landscape_lab.ui.sharing.live_file import live_page, title_of

Make: TypeAlias = Callable[[], bytes | str]


@dataclass(frozen=True)
class FileSettings:
    """The settings of a file: the view, whether it is dark, and whether a picture has the loss curves."""

    view: View
    dark: bool
    losses: bool


@dataclass(frozen=True)
class Format:
    """A file format. `make` takes a race and settings, and returns a function for the file."""

    mime: str
    make: Callable[[Race, FileSettings], Make]
    help: str


def query_text(query: Mapping[str, str]) -> str:
    """Return the query of a link as text. Brackets and commas are not escaped, which keeps it short."""
    return urlencode(query, safe="(),=*:/", quote_via=quote)


def visible_entries(race: Race, settings: FileSettings, drawn: bool = False) -> dict[str, Any]:
    """Return the visible entries as arguments of figures: their paths, labels, styles and loss curves, and the words.

    If `drawn`, without a browser, the texts are in English where the fonts of this machine do not cover them.
    """
    styles = styles_of(race.scenario.entries, settings.dark)
    shown = [i for i in range(len(race.trajectories)) if i not in settings.view.hidden]
    entries = [race.scenario.entries[i] for i in shown]
    labels, words = [entry_name(entry) for entry in entries], figure_words()
    if drawn and not has_font_for(*labels, words.step, words.loss):
        labels, words = [entry.label for entry in entries], Words()
    paths, minimum, view = [race.trajectories[i] for i in shown], race.landscape.minimum_value, settings.view
    axes: Mapping[str, Any] = {"loss_axis": view.loss_axis, "progress": view.progress_axis, "words": words}
    return {
        "losses": race_curves(paths, minimum=minimum, noisy=race.scenario.is_noisy, **axes)
        if settings.losses
        else None,
        "trajectories": paths,
        "labels": labels,
        "styles": [styles[i] for i in shown],
        "words": words,
        "dark": settings.dark,
    }


# The texts of a file are translated at once, because the file is made on request in a thread without a user's session.


def _page(race: Race, settings: FileSettings) -> Make:
    view = replace(settings.view, hide=state.view().hide)  # an exercise stays one
    link = query_text(race.scenario.to_query() | view.to_query())
    return live_page(race, view, title_of(race.scenario), link, view.hide)


def _still(race: Race, settings: FileSettings, title: str, drawn: bool) -> Callable[[], Still]:
    entries = visible_entries(race, settings, drawn)
    return lambda: race_picture(race.landscape, title=title, **entries)


def _png(race: Race, settings: FileSettings) -> Make:
    still = _still(race, settings, race.landscape.label, drawn=True)
    return lambda: as_png(still())


def _svg(race: Race, settings: FileSettings) -> Make:
    still = _still(race, settings, _(race.landscape.label), drawn=False)
    return lambda: as_svg(still())


def _pdf(race: Race, settings: FileSettings) -> Make:
    title = race.landscape.label
    still = _still(race, settings, title, drawn=True)

    def made() -> bytes:
        from landscape_lab.figures.pdf import as_pdf

        return as_pdf(still(), title)

    return made


def _csv(race: Race, settings: FileSettings) -> Make:
    return lambda: to_csv(race, settings.view.to_query())


def _json(race: Race, settings: FileSettings) -> Make:
    return lambda: to_json(race, settings.view.to_query())


FORMATS: Mapping[str, Format] = {
    "html": Format(
        "text/html", _page, "The race as one file that runs without a server or a network, with all its controls."
    ),
    "png": Format("image/png", _png, "The map with all paths, as a picture."),
    "svg": Format("image/svg+xml", _svg, "The same, sharp at any size."),
    "pdf": Format("application/pdf", _pdf, "The same for LaTeX and print: sharp at any size, with its fonts."),
    "csv": Format(
        "text/csv", _csv, "Every step of every entry as a table that can be read back, with units and settings."
    ),
    "json": Format("application/json", _json, "The same data as a tree, for programs."),
}
"""The file formats by file extension."""
