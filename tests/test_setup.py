"""The two setup commands and their error messages."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from landscape_lab import serve as start
from landscape_lab.figures.theme import DARK, LIGHT
from landscape_lab.ui.server.headers import security_headers
from landscape_lab.ui.server.settings import ANYWHERE, THIS_SITE
from tests.processes import stop_process
from tests.test_architecture import HOMES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONFIG = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Not the whole environment: variables of the outer make must not reach the makes run by these tests.
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the files that `make run` needs, a small app, and no environment."""
    folder = tmp_path / "a copy"
    folder.mkdir()
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, folder)
    for name in ("scripts", ".streamlit", "static"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "app.py").write_text('import streamlit as st\n\nst.title("A small app")\n')
    shutil.copy(ROOT / "asgi.py", folder)
    for room in ("server", "jobs"):
        shutil.copytree(ROOT / "landscape_lab/ui" / room, folder / "landscape_lab/ui" / room)
    for module in (ROOT / "landscape_lab").glob("*.py"):
        shutil.copy(module, folder / "landscape_lab")
    for name in ("assets", "javascript"):
        shutil.copy(ROOT / f"landscape_lab/ui/{name}.py", folder / "landscape_lab/ui")
    (folder / "landscape_lab/ui/server/first_races.py").write_text("def first_picture(): ...\ndef warm_caches(): ...\n")
    return folder


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(
        command, cwd=folder, env={**ENVIRONMENT, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def the_sentence(folder: Path, *words: str, **environment: str) -> str:
    """The error of a failed `make run`: one line, with nothing created or started."""
    done = make(folder, "run", *words, **environment)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("make: ***")]
    assert done.returncode != 0
    assert len(lines) == 1, lines
    assert not (folder / ".venv").exists()
    return lines[0]


def python_with(folder: Path, module: str, text: str) -> str:
    """The path of a real Python that imports a given module instead of its own."""
    (folder / module).write_text(text)
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{folder}" exec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    return str(script)


def test_old_python_is_reported(copy: Path, tmp_path: Path):
    old = python_with(tmp_path, "sitecustomize.py", "import sys\nsys.version_info = (3, 10, 4, 'final', 0)\n")
    assert the_sentence(copy, f"PYTHON={old}").startswith("Python 3.10 is too old, 3.11 or newer is needed")


def test_python_without_venv_is_reported_with_the_package_to_install(copy: Path, tmp_path: Path):
    bare = python_with(tmp_path, "ensurepip.py", "# An empty module, as after Debian's package was removed.\n")
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    said = the_sentence(copy, f"PYTHON={bare}")
    assert said.startswith(f"Python {here} here cannot make virtual environments")
    assert f"apt install python{here}-venv" in said


def test_missing_python_is_reported(copy: Path):
    assert the_sentence(copy, "PYTHON=/no/such/python").startswith("No working Python was found at /no/such/python")


def test_command_that_does_not_run_is_skipped(copy: Path, tmp_path: Path):
    """pyenv leaves commands for Pythons that are not switched on; the next one is taken."""
    for name in ("python3.13", "python3.12", "python3.11"):
        (tmp_path / name).write_text("#!/bin/sh\necho not switched on >&2\nexit 127\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "python3").symlink_to(sys.executable)
    environment = {**ENVIRONMENT, "PATH": f"{tmp_path}:{ENVIRONMENT['PATH']}"}
    command = ["sh", "scripts/python.sh"]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "python3\n", "")


def test_taken_port_is_reported_with_a_free_one(copy: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = the_sentence(copy, f"PORT={port}", f"PYTHON={sys.executable}")
        other = re.fullmatch(rf"Port {port} is taken, .* make run PORT=(\d+)", said)
    assert other and int(other[1]) != port
    socket.create_server(("127.0.0.1", int(other[1]))).close()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "٣"])
def test_invalid_port_is_refused(copy: Path, port: str):
    assert the_sentence(copy, f"PORT={port}", f"PYTHON={sys.executable}").startswith(f"PORT={port} is not a port")


def test_host_of_another_machine_is_refused(copy: Path):
    # 192.0.2.0/24 is reserved for documentation and never assigned.
    said = the_sentence(copy, "HOST=192.0.2.1", f"PYTHON={sys.executable}")
    assert said.startswith("HOST=192.0.2.1 is not an address of this machine")


@pytest.fixture
def ready(copy: Path) -> Path:
    """The copy with a stand-in for the test environment that records the arguments of pip."""
    (copy / ".venv/bin").mkdir(parents=True)
    python = copy / ".venv/bin/python"
    python.write_text(
        f'#!/bin/sh\n[ "$1 $2" = "-m pip" ] && echo "$@" >> pip.log && exit\nexec "{sys.executable}" "$@"\n'
    )
    python.chmod(0o755)
    return copy


def test_requirements_are_installed_only_when_they_change(ready: Path):
    log = ready / "pip.log"
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = str(server.getsockname()[1])
    for expected in (1, 1):
        assert make(ready, "ready", f"PORT={free}").returncode == 0
        assert len(log.read_text().splitlines()) == expected
    with (ready / "requirements.txt").open("a") as file:
        file.write("# changed\n")
    assert make(ready, "ready", f"PORT={free}").returncode == 0
    assert len(log.read_text().splitlines()) == 2
    assert "-r requirements.txt" in log.read_text()


