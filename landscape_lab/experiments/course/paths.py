"""Paths through the course for teachers: which lessons fit into one class hour, into three, and into one more."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from landscape_lab.experiments.course.lessons import LESSONS

HOUR = 60
"""The length of a class hour in minutes, with time for questions."""
PATHS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "one_hour": (("gradient_descent", "learning_rate"),),
        "three_hours": (
            ("gradient_descent", "learning_rate"),
            ("stochastic_gradient_descent", "momentum"),
            ("adaptive_methods", "early_stopping"),
        ),
        "stability": (("limits", "edge_of_stability"),),
    }
)
"""The lessons of each hour by the name of the path, whose words are in `content/teaching.*.md`."""


def minutes_of(keys: Iterable[str]) -> int:
    """Return how long these lessons take together, in minutes."""
    return sum(int(LESSONS[key].content().block("Teacher", "minutes").text) for key in keys)
