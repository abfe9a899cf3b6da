"""Pages of a browser that are used by one test after another.

A page of a new context has to load and compile the scripts of Streamlit, Plotly and the app anew, which takes 6 to 7
seconds of processor time; one that has shown the app before, and shows it again, takes 2.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize

Watch = Callable[[BrowserContext], AbstractContextManager[None]]

BLANK = "about:blank"
MOST = 4
"""The number of unused pages to keep."""
LASTING = {
    Page: ("add_init_script", "emulate_media", "expose_binding", "expose_function", "on", "once", "route"),
    BrowserContext: ("add_cookies", "add_init_script", "grant_permissions", "new_cdp_session", "route", "set_offline"),
}
"""Methods whose effects remain. A page on which a test has called one is not used again."""
FORGET = "() => { localStorage.clear(); sessionStorage.clear(); }"


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
        kind = json.dumps(options, sort_keys=True)
        found = next((each for each in reversed(self._unused) if each[0] == kind), None)
        if found:
            self._unused.remove(found)
        page = found[1] if found else self._browser.new_context(**options).new_page()
        changed: list[str] = []
        with watch(page.context), _noted(page, changed.append):
            yield page
        if changed or len(page.context.pages) != 1 or not _emptied(page, options["viewport"]):
            page.context.close()
            return
        self._unused.append((kind, page))
        for _kind, oldest in self._unused[:-MOST]:
            oldest.context.close()
        del self._unused[:-MOST]


@contextmanager
def _noted(page: Page, note: Callable[[str], None]) -> Iterator[None]:
    """Note the calls of the methods in `LASTING` on a page and its context."""
    watched = [(of, name) for of in (page, page.context) for name in LASTING[type(of)]]
    for of, name in watched:
        setattr(of, name, _noting(getattr(of, name), name, note))
    try:
        yield
    finally:
        for of, name in watched:
            delattr(of, name)


def _noting(method: Callable[..., Any], name: str, note: Callable[[str], None]) -> Callable[..., Any]:
    def noting(*arguments: Any, **options: Any) -> Any:
        note(name)
        return method(*arguments, **options)

    return noting


def _emptied(page: Page, size: ViewportSize) -> bool:
    """Leave what a page shows and forget what it has stored. Returns whether that was possible."""
    with suppress(Error):
        page.evaluate(FORGET)
        page.goto(BLANK)
        page.context.clear_cookies()
        page.set_viewport_size(size)
        return True
    return False
