"""What happens once per process."""

import gc
from threading import enumerate as threads

import landscape_lab.ui.server.process  # noqa: F401


def test_what_was_imported_is_not_looked_through_again():
    assert gc.get_freeze_count() > 10_000


def test_somebody_looks_for_garbage_now_and_then():
    assert [thread.daemon for thread in threads() if thread.name == "sweep"] == [True]
