"""The one large file the browser needs: plotly.js, taken from the installed plotly package, never from the network."""

import os
import re
import tempfile
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

PLOTLY_JS = "plotly.min.js"
_BANNER = re.compile(rb"plotly\.js v([0-9.]+)")


class AssetError(OSError):
    """The browser's copy of plotly.js is missing and cannot be made; the message says what to do."""


def publish_plotly(folder: Path) -> Path:
    """Put plotly.js where the app serves static files from, unless the same version is there already.

    `folder` is the directory `static` beside the script that Streamlit runs. Raises AssetError.
    """
    source = Path(str(files("plotly") / "package_data" / PLOTLY_JS))
    target = folder / PLOTLY_JS
    try:
        if _version(target) == _version(source) and target.stat().st_size == source.stat().st_size:
            return target
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
            f"The picture needs plotly.js in {folder}, and it cannot be copied there ({error.strerror or error}). "
            f"Make that folder writable and start again, or copy {source} into it by hand."
        ) from error
    return target


def plotly_url(base_path: str = "") -> str:
    """Where a page finds it, below the server's `baseUrlPath`; the version keeps an old cached copy from being used."""
    prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
    return f"{prefix}/app/static/{PLOTLY_JS}?v={version('plotly')}"


def _version(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            found = _BANNER.search(file.read(400))
    except FileNotFoundError:
        return None
    return found.group(1) if found else None
