"""Every behavioural claim of every lesson is measured on the default settings of the lesson."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Race, Scenario, race
from landscape_lab.experiments.course.lesson import CONDITIONS, Claim, Goal, Lesson
from landscape_lab.experiments.course.lessons import LESSONS
from optim_core import Outcome, Trajectory, key_of

CLAIMS = [
    pytest.param(lesson, claim, id=f"{key}-{name}")
    for key, lesson in LESSONS.items()
    for name, claim in lesson.claims().items()
]
RACES: dict[str, Race] = {}
GOALS = [
    pytest.param(lesson, goal, id=f"{key}-{name}")
    for key, lesson in LESSONS.items()
    for name, goal in lesson.goals().items()
]
OTHER_RACES = [
    {"surface": "saddle", "lanes": "gradient_descent(learning_rate=0.1)", "steps": "5"},
    {"surface": "rosenbrock", "lanes": "gradient_descent(learning_rate=1),adam()", "steps": "20"},
]
AROUND = 0.08
"""The distance of other starts from that of a lesson, as a share of the map's diagonal."""


def run_once(lesson: Lesson) -> Race:
    """The race of a lesson, cached because many claims are about the same one."""
    if lesson.text not in RACES:
        RACES[lesson.text] = race(lesson.scenario)
    return RACES[lesson.text]


@pytest.mark.parametrize(("lesson", "claim"), CLAIMS)
def test_claim_holds(lesson: type[Lesson], claim: Claim):
    found = claim.found(lesson(), run_once(lesson()))
    assert found.holds, str(found.sentence)
    assert str(found.sentence)


@pytest.mark.parametrize(("lesson", "claim"), CLAIMS)
def test_claim_survives_a_change_of_what_it_does_not_name(lesson: type[Lesson], claim: Claim):
    """Six other starts, and three other seeds where there is noise."""
    assert claim.names <= CONDITIONS
    others = [] if "start" in claim.names else [(other, other.scenario) for other in _other_starts(lesson())]
    if "seed" not in claim.names and key_of(lesson().scenario.sampler) != "exact":
        others += [(lesson(), replace(lesson().scenario, seed=seed)) for seed in (11, 12, 13)]
    for other, scenario in others:
        found = claim.found(other, race(scenario))
        assert found.holds, f"start {scenario.point}, seed {scenario.seed}: {found.sentence}"


def _other_starts(lesson: Lesson) -> Iterator[Lesson]:
    """The lesson from places around its start, on the map."""
    (left, right), (bottom, top) = lesson.scenario.landscape.domain
    far = AROUND * float(np.hypot(right - left, top - bottom))
    x, y = lesson.scenario.point
    for angle in np.arange(6) * np.pi / 3 + 0.2:
        place = (
            float(np.clip(x + far * np.cos(angle), left, right)),
            float(np.clip(y + far * np.sin(angle), bottom, top)),
        )
        yield replace(lesson, start=place)


@pytest.mark.parametrize(("lesson", "goal"), GOALS)
def test_goal_begins_unmet_and_is_met_by_its_solution(lesson: type[Lesson], goal: Goal):
    assert not goal.found(lesson(), race(goal.scenario)).holds
    assert goal.suits(goal.solved), "the solution changes what must stay"
    found = goal.found(lesson(), race(goal.solved))
    assert found.holds, str(found.sentence)


@pytest.mark.parametrize("query", OTHER_RACES, ids=["no minimum", "diverged"])
@pytest.mark.parametrize(("lesson", "goal"), GOALS)
def test_goal_is_not_met_by_another_race(lesson: type[Lesson], goal: Goal, query: Mapping[str, str]):
    """The playground judges whatever race the visitor chooses."""
    other = Scenario.from_query(query)
    assert not goal.suits(other)
    found = goal.found(lesson(), race(other))
    assert not found.holds
    assert not {"nan", "inf", "∞", "–"} & set(str(found.sentence).split()), str(found.sentence)


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_sentences_are_whole_where_nothing_moves(lesson: type[Lesson]):
    """At a minimum, lengths and gradients to divide by are 0."""
    x, y = map(float, lesson().scenario.landscape.minima[0])
    still = lesson(start=(x, y))
    for claim in lesson.claims().values():
        sentence = str(claim.found(still, run_once(still)).sentence)
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
    """A claim that also holds for a manipulated race would measure nothing."""
    if "_race" in inspect.signature(claim.measure).parameters:
        return  # about the surface or about runs of its own, which `landscape_lab/experiments/course/lessons` makes
    true = run_once(lesson())
    assert any(_fails(claim, lesson(), wrong) for wrong in _wrong(true))


def _fails(claim: Claim, lesson: Lesson, wrong: Race) -> bool:
    with np.errstate(all="ignore"):
        found = claim.found(lesson, wrong)
        assert str(found.sentence)
    return not found.holds


def _wrong(true: Race) -> Iterator[Race]:
    """Manipulated races: permuted entries, no motion, all entries drift away or have diverged."""
    paths = true.trajectories
    yield Race(true.scenario, paths[::-1])
    yield Race(true.scenario, paths[1:] + paths[:1])

    def moved(points: np.ndarray, path: Trajectory) -> Trajectory:
        steps = len(points)
        losses = np.asarray(true.landscape.value(points.T))
        return replace(
            path, points=points, losses=losses, outcomes=np.array(Outcome.FINISHED), last_step=np.array(steps - 1)
        )

    for drift in (0.0, 0.01, -0.01):
        walks = [path.points[0] + drift * np.arange(len(path.points))[:, None] * np.array([1.0, 0.7]) for path in paths]
        yield Race(true.scenario, tuple(moved(walk, path) for walk, path in zip(walks, paths, strict=True)))


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_prediction_is_answered_by_its_race(lesson: type[Lesson]):
    asked, content = lesson.prediction, lesson.content()
    right, because = asked.answered(lesson(), race(asked.scenario))
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
        asked.options.index(asked.answered(lesson(), race(asked.scenario))[0])
        for lesson, asked in ((lesson, lesson.prediction) for lesson in LESSONS.values())
    ]
    assert all(places.count(place) >= len(places) / 4 for place in range(3)), places


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_lesson_has_claims_and_invitations(lesson: type[Lesson]):
    assert lesson.claims()
    assert 1 <= len(lesson.invitations) <= 4
    assert all(scenario.entries for scenario in lesson.suggested().values())
