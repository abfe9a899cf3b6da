"""What a reader changes is changed once, and whole, however fast the next change follows.

Streamlit ends a run for the next one wherever it touches the session's state, in a callback, too, which it does not
call again: a change was lost when another one followed at once. And with every change a browser tells what all its
fields are: what it has not heard of yet, it tells as it was before, and Streamlit takes that for changes by hand, which
undid the change before.
"""

from typing import Any

from ui.server.private import before_callbacks, widget_states
from ui.state import ENDED, RUN, SIGNED

TRIGGERS = {"trigger_value", "string_trigger_value", "chat_input_value", "json_trigger_value"}
"""What is told once, by a press, and not as it stands."""
TOLD = "fields as told"


def mend_callbacks() -> None:
    """Have every session of this process finish its callbacks, and call them for what was changed by hand only."""
    before_callbacks(_by_hand)


def _by_hand(session: Any, told: Any) -> Any:
    """Without the fields that are told as they were the last time, if the browser has not heard what they are now."""
    if told is None:
        return None
    before: dict[str, Any] = session[TOLD] if TOLD in session else {}  # noqa: SIM401 - it has no `get`
    session[TOLD] = {field.id: field for field in told.widgets}
    seen = [field.string_value for field in told.widgets if field.id.endswith(f"-{RUN}")]
    # A browser that comes from another process tells of runs that this one knows nothing of.
    if not seen or SIGNED not in session or (seen == [session[SIGNED]] and session[ENDED]):
        return told
    news = [field for field in told.widgets if field.WhichOneof("value") in TRIGGERS or field != before.get(field.id)]
    return widget_states(news)
