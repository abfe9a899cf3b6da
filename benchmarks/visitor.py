"""A simulated visitor: a client that speaks Streamlit's protocol over a real web socket, without a browser.

It handles the server's messages like Streamlit's front end (widget values, cached messages, the query string) and
sends all widgets back with each change, as the front end does.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 60.0
"""The timeout of an answer in seconds."""
KEPT_RUNS = 2
"""The number of runs for which the front end caches a large message, so that the server need not send it again."""


class VisitError(RuntimeError):
    """Raised if the server does not respond as expected; the message gives the actual response."""


def _header(message: bytes) -> dict[str, Any]:
    """The header of a message to the stage, without its arrays (`landscape_lab.ui.stage.packing`)."""
    return json.loads(message[4 : 4 + int.from_bytes(message[:4], "little")])


def _chosen(widget: Any, options: list[str]) -> list[str]:
    raw = widget.raw_values if hasattr(widget, "raw_values") else [widget.raw_value] if widget.raw_value else []
    default = widget.default if hasattr(widget.default, "__len__") else [widget.default]
    one = not hasattr(widget, "raw_values") and not widget.HasField("default")
    return list(raw) if widget.set_value else [] if one else [options[i] for i in default]


def _of_one(widget: Any) -> dict[str, Any]:
    chosen = _chosen(widget, list(widget.options))
    return {"string_value": chosen[0]} if chosen else {}


VALUES: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "text_input": lambda w: {"string_value": w.value if w.set_value else w.default},
    "text_area": lambda w: {"string_value": w.value if w.set_value else w.default},
    "selectbox": _of_one,
    "radio": _of_one,
    "checkbox": lambda w: {"bool_value": w.value if w.set_value else w.default},
    "multiselect": lambda w: {"string_array_value": _chosen(w, list(w.options))},
    "button_group": lambda w: {"string_array_value": _chosen(w, [option.content for option in w.options])},
}
"""The state that the front end sends for an untouched widget, by the kind of its element; other kinds send none."""
COMPONENT = "bidi_component"
FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
"""The statuses of a run that was not interrupted by another one."""


@dataclass
class Answer:
    """The cost of a rerun: seconds from the change to the end of the run, bytes and messages received, and whether the
    whole page was drawn."""

    seconds: float
    bytes: int
    messages: int
    whole: bool


@dataclass
class Visitor:
    """One session. `page` is the last part of the address, such as `playground`."""

    address: str
    page: str = ""
    query: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.query_string = urlencode(self.query)
        self.session = ""
        self.widgets: dict[str, Any] = {}
        """The widgets on the page by id, as last described by the server."""
        self._fragments: dict[str, str] = {}
        self._states: dict[str, dict[str, Any]] = {}
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}
        self._script = ""
        self._runs = 0
        self._cookies: dict[str, str] = {}
        self._socket: ClientConnection | None = None
        self._line: HTTPConnection | None = None

    async def open(self) -> Answer:
        """Fetch the page like a browser, then connect and wait for the first run."""
        began = time.perf_counter()
        await asyncio.to_thread(self._fetch)
        await self.connect()
        answer = await self.rerun()
        answer.seconds = time.perf_counter() - began
        return answer

    def _fetch(self) -> None:
        for path in (f"/{self.page}?{self.query_string}", "/_stcore/host-config"):
            request = Request(self.address + path, headers={"Cookie": self.cookie_header, "User-Agent": "a visitor"})
            with urlopen(request, timeout=PATIENCE) as reply:
                reply.read()
                self._keep_cookies(reply.headers.get_all("Set-Cookie") or ())

    def _keep_cookies(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}

    @property
    def cookie_header(self) -> str:
        """The cookies in the format of the request header."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    async def connect(self) -> None:
        """Open the web socket. After a lost connection it reconnects to the same session, if that still exists."""
        parts = urlsplit(self.address)
        words = ["streamlit", self._cookies.get("_streamlit_xsrf", "none"), *([self.session] if self.session else [])]
        self._socket = await connect(
            f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/_stcore/stream",
            origin=self.address,  # type: ignore[arg-type]
            subprotocols=words,  # type: ignore[arg-type]
            additional_headers={"Cookie": self.cookie_header, "User-Agent": "a visitor"},
            compression=None,
            max_size=None,
            open_timeout=PATIENCE,
            ping_interval=None,
        )
        if self._socket.response:
            self._keep_cookies(self._socket.response.headers.get_all("Set-Cookie"))

    async def close(self) -> None:
        """Close the tab."""
        if self._line:
            self._line.close()
        if self._socket:
            await self._socket.close()

    def go_to(self, page: str) -> None:
        """Request another page of the app with the next message."""
        self.page, self.query_string, self._script = page, "", ""
        self._fragments = dict.fromkeys(self._fragments, "")  # request the whole page

    async def press(self, ending: str) -> Answer:
        """Press the button whose key has this ending. Raises VisitError if there is none."""
        button = self.named(ending)
        self._states[button] = {"trigger_value": True}
        try:
            return await self.rerun()
        finally:
            self._states.pop(button, None)

    def named(self, ending: str) -> str:
        """The id of the widget whose key has this ending. Raises VisitError if there is none."""
        for widget in self.widgets:
            if widget.endswith(ending):
                return widget
        raise VisitError(f"there is no {ending} on /{self.page}")

    async def set(self, widget: str, **value: Any) -> Answer:
        """Change one widget and wait for the end of the run."""
        self._states[widget] = value
        return await self.rerun(self._fragments.get(widget, ""))

    async def set_start(self, x: float, y: float) -> Answer:
        """Click the map."""
        stage = self.stage
        state = json.loads(self._states.get(stage, {}).get("json_value", "{}"))
        state["start"] = {"x": x, "y": y, "at": time.time_ns() // 1_000_000}
        return await self._settled({"start/x": x, "start/y": y}, self.set(stage, json_value=json.dumps(state)))

    async def _settled(self, numbers: Mapping[str, float], change: Awaitable[Answer]) -> Answer:
        """Request a race by the route, then make the change, as the stage does (`preview.js`)."""
        tree = _header(self.widgets[self.stage].bytes)
        route = tree["route"]
        asked = asyncio.to_thread(self._ask, route, tree, numbers) if route and not tree["race"]["veiled"] else None
        await (asked or asyncio.sleep(0))
        return await change

    def _ask(self, route: Mapping[str, str], tree: Mapping[str, Any], numbers: Mapping[str, float]) -> None:
        query = f"{route['link']}&released=&" + urlencode([
            *(part for path, value in numbers.items() for part in (("knob", path), ("value", value))),
            *(("have", part["key"]) for part in (tree["surface"], tree["race"]["family"], tree["engine"]) if part),
        ])  # fmt: skip
        headers = {"Cookie": self.cookie_header, "Session-Token": route["token"], "User-Agent": "a visitor"}
        if self._line is None:
            self._line = HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE)
        try:
            self._line.request("GET", f"{route['address']}?{query}", headers=headers)
            reply = self._line.getresponse()
            reply.read()
        except (OSError, HTTPException):  # the process has ended; the page ignores this as well
            self._line = None
        else:
            if reply.status == 500:
                raise VisitError(f"{route['address']} answers {reply.status}")

    @property
    def stage(self) -> str:
        """The id of the page's stage. Raises VisitError if there is none."""
        for widget, element in self.widgets.items():
            if element.DESCRIPTOR.name == "BidiComponent" and widget.endswith("-stage"):
                return widget
        raise VisitError(f"there is no stage on /{self.page}")

    def numbers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """All numbers that can be set, each with the id of its component and its properties."""
        for widget, element in self.widgets.items():
            if element.DESCRIPTOR.name == "BidiComponent" and element.component_name.endswith("_knobs"):
                for line in json.loads(element.json)["lines"]:
                    yield from ((widget, row) for row in line)

    async def set_number(self, widget: str, path: str, value: float) -> Answer:
        """Release a slider, or enter a number."""
        shown = json.loads(self.widgets[widget].json)
        change = {"n": shown["heard"] + 1, "path": path, "value": value}
        operations = {"epoch": shown["epoch"], "page": shown["page"], "changes": [change]}
        answer = self.set(widget, json_value=json.dumps({"operations": operations}))
        return await (self._settled({path: value}, answer) if shown["stage"] == "stage" else answer)

    @property
    def is_behind(self) -> bool:
        """Whether the page around the stage still shows an earlier race and will follow after a pause."""
        return bool(_header(self.widgets[self.stage].bytes)["follows"])

    async def rest(self) -> Answer:
        """Report a pause after a change, upon which the rest of the page follows."""
        state = json.loads(self._states.get(self.stage, {}).get("json_value", "{}"))
        state["rest"] = {"at": time.time_ns() // 1_000_000}
        return await self.set(self.stage, json_value=json.dumps(state))

    async def rerun(self, fragment: str = "") -> Answer:
        """Send the state of all widgets, as after a change or on the first visit, and wait for the run.

        `fragment` is the part of the page in which the change was made; empty for the whole page.
        """
        back = BackMsg()
        state = back.rerun_script
        state.query_string = self.query_string
        state.page_script_hash = self._script
        state.fragment_id = fragment
        state.page_name = "" if self._script else self.page
        state.cached_message_hashes.extend(self._kept)
        state.context_info.url = f"{self.address}/{self.page}"
        state.context_info.timezone, state.context_info.locale = "Europe/Berlin", "en-GB"
        state.context_info.color_scheme = "light"
        for widget, value in self._states.items():
            state.widget_states.widgets.append(WidgetState(id=widget, **_as_proto(value)))
        assert self._socket
        began = time.perf_counter()
        await self._socket.send(back.SerializeToString())
        answer = await self._until_finished()
        answer.seconds = time.perf_counter() - began
        return answer

    async def _until_finished(self) -> Answer:
        answer, seen, parts = Answer(0.0, 0, 0, True), dict[str, Any](), frozenset[str]()
        assert self._socket
        while True:
            data = await asyncio.wait_for(self._socket.recv(), PATIENCE)
            assert isinstance(data, bytes)
            answer.bytes += len(data)
            answer.messages += 1
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                message = self._kept[message.ref_hash][1]
                kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                self._kept[message.hash] = self._runs, message
            if kind == "new_session":
                self.session = message.new_session.initialize.session_id or self.session
                self._script = message.new_session.page_script_hash
                parts = frozenset(message.metadata.run.fragment_ids)
                # A run of fragments does not change the rest of the page.
                seen = {
                    widget: of for widget, of in self.widgets.items() if parts and self._fragments[widget] not in parts
                }
            elif kind == "navigation":
                self._script = message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self.query_string = message.page_info_changed.query_string
            elif kind == "page_not_found":
                raise VisitError(f"there is no page /{self.page}")
            elif kind == "delta":
                self._take(message, seen)
            elif kind == "script_finished":
                if message.script_finished in FINISHED:
                    break
                if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    raise VisitError(f"the run ended as {message.script_finished}")
        answer.whole = not parts
        self.widgets = seen
        self._states = {widget: value for widget, value in self._states.items() if widget in seen}
        self._runs += 1
        self._kept = {name: kept for name, kept in self._kept.items() if kept[0] >= self._runs - KEPT_RUNS}
        return answer

    def _take(self, message: ForwardMsg, seen: dict[str, Any]) -> None:
        delta, known = message.delta, len(seen)
        self._describe(delta, seen)
        for widget in list(seen)[known:]:
            self._fragments[widget] = delta.fragment_id

    def _describe(self, delta: Any, seen: dict[str, Any]) -> None:
        if delta.WhichOneof("type") == "add_block":
            if (block := delta.add_block.expandable).id:
                seen[block.id] = block
            return
        element: Element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise VisitError(f"{element.exception.type}: {element.exception.message}")
        if kind == COMPONENT:
            seen[element.bidi_component.id] = element.bidi_component
        elif kind == "button":
            seen[element.button.id] = element.button
        elif kind and kind in VALUES:
            widget = getattr(element, kind)
            seen[widget.id] = widget
            if widget.id not in self._states or getattr(widget, "set_value", False):
                self._states[widget.id] = VALUES[kind](widget)


def _as_proto(value: Mapping[str, Any]) -> dict[str, Any]:
    """Convert lists to the protocol's messages, which have the list in `data`."""
    return {name: {"data": v} if isinstance(v, list) else v for name, v in value.items()}
