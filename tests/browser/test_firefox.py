"""The playground in Firefox, which Puppeteer drives: Debian's Firefox speaks none of Playwright's protocols."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.programs import FIREFOX
from tests.browser.conftest import ROOT
from tests.node import NODE
from tests.serving import path_of

pytestmark = pytest.mark.browser


def test_playground_in_firefox(app_server: Callable[[Path], str]):
    addresses = {"FIREFOX": path_of(FIREFOX), "APP": app_server(ROOT / "app.py")}
    script = Path(__file__).with_name("firefox.test.js")
    done = subprocess.run(
        [NODE, "--test", script], env=os.environ | addresses, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
