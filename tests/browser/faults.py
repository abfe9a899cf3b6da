"""Faults of a page that keep readers out, as axe finds them."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

GRAVE = {"serious", "critical"}


def grave_faults(page: Page) -> list[tuple[str, str]]:
    """The serious and critical ones: the name of the rule, and the element."""
    # Of all that is right on a page, axe would list every element: several times the work.
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], node["html"][:200]) for each in found if each["impact"] in GRAVE for node in each["nodes"]]
