"""Axes of a map: an interval of a setting of the entry or of a coordinate of its start."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, cast

import numpy as np

from landscape_lab.experiments.scenarios.entries import with_setting
from landscape_lab.experiments.scenarios.notation import read, write
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError, in_words
from landscapes import Landscape
from optim_core import Knob, knobs
from optim_core.objective import Array
from optim_core.optimizer import get_field, owner_path
from optim_core.printed import printed

START = ("x", "y")
"""The settings that are not knobs: the coordinates of the start."""

MAX_SIDE = 2**20
"""The maximal number of cells along one side. The size of a whole map is limited where it is stored."""

ROOM = 4
"""The minimal distance of neighbouring cells in floating-point numbers. Closer cells would not give a picture."""

Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Axis:
    """A setting over `count` cells from `low` to `high`; each cell has the value at its middle.

    `setting` is "x" or "y" for the start, else the full name of a field, such as "learning_rate" or "inner.beta1".
    Raises ScenarioError for invalid ends.
    """

    setting: str
    low: float
    high: float
    scale: Scale = "linear"
    count: int = 64

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MAX_SIDE:
            raise ScenarioError(
                "A side of a map has 1 to {most} cells, not {count}.", most=f"{MAX_SIDE:,}", count=f"{self.count:,}"
            )
        if not (np.isfinite([self.low, self.high]).all() and self.low < self.high):
            raise ScenarioError(
                "“{name}” needs a lower and a higher end, not {low} and {high}.",
                name=in_words(self.setting), low=printed(f"{self.low:g}"), high=printed(f"{self.high:g}"),
            )  # fmt: skip
        if self.scale == "log" and self.low <= 0:
            raise ScenarioError("A logarithmic “{name}” needs a lower end above 0.", name=in_words(self.setting))

    @property
    def values(self) -> Array:
        """The value of each cell: (count,)."""
        parts = (np.arange(self.count) + 0.5) / self.count
        if self.scale == "log":
            return self.low * (self.high / self.low) ** parts
        return self.low + (self.high - self.low) * parts

    @property
    def fine_enough(self) -> bool:
        """Whether neighbouring cells are at least `ROOM` floating-point numbers apart."""
        gap = np.spacing(max(abs(self.low), abs(self.high)))
        return bool(np.diff(self.values).min(initial=np.inf) >= ROOM * gap)

    @property
    def text(self) -> str:
        """The axis as text, such as `learning_rate=0.0001:1:log`; `from_text` reads it back, except for the count."""
        ends = f"{write(float(self.low))}:{write(float(self.high))}"
        return f"{self.setting}={ends}" + (":log" if self.scale == "log" else "")

    @classmethod
    def from_text(cls, text: str, count: int = 64) -> "Axis":
        """Read the `text` of an axis. Raises ScenarioError."""
        name, _, rest = text.strip().partition("=")
        parts = rest.split(":")
        if not name.replace(".", "_").isidentifier() or len(parts) not in (2, 3) or parts[2:] not in ([], ["log"]):
            raise ScenarioError("An axis is written like “{example}”.", example="learning_rate=0.001:1:log")
        low, high = (read(part)[0] if part.strip() else None for part in parts[:2])
        if not (type(low) is float and type(high) is float):
            raise ScenarioError("“{name}” must be a number.", name=name)
        return cls(name, cast(float, low), cast(float, high), cast(Scale, "log" if parts[2:] else "linear"), count)

    def knob(self, entry: Entry) -> Knob | None:
        """Return the setting's knob, or None for a coordinate of the start.

        Raises ScenarioError if the entry has no such setting.
        """
        if self.setting in START:
            return None
        try:
            owner, _, name = owner_path(entry.optimizer, self.setting).rpartition(".")
            return knobs(get_field(entry.optimizer, owner) if owner else entry.optimizer)[name]
        except (AttributeError, KeyError):
            raise ScenarioError(
                "“{owner}” has no setting called “{name}”.", owner=entry.label, name=self.setting
            ) from None

    def fits(self, entry: Entry, landscape: Landscape) -> None:
        """Check the axis. Raises ScenarioError unless every cell has a valid value for the entry on the surface."""
        knob = self.knob(entry)
        if knob and knob.kind is bool:
            raise ScenarioError("“{name}” is yes or no: it cannot be an axis.", name=in_words(self.setting))
        low, high = (knob.low, knob.high) if knob else landscape.domain[START.index(self.setting)]
        first, last = self.values[[0, -1]].round() if knob and knob.kind is int else self.values[[0, -1]]
        if not low <= first <= last <= high:
            low, high, value = (printed(f"{at:g}") for at in (low, high, first if first < low else last))
            raise ScenarioError(
                "“{name}” goes from {low} to {high}; {value} is outside.",
                name=in_words(self.setting), low=low, high=high, value=value,
            )  # fmt: skip

    def at(self, part: float) -> float:
        """Return the value at a fraction of the length; fractions outside of 0 to 1 are beyond the ends."""
        if part in (0, 1):
            return self.high if part else self.low
        if self.scale == "log":
            return float(self.low * (self.high / self.low) ** part)
        return float(self.low + (self.high - self.low) * part)

    def part(self, begin: float, end: float) -> "Axis":
        """Return the axis between two fractions of its length."""
        first, last = sorted([begin, end])
        return replace(self, low=self.at(first), high=self.at(last))

    def place(self, value: float) -> float:
        """Return the position of a value on the axis: 0 at the lower end, 1 at the higher, others beyond the ends."""
        if self.scale == "linear":
            return float((value - self.low) / (self.high - self.low))
        return float(np.log(value / self.low) / np.log(self.high / self.low)) if value > 0 else -np.inf

    @property
    def shortest(self) -> float:
        """The length of the shortest part that `fine_enough` allows with 64 cells, as a fraction of the axis."""
        slope = self.low * np.log(self.high / self.low) if self.scale == "log" else self.high - self.low
        return float(64 * (ROOM + 1) * np.spacing(max(abs(self.low), abs(self.high))) / slope)

    def limits(self, entries: Sequence[Entry], landscape: Landscape) -> tuple[float, float]:
        """Return the range of the setting that all the entries allow."""
        if self.setting in START:
            return landscape.domain[START.index(self.setting)]
        every = [cast(Knob, self.knob(entry)) for entry in entries]
        return max(float(knob.low) for knob in every), min(float(knob.high) for knob in every)


def settings_of(entry: Entry, landscape: Landscape) -> list[Axis]:
    """Return the axes available to a map of this entry, over their whole range: its settings, then the start."""
    axes = []
    layer, prefix = entry.optimizer, ""
    while True:
        for name, knob in knobs(layer).items():
            if knob.kind is not bool:
                axes.append(Axis(prefix + name, float(knob.low), float(knob.high), knob.scale))
        inner = [f.name for f in fields(layer) if f.name == "inner"]
        if not inner:
            break
        layer, prefix = get_field(layer, "inner"), prefix + "inner."
    return axes + [Axis(name, *ends) for name, ends in zip(START, landscape.domain, strict=True)]


def with_values(scenario: Scenario, values: dict[str, float]) -> Scenario:
    """Return the scenario with the values of a cell for the settings of each entry and the start.

    Raises ScenarioError.
    """
    x, y = scenario.point
    start = (values.get("x", x), values.get("y", y))
    entries = []
    for entry in scenario.entries:
        for name, value in values.items():
            if name not in START:
                knob = Axis(name, 0, 1).knob(entry)
                whole = knob is not None and knob.kind is int
                entry = with_setting(entry, owner_path(entry.optimizer, name), round(value) if whole else float(value))
        entries.append(entry)
    return replace(scenario, entries=tuple(entries), start=start)
