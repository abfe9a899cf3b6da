"""What leaves the app, opened where it arrives: links, frames, exercises and files."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Download, FrameLocator, Page, expect
from pypdf import PdfReader

from landscape_lab.experiments import RACES, Scenario, race
from landscape_lab.experiments.export.record import read_record, to_csv
from landscape_lab.experiments.scenarios.address import parts_of
from landscape_lab.experiments.scenarios.view import EXERCISE_NAMES, VIEW_NAMES, View
from landscape_lab.figures.animation import SIZE_WITH_LOSSES
from landscape_lab.figures.still import SCALE, SIZE
from landscape_lab.ui.sharing.live_file import live_page

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "app.py"
RACE = RACES["rates"].scenario
PATIENCE = 60_000
"""Milliseconds: a busy machine."""
STATE = "document.querySelector('.lll-stage')?.stageState?.()"

Opener = Callable[..., Page]


@pytest.fixture
def open_race(new_page: Callable[..., Page], app_server: Callable[[Path], str]) -> Opener:
    """The playground with a race on it, at rest."""

    def open_it(query: dict[str, str] | None = None, **options: Any) -> Page:
        link = urlencode(RACE.to_query() if query is None else query)
        page = new_page(f"{app_server(APP)}/playground?{link}", **({"reduced_motion": "reduce"} | options))
        page.set_default_timeout(PATIENCE)
        page.wait_for_function(f"{STATE}?.ready", timeout=PATIENCE)
        return page

    return open_it


def open_row(page: Page) -> Page:
    page.get_by_text("Share and export", exact=True).click()
    expect(page.get_by_role("button", name="JSON")).to_be_visible(timeout=PATIENCE)
    return page


def saved(page: Page, name: str) -> Download:
    with page.expect_download(timeout=PATIENCE) as found:
        page.get_by_role("button", name=name).click()
    return found.value


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def told(link: str) -> tuple[Scenario, View]:
    """What a link describes."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    looks = (*VIEW_NAMES, *EXERCISE_NAMES)
    return Scenario.from_query({n: v for n, v in query.items() if n not in looks}), View.from_query(query)


def until(page: Page, condition: str) -> None:
    """Wait until an expression about the stage's `state` holds; also where the page's policy forbids the usual way."""
    deadline = PATIENCE
    while not page.evaluate(f"(() => {{ const state = {STATE}; return Boolean(state && ({condition})); }})()"):
        deadline -= 100
        assert deadline > 0, condition
        page.wait_for_timeout(100)


def paths_of(page: Page | FrameLocator) -> str:
    """The pixels of the canvas that has the whole paths."""
    canvas = page.locator("[data-panel=surface] > .lll-whole").first
    return canvas.evaluate("(canvas) => canvas.toDataURL()")


# ---- share ----


