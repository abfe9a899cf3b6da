"""Which entries a goal counts: one optimizer with nothing around it."""

from landscape_lab.experiments.scenarios.scenario import Entry
from optim_core import OPTIMIZERS


def is_method(entry: Entry, key: str = "gradient_descent") -> bool:
    """Return whether an entry is this optimizer without wrappers, with or without schedules."""
    return type(entry.optimizer) is OPTIMIZERS[key]


def is_constant(entry: Entry, key: str = "gradient_descent") -> bool:
    """Return whether an entry is this optimizer without wrappers and without schedules."""
    return is_method(entry, key) and not entry.schedules
