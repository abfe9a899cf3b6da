"""What the page of networks shows, equivalent to a link: a training, and the plane on which it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from landscape_lab.experiments.networks.recorded import PLANES, POINTS_OF_PLANE
from landscape_lab.experiments.networks.scenario import NetworkScenario, default_network_entries
from landscape_lab.experiments.scenarios.notation import read, write
from landscape_lab.experiments.scenarios.reading import check_knobs, read_number, read_whole
from landscape_lab.experiments.scenarios.scenario import check_query
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData
from optim_core.knob import knob

DEFAULT_TARGET = 0.9
Points = tuple[int, int, int]
_OWN = ("plane", "through", "plane_seed", "target_accuracy")


@dataclass(frozen=True)
class NetworkPlan:
    """A training, and the plane and the numbers that are shown of it.

    plane       one of `recorded.PLANES`
    points      the places of the points that determine a plane: see `recorded.point_of`
    plane_seed  of random directions
    target_accuracy  the validation accuracy to which the time is measured

    Raises ScenarioError for an unknown plane and for places of entries that do not exist.
    """

    scenario: NetworkScenario
    plane: str = "components"
    points: Points = POINTS_OF_PLANE
    plane_seed: int = knob(0, 0, 9999, symbol="s", least=0, help="Another seed draws other random directions.")
    target_accuracy: float = knob(
        DEFAULT_TARGET,
        0.5,
        1.0,
        symbol="",
        help="The validation accuracy to which the table counts the epochs.",
    )

    def __post_init__(self) -> None:
        check_knobs(self)
        if self.plane not in PLANES:
            raise ScenarioError("There is no plane called “{name}”.", name=self.plane)
        count = len(self.scenario.entries)
        if self.points != POINTS_OF_PLANE and not all(0 <= place <= count for place in self.points):
            raise ScenarioError("The plane passes through an entry that is not there: there are {count}.", count=count)

    @property
    def places(self) -> Points:
        """The points, with the start for those of entries that do not exist."""
        count = len(self.scenario.entries)
        first, second, third = (place if place <= count else 0 for place in self.points)
        return first, second, third

    def with_scenario(self, scenario: NetworkScenario) -> "NetworkPlan":
        """Return the plan with another training; points of entries that do not exist are replaced by the default."""
        fits = all(place <= len(scenario.entries) for place in self.points)
        return replace(self, scenario=scenario, points=self.points if fits else POINTS_OF_PLANE)

    def to_query(self) -> dict[str, str]:
        """Return the parts of a link; those of the default plane are omitted."""
        query = self.scenario.to_query()
        query |= {"plane": self.plane} if self.plane != "components" else {}
        query |= {"through": ",".join(map(str, self.points))} if self.points != POINTS_OF_PLANE else {}
        query |= {"plane_seed": str(self.plane_seed)} if self.plane_seed else {}
        return query | (
            {"target_accuracy": write(float(self.target_accuracy))} if self.target_accuracy != DEFAULT_TARGET else {}
        )

    @classmethod
    def from_query(cls, query: Mapping[str, str], own: OwnData = NO_DATA) -> "NetworkPlan":
        """Read the parts of a link; `own` are the losses over data that the user has loaded. Raises ScenarioError."""
        check_query(query)
        scenario = NetworkScenario.from_query({name: text for name, text in query.items() if name not in _OWN}, own)
        through = query.get("through", ",".join(map(str, POINTS_OF_PLANE)))
        places = through.split(",")
        if len(places) != len(POINTS_OF_PLANE) or not all(
            len(place) <= 2 and place.isascii() and place.isdigit() for place in places
        ):
            raise ScenarioError("The points of a plane are three numbers of entries, not “{text}”.", text=through)
        first, second, third = map(int, places)
        seed = read_whole("plane_seed", query.get("plane_seed", "0"))
        target = read(query.get("target_accuracy", write(DEFAULT_TARGET)) or "0")
        if len(target) != 1:
            raise ScenarioError("“{name}” needs one value, not {count}.", name="target_accuracy", count=len(target))
        plane = query.get("plane", "components")
        return cls(scenario, plane, (first, second, third), seed, read_number("target_accuracy", target[0]))


def default_plan() -> NetworkPlan:
    """Return the plan for a visitor without a link."""
    return NetworkPlan(NetworkScenario(default_network_entries()))
