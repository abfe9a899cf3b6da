"""Finds a Chromium for the browser tests, or installs Debian's; run as a script, it prints where it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
APPLICATIONS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
MISSING = (
    "No Chromium was found, which the browser tests need: install Chromium or Google Chrome"
    " (on Debian: sudo apt install chromium; on macOS: brew install --cask google-chrome),"
    " or name one: CHROMIUM=/path/to/chrome. Everything else runs with: make unit"
)


def find_chromium() -> str | None:
    """The path of a Chromium: the one that CHROMIUM names, else one on the PATH, else an application of macOS."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    applications = (
        root / name for root in (Path("/Applications"), Path.home() / "Applications") for name in APPLICATIONS
    )
    candidates = (*NAMES, *map(str, applications))
    return next(filter(None, map(shutil.which, candidates)), None)


def install_chromium() -> None:
    """Install Debian's Chromium where that needs no password; anywhere else do nothing."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], env=quiet, check=False
        )


if __name__ == "__main__":
    if not find_chromium() and not os.environ.get("CHROMIUM"):
        install_chromium()
    print(find_chromium() or sys.exit(MISSING))
