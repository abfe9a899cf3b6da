"""Arrays from an `.npz` file that may be hostile: nothing is unpickled, and sizes are checked before memory is used.

An `.npz` file is a zip archive with one `.npy` file for each array (NEP 1, "A simple file format for NumPy arrays").
The sizes of the unpacked files are in the directory of the archive, the shape and the type of an array are in the
header of its file.
"""

import re
import zlib
from collections.abc import Mapping
from io import BytesIO
from math import prod
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from landscape_lab.experiments.scenarios.sentence import ScenarioError

MOST_BYTES = 5_000_000
"""The maximal size of a file."""
MOST_UNPACKED = 16_000_000
"""The maximal size of all arrays together: three times that of the largest recording."""
MOST_ARRAYS = 32
MOST_VALUES = MOST_UNPACKED // 8
"""The maximal number of values of all arrays together: they become floats, whatever their type in the file is."""
MEGABYTE = 1_000_000

_ENTRY = b"PK\x01\x02"
"""What each entry of a zip directory begins with."""
_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    rb"\{ *'descr': *'(?P<type>[^']{1,8})', *'fortran_order': *(?P<fortran>True|False), *"
    rb"'shape': *\((?P<shape>(\d{1,9}, *)*(\d{1,9})?),? *\),? *\} *\n?"
)
"""The header of an array that has no fields: the text of a Python dictionary, which is not evaluated."""
_LONGEST_HEADER = 1000
_NUMBERS = re.compile(rb"[<>|=]?(f[248]|[iu][1248]|b1)")
_TEXTS = re.compile(rb"[<>=]?U\d{1,6}")
_LAST_CHARACTER = 0x10FFFF


def arrays_in(file: bytes) -> Mapping[str, NDArray[Any]]:
    """Return the arrays of an `.npz` file by name: numbers as floats, and texts. Raises ScenarioError."""
    if len(file) > MOST_BYTES:
        raise too_large()
    # Counted first: the directory of an archive of 5 MB can list 100,000 files.
    if file.count(_ENTRY) > MOST_ARRAYS:
        raise ScenarioError("The file has more than {most} arrays.", most=MOST_ARRAYS)
    try:
        with ZipFile(BytesIO(file)) as archive:
            members = archive.infolist()
            _check(members)
            arrays, left = dict[str, NDArray[Any]](), MOST_VALUES
            for member in members:
                array = _array(archive, member, left)
                arrays[member.filename.removesuffix(".npy")], left = array, left - array.size
            return arrays
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError("The file is damaged and cannot be unpacked.") from None


def too_large() -> ScenarioError:
    """Return the error about a file of more than `MOST_BYTES`."""
    return ScenarioError("The file is too large: at most {most} MB.", most=MOST_BYTES // MEGABYTE)


def _check(members: list[ZipInfo]) -> None:
    """Check the directory of an archive, before anything of it is unpacked."""
    names = [member.filename for member in members]
    if len(set(names)) < len(names):
        raise ScenarioError("The file has two arrays of the same name.")
    for member in members:
        # Other methods are not limited in what they unpack at once.
        if member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or member.flag_bits & 1:
            raise ScenarioError("The file is packed in a way that np.savez does not use.")
        if not member.filename.endswith(".npy"):
            raise ScenarioError("“{name}” in the file is no array of NumPy.", name=member.filename)
    unpacked = sum(member.file_size for member in members)
    if unpacked > MOST_UNPACKED:
        raise ScenarioError(
            "The arrays of the file take {size:.0f} MB; {most} MB are the most.",
            size=unpacked / MEGABYTE, most=MOST_UNPACKED // MEGABYTE,
        )  # fmt: skip


def _array(archive: ZipFile, member: ZipInfo, most: int) -> NDArray[Any]:
    """Return an array of at most `most` values. Its header must describe as many bytes as the directory says it has."""
    name = member.filename.removesuffix(".npy")
    with archive.open(member) as stream:
        start = stream.read(8)
        # The length of the header has two bytes in version 1, four in version 2. Later ones are for types with fields.
        width = {b"\1\0": 2, b"\2\0": 4}.get(start[6:], 0)
        length = int.from_bytes(stream.read(width), "little")
        found = _HEADER.fullmatch(stream.read(length)) if length <= _LONGEST_HEADER else None
        if start[:6] != _MAGIC or not found:
            raise ScenarioError("“{name}” in the file is no array of NumPy.", name=name)
        if not (_NUMBERS.fullmatch(found["type"]) or _TEXTS.fullmatch(found["type"])):
            raise ScenarioError("“{name}” holds neither numbers nor texts, and others are not loaded.", name=name)
        kind = np.dtype(found["type"].decode())
        shape = tuple(int(side) for side in found["shape"].split(b",") if side.strip())
        if kind.itemsize * prod(shape) != member.file_size - 8 - width - length:
            raise ScenarioError("“{name}” has another size than its header says.", name=name)
        if prod(shape) > most:
            raise ScenarioError("The arrays of the file have more than {most:,} values.", most=MOST_VALUES)
        content = stream.read()
        if kind.kind == "U" and (np.frombuffer(content, f"{kind.str[0]}u4") > _LAST_CHARACTER).any():
            raise ValueError(name)  # Python has no texts of such characters
        values = np.frombuffer(content, kind).reshape(shape, order="F" if found["fortran"] == b"True" else "C")
    return values if kind.kind == "U" else values.astype(float)
