"""The race that a link shows, whichever page it leads to."""

from collections.abc import Mapping

from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.maps.plan import MapPlan
from landscape_lab.experiments.scenarios.address import READER, read_link
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData

PAGES = ("", "playground")
"""Pages of the app that show a race; those of the lessons do, too."""


def scenario_of(link: str, own: OwnData = NO_DATA) -> Scenario:
    """The race of an address of the app, or of the part of one after the question mark. Raises ScenarioError.

    The playground, the maps and the lessons have one.
    """
    if not isinstance(link, str):
        raise ScenarioError("A link is a text, not a {kind}.", kind=type(link).__name__)
    page, query = read_link(link.strip())
    query = {name: value for name, value in query.items() if name not in READER}
    return MapPlan.from_query(query, own).scenario if page == "maps" else scenario_on(page, query, own)


def scenario_on(page: str, query: Mapping[str, str], own: OwnData) -> Scenario:
    """The race that a page of this name shows for these parts of its link. Raises ScenarioError."""
    if page in LESSONS:
        return LESSONS[page].from_query(query).scenario
    if page not in PAGES:
        raise ScenarioError("The page “{page}” shows no race: links of the playground and the lessons do.", page=page)
    return Scenario.from_query(query, own)
