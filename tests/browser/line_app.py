"""A small app with something long to compute: it goes on until the file `over` is there, or its reader has left.

`?folder=` is where that file will be, and where each `?who=` notes with a file that the computing has begun. `?pieces=`
says how many threads it keeps busy.
"""

import time
from pathlib import Path

import streamlit as st

from landscape_lab.ui.jobs.script_semaphore import TURNS
from landscape_lab.ui.jobs.waiting import Going, in_line

asked = st.query_params
folder, who, going = Path(asked["folder"]), asked["who"], Going()


def long() -> str:
    (folder / f"{who} began").touch()
    while not (folder / "over").exists():
        going(0.5)
        time.sleep(0.01)
    return who


st.title(f"The page of {who}")
if st.button("Compute"):
    with TURNS.turn():
        done = in_line([long] * int(asked.get("pieces", 1)), st.empty(), going)
    st.success(f"Computed for {done[0]}")
