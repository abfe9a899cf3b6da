"""The laboratory around optimizers and surfaces: experiments, figures and the app."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landscape_lab.experiments import Scenario, ScenarioError, race

__all__ = ["HOME", "Scenario", "ScenarioError", "__version__", "race"]

__version__ = "0.1.0"

_PACKAGE = Path(__file__).parent
HOME = _PACKAGE / "app" if (_PACKAGE / "app").is_dir() else _PACKAGE.parent
"""The folder with `app.py`, `pages` and Streamlit's settings: in an installed package, else its parent folder."""


def __getattr__(name: str) -> Any:
    # Imported on demand, so that the app's server starts without the modules that compute.
    if name in ("Scenario", "ScenarioError", "race"):
        from landscape_lab import experiments

        return getattr(experiments, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
