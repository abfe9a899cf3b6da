"""Browser assets are copied once to the served folder, and a failed copy raises an actionable error."""

from importlib.resources import files
from pathlib import Path

import pytest

from landscape_lab.ui.assets import (
    ENTRIES,
    THUMBNAILS,
    AssetError,
    code_of,
    plotly_url,
    publish,
    url_of,
)

SOURCES = {
    "plotly.min.js": (Path(str(files("plotly"))) / "package_data" / "plotly.min.js").read_bytes(),
    **{name: code_of(name) for name in ("stage.js", "map.js", "knobs.js", "picker.js")},
    **{sheet.name: sheet.read_bytes() for sheet in THUMBNAILS.values()},
}


def test_missing_copies_are_created(tmp_path: Path):
    publish(tmp_path / "static")
    copies = {path.name: path.read_bytes() for path in (tmp_path / "static").iterdir()}
    assert copies == SOURCES, "no other file may remain"


def test_equal_copies_are_kept(tmp_path: Path):
    publish(tmp_path)
    before = [path.stat().st_mtime_ns for path in sorted(tmp_path.iterdir())]
    publish(tmp_path)
    assert [path.stat().st_mtime_ns for path in sorted(tmp_path.iterdir())] == before


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("content", ["/**\n* plotly.js v2.0.0\n*/", "", "half a file"])
def test_different_copy_is_replaced(tmp_path: Path, name: str, content: str):
    (tmp_path / name).write_text(content)
    publish(tmp_path)
    assert (tmp_path / name).read_bytes() == SOURCES[name]


def test_change_of_one_character_in_the_stage_is_detected(tmp_path: Path):
    code = SOURCES["stage.js"]
    (tmp_path / "stage.js").write_bytes(b"#" + code[1:])
    publish(tmp_path)
    assert (tmp_path / "stage.js").read_bytes() == code


def test_read_only_folder_raises_an_actionable_error(tmp_path: Path):
    blocked = tmp_path / "static"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(AssetError, match="Make that folder writable") as failure:
        publish(blocked)
    assert str(blocked) in str(failure.value)


@pytest.mark.parametrize(("base", "prefix"), [("", ""), ("/", ""), ("lab", "/lab"), ("/a/b/", "/a/b")])
def test_asset_address_includes_the_base_path_of_the_server(base: str, prefix: str):
    assert plotly_url(base).startswith(f"{prefix}/app/static/plotly.min.js?v=")
    for name in (*ENTRIES, THUMBNAILS[True].name):
        assert url_of(name, base).startswith(f"{prefix}/app/static/{name}?v=")
