"""The app for every reader: by keyboard and ear, at 200 %, on a phone, from the back row, in every language."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from landscape_lab.experiments.course.lesson import Lesson
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.figures.theme import LARGE
from landscape_lab.ui.i18n.translation import LANGUAGES, TAGS
from tests.browser.faults import grave_faults

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
PATIENCE = 60_000
"""Milliseconds: a busy machine."""
PHONE = {"width": 390, "height": 844}
ZOOMED = {"width": 720, "height": 450}
"""A window of 1440 x 900 at 200 %."""

Opener = Callable[..., Page]


@pytest.fixture
def open_page(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Opener:
    def open_it(path: str, settled: bool = True, **options: object) -> Page:
        page = new_page(f"{app_server(ROOT / 'app.py')}/{path}", **{"reduced_motion": "reduce", **options})
        page.set_default_timeout(PATIENCE)
        if settled:
            expect(page.locator(".lll-reader button").last).not_to_be_empty(timeout=PATIENCE)
            page.wait_for_function(SETTLED, timeout=PATIENCE)
        return page

    return open_it


SETTLED = """() => {
    const stages = [...document.querySelectorAll(".lll-stage")];
    const app = document.querySelector("[data-testid=stApp]");
    return stages.every((stage) => stage.stageState?.().ready) && document.querySelector("h1, .lll-stage")
        && app.dataset.testScriptState === "notRunning"
        && !document.querySelector("[data-testid=stSkeleton], [data-stale=true]");
}"""


def state(page: Page) -> dict[str, Any]:
    return page.evaluate("document.querySelector('.lll-stage').stageState()")


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def grave(page: Page) -> list[tuple[str, str]]:
    """What axe finds when nothing is on its way: Streamlit pales what a run has not drawn again yet."""
    for _attempt in range(2):
        page.wait_for_function(SETTLED, timeout=PATIENCE)
        if not grave_faults(page):
            return []
    return grave_faults(page)


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    return page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollWidth - main.clientWidth")


@pytest.mark.parametrize("name", PAGES)
def test_page_loads_without_serious_faults_and_fits(open_page: Opener, name: str):
    """All of it on one load of the page, which is what takes the time: every other page is dark, or in Chinese."""
    number = PAGES.index(name)
    scheme, language = ("light", "dark")[number % 2], ("en", "zh")[number // 2 % 2]
    if name in LESSONS:
        page = open_page(name, settled=False, reduced_motion="no-preference", color_scheme=scheme)
        lesson_plays(page, LESSONS[name])
        page.keyboard.press("End")  # what axe reads holds still
        page.wait_for_function("() => !document.querySelector('.lll-stage').stageState().playing")
    else:
        page = open_page(f"{'' if name == 'start' else name}?lang={language}", color_scheme=scheme)
    assert grave(page) == []
    assert page.get_by_test_id("stException").count() == 0
    for size in (ZOOMED, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_function("(width) => window.innerWidth === width", arg=size["width"])
        page.wait_for_function(
            "() => { const m = document.querySelector('.stMain'); return m.scrollWidth <= m.clientWidth; }"
        )
    if name in LESSONS:
        page.wait_for_function("() => document.querySelector('.lll-stage').clientWidth <= 390")
        assert cut_off(page) == []


def lesson_plays(page: Page, lesson: type[Lesson]) -> None:
    """The race runs without a click; the one to be predicted waits behind its veil."""
    expect(page.get_by_role("heading", name=lesson.content().question)).to_be_visible(timeout=PATIENCE)
    # Not whether it plays now: a short race may be over before a busy machine is asked.
    stage = "const [state, other] = [...document.querySelectorAll('.lll-stage')].map((it) => it.stageState?.());"
    page.wait_for_function(f"() => {{ {stage} return state?.ready && state.step > 0; }}")
    page.wait_for_function(f"() => {{ {stage} return other?.ready && other.veiled && other.step === 0; }}")
    expect(page.get_by_role("heading", name="Take away")).to_have_count(0)
    page.get_by_role("button", name="Show me").click()
    expect(page.get_by_role("heading", name="Take away")).to_be_attached(timeout=PATIENCE)
    assert overflow(page) <= 0


def cut_off(page: Page) -> list[str]:
    """Formulas and tables that are wider than their place: a phone shows but a part of them."""
    return page.evaluate(
        """() => [...document.querySelectorAll("[data-testid=stMain] :is(.katex-display, .results, table)")]
            .filter((part) => {
                const hidden = part.scrollWidth - part.clientWidth;
                return part.getBoundingClientRect().right + hidden > innerWidth - 10;
            })
            .map((part) => part.textContent.slice(0, 60))"""
    )


def test_dark_page_has_no_serious_fault_and_is_light_on_paper(open_page: Opener):
    """The dark playground is below, with all that opens."""
    page = open_page("limits", color_scheme="dark", viewport={"width": 1366, "height": 768})
    page.get_by_role("button", name="Show me").click()
    expect(page.get_by_role("heading", name="Take away")).to_be_attached(timeout=PATIENCE)
    assert grave(page) == []
    # The picture stays in sight, at its height, while the long column beside it is read.
    stage = page.locator(".lll-stage").first
    page.evaluate("document.querySelector('.stMain').scrollTop = 200")
    stage.evaluate("(it) => it.lllStage.fitHeight()")
    expect(stage).to_be_in_viewport(ratio=1)
    assert stage.evaluate("(it) => it.clientHeight > 0.75 * innerHeight")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 700, "height": 1000})  # A4, without its margins
    for ink in set(page.evaluate(INKS)):
        assert sum(map(int, re.findall(r"\d+", ink))) < 3 * 128, "dark letters"
    page.wait_for_function(PICTURES_FIT)
    assert overflow(page) <= 0
    formulas = page.locator(".katex-display").evaluate_all("(all) => all.map((it) => it.scrollWidth - it.clientWidth)")
    assert formulas and max(formulas) <= 0


INKS = """() => [...document.querySelectorAll(":is(h1, .stMain :is(p, li))")].filter((it) => it.checkVisibility())
    .map((it) => getComputedStyle(it).color)"""
"""The colours of texts."""
PICTURES_FIT = """() => [...document.querySelectorAll(".lll-plot > .lll-whole")].every((canvas) => {
    if (!canvas.clientWidth) return true;
    const { left, right } = canvas.getBoundingClientRect();
    const column = canvas.closest(".stColumn").getBoundingClientRect();
    const drawn = canvas.width / canvas.height, shown = canvas.clientWidth / canvas.clientHeight;
    return left >= column.left - 1 && right <= column.right + 1 && Math.abs(drawn / shown - 1) < 0.01;
})"""
"""Whether the pictures of stages are within their columns, and are not stretched."""


@pytest.mark.parametrize(
    ("link", "scheme"), [("", "light"), ("type=large", "dark"), ("lang=zh", "light")], ids=["plain", "large", "chinese"]
)
def test_opened_parts_have_no_serious_fault(open_page: Opener, link: str, scheme: str):
    page = open_page(f"playground?hidden=1&show=inspector&{link}", color_scheme=scheme)
    closed = page.locator(".stExpander details:not([open]) > summary")
    for left in range(closed.count(), 0, -1):
        closed.first.click()
        expect(closed).to_have_count(left - 1)
        page.wait_for_function(SETTLED)
    expect(page.locator(".stCode pre")).to_have_attribute("tabindex", "0")
    page.get_by_text({"lang=zh": "二维码"}.get(link, "QR code"), exact=True).click()
    expect(page.get_by_test_id("stImage").locator("img")).to_have_attribute("alt", re.compile("."))
    page.locator(".lll-bar [data-act=help]").click()
    assert grave(page) == []


def test_fault_checker_detects_faults(open_page: Opener):
    page = open_page("glossary")
    page.evaluate("document.querySelector('h1').innerHTML = '<button></button><i style=\"color: #bbb\">faint</i>'")
    assert {name for name, _html in grave(page)} == {"button-name", "color-contrast"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_is_switched_and_everything_stays(open_page: Opener, language: str):
    other = next(name for name in LANGUAGES if name != language)
    page = open_page(f"playground?lang={other}&steps=77&start=-1,1")
    page.wait_for_function("(tag) => document.documentElement.lang === tag", arg=TAGS[other])
    before = page.locator(".lll-curves h2").inner_text()
    page.get_by_role("button", name=LANGUAGES[language], exact=True).click()
    page.wait_for_function("(tag) => document.documentElement.lang === tag", arg=TAGS[language])
    expect(page.get_by_role("button", name=LANGUAGES[other], exact=True)).to_be_visible()
    expect(page.locator(".lll-curves h2")).not_to_have_text(before)
    page.wait_for_url(lambda url: f"lang={language}" in url)
    assert (query(page)["steps"], query(page)["start"]) == ("77", "-1,1")
    assert state(page)["steps"] == 77


@pytest.mark.parametrize("choice", ["", "?lang=zh&type=large"], ids=["plain", "chosen"])
def test_one_press_of_back_leads_to_the_page_before(open_page: Opener, choice: str):
    page = open_page(choice)
    title = page.get_by_role("heading", level=1)
    home = title.inner_text()
    page.locator("a[href$='/playground']").first.click()
    page.wait_for_url("**/playground?*lanes=*")
    page.wait_for_function(SETTLED)
    page.locator("[data-testid=stPageLink] a[href$=adaptive_methods]").click()  # Which lesson is this?
    page.wait_for_url("**/adaptive_methods?*rho=*")
    page.wait_for_function(SETTLED)
    page.go_back()
    page.wait_for_url("**/playground?*lanes=*")
    expect(title).to_have_count(0)
    page.wait_for_function(SETTLED)
    page.go_back()
    page.wait_for_function("() => location.pathname === '/'")
    expect(title).to_have_text(home)


@pytest.mark.parametrize("name", ["", "glossary"])
def test_link_of_the_next_page_adds_no_history_entry_to_the_previous_page(open_page: Opener, name: str):
    """Streamlit may write the next page's link before its path, when it draws late."""
    page = open_page(name)
    left = page.url
    steps = page.evaluate(
        """() => {
            const before = history.length;
            const link = document.querySelector("a[href$='/playground']");
            window.addEventListener("click", (event) => event.stopPropagation() || event.preventDefault(), true);
            link.click(); // Streamlit does not hear of it
            history.pushState({}, "", `${location.pathname}?steps=50`);
            history.pushState({}, "", "/playground?steps=50");
            return history.length - before;
        }"""
    )
    assert steps == 1 and urlsplit(page.url).path == "/playground"
    page.go_back()
    page.wait_for_url(left)


