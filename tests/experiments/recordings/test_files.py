"""Recordings as files: what is written is read again, and a hostile file gets one sentence and no memory."""

import io
import json
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments import ScenarioError
from landscape_lab.experiments.recordings import Recording, archive, read_recording, write_recording
from landscape_lab.experiments.recordings.foreign import MOST_VALUES

T, L = 4, 2
CURVE = np.linspace(1.0, 0.1, T)[:, None] * np.ones(L)
VALID: dict[str, Any] = {
    "names": ["SGD", "亚当"],
    "x": np.linspace(-2, 2, 5),
    "y": np.linspace(-1, 1, 3),
    "grid": np.arange(15.0).reshape(3, 5),
    "steps": np.array([0, 10, 20, 25]),
    "path": np.linspace(-1, 1, T * 2 * L).reshape(T, 2, L),
    "loss": CURVE,
    "distance": CURVE / 10,
    "accuracy": 1 - CURVE / 2,
    "optimizers": ["", "adam"],
    "diverged": [False, True],
    "limits": [np.nan, 20.0],
}


def packed(compression: int = zipfile.ZIP_DEFLATED, **arrays: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name, values in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.asarray(values))
            file.writestr(f"{name}.npy", content.getvalue())
    return stream.getvalue()


def changed(**arrays: Any) -> bytes:
    """The valid file with other arrays, or without those that are None."""
    return packed(**{name: value for name, value in (VALID | arrays).items() if value is not None})


def with_loss(content: bytes) -> bytes:
    """The valid file with another file of the losses."""
    stream = io.BytesIO(changed(loss=None))
    with zipfile.ZipFile(stream, "a") as file:
        file.writestr("loss.npy", content)
    return stream.getvalue()


def npy(header: str, version: bytes = b"\1\0", data: bytes = b"") -> bytes:
    length = struct.pack("<H" if version == b"\1\0" else "<I", len(header))
    return b"\x93NUMPY" + version + length + header.encode() + data


# ---- what is written is read ----


def test_recording_is_the_same_after_it_was_written_and_read():
    first = read_recording(packed(**VALID))
    again = read_recording(write_recording(first))
    for field in fields(Recording):
        one, other = getattr(first, field.name), getattr(again, field.name)
        if isinstance(one, np.ndarray):
            np.testing.assert_array_equal(one, other)
            assert not other.flags.writeable
        elif field.name not in ("key", "private_cache"):
            assert one == other, field.name
    assert first.names == ("SGD", "亚当") and first.diverged == (False, True) and first.optimizers == ("", "adam")
    assert first.validation_loss is None and first.key != read_recording(changed(accuracy=None)).key


def test_file_of_one_run_may_lack_the_axis_of_the_runs_and_all_optional_arrays():
    one = {name: VALID[name] for name in ("x", "y", "grid")}
    read = read_recording(packed(**one, path=VALID["path"][..., 0], loss=CURVE[:, 0]), "resnet")
    assert read.names == ("resnet",) and read.path.shape == (T, 2, 1) and read.steps.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(read.loss, CURVE[:, :1])


@pytest.mark.parametrize("name", ["", "\u202egpj.exe", " "])
def test_name_of_a_file_that_cannot_be_shown_is_replaced(name: str):
    one = {"path": VALID["path"][..., 0], "loss": CURVE[:, 0]}
    assert read_recording(packed(**{each: VALID[each] for each in ("x", "y", "grid")}, **one), name).names == ("run",)


@pytest.mark.parametrize("kind", ["<f2", ">f8", "<i4", "|u1", ">f4"])
def test_numbers_of_every_type_are_read(kind: str):
    read = read_recording(changed(grid=VALID["grid"].astype(kind), path=np.asfortranarray(VALID["path"])))
    np.testing.assert_array_equal(read.grid, VALID["grid"])
    np.testing.assert_array_equal(read.path, VALID["path"])
    assert read.grid.dtype == np.float64


def test_archive_of_numpy_is_read():
    stream = io.BytesIO()
    np.savez(stream, **VALID)
    np.testing.assert_array_equal(read_recording(stream.getvalue()).loss, CURVE)


# ---- hostile archives ----


class _Fails:
    def __reduce__(self) -> Any:
        return pytest.fail, ("a pickle was loaded",)


