"""A small app with something long to compute: it goes on until the file `over` is there, or its reader has left.

`?folder=` is where that file will be, and where each `?who=` notes with a file that the computing has begun. `?pieces=`
says how many threads it keeps busy.
"""

import time
from pathlib import Path

import streamlit as st

from landscape_lab.ui.jobs.script_semaphore import SCRIPTS
from landscape_lab.ui.jobs.waiting import Progress, run_queued

asked = st.query_params
folder, who, progress = Path(asked["folder"]), asked["who"], Progress()


def long() -> str:
    (folder / f"{who} began").touch()
    while not (folder / "over").exists():
        progress(0.5)
        time.sleep(0.01)
    return who


st.title(f"The page of {who}")
if st.button("Compute"):
    with SCRIPTS.running():
        done = run_queued([long] * int(asked.get("pieces", 1)), st.empty(), progress)
    st.success(f"Computed for {done[0]}")
