"""Tokens by which a page's own requests, which are no script runs, reach what belongs to its session.

A session's page gets the token in the stage's message, over its own web socket; no link and no exported file has it.
It is of use only at the process that has the session, and only while a browser is connected to it.
"""

import secrets
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from landscape_lab.ui.server.private import is_open


class Access:
    """What a token gives access to. The session's state holds it; nothing else may.

    Attributes:
        session: Streamlit's name of the session; None without a server.
        token: 256 random bits as text.
        data: The losses over the session's own data, by key.
    """

    def __init__(self, session: str | None) -> None:
        self.session = session
        self.token = secrets.token_urlsafe(32)
        self.data: Mapping[str, Any] = {}
        _by_token[self.token] = self


_by_token: "WeakValueDictionary[str, Access]" = WeakValueDictionary()
"""Weak, so that an entry goes with its session."""


def access_of(token: str) -> Access | None:
    """What a token gives access to now; None for a token of no session with a browser."""
    access = _by_token.get(token)
    return access if access and is_open(access.session) else None
