"""What is said to a link that is too long; tests/browser/test_playground.py sees it with a server and a browser."""

import asyncio
from typing import Any

import pytest

from landscape_lab.ui.server.url_limits import LONGEST, MARK, MOST_PARTS, ShortenLinks

PARTS = "&".join(["a=1"] * MOST_PARTS)


def answered(scope: dict[str, Any]) -> list[Any]:
    """What an app sends that says "app" to everything."""
    sent: list[Any] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send("app")

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing is read")

    asyncio.run(ShortenLinks(app)(scope, receive, send))
    return sent


@pytest.mark.parametrize("query", ["", "steps=3", "a" * LONGEST, PARTS])
def test_a_link_that_can_be_read_is_left_alone(query: str):
    assert answered({"type": "http", "path": "/playground", "query_string": query.encode()}) == ["app"]


@pytest.mark.parametrize("query", ["a" * (LONGEST + 1), f"{PARTS}&a=1"])
def test_a_longer_one_leads_to_a_short_one_to_the_same_page(query: str):
    start, end = answered({"type": "http", "path": "/playground", "query_string": query.encode()})
    assert start["status"] == 303 and (b"location", f"?{MARK}=".encode()) in start["headers"]
    assert end["body"] == b""


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_all_else_is_left_alone(kind: str):
    assert answered({"type": kind, "query_string": b"a" * (LONGEST + 1)}) == ["app"]
