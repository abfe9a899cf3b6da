"""A user's own training run: a recording that is loaded from a file and plays on the stage.

It exists only in the session of its user.
"""

from pathlib import PurePath

import streamlit as st

from landscape_lab import HOME
from landscape_lab.experiments import ScenarioError
from landscape_lab.experiments.recordings import Recording, read_recording
from landscape_lab.experiments.recordings.archive import MEGABYTE, MOST_BYTES
from landscape_lab.experiments.recordings.recording import MOST_CHECKPOINTS
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.controls import refusal
from landscape_lab.ui.file_field import file_field
from landscape_lab.ui.i18n.phrases import paragraph
from landscape_lab.ui.i18n.translation import _
from landscape_lab.ui.stage.show import show_recording
from landscapes.networks.slices import MOST_POINTS

FIELD, FILE = "own run field", "own-run-file"
"""The number of the uploader, which is another one after a removal, and its key without that number."""
LOADED, REFUSED, VIEW = "own run", "own run refused", "own run view"
"""Keys of the session state: the recording; the last error; the view of its stage."""
RECORDER = HOME / "docs" / "recorder.py"
EXAMPLE = """from recorder import Recorder

recorder = Recorder(model)
for step in range(steps):
    if step % 20 == 0:
        recorder.record(step)
    ...  # one step of the training
recorder.record(steps)
recorder.save("run.npz", loss_of=lambda model: criterion(model(features), targets))
"""


def own_run() -> None:
    """Show the field for a recording, the recording on a stage of its own, and how one is made."""
    what = _(
        "An .npz file of at most {size} MB: the loss on a grid of up to {points} × {points} points, and up to {runs} "
        "runs of up to {checkpoints} checkpoints. The JSON files of LossLandscape and the .npz files of Landscaper "
        "are read as well. A larger file is refused, and nothing changes."
    ).format(size=MOST_BYTES // MEGABYTE, points=MOST_POINTS, runs=MAX_ENTRIES, checkpoints=f"{MOST_CHECKPOINTS:,}")
    kept = _(
        "The machine that serves this page keeps it for this tab alone, and deletes it soon after the tab is "
        "closed or reloaded. A link does not contain it."
    )
    st.caption(paragraph([what, kept]))
    key = f"{FILE}-{st.session_state.get(FIELD, 0)}"
    size = MOST_BYTES // MEGABYTE
    file_field(_("Recording"), type=["npz", "json"], key=key, max_upload_size=size, on_change=_load, args=(key,))
    refusal(st.session_state.get(REFUSED))
    recording: Recording | None = st.session_state.get(LOADED)
    if recording:
        show_recording(
            recording, st.session_state[VIEW], key="own-run", on_view=_viewed, title=_("Your own run"), play=True
        )
        st.button(_("Remove the recording"), key="own-run-remove", icon=":material/delete:", on_click=_remove)
    _script()
    _format()


def _script() -> None:
    with st.expander(_("Record a training in PyTorch"), icon=":material/code:", key="own-run-script"):
        st.markdown(
            _(
                "Save this script as `recorder.py`. It keeps the weights while the model trains, and then computes the "
                "plane of their principal components, the loss on it, and the distance of each checkpoint from it. "
                'Record a second optimizer by `recorder.record(step, "Adam")` at the same steps, from the same '
                "initial weights. Moments of batch normalisation are not weights: with `model.train()` in `loss_of` "
                "each point uses those of its own batch."
            )
        )
        st.code(EXAMPLE, language="python")
        st.code(RECORDER.read_text(encoding="utf-8"), language="python", height=420)


def _format() -> None:
    with st.expander(_("The format of a recording"), icon=":material/table:", key="own-run-format"):
        st.markdown(
            _(
                "An archive that `numpy.savez` writes. T is the number of checkpoints, L that of the runs; a file of "
                "one run may leave out the last axis. After the end of a run its values are NaN."
            )
        )
        names = (_("array"), _("shape"), _("meaning"))
        lines = [f"| `{name}` | {shape} | {meaning} |" for name, shape, meaning in _arrays()]
        st.markdown("\n".join([f"| {' | '.join(names)} |", "|---|---|---|", *lines]))


def _arrays() -> list[tuple[str, str, str]]:
    """The arrays of a file, each with its shape and its meaning."""
    curve, optional = "(T, L)", _("optional: {what}")
    return [
        ("x", "(n,)", _("coordinates of the grid, increasing")),
        ("y", "(m,)", _("coordinates of the grid, increasing")),
        ("grid", "(m, n)", _("the loss at these points, one row for each y")),
        ("path", "(T, 2, L)", _("the point of the plane that is nearest to each checkpoint")),
        ("loss", curve, _("the true training loss of each checkpoint")),
        *(
            (name, shape, optional.format(what=what))
            for name, shape, what in (
                ("steps", "(T,)", _("the steps before each checkpoint")),
                ("names", "(L,)", _("names of the runs")),
                ("distance", curve, _("distance of each checkpoint from the plane")),
                ("drawn", curve, _("the loss at the nearest point of the plane")),
                ("shares", "(L,)", _("the share of each path that the plane holds")),
                ("validation_loss", curve, _("validation loss")),
                ("accuracy", curve, _("training accuracy")),
                ("validation_accuracy", curve, _("validation accuracy")),
                ("sharpness", curve, _("the largest eigenvalue of the Hessian")),
                ("limits", "(L,)", _("the sharpness up to which a run is stable, such as 2 / rate")),
                ("diverged", "(L,)", _("whether a run diverged")),
                ("axes", "(2,)", _("names of the coordinates")),
                ("optimizers", "(L,)", _("keys of the optimizers in this app")),
            )
        ),
    ]


def _load(key: str) -> None:
    """Read the file of the field. One that is refused leaves the recording on screen as it is."""
    file = st.session_state[key]
    st.session_state.pop(REFUSED, None)
    if file is None:
        return
    try:
        recording = read_recording(file.getvalue(), PurePath(file.name).stem)
    except ScenarioError as error:
        st.session_state[REFUSED] = error.sentence
    else:
        st.session_state[LOADED], st.session_state[VIEW] = recording, View()


def _remove() -> None:
    for name in (LOADED, REFUSED, VIEW):
        st.session_state.pop(name, None)
    st.session_state[FIELD] = st.session_state.get(FIELD, 0) + 1


def _viewed(view: View) -> None:
    st.session_state[VIEW] = view
