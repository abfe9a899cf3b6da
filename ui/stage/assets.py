"""The files the browser fetches once: plotly.js, from the installed plotly package, and the stage's own code."""

import os
import re
import tempfile
import zlib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

PLOTLY_JS, STAGE_JS = "plotly.min.js", "stage.js"
_BANNER = re.compile(rb"plotly\.js v([0-9.]+)")


class AssetError(OSError):
    """A file that the browser needs is missing and cannot be made; the message says what to do."""


def publish(folder: Path) -> None:
    """Put both files where the app serves static files from, unless the same are there already.

    `folder` is the directory `static` beside the script that Streamlit runs. Raises AssetError.
    """
    for source in (_plotly(), _stage()):
        target = folder / source.name
        try:
            if _same(source, target):
                continue
            folder.mkdir(parents=True, exist_ok=True)
            # Written beside and then renamed: another server starting now never sees half a file.
            with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
                try:
                    part.write(source.read_bytes())
                    part.close()
                    os.chmod(part.name, 0o644)
                    os.replace(part.name, target)
                except OSError:
                    os.unlink(part.name)
                    raise
        except OSError as error:
            raise AssetError(
                f"The picture needs {source.name} in {folder}, and it cannot be copied there "
                f"({error.strerror or error}). Make that folder writable and start again, or copy {source} there."
            ) from error


def plotly_url(base_path: str = "") -> str:
    """Where a page finds plotly.js, below the server's `baseUrlPath`; its version keeps an old copy from being used."""
    return f"{_static(base_path)}/{PLOTLY_JS}?v={version('plotly')}"


def stage_url(base_path: str = "") -> str:
    """Where a page finds the stage's code; its checksum keeps an old copy from being used."""
    return f"{_static(base_path)}/{STAGE_JS}?v={zlib.crc32(_stage().read_bytes()):08x}"


def _static(base_path: str) -> str:
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    return f"{prefix}/app/static"


def _plotly() -> Path:
    return Path(str(files("plotly") / "package_data" / PLOTLY_JS))


def _stage() -> Path:
    return Path(__file__).with_name(STAGE_JS)


def _same(source: Path, target: Path) -> bool:
    """Whether `target` is a copy of `source`: by its version where it has one, else to the last byte."""
    if not target.exists() or target.stat().st_size != source.stat().st_size:
        return False
    told = _version(source)
    return _version(target) == told if told else target.read_bytes() == source.read_bytes()


def _version(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            found = _BANNER.search(file.read(400))
    except FileNotFoundError:
        return None
    return found.group(1) if found else None