def test_browser_that_prefers_chinese_is_answered_in_chinese(open_page: Opener):
    page = open_page("sources", locale="zh-CN")
    page.wait_for_function("() => document.documentElement.lang === 'zh-CN'")
    assert "lang" not in query(page)


def test_text_can_be_enlarged(open_page: Opener):
    page = open_page("playground")
    stage_and_first_knob_are_on_one_screen(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    size = "getComputedStyle(document.querySelector('.lll-stage')).fontSize"
    usual = float(page.evaluate(size).removesuffix("px"))
    button = page.locator(".lll-reader button").first
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(f"(wanted) => Math.abs(parseFloat({size}) - wanted) < 0.01", arg=LARGE * usual)
    page.wait_for_function("() => document.querySelector('.lll-stage').lllStage?.model.weight > 1")
    page.wait_for_url(lambda url: "type=large" in url)
    page.wait_for_function(SETTLED)
    assert overflow(page) <= 0
    bottom = page.locator(".lll-bar").evaluate("(bar) => bar.getBoundingClientRect().bottom")
    assert bottom <= 900, "the stage fits on the screen without scrolling"
    button.click()
    page.wait_for_url(lambda url: "type=large" not in url)


@pytest.mark.parametrize(
    ("path", "size", "large"),
    [("playground", {"width": 1280, "height": 800}, True), ("limits", PHONE, False)],
    ids=["from a projector", "on a phone"],
)
def test_headings_of_the_stage_are_not_clipped(open_page: Opener, path: str, size: dict[str, int], large: bool):
    page = open_page(f"{path}?type=large" if large else path, viewport=size)
    headings = page.locator(".lll-stage").first.locator(".lll-panel h2:visible")
    cut = headings.evaluate_all(
        "(all) => all.filter((it) => it.scrollWidth > it.clientWidth).map((it) => it.innerText)"
    )
    assert headings.count() == 2 and not cut


def stage_and_first_knob_are_on_one_screen(page: Page) -> None:
    for width, height in ((1440, 900), (1366, 768)):
        page.set_viewport_size({"width": width, "height": height})
        for name in (".lll-stage", ".lll-knob"):
            expect(page.locator(name).first).to_be_in_viewport(ratio=1)


def test_all_twelve_entries_are_visible(open_page: Opener):
    entries = "gradient_descent,momentum,nesterov,adagrad,rmsprop,adam,adamax,nadam,radam,lion,amsgrad,adadelta"
    page = open_page(f"playground?lanes={entries}", viewport={"width": 1280, "height": 800})
    legend = page.locator(".lll-legend")
    assert legend.evaluate("(list) => list.scrollHeight - list.clientHeight") <= 1
    assert page.locator(".lll-lane").count() == 12


def test_start_is_moved_and_announced_by_keyboard(open_page: Opener):
    page = open_page("playground")
    handle = page.locator(".lll-start")
    handle.focus()
    assert handle.evaluate("(it) => it.matches(':focus-visible')")
    before = page.locator("[data-show=summary]").inner_text()
    handle.press("ArrowRight")
    expect(page.locator("[data-show=said]")).to_contain_text("x = −1.46")
    page.wait_for_function("(old) => document.querySelector('[data-show=summary]').textContent !== old", arg=before)
    assert "Adam: " in page.locator("[data-show=summary]").inner_text()
    expect(handle).to_be_focused()


def test_start_is_moved_by_keyboard_in_three_dimensions(open_page: Opener):
    page = open_page("playground?start=-1,1&show=relief")
    page.wait_for_function("() => document.querySelector('.lll-stage').stageState().view.projection === 'relief'")
    handle = page.locator(".lll-start")
    handle.press("ArrowUp")
    page.wait_for_function("() => document.querySelector('.lll-stage').stageState().start[1] > 1")
    expect(page.locator("[data-show=said]")).to_contain_text("y = 1.0")
    expect(handle).to_be_focused()


def test_phone_has_the_controls_between_the_picture_and_the_results(open_page: Opener):
    page = open_page("playground", viewport=PHONE, has_touch=True, is_mobile=True)
    tops = [
        page.locator(name).first.evaluate("(it) => it.getBoundingClientRect().top")
        for name in (".lll-scrub", "[data-testid=stSelectbox]", ".results")
    ]
    assert tops == sorted(tops)
    # All numbers of the results are in sight.
    losses = page.locator(".results").first.locator("tbody tr td:last-child")
    edges = losses.evaluate_all("(all) => all.map((it) => it.getBoundingClientRect().right)")
    assert len(edges) == 6 and max(edges) < PHONE["width"]
    middle = "(it) => { const { left, right } = it.getBoundingClientRect(); return (left + right) / 2; }"
    head = page.locator(".results").first.get_by_text("Gradient evaluations", exact=True)
    assert abs(head.evaluate(middle) - losses.first.evaluate(middle)) < 1, "below its heading"
    # A finger drags the start: down on the ring, along, and up.
    box = page.locator(".lll-start").bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for kind, points in (
        ("touchStart", [at]),
        *(("touchMove", [(at[0] + 10 * i, at[1])]) for i in range(1, 8)),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in points]})
    page.wait_for_function("() => document.querySelector('.lll-stage').stageState().start[0] > -1.2")
    assert page.evaluate("document.querySelector('.stMain').scrollTop") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone_keeps_a_small_picture_in_sight_while_numbers_are(open_page: Opener, scheme: str):
    page = open_page("playground", viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme)
    small = page.get_by_role("group", name="Small picture of the race")
    assert small.count() == 0
    field = page.get_by_label("learning rate, exact value")
    field.focus()
    expect(small).to_be_visible()
    box, entry = small.bounding_box(), field.bounding_box()
    assert box and entry and box["height"] < 0.3 * PHONE["height"]
    assert entry["y"] >= box["y"] + box["height"], "what has the focus is not behind it"
    painted = (
        "(all) => all.every((it) => it.getContext('2d').getImageData(0, 0, it.width, it.height).data.some((v) => v))"
    )
    page.wait_for_function(f"() => ({painted})([...document.querySelectorAll('.lll-mini .lll-moving')])")
    assert grave(page) == []
    before = small.locator("canvas.lll-whole").first.evaluate("(it) => it.toDataURL()")
    field.fill("0.0004")
    field.press("Enter")
    page.wait_for_function("() => document.querySelector('.lll-stage').stageState().raceKey.includes('0.0004')")
    assert small.locator("canvas.lll-whole").first.evaluate("(it) => it.toDataURL()") != before
    covered = """(it) => {
        const { data } = it.getContext("2d").getImageData(0, 0, it.width, it.height);
        let last = -1;
        for (let i = 3; i < data.length; i += 4) if (data[i]) last = Math.max(last, ((i - 3) / 4) % it.width);
        return [it.width, last + 1];
    }"""
    width, last = small.locator("canvas.lll-moving").nth(1).evaluate(covered)
    assert 0.9 * width < last < width, "the heads at the ends of the curves are whole"
    small.get_by_role("button", name="Play again").tap()
    page.wait_for_function("() => document.querySelector('.lll-stage').stageState().playing")
    small.get_by_role("button", name="Back to the picture").tap()
    expect(small).to_have_count(0)
    expect(page.locator(".lll-scrub").first).to_be_in_viewport()