def test_button_copies_the_link_and_the_link_shows_the_race(open_race: Opener):
    page = open_row(open_race())
    page.get_by_role("button", name="linear", exact=True).click()
    page.wait_for_function("new URLSearchParams(location.search).get('show') === 'linear'", timeout=PATIENCE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    field = page.get_by_role("textbox", name="Link to this race")
    expect(field).to_have_value(re.compile("show=linear"), timeout=PATIENCE)
    page.get_by_role("button", name="Copy: Link to this race").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == field.input_value()
    assert told(link) == (RACE, View(loss_axis="linear"))


def test_link_can_be_copied_without_the_clipboard_interface(open_race: Opener):
    """As in a lecture hall, where the address is neither https nor this machine."""
    page = open_race()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    open_row(page)
    page.get_by_role("button", name="Copy: Link to this race").click()
    expect(page.get_by_text("Copied.")).to_be_visible()


def test_code_and_exercise(open_race: Opener):
    page = open_row(open_race())
    page.get_by_text("QR code", exact=True).click()
    expect(page.get_by_text("for the phones in a lecture hall")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("This address works on this machine only")).to_be_visible()
    page.get_by_text("Exercise", exact=True).click()
    parts = page.get_by_role("toolbar", name="Hide from the reader")
    for name in ("the start", "learning rate"):
        parts.get_by_role("button", name=name, exact=True).click()
        expect(parts.get_by_role("button", name=name, exact=True)).to_have_attribute("aria-pressed", "true")
    field = page.get_by_role("textbox", name="Link to the exercise")
    expect(field).to_have_value(re.compile("hide=learning_rate,start"), timeout=PATIENCE)
    page.goto(field.input_value())
    expect(page.get_by_text("An exercise. Hidden here:")).to_contain_text("learning rate", timeout=PATIENCE)
    assert told(page.url) == (RACE, View(hide=("learning_rate", "start")))


def test_exercise_hides_parts_with_a_note_and_keeps_them(open_race: Opener):
    page = open_race(RACE.to_query() | {"hide": "learning_rate,start,results"})
    expect(page.get_by_text("An exercise. Hidden here:")).to_contain_text("learning rate")
    expect(page.locator(".lll-legend")).to_contain_text("too small")
    assert page.get_by_label("learning rate, exact value").count() == 0
    assert page.get_by_role("table").count() == 0
    assert page.get_by_role("button", name="Race: ").count() == 0
    page.get_by_role("tab", name="Surface and start").click()
    expect(page.get_by_label("steps, exact value")).to_be_visible(timeout=PATIENCE)
    assert page.get_by_label("Start x").count() == 0
    start = page.evaluate(f"{STATE}.start")
    box = page.locator("[data-graph=map]").bounding_box()
    assert box
    page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 0.4 * box["height"])
    # A change that is allowed is made after the click was heard, and the start is still what it was.
    page.get_by_label("steps, exact value").fill("50")
    page.get_by_label("steps, exact value").press("Enter")
    page.wait_for_function(f"{STATE}.steps === 50", timeout=PATIENCE)
    assert page.evaluate(f"{STATE}.start") == start
    assert page.locator(".lll-start").is_disabled()


# ---- embed ----


def test_embedded_stage_fills_its_window(open_race: Opener):
    page = open_race(RACE.to_query() | {"view": "embed"}, viewport={"width": 960, "height": 600})
    expect(page.locator(".lll-legend")).to_contain_text("exploding")
    for gone in ("[data-testid=stHeader]", "table", "[role=tab]", "[data-testid=stExpander]", ".lll-reader"):
        assert page.locator(gone).locator("visible=true").count() == 0, gone
    stage = page.locator(".lll-stage").bounding_box()
    assert stage and stage["y"] <= 12 and 560 <= stage["height"] <= 600
    size = page.evaluate(
        "[document.documentElement.scrollHeight, document.querySelector('[data-testid=stMain]').scrollHeight]"
    )
    assert max(size) <= 600


def test_error_about_a_link_does_not_cover_an_embedded_stage(open_race: Opener):
    page = open_race({"view": "embed", "steps": "0"}, viewport={"width": 960, "height": 600})
    said = page.get_by_role("alert")
    expect(said).to_contain_text("The default race is shown instead.")
    for shown in (said, page.locator(".lll-bar"), page.get_by_role("button", name="3-D")):
        expect(shown).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="3-D").click()
    until(page, "state.view.projection === 'relief'")


def test_stage_runs_in_a_frame_of_a_page_from_elsewhere(
    new_page: Callable[..., Page], app_server: Callable[[Path], str], tmp_path: Path
):
    """A file is of another origin than any server."""
    link = f"{app_server(APP)}/playground?{urlencode(RACE.to_query() | {'view': 'embed'})}"
    outer = tmp_path / "slide.html"
    outer.write_text(f'<iframe src="{link.replace("&", "&amp;")}" width="960" height="600"></iframe>')
    page = new_page(outer.as_uri(), reduced_motion="reduce")
    frame = page.frame_locator("iframe")
    expect(frame.locator(".lll-legend")).to_contain_text("exploding", timeout=PATIENCE)
    expect(frame.locator(".lll-step")).to_contain_text("100", timeout=PATIENCE)
    frame.get_by_role("button", name="linear", exact=True).click()
    expect(frame.get_by_role("button", name="linear", exact=True)).to_have_attribute("aria-pressed", "true")


# ---- export ----


