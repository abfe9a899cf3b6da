"""`GET /race`: the race of a link with some numbers changed, for a page whose reader drags a number, and for anybody.

    /race?<a page's link>&page=<playground or a lesson>&knob=<path>&value=<number>&have=<key>&released

The answer is the stage's message without what the page adds to it, packed as in `ui/stage/packing.py`;
docs/race-route.md describes it. Computing takes its place in the queue for long work (`ui/long_work.py`), whose threads
stand back behind those of scripts, and one race is computed at a time; a short race of a number that was released goes
with the scripts (`ui/turns.py`), one of which is about to show it. A visitor has a bounded part of the processor, and
what is not begun when the client hangs up is dropped.

A session's token comes in a header, not in the address, which may be kept in logs and in a browser's history.
"""

import asyncio
import ipaddress
import math
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Event
from typing import Any, TypeVar, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from landscape_lab.ui.jobs.script_semaphore import TURNS
from landscape_lab.ui.jobs.worker_pool import LONG_WORK, Share
from landscape_lab.ui.server.access import Access, access_of
from landscape_lab.ui.server.allowance import Allowance
from landscape_lab.ui.server.refusals import Refused

T = TypeVar("T")

PATH = "/race"
TOKEN_HEADER = "Session-Token"
RELEASED = "released"
"""The part of the query that says that the number has been let go of."""
RATE, MOST = 0.5, 10.0
"""Seconds of processor that one visitor gets every second, and at first. A lesson's race takes 1 to 30 ms."""
REQUEST_COST = 0.002
"""Seconds that a request takes besides its computation."""
MOST_OF_VISITOR, MOST_OF_ALL = 8, 200
"""Requests of one visitor, and of all, that are computed or wait."""
MAX_AGE = 60
"""Seconds for which an answer may be used again without asking: soon after an update it would be of the old version."""
SERVED = Event()
"""Set in a process that answers `PATH`. `streamlit run app.py` starts one that does not."""


@dataclass
class _Visitor:
    """One visitor's requests: how many there are, and whose turn it is."""

    requests: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class RaceRoute:
    """The endpoint. One event loop uses it."""

    def __init__(self, rate: float = RATE, most: float = MOST) -> None:
        self._allowance = Allowance(rate, most)
        self._visitors: dict[Hashable, _Visitor] = {}
        self._requests = 0
        self._one = asyncio.Semaphore(1)
        """Python runs one thread at a time: more of these would only take more turns from the scripts."""

    @property
    def route(self) -> Route:
        """The route of `st.App`."""
        return Route(PATH, self.answer, methods=["GET"])

    async def answer(self, request: Request) -> Response:
        """The answer, or a refusal: 400, 403, 429 or 503 with one sentence."""
        access = access_of(request.headers.get(TOKEN_HEADER, ""))
        visitor = _visitor(request, access)
        if wait := self._allowance.wait(visitor):
            return _refusal(429, "Too much was asked for. Wait a moment.", wait)
        if self._requests >= MOST_OF_ALL:
            return _refusal(503, "Too many visitors ask at the same time. Try again.", 1)
        own = self._visitors.setdefault(visitor, _Visitor())
        if own.requests >= MOST_OF_VISITOR:
            return _refusal(429, "Too many requests at a time. Wait for the answers.", 1)
        self._allowance.charge(visitor, REQUEST_COST)
        own.requests += 1
        self._requests += 1
        computing = asyncio.create_task(self._computed(request, visitor, access))
        computing.add_done_callback(lambda _computed: self._forget_request(visitor))
        gone = asyncio.create_task(_disconnected(request))
        try:
            await asyncio.wait({computing, gone}, return_when=asyncio.FIRST_COMPLETED)
            # The client has hung up and reads no answer; 499 is the status that nginx logs for it.
            return computing.result() if computing.done() else Response(status_code=499)
        finally:
            computing.cancel()
            gone.cancel()

    def _forget_request(self, visitor: Hashable) -> None:
        """Called when nothing is computed for a request any more, which may be after its client has hung up."""
        self._visitors[visitor].requests -= 1
        self._requests -= 1
        if not self._visitors[visitor].requests:
            del self._visitors[visitor]

    async def _computed(self, request: Request, visitor: Hashable, access: Access | None) -> Response:
        async with self._visitors[visitor].turn:
            work = _Work(self._one, lambda seconds: self._allowance.charge(visitor, seconds))
            try:
                return await _answer(request, access, work)
            finally:
                work.share.drop()


