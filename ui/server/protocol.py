"""Uvicorn's HTTP protocol with limits in time and number, which uvicorn itself does not have.

A connection that never finishes its request, or never takes the answer, would be kept for ever. Connections that wait
for a further request are uvicorn's own (`timeout_keep_alive`), and so are web sockets, which are asked for a sign of
life every half a minute.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_TIME = 10.0
"""Seconds for the head of a request from the opening of the connection, and between two parts of its body."""
BODY_TIME = 60.0
"""Seconds for the whole body: 1 MB, the largest file, on a line of 0.14 Mbit/s."""
SEND_TIME = 30.0
"""Seconds for which an answer may wait for a client that takes none of it."""
MOST_CONNECTIONS = 4000
"""Open connections of a process, web sockets included. Further ones are closed at once."""


class LimitedProtocol(H11Protocol):
    """One connection; `http=LimitedProtocol` in `uvicorn.Config`."""

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._body_began: float | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock, or close a connection that is one too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)  # so that `pause_writing` hears of every byte that is not taken
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._close_after(REQUEST_TIME)

    def data_received(self, data: bytes) -> None:
        """Pass data on; the clock runs until the request is complete."""
        super().data_received(data)
        if self._upgraded:
            return
        if self.conn.their_state is h11.IDLE:
            self._body_began = None
            if self._deadline is None:
                self._close_after(REQUEST_TIME)
        elif self.conn.their_state is h11.SEND_BODY:
            now = self.loop.time()
            self._body_began = now if self._body_began is None else self._body_began
            self._stop_clock()
            self._close_after(min(REQUEST_TIME, self._body_began + BODY_TIME - now))
        else:
            self._body_began = None
            self._stop_clock()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the connection to the protocol of web sockets, as it was before."""
        self._upgraded = True
        self._stop_clock()
        self.resume_writing()
        self.transport.set_write_buffer_limits()
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_clock()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client is slow: from now on it has `SEND_TIME`."""
        super().pause_writing()
        self._stuck = self._stuck or self.loop.call_later(SEND_TIME, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has taken what was waiting."""
        if self._stuck:
            self._stuck.cancel()
            self._stuck = None
        super().resume_writing()

    def _close_after(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(max(0.0, seconds), self.transport.close)

    def _stop_clock(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
