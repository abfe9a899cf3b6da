"""The stage's message: what is packed is what a reader of the documented layout finds."""

import base64
import json
import struct
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from landscape_lab.ui.stage.packing import pack
from tests.node import SCRIPTS, in_node


def unpack(message: bytes) -> Any:
    """The message read back by its documentation alone, as the browser does."""
    (size,) = struct.unpack_from("<I", message)
    start = 4 + size
    assert start % 4 == 0

    def revive(node: dict[str, Any]) -> Any:
        if "$array" not in node:
            return node
        offset, count = start + node["$array"], int(np.prod(node["shape"]))
        assert offset % 4 == 0
        if node["dtype"] == "g4":
            return from_differences(message, offset, node["shape"])
        return np.frombuffer(message, "<" + node["dtype"], count, offset).reshape(node["shape"])

    return json.loads(message[4:start], object_hook=revive)


def from_differences(message: bytes, offset: int, shape: tuple[int, int]) -> np.ndarray:
    """The same of a grid that is stored as differences, one number after another."""
    numbers = []
    for _ in range(int(np.prod(shape))):
        number = shift = 0
        while True:
            byte = message[offset]
            number, shift, offset = number | (byte & 127) << shift, shift + 7, offset + 1
            if byte < 128:
                break
        numbers.append(-(number + 1) // 2 if number % 2 else number // 2)
    grid = np.array(numbers).reshape(shape)
    for axis in (0, 0, 1, 1):
        grid = np.cumsum(grid, axis=axis)
    order = grid.astype(np.int64).astype(np.int32)  # modulo 2^32
    return np.where(order < 0, order ^ 0x7FFFFFFF, order).view(np.float32)


def test_plain_values_come_back_as_they_were():
    tree = {"word": "Größe “θ”", "none": None, "yes": True, "n": 3, "x": 0.1, "list": [1, [2.5, "a"]], "empty": {}}
    assert unpack(pack(tree)) == tree


@given(
    arrays.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.int16]),
        arrays.array_shapes(max_dims=3, max_side=5),
        elements=st.integers(-1000, 1000),
    )
)
def test_arrays_come_back_with_shape_and_numbers(array: np.ndarray):
    found = unpack(pack({"pad": "x" * (array.size % 4), "a": array, "deep": [{"b": array[::-1]}]}))
    np.testing.assert_array_equal(found["a"], array)
    np.testing.assert_array_equal(found["deep"][0]["b"], array[::-1])
    assert found["a"].dtype == (np.int32 if array.dtype.kind == "i" else np.float32)


def test_equal_arrays_are_stored_once():
    z = np.arange(10_000.0)
    once, twice = len(pack({"a": z})), len(pack({"a": z, "b": z.copy()}))
    assert once < twice < once + 200
    found = unpack(pack({"a": z, "b": z.copy(), "c": z + 1}))
    np.testing.assert_array_equal(found["b"], z)
    np.testing.assert_array_equal(found["c"], z + 1)


def grids() -> dict[str, np.ndarray]:
    x, y = np.meshgrid(np.linspace(-2, 2, 70), np.linspace(-1, 3, 40))
    smooth = np.log10(1e-3 + (1 - x) ** 2 + 100 * (y - x * x) ** 2)
    holes = np.where(smooth < -1, np.nan, np.where(smooth > 3, np.inf, smooth))
    holes[3, 4:6] = -np.inf, -0.0
    return {
        "smooth": smooth,
        "holes": holes,
        "level": np.zeros((32, 32)),
        "noise": np.random.default_rng(0).normal(size=(40, 40)),
    }


UNPACK = """
const { unpack } = await import(given.code);
return given.messages.map((message) => Object.values(unpack(message)).map((array) => [[...array.shape], array]));
"""


def test_short_grids_lose_no_bit_in_python_or_in_the_browser():
    """Whatever number is in them, and wherever the message begins in memory."""
    wanted = {name: grid.astype(np.float32) for name, grid in grids().items()}
    message = pack(wanted, short_grids=True)
    assert len(pack({"a": wanted["smooth"]}, short_grids=True)) < 0.7 * len(pack({"a": wanted["smooth"]}))
    assert len(pack({"a": wanted["noise"]}, short_grids=True)) <= len(pack({"a": wanted["noise"]}))
    for name, grid in unpack(message).items():
        assert grid.tobytes() == wanted[name].tobytes(), name
    shifted = np.frombuffer(b"1" + message, np.uint8)[1:]
    given = {"code": (SCRIPTS / "message.js").as_uri(), "messages": [np.frombuffer(message, np.uint8), shifted]}
    for arrays_found in in_node(UNPACK, given):
        for (shape, array), grid in zip(arrays_found, wanted.values(), strict=True):
            assert (tuple(shape), array.tobytes()) == (grid.shape, grid.tobytes())


def test_arrays_of_equal_bytes_and_other_kind_or_shape_stay_apart():
    found = unpack(pack({"row": np.zeros(4), "square": np.zeros((2, 2)), "whole": np.zeros(4, int)}))
    assert found["square"].shape == (2, 2)
    assert found["whole"].dtype == np.int32


def test_what_is_not_finite():
    points = np.array([1.0, np.nan, np.inf, -np.inf, 1e300])
    found = unpack(pack({"inside": points, "outside": [float("nan"), float("inf"), np.float64("nan")]}))
    np.testing.assert_array_equal(found["inside"], [1, np.nan, np.inf, -np.inf, np.inf])
    assert found["outside"] == [None, None, None]


def test_integers_too_large_for_four_bytes_become_floats():
    assert unpack(pack({"a": np.array([2**40, 1])}))["a"][0] == 2.0**40


def test_a_figure_keeps_its_arrays_in_binary():
    z = np.arange(12, dtype=float).reshape(3, 4)
    figure = go.Figure(go.Contour(x=np.arange(4.0), y=np.arange(3.0), z=z))
    encoded = json.loads(figure.to_json() or "")
    assert "bdata" in encoded["data"][0]["z"], "Plotly no longer writes arrays in base64: this test tests nothing"
    for tree in (figure.to_plotly_json(), encoded):
        found = unpack(pack(tree))["data"][0]
        np.testing.assert_array_equal(found["z"], z)
        np.testing.assert_array_equal(found["x"], np.arange(4.0))


@pytest.mark.parametrize("dtype", ["i1", "u1", "u2", "i4", "f4", "f8"])
def test_base64_of_every_kind(dtype: str):
    numbers = np.array([3, 1, 2], dtype="<" + dtype)
    coded = {"dtype": dtype, "bdata": base64.b64encode(numbers.tobytes()).decode()}
    np.testing.assert_array_equal(unpack(pack({"x": coded}))["x"], [3, 1, 2])


def test_texts_in_an_array_stay_texts():
    assert unpack(pack({"labels": np.array(["a", "b"])}))["labels"] == ["a", "b"]


def test_what_cannot_be_packed_says_so():
    with pytest.raises(TypeError, match="set"):
        pack({"a": {1, 2}})
