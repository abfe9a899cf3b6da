"""Named races: instructive scenarios, each written as the text of its link."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from landscape_lab.experiments.scenarios.scenario import Scenario, default_entries


@dataclass(frozen=True)
class NamedRace:
    """An instructive scenario with its name and a sentence about what it shows."""

    label: str
    story: str
    surface: str
    entries: str
    steps: int
    start: str | None = None
    noise: str | None = None

    @cached_property
    def scenario(self) -> Scenario:
        query = {"surface": self.surface, "lanes": self.entries, "steps": str(self.steps)}
        optional = {"start": self.start, "noise": self.noise}
        return Scenario.from_query(query | {name: value for name, value in optional.items() if value is not None})


RACES: Mapping[str, NamedRace] = MappingProxyType(
    {
        "paths": NamedRace(
            "Six paths",
            "Six methods of the course on McCormick's function: one start, one minimum, and a different path for each.",
            "mccormick",
            "gradient_descent(learning_rate=0.01),momentum(learning_rate=0.02),nesterov(learning_rate=0.04),"
            "adagrad(learning_rate=0.5),rmsprop(learning_rate=0.02),adam(learning_rate=0.2)",
            120,
            start="3.3,-2.1",
        ),
        "classics": NamedRace(
            "The classics",
            "Six methods of the course down the banana valley of Rosenbrock.",
            "rosenbrock",
            ",".join(entry.text for entry in default_entries()),
            500,
        ),
        "rates": NamedRace(
            "Four learning rates",
            "One method, one surface: too small, right, too large, exploding.",
            "elliptic_bowl(condition=10,angle=30)",
            'gradient_descent(learning_rate=0.005,name="too small"),gradient_descent(learning_rate=0.1,name="right"),'
            'gradient_descent(learning_rate=0.195,name="too large"),'
            'gradient_descent(learning_rate=0.21,name="exploding")',
            100,
        ),
        "ravine": NamedRace(
            "Into the ravine",
            "Steep walls and a winding floor: methods that use only the gradient are slow, those that "
            "use the curvature are fast.",
            "ravine",
            "gradient_descent(learning_rate=0.01),momentum(learning_rate=0.005),nesterov(learning_rate=0.005),"
            "conjugate_gradient,newton",
            300,
        ),
        "plateau": NamedRace(
            "Over the plateau",
            "Where the gradient is almost zero, gradient descent hardly moves; methods that divide by its size do.",
            "plateau",
            "gradient_descent(learning_rate=0.1),momentum(learning_rate=0.1),rmsprop(learning_rate=0.01),"
            "adam(learning_rate=0.05),rprop(learning_rate=0.01)",
            500,
        ),
        "saddle": NamedRace(
            "Off the saddle",
            "All start just beside the ridge. Which method leaves the saddle first?",
            "bounded_saddle",
            "gradient_descent(learning_rate=0.02),momentum(learning_rate=0.01),nesterov(learning_rate=0.01),"
            "rmsprop(learning_rate=0.01),adam(learning_rate=0.02),newton",
            400,
        ),
        "family": NamedRace(
            "Adam and its family",
            "Seven variants of Adam at one learning rate. RAdam's first steps are not adapted, and "
            "here they are far too long.",
            "beale",
            "adam(learning_rate=0.05),adamax(learning_rate=0.05),amsgrad(learning_rate=0.05),"
            "nadam(learning_rate=0.05),radam(learning_rate=0.05),qhadam(learning_rate=0.05),lion(learning_rate=0.05)",
            400,
        ),
        "noise": NamedRace(
            "Noisy gradients",
            "Noise in every gradient: averaging and a decaying learning rate reduce its effect.",
            "himmelblau",
            'gradient_descent(learning_rate=0.01,name="plain"),'
            'gradient_descent(learning_rate=0.01*inverse_sqrt,name="decaying rate"),'
            'momentum(learning_rate=0.003,name="momentum"),'
            'lookahead(inner=gradient_descent(learning_rate=0.01),name="lookahead"),adam(learning_rate=0.1,name="Adam")',
            300,
            noise="gradient_noise(eta=400,gamma=0)",
        ),
        "multimodal": NamedRace(
            "Many valleys",
            "Four minima, one start: the method decides where you end up.",
            "himmelblau",
            "gradient_descent(learning_rate=0.01),momentum(learning_rate=0.01),nesterov(learning_rate=0.01),"
            "adam(learning_rate=0.3),rmsprop(learning_rate=0.1),conjugate_gradient",
            200,
        ),
    }
)
