"""The data that a session has loaded: kept in the session alone, and gone with it."""

import streamlit as st

from landscape_lab.experiments.scenarios.surfaces import OwnData
from landscape_lab.ui.server.access import Access
from landscape_lab.ui.server.private import session_id

MOST_FILES = 8
"""Files of a session whose data are kept; a further one replaces the oldest."""
_KEY, _ACCESS = "own data", "access"


def add(losses: OwnData) -> None:
    """Keep the losses over the data of one more file, by key."""
    files = [file for file in _files() if file.keys() != losses.keys()]
    st.session_state[_KEY] = [*files, losses][-MOST_FILES:]


def own_data() -> OwnData:
    """Every loss over data that this session has loaded, by key: the only place where a link's data are looked for."""
    return {key: loss for file in _files() for key, loss in file.items()}


def newest() -> OwnData:
    """Those of the file that was loaded last."""
    return _files()[-1] if _files() else {}


def session_token() -> str:
    """The token that gives this session's own page access to what the session has loaded until now."""
    access = st.session_state.get(_ACCESS)
    if access is None:
        access = st.session_state[_ACCESS] = Access(session_id())
    access.data = own_data()
    return access.token


def _files() -> list[OwnData]:
    return st.session_state.get(_KEY, [])
