"""The data that a user has loaded, which exist only in the user's session."""

import streamlit as st

from landscape_lab.experiments.scenarios.surfaces import OwnData
from landscape_lab.ui.server.access import Access
from landscape_lab.ui.server.private import session_id

MOST_FILES = 8
"""The maximal number of files whose data a session keeps; a further one replaces the oldest."""
_KEY, _ACCESS = "own data", "access"


def add(losses: OwnData) -> None:
    """Keep the losses over the data of one more file, by key."""
    files = [file for file in _files() if file.keys() != losses.keys()]
    st.session_state[_KEY] = [*files, losses][-MOST_FILES:]


def own_data() -> OwnData:
    """Return all losses over data that this session has loaded, by key. Links can refer to no other data."""
    return {key: loss for file in _files() for key, loss in file.items()}


def newest() -> OwnData:
    """Return the losses over the file that was loaded last."""
    return _files()[-1] if _files() else {}


def session_token() -> str:
    """Return the token that gives requests of this session's page access to the loaded data."""
    access = st.session_state.get(_ACCESS)
    if access is None:
        access = st.session_state[_ACCESS] = Access(session_id())
    access.data = own_data()
    return access.token


def _files() -> list[OwnData]:
    return st.session_state.get(_KEY, [])
