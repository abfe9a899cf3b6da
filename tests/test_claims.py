"""Every behavioural claim of every lesson is measured on the default settings of the lesson."""

import inspect
import re
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments.course.lesson import CONDITIONS, Claim, Goal, Lesson
from landscape_lab.experiments.course.lessons import LESSONS
from tests.kinds_of_lessons import kind_of

CLAIMS = [
    pytest.param(lesson, claim, id=f"{key}-{name}")
    for key, lesson in LESSONS.items()
    for name, claim in lesson.claims().items()
]
RESULTS: dict[str, Any] = {}
GOALS = [
    pytest.param(lesson, goal, id=f"{key}-{name}")
    for key, lesson in LESSONS.items()
    for name, goal in lesson.goals().items()
]


def run_once(lesson: Lesson) -> Any:
    """The result of a lesson, cached because many claims are about the same one."""
    if lesson.text not in RESULTS:
        RESULTS[lesson.text] = lesson.result_of(lesson.scenario)
    return RESULTS[lesson.text]


@pytest.mark.thorough
@pytest.mark.parametrize(("lesson", "claim"), CLAIMS)
def test_claim_holds(lesson: type[Lesson], claim: Claim):
    found = claim.found(lesson(), run_once(lesson()))
    assert found.holds, str(found.sentence)
    assert str(found.sentence)


@pytest.mark.parametrize(("lesson", "claim"), CLAIMS)
def test_claim_survives_a_change_of_what_it_does_not_name(lesson: type[Lesson], claim: Claim):
    """Six other starts of a race, and other seeds where there is anything random."""
    assert claim.names <= CONDITIONS
    for other, scenario in kind_of(lesson).others(lesson(), claim.names):
        found = claim.found(other, lesson.result_of(scenario))
        assert found.holds, f"{scenario.text}: {found.sentence}"


@pytest.mark.parametrize(("lesson", "goal"), GOALS)
def test_goal_begins_unmet_and_is_met_by_its_solution(lesson: type[Lesson], goal: Goal):
    assert not goal.found(lesson(), lesson.result_of(goal.scenario)).holds
    assert goal.suits(goal.solved), "the solution changes what must stay"
    found = goal.found(lesson(), lesson.result_of(goal.solved))
    assert found.holds, str(found.sentence)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize(("lesson", "goal"), GOALS)
def test_goal_is_not_met_by_another_scenario(lesson: type[Lesson], goal: Goal, number: int):
    """The playground judges whatever race the visitor chooses, and the page of networks whatever training."""
    other = kind_of(lesson).unsuitable(lesson)[number]
    assert not goal.suits(other.scenario)
    found = goal.found(lesson(), other)
    assert not found.holds
    assert not {"nan", "inf", "∞", "–"} & set(str(found.sentence).split()), str(found.sentence)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_sentences_are_whole_where_nothing_moves(lesson: type[Lesson]):
    """At a minimum, lengths and gradients to divide by are 0; of a run that diverges at once, nothing is known."""
    still, result = kind_of(lesson).still(lesson())
    for claim in lesson.claims().values():
        sentence = str(claim.found(still, result).sentence)
        assert not re.search(r"\bnan\b|\binf\b|∞|–|\{", sentence), sentence


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_lesson_has_three_goals_and_notes_for_teachers(lesson: type[Lesson]):
    assert len(lesson.goals()) == 3
    for language in ("en", "zh"):
        content = lesson.content(language)
        assert all(content.list_of("Teacher", name) for name in ("goals", "needs", "minutes", "notes"))
        assert int(content.list_of("Teacher", "minutes")) > 0


@pytest.mark.parametrize(("lesson", "claim"), CLAIMS)
def test_claim_can_fail(lesson: type[Lesson], claim: Claim):
    """A claim that also holds for a manipulated result would measure nothing."""
    if any(name.startswith("_") for name in inspect.signature(claim.measure).parameters):
        return  # about the surface or about runs of its own, which `landscape_lab/experiments/course/lessons` makes
    true = run_once(lesson())
    assert any(_fails(claim, lesson(), wrong) for wrong in kind_of(lesson).wrong(true))


def _fails(claim: Claim, lesson: Lesson, wrong: Any) -> bool:
    with np.errstate(all="ignore"):
        found = claim.found(lesson, wrong)
        assert str(found.sentence)
    return not found.holds


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_prediction_is_answered_by_its_race(lesson: type[Lesson]):
    asked, content = lesson.prediction, lesson.content()
    right, because = asked.answered(lesson(), lesson.result_of(asked.scenario))
    assert right in asked.options
    assert str(because)
    assert len(asked.options) >= 2
    assert all(content.block("Question", key).aside for key in asked.options if key != right)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_right_answer_is_not_revealed_by_its_form(lesson: type[Lesson]):
    """If only one answer differed in giving a reason, its form would reveal it."""
    texts = [lesson.content().block("Question", option).text for option in lesson.prediction.options]
    assert len({": " in text for text in texts}) == 1, texts


def test_right_answer_is_not_revealed_by_its_position():
    places = [
        asked.options.index(asked.answered(lesson(), lesson.result_of(asked.scenario))[0])
        for lesson, asked in ((lesson, lesson.prediction) for lesson in LESSONS.values())
    ]
    assert all(places.count(place) >= len(places) / 4 for place in range(3)), places


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_lesson_has_claims_and_invitations(lesson: type[Lesson]):
    assert lesson.claims()
    assert 1 <= len(lesson.invitations) <= 4
    assert all(scenario.entries for scenario in lesson.suggested().values())
