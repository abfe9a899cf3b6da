"""The parts of the stage's scripts that need no page: `script/*.test.js`, run by Node's own test runner."""

import subprocess
from pathlib import Path

from tests.node import NODE

TESTS = sorted((Path(__file__).parent / "script").glob("*.test.js"))


def test_scripts_pass_their_tests_under_node():
    done = subprocess.run([NODE, "--test", *map(str, TESTS)], capture_output=True, encoding="utf-8", check=False)
    assert TESTS and done.returncode == 0, done.stdout + done.stderr
