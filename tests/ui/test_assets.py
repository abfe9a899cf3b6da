"""plotly.js gets where the browser looks for it, once, and a failure says what to do."""

from importlib.resources import files
from pathlib import Path

import pytest

from ui.stage.assets import AssetError, plotly_url, publish_plotly

SOURCE = files("plotly") / "package_data" / "plotly.min.js"


def test_a_missing_copy_is_made_whole(tmp_path: Path):
    target = publish_plotly(tmp_path / "static")
    assert target.read_bytes() == SOURCE.read_bytes()
    assert [path.name for path in target.parent.iterdir()] == ["plotly.min.js"], "nothing else is left behind"


def test_a_copy_of_the_same_version_is_left_alone(tmp_path: Path):
    target = publish_plotly(tmp_path)
    before = target.stat().st_mtime_ns
    publish_plotly(tmp_path)
    assert target.stat().st_mtime_ns == before


@pytest.mark.parametrize("content", ["/**\n* plotly.js v2.0.0\n*/", "", "half a file"])
def test_another_version_is_replaced(tmp_path: Path, content: str):
    (tmp_path / "plotly.min.js").write_text(content)
    assert publish_plotly(tmp_path).read_bytes() == SOURCE.read_bytes()


def test_where_nothing_can_be_written_a_sentence_says_what_to_do(tmp_path: Path):
    blocked = tmp_path / "static"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(AssetError, match="Make that folder writable") as failure:
        publish_plotly(blocked)
    assert str(blocked) in str(failure.value)


@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("/", ""), ("lab", "/lab"), ("/a/b/", "/a/b")])
def test_the_address_minds_the_path_of_the_server(base: str, prefix: str):
    assert plotly_url(base).startswith(f"{prefix}/app/static/plotly.min.js?v=")