def pickled() -> bytes:
    return with_loss(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", data=pickle.dumps(_Fails())))


def damaged() -> bytes:
    file = bytearray(packed(zipfile.ZIP_STORED, **VALID))
    file[file.index(b"grid.npy") + 150] ^= 0xFF
    return bytes(file)


def bomb() -> bytes:
    return packed(x=np.zeros(2_500_000))  # 20 MB in 20 kB


def lying(size: int) -> bytes:
    """A file whose directory, and whose own entry, have another unpacked size than 800 kB."""
    file = bytearray(packed(x=np.zeros(100_000)))
    start = file.index(b"PK\x01\x02")
    file[22:26] = file[start + 24 : start + 28] = struct.pack("<I", size)
    return bytes(file)


def encrypted() -> bytes:
    file = bytearray(packed(**VALID))
    file[file.index(b"PK\x01\x02") + 8] |= 1
    return bytes(file)


def with_text() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("../../x.npy/readme.txt", "text")
    return stream.getvalue()


NO_ARRAY, DAMAGED, PACKED = "is no array of NumPy", "damaged and cannot be unpacked", "that np.savez does not use"
NEITHER, SIZE, OTHERS = "neither an .npz archive nor JSON", "another size than its header", "others are not loaded"
ARCHIVES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", NEITHER),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" * 20, NEITHER),
    "too large": (lambda: b"PK\x03\x04" + bytes(archive.MOST_BYTES), "too large: at most 5 MB"),
    "no directory": (lambda: b"PK\x03\x04" + bytes(100), DAMAGED),
    "cut off": (lambda: packed(**VALID)[:-30], DAMAGED),
    "wrong checksum": (damaged, DAMAGED),
    "bomb": (bomb, "take 20 MB; 16 MB are the most"),
    "directory has too little": (lambda: lying(128), DAMAGED),
    "directory has too much": (lambda: lying(15_000_000), SIZE),
    "many arrays": (lambda: changed(**{f"x{i}": [1.0] for i in range(33)}), "more than 32 arrays"),
    "bzip2": (lambda: packed(zipfile.ZIP_BZIP2, **VALID), PACKED),
    "lzma": (lambda: packed(zipfile.ZIP_LZMA, **VALID), PACKED),
    "encrypted": (encrypted, PACKED),
    "same name": (lambda: packed(aa=[1.0], bb=[1.0]).replace(b"bb.npy", b"aa.npy"), "two arrays of the same name"),
    "text": (with_text, NO_ARRAY),
    "pickle": (pickled, OTHERS),
    "no header": (lambda: with_loss(b""), NO_ARRAY),
    "short header": (lambda: with_loss(b"\x93NUMPY\1\0"), NO_ARRAY),
    "unknown version": (lambda: with_loss(b"\x93NUMPY\3\0" + bytes(8)), NO_ARRAY),
    "code": (lambda: with_loss(npy("__import__('os').abort()")), NO_ARRAY),
    "brackets": (lambda: with_loss(npy("(" * 900)), NO_ARRAY),
    "long header": (lambda: with_loss(npy("{" + " " * 40_000 + "}", b"\2\0")), NO_ARRAY),
    "huge shape": (
        lambda: with_loss(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 999999999)}")),
        SIZE,
    ),
    "complex": (lambda: changed(loss=CURVE.astype(complex)), OTHERS),
    "bytes": (lambda: changed(loss=CURVE.astype("S3")), OTHERS),
    "many values": (lambda: changed(loss=np.zeros(2_000_001, np.int8)), "more than 2,000,000 values"),
    "no character": (lambda: changed(names=np.array([2**31 - 1, 65], "<u4").view("<U1")), DAMAGED),
    "fields": (lambda: changed(loss=np.zeros((T, L), [("a", float)])), NO_ARRAY),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_hostile_archive_gets_a_sentence_and_no_memory(kind: str):
    made, sentence = ARCHIVES[kind]
    file = made()
    tracemalloc.start()
    try:
        with pytest.raises(ScenarioError, match=sentence):
            read_recording(file)
        # The file itself is copied once; of the 20 MB of the bomb nothing is unpacked.
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


# ---- values that do not fit ----

