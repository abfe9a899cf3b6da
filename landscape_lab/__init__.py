"""The laboratory around the optimizers and surfaces: experiments, figures of them, and the app that shows them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from landscape_lab.experiments import Scenario, ScenarioError, race

__all__ = ["Scenario", "ScenarioError", "race"]


def __getattr__(name: str) -> Any:
    # On demand: the app's server starts before anything that computes is imported.
    if name in __all__:
        from landscape_lab import experiments

        return getattr(experiments, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
