"""The command that writes races to files: each format is read by another library, and errors are clear."""

import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader

from landscape_lab import Scenario, command, draw, race
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.export.record import read_record
from landscape_lab.experiments.scenarios.surfaces import losses_over
from tests.test_notebook import RUNNER
from tests.ui.sharing.test_live_file import lab_of

ROOT = Path(__file__).parents[1]
QUERY = {"surface": "himmelblau", "lanes": "adam(learning_rate=0.3),momentum", "steps": "12"}
TEXT = "&".join(f"{name}={value}" for name, value in QUERY.items())
LINK = f"http://127.0.0.1:8501/playground?{urlencode(QUERY)}&lang=zh&hidden=0&type=large"


def drawn(folder: Path, ending: str, *more: str, link: str = TEXT) -> bytes:
    file = folder / f"race.{ending}"
    assert command.main(["draw", link, "--out", str(file), "--force", *more]) == 0
    assert sorted(folder.iterdir()) == [file], "no other file may remain"
    return file.read_bytes()


@pytest.fixture(scope="module")
def run():
    return race(Scenario.from_query(QUERY))


# ---- kinds of files ----


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_animations_are_written(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    file = drawn(
        tmp_path, kind, "--seconds", "2.6", "--show", "map", "--size", "300x260", link=TEXT.replace("=12", "=120")
    )
    assert "of the 121 steps" in capsys.readouterr().out
    with Image.open(io.BytesIO(file)) as movie:
        movie.load()
        frames = getattr(movie, "n_frames", 1)
        assert movie.format == kind.upper() and 50 < frames <= draw.MOST_FRAMES
        assert max(movie.size) <= 300
        if kind == "gif":
            assert movie.info["duration"] == draw.SHORTEST
            movie.seek(frames - 1)
            assert movie.info["duration"] == 2000
    short = drawn(tmp_path, kind, "--seconds", "2.6", "--show", "map", "--size", "300x260")
    with Image.open(io.BytesIO(short)) as movie:
        assert getattr(movie, "n_frames", 1) == 13
        if kind == "gif":
            assert movie.info["duration"] == 200


def test_still_pictures_are_written(tmp_path: Path):
    with Image.open(io.BytesIO(drawn(tmp_path, "png", "--size", "500x400", "--theme", "dark"))) as picture:
        assert picture.width == 1000 and picture.height <= 800
        assert np.asarray(picture)[1, 1].max() < 60
    (tmp_path / "race.png").unlink()
    root = ET.fromstring(drawn(tmp_path, "svg"))
    texts = {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Himmelblau", "Adam", "Momentum"} <= texts
    (tmp_path / "race.svg").unlink()
    (page,) = PdfReader(io.BytesIO(drawn(tmp_path, "pdf"))).pages
    assert "Momentum" in page.extract_text()


def test_language_and_hidden_entries_follow_the_link(tmp_path: Path):
    root = ET.fromstring(drawn(tmp_path, "svg", "--language", "zh", link=LINK))
    texts = {node.text for node in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"动量法", "损失"} <= texts and "Adam" not in texts


@pytest.mark.parametrize("link", [TEXT, LINK], ids=["text", "address"])
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_records_have_every_point(kind: str, link: str, tmp_path: Path, run):
    file = drawn(tmp_path, kind, link=link)
    record = read_record(file)
    assert record.scenario == run.scenario and record.difference(run) is None
    assert record.view == ({"hidden": "0"} if link == LINK else {})
    if kind == "csv":
        table = pd.read_csv(io.BytesIO(file))
        assert list(table["name"].unique()) == ["Adam", "Momentum"]
        for (_entry, rows), path in zip(table.groupby("lane"), run.trajectories, strict=True):
            np.testing.assert_array_equal(np.asarray(rows[["x", "y"]]), path.points)


def test_live_page_is_written(tmp_path: Path):
    link = "http://127.0.0.1:8501/playground?surface=bowl&steps=20&hide=steps"
    lab = lab_of(drawn(tmp_path, "html", "--language", "zh", link=link))
    assert lab["hidden"] == ["race", "steps"] and lab["words"]["wrapper"] == "包装器"


def test_script_ends_at_the_last_point_of_the_entry(tmp_path: Path, run):
    text = drawn(tmp_path, "py", "--entry", "2").decode()
    done = subprocess.run(
        [sys.executable, "-c", text + "\nprint(*theta[:, 0].tolist())"], capture_output=True, text=True, check=True
    )
    end = [float(number) for number in done.stdout.splitlines()[-1].split()]
    np.testing.assert_allclose(end, run.trajectories[1].points[-1], rtol=1e-9)
    assert "import torch" in drawn(tmp_path, "py", "--library", "torch").decode()


def test_notebook_runs_and_shows_its_figures(tmp_path: Path, run):
    query = QUERY | {"lanes": 'adam(learning_rate=0.3,name="it\'s {0} `&<b>"),momentum'}
    notebook = json.loads(drawn(tmp_path, "ipynb", link="?" + urlencode(query)))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert all({"cell_type", "id", "metadata", "source"} <= set(cell) for cell in cells)
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    asked = [sys.executable, "-W", "error", "-c", RUNNER]
    done = subprocess.run(asked, cwd=ROOT, input=json.dumps(code), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [each["type"] for each in json.loads(done.stderr)].count("Figure") == 2
    assert "it's {0} `&<b>: " in done.stdout and f"loss {run.trajectories[1].losses[-1]:.4g}" in done.stdout


# ---- links ----


def test_link_of_a_lesson_draws_its_race(tmp_path: Path):
    file = drawn(tmp_path, "json", link="https://lab.example/sub/momentum?momentum=0.5&start=-1,0.5")
    expected = LESSONS["momentum"].from_query({"momentum": "0.5", "start": "-1,0.5"}).scenario
    assert read_record(file).scenario == expected


def test_user_data_are_given_by_their_file(tmp_path: Path, capsys: pytest.CaptureFixture):
    data, folder = tmp_path / "data.csv", tmp_path / "out"
    folder.mkdir()
    data.write_text("\n".join(["hours,points", *(f"{i},{2 * i + i % 3}" for i in range(12))]))
    link = f"surface={losses_over(data.read_bytes())['linear_regression'].key}&lanes=gradient_descent&steps=5"
    out = ["--out", str(folder / "race.csv")]
    assert draw.main([link, *out]) == 2
    assert "Load that file first" in capsys.readouterr().err
    assert draw.main([link, *out, "--data", str(data)]) == 0
    assert draw.main([link, "--out", str(folder / "race.ipynb"), "--data", str(data)]) == 2
    assert "does not hold your own data" in capsys.readouterr().err
    assert [file.name for file in folder.iterdir()] == ["race.csv"]


# ---- errors ----

WRONG = [
    ([TEXT, "--out", "race.bmp"], "“race.bmp” ends in none of gif, webp, png"),
    ([TEXT, "--out", "race"], "ends in none of"),
    ([TEXT, "--out", "there.png"], "there.png exists already: --force replaces it."),
    ([TEXT, "--out", "folder.png"], "folder.png is a folder."),
    ([TEXT, "--out", "nowhere/race.png"], "There is no folder nowhere."),
    ([TEXT, "--out", "x" * 300 + ".csv"], "cannot be written: File name too long."),
    (["surface=nowhere", "--out", "race.png"], "There is no surface called “nowhere”."),
    (["http://127.0.0.1/maps?across=x", "--out", "race.png"], "The page “maps” shows no race"),
    (["http://127.0.0.1/momentum?mass=1", "--out", "race.png"], "“mass” that means nothing here"),
    ([f"{TEXT}&hidden=7", "--out", "race.png"], "hides an entry that is not there"),
    ([f"{TEXT}&hidden=x", "--out", "race.png"], "hides entries by numbers"),
    ([f"{TEXT}&show=beauty", "--out", "race.csv"], "“beauty”, which means nothing here"),
    ([f"{TEXT}&hide=beauty", "--out", "race.csv"], "“beauty”, and there is no such control"),
    ([TEXT, "--out", "race.py", "--entry", "3"], "There is no entry 3: there are 2."),
    ([f"lanes={','.join(['adam'] * 12)}", "--out", "race.svg", "--size", "200x200"], "The picture is too small"),
    ([f"lanes={','.join(['adam'] * 12)}", "--out", "race.gif", "--size", "200x200"], "The picture is too small"),
]
UNREAD = [
    ([], "required: LINK, --out"),
    ([TEXT], "required: --out"),
    ([TEXT, "--out", "race.png", "--size", "9x9"], "from 200 to 4000 pixels a side"),
    ([TEXT, "--out", "race.png", "--size", "99999x300"], "from 200 to 4000 pixels a side"),
    ([TEXT, "--out", "race.gif", "--seconds", "nan"], "a number of seconds is above 0"),
    ([TEXT, "--out", "race.png", "--theme", "pink"], "invalid choice: 'pink'"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG + UNREAD)
def test_error_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.png").write_text("mine")
    (tmp_path / "folder.png").mkdir()
    if (arguments, sentence) in UNREAD:
        with pytest.raises(SystemExit) as done:
            command.main(["draw", *arguments])
        assert done.value.code == 2
    else:
        assert command.main(["draw", *arguments]) == 2
    out, err = capsys.readouterr()
    assert sentence in err and len(err.splitlines()) == 1 and out == ""
    assert sorted(os.listdir(tmp_path)) == ["folder.png", "there.png"]
    assert (tmp_path / "there.png").read_text() == "mine"


def test_interrupted_command_keeps_the_finished_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    def interrupted(*_arguments, progress, **_more):
        progress(0.5)
        raise KeyboardInterrupt

    monkeypatch.setattr(draw, "moving_picture", interrupted)
    csv, gif = tmp_path / "race.csv", tmp_path / "race.gif"
    gif.write_text("before")
    assert command.main(["draw", TEXT, "--out", str(csv), "--out", str(gif), "--force"]) == 130
    assert capsys.readouterr().err.startswith("Stopped.")
    assert sorted(tmp_path.iterdir()) == [csv, gif] and gif.read_text() == "before"


def test_full_disk_leaves_no_partial_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    def full(path: Path, content: bytes) -> None:
        with path.open("wb") as stream:
            stream.write(content[:10])
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert draw.main([TEXT, "--out", str(tmp_path / "race.csv")]) == 2
    assert "No space left on device." in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_only_the_live_page_and_translations_need_the_app(tmp_path: Path):
    """The other formats work when the package is installed without its extra “app”."""
    files = [str(tmp_path / f"race.{kind}") for kind in draw.WRITERS if kind != "html"]
    assert len(files) == 9
    code = f"""if True:
        import sys
        sys.modules["streamlit"] = None
        from landscape_lab.draw import main
        outs = [word for file in {files!r} for word in ("--out", file)]
        assert main([{TEXT!r}, *outs, "--quiet", "--size", "400x400"]) == 0
        assert main([{TEXT!r}, "--out", {str(tmp_path / "race.html")!r}]) == 2
        assert main([{TEXT!r}, "--out", {files[0]!r}, "--force", "--language", "zh"]) == 2
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and done.stderr.count('pip install "loss-landscape-lab[app]"') == 2
    assert sorted(map(str, tmp_path.iterdir())) == sorted(files)


def test_help_names_every_format_and_gives_examples(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as done:
        command.main(["draw", "--help"])
    assert done.value.code == 0
    text = capsys.readouterr().out
    assert text.count("landscape-lab draw ") >= 3 and "exit codes" in text
    assert all(kind in text for kind in draw.WRITERS)
