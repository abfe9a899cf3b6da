"""Settings and fixtures of all tests."""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import plotly.graph_objects as go
import pytest
from streamlit.components.v2 import manifest_scanner

import landscape_lab.figures.figure_dict
import landscape_lab.ui.stage

with suppress(ImportError):  # absent from the environment of torch and optax
    from hypothesis import settings

    # Machines are shared, so the duration of an example is not meaningful.
    settings.register_profile("unhurried", parent=settings(), deadline=None)
    settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests that share a server first: at the end, tests are spread over processes, each with its own server."""
    items.sort(key=lambda item: item.get_closest_marker("servers") is None)


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """Cache Streamlit's scan of installed packages for components, which AppTest repeats for each page that it opens.

    The scan takes nine tenths of a page's time, and the installed packages do not change while the tests run.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def head_start_is_short() -> Iterator[None]:
    """Shorten the time that a page leaves the browser to paint its picture: AppTest has no browser.

    That time is two thirds of what a page with a stage takes in AppTest. It remains long enough for one check.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landscape_lab.ui.stage, "HEAD_START", 0.001)
        patch.setattr(landscape_lab.ui.stage, "POLL", 0.001)
        yield


@pytest.fixture(scope="session", autouse=True)
def figures_are_checked() -> Iterator[None]:
    """Raise for a page's figure that Plotly rejects or would encode differently. The app omits this check."""
    unchecked = landscape_lab.figures.figure_dict.as_json

    def checked(figure: dict[str, Any]) -> dict[str, Any]:
        sent = unchecked(figure)
        # Compared as text, in which NaN is equal to itself.
        assert json.dumps(go.Figure(sent).to_dict(), sort_keys=True) == json.dumps(sent, sort_keys=True)
        return sent

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landscape_lab.figures.figure_dict, "as_json", checked)
        yield
