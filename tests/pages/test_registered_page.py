"""A registered class and a registered surface in the app."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - as in app.py, which AppTest leaves out after the first run
import landscapes
from landscapes import SURFACES, objective
from optim_core import OPTIMIZERS, register
from optim_core.caching import clear_shared_caches
from optim_core.registry import PACKAGES
from tests.optim_core.test_register import SignDescent
from tests.pages import pickers

APP = Path(__file__).parents[2] / "app.py"


def test_pages_show_what_was_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for registry in (OPTIMIZERS, SURFACES):
        monkeypatch.setattr(registry, "_all", registry._all)
    register(SignDescent)
    landscapes.register(objective(lambda t: abs(t[0]) + t[1] ** 2, domain=((-2.0, 2.0), (-2.0, 2.0)), name="valley"))
    link = {"surface": "valley", "lanes": "sign_descent,adam", "steps": "60", "show": "inspector"}
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.switch_page("pages/playground.py")
    for name, value in link.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception and not app.error and not app.warning
    assert pickers.chosen(app, "surface-picker") == "valley"
    assert "sign_descent" in [box.value for box in app.selectbox]
    clear_shared_caches(*PACKAGES)
