"""The command that writes races as files: `landscape-lab draw LINK --out race.png`."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

from tqdm import tqdm

from landscape_lab.draw_recording import APP_MISSING, LOSSES, RECORDING_WRITERS, Progress, is_recording, recording_order
from landscape_lab.experiments import Race, Scenario, ScenarioError, race
from landscape_lab.experiments.export.notebook import to_notebook
from landscape_lab.experiments.export.record import to_csv, to_json
from landscape_lab.experiments.export.snippets import LIBRARIES, snippet
from landscape_lab.experiments.scenarios.address import DISPLAY_PARTS, read_link
from landscape_lab.experiments.scenarios.exercise import check_names
from landscape_lab.experiments.scenarios.links import scenario_on
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, losses_in
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.animation import MAP_SIZE, SIZE_WITH_LOSSES
from landscape_lab.figures.export import KINDS, LONGEST, MOST_FRAMES, SECONDS, SHORTEST, moving_picture
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.fonts import has_font_for
from landscape_lab.figures.still import SIZE, Still, as_png, as_svg
from landscape_lab.figures.still_losses import race_curves, race_picture
from landscape_lab.figures.styles import styles_of
from landscape_lab.figures.surface_grid import PictureTooSmall

SMALLEST, LARGEST = 200, 4000
"""The limits of each side of a picture in pixels."""
LONGEST_MOVIE = 120
"""The maximal duration of an animation in seconds."""


@dataclass(frozen=True)
class Style:
    """The settings of a picture that do not depend on the numbers of the race."""

    labels: Sequence[str]
    title: str
    words: Words
    dark: bool = False
    size: tuple[int, int] | None = None
    seconds: float = SECONDS
    losses: bool = False


@dataclass(frozen=True)
class Order:
    """A race to write, with the settings of its files."""

    race: Race
    view: View
    style: Style
    language: str = "en"
    entry: int = 1
    library: str = "numpy"
    notes: list[str] = field(default_factory=list)
    """Notes to print about the files that were written."""

    @property
    def entries(self) -> Mapping[str, Any]:
        """The visible entries and the title as arguments of figures."""
        styles, view, words = styles_of(self.race.scenario.entries, self.style.dark), self.view, self.style.words
        shown = [i for i in range(len(self.race.trajectories)) if i not in view.hidden]
        paths, minimum = [self.race.trajectories[i] for i in shown], self.race.landscape.minimum_value
        noisy = self.race.scenario.is_noisy
        axes: Mapping[str, Any] = {"loss_axis": view.loss_axis, "progress": view.progress_axis, "words": words}
        return {
            "title": self.style.title,
            "losses": race_curves(paths, minimum=minimum, noisy=noisy, **axes) if self.style.losses else None,
            "trajectories": paths,
            "labels": [self.style.labels[i] for i in shown],
            "styles": [styles[i] for i in shown],
            "words": words,
            "dark": self.style.dark,
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files and return the exit code.

    The code is 2, with a message on stderr, for invalid requests, and 130 after an interruption. Files are written
    atomically.
    """
    try:
        asked = _parser().parse_args(arguments)
        drawn: Any = (recording_order, RECORDING_WRITERS) if is_recording(asked.link) else (_order, WRITERS)
        order_of, writers = drawn
        files, order = _checked(asked, writers), order_of(asked)
        for file in files:
            with tqdm(total=1.0, desc=file.name, bar_format=BAR, disable=asked.quiet or None, leave=False) as bar:
                content = writers[_ending(file)](order, lambda done, bar=bar: _advance(bar, done))
            _write(file, content, asked.force)
            if not asked.quiet:
                print(f"{file}: {len(content):,} bytes", *order.notes, sep="\n  ")
            order.notes.clear()
    except KeyboardInterrupt:
        print("Stopped. Files that were finished are kept.", file=sys.stderr)
        return 130
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return 2
    except PictureTooSmall:
        print("The picture is too small for its map and its legend: --size makes it larger.", file=sys.stderr)
        return 2
    return 0


BAR = "{desc}: {percentage:3.0f}%|{bar:30}| {elapsed}"


def _advance(bar: Any, done: float) -> None:
    bar.update(done - bar.n)


