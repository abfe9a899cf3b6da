"""Every text that the figures show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The texts in English; a page hands over its own to speak another language."""

    loss: str = "loss"
    step: str = "step"
    steps: str = "steps"
    evaluations: str = "gradient evaluations"
    global_minimum: str = "global minimum"
    local_minimum: str = "local minimum"
    saddle: str = "saddle point"
    above_minimum: str = "loss − minimum ({minimum})"
    """The logarithmic loss axis of a surface whose minimum is not 0."""
