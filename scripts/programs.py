"""The programs that pip does not install: finds them, or installs Debian's; `programs.py NAME` prints where one is."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """Where a program may be, and what to say when it is nowhere.

    variable   of the environment: names the one to use
    places     commands, or paths where they are not on everybody's PATH
    package    Debian's
    missing    one sentence: what needs it, and how to install it
    """

    variable: str
    places: tuple[str, ...]
    package: str
    missing: str

    def find(self) -> str | None:
        """The path of the one that the variable names, else of the first that is there."""
        named = os.environ.get(self.variable)
        return next(filter(None, map(shutil.which, [named] if named else self.places)), None)

    def install(self) -> None:
        """Install Debian's where that needs no password, without letting it start; anywhere else do nothing."""
        if shutil.which("apt-get") and os.geteuid() == 0:
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
            install = ["install", "-y", "-qq", "--no-install-recommends", self.package]
            for words in (["update", "-qq"], install):
                subprocess.run(["apt-get", *words], env=quiet, check=False)


CHROMIUM = Program(
    "CHROMIUM",
    (
        *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"),
        *(
            str(root / "Applications" / name)
            for root in (Path("/"), Path.home())
            for name in ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
        ),
    ),
    "chromium",
    "No Chromium was found, which the browser tests need: install Chromium or Google Chrome"
    " (on Debian: sudo apt install chromium; on macOS: brew install --cask google-chrome),"
    " or name one: CHROMIUM=/path/to/chrome. Everything else runs with: make unit",
)
NGINX = Program(
    "NGINX",
    # Debian's is not on the path of an ordinary user.
    ("nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"),
    "nginx-light",
    "No nginx was found, which make serve needs: install it (on Debian: sudo apt install nginx-light;"
    " on macOS: brew install nginx), or name one: NGINX=/path/to/nginx. One process alone runs with: make run",
)


if __name__ == "__main__":
    wanted = {"chromium": CHROMIUM, "nginx": NGINX}[sys.argv[1]]
    if not wanted.find() and not os.environ.get(wanted.variable):
        wanted.install()
    print(wanted.find() or sys.exit(wanted.missing))
