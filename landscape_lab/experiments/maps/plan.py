"""The description of a map, equivalent to a link: a scenario, two axes and the selected cell."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from types import MappingProxyType

from landscape_lab.experiments.maps.axis import START, Axis, settings_of, with_values
from landscape_lab.experiments.scenarios.entries import settings
from landscape_lab.experiments.scenarios.notation import MAX_LENGTH
from landscape_lab.experiments.scenarios.scenario import Entry, Scenario, check_query, read_point, write_point
from landscape_lab.experiments.scenarios.sentence import ScenarioError, in_words
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData
from landscapes import Landscape

MOST_MAPS = 4
"""The maximal number of entries that have a map, side by side."""

LEVELS = (64, 256, 512, 1024)
"""Cells along each side of the successively finer maps that a page computes."""

USUAL = ("learning_rate", "momentum", "beta1", "rho")
"""The default axes of a map, if its entry has these settings."""

Axes = tuple[Axis, Axis]


@dataclass(frozen=True)
class MapPlan:
    """The entries of a scenario, each with its own map over the same two settings.

    `picked` has the values of the two settings in the cell whose run is shown beside the map; `finest` is the last of
    the `LEVELS` to compute. Raises ScenarioError if no entry has both settings, or none allows their ends.
    """

    scenario: Scenario
    axes: Axes
    picked: tuple[float, float] | None = None
    finest: int = LEVELS[-1]

    def __post_init__(self) -> None:
        if self.finest not in LEVELS:
            raise ScenarioError(
                "The finest map has {levels} or {last} cells along each side, not {count}.",
                levels=", ".join(map(str, LEVELS[:-1])), last=LEVELS[-1], count=self.finest,
            )  # fmt: skip
        x, y = self.axes
        if x.setting == y.setting:
            raise ScenarioError("Both axes of the map are “{name}”.", name=in_words(x.setting))
        if not self.mapped:
            able = [entry for entry in self.scenario.entries if all(_has(entry, axis) for axis in self.axes)]
            for axis in self.axes if able else ():
                axis.fits(able[0], self.scenario.landscape)  # raises what is wrong with it
            raise ScenarioError("No entry has both “{x}” and “{y}”.", x=in_words(x.setting), y=in_words(y.setting))
        if self.picked:
            _ = self.run  # raises what is wrong with the cell

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The indices of the entries that have a map: the first ones with both settings that allow all values."""
        landscape = self.scenario.landscape
        fitting = (
            i
            for i, entry in enumerate(self.scenario.entries)
            if all(_fits(entry, axis, landscape) for axis in self.axes)
        )
        return tuple(islice(fitting, MOST_MAPS))

    @property
    def mapped(self) -> tuple[Entry, ...]:
        """The entries that have a map."""
        return tuple(self.scenario.entries[i] for i in self.places)

    @property
    def basins(self) -> bool:
        """Whether the axes are the coordinates of the start, so that the colours show minima."""
        return {axis.setting for axis in self.axes} == set(START)

    @property
    def metric(self) -> str:
        """The key in `METRICS` of the map's metric."""
        return "minimum" if self.basins else "loss"

    def alone(self, entry: Entry) -> Scenario:
        """Return the scenario of one entry's map."""
        return replace(self.scenario, entries=(replace(entry, name=""),))

    def sized(self, count: int) -> Axes:
        """Return the axes with `count` cells each."""
        x, y = self.axes
        return replace(x, count=count), replace(y, count=count)

    @property
    def run(self) -> Scenario:
        """The race of the selected cell, with an entry for each map, or of the scenario itself if none is selected."""
        race = replace(self.scenario, entries=self.mapped)
        if not self.picked:
            return race
        return with_values(race, {axis.setting: at for axis, at in zip(self.axes, self.picked, strict=True)})

    def with_scenario(self, scenario: Scenario) -> "MapPlan":
        """Return the map of another scenario; axes that do not apply to it are replaced by the default axes."""
        picked = self.picked if scenario.surface == self.scenario.surface else None
        for axes, at in ((self.axes, picked), (self.axes, None), (usual_axes(scenario, self.basins), None)):
            try:
                return MapPlan(scenario, axes, at, self.finest)
            except ScenarioError as error:
                refused = error
        raise refused

    def zoomed(self, x: tuple[float, float], y: tuple[float, float]) -> "MapPlan":
        """Return the map between two fractions of each axis, within the range of the settings.

        Fractions outside of 0 to 1 are beyond the ends of the axis. Raises ScenarioError if nothing of the range is
        left, or if float64 cannot distinguish neighbouring cells.
        """
        axes = (self._part(self.axes[0], x), self._part(self.axes[1], y))
        if not all(replace(axis, count=64).fine_enough for axis in axes):
            raise ScenarioError(
                "Closer than this, neighbouring cells would be the same number: float64 has about 16 digits."
            )
        return replace(self, axes=axes)

    def _part(self, axis: Axis, side: tuple[float, float]) -> Axis:
        (low, high), (first, last) = axis.limits(self.mapped, self.scenario.landscape), (axis.at(at) for at in side)
        # A map of which a part is beyond the range already, as cells have the values at their middles, keeps that part.
        return replace(axis, low=max(first, min(low, axis.low)), high=min(last, max(high, axis.high)))

    def to_query(self) -> dict[str, str]:
        """Return the parts of a link."""
        query = self.scenario.to_query() | {"across": self.axes[0].text, "up": self.axes[1].text}
        query |= {"at": write_point(self.picked)} if self.picked else {}
        return query | ({"finest": str(self.finest)} if self.finest != LEVELS[-1] else {})

    @classmethod
    def from_query(cls, query: Mapping[str, str], data: OwnData = NO_DATA) -> "MapPlan":
        """Read the parts of a link; missing axes have their defaults. Raises ScenarioError.

        `data` are the losses over own data that the user has loaded.
        """
        check_query(query)
        own = {name: query[name] for name in ("across", "up", "at", "finest") if name in query}
        for name, value in own.items():
            if len(value) > MAX_LENGTH:
                raise ScenarioError(
                    "The link is too long: “{name}” has {length} characters.", name=name, length=len(value)
                )
        scenario = Scenario.from_query({name: value for name, value in query.items() if name not in own}, data)
        axes = usual_axes(scenario)
        if "across" in own:
            axes = (Axis.from_text(own["across"]), axes[1])
        if "up" in own:
            axes = (axes[0], Axis.from_text(own["up"]))
        finest = own.get("finest", str(LEVELS[-1]))
        if not (len(finest) <= 4 and finest.isascii() and finest.isdigit()):
            raise ScenarioError("“{name}” must be a whole number, not “{text}”.", name="finest", text=finest)
        return cls(scenario, axes, read_point(own["at"]) if "at" in own else None, int(finest))


