"""How a race is looked at, and the parts of a link that say so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from landscape_lab.experiments.scenarios.sentence import ScenarioError

SHOW = {"relief": ("projection", "relief"), "linear": ("loss_axis", "linear"), "arrows": ("arrows", True)}
SHOW |= {"inspector": ("inspector", True)}
SHOW |= {axis: ("progress_axis", axis) for axis in ("evaluations", "examples", "epochs")}
VIEW_NAMES = ("show", "hidden", "inspect")
"""The parts of a link that say how a race is looked at."""
EXERCISE_NAMES = ("view", "hide")
"""And those that say how much of the page the reader gets."""
PLAIN = "plain"
"""In a link: nothing of `SHOW`, on a page that usually shows some of it."""
EMBED = "embed"
"""In a link, as its view: the stage alone."""
MAX_VIEW_LENGTH, MAX_HIDE_LENGTH = 100, 300


@dataclass(frozen=True)
class View:
    """How the race is looked at; nothing in it changes a number.

    hidden     the places of hidden entries
    inspector  whether the steps of an entry are opened up; `inspected` is its place, which a link calls `inspect`
    embed      whether the stage is alone on the page
    hide       names of controls that the reader does not get; see `experiments.scenarios.exercise`
    """

    projection: str = "map"
    loss_axis: str = "log"
    progress_axis: str = "steps"
    arrows: bool = False
    hidden: tuple[int, ...] = ()
    inspector: bool = False
    inspected: int = 0
    embed: bool = False
    hide: tuple[str, ...] = ()

    def to_query(self, usual: "View | None" = None) -> dict[str, str]:
        """The parts of a link; what a link leaves out is as `usual` on the page that it leads to."""
        shown = [word for word, (name, value) in SHOW.items() if getattr(self, name) == value]
        same = all(getattr(self, name) == getattr(usual or View(), name) for name, _value in SHOW.values())
        query = {} if same else {"show": ",".join(shown) or PLAIN}
        query |= {"inspect": str(self.inspected)} if self.inspector and self.inspected else {}
        query |= {"hidden": ",".join(str(i) for i in self.hidden)} if self.hidden else {}
        query |= {"view": EMBED} if self.embed else {}
        return query | ({"hide": ",".join(self.hide)} if self.hide else {})

    @classmethod
    def from_query(cls, query: Mapping[str, str], usual: "View | None" = None) -> "View":
        """Raises ScenarioError."""
        for name in (*VIEW_NAMES, *EXERCISE_NAMES):
            most = MAX_HIDE_LENGTH if name == "hide" else MAX_VIEW_LENGTH
            if (length := len(query.get(name, ""))) > most:
                raise ScenarioError("The link is too long: “{name}” has {length} characters.", name=name, length=length)
        words = [word for word in query.get("show", "").split(",") if word]
        view: dict[str, Any] = {} if words else {name: getattr(usual or cls(), name) for name, _value in SHOW.values()}
        for word in words if words != [PLAIN] else ():
            if word not in SHOW:
                raise ScenarioError("The link asks to show “{word}”, which means nothing here.", word=word)
            view[SHOW[word][0]] = SHOW[word][1]
        hidden = list(filter(None, query.get("hidden", "").split(",")))
        if not all(len(i) <= 2 and i.isascii() and i.isdigit() for i in hidden):
            raise ScenarioError("The link hides lanes by numbers, not by “{text}”.", text=query["hidden"])
        inspected = query.get("inspect", "0")
        if not (len(inspected) <= 2 and inspected.isascii() and inspected.isdigit()):
            raise ScenarioError("The link opens up a lane by its number, not by “{text}”.", text=inspected)
        if query.get("view", EMBED) != EMBED:
            raise ScenarioError("The link asks for a view “{word}”; there is only “embed”.", word=query["view"])
        places = tuple(sorted({int(i) for i in hidden}))
        hide = tuple(sorted(set(filter(None, query.get("hide", "").split(",")))))
        return cls(**view, hidden=places, inspected=int(inspected), embed="view" in query, hide=hide)

    def check_hidden(self, entries: int) -> None:
        """Raises ScenarioError if an entry is hidden that a race of so many does not have."""
        if self.hidden and self.hidden[-1] >= entries:
            raise ScenarioError("The link hides a lane that is not there: there are {count}.", count=entries)

    def seen_as(self, other: "View") -> "View":
        """This view with what the reader of the stage can choose from another one."""
        return replace(other, embed=self.embed, hide=self.hide)

    def to_browser(self) -> dict[str, Any]:
        """What the stage is told; `from_browser` reads it back."""
        names = ("projection", "loss_axis", "progress_axis", "arrows", "inspector", "inspected")
        return {name: getattr(self, name) for name in names} | {"hidden": list(self.hidden)}

    @classmethod
    def from_browser(cls, told: Any) -> "View":
        """What the stage tells after a click on it. Anything that is not a view is the default."""
        told = told if isinstance(told, dict) else {}
        words = {word for word, (name, value) in SHOW.items() if told.get(name) == value}
        hidden = [i for i in told.get("hidden") or () if isinstance(i, int) and 0 <= i < 100]
        inspected = told.get("inspected")
        inspected = inspected if type(inspected) is int and 0 <= inspected < 100 else 0
        return cls.from_query(
            {"show": ",".join(words), "hidden": ",".join(map(str, hidden)), "inspect": str(inspected)}
        )
