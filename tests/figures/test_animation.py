import io

import numpy as np
import pytest
from PIL import Image

from landscape_lab.figures.animation import (
    animation_frames,
    slow_start,
    write_animation,
)
from landscape_lab.figures.still import still_picture
from landscape_lab.figures.strokes import MOST_DASHES, dashes, inked, within_reach
from landscape_lab.figures.theme import DARK, LIGHT
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, run

BOWL = LANDSCAPES["bowl"]
ROSENBROCK = LANDSCAPES["rosenbrock"]
LABELS = ["Adam", "Gradient descent"]
SMALL = (320, 260)


@pytest.fixture(scope="module")
def race():
    adam = run(ROSENBROCK, OPTIMIZERS["adam"](learning_rate=0.1), ROSENBROCK.start, 40)
    lost = run(ROSENBROCK, OPTIMIZERS["gradient_descent"](learning_rate=0.1), ROSENBROCK.start, 40)
    return [adam, lost]


def pixels_of(frame: Image.Image, color: str) -> np.ndarray:
    """(k, 2) positions x, y of the pixels that are close to a colour."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    near = np.abs(np.asarray(frame, dtype=int) - wanted).max(axis=-1) <= 8
    return np.argwhere(near)[:, ::-1]


def test_frames_have_the_size_and_repeat_exactly(race):
    frames = animation_frames(ROSENBROCK, race, LABELS, [0, 10.5, 40], size=SMALL)
    again = animation_frames(ROSENBROCK, race, LABELS, [0, 10.5, 40], size=SMALL)
    (size,) = {frame.size for frame in frames}
    assert size[0] <= SMALL[0] and size[1] <= SMALL[1]
    assert [frame.tobytes() for frame in frames] == [frame.tobytes() for frame in again]


def test_paths_grow(race):
    counts = [
        len(pixels_of(frame, LIGHT.series[0])) for frame in animation_frames(ROSENBROCK, race, LABELS, [0, 15, 40])
    ]
    assert counts[0] < counts[1] < counts[2]


def test_head_is_at_the_current_point():
    """The bowl's view is square, so the pixel of a point follows from the corners of the map."""
    path = run(BOWL, OPTIMIZERS["gradient_descent"](learning_rate=0.1), (-1.0, 0.5), 10)
    frame = animation_frames(BOWL, [path], ["Gradient descent"], [0], size=(600, 500))[0]
    (x0, x1), (y0, y1) = BOWL.domain
    left, top, right, bottom = still_picture(BOWL, [path], ["Gradient descent"], size=(600, 500)).box
    on_map = pixels_of(frame, LIGHT.series[0])
    on_map = on_map[on_map[:, 1] < bottom]
    expected = [left + (-1 - x0) / (x1 - x0) * (right - left), top + (y1 - 0.5) / (y1 - y0) * (bottom - top)]
    np.testing.assert_allclose(on_map.mean(axis=0), expected, atol=1.5)


@pytest.mark.parametrize("dark", [False, True])
def test_colors_are_those_of_the_theme(race, dark):
    frame = animation_frames(ROSENBROCK, race, LABELS, [40], size=SMALL, dark=dark)[0]
    colors = DARK if dark else LIGHT
    assert frame.getpixel((2, 2)) == tuple(int(colors.paper[i : i + 2], 16) for i in (1, 3, 5))
    assert all(len(pixels_of(frame, color)) > 20 for color in colors.series[:2])


def test_valleys_are_darker_than_slopes():
    frame = np.asarray(animation_frames(BOWL, [], [], [0], size=SMALL)[0].convert("L"), dtype=float)
    middle, corner = frame[105:115, 100:110].mean(), frame[14:24, 14:24].mean()
    assert middle < corner - 20


def test_twelve_entries_fit_the_legend(race):
    labels = [f"an optimizer called {i}" for i in range(12)]
    frame = animation_frames(ROSENBROCK, race[:1] * 12, labels, [40], size=(720, 540))[0]
    for color in LIGHT.series:
        assert len(pixels_of(frame.crop((0, 330, *frame.size)), color)) > 20


def test_slow_start_shows_every_part_of_the_run():
    moments = slow_start(500, 60)
    assert (moments[0], moments[-1], len(moments)) == (0, 500, 60)
    gaps = np.diff(moments)
    assert (gaps > 0).all() and gaps[0] < gaps[-1]


