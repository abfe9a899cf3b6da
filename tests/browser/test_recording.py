"""A recording of network trainings in a real browser: its curves, its plane and its pictures, in step."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stage import STAGE, Opener, Stage

pytestmark = pytest.mark.browser

APP = Path(__file__).with_name("recording_app.py")


@pytest.fixture
def open_recording(new_page: Callable[..., Page], app_server: Callable[..., str]) -> Opener:
    def open_it(query: str, **options: object) -> Stage:
        return Stage(new_page(f"{app_server(APP)}/?{query}", **options))

    return open_it


def test_a_recording_plays_by_the_steps_of_its_checkpoints(open_recording: Opener):
    stage = open_recording("")
    stage.until("state.playing && state.step > 5")
    stage.press(" ")
    stage.until("!state.playing")
    stage.press("Home", "ArrowRight", "ArrowRight")
    stage.until("state.step === 2 && state.number === 4")
    expect(stage.page.locator(".lll-step")).to_have_text("step 4 of 200")
    expect(stage.page.locator(".lll-legend")).to_contain_text("The plane holds")
    expect(stage.page.locator("[data-act=arrows], [data-act=inspector]").first).to_be_hidden()
    x, y = stage.pixel(*stage.entry_point(1, 2))
    assert stage.ink_near(x, y) > 60
    stage.page.mouse.move(x, y)
    tip = stage.page.locator("[data-panel=surface] .lll-tip")
    for told in ("step 4", "loss on the plane", "distance from the plane", "sharpness", "accuracy"):
        expect(tip).to_contain_text(told)


def test_quantities_and_the_decision_boundary_follow_what_is_chosen(open_recording: Opener):
    stage = open_recording("still")
    stage.until("state.quantity.ready")
    title = stage.page.locator("[data-graph=quantity] .ytitle")
    limit = stage.page.get_by_text("limit of stability")
    seen = set()
    for name, wanted in (("accuracy", "accuracy"), ("sharpness", "sharpness"), ("distance", "distance from the plane")):
        stage.button(name).click()
        expect(title).to_have_text(wanted)
        stage.until(f"state.quantity.name === '{name}' && state.view.quantity === '{name}'")
        expect(limit).to_be_visible(visible=name == "sharpness")
        seen.add(stage.canvas("quantity", "whole"))
        if name == "sharpness":
            (_, end), (low, high) = stage.ranges("quantity")
            assert low < 4 < high  # 2 / 0.5, the limit of gradient descent
            x, y = stage.pixel(end / 2, 4, "quantity")
            assert _is_painted(stage, x, y)
    assert len(seen) == 3
    stage.until("state.data.ready && state.predictions.text.startsWith('Step 0:')")
    first = stage.canvas("data", "bands")
    stage.press("End")
    stage.until("state.predictions.text.startsWith('Step 200:')")
    last = stage.canvas("data", "bands")
    stage.page.get_by_label("Optimizer whose predictions are shown").select_option("Adam")
    stage.until("state.predictions.entry === 1")
    assert len({first, last, stage.canvas("data", "bands")}) == 3
    picture = stage.page.get_by_role("img", name="Adam: Step 200:")
    expect(picture).to_have_count(1)
    # The counts are those of the accuracy.
    wrong = stage.page.evaluate(
        f"""() => {{
            const {{ runs }} = {STAGE}.lllStage.model.recording.quantities.find(({{ name }}) => name === "accuracy");
            const {{ values, validation }} = runs[1];
            return [Math.round(100 * (1 - values.at(-1))), Math.round(60 * (1 - validation.at(-1)))];
        }}"""
    )
    said = f"{wrong[0]} of 100 training and {wrong[1]} of 60 validation examples are wrong"
    assert said in stage.state["predictions"]["text"]


def _is_painted(stage: Stage, x: float, y: float) -> bool:
    """Whether the whole paths of the second curves have a pixel within 8 of a point of the window."""
    return stage.page.evaluate(
        f"""([x, y]) => {{
            const {{ whole, ratio, host }} = {STAGE}.lllStage.panels.quantity;
            const box = host.getBoundingClientRect();
            const at = [(x - box.left) * ratio - 8, (y - box.top) * ratio - 2].map(Math.round);
            return whole.getImageData(...at, 16, 4).data.some((value, i) => i % 4 === 3 && value > 100);
        }}""",
        [x, y],
    )


def test_wrong_digits_become_fewer(open_recording: Opener):
    stage = open_recording("still&data=digits")
    stage.until("state.predictions.text.startsWith('Step 0:')")
    before = stage.canvas("data", "whole")
    count = int(stage.state["predictions"]["text"].split()[2])
    stage.press("End")
    stage.until("state.predictions.text.startsWith('Step 200:')")
    assert int(stage.state["predictions"]["text"].split()[2]) < count / 2
    assert stage.canvas("data", "whole") != before
