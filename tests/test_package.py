"""The wheel: its requirements, its import in a script, and its command, which serves the whole app."""

import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from packaging.requirements import Requirement

from landscape_lab import __version__
from landscape_lab.command import COMMANDS, main
from tests.processes import stop_process
from tests.serving import free_port

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def required(file: str) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    return {str(Requirement(line)) for line in lines if line and not line.startswith("-r")}


def test_wheel_has_the_requirements_of_the_project():
    extras = PROJECT["optional-dependencies"]
    listed = {str(Requirement(each)) for each in [*PROJECT["dependencies"], *extras["app"], *extras["maps"]]}
    assert listed == required("requirements.txt")
    assert {str(Requirement(each)) for each in extras["cluster"]} == required("requirements-cluster.txt")
    assert {str(Requirement(each)) for each in extras["docs"]} == required("requirements-docs.txt")
    assert {str(Requirement(each)) for each in extras["dev"][1:]} == required("requirements-test.txt")


def test_help_names_every_command_and_an_unknown_one_exits_with_2(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    shown = capsys.readouterr().out
    assert ended.value.code == 0 and all(re.search(rf"^ +{name} ", shown, re.MULTILINE) for name in COMMANDS)
    with pytest.raises(SystemExit) as ended:
        main(["paint"])
    assert ended.value.code == 2 and "paint" in capsys.readouterr().err
    for name in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([name, "--help"])
        assert ended.value.code == 0 and f"landscape-lab {name}" in capsys.readouterr().out


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and the packages of the present environment."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    build = [*pip, "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True, timeout=300)
    (packages,) = (folder / "env").glob("lib/python*/site-packages")
    (packages / "beside.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    (wheel,) = folder.glob("*.whl")
    install = [*pip, "--python", str(folder / "env/bin/python"), "install", "--no-deps", "--no-compile", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, timeout=300)
    return folder / "env/bin"


@pytest.mark.servers
def test_script_in_any_folder_imports_the_library(installed: Path, tmp_path: Path):
    code = (
        "import landscape_lab, landscapes, optim_core; from landscape_lab import Scenario, race;"
        "from landscapes.networks import Digits;"
        "print(len(race(Scenario.from_query({})).trajectories), landscape_lab.__version__, Digits().train.n);"
        "print(*(module.__file__ for module in (landscape_lab, landscapes, optim_core)), sep='\\n')"
    )
    done = subprocess.run([installed / "python", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    first, *files = done.stdout.splitlines()
    assert first == f"6 {__version__} 500", done.stderr
    assert len(files) == 3 and all(file.startswith(str(installed.parent)) for file in files)


@pytest.mark.servers
def test_command_serves_the_app_with_its_files_and_settings(installed: Path, tmp_path: Path):
    port = free_port()
    with (tmp_path / "log").open("w") as log:
        command = [installed / "landscape-lab", "serve", "--port", str(port), "--no-browser"]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=subprocess.STDOUT)

    def fetch(path: str) -> bytes:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as reply:
            return reply.read()

    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                page = fetch("/playground").decode()
                break
            except URLError:
                assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.2)
        stage = re.findall(r"app/static/stage\.js\?v=\w+", page)
        assert stage and b"class Stage" in fetch(f"/{stage[0]}")
        assert len(fetch("/race?page=momentum")) > 10_000
    finally:
        stop_process(process)
    assert (tmp_path / "log").read_text() == "", "the log must have no warning of missing folders or settings"
