"""The files the browser fetches once: plotly.js, from the installed plotly package, and the stage's own code."""

import os
import re
import tempfile
import zlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
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
_BANNER = re.compile(rb"plotly\.js v([0-9.]+)")


class AssetError(OSError):
    """A file that the browser needs is missing and cannot be made; the message says what to do."""


def code_of(script: str) -> bytes:
    """The code of one of the scripts of `ENTRIES` as one JavaScript module."""
    return joined(ENTRIES[script]).encode()


def live_code() -> bytes:
    """The code of a race in a file of its own, as one JavaScript module."""
    return joined(LIVE_ENTRY).encode()


def plotly_code() -> bytes:
    """plotly.js as it was installed."""
    return _plotly().read_bytes()


def publish(folder: Path) -> None:
    """Put all files where the app serves static files from, unless the same are there already.

    `folder` is the directory `static` beside the script that Streamlit runs. Raises AssetError.
    """
    _put(folder / PLOTLY_JS, plotly_code, _is_plotly)
    contents = {name: code_of(name) for name in ENTRIES}
    contents |= {sheet.name: sheet.read_bytes() for sheet in THUMBNAILS.values()}
    for name, content in contents.items():
        _put(
            folder / name, lambda content=content: content, lambda there, content=content: there.read_bytes() == content
        )


def _put(target: Path, content: Callable[[], bytes], same: Callable[[Path], bool]) -> None:
    """Write what `content` gives to `target`, unless what is there is the `same`."""
    try:
        if target.exists() and same(target):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and then renamed: another server starting now never sees half a file.
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".part", delete=False) as part:
            try:
                part.write(content())
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
    """Where a page finds plotly.js, below the server's `baseUrlPath`; its version keeps an old copy from being used."""
    return f"{_static(base_path)}/{PLOTLY_JS}?v={_plotly_version()}"


def url_of(script: str, base_path: str = "") -> str:
    """Where a page finds one of the scripts of `ENTRIES`; its checksum keeps an old copy from being used."""
    return f"{_static(base_path)}/{script}?v={zlib.crc32(code_of(script)):08x}"


def thumbnails_url(dark: bool, base_path: str = "") -> str:
    """Where a page finds the sheet of thumbnails for its theme, likewise."""
    return f"{_static(base_path)}/{THUMBNAILS[dark].name}?v={_checksum(THUMBNAILS[dark])}"


@cache
def _checksum(file: Path) -> str:
    return f"{zlib.crc32(file.read_bytes()):08x}"


@cache
def _plotly_version() -> str:
    return version("plotly")  # reads the package's description, a third of a millisecond


def _static(base_path: str) -> str:
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    return f"{prefix}/app/static"


def _plotly() -> Path:
    return Path(str(files("plotly") / "package_data" / PLOTLY_JS))


def _is_plotly(there: Path) -> bool:
    """Whether a file is a whole copy of plotly.js: five megabytes, so they are not compared byte by byte."""
    return there.stat().st_size == _plotly().stat().st_size and _version(there) == _version(_plotly())


def _version(path: Path) -> bytes | None:
    with path.open("rb") as file:
        found = _BANNER.search(file.read(400))
    return found.group(1) if found else None
