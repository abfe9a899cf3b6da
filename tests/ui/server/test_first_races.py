"""What is computed before anybody comes is what visitors need."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from landscape_lab.experiments import runs
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.ui.server import first_races as ready
from landscape_lab.ui.stage import message, surface

ROOT = Path(__file__).parents[3]
CACHES = (runs._short_run, surface._surface_tree)
ABOVE = (runs.entry_runs, message.constant_tree, message.recent_tree)
"""Caches of what is made from the values of `CACHES`."""


def misses() -> list[int]:
    return [cache.shared.cache_info().misses for cache in CACHES]


def test_first_visitor_waits_for_nothing_that_could_be_ready():
    for cache in (*CACHES, *ABOVE):
        cache.shared.cache_clear()
    ready.first_picture()
    computed = misses()
    assert all(computed)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not app.exception
    assert misses() == computed
    assert all(cache.shared.cache_info().hits for cache in (runs.entry_runs, surface._surface_tree))


@pytest.mark.thorough
def test_no_race_on_a_stage_is_computed_when_its_page_is_opened():
    for cache in (*CACHES, *ABOVE):
        cache.shared.cache_clear()
    ready.warm_caches()
    computed = misses()
    assert all(computed)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for page in ("playground", *LESSONS):
        app.switch_page(f"pages/{page}.py").run()
        assert not app.exception
        assert misses() == computed, page
