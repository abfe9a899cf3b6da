"""Requests to `/race` without HTTP: the checked query, and the message to respond with.

`race_route.py` runs these functions in threads, as short tasks between other work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl

from landscape_lab.experiments import Scenario, ScenarioError
from landscape_lab.experiments.course.lessons import RACE_LESSONS
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.operations import apply
from landscape_lab.experiments.runs import entry_run
from landscape_lab.experiments.scenarios.address import with_pluses
from landscape_lab.experiments.scenarios.notation import read
from landscape_lab.experiments.scenarios.surfaces import NO_DATA, DataNotLoaded, OwnData
from landscape_lab.experiments.scenarios.view import EXERCISE_NAMES, VIEW_NAMES, View
from landscape_lab.ui.i18n.translation import LANGUAGES, say, speaking
from landscape_lab.ui.link import PLAYGROUND, read_link
from landscape_lab.ui.server.race_route import RELEASED
from landscape_lab.ui.server.refusals import Refused
from landscape_lab.ui.server.url_limits import MARK
from landscape_lab.ui.stage.message import modes_of, recent_tree
from landscape_lab.ui.stage.packing import pack

MOST_PARTS = 64
"""The maximal number of parts of a query. A link of the app has about a dozen."""
MOST_CHANGES = 4
"""The maximal number of changes; the start has two numbers."""
REPEATED = frozenset({"knob", "value", "have"})
"""Parts of a query that may be repeated."""
LANGUAGE, SIZE = "lang", "type"
SHORT_RACE = 6000
"""The number of steps of all entries together up to which a race is one task."""


@dataclass(frozen=True)
class RaceQuery:
    """A checked query whose link has not been read yet.

    Attributes:
        page: The page of the link: the playground or a lesson.
        link: The parts of the link.
        changes: Paths of `experiments.operations` and their new values, in the order in which they are applied.
        have: Keys of surfaces, families and programs that the client has, and that are not sent again.
        language: The language of the texts in the response.
    """

    page: str
    link: Mapping[str, str]
    changes: tuple[tuple[str, Any], ...]
    have: frozenset[str]
    language: str

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the query of an address. Raises ScenarioError."""
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_PARTS)
        except ValueError:
            raise ScenarioError("A link has at most {most} parts.", most=MOST_PARTS) from None
        names = [name for name, _value in pairs]
        if MARK in names:
            raise ScenarioError("The link is too long to be read.")
        for name in names:
            if name not in REPEATED and names.count(name) > 1:
                raise ScenarioError("The link says “{name}” twice.", name=name)
        paths, values, have = ([value for name, value in pairs if name == part] for part in ("knob", "value", "have"))
        if len(paths) != len(values) or len(paths) > MOST_CHANGES:
            raise ScenarioError(
                "Every “knob” needs its “value”, and at most {most} numbers are changed at once.", most=MOST_CHANGES
            )
        changes = tuple((path, _number(value)) for path, value in zip(paths, values, strict=True))
        once = {name: value for name, value in pairs if name not in REPEATED and not name.startswith("embed")}
        page, language = once.pop("page", PLAYGROUND), once.pop(LANGUAGE, "en")
        if page != PLAYGROUND and page not in RACE_LESSONS:
            raise ScenarioError("There is no race on a page called “{name}”.", name=page)
        if language not in LANGUAGES:
            raise ScenarioError(
                "The link asks for “{name}={word}”, which means nothing here.", name=LANGUAGE, word=language
            )
        once.pop(SIZE, None)  # affects the font size only
        once.pop(RELEASED, None)  # affects the queue only
        return cls(page, with_pluses(once, text), changes, frozenset(have), language)

    def opened(self, own: OwnData = NO_DATA) -> "RequestedRace":
        """Return the requested race. Raises ScenarioError, and DataNotLoaded for data that are not in `own`."""
        shown: Any
        if self.page == PLAYGROUND:
            looks = (*VIEW_NAMES, *EXERCISE_NAMES)
            shown, view = read_link(
                self.link, lambda link: Scenario.from_query(link, own), lambda: Scenario.from_query({}), View(), looks
            )
        else:
            cls = RACE_LESSONS[self.page]
            shown, view = read_link(self.link, cls.from_query, cls, View(**cls.shown), VIEW_NAMES)
        for path, value in self.changes:
            shown = apply(shown, path, value, view.hide)
        return RequestedRace(shown, view, self.have, self.language)


def ask(text: str, own: OwnData = NO_DATA) -> "RequestedRace":
    """Return the race of a query. `own` are the losses over own data that the user has loaded. Raises Refused."""
    language = "en"
    try:
        query = RaceQuery.from_text(text)
        language = query.language
        return query.opened(own)
    except ScenarioError as error:
        with speaking(language):
            sentence = say(error.sentence)
        raise Refused(403 if isinstance(error, DataNotLoaded) else 400, sentence) from None


@dataclass(frozen=True)
class RequestedRace:
    """A requested race and its view; see `RaceQuery`."""

    shown: Scenario | RaceLesson
    view: View
    have: frozenset[str]
    language: str

    @property
    def scenario(self) -> Scenario:
        return self.shown if isinstance(self.shown, Scenario) else self.shown.scenario

    @property
    def is_private(self) -> bool:
        """Whether the race is over a user's own data."""
        return self.scenario.data is not None

    @property
    def is_long(self) -> bool:
        """Whether each entry is a separate task."""
        return self.scenario.steps * self.entries > SHORT_RACE

    @property
    def entries(self) -> int:
        """The number of entries."""
        return len(self.scenario.entries)

    def run_entry(self, place: int) -> None:
        """Run one entry to fill the cache for `message`."""
        entry_run(self.scenario, self.scenario.entries[place])

    def message(self) -> bytes:
        """Return the packed message for the stage, with only the keys of surfaces, families and programs in `have`."""
        with speaking(self.language):
            modes = tuple(modes_of(self.shown).items())
            tree = dict(recent_tree(self.scenario, self.view, modes, self.language))
        surface, race, engine = tree["surface"], tree["race"], tree["engine"]
        if surface["key"] in self.have:
            tree["surface"] = {"key": surface["key"]}
        family = race["family"]
        if family and family["key"] in self.have:
            tree["race"] = race | {"family": {name: family[name] for name in ("key", "lane", "chosen")}}
        if engine and engine["key"] in self.have:
            tree["engine"] = {name: part for name, part in engine.items() if name != "program"}
        return pack(tree)


def _number(text: str) -> float | bool:
    try:
        values = read(text)
    except ScenarioError:
        values = []
    if len(values) != 1 or not isinstance(values[0], float | bool):
        raise ScenarioError("“{name}” must be a number.", name="value")
    return values[0]
