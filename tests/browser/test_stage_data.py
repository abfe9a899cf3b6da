"""The stage of a loss over data in a real browser: examples, predictions and held-out data."""

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from landscape_lab.figures.styles import style_of
from landscape_lab.ui.stage.data_view import data_tree
from landscapes import DATA_LOSSES
from optim_core import SAMPLERS
from tests.browser.stage import STAGE, Opener, Stage

pytestmark = pytest.mark.browser

LINE = "linear_regression(n=20,center=3,standardised=true)"


@pytest.fixture
def open_loss(new_page: Callable[..., Page], stage_address: str) -> Opener:
    """Opens a stage on a loss over data, with two optimizers and 60 steps."""

    def open_it(surface: str, rest: str = "", **options: object) -> Stage:
        entries = "gradient_descent(learning_rate=0.1),adam(learning_rate=0.2)"
        settings = {"reduced_motion": "reduce"} | options
        stage = Stage(new_page(f"{stage_address}/?surface={surface}&lanes={entries}&steps=60{rest}", **settings))
        stage.until("state.data.ready")
        return stage

    return open_it


def data_pixels(stage: Stage, layer: str, points: Any) -> list[list[int]]:
    """Red, green, blue and cover of a layer of the data panel where Plotly draws each of some points (n, 2)."""
    return stage.page.evaluate(
        f"""([layer, points]) => {{
            const panel = {STAGE}.lllStage.data.panel;
            const context = panel[layer] ?? panel.lower[layer];
            const {{ xaxis, yaxis }} = document.querySelector("[data-graph=data]")._fullLayout;
            const place = (axis, value) => Math.floor((axis._offset + axis.d2p(value)) * panel.ratio);
            return points.map(([x, y]) => [...context.getImageData(place(xaxis, x), place(yaxis, y), 1, 1).data]);
        }}""",
        [layer, np.asarray(points).tolist()],
    )


def test_the_fitted_line_and_the_examples_looked_at_move_with_the_step(open_loss: Opener):
    stage = open_loss(LINE, "&noise=minibatch(size=3)")
    loss = DATA_LOSSES["linear_regression"].with_parameters(n=20, center=3, standardised=True)
    features, targets = loss.data.features[:, 0], loss.data.targets
    colors = [style_of(key).color for key in ("gradient_descent", "adam")]
    for step in (2, 30):
        stage.page.evaluate(f"{STAGE}.lllStage.seek({step})")
        stage.until(f"state.step === {step}")
        lit = stage.state["data"]["lit"]
        assert lit == SAMPLERS["minibatch"](size=3).rows_at(loss, step, 0).tolist()
        (low, high), (bottom, top) = stage.ranges("data")
        u = np.linspace(low, high, 200)[2:-2]
        said = np.stack([loss.predict(stage.entry_point(entry, step), u) for entry in (0, 1)])
        clear = (np.abs(said[0] - said[1]) > 0.5) & (np.abs(u[:, None] - features[lit]).min(axis=1) > 0.15)
        for entry, color in enumerate(colors):
            there = np.flatnonzero(clear & (said[entry] > bottom) & (said[entry] < top))
            assert there.size > 5
            painted = data_pixels(stage, "moving", np.stack([u, said[entry]], axis=1)[there])
            assert painted.count([*bytes.fromhex(color[1:]), 255]) > there.size / 2  # a line may have dashes
        places = np.stack([features, targets], axis=1)
        assert min(cover for *_, cover in data_pixels(stage, "examples", places)) > 150
        assert min(cover for *_, cover in data_pixels(stage, "moving", places[lit])) > 0


def test_every_model_predicts_in_the_browser_as_in_python(open_loss: Opener):
    stage = open_loss(LINE)
    thetas = np.array([(1.5, -0.75), (-2.0, 0.5), (0.0, 0.25)])
    for plain, change in product(DATA_LOSSES.values(), ({}, {"standardised": 1}, {"batch_norm": 1}, {"dropout": 0.3})):
        loss = plain.with_parameters(**change)
        features, targets = loss.data.features.ravel().tolist(), loss.data.targets.tolist()
        said = stage.page.evaluate(
            f"""([data, thetas]) => {{
                const {{ constructor: Examples }} = {STAGE}.lllStage.data.examples;
                const examples = new Examples(data);
                return thetas.map((theta) => data.targets.map((_, i) => examples.prediction(theta, i)));
            }}""",
            [{**(data_tree(loss) or {}), "held_out": None, "features": features, "targets": targets}, thetas.tolist()],
        )
        np.testing.assert_allclose(said, loss.predict(thetas.T, loss.data.features), 1e-12, 1e-12, err_msg=loss.text)


def test_the_border_between_classes_is_where_both_are_as_likely(open_loss: Opener):
    stage = open_loss("logistic_regression(n=30,scale=5,batch_norm=true)")
    loss = DATA_LOSSES["logistic_regression"].with_parameters(n=30, scale=5, batch_norm=True)
    stage.press("Home", "2", *["ArrowRight"] * 9)  # one entry alone
    stage.until("state.step === 9")
    (x0, x1), (y0, y1) = stage.ranges("data")
    grid = np.stack(np.meshgrid(np.linspace(x0, x1, 120)[1:-1], np.linspace(y0, y1, 120)[1:-1]), axis=-1).reshape(-1, 2)
    chance = loss.predict(stage.entry_point(0, 9), grid)
    on, off = grid[np.abs(chance - 0.5) < 0.001], grid[np.abs(chance - 0.5) > 0.2]
    assert len(on) > 5 and len(off) > 5
    assert min(cover for *_, cover in data_pixels(stage, "moving", on)) > 0
    assert max(cover for *_, cover in data_pixels(stage, "moving", off)) == 0


