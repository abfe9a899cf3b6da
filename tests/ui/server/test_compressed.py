"""Scripts and style sheets are sent compressed, and nothing else is answered in Streamlit's place."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import pytest

from landscape_lab.ui.assets import STAGE_JS, AssetError, code_of, plotly_url, publish, url_of
from landscape_lab.ui.server import page
from landscape_lab.ui.server.compressed import FOLDERS, CompressedFiles

STREAMLIT = FOLDERS["/static/js/"]
INDEX = next(STREAMLIT.glob("index.*.js")).name


def answer(address: str, coding: str | None = "gzip, deflate, br", method: str = "GET", **more: str) -> Any:
    """Status, headers and body of the answer; None where the request was passed on."""
    path, _, query = address.partition("?")
    headers = {"accept-encoding": coding} if coding else {}
    told: list[Any] = []
    passed: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        passed.append(scope["path"])

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in (headers | more).items()],
    }
    asyncio.run(CompressedFiles(app)(scope, receive, send))
    assert bool(passed) != bool(told)
    if passed:
        return None
    return told[0]["status"], {k.decode(): v.decode() for k, v in told[0]["headers"]}, told[1]["body"]


@pytest.mark.parametrize("file", sorted(STREAMLIT.glob("*.js"))[::40], ids=lambda file: file.name)
def test_a_script_of_streamlit_is_compressed_and_stays_the_same(file: Path):
    status, headers, body = answer(f"/static/js/{file.name}")
    assert status == 200 and gzip.decompress(body) == file.read_bytes()
    assert headers["content-encoding"] == "gzip" and headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"] and headers["vary"] == "Accept-Encoding"
    assert int(headers["content-length"]) == len(body)


def test_the_app_s_own_scripts_are_compressed_where_their_version_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    publish(tmp_path)
    monkeypatch.setitem(FOLDERS, "/app/static/", tmp_path)
    monkeypatch.setattr("landscape_lab.ui.server.compressed.STATIC", tmp_path)
    assert gzip.decompress(answer(url_of(STAGE_JS))[2]) == code_of(STAGE_JS)
    assert len(answer(plotly_url())[2]) < 2_000_000
    assert answer("/app/static/stage.js") is None
    (tmp_path / "stage.js").write_bytes(b"another one")
    assert gzip.decompress(answer(url_of(STAGE_JS))[2]) == b"another one"


@pytest.mark.parametrize(
    "address",
    ["/", "/playground", "/static/js/", "/static/js/nothing.js", "/static/js/../../index.html", "/static/js/..%2f.js",
     "/static/media/x.woff2", "/app/static/../app.py?v=1", "/app/static/.hidden.js?v=1", "/_stcore/health"],
)  # fmt: skip
def test_what_is_no_such_file_is_passed_on(address: str):
    assert answer(address) is None


def test_who_reads_no_gzip_or_wants_a_part_gets_it_from_streamlit():
    address = f"/static/js/{INDEX}"
    assert answer(address, coding=None) is None
    for coding in ("br", "gzip;q=0", "br, GZIP; q=0.000", "xgzip", "gzip-ng"):
        assert answer(address, coding=coding) is None, coding
    for coding in ("gzip;q=0.5", "br;q=1.0, gzip;q=0.001", "deflate, GZIP ; q=1"):
        assert answer(address, coding=coding) is not None, coding
    assert answer(address, range="bytes=0-9") is None
    assert answer(address, method="HEAD") is None
    assert answer(address) is not None


def test_the_page_loads_early_what_the_first_picture_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(page, "STATIC", tmp_path)
    links = list(page._preloads())
    (icons,) = page._icons()
    assert (STREAMLIT.parent / "media" / icons.partition("/media/")[2].partition('"')[0]).is_file()
    files = [link.partition('href="./')[2].partition('"')[0] for link in links]
    assert files[-1] == url_of(STAGE_JS).removeprefix("/")
    assert any("BidiComponent" in file for file in files)
    assert all((STREAMLIT.parents[1] / file).is_file() for file in files[:-1])
    assert len(files) == len(set(files)) < 20

    def refuse(_folder: Path) -> None:
        raise AssetError("not writable")

    monkeypatch.setattr(page, "publish", refuse)
    assert list(page._preloads()) == links[:-1], "a module that is not there must not be asked for"
