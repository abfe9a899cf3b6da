"""The part of `landscape-lab draw` about networks: a training, or a recording of one, as files."""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tqdm import tqdm

from landscape_lab.experiments import Entry, ScenarioError
from landscape_lab.experiments.networks import NetworkPlan, record, train
from landscape_lab.experiments.recordings import Recording, read_recording, write_recording
from landscape_lab.experiments.recordings.archive import MOST_BYTES, too_large
from landscape_lab.experiments.scenarios.address import DISPLAY_PARTS, read_link
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, losses_in
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.fonts import has_font_for
from landscape_lab.figures.recording_figures import recording_picture, run_labels, share_text
from landscape_lab.figures.still import SIZE, Still, as_png, as_svg

PAGE = "networks"
"""The name of the page whose links are drawn here."""
LOSSES = "map-and-losses"
"""The value of `--show` for pictures with the loss curves."""
FILES = (".npz", ".json")
"""The endings of files with a recording."""
TITLE = "Loss on a plane of parameters"
APP_MISSING = 'Files in {what} need the app: pip install "loss-landscape-lab[app]".'
BAR = "training: {percentage:3.0f}%|{bar:30}| {elapsed}"

Progress = Callable[[float], None]


@dataclass(frozen=True)
class RecordingOrder:
    """A recording to write, with the settings of its files."""

    recording: Recording
    title: str
    names: Sequence[str]
    axes: tuple[str, str]
    words: Words
    dark: bool = False
    size: tuple[int, int] = SIZE
    losses: bool = False
    language: str = "en"
    link: str = ""
    notes: list[str] = field(default_factory=list)
    """Notes to print about the files that were written."""


def is_recording(link: str) -> bool:
    """Return whether a link is one to the page of networks, or the name of a file with a recording."""
    return _is_file(link) or read_link(link)[0] == PAGE


def recording_order(asked: Namespace) -> RecordingOrder:
    """Read the recording, or train the networks of the link. Raises ScenarioError."""
    plan = None if _is_file(asked.link) else _plan(asked)
    recording = _recorded(plan, asked.quiet) if plan else _read(Path(asked.link))
    entries = plan.scenario.entries if plan else ()
    title, names, axes, words = _texts(recording, entries, asked.language)
    notes: list[str] = []
    pictures = {"png", "pdf"} & {file.suffix.lower().lstrip(".") for file in asked.out}
    shown = [title, *axes, words.loss, share_text(recording, words), *run_labels(recording, words, names)]
    if pictures and not has_font_for(*shown):
        notes.append("This machine has no font for some of the names: pictures are in English.")
        title, names, axes, words = _texts(recording, entries, "en")
    dark, size, link = asked.theme == "dark", asked.size or SIZE, urlencode(plan.to_query()) if plan else ""
    losses = asked.show == LOSSES
    return RecordingOrder(recording, title, names, axes, words, dark, size, losses, asked.language, link, notes)


def _is_file(link: str) -> bool:
    return "?" not in link and Path(link).suffix.lower() in FILES


def _read(file: Path) -> Recording:
    """Read a file with a recording. Raises ScenarioError."""
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ScenarioError("{file} cannot be read: {why}.", file=str(file), why=error.strerror) from None
    if len(content) > MOST_BYTES:
        raise too_large()
    return read_recording(content, file.stem)


def _plan(asked: Namespace) -> NetworkPlan:
    """Read the link. Raises ScenarioError."""
    own = losses_in(asked.data, asked.columns) if asked.data else NO_DATA
    _page, query = read_link(asked.link)
    return NetworkPlan.from_query({name: value for name, value in query.items() if name not in DISPLAY_PARTS}, own)


def _recorded(plan: NetworkPlan, quiet: bool) -> Recording:
    """Train the networks of a plan and draw their plane. Raises ScenarioError."""
    with tqdm(total=1.0, bar_format=BAR, disable=quiet or None, leave=False) as bar:

        def report(done: float) -> None:
            bar.update(done - bar.n)

        training = train(plan.scenario, report)
    return record(training, plan.plane, seed=plan.plane_seed, points=plan.points)


def _texts(
    recording: Recording, entries: Sequence[Entry], language: str
) -> tuple[str, Sequence[str], tuple[str, str], Words]:
    """Return the title, the names of the runs and of the axes, and the texts of a figure."""
    if language == "en":
        return TITLE, recording.names, recording.axes, Words()
    try:
        from landscape_lab.ui.i18n.translation import _, entry_name, figure_words, speaking
        from landscape_lab.ui.stage.recording_message import axis_name
    except ModuleNotFoundError:
        raise ScenarioError(APP_MISSING, what="another language than English") from None
    with speaking(language):
        axes = axis_name(recording.axes[0]), axis_name(recording.axes[1])
        return _(TITLE), [entry_name(entry) for entry in entries] or recording.names, axes, figure_words()


def _still(order: RecordingOrder) -> Still:
    return recording_picture(
        order.recording, title=order.title, names=order.names, axes=order.axes, losses=order.losses, size=order.size,
        dark=order.dark, words=order.words,
    )  # fmt: skip


def _png(order: RecordingOrder, _progress: Progress) -> bytes:
    return as_png(_still(order))


def _svg(order: RecordingOrder, _progress: Progress) -> bytes:
    return as_svg(_still(order)).encode()


def _pdf(order: RecordingOrder, _progress: Progress) -> bytes:
    from landscape_lab.figures.pdf import as_pdf

    return as_pdf(_still(order), order.title)


def _html(order: RecordingOrder, _progress: Progress) -> bytes:
    try:
        from landscape_lab.ui.i18n.translation import TAGS, speaking
        from landscape_lab.ui.stage.recording_message import recording_tree
        from landscape_lab.ui.stage.standalone import standalone_page, standalone_tree
    except ModuleNotFoundError:
        raise ScenarioError(APP_MISSING, what="HTML") from None
    with speaking(order.language):
        tree = standalone_tree(recording_tree(order.recording, View(), names=order.names))
        return standalone_page(tree, order.title, order.link, TAGS[order.language])


def _npz(order: RecordingOrder, _progress: Progress) -> bytes:
    return write_recording(order.recording)


RECORDING_WRITERS: Mapping[str, Callable[[RecordingOrder, Progress], bytes]] = {
    "png": _png,
    "svg": _svg,
    "pdf": _pdf,
    "html": _html,
    "npz": _npz,
}
"""The function that writes each kind of file of a recording, by its ending."""