def test_data_have_several_views(open_loss: Opener):
    stage = open_loss("multiple_regression(n=20,scale=10)")
    titles = stage.page.locator("[data-graph=data] :is(.xtitle, .ytitle)")
    expect(titles).to_have_text(["target, true", "target, predicted"])
    layer = f"{STAGE}.lllStage.data.panel.lower.examples.canvas.toDataURL()"
    stage.button("features").click()
    expect(titles).to_have_text(["feature 1", "feature 2"])
    expect(stage.page.locator(".lll-key")).to_contain_text("target")
    stage.until("state.data.picture === 'features' && state.data.ready")
    before = stage.page.evaluate(layer)
    held_out = stage.page.get_by_role("button", name="Show the validation examples as open markers")
    held_out.click()
    stage.until("state.data.heldOut")
    assert stage.page.evaluate(layer) != before
    held_out.click()
    stage.until("!state.data.heldOut")
    assert stage.page.evaluate(layer) == before
    data = DATA_LOSSES["multiple_regression"].with_parameters(n=20, scale=10).data
    u, v = data.features[4].tolist()
    stage.page.mouse.move(*stage.pixel(u, v, "data"))
    expect(stage.page.locator(".lll-data .lll-tip")).to_contain_text("example 5")


def test_the_curves_go_against_examples_and_epochs_where_there_are_any(open_loss: Opener):
    stage = open_loss(LINE)
    axis = stage.page.get_by_label("Horizontal axis").and_(stage.page.locator("select"))
    for name, end, title in (
        ("examples", 1200, "examples seen"),
        ("epochs", 60, "epochs"),
        ("examples", 1200, "examples seen"),
    ):
        axis.select_option(name)
        expect(stage.page.locator("[data-graph=curves] .xtitle")).to_have_text(title)
        stage.page.wait_for_function(
            "(end) => document.querySelector('[data-graph=curves]')._fullLayout.xaxis.range.join() === `0,${end}`",
            arg=end,
        )
    expect(stage.page.get_by_text("progress_axis='examples'")).to_be_visible()
    curves = f"{STAGE}.lllStage.panels.curves.projection"
    step = stage.page.evaluate(f"{curves}.progress({STAGE}.lllStage.model.lanes[0], 7)")
    assert step == 7 * 20
    stage.button("himmelblau").click()
    stage.until("state.surfaceKey.startsWith('himmelblau ') && state.surfaceDraws === 2 && state.data === null")
    expect(stage.page.locator(".lll-data")).to_be_hidden()
    expect(axis).to_be_hidden()
    expect(stage.button("steps")).to_have_attribute("aria-pressed", "true")
    assert stage.ranges("curves")[0] == [0, 60]


def test_loss_on_held_out_data_is_shown(open_loss: Opener):
    stage = open_loss(LINE, "&validation")
    expect(stage.page.locator(".lll-legend")).to_contain_text("dashed: validation data")
    loss = DATA_LOSSES["linear_regression"].with_parameters(n=20, center=3, standardised=True).validation
    held_out = float(loss.value(np.array(stage.entry_point(0, 15))))
    x, y = stage.pixel(15, held_out, "curves")
    stage.page.mouse.move(x + 1, y)
    stage.page.mouse.move(x, y)
    tip = stage.page.locator(".lll-curves .lll-tip")
    expect(tip).to_contain_text("step 15")
    expect(tip).to_contain_text(f"validation loss {held_out:.4g}")
    stage.page.wait_for_function(f"{STAGE}.lllStage.engine")
    told = {"path": "start/x", "value": 0.5, "phase": "move", "stage": "stage"}
    stage.page.evaluate("(detail) => document.dispatchEvent(new CustomEvent('lab-knob', { detail }))", told)
    stage.until("state.preview")
    dragged = f"(({{ lanes, tree }}) => lanes[0].validation[15] + tree.curves.offset)({STAGE}.lllStage.model)"
    point = np.array(stage.entry_point(0, 15))
    assert stage.page.evaluate(dragged) == pytest.approx(float(loss.value(point)), rel=1e-5)
    assert float(loss.value(point)) != pytest.approx(held_out, rel=1e-3)
    beside = f"{STAGE}.lllStage.panels.curves.beside.size"
    assert stage.page.evaluate(beside) == 2, "they are painted"


def test_data_fit_on_a_phone(open_loss: Opener):
    stage = open_loss(
        "logistic_regression(n=30)", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    assert stage.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    curves, data, legend = (
        stage.page.locator(name).bounding_box() for name in (".lll-curves", ".lll-data", ".lll-legend")
    )
    assert curves and data and legend
    assert curves["y"] + curves["height"] <= data["y"] and data["y"] + data["height"] <= legend["y"]
    assert data["height"] > 200
