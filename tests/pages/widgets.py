"""Access to widgets by name; the key of a replaced widget has a number appended (see `ui.widgets`)."""

import re
from collections.abc import Iterable
from typing import Any


def widget(elements: Iterable[Any], name: str) -> Any:
    """The element that shows the value of this name."""
    (found,) = (each for each in elements if re.fullmatch(rf"{re.escape(name)}( \d)?", each.key or ""))
    return found
