"""Access tokens with which HTTP requests of a page reach the data of its session.

A page receives the token in the stage's message, over its web socket; no link and no exported file contains it. It is
valid only in the process of the session, while a browser is connected.
"""

import secrets
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from landscape_lab.ui.server.private import is_open


class Access:
    """The data that a token gives access to. Only the session's state may hold a reference to it.

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
"""Weak references, so that a token becomes invalid with its session."""


def access_of(token: str) -> Access | None:
    """Return the access of a token, or None unless it belongs to a session with a browser."""
    access = _by_token.get(token)
    return access if access and is_open(access.session) else None
