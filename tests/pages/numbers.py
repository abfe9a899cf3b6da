"""Access to the numbers of a page in tests without a browser."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

EPOCH = "knobs epoch"


def places(at: AppTest) -> dict[str, dict[str, Any]]:
    """The data sent to each component of numbers, by its key."""
    found = [element for element in at.get("bidi_component") if element.proto.component_name.endswith("_knobs")]
    return {str(element.key): json.loads(element.proto.json) for element in found}


def rows(at: AppTest) -> dict[str, dict[str, Any]]:
    """The row of every number on the page, by its path."""
    return {row["path"]: row for place in places(at).values() for line in place["lines"] for row in line}


def refused(at: AppTest) -> list[str]:
    """The error of the last change of each component, where it was refused."""
    return [
        each["sentence"] for place in places(at).values() for each in place["refused"] if each["n"] == place["heard"]
    ]


def turn(at: AppTest, path: str, value: Any) -> AppTest:
    """Run the page as if the number at `path` had been set to `value` in the browser."""
    return tell(at, *change(at, path, value))


def change(at: AppTest, path: str, value: Any) -> tuple[str, dict[str, Any]]:
    """What the browser sends when the number at `path` is set: the key of its component, and the operations."""
    ((key, row),) = (
        (key, row)
        for key, place in places(at).items()
        for line in place["lines"]
        for row in line
        if row["path"] == path
    )
    n = places(at)[key]["heard"] + 1
    return key, of_page(at) | {"changes": [{"n": n, "path": path, "value": value, "of": row["of"]}]}


def of_page(at: AppTest) -> dict[str, Any]:
    """The session and page that changes made on the present page refer to."""
    return {"epoch": at.session_state[EPOCH], "page": at.session_state.page}


def tell(at: AppTest, key: str, operations: Any) -> AppTest:
    """Run the page as if the browser had sent these operations for the component with this key."""
    # AppTest does not support custom components: the operations are added to the messages of its widgets.
    (element,) = (element for element in at.get("bidi_component") if element.key == key)
    states = at._tree.get_widget_states()
    states.widgets.add(id=element.proto.id, json_value=json.dumps({"operations": operations}))
    return at._run(states)
