"""The race of a link to any page of the app."""

from collections.abc import Mapping

from landscape_lab.experiments.course.lessons import RACE_LESSONS
from landscape_lab.experiments.maps.plan import MapPlan
from landscape_lab.experiments.scenarios.address import DISPLAY_PARTS, read_link
from landscape_lab.experiments.scenarios.scenario import Scenario
from landscape_lab.experiments.scenarios.sentence import ScenarioError
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, OwnData

PAGES = ("", "playground")
"""The pages that show a race, apart from those of the lessons."""


def scenario_of(link: str, own: OwnData = NO_DATA) -> Scenario:
    """Return the race of an address of the app, or of the part after the question mark.

    Links to the playground, the maps and the lessons have one. Raises ScenarioError for other texts.
    """
    if not isinstance(link, str):
        raise ScenarioError("A link is a text, not a {kind}.", kind=type(link).__name__)
    page, query = read_link(link.strip())
    query = {name: value for name, value in query.items() if name not in DISPLAY_PARTS}
    return MapPlan.from_query(query, own).scenario if page == "maps" else scenario_on(page, query, own)


def scenario_on(page: str, query: Mapping[str, str], own: OwnData) -> Scenario:
    """Return the race that the page of this name shows for these parts of a link. Raises ScenarioError."""
    if page in RACE_LESSONS:
        return RACE_LESSONS[page].from_query(query).scenario
    if page not in PAGES:
        raise ScenarioError("The page “{page}” shows no race: links of the playground and the lessons do.", page=page)
    return Scenario.from_query(query, own)
