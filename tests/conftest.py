"""What all tests share."""

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import plotly.graph_objects as go
import pytest
from streamlit.components.v2 import manifest_scanner

import landscape_lab.figures.figure_dict

with suppress(ImportError):  # the environment of torch and optax does without it
    from hypothesis import settings

    # Machines are shared: how long an example takes says nothing about it.
    settings.register_profile("unhurried", parent=settings(), deadline=None)
    settings.load_profile("unhurried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a server come first: the last of a run are dealt out, and each process would start its own."""
    items.sort(key=lambda item: item.get_closest_marker("servers") is None)


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once() -> Iterator[None]:
    """Streamlit's AppTest looks through every installed package for components, anew for each page that it opens.

    That is nine tenths of a page's time, and what is installed stays the same while the tests run.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def figures_are_checked() -> Iterator[None]:
    """A page's figure that Plotly refuses, or would write otherwise, is an error. The app does without the check."""
    unchecked = landscape_lab.figures.figure_dict.as_json

    def checked(figure: dict[str, Any]) -> dict[str, Any]:
        sent = unchecked(figure)
        # As text, in which NaN is equal to itself.
        assert json.dumps(go.Figure(sent).to_dict(), sort_keys=True) == json.dumps(sent, sort_keys=True)
        return sent

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landscape_lab.figures.figure_dict, "as_json", checked)
        yield
