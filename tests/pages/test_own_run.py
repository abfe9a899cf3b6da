"""A user's own training run on the page: limits, refusals, the stage, removal, and its privacy."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - as in app.py
from landscape_lab.experiments.recordings import Recording
from landscape_lab.ui.networks import own_run
from landscape_lab.ui.networks.own_run import FILE, LOADED, RECORDER
from landscape_lab.ui.stage.recording_message import recording_surface
from tests.experiments.recordings.test_files import VALID, bomb, changed, packed


def script() -> None:
    import streamlit as st

    from landscape_lab.ui.networks.own_run import own_run

    st.session_state.setdefault("page", "networks")
    own_run()


def page(language: str = "en") -> AppTest:
    at = AppTest.from_function(script, default_timeout=60)
    at.session_state["language"] = language
    return ran(at)


def ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception[0].message
    return at


def load(at: AppTest, content: bytes, name: str = "resnet.npz") -> AppTest:
    at.file_uploader[0].upload(name, content, "application/octet-stream")
    return ran(at)


def loaded(at: AppTest) -> Recording | None:
    return at.session_state[LOADED] if LOADED in at.session_state else None  # noqa: SIM401 - it has no `get`


def test_limits_and_privacy_are_stated_before_a_file_is_chosen():
    text = page().caption[0].value
    assert "at most 5 MB" in text and "201 × 201" in text and "12 runs" in text and "for this tab alone" in text
    assert "不超过 5 MB" in page("zh").caption[0].value


def test_recording_plays_survives_reruns_and_can_be_removed():
    at = load(page(), changed())
    first = loaded(at)
    assert first is not None and not at.warning
    ran(at)
    assert loaded(at) is first
    at.button(key="own-run-remove").click()
    assert loaded(ran(at)) is None and not at.button
    assert [each.key for each in at.file_uploader] == [f"{FILE}-1"], "the field must be empty"
    load(at, changed(accuracy=None))
    assert loaded(at) is not None


@pytest.mark.parametrize("content", [b"", b"no file", bomb(), changed(x=None), b'{"X": 1}'])
def test_refused_file_leaves_the_recording_and_says_why(content: bytes):
    at = load(page(), changed())
    first = loaded(at)
    load(at, content)
    assert loaded(at) is first
    assert len(at.warning) == 1 and at.warning[0].value.endswith("Nothing was changed.")
    load(at, changed(accuracy=None))
    assert not at.warning and loaded(at) is not first


def test_names_of_a_file_are_shown_as_text():
    name = "![x](http://127.0.0.1/a.png)"
    at = load(page(), changed(**{name: [1.0]}))
    assert name not in at.warning[0].value and name in at.warning[0].value.replace("\\", "")


def test_nothing_of_a_recording_is_kept_outside_of_its_session():
    before = recording_surface.shared.cache_info()
    at = load(page(), changed(x=[0, 1, 2, 3, 5]))
    after = recording_surface.shared.cache_info()
    assert (after.currsize, after.misses) == (before.currsize, before.misses)
    assert loaded(page()) is None and loaded(at) is not None


@pytest.mark.parametrize(
    "content",
    [
        packed(loss=np.ones((4, 4)), coordinates=np.array([np.linspace(-1, 1, 4)] * 2)),
        changed(grid=np.where(np.arange(15.0) > 3, np.inf, 1e29).reshape(3, 5)),
        changed(loss=np.full((4, 2), np.nan), accuracy=np.full((4, 2), np.nan), distance=np.full((4, 2), np.nan)),
        changed(x=np.array([-1e29, 0, 1, 2, 1e29]), path=np.full((4, 2, 2), 1e29)),
        changed(steps=[7, 8, 100, 999_999_999], names=["<b>", "$x$"], axes=["<img src=x>", "%{x}"]),
    ],
    ids=["one point", "inf", "nan", "huge", "markup"],
)
def test_recording_of_extremes_can_be_shown(content: bytes):
    assert loaded(load(page(), content)) is not None


def test_format_on_the_page_has_every_array_of_a_file():
    table = next(each.value for each in page().markdown if "| `grid` |" in each.value)
    assert [line.split("`")[1] for line in table.splitlines()[2:]] == [name for name, *_ in own_run._arrays()]
    from landscape_lab.experiments.recordings.files import NAMES

    assert {name for name, *_ in own_run._arrays()} == set(NAMES)
    assert set(VALID) < set(NAMES)


def test_recorder_is_shown_as_it_is():
    assert RECORDER.read_text().strip() in [each.value.strip() for each in page().code]
