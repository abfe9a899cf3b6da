"""Which uploaded files a server accepts and keeps: those that a field asked for, and few of them.

Streamlit gives a browser the address for a file when the browser asks for one, takes a file for any address of an open
session, and keeps it until the session ends. A browser could so fill the memory of a whole class.
"""

import re
from collections import OrderedDict, defaultdict
from threading import Lock

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOST_OF_SESSION, MOST_OF_ALL = 4, 200
"""Files kept of one session and of all; a further one replaces the oldest. Two fields take one file each, and what is
read from a file does not need it any more."""
MOST_ASKED = 8
"""Addresses that a session has asked for and not used yet; a further one replaces the oldest."""
_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)/?")

Place = tuple[str, str]
"""A session and one of its files."""


class Uploads:
    """The files that sessions may upload, and have uploaded. Safe to use from any thread."""

    def __init__(self) -> None:
        self.limited = False
        """Whether the server tells this object of what it does; if not, every file is accepted."""
        self._lock = Lock()
        self._with_field: set[str] = set()
        self._asked: defaultdict[str, OrderedDict[str, None]] = defaultdict(OrderedDict)
        self._kept: OrderedDict[Place, None] = OrderedDict()

    @property
    def sessions(self) -> set[str]:
        """The sessions that have files."""
        with self._lock:
            return {session for session, _file in self._kept}

    def add_field(self, session: str) -> None:
        """The session has a field for files on its page."""
        with self._lock:
            self._with_field.add(session)

    def ask(self, session: str, files: list[str]) -> int:
        """The browser of a session asks for the addresses of new files: how many of them it gets."""
        with self._lock:
            if session not in self._with_field:
                return 0
            given = files[:MOST_ASKED]
            asked = self._asked[session]
            asked.update(dict.fromkeys(given))
            while len(asked) > MOST_ASKED:
                asked.popitem(last=False)
            return len(given)

    def accepts(self, session: str, file: str) -> bool:
        """Whether a field of the session has asked for the file."""
        with self._lock:
            return not self.limited or file in self._asked.get(session, ()) or (session, file) in self._kept

    def keep(self, session: str, file: str) -> list[Place]:
        """A file has come that was accepted: the ones to drop for it."""
        with self._lock:
            self._asked[session].pop(file, None)
            self._kept[session, file] = None
            self._kept.move_to_end((session, file))
            own = [place for place in self._kept if place[0] == session]
            dropped = own[:-MOST_OF_SESSION]
            others = [place for place in self._kept if place not in dropped]
            dropped += others[:-MOST_OF_ALL]
            for place in dropped:
                del self._kept[place]
            return dropped

    def drop(self, session: str, file: str) -> None:
        """A file was removed."""
        with self._lock:
            self._kept.pop((session, file), None)

    def end(self, session: str) -> None:
        """The session is over."""
        with self._lock:
            self._with_field.discard(session)
            self._asked.pop(session, None)
            for place in [place for place in self._kept if place[0] == session]:
                del self._kept[place]


UPLOADS = Uploads()
"""Those of this process."""


class AskedUploads:
    """ASGI middleware that refuses (403) files that no field of their session has asked for, before it reads them."""

    def __init__(self, app: ASGIApp, uploads: Uploads = UPLOADS) -> None:
        self.app, self.uploads = app, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on everything else."""
        put = scope["type"] == "http" and scope["method"] == "PUT"
        place = _PATH.search(scope["path"]) if put else None
        if place and not self.uploads.accepts(*place.groups()):
            await PlainTextResponse("No field has asked for this file.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