def usual_axes(scenario: Scenario, basins: bool = False) -> Axes:
    """Return the default axes for the first entry of a scenario: those of `USUAL` that it has, then other settings."""
    entry, landscape = scenario.entries[0], scenario.landscape
    every = {axis.setting: axis for axis in settings_of(entry, landscape)}
    names = [name for usual in USUAL for name in every if name.rpartition(".")[2] == usual]
    names = [] if basins else list(dict.fromkeys(names))
    first, second = (whole_axis(entry, landscape, name) for name in [*names, *START][:2])
    return first, second


def whole_axis(entry: Entry, landscape: Landscape, name: str) -> Axis:
    """Return the axis over the useful range of a setting. Raises ScenarioError if the entry has no such setting."""
    axis = Axis(name, 0, 1)
    knob = axis.knob(entry)
    if knob is None:
        return Axis(name, *landscape.domain[START.index(name)])
    if knob.kind is int:
        return Axis(name, knob.low - 0.5, min(knob.high, 20) + 0.5)
    if knob.scale == "log":
        return Axis(name, max(knob.low, knob.default * 1e-3), min(knob.high, knob.default * 1e2), "log")
    return Axis(name, float(knob.low), float(knob.high))


def axes_of(scenario: Scenario) -> list[str]:
    """Return the names of all settings available to an axis, first those of the first entry, then those of others."""
    names = [axis.setting for entry in scenario.entries for axis in settings_of(entry, scenario.landscape)]
    return [*(name for name in dict.fromkeys(names) if name not in START), *START]


