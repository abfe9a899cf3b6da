"""Pages of a browser that are used by one test after another.

A page of a new context has to load and compile the scripts of Streamlit, Plotly and the app anew, which takes 4 to 7
seconds of processor time; one that has shown the app before, and shows it again, takes 2.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

Watch = Callable[[BrowserContext], AbstractContextManager[None]]
Undo = Callable[..., object]

BLANK = "about:blank"
MOST = 4
"""The number of unused pages to keep."""
USUAL = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light", "reduced_motion": "no-preference"}
"""Options that any page can be given, and their usual values. With others, a page needs a context of its own."""
FORGET = "() => { localStorage.clear(); sessionStorage.clear(); }"

# How to undo what methods have done that remains: from the object, the result of the method, and its arguments.
UNDONE: dict[type, dict[str, Undo]] = {
    Page: {
        "on": lambda page, _result, event, listener: page.remove_listener(event, listener),
        "route": lambda page, *_: page.unroute_all(),
    },
    BrowserContext: {
        "grant_permissions": lambda context, *_: context.clear_permissions(),
        "new_cdp_session": lambda _context, session, *_: session.detach(),
    },
}
LASTING = {
    Page: (
        *("add_init_script", "add_locator_handler", "expose_binding", "expose_function", "once", "route_from_har"),
        *("route_web_socket", "set_extra_http_headers"),
    ),
    BrowserContext: (
        *("add_init_script", "expose_binding", "expose_function", "on", "once", "route", "route_from_har"),
        *("route_web_socket", "set_extra_http_headers", "set_geolocation", "set_offline"),
    ),
}
"""Methods whose effects remain. A page on which a test has called one is not used again."""


class Pages:
    """Lends the pages of a browser; each has a context of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._unused: list[tuple[str, Page]] = []

    @contextmanager
    def lend(self, options: dict[str, Any], watch: Watch) -> Iterator[Page]:
        """An empty page in a context with these options, without cookies and storage; files may be in its cache.

        `watch` is entered with the context while the page is lent.
        """
        lasting = {name: value for name, value in options.items() if name not in USUAL}
        kind = json.dumps(lasting, sort_keys=True)
        found = next((each for each in reversed(self._unused) if each[0] == kind), None)
        if found:
            self._unused.remove(found)
        page = found[1] if found else self._browser.new_context(**lasting).new_page()
        media = USUAL | {name: options[name] for name in USUAL if name in options}
        page.set_viewport_size(media.pop("viewport"))
        page.emulate_media(media="null", forced_colors="null", **media)
        with watch(page.context), _noted(page) as remains:
            yield page
        if remains or len(page.context.pages) != 1 or not _emptied(page):
            page.context.close()
            return
        self._unused.append((kind, page))
        for _kind, oldest in self._unused[:-MOST]:
            oldest.context.close()
        del self._unused[:-MOST]


@contextmanager
def _noted(page: Page) -> Iterator[list[str]]:
    """Note the calls of methods whose effects remain on a page and its context. At the end undo what can be undone."""
    remains: list[str] = []
    replaced = [(of, name) for of in (page, page.context) for name in (*UNDONE[type(of)], *LASTING[type(of)])]
    with ExitStack() as undone:
        for of, name in replaced:
            setattr(of, name, _noting(of, name, undone, remains))
        try:
            yield remains
        finally:
            for of, name in replaced:
                delattr(of, name)


def _noting(of: Page | BrowserContext, name: str, undone: ExitStack, remains: list[str]) -> Callable[..., Any]:
    method, undo = getattr(of, name), UNDONE[type(of)].get(name)

    def noting(*arguments: Any, **options: Any) -> Any:
        result = method(*arguments, **options)
        if undo:
            undone.callback(_undo, undo, of, result, *arguments)
        else:
            remains.append(name)
        return result

    return noting


def _undo(undo: Undo, *arguments: Any) -> None:
    with suppress(Error):  # a test has done so itself, or the page is closed
        undo(*arguments)


def _emptied(page: Page) -> bool:
    """Leave what a page shows, forget what it has stored and where it was. Returns whether that was possible."""
    with suppress(Error):
        page.evaluate(FORGET)
        page.goto(BLANK)
        page.context.clear_cookies()
        wire = page.context.new_cdp_session(page)
        wire.send("Page.resetNavigationHistory")
        wire.detach()
        return True
    return False
