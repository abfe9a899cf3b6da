"""One binary message: a tree of plain values as JSON, and after it the numbers of all its arrays.

    uint32 length of the header | header: JSON, padded with spaces | arrays, each aligned to 4 bytes

In the header an array is `{"$array": offset, "shape": [...], "dtype": "f4" | "i4" | "u1"}`, the offset in bytes from
the end of the header. The browser lays typed arrays over the message as it is: nothing is parsed number by number.

A message may have its grids of numbers in less than half of the bytes, with dtype "g4": the float32 as integers in the
order of the numbers (of a negative one all bits but the sign are inverted); of these the second differences along the
first axis and then along the second, modulo 2^32, as if zeros stood before the first row and column; of each difference
d the number 2d, or -2d - 1 if it is negative; of this seven bits a byte, the lowest first, where the highest bit says
that another byte follows.
"""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optim_core.caching import PrivateCache

_ALIGNMENT = 4
_FIGURE_ARRAY = '"bdata":'
"""How an array of a figure looks in JSON."""
_LEAST_SIDE = 32
"""Of what is a grid: differences along a short side save little."""


class Kept(dict[str, Any]):
    """A tree that is made once and never changed, so that what was made from it can be kept too.

    `private_cache` is that of the data it shows, where they are a person's own.
    """

    private_cache: PrivateCache | None = None

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def pack(tree: Mapping[str, Any], short_grids: bool = False) -> bytes:
    """The tree as one message. Arrays become float32 or int32, those of bytes stay, equal arrays are stored once.

    With `short_grids`, smooth grids take few bytes, and a little time here and in the browser. No bit of them is lost.

    A figure's JSON may be part of the tree: its base64 arrays are packed like any other array. NaN and infinity stay
    what they are inside arrays and become null outside. Raises TypeError for what JSON cannot say.
    """
    arrays = _Arrays(short_grids)
    try:
        header = _encoded(tree, arrays)
    except ValueError:  # a number outside of arrays is not finite
        header = ""
    if not header or _FIGURE_ARRAY in header:
        arrays = _Arrays(short_grids)
        header = _encoded(_plain(tree, arrays), arrays)
    header = header.encode()
    header += b" " * (-len(header) % _ALIGNMENT)
    return b"".join([np.uint32(len(header)).astype("<u4").tobytes(), header, *arrays.chunks])


class _Arrays:
    """The numbers gathered so far, each block of bytes once."""

    def __init__(self, short_grids: bool) -> None:
        self.chunks: list[bytes] = []
        self._short_grids = short_grids
        self._size = 0
        self._offsets: dict[bytes, int] = {}

    def add(self, array: np.ndarray) -> dict[str, Any]:
        kind = "u1" if array.dtype == np.uint8 else "i4" if array.dtype.kind in "iu" else "f4"
        if kind == "i4" and array.size and max(-int(array.min()), int(array.max())) > np.iinfo(np.int32).max:
            kind = "f4"
        with np.errstate(over="ignore"):  # a diverged loss may pass the largest float32: infinity says so
            numbers = array.astype(f"<{kind}").tobytes()
        if self._short_grids and kind == "f4" and array.ndim == 2 and min(array.shape) >= _LEAST_SIDE:
            short = _differences(np.frombuffer(numbers, "<i4").reshape(array.shape))
            kind, numbers = ("g4", short) if len(short) < len(numbers) else (kind, numbers)
        numbers += b"\0" * (-len(numbers) % _ALIGNMENT)
        if numbers not in self._offsets:
            self._offsets[numbers] = self._size
            self.chunks.append(numbers)
            self._size += len(numbers)
        return {"$array": self._offsets[numbers], "shape": list(array.shape), "dtype": kind}


def _differences(floats: np.ndarray) -> bytes:
    """The bits of float32 (rows, columns), as int32, as the differences that the module describes."""
    grid = np.where(floats < 0, floats ^ 0x7FFFFFFF, floats).view(np.uint32)
    for axis in (0, 0, 1, 1):
        grid = np.diff(grid, axis=axis, prepend=np.uint32(0))
    signed = grid.view(np.int32).ravel()
    numbers = ((signed << 1) ^ (signed >> 31)).view(np.uint32)
    count = np.ones(numbers.shape, np.intp)
    for bits in (7, 14, 21, 28):
        count += numbers >= 1 << bits
    ends = np.cumsum(count)
    out = np.empty(ends[-1], np.uint8)
    for i in range(5):
        some = np.flatnonzero(count > i)
        more = count[some] > i + 1
        out[(ends - count)[some] + i] = numbers[some] >> 7 * i & 127 | more << np.uint32(7)
    return out.tobytes()


def _encoded(tree: Any, arrays: _Arrays) -> str:
    """The tree as JSON. Raises ValueError for a number outside of arrays that is not finite."""

    def value_of(node: Any) -> Any:  # of what `json` does not know itself, which walks the rest much faster
        return _plain(node, arrays)

    return json.dumps(tree, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=value_of)


def _plain(node: Any, arrays: _Arrays) -> Any:
    match node:
        case None | str() | bool() | int():
            return node
        case float():
            return node if math.isfinite(node) else None
        case np.generic():
            return _plain(node.item(), arrays)
        case np.ndarray() if node.dtype.kind in "iuf" and node.ndim:
            return arrays.add(node)
        case np.ndarray():
            return _plain(node.tolist(), arrays)
        case {"bdata": str(numbers), "dtype": str(dtype), **rest}:
            array = np.frombuffer(base64.b64decode(numbers), dtype=np.dtype(dtype).newbyteorder("<"))
            shape = rest.get("shape")
            return arrays.add(array.reshape([int(n) for n in str(shape).split(",")]) if shape else array)
        case Mapping():
            return {str(key): _plain(value, arrays) for key, value in node.items()}
        case Sequence():
            return [_plain(value, arrays) for value in node]
    raise TypeError(f"cannot pack {type(node).__name__}")
