"""Access to choices from thumbnails in tests without a browser."""

import json
from types import SimpleNamespace
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest


def shown(tree: Any, key: str) -> dict[str, Any]:
    """The data sent to the component with this key."""
    return json.loads(_element(tree, key).proto.json)


def chosen(at: AppTest, key: str) -> str | None:
    """The key of the option that is shown as chosen."""
    return shown(at, key)["chosen"]


def options(at: AppTest, key: str) -> dict[str, dict[str, Any]]:
    """The options by their keys."""
    return {option["key"]: option for group in shown(at, key)["groups"] for option in group["options"]}


def choice(tree: Any, key: str, option: Any) -> Any:
    """What a browser sends if an option is chosen, in the form of an element of `AppTest`."""
    name = _make_trigger_id(_element(tree, key).proto.id, "events")
    value = json.dumps([{"event": "choice", "value": option}])
    state = WidgetState(id=name, json_trigger_value=value)
    return SimpleNamespace(type="button", proto=state, _widget_state=state)


def choose(at: AppTest, key: str, option: Any) -> AppTest:
    """Run the page as if an option had been chosen in the browser."""
    states = at._tree.get_widget_states()
    states.widgets.append(choice(at, key, option)._widget_state)
    return at._run(states)


def _element(tree: Any, key: str) -> Any:
    (element,) = (element for element in tree.get("bidi_component") if element.key == key)
    return element
