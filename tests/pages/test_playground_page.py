"""The playground without a browser: every choice it offers, and its errors for invalid input."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import landscape_lab.ui.server.process  # noqa: F401 - as in app.py, which AppTest leaves out after the first run
from landscape_lab.experiments import RACES, Entry, Scenario
from landscape_lab.experiments.scenarios.entries import CORES, WRAPPERS, settings, with_schedule, with_wrappers
from landscape_lab.experiments.scenarios.notation import MAX_LENGTH
from landscape_lab.experiments.scenarios.scenario import MAX_ENTRIES, MAX_STEPS
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui import state
from landscape_lab.ui.server.url_limits import MARK
from landscape_lab.ui.state import default_scenario
from landscapes import LANDSCAPES
from optim_core import SAMPLERS, SCHEDULES, Knob, knobs
from optim_core.optimizer import get_field
from optim_core.samplers.exact import Exact
from optim_core.samplers.gradient_noise import GradientNoise
from optim_core.schedules.cosine import Cosine
from optim_core.schedules.warmup import Warmup
from tests.pages import numbers, pickers
from tests.pages.widgets import widget
from tests.ui.stage.test_packing import unpack

APP = Path(__file__).parents[2] / "app.py"
SHORT = Scenario((Entry(CORES["gradient_descent"]()),), steps=20)
"""One entry and few steps: what is tested here are the controls."""

Opener = Callable[..., "Playground"]


class Playground:
    """The page in a new session; every action is followed by a run, which must not raise."""

    def __init__(self, query: dict[str, str]) -> None:
        self.at = AppTest.from_file(str(APP), default_timeout=60)
        self.at.switch_page("pages/playground.py")
        for name, value in query.items():
            self.at.query_params[name] = value
        self.run()

    def run(self) -> None:
        self.at.run()
        self.check()

    def check(self) -> None:
        assert not self.at.exception, self.at.exception[0].message
        assert not self.at.error
        assert self.link == self.scenario.to_query() | self.view.to_query()
        keys = [element.key for element in self.at.get("bidi_component")]
        assert keys[:3] == ["stage-page-surface", "stage-page-program", "stage"]

    @property
    def scenario(self) -> Scenario:
        return self.at.session_state["scenario"]

    @property
    def view(self) -> View:
        return self.at.session_state["scenario view"]

    @property
    def link(self) -> dict[str, str]:
        return {name: value for name, value in self.at.query_params.items() if name != "embed"}

    @property
    def entry(self) -> Entry:
        return self.scenario.entries[self.at.session_state["entry"]]

    @property
    def warnings(self) -> list[str]:
        return [warning.value for warning in self.at.warning]

    @property
    def refused(self) -> list[str]:
        return numbers.refused(self.at)

    def reveal(self, key: str) -> None:
        """Open the tab and the expander that contain a control."""
        if key in ("sampler", "seed") or key.startswith("sampler/"):
            self.show("Noise")
        elif key == "steps" or key.startswith(("surface/", "start/")):
            self.show("Surface and start")
        elif key.startswith("lane"):
            self.show("Optimizers")
            more = f"lane-{re.split('[-/]', key)[1]}-more"
            if more not in self.at.session_state or not self.at.session_state[more]:
                self.at.session_state[more] = True
                self.run()

    def show(self, tab: str) -> None:
        if self.at.session_state["panel"] != tab:
            self.at.session_state["panel"] = tab
            self.run()

    def pick(self, key: str, value: str) -> None:
        pickers.choose(self.at, key, value)
        self.check()

    def choose(self, key: str, value: str) -> None:
        self.reveal(key)
        widget(self.at.selectbox, key).set_value(value)
        self.run()

    def enter(self, path: str, value: float) -> None:
        self.reveal(path)
        numbers.turn(self.at, path, value)
        self.check()

    def write(self, key: str, text: str) -> None:
        self.reveal(key)
        widget(self.at.text_input, key).set_value(text)
        self.run()

    def press(self, label: str) -> None:
        self.show("Surface and start" if label == "Random" else "Optimizers")
        next(button for button in self.at.button if button.label == label).click()
        self.run()

    def pick_entry(self, place: int) -> None:
        self.show("Optimizers")
        self.at.get("button_group")[0].set_value(place)  # type: ignore[attr-defined]
        self.run()

    def turn(self, path: str, facts: Knob, read: Callable[[], float | bool]) -> None:
        """Assert that a knob reaches both ends of its range, and that its row has its facts."""
        for end in (facts.low, facts.high):
            if facts.kind is bool:
                self.reveal(path)
                widget(self.at.toggle, path).set_value(bool(end))
                self.run()
            else:
                self.enter(path, end)
                row = numbers.rows(self.at)[path]
                assert (row["value"], row["low"], row["high"]) == (end, facts.low, facts.high)
                assert row["whole"] == (facts.kind is int) and row["log"] == (facts.scale == "log")
            assert read() == end and type(read()) is facts.kind
            assert not self.warnings and not self.refused


def assert_refused(playground: Playground, before: Scenario, reason: str) -> None:
    """Assert that a change was refused with one sentence beside the number, and that nothing changed."""
    (sentence,) = playground.refused
    assert reason in sentence and not playground.warnings
    assert playground.scenario == before


def open_playground(scenario: Scenario | None = None, **query: str) -> Playground:
    return Playground((scenario.to_query() if scenario else {}) | query)


@pytest.fixture(scope="module")
def short() -> Playground:
    """One session for all tests that only change knobs."""
    return open_playground(SHORT)


def test_page_without_a_link_shows_the_default_race():
    playground = open_playground()
    assert playground.scenario == default_scenario()
    assert playground.view == View()
    assert not playground.warnings
    (table,) = (html.body for html in playground.at.get("html") if "<table>" in html.body)  # type: ignore[attr-defined]
    assert all(entry.label in table for entry in playground.scenario.entries)
    assert "Critical points of the surface" in table and "lowest minimum" in table


def test_a_link_opens_a_step_up_and_keeps_it_open():
    playground = open_playground(surface="bowl", show="inspector", inspect="2")
    assert playground.view == View(inspector=True, inspected=2)
    playground.enter("lane/0/learning_rate", 0.0123)
    assert {"show": "inspector", "inspect": "2"}.items() <= playground.link.items()


def test_changed_knob_keeps_the_messages_with_the_surface_and_the_program(short):
    def messages() -> list[bytes]:
        return [element.proto.bytes for element in short.at.get("bidi_component")[:3]]

    surface, program, race = messages()
    short.enter("lane/0/learning_rate", 0.0123)
    assert messages()[:2] == [surface, program] and messages()[2] != race
    short.pick("surface-picker", "beale")
    assert messages()[0] != surface and messages()[1] != program


def test_every_named_race():
    playground = open_playground()
    for key, race in RACES.items():
        playground.pick("race-picker", key)
        assert playground.scenario == race.scenario
        assert pickers.chosen(playground.at, "race-picker") == key
    playground.enter("steps", 7)
    assert pickers.chosen(playground.at, "race-picker") is None, "a changed race must not be shown as a named one"


def test_chosen_race_restarts_and_a_changed_number_does_not():
    playground = open_playground()

    def round_shown() -> str:
        message = next(each for each in playground.at.get("bidi_component") if each.key == "stage")
        return unpack(message.proto.bytes)["race"]["round"]

    first = round_shown()
    playground.at.session_state["scenario"] = replace(playground.scenario, start=(0.5, 0.5), steps=300)
    playground.run()
    assert round_shown() == first
    playground.pick("race-picker", "classics")
    again = round_shown()
    assert again != first, "choosing the same race again must restart it"
    playground.pick("surface-picker", "beale")
    assert round_shown() != again


@pytest.mark.thorough
def test_every_surface_and_its_knobs(short: Playground):
    for key, landscape in LANDSCAPES.items():
        short.pick("surface-picker", key)
        assert short.scenario.surface == key
        assert short.scenario.point == landscape.start
        for name, facts in landscape.knobs.items():
            short.turn(f"surface/{name}", facts, lambda name=name: short.scenario.landscape.parameters[name])
    short.pick("surface-picker", SHORT.surface)


@pytest.mark.thorough
@pytest.mark.parametrize("key", CORES)
def test_every_optimizer_and_its_knobs(key: str):
    playground = open_playground(replace(SHORT, steps=2))
    playground.choose("lane-0-core", key)
    assert playground.entry == Entry(CORES[key]())
    for name, facts in knobs(CORES[key]).items():
        playground.turn(f"lane/0/{name}", facts, lambda name=name: getattr(playground.entry.core, name))


@pytest.mark.thorough
def test_every_wrapper_and_its_knobs():
    playground = open_playground(replace(SHORT, steps=2))
    for key in WRAPPERS:
        playground.reveal("lane-0-wrappers")
        widget(playground.at.pills, "lane-0-wrappers").set_value([key])
        playground.run()
        assert playground.entry == with_wrappers(SHORT.entries[0], [key])
        for path, owner, facts in list(settings(playground.entry)):
            if owner == key:
                control = f"lane/0/{path}"
                playground.turn(control, facts, lambda path=path: get_field(playground.entry.optimizer, path))


def test_wrappers_nest_in_the_order_in_which_they_were_chosen():
    playground = open_playground(SHORT)
    keys = list(WRAPPERS)[::-1]
    playground.reveal("lane-0-wrappers")
    widget(playground.at.pills, "lane-0-wrappers").set_value(keys)
    playground.run()
    assert playground.entry == with_wrappers(SHORT.entries[0], keys)
    playground.choose("lane-0-core", "adam")
    assert playground.entry == with_wrappers(Entry(CORES["adam"]()), keys)


@pytest.mark.thorough
def test_every_schedule_and_its_knobs():
    playground = open_playground(SHORT)
    for key, cls in SCHEDULES.items():
        playground.choose("lane-0-learning_rate-schedule", key)
        wanted = () if key == "constant" else (("learning_rate", cls()),)
        assert playground.entry.schedules == wanted
        for name, facts in knobs(cls).items():
            playground.turn(
                f"lane/0/learning_rate/schedule/{name}",
                facts,
                lambda name=name: getattr(dict(playground.entry.schedules)["learning_rate"], name),
            )


def test_warmup_and_what_follows_it():
    playground = open_playground(SHORT)
    playground.choose("lane-0-learning_rate-schedule", "warmup")
    playground.choose("lane-0-learning_rate-then", "cosine")
    playground.enter("lane/0/learning_rate/schedule/then.final", 0.25)
    playground.enter("lane/0/learning_rate/schedule/length", 5)
    assert playground.entry.schedules == (("learning_rate", Warmup(length=5, then=Cosine(final=0.25))),)
    playground.choose("lane-0-core", "adam")
    assert playground.entry.schedules == (("learning_rate", Warmup(length=5, then=Cosine(final=0.25))),)
    playground.choose("lane-0-scheduled", "beta1")
    playground.choose("lane-0-beta1-schedule", "cosine")
    assert dict(playground.entry.schedules)["beta1"] == Cosine()
    playground.choose("lane-0-beta1-schedule", "constant")
    assert [path for path, _schedule in playground.entry.schedules] == ["learning_rate"]


def test_entries_are_added_and_removed_within_their_limits():
    playground = open_playground(SHORT)
    while len(playground.scenario.entries) < MAX_ENTRIES:
        count = len(playground.scenario.entries)
        playground.press("Copy" if count % 2 else "Add")
        assert len(playground.scenario.entries) == count + 1
    assert [button.label for button in playground.at.button if button.disabled] == ["Add", "Copy"]
    playground.pick_entry(3)
    while len(playground.scenario.entries) > 1:
        place, entries = playground.at.session_state["entry"], playground.scenario.entries
        playground.press("Remove")
        assert playground.scenario.entries == entries[:place] + entries[place + 1 :]
    assert [button.label for button in playground.at.button if button.disabled] == ["Remove"]


def test_copy_is_placed_beside_its_original_and_is_independent():
    playground = open_playground()
    playground.pick_entry(2)
    playground.press("Copy")
    entries = default_scenario().entries
    assert playground.scenario.entries == (*entries[:3], *entries[2:])
    playground.enter("lane/3/momentum", 0.5)
    playground.write("lane-3-name", "slower")
    assert playground.scenario.entries[2] == entries[2]
    assert playground.scenario.entries[3] == replace(
        entries[2], optimizer=replace(entries[2].core, momentum=0.5), name="slower"
    )
    playground.write("lane-3-name", 'a "quoted" name')
    assert "no quotes" in playground.warnings[0]
    assert playground.scenario.entries[3].name == "slower"


def test_hidden_entries_stay_the_same_entries():
    playground = open_playground(hidden="1,4")
    playground.pick_entry(2)
    playground.press("Copy")
    assert playground.view.hidden == (1, 5)
    playground.pick_entry(0)
    playground.press("Remove")
    assert playground.view.hidden == (0, 4)
    playground.pick_entry(0)
    playground.press("Remove")
    assert playground.view.hidden == (3,)
    playground.pick("race-picker", "rates")
    assert playground.view.hidden == ()


@pytest.mark.parametrize(
    ("act", "kept"),
    [
        (lambda playground: playground.press("Remove"), False),
        (lambda playground: playground.pick("race-picker", "classics"), False),
        (lambda playground: playground.choose("lane-1-core", "adagrad"), False),
        (lambda playground: playground.press("Add"), True),
        (lambda playground: playground.press("Copy"), True),
        (lambda playground: playground.pick("surface-picker", "bowl"), True),
    ],
    ids=["remove", "race", "optimizer", "add", "copy", "surface"],
)
def test_number_released_before_the_page_shows_another_entry(act: Callable[[Playground], None], kept: bool):
    """The next entry has the place and the numbers of the one that was removed."""
    entries = tuple(Entry(CORES["momentum"](learning_rate=rate)) for rate in (0.001, 0.002, 0.003))
    playground = Playground(replace(SHORT, entries=entries).to_query())
    playground.pick_entry(1)
    late = numbers.change(playground.at, "lane/1/learning_rate", 0.25)
    act(playground)
    before = playground.scenario.entries
    if not numbers.places(playground.at).get(late[0]):
        playground.show("Optimizers")
    numbers.tell(playground.at, *late)
    playground.check()
    now = playground.scenario.entries
    if kept:
        assert now[1].core == CORES["momentum"](learning_rate=0.25)
        now = (now[0], before[1], *now[2:])
    assert now == before
    assert playground.refused == []


def test_an_opened_entry_stays_the_same_entry():
    playground = open_playground(show="inspector", inspect="5")
    playground.pick_entry(2)
    playground.press("Copy")
    assert playground.view.inspected == 6
    playground.pick_entry(6)
    playground.press("Copy")
    assert playground.view.inspected == 6
    playground.pick_entry(0)
    playground.press("Remove")
    assert playground.view.inspected == 5
    playground.pick("race-picker", "rates")  # of four entries
    assert playground.view.inspected == 0 and not open_playground(None, **playground.link).warnings


def test_noise_and_its_seed():
    playground = open_playground(SHORT)
    playground.choose("sampler", "gradient_noise")
    assert playground.scenario.sampler == GradientNoise()
    for name, facts in knobs(GradientNoise).items():
        playground.turn(f"sampler/{name}", facts, lambda name=name: getattr(playground.scenario.sampler, name))
    playground.enter("seed", 7)
    assert playground.scenario.seed == 7
    playground.choose("sampler", "exact")
    assert playground.scenario == replace(SHORT, seed=7, sampler=Exact())


@pytest.mark.parametrize("key", SAMPLERS)
def test_every_sampler_on_data_and_back_on_a_formula(key: str):
    playground = open_playground(replace(SHORT, surface="linear_regression", start=None))
    playground.choose("sampler", key)
    assert type(playground.scenario.sampler) is SAMPLERS[key]
    for name, facts in knobs(SAMPLERS[key]).items():
        playground.turn(f"sampler/{name}", facts, lambda name=name: getattr(playground.scenario.sampler, name))
    playground.pick("surface-picker", "bowl")
    assert playground.scenario.sampler.needs_examples is False
    playground.reveal("sampler")
    assert set(widget(playground.at.selectbox, "sampler").options) == {
        cls.label for cls in SAMPLERS.values() if not cls.needs_examples
    }


def upload(playground: Playground, content: bytes) -> None:
    playground.show("Surface and start")
    playground.at.session_state["own-data-file"] = True
    playground.run()
    playground.at.file_uploader(key="own-file").upload("data.csv", content, "text/csv")
    playground.run()


def test_user_data_become_a_surface_and_an_invalid_file_changes_nothing():
    playground = open_playground(SHORT)
    upload(playground, b"hours,points\n1,2\n2,three\n" + b"3,4\n" * 12)
    (warning,) = playground.warnings
    assert "three" in warning and warning.endswith("Nothing was changed.") and playground.scenario == SHORT
    upload(playground, "\n".join(f"{i},{i + i % 3}" for i in range(30)).encode())
    assert not playground.warnings
    own = playground.scenario.surface
    assert own.startswith("linear_regression_")
    assert "on your data" in pickers.options(playground.at, "surface-picker")[own]["name"]
    playground.pick("surface-picker", "bowl")
    playground.pick("surface-picker", own)
    assert playground.scenario.surface == own


def test_steps_and_start(short: Playground):
    short.enter("steps", 33)
    short.enter("start/x", 0.5)
    short.enter("start/y", -0.1)
    assert short.scenario.steps == 33
    assert short.scenario.point == (0.5, -0.1)
    short.enter("steps", MAX_STEPS)
    assert short.scenario.steps == MAX_STEPS
    short.enter("steps", 20)


def test_random_starts_depend_only_on_the_seed():
    def starts() -> list[tuple[float, float]]:
        playground, found = open_playground(SHORT), []
        for _press in range(3):
            playground.press("Random")
            found.append(playground.scenario.point)
        return found

    drawn = starts()
    assert drawn == starts()
    assert len(set(drawn)) == 3
    low, high = np.transpose(SHORT.landscape.domain)
    assert np.all(low <= drawn) and np.all(drawn <= high)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, "", "two", None, [1], {}, True])
@pytest.mark.parametrize("path", ["start/x", "steps", "seed", "lane/0/learning_rate"])
def test_value_that_is_not_a_number_is_refused(short: Playground, path: str, value: Any):
    """The browser parses the text of a field, but the server must accept no other value either."""
    before = short.scenario
    short.enter(path, value)
    assert_refused(short, before, "must be a number")


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("start/x", 1000.1, "lies off the map"),
        ("start/y", -1e308, "lies off the map"),
        ("steps", 0, "goes from 1 to 5000"),
        ("steps", 1e9, "goes from 1 to 5000"),
        ("steps", 2.5, "must be a whole number"),
        ("seed", -1, "goes from 0"),
        ("lane/0/learning_rate", -0.1, "goes from"),
        ("lane/0/learning_rate", 1e300, "goes from"),
    ],
)
def test_value_out_of_range_is_refused(short: Playground, path: str, value: float, reason: str):
    before = short.scenario
    short.enter(path, value)
    assert_refused(short, before, reason)


# Changes of numbers sent by the browser


def send_changes(playground: Playground, *changes: Any, **where: str) -> None:
    """Send the changes that the browser has not seen confirmed, as (n, path, value)."""
    listed = [dict(zip(("n", "path", "value"), change, strict=True)) for change in changes]
    numbers.tell(playground.at, "lane-numbers", numbers.of_page(playground.at) | where | {"changes": listed})
    playground.check()


def rate_of(playground: Playground) -> float:
    return get_field(playground.entry.core, "learning_rate")


def test_every_change_is_applied_exactly_once():
    """A run may end before the browser receives its result; it then sends its changes again with the next one."""
    playground, rate = open_playground(SHORT), "lane/0/learning_rate"
    send_changes(playground, (1, rate, 0.1))
    send_changes(playground, (1, rate, 0.1), (2, "steps", 30), (3, rate, 0.3))
    assert playground.scenario == replace(
        SHORT, entries=(Entry(CORES["gradient_descent"](learning_rate=0.3)),), steps=30
    )
    send_changes(playground, (2, "steps", 40), (3, rate, 0.4))
    assert playground.scenario.steps == 30 and rate_of(playground) == 0.3, (
        "a change that was already applied must be ignored"
    )
    send_changes(playground, *((n, rate, n / 100) for n in range(4, 44)))
    assert rate_of(playground) == 0.43
    assert numbers.places(playground.at)["lane-numbers"]["heard"] == 43


@pytest.mark.parametrize("where", [{"epoch": "another"}, {"page": "map"}])
def test_change_of_another_session_or_page_is_ignored(where: dict[str, str]):
    playground = open_playground(SHORT)
    send_changes(playground, (1, "lane/0/learning_rate", 0.5), **where)
    assert playground.scenario == SHORT
    assert numbers.places(playground.at)["lane-numbers"]["heard"] == 0


def test_change_with_an_interrupted_callback_is_applied(monkeypatch: pytest.MonkeyPatch):
    """Streamlit may begin another run before it has called the callbacks of this one."""
    playground = open_playground(SHORT)
    calls = []
    monkeypatch.setattr(state, "can_change", lambda: calls.append(1) or len(calls) > 1)
    send_changes(playground, (1, "lane/0/learning_rate", 0.5))
    assert rate_of(playground) == 0.5


def test_every_refused_change_has_an_error_beside_its_number():
    playground = open_playground(SHORT)
    send_changes(playground, (1, "start/x", 99), (2, "lane/0/learning_rate", 0.5), (3, "lane/9/learning_rate", 1))
    (place,) = (place for key, place in numbers.places(playground.at).items() if key == "lane-numbers")
    assert {each["n"]: each["sentence"].split()[0] for each in place["refused"]} == {1: "The", 3: "There"}
    assert rate_of(playground) == 0.5


@pytest.mark.parametrize(
    "operations",
    [
        None, 1, "x", [], {}, {"changes": None}, {"changes": {}}, {"changes": [None, 1, "x", []]},
        {"changes": [{"n": "1", "path": "steps", "value": 3}]}, {"changes": [{"n": True, "path": "steps", "value": 3}]},
        {"changes": [{"n": 1.5, "path": "steps", "value": 3}]}, {"changes": [{"n": 1, "path": 5, "value": 3}]},
        {"changes": [{"n": 1, "value": 3}]}, {"changes": [{"n": -1, "path": "steps", "value": 3}]},
    ],
)  # fmt: skip
def test_malformed_list_of_changes_is_ignored(short: Playground, operations: Any):
    before = short.scenario
    if isinstance(operations, dict) and operations:
        operations = numbers.of_page(short.at) | operations
    short.show("Optimizers")
    numbers.tell(short.at, "lane-numbers", operations)
    short.check()
    assert short.scenario == before


# Links


def full_scenario() -> Scenario:
    """A scenario that uses every part of a link."""
    entry = with_wrappers(Entry(CORES["adam"](), name="décor & 50 %"), list(WRAPPERS))
    path = next(path for path, _owner, _facts in settings(entry) if path.endswith("learning_rate"))
    scheduled = with_schedule(entry, path, Warmup(length=5, then=Cosine()))
    return Scenario(
        (*(Entry(cls()) for cls in list(CORES.values())[: MAX_ENTRIES - 1]), scheduled),
        surface="elliptic_bowl",
        parameters=(("condition", 7.5),),
        start=(0.123456789, -1 / 3),
        steps=12,
        sampler=GradientNoise(eta=0.3),
        seed=99,
    )


def test_a_full_link_restores_everything():
    scenario = full_scenario()
    view = View("relief", "linear", "evaluations", arrows=True, hidden=(0, 3))
    playground = open_playground(scenario, **view.to_query())
    assert not playground.warnings
    assert playground.scenario == scenario
    assert playground.view == view
    assert Scenario.from_query({k: v for k, v in playground.link.items() if k not in ("show", "hidden")}) == scenario


@pytest.mark.parametrize("race", RACES)
def test_link_of_a_named_race_restores_it(race: str):
    playground = open_playground(RACES[race].scenario)
    assert playground.scenario == RACES[race].scenario
    assert pickers.chosen(playground.at, "race-picker") == race


def test_missing_part_of_a_link_is_the_default():
    playground = open_playground(surface="bowl", show="arrows")
    assert playground.scenario == replace(default_scenario(), surface="bowl", start=None)
    assert playground.view == View(arrows=True)
    assert not playground.warnings


def test_parameters_of_the_embedding_frame_are_not_in_the_link():
    assert not open_playground(embed="true", steps="3").warnings


# What is sent in place of a longer link than half a megabyte is one of them; see landscape_lab/ui/server/url_limits.py.
BROKEN = {
    "no lanes": {"lanes": ""},
    "too many lanes": {"lanes": ",".join(["adam"] * (MAX_ENTRIES + 1))},
    "a billion steps": {"steps": "1000000000"},
    "no steps": {"steps": "0"},
    "steps that are two": {"steps": "5,7"},
    "steps that are no number": {"steps": "nan"},
    "half a step": {"steps": "0.5"},
    "a number too large": {"start": "1e999,0"},
    "not a number": {"start": "nan,0"},
    "a start off the map": {"start": "100,0"},
    "half a start": {"start": "1"},
    "a surface that was removed": {"surface": "banana"},
    "a surface parameter out of range": {"surface": "elliptic_bowl(condition=-1)"},
    "an optimizer that was removed": {"lanes": "adamant"},
    "a knob out of range": {"lanes": "adam(learning_rate=-1)"},
    "a knob that was removed": {"lanes": "adam(gamma=1)"},
    "a bracket left open": {"lanes": "adam(learning_rate=0.1"},
    "brackets without end": {"lanes": "lookahead(inner=" * 500},
    "code": {"lanes": "__import__('os').system('true')"},
    "markup": {"surface": "<script>alert(1)</script>"},
    "a null": {"surface": "bowl\0"},
    "a negative seed": {"seed": "-1"},
    "a schedule that was removed": {"lanes": "adam(learning_rate=0.1*never)"},
    "noise that was removed": {"noise": "loud"},
    "another version": {"v": "2"},
    "an unknown part": {"lane": "adam"},
    "something else to show": {"show": "money"},
    "a hidden entry by name": {"hidden": "adam"},
    "a hidden entry that is not there": {"hidden": "50"},
    "a hidden entry of many digits": {"hidden": "9" * 5000},
    "half a megabyte of lanes": {"lanes": "adam," * 50_000},
    "half a megabyte of steps": {"steps": "9" * 500_000},
    "half a megabyte to show": {"show": "x" * 500_000},
    "half a megabyte of relief": {"show": "relief," * 50_000},
    "an opened entry by name": {"show": "inspector", "inspect": "adam"},
    "an opened entry that is not there": {"show": "inspector", "inspect": "50"},
    "half a megabyte to hide": {"hidden": "1," * 50_000},
    "half a megabyte of name": {"x" * 500_000: "1"},
    "a link that was too long": {MARK: ""},
    "a part one character too long": {"lanes": "adam".ljust(MAX_LENGTH + 1)},
}


@pytest.mark.parametrize("query", BROKEN.values(), ids=BROKEN)
def test_invalid_link_shows_one_error_and_the_default_race(query: dict[str, str]):
    playground = open_playground(None, **({"show": "arrows", "hidden": "1", "seed": "5"} | query))
    (warning,) = playground.warnings
    assert warning.endswith("The default race is shown instead.")
    assert len(warning) < 250
    assert playground.scenario == default_scenario()
    assert playground.view == View()
    playground.enter("steps", 9)
    assert not playground.warnings
    assert playground.scenario == replace(default_scenario(), steps=9)


@pytest.mark.parametrize("values", [("30", "40"), ("30", "30")])
def test_link_with_a_repeated_part_is_refused(values: tuple[str, ...]):
    playground = open_playground(None, steps=values)  # type: ignore[arg-type]
    assert "“steps” twice" in playground.warnings[0]
    assert playground.scenario == default_scenario()


@pytest.fixture
def go_back(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`go_back(playground, **link)`: the browser goes back to a link of the same page."""

    def back(playground: Playground, **link: str) -> None:
        for name, value in link.items():
            playground.at.query_params[name] = value
        with monkeypatch.context() as patched:
            patched.setattr(state, "went_back", lambda: True)
            playground.run()

    return back


