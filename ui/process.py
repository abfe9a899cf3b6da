"""Once per process, when it is imported: load what every page needs, then keep the garbage collector off it.

Streamlit collects garbage after every run of a script; what is frozen here is not walked again, which makes every
change in every session faster.
"""

import gc

import ui.panel
import ui.race_view
import ui.results
import ui.stage  # noqa: F401

gc.collect()
gc.freeze()
