"""The app behind nginx: who goes where, what is refused, and that workers come and go without an error."""

import asyncio
import gzip
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.visitor import Visitor
from deploy.nginx import configuration
from docs.race_route import unpack
from landscape_lab.ui.server.headers import policy
from landscape_lab.ui.server.settings import ANYWHERE
from landscape_lab.ui.server.url_limits import MARK
from scripts.programs import NGINX
from tests.serving import PATIENCE, ROOT, Served, path_of, serving, until

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("service"), "--patience", "2s") as service:
        yield service


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_nginx_accepts_the_configuration(workers: int, tmp_path: Path):
    text = configuration(tmp_path, "127.0.0.1:8501", list(range(9000, 9000 + workers)), [True] * workers)
    assert "@{" not in text
    (tmp_path / "nginx.conf").write_text(text)
    command = [path_of(NGINX), "-t", "-p", str(tmp_path), "-e", str(tmp_path / "log"), "-c", "nginx.conf"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "warn" not in done.stderr, done.stderr


def test_policy_names_what_may_run():
    said = dict(part.split(" ", 1) for part in policy("'none'").split("; "))
    assert said["default-src"] == "'self'" and said["frame-ancestors"] == "'none'"
    assert "frame-ancestors" not in policy(ANYWHERE)
    assert re.fullmatch(r"'self' blob: ('sha256-[\w+/]+=*' ?)+", said["script-src"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--workers", "0"], "WORKERS=0: choose 1 to"),
        (["--port", "70000"], "PORT=70000 is not a port"),
        (["--frame-ancestors", "a; script-src *"], "FRAME_ANCESTORS is a list of addresses"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_sentence(options: list[str], sentence: str):
    done = run_serve(*options)
    assert done.returncode != 0 and done.stderr.startswith(sentence) and done.stderr.count("\n") == 1


def test_missing_nginx_is_said_with_what_to_install():
    done = run_serve(NGINX="/no/such/nginx")
    assert done.returncode != 0 and "sudo apt install nginx" in done.stderr and done.stderr.count("\n") == 1


def run_serve(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.serve", *options]
    environment = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def answer(served: Served, path: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    with urlopen(Request(served.address + path, headers=headers), timeout=60) as reply:
        return reply.read(), {name.lower(): value for name, value in reply.headers.items()}


def test_headers_of_a_page(served: Served):
    page, headers = answer(served, "/")
    assert headers["content-security-policy"] == policy("'self'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=Lax" in headers["set-cookie"]
    assert "/" not in headers["server"], "the version is nobody's business"
    assert b"<title>Loss Landscape Lab</title>" in page
    assert re.search(rb'<div id="root"><style>.+role="status">Loss Landscape Lab', page), (
        "a page is white on a slow line"
    )


def test_static_files_are_compressed_once_and_kept_for_long(served: Served):
    page, _headers = answer(served, "/")
    script = re.findall(rb"\./(static/js/index[^\"]+\.js)", page)[0].decode()
    packed, headers = answer(served, f"/{script}", **{"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip" and "immutable" in headers["cache-control"]
    assert "set-cookie" not in headers
    plain, headers = answer(served, f"/{script}")
    assert "content-encoding" not in headers and gzip.decompress(packed) == plain


def test_a_link_that_is_too_long_leads_to_a_short_one(served: Served):
    """Which the page refuses in words: see tests/ui/server/test_url_limits.py for links that nginx still takes."""
    with urlopen(f"{served.address}/playground?lanes={'adam,' * 200_000}", timeout=60) as reply:
        assert reply.status == 200 and reply.url == f"{served.address}/playground?{MARK}="


def test_a_race_by_its_address(served: Served):
    path = "/race?page=momentum&knob=lesson/momentum&value=0.5"
    message, headers = answer(served, path)
    assert "momentum=0.5" in unpack(message)["race"]["key"]
    assert headers["cache-control"] == "public, max-age=60" and headers["x-content-type-options"] == "nosniff"
    with pytest.raises(HTTPError) as kept:
        answer(served, path, **{"If-None-Match": headers["etag"]})
    with kept.value:
        assert kept.value.code == 304
    assert served.status("/race?page=nope") == 400


def test_a_page_is_no_folder_of_the_app(served: Served):
    """A browser takes the place that answers for the app's own, and would look for the web socket there."""
    assert served.status("/_stcore/health") == 200
    assert served.status("/maps/_stcore/health") == 404


@pytest.mark.parametrize("path", ["/static/", "/app/static/", "/media/", "/component/"])
def test_no_folder_is_listed(served: Served, path: str):
    try:
        body, _headers = answer(served, path)
    except HTTPError as error:
        with error:
            body = error.read()
    assert b"index.html" not in body and b"map.js" not in body and b"Index of" not in body


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/_stcore/agent/openapi.json"])
def test_what_is_for_the_operator_is_hidden(served: Served, path: str):
    assert served.status(path) == 404


def test_oversized_request_is_refused(served: Served):
    request = Request(f"{served.address}/_stcore/upload_file/a/b", data=b"x", method="PUT")
    request.add_unredirected_header("Content-Length", str(2**30))
    with pytest.raises(HTTPError) as refused:
        urlopen(request, timeout=60)
    with refused.value as error:
        assert error.code == 413


@pytest.mark.parametrize(
    "begun", [b"GET / HTTP/1.1\r\nHost: a", b"PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"]
)
def test_slow_request_is_dropped(served: Served, begun: bytes):
    parts = urlsplit(served.address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as slow:
        slow.sendall(begun)
        said = b""
        try:
            while more := slow.recv(4096):  # until nginx hangs up
                said += more
        except ConnectionResetError:
            pass
    assert not said or b" 408 " in said


def test_web_socket_of_another_site_is_refused(served: Served):
    async def from_elsewhere() -> None:
        async with connect(socket_address(served), origin="http://elsewhere.example"):  # type: ignore[arg-type]
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(from_elsewhere())
    assert refused.value.response.status_code == 403


def socket_address(served: Served) -> str:
    return f"{served.address.replace('http', 'ws', 1)}/_stcore/stream"


def test_oversized_message_ends_its_own_connection_only(served: Served):
    async def tell_too_much() -> int | None:
        async with connect(socket_address(served), origin=served.address, subprotocols=["streamlit"]) as wire:  # type: ignore[list-item]
            await wire.send(bytes(5 * 2**20))
            try:
                while True:
                    await wire.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None

    assert asyncio.run(tell_too_much()) == 1009
    assert served.status("/_stcore/health") == 200


def test_a_browser_stays_with_its_worker(served: Served):
    """A session that is taken up again is the same one only at the same worker."""

    async def come_back() -> list[bool]:
        visitors = [Visitor(served.address, "glossary") for _ in range(6)]
        same = []
        for visitor in visitors:
            await visitor.open()
            before = visitor.session
            await visitor.close()
            await visitor.connect()
            await visitor.rerun()
            same.append(visitor.session == before)
            await visitor.close()
        return same

    assert asyncio.run(come_back()) == [True] * 6


def test_rolling_restart_is_no_error_for_anybody(served: Served):
    """Pages go on being served, and each visitor loses the connection once and goes on with a new worker."""
    before = served.workers

    async def work_on() -> tuple[list[int], set[int]]:
        visitors = [Visitor(served.address, "gradient_descent") for _ in range(3)]
        for visitor in visitors:
            await visitor.open()
        lost, codes, x = [0] * len(visitors), set(), 0.0
        served.restart()
        while set(before) & set(served.workers) or 0 in lost:
            x += 0.01
            codes.add(await asyncio.to_thread(served.status, "/playground"))
            for i, visitor in enumerate(visitors):
                try:
                    await visitor.set_start(x, 1.0)
                except ConnectionClosed:
                    lost[i] += 1
                    await visitor.connect()
                    await visitor.rerun()
            await asyncio.sleep(0.1)
        for visitor in visitors:
            await visitor.set_start(0.5, 0.5)
            await visitor.close()
        return lost, codes

    lost, codes = asyncio.run(asyncio.wait_for(work_on(), 240))
    assert lost == [1, 1, 1] and codes == {200}
    assert served.process.poll() is None


def kill(served: Served, *ports: int) -> None:
    for port in ports:
        os.kill(served.workers[port], signal.SIGKILL)


async def come_again(visitor: Visitor) -> None:
    """Connect as a browser does that has lost its connection: again and again, as the same session."""
    end = time.monotonic() + PATIENCE
    while True:
        await visitor.close()
        try:
            await visitor.connect()
            await visitor.rerun()
            return
        except (OSError, InvalidStatus, ConnectionClosed):
            assert time.monotonic() < end
            await asyncio.sleep(0.1)


def test_visitors_of_a_killed_worker_are_taken_by_another_one(served: Served):
    """While the dead one's place is still empty; and they stay there when it has been filled."""

    async def work_on() -> None:
        visitors = [Visitor(served.address, "glossary") for _ in range(4)]
        for visitor in visitors:
            await visitor.open()
        home = next(port for port in served.workers if served.sessions_at(port))
        (other,) = set(served.workers) - {home}
        kill(served, home)
        for visitor in visitors:
            await come_again(visitor)
        assert home in served.workers and served.sessions_at(other) >= len(visitors), "nobody waited for a new worker"
        assert await asyncio.to_thread(served.status, "/playground") == 200
        await asyncio.to_thread(until, lambda: home not in served.workers)
        (new,) = set(served.workers) - {other}
        for visitor in visitors:
            await visitor.close()
            await come_again(visitor)
        assert served.sessions_at(new) == 0 and served.sessions_at(other) >= len(visitors)
        for visitor in visitors:
            await visitor.close()

    asyncio.run(asyncio.wait_for(work_on(), 240))
    assert {served.status("/_stcore/health") for _ in range(6)} == {200}


def test_when_all_workers_are_killed_the_first_new_one_takes_everybody(served: Served):
    async def work_on() -> None:
        visitors = [Visitor(served.address, "glossary") for _ in range(4)]
        for visitor in visitors:
            await visitor.open()
        before = served.workers
        kill(served, *before)
        with pytest.raises(InvalidStatus) as refused:
            await visitors[0].connect()
        assert refused.value.response.status_code == 503
        for visitor in visitors:
            await come_again(visitor)
        await asyncio.to_thread(until, lambda: not set(before) & set(served.workers))
        for visitor in visitors:
            await visitor.close()

    asyncio.run(asyncio.wait_for(work_on(), 240))


def children(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in done.stdout.split()]


def nginx_of(served: Served) -> tuple[int, list[int]]:
    """The first process of nginx, and those that it has started."""
    master = int((served.folder / "nginx.pid").read_text())
    return master, children(master)


def alive(pids: Iterable[int]) -> set[int]:
    """Which of these processes still run; ended ones whose result was not read do not count."""
    asked = ["ps", "-o", "pid=,stat=", "-p", ",".join(map(str, pids))]
    lines = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    return {int(line.split()[0]) for line in lines if "Z" not in line.split()[1]}


def test_nginx_that_is_killed_is_started_again_and_leaves_nothing_behind(served: Served):
    master, workers = nginx_of(served)
    assert workers
    os.kill(master, signal.SIGKILL)
    until(lambda: served.process.poll() is not None or not alive([master, *workers]))
    until(lambda: served.process.poll() is not None or nginx_of(served)[0] != master)
    assert served.process.poll() is None
    until(lambda: served.status("/_stcore/health") == 200)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not end the children of the dead")
def test_nothing_is_left_of_a_service_that_is_killed(tmp_path: Path):
    with serving(tmp_path, workers=1) as service:
        master, workers = nginx_of(service)
        everything = [master, *workers, *service.workers.values()]
        service.process.kill()
        until(lambda: not alive(everything))
