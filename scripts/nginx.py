"""Finds nginx for `make serve`, or installs Debian's; run as a script, it prints where it is."""

import os
import shutil
import subprocess
import sys

PLACES = ("nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx")
"""Debian's is not on the path of an ordinary user."""
MISSING = (
    "No nginx was found, which make serve needs: install it (on Debian: sudo apt install nginx-light;"
    " on macOS: brew install nginx), or name one: NGINX=/path/to/nginx. One process alone runs with: make run"
)


def find_nginx() -> str | None:
    """The path of an nginx: the one that NGINX names, else one of the usual places."""
    if named := os.environ.get("NGINX"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, PLACES)), None)


def install_nginx() -> None:
    """Install Debian's nginx where that needs no password, without letting it start; anywhere else do nothing."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False)
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "nginx-light"], env=quiet, check=False
        )


if __name__ == "__main__":
    if not find_nginx() and not os.environ.get("NGINX"):
        install_nginx()
    print(find_nginx() or sys.exit(MISSING))