class _Work:
    """The computation for one request, piece by piece, in turn with those of others.

    Args:
        one: Held while a piece is computed, even if nobody waits for it any more.
        charge: Called with the processor time of each piece, in seconds, at its end.
    """

    def __init__(self, one: asyncio.Semaphore, charge: Callable[[float], None]) -> None:
        self.share: Share = LONG_WORK.share()
        self._one, self._charge = one, charge

    async def do_in_turn(self, piece: Callable[[], T]) -> T:
        """The result of a short piece of work, which takes its place in the queue of the scripts.

        If the task is cancelled before its turn, the piece is dropped; the task ends after the thread in either case.
        """
        dropped, seconds = False, 0.0

        def in_turn() -> T | None:
            nonlocal seconds
            with TURNS.turn():
                if dropped:
                    return None
                began = time.thread_time()
                try:
                    return piece()
                finally:
                    seconds = time.thread_time() - began

        # Shielded: a task that is cancelled leaves its thread alone, and nothing would bound the number of these.
        thread = asyncio.ensure_future(run_in_threadpool(in_turn))
        try:
            return cast(T, await asyncio.shield(thread))
        finally:
            dropped = True
            await asyncio.wait({thread})
            self._charge(seconds)

    async def do(self, piece: Callable[[], T]) -> T:
        """What the piece comes to. Cancelled, it is dropped if it has not begun."""
        loop, seconds = asyncio.get_running_loop(), 0.0

        def timed() -> T:
            nonlocal seconds
            began = time.thread_time()
            try:
                return piece()
            finally:
                seconds = time.thread_time() - began

        def settle() -> None:
            self._charge(seconds)  # before the next one begins, which may be the same visitor's
            self._one.release()

        def ended(_future: Future) -> None:
            with suppress(RuntimeError):  # the server is ending
                loop.call_soon_threadsafe(settle)

        await self._one.acquire()
        self.share.renew()
        future = self.share.submit(timed)
        future.add_done_callback(ended)
        return await asyncio.wrap_future(future)


async def _answer(request: Request, access: Access | None, work: _Work) -> Response:
    own = access.data if access else {}

    def ask() -> Any:
        from landscape_lab.ui.server.race_query import (
            ask,
        )  # with all that computes, for which the server's start need not wait

        return ask(request.url.query, own)

    is_released = any(part.partition("=")[0] == RELEASED for part in request.url.query.split("&"))
    do = work.do_in_turn if is_released else work.do
    try:
        race = await do(ask)
    except Refused as refused:
        return _refusal(refused.status, refused.sentence)
    for place in range(race.entries if race.is_long else 0):
        await work.do(lambda place=place: race.run_entry(place))
    message = await (work.do if race.is_long else do)(race.message)
    if race.is_private:
        return _message(message, {"Cache-Control": "private, no-store"})
    tag = f'"{blake2b(message, digest_size=16).hexdigest()}"'
    headers = {"Cache-Control": f"public, max-age={MAX_AGE}", "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers=headers)
    return _message(message, headers)


def _message(message: bytes, headers: dict[str, str]) -> Response:
    # Numbers hardly get shorter: "identity" keeps Streamlit from compressing them on the event loop.
    coding = {"Content-Encoding": "identity"}
    return Response(message, media_type="application/octet-stream", headers=headers | coding)


def _refusal(status: int, sentence: str, wait: float = 0.0) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(math.ceil(wait))} if wait else {})
    return PlainTextResponse(sentence, status, headers)


def _visitor(request: Request, access: Access | None) -> Hashable:
    """Whom a request counts for: a session, or an address. Of IPv6 the network, of which one person has all."""
    if access:
        return access.session
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address


async def _disconnected(request: Request) -> None:
    """Return when the client has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
