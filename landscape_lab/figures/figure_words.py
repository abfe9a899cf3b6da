"""All texts that the figures show."""

from dataclasses import dataclass
from typing import Protocol


class HasAxes(Protocol):
    """A surface whose two parameters have names."""

    @property
    def axes(self) -> tuple[str, str]: ...


@dataclass(frozen=True)
class Words:
    """The texts of the figures, in English by default; a page passes translations. Names in braces are placeholders."""

    loss: str = "loss"
    step: str = "step"
    steps: str = "steps"
    evaluations: str = "gradient evaluations"
    global_minimum: str = "global minimum"
    local_minimum: str = "local minimum"
    saddle: str = "saddle point"
    stretched: str = "the axes differ in scale"
    """Shown beside the name of an axis, on a map of a very long domain."""
    smoothed: str = "loss: running median over {count} steps (thin: every step)"
    smoothed_checkpoints: str = "loss: running median over {count} checkpoints (thin: every checkpoint)"
    """How the loss curves of runs with random gradients are smoothed."""
    same_path: str = "{names}: the same path, in stripes"
    above_minimum: str = "loss − minimum ({minimum})"
    """The title of the logarithmic loss axis of a surface whose minimum is not 0."""

    slope: str = "slope"
    intercept: str = "intercept"
    """What the axes of a map are called, where they are not called by a letter."""

    start: str = "here"
    """The point in the centre of a step figure."""
    arrow: str = "{name}: {size}"
    """An arrow in the legend with its length."""

    radius: str = "radius"
    disc: str = "disc of radius {radius}"
    uphill: str = "gradient: uphill, size {size}"
    first_order: str = "first order"
    second_order: str = "second order"
    model_lines: str = "the model's contours ({order})"
    model_best: str = "model's best point: says {model},<br>is {truth}, error {error}"
    true_best: str = "true best point: {truth}"
    missing: str = "{order}: a derivative is missing"
    model_error: str = "largest error on the circle"
    power: str = "as radius{power}"
    """A guide line proportional to a power of the radius: as radius², as radius³."""
    exact: str = "{order}: nothing but rounding"

    gradients_seen: str = "gradients seen"
    last_step_size: str = "last step"

    gradient_size: str = "size of the gradient"
    root_mean_square: str = "root mean square"

    effective_rate: str = "effective learning rate"
    along: str = "along {coordinate}"
    learning_rate: str = "learning rate"
    momentum: str = "momentum"

    displacement: str = "signed distance to the minimum"
    envelope: str = "envelope"
    rate_times_curvature: str = "learning rate × curvature"
    convergence_rate: str = "kept per step"
    critical: str = "critical damping"
    border: str = "border of divergence"
    diverges: str = "diverges"

    median: str = "median"
    half_of_runs: str = "half of the runs between {low} and {high}"

    counted: str = "{count} of {total}"

    evaluation: str = "gradient evaluation"
    as_given: str = "as given"
    share_solved: str = "share of the starts solved"
    shares: str = "The plane holds {low} to {high} % of each path."
    one_share: str = "The plane holds {low} % of the paths."
    unknown_distance: str = "How far the paths are from the plane is unknown."
    run_end: str = "{name}: loss {loss}"
    run_end_drawn: str = "{name}: loss {loss}, drawn {drawn}"
    """A run in a legend: its true loss at the end, and the loss at the point where the picture shows it."""
    drawn: str = "drawn"
    plane_distance: str = "distance from the plane"

    cost_ratio: str = "cost relative to the lowest"


def axis_names(surface: HasAxes, words: Words) -> tuple[str, str]:
    """What the two parameters of a surface are called: letters such as x or w₁, or words, some of which `words` has."""
    first, second = surface.axes
    known = {"slope": words.slope, "intercept": words.intercept}
    return known.get(first, first), known.get(second, second)


def axis_title(name: str) -> str:
    """The name of an axis as HTML: a letter, with or without an index, is italic."""
    return f"<i>{name}</i>" if len(name.rstrip("₀₁₂₃₄₅₆₇₈₉")) == 1 else name
