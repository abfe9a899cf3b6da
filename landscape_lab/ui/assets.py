"""The files the browser fetches once: plotly.js, from the installed plotly package, and the stage's own code."""

import os
import tempfile
import zlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from landscape_lab import HOME
from landscape_lab.ui.javascript import joined

PLOTLY_JS, STAGE_JS, MAP_JS, KNOBS_JS, PICKER_JS = "plotly.min.js", "stage.js", "map.js", "knobs.js", "picker.js"
_UI = Path(__file__).parent
ENTRIES = {
    STAGE_JS: _UI / "stage" / "script" / "entry.js",
    MAP_JS: _UI / "maps" / "script" / "map.js",
    KNOBS_JS: _UI / "knobs" / "knobs.js",
    PICKER_JS: _UI / "picker" / "picker.js",
}
"""The module that each script of the browser starts from; what it imports comes with it."""
LIVE_ENTRY = _UI / "stage" / "live" / "page.js"
"""The same for a race in a file of its own."""
THUMBNAILS = {dark: _UI / "picker" / f"thumbnails-{'dark' if dark else 'light'}.webp" for dark in (False, True)}
"""The sheets of thumbnails (`ui.picker.thumbnails`), by whether the page is dark."""
STATIC = HOME / "static"
"""The folder from which the app serves static files."""
_COPIED = {path.name: path for path in (Path(str(files("plotly") / "package_data" / PLOTLY_JS)), *THUMBNAILS.values())}
"""The files that are served as they are."""


class AssetError(OSError):
    """A file that the browser needs is missing and cannot be made; the message says what to do."""


def code_of(file: str) -> bytes:
    """The content of one of the files; a script of `ENTRIES` is one JavaScript module."""
    return joined(ENTRIES[file]).encode() if file in ENTRIES else _COPIED[file].read_bytes()


def live_code() -> bytes:
    """The code of a race in a file of its own, as one JavaScript module."""
    return joined(LIVE_ENTRY).encode()


def plotly_code() -> bytes:
    """plotly.js as it was installed."""
    return code_of(PLOTLY_JS)


def publish(folder: Path) -> None:
    """Put all files where the app serves static files from, unless the same are there already.

    `folder` is the directory `static` beside the script that Streamlit runs. Raises AssetError.
    """
    for name in (*_COPIED, *ENTRIES):
        _put(folder / name, code_of(name))


def _put(target: Path, content: bytes) -> None:
    try:
        if target.exists() and target.read_bytes() == content:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and then renamed: another server starting now never sees half a file.
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            try:
                part.write(content)
                part.close()
                os.chmod(part.name, 0o644)
                os.replace(part.name, target)
            except OSError:
                os.unlink(part.name)
                raise
    except OSError as error:
        raise AssetError(
            f"The picture needs {target.name} in {target.parent}, and it cannot be written there "
            f"({error.strerror or error}). Make that folder writable and start again."
        ) from error


def plotly_url(base_path: str = "") -> str:
    """Where a page finds plotly.js."""
    return url_of(PLOTLY_JS, base_path)


def url_of(file: str, base_path: str = "") -> str:
    """Where a page finds one of the files, below the server's `baseUrlPath`."""
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    return f"{prefix}/app/static/{file}?v={_checksum(file)}"


@cache
def _checksum(file: str) -> str:
    """The part of an address that keeps an old copy from being used."""
    return f"{zlib.crc32(code_of(file)):08x}"
