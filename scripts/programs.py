"""External programs that pip does not install: find them, or install Debian's package.

Usage: programs.py NAME prints the path of a program.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """An external program: where it may be found, and how to install it.

    variable   the environment variable that overrides its location
    places     command names, or paths outside of the usual PATH
    package    the name of Debian's package
    missing    the error message: what needs the program, and how to install it
    needed     whether tests fail without it: else they skip what needs it, except in CI
    """

    variable: str
    places: tuple[str, ...]
    package: str
    missing: str
    needed: bool = True

    @property
    def may_be_missing(self) -> bool:
        return not self.needed and not os.environ.get("CI")

    def find(self) -> str | None:
        """The path given by the environment variable, else the first of `places` that exists; None if missing."""
        named = os.environ.get(self.variable)
        return next(filter(None, map(shutil.which, [named] if named else self.places)), None)

    def install(self) -> None:
        """Install Debian's package without starting its service. Does nothing unless run as root on Debian."""
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
FIREFOX = Program(
    "FIREFOX",
    (
        *("firefox-esr", "firefox"),
        *(str(root / "Applications/Firefox.app/Contents/MacOS/firefox") for root in (Path("/"), Path.home())),
    ),
    "firefox-esr",
    "No Firefox was found, which one of the browser tests needs: install it"
    " (on Debian: sudo apt install firefox-esr; on macOS: brew install --cask firefox),"
    " or name one: FIREFOX=/path/to/firefox. Without it that test is skipped",
    needed=False,
)
NGINX = Program(
    "NGINX",
    # Debian installs nginx outside of an ordinary user's PATH.
    ("nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"),
    "nginx-light",
    "No nginx was found, which make serve needs: install it (on Debian: sudo apt install nginx-light;"
    " on macOS: brew install nginx), or name one: NGINX=/path/to/nginx. One process alone runs with: make run",
)


if __name__ == "__main__":
    wanted = {"chromium": CHROMIUM, "firefox": FIREFOX, "nginx": NGINX}[sys.argv[1]]
    if not wanted.find() and not os.environ.get(wanted.variable):
        wanted.install()
    print(wanted.find() or (wanted.missing if wanted.may_be_missing else sys.exit(wanted.missing)))