def test_make_run_serves_the_app(ready: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = ["make", "run", f"PORT={port}"]
    with (ready / "log").open("w") as log:
        app = subprocess.Popen(
            command,
            cwd=ready,
            env=ENVIRONMENT,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    try:
        assert answer(f"http://127.0.0.1:{port}/_stcore/health") == b"ok"
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=30) as reply:
            headers = dict(reply.headers)
        with pytest.raises(HTTPError) as hidden:
            urlopen(f"http://127.0.0.1:{port}/_stcore/metrics", timeout=30)
        with hidden.value as error:
            assert error.code == 404
    finally:
        stop_process(app, group=True)
    assert security_headers(ANYWHERE).items() <= {name.title(): text for name, text in headers.items()}.items()
    said = (ready / "log").read_text()
    assert f"http://127.0.0.1:{port}" in said
    assert "WARNING" not in said and "email" not in said.lower(), said


@pytest.mark.parametrize("target", ["run", "serve", "dev"])
@pytest.mark.parametrize("host", ["", " "])
def test_empty_host_means_this_machine_only(copy: Path, target: str, host: str):
    """A server would take an empty host for every address."""
    said = make(copy, "--dry-run", target, f"HOST={host}", f"PYTHON={sys.executable}").stdout
    assert "http://127.0.0.1:8501" in said and 'address.py "127.0.0.1" "8501"' in said
    assert re.search(r'--(host|server\.address) "127\.0\.0\.1"', said)


@pytest.mark.parametrize(
    ("options", "host", "frames"),
    [
        ([], "127.0.0.1", ANYWHERE),
        (["--host", ""], "127.0.0.1", ANYWHERE),
        (["--host", "0.0.0.0"], "0.0.0.0", THIS_SITE),
        (["--host", "::"], "::", THIS_SITE),
        (["--host", "0.0.0.0", "--frame-ancestors", "https://a.example"], "0.0.0.0", "https://a.example"),
    ],
)
def test_only_a_server_on_the_loopback_address_may_be_framed_by_any_page(
    options: list[str], host: str, frames: str, monkeypatch: pytest.MonkeyPatch
):
    """Slides opened from a disk have no origin that could be listed."""
    served: list[str] = []
    monkeypatch.setattr(start, "listening_socket", lambda host, _port: served.append(host))
    monkeypatch.setattr(
        start, "serve", lambda _socket, host, given, **_how: served.append(start.framed_by(host, given))
    )
    monkeypatch.setattr(os, "environ", {})
    start.main(options)
    assert served == [host, frames]


def test_shared_server_has_every_protection():
    said = (ROOT / "Makefile").read_text() + (ROOT / ".streamlit/config.toml").read_text()
    assert "enableCORS" not in said and "enableXsrfProtection" not in said, (
        "these must keep Streamlit's default, which is on"
    )


def answer(url: str, patience: float = 60) -> bytes:
    deadline = time.monotonic() + patience
    while True:
        try:
            with urlopen(url, timeout=5) as reply:
                return reply.read()
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_make_alone_lists_every_command(copy: Path):
    listed = re.findall(r"^  make ([a-z-]+) ", make(copy).stdout, re.MULTILINE)
    assert {"run", "test"} <= set(listed) <= TARGETS
    assert TARGETS - set(listed) == {*("ready", "environment", "npm", "chromium", "firefox", "nginx", "reference")}, (
        "targets without a help text"
    )


def test_nothing_leaves_the_machine():
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["showEmailPrompt"] is False
    assert CONFIG["server"]["enableStaticServing"] is True
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["fileWatcherType"] == "none"
    assert "http" not in (ROOT / ".streamlit/config.toml").read_text()


FOR_STREAMLIT = {"uvloop"}
"""What Streamlit imports by itself where it is installed."""


def requirements(name: str) -> dict[str, Requirement]:
    """The requirements of a file, by name, those of the files it includes as well."""
    found: dict[str, Requirement] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-r "):
            found |= requirements(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            requirement = Requirement(line)
            found[requirement.name.lower()] = requirement
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_requirements_have_an_upper_bound(name: str):
    for requirement in requirements(name).values():
        assert {"==", "<"} & {part.operator for part in requirement.specifier}, requirement


def test_two_minor_releases_of_streamlit_are_allowed():
    """CI reads the older release from this line and tests it as well."""
    line = next(line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("streamlit"))
    ends = re.fullmatch(r"streamlit>=1\.(\d+),<1\.(\d+)", line)
    assert ends and int(ends[2]) - int(ends[1]) == 2


def test_requirements_name_exactly_what_is_imported():
    owners = packages_distributions()
    # Cluster packages are optional, and pandas is installed with Streamlit.
    imported = {owners[library][0].lower() for library in HOMES if library != "pandas"}
    assert set(requirements("requirements-cluster.txt")) == imported | FOR_STREAMLIT
    assert set(requirements("requirements-cluster.txt")) - set(requirements("requirements.txt")) == {"distributed"}


def test_installed_versions_are_the_required_ones():
    for name, requirement in requirements("requirements-test.txt").items():
        if requirement.marker and not requirement.marker.evaluate():
            continue
        assert requirement.specifier.contains(version(name)), requirement


def test_pages_and_figures_have_one_background():
    papers = {"light": LIGHT.paper, "dark": DARK.paper}
    assert {name: CONFIG["theme"][name]["backgroundColor"] for name in papers} == papers


def test_supported_pythons_agree():
    supported = SpecifierSet(PROJECT["project"]["requires-python"])
    assert supported.contains("3.11") and not supported.contains("3.10")
    assert "3.11" in README