def test_invalid_link_in_an_open_session_shows_an_error(go_back: Callable[..., None]):
    playground = open_playground(SHORT)
    go_back(playground, steps="many")
    assert playground.warnings and playground.scenario == default_scenario()


def test_going_back_in_the_browser_restores_the_link(go_back: Callable[..., None]):
    playground = open_playground(SHORT)
    playground.enter("steps", 30)
    go_back(playground, steps="20")
    assert playground.scenario == SHORT
    playground.enter("steps", 40)
    assert playground.scenario == replace(SHORT, steps=40)


def test_pending_request_does_not_restore_the_old_link():
    """A part of the page that says of itself that it has been drawn sends the address of before the change."""
    playground = open_playground(SHORT)
    for steps in (30, 40):
        playground.enter("steps", steps)
    for late in ("20", "30"):
        playground.at.query_params["steps"] = late
        playground.run()
        assert playground.scenario == replace(SHORT, steps=40)
        assert playground.link["steps"] == "40"


def test_change_made_before_the_address_was_updated_is_kept():
    """The browser sends the address with every change: after a quick second one, the address of before the first."""
    playground = open_playground(SHORT)
    old = playground.link
    playground.enter("steps", 30)
    for name, value in old.items():
        playground.at.query_params[name] = value
    playground.enter("start/x", 0.5)
    assert playground.scenario == replace(SHORT, steps=30, start=(0.5, SHORT.point[1]))


