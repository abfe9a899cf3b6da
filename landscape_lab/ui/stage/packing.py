"""The format of messages: a tree of plain values as JSON, followed by the numbers of all its arrays.

    uint32 length of the header | header: JSON, padded with spaces | arrays, each aligned to 4 bytes

In the header an array is `{"$array": offset, "shape": [...], "dtype": "f4" | "i4" | "u1"}`, with the offset in bytes
from the end of the header. The browser creates typed arrays over the message without parsing numbers.

Grids of numbers may be compressed losslessly to less than half of the bytes, with dtype "g4":

1. float32 as integers in the order of the numbers (all bits but the sign of negative ones are inverted),
2. second differences along the first axis and then along the second, modulo 2^32, with zeros before the first row and
   column,
3. zigzag encoding: 2d for a difference d, or -2d - 1 if it is negative,
4. varint encoding: seven bits per byte, the lowest first; the highest bit is set if another byte follows.
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
"""The key of an array of a figure in JSON."""
_LEAST_SIDE = 32
"""The minimal number of rows and columns of a compressed grid: short sides save little."""


class ImmutablePayload(dict[str, Any]):
    """A tree that is not changed after its creation and compared by identity, so that it can be the key of a cache.

    `private_cache` is the cache of the user's own data that it shows, if any.
    """

    private_cache: PrivateCache | None = None

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def pack(tree: Mapping[str, Any], short_grids: bool = False) -> bytes:
    """Return the tree as one message. Arrays become float32, int32 or uint8, and equal arrays are stored once.

    With `short_grids`, smooth grids are compressed losslessly, which takes little time here and in the browser.

    The tree may contain the JSON of figures, whose base64 arrays are packed as any other array. NaN and infinity are
    kept in arrays and become null elsewhere. Raises TypeError for values that JSON cannot represent.
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
    """The arrays of a message, each distinct block of bytes once."""

    def __init__(self, short_grids: bool) -> None:
        self.chunks: list[bytes] = []
        self._short_grids = short_grids
        self._size = 0
        self._offsets: dict[bytes, int] = {}

    def add(self, array: np.ndarray) -> dict[str, Any]:
        kind = "u1" if array.dtype == np.uint8 else "i4" if array.dtype.kind in "iu" else "f4"
        if kind == "i4" and array.size and max(-int(array.min()), int(array.max())) > np.iinfo(np.int32).max:
            kind = "f4"
        with np.errstate(over="ignore"):  # a diverged loss may exceed float32 and becomes infinite
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
    """Compress a grid of float32, given as int32 (rows, columns), as described in the module's docstring."""
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
    """Return the tree as JSON. Raises ValueError for a non-finite number outside of arrays."""

    def value_of(node: Any) -> Any:  # called only for types that `json` does not support, which is fast
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
