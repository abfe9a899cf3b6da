"""The view of a race and its parts of a link."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from landscape_lab.experiments.scenarios.sentence import ScenarioError

_CAMERA = re.compile(r"([0-9]{1,3}),(-?[0-9]{1,2})(?:,([0-9](?:[.][0-9]{1,2})?))?")
SHOW = {"relief": ("projection", "relief"), "linear": ("loss_axis", "linear"), "arrows": ("arrows", True)}
SHOW |= {"inspector": ("inspector", True)}
SHOW |= {axis: ("progress_axis", axis) for axis in ("evaluations", "examples", "epochs")}
SHOW |= {quantity: ("quantity", quantity) for quantity in ("sharpness", "distance")}
VIEW_NAMES = ("show", "hidden", "inspect", "camera")
"""The parts of a link about the display of a race."""
EXERCISE_NAMES = ("view", "hide", "goal")
"""The parts of a link about the parts of the page that are shown."""
PLAIN = "plain"
"""The value of `show` in a link that switches off every element of `SHOW` that a page has by default."""
EMBED = "embed"
"""The value of `view` in a link that shows the stage alone."""
MAX_VIEW_LENGTH, MAX_HIDE_LENGTH = 100, 300


@dataclass(frozen=True)
class View:
    """The settings of the display of a race. They change no number.

    quantity   what the second curves of a recording show
    hidden     the indices of hidden entries
    camera     the direction of the 3-D view: azimuth and elevation in whole degrees, and the zoom if it is not 1,
               separated by commas; empty for the direction of the surface
    inspector  whether the inspector shows the steps of an entry; `inspected` is its index, in a link `inspect`
    embed      whether the page shows the stage alone
    hide       names of hidden controls; see `experiments.scenarios.exercise`
    goal       the task that the race is to meet, `lesson.goal`, or empty; see `experiments.course.lessons.find_goal`
    """

    projection: str = "map"
    loss_axis: str = "log"
    progress_axis: str = "steps"
    quantity: str = "accuracy"
    arrows: bool = False
    hidden: tuple[int, ...] = ()
    inspector: bool = False
    inspected: int = 0
    camera: str = ""
    embed: bool = False
    hide: tuple[str, ...] = ()
    goal: str = ""

    def to_query(self, usual: "View | None" = None) -> dict[str, str]:
        """Return the parts of a link. `usual` is the default view of the page, whose settings a link omits."""
        shown = [word for word, (name, value) in SHOW.items() if getattr(self, name) == value]
        same = all(getattr(self, name) == getattr(usual or View(), name) for name, _value in SHOW.values())
        query = {} if same else {"show": ",".join(shown) or PLAIN}
        query |= {"inspect": str(self.inspected)} if self.inspector and self.inspected else {}
        query |= {"hidden": ",".join(str(i) for i in self.hidden)} if self.hidden else {}
        query |= {"camera": self.camera} if self.camera else {}
        query |= {"view": EMBED} if self.embed else {}
        query |= {"hide": ",".join(self.hide)} if self.hide else {}
        return query | ({"goal": self.goal} if self.goal else {})

    @classmethod
    def from_query(cls, query: Mapping[str, str], usual: "View | None" = None) -> "View":
        """Read the parts of a link. `usual` is the default view of the page. Raises ScenarioError."""
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
            raise ScenarioError("The link hides entries by numbers, not by “{text}”.", text=query["hidden"])
        inspected = query.get("inspect", "0")
        if not (len(inspected) <= 2 and inspected.isascii() and inspected.isdigit()):
            raise ScenarioError("The link opens up an entry by its number, not by “{text}”.", text=inspected)
        camera = query.get("camera", "")
        if not is_camera(camera):
            raise ScenarioError(
                "The link turns the 3-D view to “{text}”; a camera is azimuth, elevation and zoom, as in 300,35,1.5.",
                text=camera,
            )
        if query.get("view", EMBED) != EMBED:
            raise ScenarioError("The link asks for a view “{word}”; there is only “embed”.", word=query["view"])
        places = tuple(sorted({int(i) for i in hidden}))
        hide = tuple(sorted(set(filter(None, query.get("hide", "").split(",")))))
        return cls(
            **view,
            hidden=places,
            inspected=int(inspected),
            camera=camera,
            embed="view" in query,
            hide=hide,
            goal=query.get("goal", ""),
        )

    def check_hidden(self, entries: int) -> None:
        """Check the indices of hidden entries. Raises ScenarioError if there are fewer entries."""
        if self.hidden and self.hidden[-1] >= entries:
            raise ScenarioError("The link hides an entry that is not there: there are {count}.", count=entries)

    def seen_as(self, other: "View") -> "View":
        """Return `other` with the settings of this view that the stage cannot change."""
        return replace(other, embed=self.embed, hide=self.hide, goal=self.goal)

    def to_browser(self) -> dict[str, Any]:
        """Return the settings that are sent to the stage; `from_browser` reads them back."""
        names = ("projection", "loss_axis", "progress_axis", "quantity", "arrows", "inspector", "inspected", "camera")
        return {name: getattr(self, name) for name in names} | {"hidden": list(self.hidden)}

    @classmethod
    def from_browser(cls, message: Any) -> "View":
        """Read the settings that the stage sends after a click. Invalid settings have their defaults."""
        message = message if isinstance(message, dict) else {}
        words = {word for word, (name, value) in SHOW.items() if message.get(name) == value}
        hidden = [i for i in message.get("hidden") or () if isinstance(i, int) and 0 <= i < 100]
        inspected = message.get("inspected")
        inspected = inspected if type(inspected) is int and 0 <= inspected < 100 else 0
        camera = message.get("camera")
        return cls.from_query(
            {
                "show": ",".join(words),
                "hidden": ",".join(map(str, hidden)),
                "inspect": str(inspected),
                "camera": camera if isinstance(camera, str) and is_camera(camera) else "",
            }
        )


def is_camera(text: str) -> bool:
    """Whether a text is a camera as in `View.camera`: 0 to 359 degrees, -90 to 90 degrees, and a zoom of 0.2 to 5."""
    if not text:
        return True
    found = _CAMERA.fullmatch(text)
    return bool(found) and int(found[1]) < 360 and abs(int(found[2])) <= 90 and 0.2 <= float(found[3] or 1) <= 5