@pytest.mark.parametrize("query", [{"show": "![a](http://a.example/b)"}, {"![a](http://a.example/b)": "1"}])
def test_content_of_an_invalid_link_is_escaped(query: dict[str, str]):
    """As Markdown it would fetch a picture from wherever the link wants."""
    (warning,) = open_playground(None, **query).warnings
    assert r"\!\[a\](http\://a.example/b)" in warning


def test_name_of_an_entry_is_escaped():
    named = Scenario((replace(SHORT.entries[0], name="![a](http://a.example/b)"),))
    (label,) = open_playground(named).at.get("button_group")[0].options  # type: ignore[attr-defined]
    assert label == r"1 · \!\[a\](http\://a.example/b)"


@pytest.mark.parametrize("page", ["playground", "start", "fairness"])
def test_plus_typed_into_the_address_is_read_as_a_plus(page: str):
    at = AppTest.from_file(str(APP), default_timeout=60)
    at.switch_page(f"pages/{page}.py")
    at.query_params["surface"] = 'formula(text="x^2 y^2")'  # what Streamlit makes of text="x^2+y^2"
    at.query_params["lanes"] = "gradient_descent(learning_rate=1e 1)"
    at.query_params["steps"] = "20"
    at.run()
    assert not at.exception
    held = at.session_state["fairness" if page == "fairness" else "scenario"]
    scenario = held.scenario if page == "fairness" else held
    assert scenario.landscape.expression == "x^2 + y^2"
    assert scenario.entries[0].optimizer == CORES["gradient_descent"](learning_rate=10.0)
    assert "x^2 + y^2" in at.query_params["surface"]