INCREASING, WHOLE, NAMES = (
    "must be finite and increasing",
    "“steps” must be whole numbers",
    "“names” must be texts of 1",
)
VALUES: list[tuple[dict[str, Any], str]] = [
    ({"x": None}, "no array “x”"),
    ({"acuracy": CURVE}, "“acuracy”, which is not a part of the format"),
    ({"key": ["a"]}, "“key”, which is not a part of the format"),
    ({"loss": [["a", "b"]] * T}, "“loss” must hold numbers"),
    ({"names": [1.0, 2.0]}, "“names” must hold texts"),
    ({"names": ["one"]}, "“names” must have a value for each run"),
    ({"names": ["one"] * 1000}, "“names” must have a value for each run"),
    ({"diverged": [True] * 1000}, "“diverged” must have a value for each run"),
    ({"names": ["one", "\u202etwo"]}, NAMES),
    ({"names": ["one", "t" * 41]}, NAMES),
    ({"names": ["one", "t" * 10_000]}, NAMES),
    ({"names": ["one", ""]}, NAMES),
    ({"axes": ["one", "two", "three"]}, "“axes” must have two values"),
    ({"axes": ["one", "\n"]}, "“axes” must be texts"),
    ({"optimizers": ["adam"]}, "“optimizers” must have a value for each run"),
    ({"optimizers": ["adam", "__class__"]}, "There is no optimizer “__class__”"),
    ({"x": VALID["x"][::-1]}, f"“x” {INCREASING}"),
    ({"x": [0, 1, 2, 3, np.nan]}, f"“x” {INCREASING}"),
    ({"x": [0, 1, 2, 3, 1e39]}, f"“x” {INCREASING}"),
    ({"y": 1e9 + np.arange(3)}, f"“y” {INCREASING}"),
    ({"x": np.arange(202)}, "“x” must hold 2 to 201 coordinates"),
    ({"y": [1.0]}, "“y” must hold 2 to 201 coordinates"),
    ({"y": 1.0}, "“y” must hold 2 to 201 coordinates"),
    ({"grid": VALID["grid"].T}, r"“grid” has the shape \(5, 3\), but \(3, 5\) fits"),
    ({"grid": np.full((3, 5), np.inf)}, "“grid” must have finite numbers"),
    ({"path": np.zeros((T, 3, L))}, "“path” has the shape"),
    ({"path": np.zeros((T, 2, 13))}, "at most 12 runs"),
    ({"path": np.zeros(T)}, "“path” must have the shape"),
    ({"path": np.zeros((0, 2, L)), "steps": None}, "1 to 5,001 checkpoints, not 0"),
    ({"path": np.zeros((T, 2, 0)), "names": None}, "1 to 12 runs, not 0"),
    ({"path": np.full((T, 2, L), np.nan)}, "“path” must be finite up to the end"),
    ({"path": np.where(np.arange(T) == 1, np.inf, 0.0)[:, None, None] * np.ones((2, L))}, "NaN from there on"),
    ({"steps": np.arange(5002), "path": np.zeros((5002, 2, L))}, "1 to 5,001 checkpoints, not 5,002"),
    ({"steps": 4.0}, r"“steps” has the shape \(\)"),
    ({"steps": [0, 1, 1, 2]}, WHOLE),
    ({"steps": [0.5, 1, 2, 3]}, WHOLE),
    ({"steps": [-1, 1, 2, 3]}, WHOLE),
    ({"steps": [0, 1, 2, np.inf]}, WHOLE),
    ({"steps": [0, 1, 2, 1e300]}, WHOLE),
    ({"accuracy": 100 * CURVE}, "“accuracy” must lie between 0 and 1"),
    ({"distance": -CURVE}, "“distance” must lie between 0 and ∞"),
    ({"shares": [0.5, 2.0]}, "“shares” must lie between 0 and 1"),
    ({"limits": [[1.0, 2.0]]}, "“limits” has the shape"),
    ({"sharpness": np.ones((T, L, 1))}, "“sharpness” has the shape"),
]


@pytest.mark.parametrize(("arrays", "sentence"), VALUES)
def test_values_that_do_not_fit_are_named(arrays: dict[str, Any], sentence: str):
    with pytest.raises(ScenarioError, match=sentence):
        read_recording(changed(**arrays))


# ---- the formats of other tools ----

X, Y = np.meshgrid(np.linspace(-1, 1, 4), np.linspace(-2, 2, 4), indexing="ij")
TREE: dict[str, Any] = {
    "X": X.tolist(),
    "Y": Y.tolist(),
    "loss_grid_2d": (X**2 + 10 * Y).tolist(),
    "baseline_loss": 0.5,
    "grid_size": 4,
    "mode": "2d",
    "trajectory_data": {
        "traj_1": [0.5, 0.25, 0.0],
        "traj_2": [1.5, 1.0, 0.0],
        "traj_3": [None, None, None],
        "epochs": [0, 5, 10],
        "losses": [3.0, 2.0, None],
        "val_losses": [3.5, None, 2.5],
    },
    "hessian": {"epochs": [0, 10], "max_eigenvalue": [9.0, 4.0], "trace": [1, 1], "top_eigenvalues": [[9], [4]]},
    "metadata": {"model_info": {"name": "MLP"}},
}


def test_json_of_losslandscape_is_read():
    read = read_recording(json.dumps(TREE, indent=2).encode(), "mnist")
    assert read.names == ("mnist",) and read.steps.tolist() == [0, 5, 10]
    np.testing.assert_array_equal(read.grid, read.x**2 + 10 * read.y[:, None])
    assert read.path[:, :, 0].tolist() == [[0.5, 1.5], [0.25, 1.0], [0.0, 0.0]]
    np.testing.assert_array_equal(read.loss[:, 0], [3.0, 2.0, np.nan])
    assert read.validation_loss is not None and read.sharpness is not None and read.distance is None
    np.testing.assert_array_equal(read.validation_loss[:, 0], [3.5, np.nan, 2.5])
    np.testing.assert_array_equal(read.sharpness[:, 0], [9.0, np.nan, 4.0])


