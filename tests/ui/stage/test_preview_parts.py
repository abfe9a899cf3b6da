"""What a preview is made of, under Node: what is held, ranges of knobs and axes, bands of a surface."""

from typing import Any

import numpy as np
import pytest

from landscape_lab.figures.curves import FLOOR
from landscape_lab.figures.height_scale import height_scale
from tests.node import SCRIPTS, in_node

RNG_SEED = 7


def run(parts: str, script: str, **given: Any) -> Any:
    """What a script returns that can use what a module of the stage's code exports as `part`."""
    module = (SCRIPTS / f"{parts}.js").as_uri()
    return in_node(f"const part = await import(given.module); {script}", {"module": module, **given})


def test_axes_grow_until_the_runs_fit_on_them_and_never_shrink():
    rng = np.random.default_rng(RNG_SEED)
    races = []
    for _ in range(60):
        gaps = 10 ** rng.uniform(-6, 4, (3, 8))
        last = rng.integers(1, 8, 3)
        entries = [
            {"gaps": list(g), "evaluated": float(k + 1), "last_step": int(n), "diverged": False}
            for k, (g, n) in enumerate(zip(gaps, last, strict=True))
        ]
        low, high = np.sort(rng.uniform(-4, 3, 2))
        ranges = {"steps": [0, 5], "evaluations": [0, 9], "log": [low, high + 0.1], "linear": [0.0, 10**high]}
        races.append({"ranges": ranges, "lanes": entries})
    grown = run(
        "loss_axes",
        "return given.races.map(({ranges, lanes}) => part.grownRanges(ranges, lanes, 0.5, 7));",
        races=races,
    )
    stood = 0
    for race, new in zip(races, grown, strict=True):
        for name, (low, high) in race["ranges"].items():
            assert new[name][0] <= low and new[name][1] >= high, "no axis shrinks"
            stood += new[name] == [low, high]
        assert new["steps"] == [0, 7]
        ends = []
        for entry in race["lanes"]:
            gaps = np.array(entry["gaps"][: entry["last_step"] + 1])
            stayed = gaps.max() + 0.5 <= 100 * max(gaps[0] + 0.5, 1)
            ends.append((gaps.min(), gaps.max() if stayed else gaps[0]))
            assert new["evaluations"][1] >= entry["evaluated"] * entry["last_step"]
        floor = FLOOR * max(high for _low, high in ends)
        for value in np.ravel(ends):
            shown = np.log10(max(value, floor))
            assert new["log"][0] <= shown + 1e-9 and shown <= new["log"][1] + 1e-9
            assert new["linear"][0] <= value + 0.5 <= new["linear"][1] + 1e-6
    assert stood > 0, "axes on which the runs fit stand still"


def test_an_axis_does_not_follow_a_run_that_leaves_the_picture():
    entry = {"gaps": [1.0, 1e30, 1e200], "evaluated": 1, "last_step": 2, "diverged": True}
    grown = run(
        "loss_axes",
        "return part.grownRanges({log: [-1, 1], linear: [0, 5]}, [given.entry], 0, 2);",
        entry=entry,
    )
    assert grown == {"log": [-1, 1], "linear": [0, 5]}


FLIP = """
return given.cases.map(({ range, value, flips }) => {
    let tries = 0;
    const has = (v) => (tries++, flips.filter((flip) => v >= flip).length % 2 === 1);
    const search = part.changePoint(range, value, has);
    let step;
    do step = search.next(); while (!step.done);
    return [step.value, tries];
});
"""


