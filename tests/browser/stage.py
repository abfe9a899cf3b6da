"""A page with one stage on it, as the browser tests see it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

STAGE = "document.querySelector('.lll-stage')"
Opener = Callable[..., "Stage"]


class Stage:
    """A page with one stage on it, and what a test wants to know of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.until("state.ready")

    @property
    def state(self) -> dict[str, Any]:
        return self.page.evaluate(f"{STAGE}.stageState()")

    def until(self, condition: str) -> None:
        """Wait until a JavaScript expression about `state` holds, and the canvases show it."""
        shown = f"(state.painted || state.playing) && ({condition})"
        self.page.wait_for_function(
            f"() => {{ const state = {STAGE}?.stageState?.(); return state && {shown}; }}", timeout=60_000
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    def pixel(self, x: float, y: float, graph: str = "map") -> tuple[float, float]:
        """Where Plotly itself draws a point of a flat graph, in pixels of the window."""
        found = self.page.evaluate(
            """([name, x, y]) => {
                const graph = document.querySelector(`[data-graph=${name}]`);
                const { xaxis, yaxis } = graph._fullLayout;
                const box = graph.getBoundingClientRect();
                return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
            }""",
            [graph, x, y],
        )
        return found[0], found[1]

    def zoom_in(self, x: float, y: float, graph: str = "map") -> None:
        """Turn the mouse wheel over a point of a flat graph, and wait until Plotly has drawn it larger."""
        self.page.evaluate(
            """(name) => {
                window.zoomed = false;
                document.querySelector(`[data-graph=${name}]`).once("plotly_relayout", () => (window.zoomed = true));
            }""",
            graph,
        )
        before = self.ranges(graph)
        self.page.mouse.move(*self.pixel(x, y, graph))
        self.page.mouse.wheel(0, -300)
        self.page.wait_for_function("window.zoomed")
        for (low, high), (old_low, old_high) in zip(self.ranges(graph), before, strict=True):
            assert high - low < old_high - old_low

    def ranges(self, graph: str = "map") -> list[list[float]]:
        return self.page.evaluate(
            """(name) => {
                const { xaxis, yaxis } = document.querySelector(`[data-graph=${name}]`)._fullLayout;
                return [xaxis.range, yaxis.range];
            }""",
            graph,
        )

    def canvas(self, panel: str, layer: str) -> str:
        """The pixels of one canvas of a panel, as something that can be compared: "whole" paths, or "moving"."""
        return self.page.evaluate(
            "([panel, layer]) => document.querySelector(`[data-panel=${panel}] > .lll-${layer}`).toDataURL()",
            [panel, layer],
        )

    def ink_near(self, x: float, y: float, panel: str = "surface") -> int:
        """How many pixels around a point of the window the moving canvas has painted."""
        return self.page.evaluate(
            """([x, y, panel]) => {
                const canvas = document.querySelector(`[data-panel=${panel}] > .lll-moving`);
                const box = canvas.getBoundingClientRect();
                const ratio = canvas.width / box.width;
                const at = (value) => Math.round(value * ratio);
                const corner = [at(x - box.left) - 5, at(y - box.top) - 5];
                const { data } = canvas.getContext("2d").getImageData(...corner, 11, 11);
                return data.filter((value, i) => i % 4 === 3 && value > 128).length;
            }""",
            [x, y, panel],
        )

    def entry_point(self, entry: int, step: int) -> tuple[float, float]:
        return tuple(
            self.page.evaluate(
                f"([lane, t]) => [...{STAGE}.lllStage.model.lanes[lane].points.slice(2 * t, 2 * t + 2)]", [entry, step]
            )
        )


@contextmanager
def sent_to_server(page: Page) -> Iterator[list[Any]]:
    """The messages that a page sends to its server meanwhile."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sent: list[Any] = []
    wire.on("Network.webSocketFrameSent", lambda frame: sent.append(frame))
    yield sent
    wire.detach()
