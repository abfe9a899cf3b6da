"""Reading the link of a page, without a session: what the page shows, and the view of it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, cast

from landscape_lab.experiments import Scenario, ScenarioError
from landscape_lab.experiments.course.lessons import find_goal
from landscape_lab.experiments.scenarios.exercise import check_names
from landscape_lab.experiments.scenarios.view import View

T = TypeVar("T")
PLAYGROUND = "playground"
"""The playground's path."""


def read_link(
    query: Mapping[str, str],
    read: Callable[[Mapping[str, str]], T],
    default: Callable[[], T],
    usual: View,
    looks: Collection[str],
) -> tuple[T, View]:
    """Return what a link shows, and the view of it. Raises ScenarioError.

    Args:
        query: The parts of the link, without those about the visitor, such as the language.
        read: Reads the parts that are not about the view; refuses unknown ones.
        default: What is shown when there are no such parts; with a task it is that at which the task starts.
        usual: The view that a link without parts about the view has on this page.
        looks: The names of the parts about the view that this page knows.
    """
    view = View.from_query({name: value for name, value in query.items() if name in looks}, usual)
    if view.inspector and "inspect" not in looks:
        raise ScenarioError("The link asks to show “{word}”, which means nothing here.", word="inspector")
    own = {name: value for name, value in query.items() if name not in looks}
    goal = find_goal(view.goal)[1] if view.goal else None
    found: Any = read(own) if own else read(goal.scenario.to_query()) if goal else default()
    if goal and type(goal.scenario) is not type(_scenario(found)):
        raise ScenarioError("The link sets a task “{text}” of another page.", text=view.goal)
    entries = _entries(found)
    view.check_hidden(entries)
    if view.inspected >= entries:
        raise ScenarioError("The link opens up an entry that is not there: there are {count}.", count=entries)
    if isinstance(found, Scenario):
        check_names(found, view.hide)
    return cast(T, found), view


def _entries(found: Any) -> int:
    return len(_scenario(found).entries)


def _scenario(found: Any) -> Any:
    return found if isinstance(found, Scenario) else found.scenario
