"""What every lesson can do, tried on one that is made for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landscape_lab.experiments import Race, ScenarioError, race
from landscape_lab.experiments.course.content import FOLDER
from landscape_lab.experiments.course.glossary import TERMS
from landscape_lab.experiments.course.lesson import Lesson, Values, choice, claim, goal, predict
from landscape_lab.experiments.course.lessons import LESSONS, RACE_LESSONS, lesson_about
from landscape_lab.experiments.course.race_lesson import RaceLesson
from landscape_lab.experiments.scenarios.notation import MAX_LENGTH
from landscape_lab.experiments.scenarios.scenario import Scenario
from optim_core import knob, knobs


@dataclass(frozen=True)
class Halving(RaceLesson):
    """Descent on a round bowl."""

    number: ClassVar[int] = 99
    icon: ClassVar[str] = ":material/school:"
    source: ClassVar[str] = "nobody"
    about: ClassVar[frozenset[str]] = frozenset({"gradient_descent"})

    rate: float = knob(0.5, 0.01, 3.0, symbol=r"\eta", help="")
    steps: int = knob(4, 1, 9, symbol="T", help="")
    far: bool = knob(False, symbol="f", help="")
    where: str = choice("east", {"east": "East", "north": "North"}, help="")

    def link(self) -> Mapping[str, str]:
        at = 1.5 if self.far else 1
        start = f"{at},0" if self.where == "east" else f"0,{at}"
        entries = f"gradient_descent(learning_rate={self.rate})"
        return {"surface": "bowl", "lanes": entries, "steps": str(self.steps), "start": start}

    @claim
    def falls(self, race: Race) -> tuple[bool, Values]:
        losses = race.trajectories[0].losses
        return losses[-1] < losses[0], {"last": losses[-1]}

    @predict(
        options=("up", "down"), link={"surface": "bowl", "lanes": "gradient_descent(learning_rate=2.5)", "steps": "3"}
    )
    def prediction(self, race: Race) -> tuple[str, Values]:
        losses = race.trajectories[0].losses
        return "up" if losses[-1] > losses[0] else "down", {"last": losses[-1]}

    @goal(
        link={"surface": "bowl", "lanes": "gradient_descent(learning_rate=0.1)", "start": "1,0", "steps": "3"},
        fixed=("surface", "start"),
        solution={"steps": "500"},
    )
    def low(self, race: Race) -> tuple[bool, Values]:
        last = float(race.trajectories[0].losses[-1])
        return last < 1e-3, {"last": last}

    invitations: ClassVar[Mapping[str, Mapping[str, str]]] = {"look": {"surface": "bowl"}}


CONTENT = """# Halving
How far?

## Findings
### falls
The loss falls to {last:.2g}.
> The loss does not fall: {last:.2g}.

## Question
Up or down?
### up
Up
> No.
### down
Down
> No.
### because
It is {last:.2g} at the end.

## Goals
### low
Bring the loss below 0.001. Now: {last:.2g}

## Suggestions
### look
Look
"""


@pytest.fixture(autouse=True)
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The content of `Halving`, beside that of the course."""
    for file in FOLDER.glob("*.md"):
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "test_lesson.en.md").write_text(CONTENT, encoding="utf-8")
    monkeypatch.setattr("landscape_lab.experiments.course.content.FOLDER", tmp_path)


def test_default_is_the_knobs_defaults():
    lesson = Halving()
    assert lesson.scenario.steps == 4
    assert lesson.scenario.point == (1.0, 0.0)
    assert lesson.to_query() == {"v": "1", "rate": "0.5", "steps": "4", "far": "false", "where": "east"}
    assert Halving.from_query({}) == lesson


@given(
    rate=st.floats(0.01, 3.0),
    steps=st.integers(1, 9),
    far=st.booleans(),
    where=st.sampled_from(["east", "north"]),
    start=st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1)),
)
def test_link_leads_back_to_the_same_lesson(rate, steps, far, where, start):
    lesson = Halving(rate, steps, far, where, start=start)
    assert Halving.from_query(lesson.to_query()) == lesson