# Arguments


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}. {self.prog} --help explains the command.\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="landscape-lab draw",
        description=f"""Writes a race, or the training of networks, as files, by the ending of their names:
  png, svg, pdf   the map with all paths, its axes and its legend, and the loss curves
  gif, webp       the same, moving
  html            a page with all controls that needs no server and no network
  csv, json       every step of every entry, with all settings; the app reads both back
  py, ipynb       the code of one entry; a notebook with the race and its figures
  npz             a training of networks on its plane, which the app reads back
Networks are written as {", ".join(RECORDING_WRITERS)}.""",
        epilog="""examples:
  Adam and momentum on Himmelblau's function, for a slide and for a LaTeX document:
    landscape-lab draw "surface=himmelblau&lanes=adam(learning_rate=0.3),momentum" --out race.gif --out race.pdf

  A link copied from the app, as a table and as PyTorch code of its second entry:
    landscape-lab draw "http://127.0.0.1:8501/playground?..." --out race.csv --out race.py --library torch --entry 2

  The training of a network by two optimizers, and a recording from elsewhere:
    landscape-lab draw "networks?data=digits&widths=32&epochs=20" --out digits.pdf --out digits.npz
    landscape-lab draw run.npz --out run.svg

exit codes: 0 all files are written, 2 something in the command is wrong, 130 interrupted""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "link",
        metavar="LINK",
        help="an address of the app's playground, of a lesson or of networks, or its part after the ? (quoted); or a "
        "file with a recording (npz, json)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        action="append",
        metavar="FILE",
        help=f"a file to write, ending in {', '.join(WRITERS)}; may be given several times",
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there already")
    parser.add_argument("--quiet", action="store_true", help="no progress bar, and nothing but errors")
    parser.add_argument("--data", type=Path, help="the CSV file with the data, if the race is about your own")
    parser.add_argument("--columns", help="its columns, features before the target: hours,points or 1,3")
    looks = parser.add_argument_group("pictures")
    looks.add_argument(
        "--size",
        type=_size,
        metavar="WIDTHxHEIGHT",
        help=f"at most so many pixels; a png has twice as many (default: {_times(SIZE)}; moving "
        f"{_times(SIZE_WITH_LOSSES)}, or {_times(MAP_SIZE)} without losses)",
    )
    looks.add_argument("--show", choices=("map", LOSSES), default=LOSSES, help="in a picture; default: %(default)s")
    looks.add_argument("--theme", choices=("light", "dark"), default="light", help="default: %(default)s")
    looks.add_argument("--language", choices=("en", "zh"), default="en", help="also of the live page; default: en")
    looks.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        help=f"how long a gif or webp moves (default: %(default)s). It has up to {MOST_FRAMES} frames, each shown for "
        f"{SHORTEST} to {LONGEST} ms",
    )
    code = parser.add_argument_group("code")
    code.add_argument("--entry", type=int, default=1, help="the entry that a script (py) is about (default: the first)")
    code.add_argument(
        "--library",
        choices=list(LIBRARIES),
        default="numpy",
        help="what a script is written for (default: %(default)s)",
    )
    return parser


def _times(size: tuple[int, int]) -> str:
    return "x".join(map(str, size))


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,4})[x×](\d{1,4})", text)
    sides = tuple(int(side) for side in found.groups()) if found else (0, 0)
    if not all(SMALLEST <= side <= LARGEST for side in sides):
        raise argparse.ArgumentTypeError(
            f"a size is such as {_times(SIZE)}, from {SMALLEST} to {LARGEST} pixels a side"
        )
    return sides[0], sides[1]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_MOVIE:
        raise argparse.ArgumentTypeError(f"a number of seconds is above 0, and at most {LONGEST_MOVIE}")
    return seconds


def _ending(file: Path) -> str:
    return file.suffix.lower().lstrip(".")


def _checked(asked: argparse.Namespace, writers: Iterable[str]) -> list[Path]:
    """Return the files to write without repetitions. Raises ScenarioError for one that cannot be written."""
    files = list(dict.fromkeys(asked.out))
    for file in files:
        if _ending(file) not in writers:
            raise ScenarioError("The name “{file}” ends in none of " + ", ".join(writers) + ".", file=str(file))
        with _file_errors_as_scenario_errors(file):
            if file.is_dir():
                raise ScenarioError("{file} is a folder.", file=str(file))
            if not file.parent.is_dir():
                raise ScenarioError("There is no folder {folder}.", folder=str(file.parent))
            _check_free(file, asked.force)
    return files


@contextmanager
def _file_errors_as_scenario_errors(file: Path) -> Iterator[None]:
    """Raise an OSError of the block as a ScenarioError."""
    try:
        yield
    except OSError as error:
        raise ScenarioError("{file} cannot be written: {why}.", file=str(file), why=error.strerror) from None


def _check_free(file: Path, force: bool) -> None:
    if file.exists() and not force:
        raise ScenarioError("{file} exists already: --force replaces it.", file=str(file))


def _order(asked: argparse.Namespace) -> Order:
    """Run the race of the link. Raises ScenarioError."""
    own = losses_in(asked.data, asked.columns) if asked.data else NO_DATA
    page, query = read_link(asked.link)
    scenario = scenario_on(page, {name: value for name, value in query.items() if name not in DISPLAY_PARTS}, own)
    if not 1 <= asked.entry <= len(scenario.entries):
        raise ScenarioError(
            "There is no entry {entry}: there are {count}.", entry=asked.entry, count=len(scenario.entries)
        )
    view = _view(query, scenario)
    notes: list[str] = []
    labels, title, words = _words(scenario, asked.language)
    pictures = {"png", "pdf", *KINDS} & {_ending(file) for file in asked.out}
    if pictures and not has_font_for(title, words.step, words.loss, *labels):
        notes.append("This machine has no font for some of the names: pictures are in English.")
        labels, title, words = _words(scenario, "en")
    style = Style(labels, title, words, asked.theme == "dark", asked.size, asked.seconds, asked.show == LOSSES)
    return Order(race(scenario), view, style, asked.language, asked.entry, asked.library, notes)


def _view(query: Mapping[str, str], scenario: Scenario) -> View:
    """Return the view of the link. Raises ScenarioError."""
    view = View.from_query(query)
    view.check_hidden(len(scenario.entries))
    check_names(scenario, view.hide)
    return view


def _words(scenario: Scenario, language: str) -> tuple[list[str], str, Words]:
    """Return the names of the entries, the title, and the texts of a figure."""
    if language == "en":
        return [entry.label for entry in scenario.entries], scenario.landscape.label, Words()
    try:
        from landscape_lab.ui.i18n.translation import _, entry_name, figure_words, speaking
    except ModuleNotFoundError:
        raise ScenarioError(APP_MISSING, what="another language than English") from None
    with speaking(language):
        return [entry_name(entry) for entry in scenario.entries], _(scenario.landscape.label), figure_words()


# Files


def _still(order: Order) -> Still:
    return race_picture(order.race.landscape, size=order.style.size or SIZE, **order.entries)


def _png(order: Order, _progress: Progress) -> bytes:
    return as_png(_still(order))


def _svg(order: Order, _progress: Progress) -> bytes:
    return as_svg(_still(order)).encode()


def _pdf(order: Order, _progress: Progress) -> bytes:
    from landscape_lab.figures.pdf import as_pdf

    return as_pdf(_still(order), order.style.title)


def _movie(kind: str) -> Callable[[Order, Progress], bytes]:
    def movie(order: Order, progress: Progress) -> bytes:
        drawn = moving_picture(
            order.race.landscape,
            steps=order.race.scenario.steps,
            kind=kind,
            size=order.style.size,
            seconds=order.style.seconds,
            progress=progress,
            **order.entries,
        )
        if order.race.scenario.steps >= MOST_FRAMES:
            order.notes.append(f"{drawn.frames} of the {order.race.scenario.steps + 1} steps, the first ones closer.")
        return drawn.file

    return movie


def _html(order: Order, _progress: Progress) -> bytes:
    try:
        from landscape_lab.ui.i18n.translation import speaking
        from landscape_lab.ui.sharing.live_file import live_page, title_of
    except ModuleNotFoundError:
        raise ScenarioError(APP_MISSING, what="HTML") from None
    scenario, view = order.race.scenario, replace(order.view, embed=False)
    with speaking(order.language):
        link = urlencode(scenario.to_query() | view.to_query())
        return live_page(order.race, view, title_of(scenario), link, view.hide)()


def _csv(order: Order, _progress: Progress) -> bytes:
    return to_csv(order.race, replace(order.view, embed=False, hide=()).to_query()).encode()


def _json(order: Order, _progress: Progress) -> bytes:
    return to_json(order.race, replace(order.view, embed=False, hide=()).to_query()).encode()


def _py(order: Order, _progress: Progress) -> bytes:
    alone: Scenario = order.race.scenario.alone[order.entry - 1]
    script = snippet(alone, order.library)
    if not script.text:
        raise ScenarioError("{reasons}", reasons=" ".join(map(str, script.notes)))
    order.notes.extend(map(str, script.notes))
    return script.text.encode()


def _ipynb(order: Order, _progress: Progress) -> bytes:
    return to_notebook(order.race.scenario).encode()


WRITERS: Mapping[str, Callable[[Order, Progress], bytes]] = {
    **{kind: _movie(kind) for kind in KINDS},
    "png": _png,
    "svg": _svg,
    "pdf": _pdf,
    "html": _html,
    "csv": _csv,
    "json": _json,
    "py": _py,
    "ipynb": _ipynb,
}
"""The function that writes each kind of file, by its ending."""


def _write(file: Path, content: bytes, force: bool) -> None:
    """Write a file atomically. Raises ScenarioError."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with _file_errors_as_scenario_errors(file):
            part.write_bytes(content)
            _check_free(file, force)
            part.replace(file)
    finally:
        with suppress(OSError):
            part.unlink()


if __name__ == "__main__":
    sys.exit(main())
