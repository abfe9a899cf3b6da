"""One binary message: a tree of plain values as JSON, and after it the numbers of all its arrays.

    uint32 length of the header | header: JSON, padded with spaces | arrays, each aligned to 4 bytes

In the header an array is `{"$array": offset, "shape": [...], "dtype": "f4" | "i4" | "u1"}`, the offset in bytes from
the end of the header. The browser lays typed arrays over the message as it is: nothing is parsed number by number.
"""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optim_core.caching import PrivateCache

_ALIGNMENT = 4


class Kept(dict[str, Any]):
    """A tree that is made once and never changed, so that what was made from it can be kept too.

    `private_cache` is that of the data it shows, where they are a person's own.
    """

    private_cache: PrivateCache | None = None

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


def pack(tree: Mapping[str, Any]) -> bytes:
    """The tree as one message. Arrays become float32 or int32, those of bytes stay, equal arrays are stored once.

    A figure's JSON may be part of the tree: its base64 arrays are packed like any other array. NaN and infinity stay
    what they are inside arrays and become null outside. Raises TypeError for what JSON cannot say.
    """
    arrays = _Arrays()
    header = json.dumps(_plain(tree, arrays), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    header += b" " * (-len(header) % _ALIGNMENT)
    return b"".join([np.uint32(len(header)).astype("<u4").tobytes(), header, *arrays.chunks])


class _Arrays:
    """The numbers gathered so far, each block of bytes once."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self._size = 0
        self._offsets: dict[bytes, int] = {}

    def add(self, array: np.ndarray) -> dict[str, Any]:
        kind = "u1" if array.dtype == np.uint8 else "i4" if array.dtype.kind in "iu" else "f4"
        if kind == "i4" and array.size and max(-int(array.min()), int(array.max())) > np.iinfo(np.int32).max:
            kind = "f4"
        with np.errstate(over="ignore"):  # a diverged loss may pass the largest float32: infinity says so
            numbers = array.astype(f"<{kind}").tobytes()
        numbers += b"\0" * (-len(numbers) % _ALIGNMENT)
        if numbers not in self._offsets:
            self._offsets[numbers] = self._size
            self.chunks.append(numbers)
            self._size += len(numbers)
        return {"$array": self._offsets[numbers], "shape": list(array.shape), "dtype": kind}


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
