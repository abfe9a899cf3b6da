"""What is made before anybody comes is what the first visitor needs."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

import ui.ready  # noqa: F401
from ui import cached, start

APP = Path(__file__).parents[2] / "app.py"


def test_first_visitor_waits_for_nothing_that_could_be_ready():
    remembered = (cached._short_run, cached._surface_tree)
    for cache in remembered:
        cache.shared.cache_clear()
    start.first_picture()
    made = [cache.shared.cache_info().misses for cache in remembered]
    assert all(made)
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    assert [cache.shared.cache_info().misses for cache in remembered] == made
    assert all(cache.shared.cache_info().hits for cache in remembered)
