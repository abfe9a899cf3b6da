#!/bin/sh
# Prints the Python to use: the one in .venv where it works, else the newest suitable one found, or the one that
# PYTHON names. Where there is none, one sentence says what to do.
set -u
venv=${VENV:-.venv}/bin/python

# "3.12 venv" for a Python that can make a virtual environment with pip in it, "3.12 bare" for one that cannot, and
# nothing for a command that is not there or does not run (pyenv leaves such ones). Old Pythons must understand it.
facts() {
    "$1" -c '
import sys
try:
    import venv
    from ensurepip import version  # not only the folder: an uninstalled package can leave that behind
    able = "venv"
except ImportError:
    able = "bare"
print("%d.%d %s" % (sys.version_info[0], sys.version_info[1], able))' 2>/dev/null
}

new_enough() {
    case $1 in 3.[0-9] | 3.10 | [012].*) return 1 ;; esac
}

if [ -n "${PYTHON:-}" ]; then
    set -- "$PYTHON"
elif "$venv" -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "$venv"
    exit
else
    set -- python3.13 python3.12 python3.11 python3
fi

bare='' old=''
for candidate; do
    found=$(facts "$candidate")
    version=${found% *}
    if [ -z "$found" ]; then
        continue
    elif ! new_enough "$version"; then
        old="$version"
    elif [ "$found" = "$version bare" ]; then
        bare=${bare:-$version}
    else
        # Asked for by name, and .venv already is of that version: keep it.
        [ "$(facts "$venv")" = "$found" ] && "$venv" -c 'import pip' 2>/dev/null && candidate=$venv
        echo "$candidate"
        exit
    fi
done

if [ -n "$bare" ]; then
    echo "Python $bare here cannot make virtual environments: install its venv package" \
        "(on Debian or Ubuntu: sudo apt install python$bare-venv), then try again." >&2
elif [ -n "$old" ]; then
    echo "Python $old is too old, 3.11 or newer is needed: install one and try again," \
        "or name one you have: make run PYTHON=/path/to/python3" >&2
else
    echo "No working Python was found${PYTHON:+ at $PYTHON}, 3.11 or newer is needed: install one and try again," \
        "or name one you have: make run PYTHON=/path/to/python3" >&2
fi
exit 1
