#!/bin/sh
# install.sh PYTHON FILE...: installs requirement files into .venv, which is made with PYTHON unless PYTHON lives in it.
# The files as installed are kept in .venv, so nothing at all is done until one of them changes.
set -eu
venv=${VENV:-.venv} python=$1
shift
[ "$python" = "$venv/bin/python" ] || "$python" -m venv --clear "$venv"
for file; do
    cmp -s "$file" "$venv/$file" && continue
    echo "Installing $file into $venv: once, a minute or two."
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$file"
    cp "$file" "$venv/$file"
done
