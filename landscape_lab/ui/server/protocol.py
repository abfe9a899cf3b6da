"""Uvicorn's HTTP protocol with limits of time and number, which uvicorn does not have.

Without them a connection that never completes its request, or never reads the response, is kept forever. Uvicorn
itself limits idle connections (`timeout_keep_alive`) and sends a ping to web sockets every 30 seconds.
"""

import asyncio
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class LimitedProtocol(H11Protocol):
    """One connection; `http=LimitedProtocol` in `uvicorn.Config`."""

    request_time: ClassVar[float] = 10.0
    """Seconds from the opening of a connection to the end of a request's head, and between two parts of its body."""
    body_time: ClassVar[float] = 60.0
    """Seconds for the whole body: 1 MB, the largest file, on a line of 0.14 Mbit/s."""
    send_time: ClassVar[float] = 30.0
    """Seconds within which a client must read a part of its response."""
    most_connections: ClassVar[int] = 4000
    """The maximal number of open connections of a process, including web sockets. Further ones are closed."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._body_began: float | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout, or close the connection if there are too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # so that `pause_writing` is called for every unread byte
        if len(self.connections) > self.most_connections:
            transport.abort()
        else:
            self._close_after(self.request_time)

    def data_received(self, data: bytes) -> None:
        """Pass data on; the timeout applies until the request is complete."""
        super().data_received(data)
        if self._upgraded:
            return
        if self.conn.their_state is h11.IDLE:
            self._body_began = None
            if self._deadline is None:
                self._close_after(self.request_time)
        elif self.conn.their_state is h11.SEND_BODY:
            now = self.loop.time()
            self._body_began = now if self._body_began is None else self._body_began
            self._stop_clock()
            self._close_after(min(self.request_time, self._body_began + self.body_time - now))
        else:
            self._body_began = None
            self._stop_clock()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over to the web socket protocol without the limits."""
        self._upgraded = True
        self._stop_clock()
        self.resume_writing()
        self.transport.set_write_buffer_limits()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timeouts."""
        self._stop_clock()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Require a slow client to read a part of the response regularly."""
        super().pause_writing()
        if self._stuck is None:
            self._look_again(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Stop the timeout: the client has read the pending data."""
        if self._stuck:
            self._stuck.cancel()
            self._stuck = None
        super().resume_writing()

    def _look_again(self, waiting: int) -> None:
        self._stuck = self.loop.call_later(self.send_time, self._abort_if_stuck, waiting)

    def _abort_if_stuck(self, waiting: int) -> None:
        still = self.transport.get_write_buffer_size()
        if still < waiting:
            self._look_again(still)
        else:
            self.transport.abort()

    def _close_after(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(max(0.0, seconds), self.transport.close)

    def _stop_clock(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
