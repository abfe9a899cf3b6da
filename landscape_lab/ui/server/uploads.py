"""Limits of uploads: a server accepts only files that a field requested, and keeps few of them.

Streamlit hands out an upload address to any browser that requests one, accepts a file at any address of an open
session, and keeps it until the session ends. A single browser could fill the server's memory.
"""

import re
from collections import OrderedDict, defaultdict
from threading import Lock

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

MOST_OF_SESSION, MOST_OF_ALL = 4, 200
"""The maximal number of files of one session and of all; a further one replaces the oldest. Three fields take one file
each, and a file is not needed after it has been read."""
MOST_BYTES = 200_000_000
"""The maximal size of all files together; the oldest are replaced. A file has at most 5 MB."""
MOST_ASKED = 8
"""The maximal number of unused upload addresses of a session; a further one replaces the oldest."""
_PATH = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)/?")

Place = tuple[str, str]
"""A session and one of its files."""


class Uploads:
    """The files that sessions may upload and have uploaded. Thread-safe."""

    def __init__(self) -> None:
        self.limited = False
        """Whether the server calls this object. If not, every file is accepted."""
        self._lock = Lock()
        self._with_field: set[str] = set()
        self._asked: defaultdict[str, OrderedDict[str, None]] = defaultdict(OrderedDict)
        self._kept: OrderedDict[Place, int] = OrderedDict()
        """The sizes of the files, the oldest first."""

    @property
    def sessions(self) -> set[str]:
        """The sessions with files."""
        with self._lock:
            return {session for session, _file in self._kept}

    def add_field(self, session: str) -> None:
        """Register a session with a file field on its page."""
        with self._lock:
            self._with_field.add(session)

    def ask(self, session: str, files: list[str]) -> int:
        """Handle a browser's request for upload addresses and return the number of addresses to hand out."""
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
        """Return whether the file was requested by a field of the session."""
        with self._lock:
            return not self.limited or file in self._asked.get(session, ()) or (session, file) in self._kept

    def keep(self, session: str, file: str, size: int) -> list[Place]:
        """Register an accepted file of this size in bytes, and return the files to delete for it."""
        with self._lock:
            self._asked[session].pop(file, None)
            self._kept[session, file] = size
            self._kept.move_to_end((session, file))
            own = [place for place in self._kept if place[0] == session]
            dropped = own[:-MOST_OF_SESSION]
            others = [place for place in self._kept if place not in dropped]
            dropped += others[:-MOST_OF_ALL]
            total = sum(self._kept[place] for place in others[-MOST_OF_ALL:])
            for place in others[-MOST_OF_ALL:-1]:  # the new file stays
                if total <= MOST_BYTES:
                    break
                dropped.append(place)
                total -= self._kept[place]
            for place in dropped:
                del self._kept[place]
            return dropped

    def drop(self, session: str, file: str) -> None:
        """Unregister a file that was removed."""
        with self._lock:
            self._kept.pop((session, file), None)

    def end(self, session: str) -> None:
        """Remove everything about a session that has ended."""
        with self._lock:
            self._with_field.discard(session)
            self._asked.pop(session, None)
            for place in [place for place in self._kept if place[0] == session]:
                del self._kept[place]


UPLOADS = Uploads()
"""The uploads of this process."""


class UploadLimits:
    """ASGI middleware that refuses (403) files that were not requested by a field of their session, before reading
    them."""

    def __init__(self, app: ASGIApp, uploads: Uploads = UPLOADS) -> None:
        self.app, self.uploads = app, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse an unrequested file; pass on all other requests."""
        put = scope["type"] == "http" and scope["method"] == "PUT"
        place = _PATH.search(scope["path"]) if put else None
        if place and not self.uploads.accepts(*place.groups()):
            await PlainTextResponse("No field has asked for this file.", 403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)