def _has(entry: Entry, axis: Axis) -> bool:
    if axis.setting in START:
        return True
    return any(_named(path, axis.setting) for path, _owner, knob in settings(entry) if knob.kind is not bool)


def _fits(entry: Entry, axis: Axis, landscape: Landscape) -> bool:
    try:
        axis.fits(entry, landscape)
    except ScenarioError:
        return False
    return True


def _named(path: str, setting: str) -> bool:
    return path == setting or ("." not in setting and path.rpartition(".")[2] == setting)


@dataclass(frozen=True)
class NamedMap:
    """An instructive map with its name and a sentence about what it shows."""

    label: str
    story: str
    query: Mapping[str, str]

    @cached_property
    def plan(self) -> MapPlan:
        return MapPlan.from_query(self.query)


XY = 'formula(text="(x*y - 1)^2 / 2",left=-3,right=3,bottom=-3,top=3)'

MAPS: Mapping[str, NamedMap] = MappingProxyType(
    {
        "edge": NamedMap(
            "The edge of trainability",
            "Momentum in Rosenbrock's valley: no simple line separates the settings that converge "
            "from those that diverge. Drag a box to zoom in, again and again.",
            {
                "surface": "rosenbrock",
                "start": "-1.5,2",
                "lanes": "momentum(learning_rate=0.0021,momentum=0.95)",
                "steps": "1500",
                "across": "learning_rate=0.002025:0.002225",
                "up": "momentum=0.91:0.99",
            },
        ),
        "two_weights": NamedMap(
            "Two weights, one product",
            "The smallest deep network there is, (xy − 1)²/2: two layers of one weight each. Its edge is a fractal.",
            {
                "surface": XY,
                "start": "0.5,2.2",
                "lanes": "momentum(learning_rate=0.8,momentum=0.9)",
                "steps": "1000",
                "across": "learning_rate=0.765:0.885",
                "up": "momentum=0.831:0.981",
            },
        ),
        "basins": NamedMap(
            "Four valleys",
            "From which start to which minimum? With momentum the basins of Himmelblau's function "
            "interlock like fingers.",
            {
                "surface": "himmelblau",
                "lanes": "momentum(learning_rate=0.01,momentum=0.9)",
                "steps": "500",
                "across": "x=-5:5",
                "up": "y=-5:5",
            },
        ),
        "side_by_side": NamedMap(
            "Same valleys, four methods",
            "The basins of gradient descent are almost those of the landscape; every other method has "
            "basins of its own.",
            {
                "surface": "himmelblau",
                "lanes": "gradient_descent(learning_rate=0.01),momentum(learning_rate=0.01,momentum=0.9),"
                "nesterov(learning_rate=0.01,momentum=0.9),adam(learning_rate=0.3)",
                "steps": "500",
                "across": "x=-5:5",
                "up": "y=-5:5",
            },
        ),
        "quadratic": NamedMap(
            "The textbook's border",
            "On a bowl the border is a straight line: rate = 2 (1 + momentum) / largest curvature, here 10.",
            {
                "surface": "elliptic_bowl(condition=10,angle=30)",
                "lanes": "momentum(learning_rate=0.1,momentum=0.5)",
                "steps": "1000",
                "across": "learning_rate=0.001:0.45",
                "up": "momentum=0:0.99",
            },
        ),
        "adam": NamedMap(
            "Which rate for Adam?",
            "Seven decades of learning rates against the memory of the first moment, in Rosenbrock's valley.",
            {
                "surface": "rosenbrock",
                "start": "-1.5,2",
                "lanes": "adam(learning_rate=0.1)",
                "steps": "1000",
                "across": "learning_rate=0.000001:10:log",
                "up": "beta1=0:0.9999",
            },
        ),
    }
)
"""Instructive maps, each written as the parts of its link."""
