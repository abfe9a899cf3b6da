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

from ui.stage.packing import pack


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
        return np.frombuffer(message, "<" + node["dtype"], count, offset).reshape(node["shape"])

    return json.loads(message[4:start], object_hook=revive)


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
