"""Maps on disk: whatever happens to the files, the command ends with the right bytes or with a sentence."""

import errno
import io
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments import Scenario
from landscape_lab.experiments.maps import Axis, files, store, sweep, tiles
from landscape_lab.experiments.maps.command import main
from landscape_lab.experiments.maps.plan import MapPlan
from landscape_lab.experiments.maps.store import Store

TEXT = "surface=himmelblau&lanes=momentum(learning_rate=0.01)&steps=20"
SIZE = 20
OTHER = "surface=himmelblau&lanes=momentum(learning_rate=0.02)&steps=20"


def plan(text: str) -> tuple[Scenario, tuple[Axis, Axis]]:
    """The scenario of a map, and its axes."""
    query = dict(part.split("=", 1) for part in text.split("&"))
    found = MapPlan.from_query(query | {"across": "x=-5:5", "up": "y=-5:5"})
    return found.scenario, found.sized(SIZE)


PLAN = plan(TEXT)


def command(out: Path, *more: str, text: str = TEXT) -> list[str]:
    return [text, "--x", "x=-5:5", "--y", "y=-5:5", "--size", str(SIZE), "--out", str(out), "--quiet", *more]


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiles of 8 by 8 cells, so that a small map has nine of them, whole ones and parts."""
    monkeypatch.setattr(tiles, "TILE", 8)
    monkeypatch.setattr("os.cpu_count", lambda: 1)


@pytest.fixture(scope="module")
def expected() -> bytes:
    """The file as it has to be, made without a store."""
    return files.npz_bytes(sweep(*PLAN))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> "list[None]":
    """A list that grows with every tile that is computed."""
    found: list[None] = []
    run_tile = store.run_tile
    monkeypatch.setattr(store, "run_tile", lambda *arguments: (found.append(None), run_tile(*arguments))[1])
    return found


def interrupted(out: Path, after: int = 5, text: str = TEXT) -> Path:
    """The file of tiles that a run leaves which is stopped after so many tiles."""
    run_tile, calls = store.run_tile, []

    def stopping(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) > after:
            raise KeyboardInterrupt
        return run_tile(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "run_tile", stopping)
        patch.setattr(store, "AHEAD", 1)
        assert main(command(out, text=text)) == 130
    return out.with_name(out.name + ".tiles")


def offsets(out: Path) -> list[int]:
    return Store(*PLAN, "loss", out)._offsets


def one_line(capsys: pytest.CaptureFixture) -> str:
    """What was said on stderr: one sentence."""
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def test_file_is_that_of_the_page_and_of_numpy(tmp_path: Path, expected: bytes):
    out = tmp_path / "map.npz"
    assert main(command(out)) == 0
    assert out.read_bytes() == expected
    file = io.BytesIO()
    np.savez(file, **files.contents(sweep(*PLAN)))
    assert file.getvalue() == expected


def test_a_run_that_is_stopped_continues(tmp_path: Path, expected: bytes, runs: list, capsys: pytest.CaptureFixture):
    out = tmp_path / "map.npz"
    interrupted(out)
    assert "The same command continues" in capsys.readouterr().err
    before = len(runs)
    assert main(command(out)) == 0
    assert out.read_bytes() == expected and list(tmp_path.iterdir()) == [out]
    assert 0 < len(runs) - before < 9


Change = Callable[[bytes, list[int]], bytes]
DAMAGES: dict[str, Change] = {
    "empty": lambda data, at: b"",
    "one byte": lambda data, at: data[:1],
    "cut in the header": lambda data, at: data[: at[0] // 2],
    "header only": lambda data, at: data[: at[0]],
    "cut in a tile": lambda data, at: data[: at[2] - 7],
    "cut before the last byte of a tile": lambda data, at: data[: at[3] - 1],
    "longer": lambda data, at: data + b"\1" * 100_000,
    "zeros": lambda data, at: b"\0" * len(data),
    "zeros after the header": lambda data, at: data[: at[0]] + b"\0" * (len(data) - at[0]),
    "a hole in a tile": lambda data, at: data[: at[1] + 30] + b"\0" * 50 + data[at[1] + 80 :],
    "ones": lambda data, at: data[: at[0]] + b"\xff" * (len(data) - at[0]),
    "two tiles have changed places": lambda data, at: (
        data[: at[0]] + data[at[1] : at[2]] + data[at[0] : at[1]] + data[at[2] :]
    ),
    "moved by a byte": lambda data, at: data[: at[0]] + b"\0" + data[at[0] :],
}
FOREIGN: dict[str, Change] = {
    "garbage": lambda data, at: np.random.default_rng(1).bytes(5000),
    "text": lambda data, at: b"x,y\n1,2\n",
    "another header": lambda data, at: data.replace(b'"metric": "loss"', b'"metric": "last"'),
    "another shape": lambda data, at: data.replace(b"[20, 20]", b"[20, 21]"),
    "a header that is cut short": lambda data, at: data[:40] + data[60:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_tiles_are_computed_again(damage: str, tmp_path: Path, expected: bytes):
    out = tmp_path / "map.npz"
    file = interrupted(out)
    file.write_bytes(DAMAGES[damage](file.read_bytes(), offsets(out)))
    assert main(command(out)) == 0
    assert out.read_bytes() == expected and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_that_does_not_hold_this_map_is_left_alone(what: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    out = tmp_path / "map.npz"
    file = interrupted(out)
    capsys.readouterr()
    data = FOREIGN[what](file.read_bytes(), offsets(out))
    file.write_bytes(data)
    for more in ((), ("--force",)):
        assert main(command(out, *more)) == 2
        assert "does not hold tiles of this map" in one_line(capsys)
    assert file.read_bytes() == data and list(tmp_path.iterdir()) == [file]


def test_tiles_of_another_map_count_for_nothing_even_behind_the_right_header(tmp_path: Path, expected: bytes):
    out, other = tmp_path / "map.npz", tmp_path / "other.npz"
    file, foreign = interrupted(out, 2), interrupted(other, 7, text=OTHER)
    begin = offsets(out)[0]
    tiles_of_other = foreign.read_bytes()[Store(*plan(OTHER), "loss", other)._offsets[0] :]
    file.write_bytes(file.read_bytes()[:begin] + tiles_of_other)
    assert main(command(out)) == 0
    assert out.read_bytes() == expected


def test_no_changed_byte_goes_unnoticed(tmp_path: Path, expected: bytes, capsys: pytest.CaptureFixture):
    out = tmp_path / "map.npz"
    file = interrupted(out)
    whole, begin, end = file.read_bytes(), offsets(out)[0], offsets(out)[-1]
    rng = np.random.default_rng(0)
    for place in [*rng.integers(0, begin, 10), *rng.integers(begin, end, 25), *rng.integers(end, len(whole), 3)]:
        changed = bytearray(whole)
        changed[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(changed)
        if place < begin:
            assert main(command(out)) == 2
        else:
            assert main(command(out)) == 0
            assert out.read_bytes() == expected
            out.unlink()


def test_a_finished_map_is_not_computed_again(
    tmp_path: Path, expected: bytes, runs: list, capsys: pytest.CaptureFixture
):
    out = tmp_path / "map.npz"
    file = interrupted(out)
    saved = file.read_bytes()
    assert main(command(out)) == 0
    file.write_bytes(saved)  # as a process that is killed at the last moment leaves it
    before, made = len(runs), out.stat().st_mtime_ns
    capsys.readouterr()
    assert main([word for word in command(out) if word != "--quiet"]) == 0
    assert "was finished before" in capsys.readouterr().out
    assert (len(runs), out.stat().st_mtime_ns) == (before, made)
    assert list(tmp_path.iterdir()) == [out]
    assert main(command(out, "--force")) == 0
    assert len(runs) == before + 9 and out.read_bytes() == expected


def cut(data: bytes) -> list[bytes]:
    return [data[:length] for length in np.linspace(0, len(data) - 1, 40).astype(int)]


def flipped(data: bytes) -> list[bytes]:
    """Changes of single bytes of the arrays, of their headers and of the directory."""
    changed = []
    for place in np.linspace(0, len(data) - 1, 60).astype(int):
        changed.append(bytearray(data))
        changed[-1][place] ^= 0x55
    return [bytes(each) for each in changed]


def test_a_finished_file_is_replaced_only_with_force(tmp_path: Path, expected: bytes, capsys: pytest.CaptureFixture):
    out = tmp_path / "map.npz"
    assert main(command(out, text=OTHER)) == 0
    another = out.read_bytes()
    other_arrays = io.BytesIO()
    np.savez(other_arrays, outcomes=np.zeros(3))
    for data in (b"", b"a text\n", another, other_arrays.getvalue(), *cut(expected)):
        out.write_bytes(data)
        assert main(command(out)) == 2
        assert "does not hold this map" in one_line(capsys) and out.read_bytes() == data
    assert list(tmp_path.iterdir()) == [out]
    assert main(command(out, "--force")) == 0
    assert out.read_bytes() == expected


def test_a_changed_byte_of_a_finished_file_is_noticed_or_changes_no_number(
    tmp_path: Path, expected: bytes, capsys: pytest.CaptureFixture
):
    out, noticed = tmp_path / "map.npz", 0
    good = dict(np.load(io.BytesIO(expected)))
    for data in flipped(expected):
        out.write_bytes(data)
        if main(command(out)) == 2:
            noticed += 1
            assert one_line(capsys)
        else:
            with np.load(out) as found:
                assert all(found[name].tobytes() == array.tobytes() for name, array in good.items())
    assert noticed > 50


def test_out_has_to_be_a_file_in_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "file").write_text("not a folder")
    (tmp_path / "folder").mkdir()
    (tmp_path / "taken.npz.tiles").mkdir()
    (tmp_path / "loop.npz.tiles").symlink_to("loop.npz.tiles")
    places = {
        "folder": "is a folder",
        ".": "is a folder",
        "missing/map.npz": "There is no folder",
        "file/map.npz": "There is no folder",
        "taken.npz": "cannot be read or written",
        "loop.npz": "cannot be read or written",
        "n" * 300: "cannot be read or written",
    }
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        places["pipe"] = "is no ordinary file"
    before = sorted(tmp_path.rglob("*"))
    for place, sentence in places.items():
        assert main(command(tmp_path / place)) == 2, place
        assert sentence in one_line(capsys), place
    assert main(command(Path(""))) == 2
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder in which nobody may write")
def test_a_folder_in_which_one_may_not_write_gets_a_sentence(capsys: pytest.CaptureFixture):
    assert main(command(Path("/sys/map.npz"))) == 2
    assert "“map.npz.tiles” cannot be read or written: " in one_line(capsys)


def test_another_process_with_the_same_map_waits_for_its_turn(
    tmp_path: Path, expected: bytes, capsys: pytest.CaptureFixture
):
    pytest.importorskip("fcntl")
    out = tmp_path / "map.npz"
    with Store(*PLAN, "loss", out):
        assert main(command(out)) == 2
        assert "Another process is computing “map.npz”" in one_line(capsys)
        assert main(command(out, "--force", text=OTHER)) == 2
        assert "Another process" in one_line(capsys)
    assert main(command(out)) == 0
    assert out.read_bytes() == expected


def test_a_process_that_finishes_while_another_one_begins_does_no_harm(
    tmp_path: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch
):
    """The second one has opened the file of tiles that the first one removes before it has locked it."""
    fcntl = pytest.importorskip("fcntl")
    out, raced = tmp_path / "map.npz", []
    interrupted(out)
    lock = fcntl.flock

    def late(file: Any, how: int) -> None:
        if not raced:
            raced.append(None)
            assert main(command(out)) == 0
        lock(file, how)

    monkeypatch.setattr(store.fcntl, "flock", late)
    assert main(command(out)) == 0
    assert raced and out.read_bytes() == expected and list(tmp_path.iterdir()) == [out]


# A full disk


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may become larger, by the system's own limit."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refuses(number: int) -> Callable[..., None]:
    def refuse(*_arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_room_is_taken_before_any_work(tmp_path: Path, runs: list, capsys: pytest.CaptureFixture):
    out = tmp_path / "map.npz"
    if not hasattr(os, "posix_fallocate"):
        pytest.skip("room cannot be taken here")
    with largest_file(offsets(out)[-1]):
        assert main(command(out)) == 2
    assert "There is no room" in one_line(capsys)
    assert not runs and list(tmp_path.iterdir()) == []
    with Store(*PLAN, "loss", out) as held:
        size = held.path.stat()
        assert size.st_size > 2 * 13 * SIZE**2 and 512 * size.st_blocks >= size.st_size


@pytest.mark.parametrize(("free", "words"), [(0, "0 bytes"), (999, "999 bytes"), (5000, "5.0 kB")])
def test_a_small_disk_is_told_in_units_that_say_something(
    free: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(free, 0, free))
    assert main(command(tmp_path / "map.npz")) == 2
    said = one_line(capsys)
    assert f" kB on disk, and {words} are free." in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (-5, "0 bytes"), (12_345, "12.3 kB"), (5e7, "50.0 MB"), (2.8e10, "28.0 GB")]
)
def test_sizes_have_a_unit_that_fits(count: float, words: str):
    assert store._size(int(count)) == words


@pytest.mark.parametrize("can_reserve", ["not supported", "absent"])
def test_a_disk_that_is_full_half_way_loses_nothing(
    can_reserve: str,
    tmp_path: Path,
    expected: bytes,
    runs: list,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
):
    """Where no room can be taken beforehand, a tile or the finished file may find none."""
    out = tmp_path / "map.npz"
    if can_reserve == "absent":
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    else:
        monkeypatch.setattr(os, "posix_fallocate", refuses(errno.EOPNOTSUPP), raising=False)
    ends = offsets(out)
    for limit, computed in ((ends[0] - 9, 0), (ends[0], 0), (ends[5] - 1, 5), (ends[9], 4), (ends[9] + 50, 0)):
        before = len(runs)
        with largest_file(limit):
            assert main(command(out)) == 2
        assert "There is no room" in one_line(capsys)
        assert len(runs) - before <= computed + store.AHEAD
        assert list(tmp_path.iterdir()) == [out.with_name("map.npz.tiles")]
    before = len(runs)
    assert main(command(out)) == 0
    assert len(runs) == before, "all tiles were kept"
    assert out.read_bytes() == expected


def test_a_failing_disk_gets_a_sentence_wherever_it_fails(
    tmp_path: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """An error of the n-th write, for every n, then the same command again."""
    out, sentences = tmp_path / "map.npz", 0
    write = Store._write
    for broken in range(12):
        left = [broken]

        def failing(self: Store, data: bytes, offset: int, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                write(self, data[: len(data) // 2], offset)
                raise OSError(errno.EIO, "Input/output error")
            write(self, data, offset)

        monkeypatch.setattr(Store, "_write", failing)
        if main(command(out)) == 2:
            sentences += 1
            assert "Input/output error" in one_line(capsys)
        monkeypatch.setattr(Store, "_write", write)
        assert main(command(out)) == 0
        assert out.read_bytes() == expected and list(tmp_path.iterdir()) == [out]
        out.unlink()
    assert sentences == 10


@pytest.mark.parametrize("name", ["replace", "fsync"])
def test_a_failure_at_the_end_keeps_the_tiles(
    name: str, tmp_path: Path, expected: bytes, runs: list, monkeypatch: pytest.MonkeyPatch
):
    out = tmp_path / "map.npz"
    with monkeypatch.context() as patch:
        patch.setattr(os, name, refuses(errno.EIO))
        assert main(command(out)) == 2
    assert list(tmp_path.iterdir()) == [out.with_name("map.npz.tiles")]
    before = len(runs)
    assert main(command(out)) == 0
    assert len(runs) == before and out.read_bytes() == expected


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs to mount a small disk")
def test_a_small_disk_that_is_really_full(tmp_path: Path, expected: bytes, capsys: pytest.CaptureFixture):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", disk], capture_output=True).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        out, other = disk / "map.npz", disk / "other"
        other.write_bytes(bytes(65536))
        assert main(command(out)) == 2
        assert "on disk, and 65.5 kB are free" in one_line(capsys)
        other.unlink()
        assert main(command(out)) == 0
        assert out.read_bytes() == expected
    finally:
        subprocess.run(["umount", disk], check=True)
