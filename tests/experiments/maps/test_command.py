"""Maps from the command line: the same numbers as in memory, also when the process is killed half way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.maps import Axis, sweep
from landscape_lab.experiments.maps.command import main
from landscape_lab.experiments.maps.plan import MAPS, MapPlan
from landscape_lab.experiments.maps.store import CHECKSUM
from landscape_lab.experiments.maps.tiles import TILE
from landscape_lab.experiments.scenarios.surfaces import by_key, losses_over, roles_of, table_of
from landscape_lab.experiments.scenarios.view import EXERCISE_NAMES, VIEW_NAMES
from landscape_lab.ui import state

ROOT = Path(__file__).parents[3]
TEXT = "surface=rosenbrock&lanes=adam,momentum(learning_rate=0.002)&steps=100&start=-1.5,2"
AXES = ["--x", "learning_rate=1e-4:0.01:log", "--y", "momentum=0:0.99"]


def command(out: Path, size: int, *more: str) -> list[str]:
    return [TEXT, *AXES, "--entry", "2", "--size", str(size), "--out", str(out), *more]


def test_file_has_the_numbers_of_the_map(tmp_path: Path):
    out = tmp_path / "map.npz"
    assert main(command(out, 100, "--quiet")) == 0
    found = np.load(out)
    entries = "momentum(learning_rate=0.002)"
    plan = MAPS["edge"].plan.from_query({"surface": "rosenbrock", "lanes": entries, "steps": "100", "start": "-1.5,2"})
    axes = (Axis("learning_rate", 1e-4, 0.01, "log", 100), Axis("momentum", 0, 0.99, count=100))
    expected = sweep(plan.scenario, axes)
    for name, array in expected.arrays.items():
        assert found[name].dtype == array.dtype
        assert found[name].tobytes() == array.tobytes(), name
    assert found["axes"].tolist() == [axis.text for axis in axes]
    assert str(found["scenario"]) == plan.alone(plan.mapped[0]).text
    assert list(tmp_path.iterdir()) == [out], "nothing else is left behind"


def finished_tiles(out: Path, count: int) -> int:
    """How many of so many whole tiles stand in the file of a process that may be writing it."""
    try:
        with out.with_name(out.name + ".tiles").open("rb") as file:
            begin, record = file.read(4096).find(b"}\n") + 2, CHECKSUM + 13 * TILE**2
            return sum(any(os.pread(file.fileno(), CHECKSUM, begin + i * record)) for i in range(count))
    except FileNotFoundError:
        return 0


def test_killed_at_any_time_it_goes_on_to_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture):
    whole, killed = tmp_path / "whole.npz", tmp_path / "killed.npz"
    size, tiles = 6 * TILE, 36
    slow = [TEXT.replace("steps=100", "steps=600"), *command(killed, size, "--quiet")[1:]]
    assert main([*slow, "--out", str(whole)]) == 0
    seen = []
    for more in (3, 12):
        process = subprocess.Popen(
            [sys.executable, "-m", "landscape_lab", "map", *slow],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and finished_tiles(killed, tiles) < more:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGSTOP)  # it holds its lock, and can finish nothing meanwhile
        assert main(slow) == 2
        assert "Another process is computing" in capsys.readouterr().err
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not killed.exists(), "it was done before it could be killed: the test tests nothing"
        seen.append(finished_tiles(killed, tiles))
    assert 3 <= seen[0] < tiles and seen[0] <= seen[1]
    assert main(slow) == 0
    assert killed.read_bytes() == whole.read_bytes()
    assert sorted(tmp_path.iterdir()) == [killed, whole]


def test_link_of_the_app_is_a_map(tmp_path: Path):
    out = tmp_path / "map.npz"
    plan = MAPS["two_weights"].plan
    looks = {name: "1" for name in (*VIEW_NAMES, *EXERCISE_NAMES, *state.READER, "finest")}
    link = f"http://127.0.0.1:8501/maps?{urlencode(plan.to_query() | looks | {'at': '0.8,0.9'})}"
    assert main([link, "--size", "8", "--out", str(out), "--quiet"]) == 0
    assert np.load(out)["outcomes"].tobytes() == sweep(plan.scenario, plan.sized(8)).outcomes.tobytes()


def test_own_data_come_with_their_file(tmp_path: Path, capsys: pytest.CaptureFixture):
    data, out = tmp_path / "data.csv", tmp_path / "map.npz"
    data.write_text("\n".join(["hours,points", *(f"{i},{2 * i + i % 3}" for i in range(12))]))
    loss = losses_over(data.read_bytes())["linear_regression"]
    asked = [f"surface={loss.key}&lanes=gradient_descent&steps=20", "--size", "4", "--out", str(out), "--quiet"]
    assert main(asked) == 2
    assert "Load that file first" in capsys.readouterr().err
    assert main([*asked, "--data", str(tmp_path / "no.csv")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
    assert main([*asked, "--data", str(tmp_path)]) == 2
    assert "cannot be read: Is a directory" in capsys.readouterr().err
    if Path("/dev/zero").exists():  # a file without an end
        assert main([*asked, "--data", "/dev/zero"]) == 2
        assert "is larger than" in capsys.readouterr().err
    (tmp_path / "bad.csv").write_text("hours,points\n1,two\n")
    assert main([*asked, "--data", str(tmp_path / "bad.csv")]) == 2
    assert "10 to 10000 can be used" in capsys.readouterr().err
    assert main([*asked, "--data", str(data)]) == 0
    scenario = Scenario.from_query({"surface": loss.key, "lanes": "gradient_descent", "steps": "20"}, by_key([loss]))
    plan = MapPlan.from_query(scenario.to_query(), by_key([loss])).sized(4)
    assert np.load(out)["loss"].tobytes() == sweep(scenario, plan).values.tobytes()


def test_plus_in_a_plain_text_is_a_plus(tmp_path: Path):
    out = tmp_path / "map.npz"
    text = 'surface=formula(text="x^2 + y^2")&lanes=gradient_descent&steps=20'
    assert main([text, "--size", "4", "--out", str(out), "--quiet"]) == 0
    assert "x^2 + y^2" in str(np.load(out)["scenario"])


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--size", "1000000"], "1,000,000,000,000 cells is too large"),
        (["--size", "0"], "1 to 1,048,576 cells"),
        (["--entry", "3"], "no entry 3"),
        (["--x", "beauty=0:1"], "No entry has both"),
    ],
)
def test_what_cannot_be_gets_a_sentence(more: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main([*command(tmp_path / "map.npz", 8, "--quiet"), *more]) == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_help_speaks_of_the_cluster(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    assert done.value.code == 0
    assert "LOSS_LANDSCAPE_SCHEDULER" in capsys.readouterr().out


def test_columns_and_held_out_rows_come_with_the_command(tmp_path: Path, capsys: pytest.CaptureFixture):
    data, out = tmp_path / "data.csv", tmp_path / "map.npz"
    data.write_text("\n".join(["u;v;w", *(f"{i * i % 7},5;{i % 5};{2 * i + i % 3},25" for i in range(12))]))
    table = table_of(data.read_bytes())
    own = by_key(losses_over(table, roles_of(table, "u,w")).values())
    key = next(iter(own))
    text = f"surface={key}(held_out_share=0.25)&lanes=gradient_descent&steps=20"
    asked = [text, "--size", "4", "--out", str(out), "--quiet", "--data", str(data)]
    assert main(asked) == 2, "other columns are other data"
    assert main([*asked, "--columns", "u,q"]) == 2
    assert "no column “q”" in capsys.readouterr().err
    for columns in ("u,w", "1,3"):
        out.unlink(missing_ok=True)
        assert main([*asked, "--columns", columns]) == 0
        scenario = Scenario.from_query(dict(part.split("=", 1) for part in text.split("&")), own)
        plan = MapPlan.from_query(scenario.to_query(), own).sized(4)
        assert np.load(out)["loss"].tobytes() == sweep(scenario, plan).values.tobytes()