def test_own_start_replaces_that_of_the_lesson():
    assert Halving(start=(0.25, -0.5)).scenario.point == (0.25, -0.5)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"rate": "4"}, "outside"),
        ({"rate": "nan"}, "place|number|rate"),
        ({"rate": ""}, "must be a number"),
        ({"rate": "1,2"}, "must be a number"),
        ({"steps": "2.5"}, "whole number"),
        ({"far": "1"}, "true or false"),
        ({"where": "south"}, "cannot be"),
        ({"speed": "1"}, "means nothing"),
        ({"v": "7"}, "another version"),
        ({"start": "1"}, "two numbers"),
        ({"start": "1e9,0"}, "off the map"),
        ({"rate": "1" * 20_000}, "too long"),
    ],
)
def test_wrong_link_is_refused_with_a_sentence(query: dict[str, str], told: str):
    with pytest.raises(ScenarioError, match=told):
        Halving.from_query(query)


def test_a_part_of_a_link_may_be_as_long_as_is_said_and_no_longer():
    longest = "0.5".ljust(MAX_LENGTH, "0")
    assert Halving.from_query({"rate": longest}).rate == 0.5
    with pytest.raises(ScenarioError, match=f"has {MAX_LENGTH + 1} characters"):
        Halving.from_query({"rate": longest + "0"})


def test_claim_says_what_is_true_of_the_race():
    falls = Halving.claims()["falls"]
    calm, wild = Halving(), Halving(rate=2.5)
    assert falls.found(calm, race(calm.scenario)).holds
    found = falls.found(wild, race(wild.scenario))
    assert not found.holds
    assert str(found.sentence).startswith("The loss does not fall")


def test_goal_is_judged_by_a_race_whose_fixed_parts_are_as_they_must_be():
    low = Halving.goals()["low"]
    assert not low.found(Halving(), race(low.scenario)).holds
    assert low.found(Halving(), race(low.solved)).holds
    nearer = Scenario.from_query({**low.link, **low.solution, "start": "0.01,0"})
    assert not low.suits(nearer) and not low.found(Halving(), race(nearer)).holds


def test_prediction_is_read_off_the_race():
    asked = Halving.prediction
    right, because = asked.answered(Halving(), race(asked.scenario))
    assert right == "up"
    assert float(str(because).split()[2]) > 1


def test_lesson_of_a_race_is_the_one_that_shows_it_or_explains_most_of_it():
    for key, lesson in RACE_LESSONS.items():
        assert lesson_about(lesson().scenario) is LESSONS[key]
        for scenario in lesson.suggested().values():
            assert lesson_about(scenario) is not None
    adrift = Scenario.from_query({"surface": "beale", "lanes": "conjugate_gradient"})
    assert lesson_about(adrift) is None


def test_terms_are_in_order_and_lead_to_lessons():
    words = [term.word.lower() for term in TERMS]
    assert words == sorted(words)
    assert {term.lesson for term in TERMS} == set(LESSONS), (
        "landscape_lab/experiments/course/glossary.py: every lesson explains a term"
    )


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_lesson_has_one_to_three_knobs_and_a_whole_frame(lesson: type[Lesson]):
    switches = [knob for knob in knobs(lesson).values() if knob.kind is bool]
    assert 1 <= len(knobs(lesson)) - len(switches) + len(lesson.choices()) <= 3
    assert len(switches) <= 1
    content = lesson.content()
    for text in (content.title, content.question, lesson.source):
        assert text.strip()
    assert content.question.endswith("?")
    assert lesson.icon.startswith(":material/")
    assert lesson.about


def test_numbers_are_places():
    numbers = [lesson.number for lesson in LESSONS.values()]
    assert len(set(numbers)) == len(numbers)