def tree(**parts: Any) -> bytes:
    return json.dumps(TREE | parts).encode()


def path(**parts: Any) -> bytes:
    return tree(trajectory_data=TREE["trajectory_data"] | parts)


JSON: dict[str, tuple[Callable[[], bytes], str]] = {
    "open": (lambda: b"{" * 100_000, "no valid JSON"),
    "deep": (lambda: b'{"a":' + b"[" * 100_000, "no valid JSON"),
    "long number": (lambda: b'{"a": ' + b"9" * 10_000 + b"}", "no valid JSON"),
    "not UTF-8": (lambda: b'{"a": "\xff\xfe"}', "no valid JSON"),
    "many values": (lambda: b'{"a": [' + b"{}," * (MOST_VALUES // 2) + b"{}]}", "more than 500,000 values"),
    "too large": (lambda: b"{" + b" " * archive.MOST_BYTES, "too large: at most 5 MB"),
    "nothing": (lambda: b"{}", "no landscape of two dimensions with a path"),
    "no path": (lambda: tree(trajectory_data=[1]), "“trajectory_data” is not as the format says"),
    "text": (lambda: tree(X=[["a"] * 4] * 4), "“X” is not as the format says"),
    "truth": (lambda: tree(X=[[True] * 4] * 4), "“X” is not as the format says"),
    "unequal rows": (lambda: tree(X=[[1.0]] * 3 + [[1.0, 2.0]]), "“X” is not as the format says"),
    "no rows": (lambda: tree(X={"a": 1}), "“X” is not as the format says"),
    "empty": (lambda: tree(X=[]), "“X” is not as the format says"),
    "huge": (lambda: tree(X=[[10**400] * 4] * 4), "“X” is not as the format says"),
    "transposed": (lambda: tree(X=TREE["Y"], Y=TREE["X"]), "first x and then y"),
    "another size": (lambda: tree(Y=[[0.0]]), "first x and then y"),
    "constant": (lambda: tree(X=np.full((4, 4), 1.0).tolist()), f"“x” {INCREASING}"),
    "no losses": (lambda: path(losses=None), "“losses” is not as the format says"),
    "few losses": (lambda: path(losses=[1.0]), "“losses” is not as the format says"),
    "hole": (lambda: path(traj_1=[None, 1.0, 2.0]), "“path” must be finite"),
    "half an epoch": (lambda: path(epochs=[0, 1.5, 2]), WHOLE),
    "no epoch": (lambda: path(epochs=[0, None, 2]), WHOLE),
    "no eigenvalues": (lambda: tree(hessian={"epochs": [1]}), "“max_eigenvalue” is not as the format says"),
}


@pytest.mark.parametrize("kind", JSON)
def test_hostile_json_gets_a_sentence(kind: str):
    made, sentence = JSON[kind]
    with pytest.raises(ScenarioError, match=sentence):
        read_recording(made())


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("n", [4, 5])
def test_landscape_of_landscaper_is_read(n: int, dimensions: int):
    at = np.array([np.linspace(-0.1, 0.1, n)] * dimensions)
    points = np.stack(np.meshgrid(*at, indexing="ij"))
    loss = points[0] ** 2 + 10 * points[1] + (100 * points[2] if dimensions == 3 else 0)
    read = read_recording(packed(loss=loss, coordinates=at), "cnn")
    middle = at[0, n // 2]  # the model: in the middle, or the point after it
    third = 100 * middle if dimensions == 3 else 0
    np.testing.assert_allclose(read.grid, read.x**2 + 10 * read.y[:, None] + third)
    assert read.path[:, :, 0].tolist() == [[middle, middle]]
    assert read.loss[0, 0] == pytest.approx(middle**2 + 10 * middle + third)


@pytest.mark.parametrize(
    ("loss", "at"),
    [
        (np.ones(4), np.ones((1, 4))),
        (np.ones((4, 4)), np.ones((2, 3))),
        (np.ones((4, 4)), np.ones((3, 4))),
        (np.ones((4, 4)), np.ones(4)),
        (np.ones((0, 0)), np.ones((2, 0))),
    ],
)
def test_landscape_that_is_no_grid_gets_a_sentence(loss: Any, at: Any):
    with pytest.raises(ScenarioError, match="as many dimensions as there are “coordinates”"):
        read_recording(packed(loss=loss, coordinates=at))


@pytest.mark.parametrize("text", ["loss", "coordinates"])
def test_landscape_of_texts_gets_a_sentence(text: str):
    arrays: dict[str, Any] = {"loss": np.ones((4, 4)), "coordinates": np.ones((2, 4))}
    with pytest.raises(ScenarioError, match=f"“{text}” must hold numbers"):
        read_recording(packed(**arrays | {text: arrays[text].astype(str)}))
