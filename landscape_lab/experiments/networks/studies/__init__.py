"""The experiments with networks whose results are stored, one a file, which defines `EXPERIMENT`."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from landscape_lab.experiments.networks.stored import Experiment


@cache
def experiments() -> Mapping[str, Experiment]:
    """All experiments by the names of their files. Pages read the results only, and import none of these files."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}").EXPERIMENT for name in names}