@pytest.mark.parametrize(("kind", "milliseconds"), [("gif", 50), ("webp", 40)])
def test_files_have_the_given_frames_and_durations(race, kind, milliseconds, tmp_path):
    frames = animation_frames(ROSENBROCK, race, LABELS, [0, 5, 20, 40], size=SMALL)
    write_animation(frames, tmp_path / f"race.{kind}", milliseconds=milliseconds, hold=900)
    stream = io.BytesIO()
    write_animation(frames, stream, kind=kind, milliseconds=milliseconds, hold=900)
    assert (tmp_path / f"race.{kind}").read_bytes() == stream.getvalue()
    durations = []
    with Image.open(stream) as opened:
        assert opened.size == frames[0].size
        for i, frame in enumerate(frames):
            opened.seek(i)
            difference = np.abs(np.asarray(opened.convert("RGB"), dtype=int) - np.asarray(frame, dtype=int))
            durations.append(opened.info["duration"])
            assert difference.mean() < 3
        assert getattr(opened, "n_frames", 1) == 4
        assert opened.info.get("loop") == 0
    assert durations == [milliseconds] * 3 + [900]


def test_unknown_format_and_empty_frames_are_refused(race, tmp_path):
    frames = animation_frames(ROSENBROCK, race, LABELS, [0], size=SMALL)
    with pytest.raises(ValueError, match="gif or a webp"):
        write_animation(frames, tmp_path / "race.mp4")
    with pytest.raises(ValueError, match="at least one frame"):
        write_animation([], tmp_path / "race.gif")


def test_path_is_clipped_at_the_edge_and_keeps_its_direction():
    far = np.array([[1.0, 2.0], [3.0, 2.0], [3.0 + 4e6, 2.0 + 3e6], [np.inf, np.nan]])
    [piece] = within_reach(far, 103.0)
    np.testing.assert_allclose(piece, [[1, 2], [3, 2], [103, 77]])


def test_path_that_returns_to_the_view_has_two_pieces():
    there_and_back = np.array([[0.0, 0.0], [200.0, 0.0], [200.0, 50.0], [0.0, 50.0], [0.0, 60.0]])
    first, second = within_reach(there_and_back, 100.0)
    np.testing.assert_allclose(first, [[0, 0], [100, 0]])
    np.testing.assert_allclose(second, [[100, 50], [0, 50], [0, 60]])
    [passing] = within_reach(np.array([[-300.0, 10.0], [300.0, 10.0]]), 100.0)
    np.testing.assert_allclose(passing, [[-100, 10], [100, 10]])
    assert within_reach(np.array([[-300.0, 110.0], [300.0, 110.0]]), 100.0) == []
    assert within_reach(np.array([[np.nan, 1.0], [1.0, 1.0]])) == []


def test_axis_parallel_path_is_clipped_or_omitted():
    [piece] = within_reach(np.array([[-300.0, 10.0], [300.0, 10.0], [300.0, 400.0]]), 100.0)
    np.testing.assert_allclose(piece, [[-100, 10], [100, 10]])
    assert within_reach(np.array([[200.0, -1e300], [200.0, 1e300]]), 100.0) == []


def test_dashes_have_the_given_lengths():
    path = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 7.0]])
    pieces = dashes(path, (4, 2))
    np.testing.assert_allclose(pieces[0], [[0, 0], [4, 0]])
    np.testing.assert_allclose(pieces[1], [[6, 0], [10, 0]])
    np.testing.assert_allclose(pieces[2], [[10, 2], [10, 6]])
    assert len(pieces) == 3
    assert dashes(path, ())[0] is path


def test_long_oscillating_path_has_a_bounded_number_of_dashes():
    """Without the bound, this path would have about ten million dashes."""
    path = 1e6 * np.array([[(-1.0) ** i, 0.001] for i in range(5001)])
    pieces = within_reach(path)
    assert len(pieces) == 5000
    assert len(inked(pieces, (9, 5))) <= MOST_DASHES + 5000
    one = np.array([[3000.0 * (-1) ** i, 0.0] for i in range(5001)])
    drawn = dashes(one, (9, 5))
    assert len(drawn) == MOST_DASHES
    assert drawn[-1][-1].tolist() == one[-1].tolist()
