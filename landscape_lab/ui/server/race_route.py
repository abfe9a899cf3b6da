"""`GET /race`: the race of a link with some numbers changed, for pages on which a number is dragged and for programs.

    /race?<a page's link>&page=<playground or a lesson>&knob=<path>&value=<number>&have=<key>&released

The response is the stage's message without the additions of a page, packed as in `ui/stage/packing.py`;
docs/race-route.md describes it. Races are computed one at a time in the worker pool (`ui/jobs/worker_pool.py`), whose
threads have a lower priority than scripts. A short race with `released` uses the semaphore of the scripts instead
(`ui/jobs/script_semaphore.py`), one of which is about to show it. The processor time of each visitor is limited, and
tasks that have not started are cancelled when the client disconnects.

A session's token is sent in a header, because addresses are kept in logs and in the browser's history.
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

from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.jobs.worker_pool import WORKER_POOL, SessionExecutor
from landscape_lab.ui.server.access import Access, access_of
from landscape_lab.ui.server.allowance import Allowance
from landscape_lab.ui.server.refusals import Refused

T = TypeVar("T")

PATH = "/race"
TOKEN_HEADER = "Session-Token"
RELEASED = "released"
"""The part of the query that reports that the dragged number has been released."""
RATE, MOST = 0.5, 10.0
"""Seconds of processor time of a visitor: regained per second, and initially. A lesson's race takes 1 to 30 ms."""
REQUEST_COST = 0.002
"""Seconds of processor time of a request besides its computation."""
MOST_OF_VISITOR, MOST_OF_ALL = 8, 200
"""The maximal number of concurrent requests of one visitor, and of all."""
MAX_AGE = 60
"""Seconds for which a browser may cache a response: after an update of the server it would be outdated."""
SERVED = Event()
"""Set in a process that serves `PATH`, unlike one that `streamlit run app.py` starts."""


@dataclass
class _Visitor:
    """The requests of one visitor: their number, and a lock that orders them."""

    requests: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class RaceRoute:
    """The endpoint. One event loop uses it."""

    def __init__(self, rate: float = RATE, most: float = MOST) -> None:
        self._allowance = Allowance(rate, most)
        self._visitors: dict[Hashable, _Visitor] = {}
        self._requests = 0
        self._one = asyncio.Semaphore(1)
        """Limits the computations to one, as Python executes one thread at a time and scripts take precedence."""

    @property
    def route(self) -> Route:
        """Return the route for `st.App`."""
        return Route(PATH, self.answer, methods=["GET"])

    async def answer(self, request: Request) -> Response:
        """Return the response, or a refusal: 400, 403, 429 or 503 with one sentence."""
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
            # The client has disconnected; 499 is the status that nginx logs for it.
            return computing.result() if computing.done() else Response(status_code=499)
        finally:
            computing.cancel()
            gone.cancel()

    def _forget_request(self, visitor: Hashable) -> None:
        """Release a request when its computation has ended, possibly after its client has disconnected."""
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
                work.executor.cancel()


class _Work:
    """The computation for one request as a sequence of tasks, which alternate with those of other requests.

    Args:
        one: Held while a task runs, even if its request has been cancelled.
        charge: Called with the processor time of each task, in seconds, at its end.
    """

    def __init__(self, one: asyncio.Semaphore, charge: Callable[[float], None]) -> None:
        self.executor: SessionExecutor = WORKER_POOL.executor()
        self._one, self._charge = one, charge

    async def do_in_turn(self, piece: Callable[[], T]) -> T:
        """Run a short piece of work that holds the semaphore of the scripts, and return its result.

        If cancelled before it starts, the piece is not run. In either case this method returns after the thread.
        """
        dropped, seconds = False, 0.0

        def in_turn() -> T | None:
            nonlocal seconds
            with SCRIPTS.running():
                if dropped:
                    return None
                began = time.thread_time()
                try:
                    return piece()
                finally:
                    seconds = time.thread_time() - began

        # Shielded, because cancellation would not end the thread, and the number of threads would not be bounded.
        thread = asyncio.ensure_future(run_in_threadpool(in_turn))
        try:
            return cast(T, await asyncio.shield(thread))
        finally:
            dropped = True
            await asyncio.wait({thread})
            self._charge(seconds)

    async def do(self, piece: Callable[[], T]) -> T:
        """Run a piece of work in the worker pool and return its result. If cancelled early, it is not run."""
        loop, seconds = asyncio.get_running_loop(), 0.0

        def timed() -> T:
            nonlocal seconds
            began = time.thread_time()
            try:
                return piece()
            finally:
                seconds = time.thread_time() - began

        def settle() -> None:
            self._charge(seconds)  # before the next task starts, which may be the same visitor's
            self._one.release()

        def ended(_future: Future) -> None:
            with suppress(RuntimeError):  # the server is shutting down
                loop.call_soon_threadsafe(settle)

        await self._one.acquire()
        self.executor.renew()
        future = self.executor.submit(timed)
        future.add_done_callback(ended)
        return await asyncio.wrap_future(future)


async def _answer(request: Request, access: Access | None, work: _Work) -> Response:
    own = access.data if access else {}

    def ask() -> tuple[Any, bytes | None]:
        # Imported late, because its imports would delay the start of the server.
        from landscape_lab.ui.server.race_query import ask

        race = ask(request.url.query, own)
        return race, None if race.is_long else race.message()  # a short race is one task, which waits for a turn once

    is_released = any(part.partition("=")[0] == RELEASED for part in request.url.query.split("&"))
    do = work.do_in_turn if is_released else work.do
    try:
        race, message = await do(ask)
    except Refused as refused:
        return _refusal(refused.status, refused.sentence)
    if message is None:
        for place in range(race.entries):
            await work.do(lambda place=place: race.run_entry(place))
        message = await work.do(race.message)
    if race.is_private:
        return _message(message, {"Cache-Control": "private, no-store"})
    tag = f'"{blake2b(message, digest_size=16).hexdigest()}"'
    headers = {"Cache-Control": f"public, max-age={MAX_AGE}", "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers=headers)
    return _message(message, headers)


def _message(message: bytes, headers: dict[str, str]) -> Response:
    # "identity" keeps Streamlit from compressing the numbers, which saves little, on the event loop.
    coding = {"Content-Encoding": "identity"}
    return Response(message, media_type="application/octet-stream", headers=headers | coding)


def _refusal(status: int, sentence: str, wait: float = 0.0) -> Response:
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": str(math.ceil(wait))} if wait else {})
    return PlainTextResponse(sentence, status, headers)


def _visitor(request: Request, access: Access | None) -> Hashable:
    """Return the visitor of a request: a session, or an IP address; of IPv6 the /64 network, which has one owner."""
    if access:
        return access.session
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address


async def _disconnected(request: Request) -> None:
    """Wait until the client disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