def test_the_value_where_an_outcome_changes_is_found_in_a_bounded_number_of_tries():
    log, linear = {"low": 1e-4, "high": 1.0, "scale": "log"}, {"low": 0.0, "high": 2.0, "scale": "linear"}
    cases = [
        *({"range": log, "value": 1e-3, "flips": [flip]} for flip in (2e-4, 0.0123, 0.9)),
        *({"range": linear, "value": 1.0, "flips": [flip]} for flip in (0.1, 1.37)),
        {"range": log, "value": 0.5, "flips": [1e-3, 1e-2, 0.2]},  # two places; the nearer one counts
        {"range": log, "value": 2e-4, "flips": [1e-3, 1e-2, 0.2]},
        {"range": log, "value": 1e-3, "flips": []},
        {"range": log, "value": 1e-3, "flips": [1e-9]},
    ]
    wanted = [2e-4, 0.0123, 0.9, 0.1, 1.37, 0.2, 1e-3, None, None]
    for (found, tries), flip in zip(run("knob_range", FLIP, cases=cases), wanted, strict=True):
        assert tries <= 40
        if flip is None:
            assert found is None
        else:
            assert found == pytest.approx(flip, rel=1e-3) and found >= flip, "the outcome is the later one there"


def test_neighbours_lie_evenly_around_a_value_and_within_the_range():
    found = run(
        "knob_range",
        "return part.neighbours({low: 1e-4, high: 1, scale: 'log'}, 0.5, 5, 0.025);",
    )
    steps = sorted(np.log(each["value"] / 0.5) / np.log(1e4) / 0.025 for each in found)
    assert np.allclose(steps, [-5, -4, -3, -2, -1, 1, 2, 3]), "four and five above would leave the range"
    assert [each["distance"] for each in found] == sorted((each["distance"] for each in found), reverse=True)


HELD = """
const held = new part.HeldNumbers();
const log = [];
const answer = (race) => {
    held.answered((path) => race[path]);
    log.push([held.empty, { ...held.numbers }]);
};
held.move("a", { a: 1 });
held.move("start", { "start/x": 1, "start/y": 2 });
held.release("a");
answer({ a: 0, "start/x": 0, "start/y": 0 });      // refused: the oldest request is answered
held.move("a", { a: 2 });
held.release("a");
held.move("a", { a: 3 });
held.release("a");
answer({ a: 2, "start/x": 0, "start/y": 0 });      // the first of two requests
answer({ a: 3.00000001, "start/x": 0, "start/y": 0 });
log.push([held.inHand, { ...held.numbers }]);
held.release("start");
answer({ "start/x": 1, "start/y": 2 });
log.push([held.empty, held.inHand]);
held.move("gone", { gone: 1 });
held.release("gone");
answer({});                                        // the race does not know it
log.push(held.cancel("never"));
return log;
"""


def test_what_is_let_go_is_held_until_the_servers_race_has_it():
    start = {"start/x": 1, "start/y": 2}
    assert run("held_numbers", HELD) == [
        [False, start],
        [False, {"a": 3, **start}],
        [False, start],
        [True, start],
        [True, {}],
        [True, False],
        [True, {}],
        False,
    ]


ORDER = """
const page = new EventTarget();
globalThis.addEventListener = page.addEventListener.bind(page);
globalThis.removeEventListener = page.removeEventListener.bind(page);
const log = [];
const pending = () => {
    let settle;
    const promise = new Promise((resolve, reject) => { settle = { resolve, reject }; });
    return [promise, settle];
};
const turn = () => new Promise(setImmediate);
part.onceAnswered(undefined, () => log.push("no route"));
for (const [name, act] of [["answered", "resolve"], ["failed", "reject"]]) {
    const [answer, settle] = pending();
    part.onceAnswered(answer, () => log.push(name));
    await turn();
    log.push(`before ${name}`);
    settle[act]();
    await turn();
}
const [answer, settle] = pending();
part.onceAnswered(answer, () => log.push("overtaken"));
page.dispatchEvent(new Event("keydown"));
log.push("after the key");
page.dispatchEvent(new Event("pointerdown"));
settle.resolve();
await turn();
for (const act of ["pointerup", "click"]) {
    const [late, settleLate] = pending();
    part.onceAnswered(late, () => log.push(`before the ${act}`));
    page.dispatchEvent(new Event(act));
    log.push(`after the ${act}`);
    settleLate.resolve();
    await turn();
}
const [never] = pending();
await new Promise((resolve) => part.onceAnswered(never, resolve));
return [...log, "in the end"];
"""


