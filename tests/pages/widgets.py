"""The widgets of a page by their names: one that was replaced has a number behind its name (`ui.widgets`)."""

import re
from collections.abc import Iterable
from typing import Any


def widget(elements: Iterable[Any], name: str) -> Any:
    """The one of these elements that shows the value of this name."""
    (found,) = (each for each in elements if re.fullmatch(rf"{re.escape(name)}( \d)?", each.key or ""))
    return found
