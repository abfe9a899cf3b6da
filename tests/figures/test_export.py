import io
import threading

import pytest
from PIL import Image

from landscape_lab.figures import export
from landscape_lab.figures.animation import whole_steps
from landscape_lab.figures.export import HOLD, KINDS, MOST_FRAMES, moving_picture, qr_code
from landscape_lab.figures.theme import LIGHT
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, run

ROSENBROCK = LANDSCAPES["rosenbrock"]
SMALL = (240, 220)


def movie(kind: str, steps: int, **more):
    path = run(ROSENBROCK, OPTIMIZERS["adam"](learning_rate=0.1), ROSENBROCK.start, steps)
    return moving_picture(ROSENBROCK, [path], ["Adam"], steps, kind, size=SMALL, **more)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [1, 12])
def test_file_has_the_stated_number_of_frames(kind, steps):
    made = movie(kind, steps)
    with Image.open(io.BytesIO(made.file)) as opened:
        assert opened.format == kind.upper() and all(
            side <= most for side, most in zip(opened.size, SMALL, strict=True)
        )
        assert getattr(opened, "n_frames", 1) == made.frames == steps + 1
        opened.seek(made.frames - 1)
        opened.load()
        assert opened.info["duration"] == HOLD


@pytest.mark.parametrize("steps", [0, 1, 2, 50, 99, 100, 101, 500, 4999, 5000])
def test_long_race_is_thinned_and_keeps_its_first_and_last_step(steps):
    chosen = whole_steps(steps, MOST_FRAMES)
    assert (chosen[0], chosen[-1]) == (0, steps)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == steps + 1 if steps < MOST_FRAMES else 0.7 * MOST_FRAMES < len(chosen) <= MOST_FRAMES


def test_longest_race_has_at_most_the_allowed_frames(monkeypatch):
    monkeypatch.setattr(export, "MOST_FRAMES", 5)
    assert movie("gif", 5000).frames <= 5


def test_progress_increases_and_can_cancel_the_drawing():
    heard = []
    movie("gif", 4, progress=heard.append)
    assert heard == sorted(heard) and heard[0] == 0 and len(heard) == 5 and max(heard) < 1

    def over(_part: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        movie("gif", 4, progress=over)
    assert movie("gif", 1).frames == 2  # the lock was released


def test_only_one_movie_is_drawn_at_a_time():
    waiting, going_on = threading.Event(), threading.Event()
    heard = []

    def first(_part: float) -> None:
        waiting.set()
        assert going_on.wait(60)

    def second(part: float) -> None:
        heard.append((part, going_on.is_set()))
        going_on.set()

    drawing = threading.Thread(target=movie, args=("gif", 1), kwargs={"progress": first})
    drawing.start()
    assert waiting.wait(60)
    movie("gif", 1, progress=second)
    drawing.join(60)
    assert heard[0] == (0.0, False), "a waiting caller must be notified"


def test_qr_code_is_dark_on_light_and_rejects_links_beyond_its_capacity():
    code = qr_code("http://127.0.0.1:8501/playground?v=1", LIGHT)
    assert code is not None and code.startswith("<svg") and LIGHT.ink in code
    assert qr_code("x" * 2953, LIGHT) is not None
    assert qr_code("x" * 2954, LIGHT) is None