def test_the_page_is_asked_after_the_route_and_before_a_later_act_of_the_user():
    assert run("once_answered", ORDER) == [
        "no route",
        "before answered",
        "answered",
        "before failed",
        "failed",
        "overtaken",
        "after the key",
        "before the pointerup",
        "after the pointerup",
        "before the click",
        "after the click",
        "in the end",
    ]


def test_a_surface_is_filled_with_the_band_of_every_pixel():
    rng = np.random.default_rng(RNG_SEED)
    n, m, width, height = 5, 3, 33, 21
    heights = np.cumsum(rng.uniform(0, 1, (m, n)), axis=1)
    levels = {"start": 1.0, "end": 3.0, "size": 0.5}
    fills = np.arange(1, 7)
    pixels = run(
        "contour_bands",
        """
        const pixels = new Uint32Array(given.width * given.height);
        const colors = { fills: Uint32Array.from(given.fills), edges: Uint32Array.from(given.fills, (c) => 100 + c) };
        part.fillBands(pixels, given.width, given.height, given.heights, given.n, given.levels, colors);
        return Array.from(pixels);
        """,
        **{"n": n, "width": width, "height": height, "levels": levels, "fills": fills.tolist()},
        heights=heights.ravel(),
    )
    across, up = np.linspace(0, n - 1, width), np.linspace(m - 1, 0, height)
    rows = np.array([np.interp(up, np.arange(m), heights[:, k]) for k in range(n)])
    smooth = np.array([np.interp(across, np.arange(n), rows[:, j]) for j in range(height)])
    band = np.searchsorted(np.arange(1.0, 3.01, 0.5), smooth)
    found = np.array(pixels).reshape(height, width)
    assert (found % 100 == fills[band]).all()
    edge = np.zeros((height, width), bool)
    edge[:, 1:] |= band[:, 1:] != band[:, :-1]
    edge[1:] |= band[1:] != band[:-1]
    assert ((found > 100) == edge).all(), "a line is where one band meets another"


def test_heights_are_those_of_the_figures():
    losses = 10 ** np.random.default_rng(RNG_SEED).uniform(-3, 5, 400)
    scale = height_scale(losses, 0.0)
    assert scale.log
    heights = run(
        "contour_bands",
        "return part.toHeights(given.losses, given.scale);",
        losses=losses,
        scale=scale.as_payload(),
    )
    assert np.allclose(heights, scale.shown(losses), rtol=0, atol=1e-12)


def test_lines_reach_as_far_as_the_heights_and_stay_where_they_were():
    levels = {"start": -1.25, "end": 3.5, "size": 0.25}
    for low, high in [(-1.2, 3.4), (-4.0, 3.4), (-1.2, 6.1), (-900.0, 4000.0)]:
        found = run(
            "contour_bands",
            "return part.levelsReaching(given.levels, given.heights, 60);",
            levels=levels,
            heights=np.array([low, np.nan, high, 0.0]),
        )
        assert found["start"] <= low and found["end"] >= high
        assert (found["end"] - found["start"]) / found["size"] <= 62
        strides = (found["start"] - levels["start"]) / 0.25
        assert strides == pytest.approx(round(strides), abs=1e-6)


def test_runs_part_where_anybody_can_see_it():
    straight = {"points": [0.0, 0.0, 1.0, 0.0, 2.0, 0.0], "last_step": 2, "diverged": False}
    bent = straight | {"points": [0.0, 0.0, 1.0, 0.0, 2.0, 0.3]}
    far = straight | {"points": [0.0, 0.0, 50.0, 0.0, 90.0, 0.0]}
    apart = "return given.pairs.map(([one, other]) => part.runsApart([one], [other], [[-2, 2], [-1, 2]]));"
    pairs = [[straight, straight], [straight, bent], [far, far | {"points": [0.0, 0.0, 60.0, 0.0, 80.0, 0.0]}]]
    same, little, outside = run("runs_apart", apart, pairs=pairs)
    assert (same, outside) == (0, 0), "what nobody sees on the map is no difference"
    assert little == pytest.approx(0.1 / np.sqrt(2))
    broken = "return part.runsApart([given.one], [{...given.one, diverged: true}], [[-2, 2], [-1, 2]]) === Infinity;"
    assert run("runs_apart", broken, one=straight)