def test_html_plays_from_the_disk_with_the_network_off(open_race: Opener, browser: Browser, tmp_path: Path):
    download = saved(open_row(open_race()), "HTML")
    assert download.suggested_filename == "elliptic-bowl-4-lanes-100-steps.html"
    file = tmp_path / download.suggested_filename
    download.save_as(file)
    assert file.stat().st_size <= 3_000_000
    asked, errors = [], []
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 800})
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.goto(file.as_uri())
    until(page, "state.ready && state.playing && state.step > 5")
    assert page.evaluate(f"{STATE}.raceKey") == RACE.text
    expect(page.locator(".lll-legend")).to_contain_text("exploding")
    before = paths_of(page)
    page.keyboard.press("v")
    until(page, "state.view.projection === 'relief' && state.ready && state.surfaceDraws === 2")
    page.keyboard.press("v")
    page.keyboard.press("End")
    until(page, "state.step === 100 && state.painted")
    assert paths_of(page) != "data:," and before != "data:,"
    assert page.locator(".lll-start").is_enabled()
    assert (asked, errors) == ([file.as_uri()], [])
    context.close()


def test_live_file_follows_a_drag_without_a_server(open_race: Opener, browser: Browser, tmp_path: Path):
    """A number, the ring, a surface and an optimizer move the picture as in the app, and nothing is asked for."""
    file = tmp_path / "race.html"
    saved(open_row(open_race()), "HTML").save_as(file)
    asked, errors = [], []
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 1300}, reduced_motion="reduce")
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.goto(file.as_uri())
    until(page, "state.ready && state.step === 100")

    def end_of(entry: int) -> list[float]:
        entries = "document.querySelector('.lll-stage').lllStage.model.lanes"
        return page.evaluate(
            f"(({{ points, last_step }}) => [...points.slice(2 * last_step, 2 * last_step + 2)])({entries}[{entry}])"
        )

    def end_in_app(query: dict[str, str], entry: int = 0) -> Any:
        path = race(Scenario.from_query(query)).trajectories[entry]
        return pytest.approx(path.at_end(path.points).tolist(), rel=1e-5, abs=1e-7)

    rate = page.locator("[data-path='lane/0/learning_rate']")
    box = rate.locator("[type=range]").bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    ends = []
    for part in (0.55, 0.45, 0.4):
        page.mouse.move(box["x"] + part * box["width"], y)
        until(page, "state.preview && state.painted !== null")
        ends.append(tuple(end_of(0)))
    assert len(set(ends)) == 3, "every move is followed before the hand lets go"
    expect(rate.get_by_text("diverges from here")).to_be_visible()
    page.mouse.up()
    until(page, "!state.preview")
    assert tuple(end_of(0)) == ends[-1]
    field = page.get_by_label("learning rate, exact value")
    field.fill("77")
    field.press("Enter")
    expect(rate.get_by_role("alert")).to_contain_text("77 is outside")
    assert tuple(end_of(0)) == ends[-1], "what is refused changes nothing"
    field.fill("0.05")
    field.press("Enter")
    query = RACE.to_query() | {"lanes": "gradient_descent(learning_rate=0.05)"}
    assert end_of(0) == end_in_app(query)
    before = paths_of(page)
    mark = rate.get_by_text("diverges from here")
    expect(mark).to_be_visible()
    page.locator(".lll-start").press("ArrowRight")
    until(page, f"state.start[0] !== {RACE.point[0]}")
    x, y = page.evaluate(f"{STATE}.start")
    page.wait_for_timeout(600)
    until(page, "!state.preview")
    assert end_of(0) == end_in_app(query | {"start": f"{x},{y}"}) and paths_of(page) != before
    expect(mark).to_have_count(0)
    page.select_option("#lab-surface", label="Himmelblau")
    page.select_option("#lab-core", label="Adam")
    page.select_option("#lab-wrapper", label="Lookahead")
    until(page, "state.ready && state.surfaceKey.startsWith('himmelblau')")
    adam = {"surface": "himmelblau", "lanes": "lookahead(inner=adam)", "steps": "100"}
    assert end_of(0) == end_in_app(adam)
    page.keyboard.press("Escape")
    page.select_option("#lab-race", label=RACES["ravine"].label)
    until(page, "state.ready && state.surfaceKey.startsWith('ravine')")
    assert end_of(1) == end_in_app(RACES["ravine"].scenario.to_query(), 1)
    small = page.get_by_role("group", name="Small picture of the race")
    expect(small).to_have_count(0)
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator("#lab-surface")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    field.scroll_into_view_if_needed()
    expect(small).to_be_in_viewport(ratio=1)
    small.get_by_role("button", name="Back to the picture").click()
    expect(small).to_have_count(0)
    assert (asked, errors) == ([file.as_uri()], [])
    context.close()