@pytest.mark.parametrize(
    ("path", "field"),
    [("playground", "learning rate, exact value"), ("maps", "Across, from")],
    ids=["playground", "maps"],
)
def test_error_is_shown_beside_the_field_without_a_layout_shift(open_page: Opener, path: str, field: str):
    page = open_page(path, viewport=PHONE, has_touch=True, is_mobile=True)
    page.evaluate("for (const it of document.querySelectorAll('.lll-stage, .lll-map')) it.same = true")
    entry = page.get_by_label(field, exact=True)
    entry.scroll_into_view_if_needed()
    top = "(it) => Math.round(it.getBoundingClientRect().top)"
    before = entry.evaluate(top)
    entry.fill("off")
    entry.press("Enter")
    said = page.get_by_role("alert")
    expect(said).to_contain_text("“off” is not a number")
    page.wait_for_function(SETTLED)
    expect(said).to_be_in_viewport()
    expect(entry).to_be_in_viewport()
    assert abs(entry.evaluate(top) - before) < 40  # the sentence itself is higher than that
    kept = page.locator(".lll-stage, .lll-map").evaluate_all("(all) => all.map((it) => it.same)")
    assert kept and all(kept)


def test_menu_can_be_opened_on_a_phone(open_page: Opener):
    page = open_page("", viewport=PHONE, has_touch=True, is_mobile=True)
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_role("link", name="Glossary")).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavItems")).to_have_attribute("role", "none")
    assert grave(page) == []


def test_overflowing_content_is_reachable_by_keyboard(open_page: Opener):
    """Whatever makes it wider: also letters of another size, which change neither the page nor its window."""
    page = open_page("momentum")
    page.get_by_role("button", name="Show me").click()
    formula = page.locator(".katex-display").first
    for width, reached in (("600px", False), ("60px", True), ("600px", False)):
        formula.evaluate("(it, width) => { it.style.width = width; }", width)
        assertion = expect(formula)
        (assertion.to_have_attribute if reached else assertion.not_to_have_attribute)("tabindex", "0")


def test_texts_of_streamlit_are_translated(open_page: Opener):
    page = open_page("playground?lang=zh", locale="en-US")
    menu = page.get_by_test_id("stMainMenuButton")
    expect(menu).to_have_attribute("aria-label", "主菜单")
    menu.click()
    expect(page.get_by_test_id("stMainMenuPopover").last).to_contain_text("打印")
    page.keyboard.press("Escape")
    field = page.get_by_test_id("stSelectbox").first.locator("input")
    field.click()
    field.press_sequentially("zzzz")
    expect(page.get_by_text("没有匹配项")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".lll-reader button").last.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(menu).to_have_attribute("aria-label", "Main menu")
