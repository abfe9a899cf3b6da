"""The command that writes trainings of networks, and recordings from files, as pictures and pages."""

import base64
import gzip
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from landscape_lab import command
from landscape_lab.draw_recording import RECORDING_WRITERS
from landscape_lab.experiments.networks import NetworkScenario, record, train
from landscape_lab.experiments.recordings import read_recording
from landscape_lab.figures.figure_words import Words
from landscape_lab.figures.recording_figures import run_labels
from tests.experiments.recordings.test_files import TREE, VALID, changed, packed
from tests.ui.sharing.test_live_file import unpack

QUERY = {
    "data": "moons(n=30,validation=20)",
    "widths": "4",
    "batch": "10",
    "epochs": "2",
    "lanes": "gradient_descent,adam",
}
LINK = "networks?" + "&".join(f"{name}={value}" for name, value in QUERY.items())
SVG = "{http://www.w3.org/2000/svg}text"


def drawn(folder: Path, ending: str, *more: str, link: str = LINK) -> bytes:
    file = folder / f"picture.{ending}"
    assert command.main(["draw", link, "--out", str(file), "--force", *more]) == 0
    return file.read_bytes()


def texts(svg: bytes) -> set[str | None]:
    return {node.text for node in ET.fromstring(svg).iter(SVG)}


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "mine.npz").write_bytes(changed(drawn=2 * VALID["loss"], shares=[0.4, 0.96], diverged=None))
    return str(tmp_path / "mine.npz")


def test_training_of_a_link_is_written_and_read_again(tmp_path: Path):
    scenario = NetworkScenario.from_query(QUERY)
    made, read = record(train(scenario)), read_recording(drawn(tmp_path, "npz"))
    for name in ("grid", "path", "loss", "distance", "drawn", "shares"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    assert read.names == ("Gradient descent", "Adam") and read.optimizers == ("gradient_descent", "adam")
    assert texts(drawn(tmp_path, "svg")) >= set(run_labels(made, Words()))


def test_address_of_the_page_is_a_link(tmp_path: Path):
    written = drawn(tmp_path, "npz", link=f"http://127.0.0.1:8501/{LINK}&lang=zh&plane=random&plane_seed=3")
    made = record(train(NetworkScenario.from_query(QUERY)), "random", seed=3)
    np.testing.assert_array_equal(read_recording(written).grid, made.grid)


def test_picture_states_true_and_drawn_losses_and_the_share(tmp_path: Path, file: str):
    expected = {"SGD: loss 0.1, drawn 0.2", "亚当: loss 0.1, drawn 0.2", "The plane holds 40 to 96 % of each path."}
    assert expected <= texts(drawn(tmp_path, "svg", link=file))
    (page,) = PdfReader(io.BytesIO(drawn(tmp_path, "pdf", link=file))).pages
    assert "The plane holds 40 to 96 % of each path." in page.extract_text()
    with Image.open(io.BytesIO(drawn(tmp_path, "png", "--size", "500x400", "--theme", "dark", link=file))) as picture:
        assert picture.height == 800 and picture.width <= 1000 and np.asarray(picture)[1, 1].max() < 60


def test_picture_speaks_the_language_that_was_chosen(tmp_path: Path):
    shown = texts(drawn(tmp_path, "svg", "--language", "zh"))
    starts = {text[:4] for text in shown if text}
    assert {"第一主成", "第二主成", "损失", "梯度下降", "平面包含"} <= starts


def test_live_page_has_the_recording(tmp_path: Path, file: str):
    packed = re.search(rb'id="message">([^<]*)<', drawn(tmp_path, "html", link=file))
    assert packed
    tree = unpack(gzip.decompress(base64.b64decode(packed[1])))
    assert [lane["name"] for lane in tree["race"]["lanes"]] == ["SGD", "亚当"]
    assert tree["recording"]["share"] == "The plane holds 40 to 96 % of each path."


WRONG = [
    ([LINK, "--out", "race.gif"], f"“race.gif” ends in none of {', '.join(RECORDING_WRITERS)}."),
    ([LINK + "&plane=round", "--out", "race.png"], "There is no plane called “round”."),
    (["networks?mass=1", "--out", "race.png"], "“mass” that means nothing here"),
    (["networks?widths=999", "--out", "race.png"], "A layer has 1 to 256 units"),
    (["nowhere.npz", "--out", "race.png"], "nowhere.npz cannot be read: No such file or directory."),
    (["empty.npz", "--out", "race.png"], "neither an .npz archive nor JSON"),
    (["large.npz", "--out", "race.png"], "too large: at most 5 MB"),
    (["tree.json", "--out", "race.png", "--size", "200x200"], "The picture is too small"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_error_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "large.npz").write_bytes(b"PK" + bytes(5_000_001))
    (tmp_path / "tree.json").write_text(str(TREE).replace("'", '"').replace("None", "null"))
    assert command.main(["draw", *arguments]) == 2
    out, err = capsys.readouterr()
    assert sentence in err and len(err.splitlines()) == 1 and out == ""


def test_surface_between_its_points_is_smooth_and_exact_at_them(tmp_path: Path):
    from landscape_lab.figures.surface_grid import SampledSurface

    xs, ys = np.array([0.0, 0.5, 1.5, 2.0, 3.0]), np.linspace(-1, 1, 6)
    losses = 1 + 2 * xs - 3 * ys[:, None] + xs * ys[:, None]
    surface = SampledSurface(xs, ys, losses, ("a", "b"))
    np.testing.assert_allclose(surface.between(losses, xs, ys), losses, atol=1e-12)
    finer = np.linspace(0, 3, 40), np.linspace(1, -1, 30)
    np.testing.assert_allclose(
        surface.between(losses, *finer), 1 + 2 * finer[0] - 3 * finer[1][:, None] + finer[0] * finer[1][:, None]
    )
    losses[2, 2] = np.nan
    holes = np.isnan(surface.between(losses, *finer))
    inside = (np.abs(finer[0] - 1.25) < 0.75) & (np.abs(finer[1] + 0.2) < 0.4)[:, None]
    np.testing.assert_array_equal(holes, inside)


def test_losses_without_a_drawn_one_and_runs_that_diverged_have_labels():
    assert run_labels(read_recording(packed(**VALID)), Words()) == ["SGD: loss 0.1", "亚当: diverges"]