def test_live_file_in_a_frame_that_may_only_run_scripts(browser: Browser, tmp_path: Path):
    """As a learning platform shows it: of no origin, narrow, without a network. It is used by the keyboard alone."""
    file, outer = tmp_path / "race.html", tmp_path / "course.html"
    entries = "momentum(learning_rate=0.01*cosine(final=0.2)),adam"
    held = race(Scenario.from_query(RACE.to_query() | {"lanes": entries}))
    file.write_bytes(live_page(held, View(), "Loss Landscape Lab · Elliptic bowl", held.scenario.text)())
    frame_tag = '<iframe sandbox="allow-scripts" src="race.html" width="390" height="840" style="border: 0"></iframe>'
    outer.write_text(f'<body style="margin: 0">{frame_tag}</body>')
    asked, errors = [], []
    context = browser.new_context(offline=True, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.goto(outer.as_uri())
    frame = page.frames[1]
    frame.wait_for_function("document.querySelector('.lll-stage')?.lllStage?.engine", timeout=PATIENCE)
    state = "document.querySelector('.lll-stage').lllStage.state()"
    frame.wait_for_function(f"{state}.ready && {state}.step === 100", timeout=PATIENCE)
    assert frame.evaluate("origin") == "null" and frame.evaluate("document.documentElement.scrollWidth") <= 390
    link = frame.locator("#lab-link")

    def tab_to(wanted: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            if frame.evaluate("(wanted) => document.activeElement.matches(wanted)", wanted):
                return
        raise AssertionError(wanted)

    def on_screen() -> Scenario:
        return Scenario.from_query(parts_of(link.text_content() or ""))

    tab_to("#lab-surface")
    page.keyboard.type("Himm")
    expect(frame.locator("#lab-title")).to_have_text("Loss Landscape Lab · Himmelblau")
    assert (on_screen().surface, page.title()) == ("himmelblau", "")
    tab_to("[data-path='steps'] [type=range]")
    page.keyboard.down("ArrowLeft")
    frame.wait_for_function(f"{state}.preview && {state}.steps < 100", timeout=PATIENCE)
    page.keyboard.up("ArrowLeft")
    frame.wait_for_function(f"!{state}.preview", timeout=PATIENCE)
    assert on_screen().steps == frame.evaluate(f"{state}.steps") < 100
    tab_to("[data-path='lane/0/learning_rate/schedule/final'] [type=range]")
    page.keyboard.press("ArrowRight")
    expect(link).not_to_contain_text("final=0.2)")
    frame.wait_for_function(f"!{state}.preview", timeout=PATIENCE)
    wanted = race(on_screen()).trajectories
    ends = "document.querySelector('.lll-stage').lllStage.model.lanes.map(({ points }) => [...points.slice(-2)])"
    for end, path in zip(frame.evaluate(ends), wanted, strict=True):
        assert end == pytest.approx(path.points[-1].tolist(), rel=1e-5, abs=1e-6)
    assert (asked, errors) == ([outer.as_uri(), file.as_uri()], [])
    context.close()


def test_table_and_tree_read_back_to_the_same_picture(open_race: Opener, tmp_path: Path):
    page = open_row(open_race(RACE.to_query() | {"show": "linear", "hidden": "1"}))
    paths = paths_of(page)
    for kind in ("CSV", "JSON"):
        download = saved(page, kind)
        assert download.suggested_filename == f"elliptic-bowl-4-lanes-100-steps.{kind.lower()}"
        record = read_record(content(download))
        assert record.scenario == RACE and record.difference(race(RACE)) is None
        assert View.from_query(record.view) == View(loss_axis="linear", hidden=(1,))
        file = tmp_path / download.suggested_filename
        download.save_as(file)
        other = open_row(open_race({}))
        other.locator("input[type=file]").set_input_files(file)
        expect(other.get_by_text("the run on screen is the one in the file")).to_be_visible(timeout=PATIENCE)
        other.wait_for_function(f"(key) => {STATE}.raceKey === key", arg=RACE.text, timeout=PATIENCE)
        other.wait_for_function("location.search.includes('hidden=1')", timeout=PATIENCE)
        other.mouse.move(5, 5)
        other.wait_for_function(
            "(paths) => document.querySelector('[data-panel=surface] > .lll-whole').toDataURL() === paths",
            arg=paths,
            timeout=PATIENCE,
        )


def test_invalid_file_shows_an_error_and_changes_nothing(open_race: Opener, tmp_path: Path):
    page = open_row(open_race({}))
    key = page.evaluate(f"{STATE}.raceKey")
    file = tmp_path / "half.csv"
    file.write_text(to_csv(race(RACE))[:3000])
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("The file is not whole", timeout=PATIENCE)
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed.")
    assert page.evaluate(f"{STATE}.raceKey") == key


def test_exported_pictures_can_be_opened(open_race: Opener, new_page: Callable[..., Page], tmp_path: Path):
    page = open_row(open_race())
    png = Image.open(io.BytesIO(content(saved(page, "PNG"))))
    assert png.width == SCALE * SIZE[0] and png.height <= SCALE * SIZE[1]
    file = tmp_path / "race.svg"
    saved(page, "SVG").save_as(file)
    drawing = new_page(file.as_uri())
    expect(drawing.locator("text", has_text="exploding")).to_be_visible()
    assert drawing.locator("image").count() == 2
    (sheet,) = PdfReader(io.BytesIO(content(saved(page, "PDF")))).pages
    assert "exploding" in sheet.extract_text()


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_animation_has_the_stated_number_of_frames(
    open_race: Opener, new_page: Callable[..., Page], tmp_path: Path, kind: str
):
    page = open_row(open_race(RACE.to_query() | {"steps": "8"}))
    page.get_by_role("button", name=f"{kind} …").click()
    save = page.get_by_role("button", name=f"Save the {kind}: 9 frames")
    expect(save).to_be_visible(timeout=PATIENCE)
    file = tmp_path / f"race.{kind.lower()}"
    saved(page, f"Save the {kind}").save_as(file)
    with Image.open(file) as opened:
        assert (opened.format, getattr(opened, "n_frames", 1)) == (kind, 9)
    shown = new_page(file.as_uri())
    assert (
        shown.locator("img").evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
        == SIZE_WITH_LOSSES[0]
    )
    # Another race: what was drawn of the old one is gone.
    page.get_by_role("tab", name="Surface and start").click()
    page.get_by_label("steps, exact value").fill("6")
    page.get_by_label("steps, exact value").press("Enter")
    expect(save).to_have_count(0, timeout=PATIENCE)


def test_long_race_is_thinned_with_a_notice(open_race: Opener):
    page = open_row(open_race({"lanes": "gradient_descent(learning_rate=0.001)", "steps": "5000"}))
    page.get_by_role("button", name="GIF …").click()
    expect(page.get_by_text("of the 5001 steps are drawn")).to_be_visible(timeout=2 * PATIENCE)
    with Image.open(io.BytesIO(content(saved(page, "Save the GIF")))) as opened:
        frames = getattr(opened, "n_frames", 1)
        expect(page.get_by_text(f"{frames} of the 5001 steps are drawn")).to_be_visible()
        assert frames <= 100


# ---- reach ----


def test_export_row_fits_on_a_phone(open_race: Opener):
    page = open_row(open_race(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True))
    for name in ("QR code", "Embed", "Exercise"):
        page.get_by_text(name, exact=True).click()
    expect(page.get_by_role("button", name="learning rate", exact=True)).to_be_visible(timeout=PATIENCE)
    widths = page.evaluate("['html', '[data-testid=stMain]'].map((name) => document.querySelector(name).scrollWidth)")
    assert max(widths) <= 390


def test_page_about_it_has_a_live_stage_and_an_exercise(
    new_page: Callable[..., Page], app_server: Callable[[Path], str]
):
    page = new_page(f"{app_server(APP)}/sharing", reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    frame = page.frame_locator("iframe")
    expect(frame.locator(".lll-legend")).to_contain_text("Adam", timeout=PATIENCE)
    expect(page.get_by_role("row", name="the number of steps")).to_be_visible()
    page.get_by_role("link", name="Open this exercise").click()
    expect(page.get_by_text("An exercise. Hidden here:")).to_contain_text("the table of results", timeout=PATIENCE)
