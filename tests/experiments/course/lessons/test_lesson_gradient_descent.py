"""What the page on gradient descent says beyond its claims."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import Race, race
from landscape_lab.experiments.course.lessons.gradient_descent import (
    OPPOSITE,
    GradientDescent,
    crossings,
    distances,
    first_miss,
)
from landscape_lab.experiments.course.scaled import Scaled
from landscape_lab.experiments.scenarios.scenario import Entry
from landscapes import LANDSCAPES
from optim_core import OPTIMIZERS, Trajectory
from optim_core import run as run_steps
from optim_core.objective import Array, norm

LESSON = GradientDescent()
STARTS = [(-1.7, 1.0), (0.3, -1.9), (1.9, 1.1), (-0.2, -0.1)]


def path_of(lesson: GradientDescent) -> Trajectory:
    return race(lesson.scenario).trajectories[0]


@pytest.mark.parametrize("key", ["elliptic_bowl", "himmelblau", "rosenbrock", "mccormick"])
def test_a_small_move_changes_the_loss_by_its_product_with_the_gradient(key: str):
    landscape = LANDSCAPES[key]
    at = np.array(landscape.start)
    g = landscape.gradient(at)
    turn = np.radians(np.arange(360))
    moves = 1e-6 * np.array([np.cos(turn), np.sin(turn)])
    changes = landscape.value(at[:, None] + moves) - landscape.value(at)
    assert changes == pytest.approx(g @ moves, abs=1e-9 * float(norm(g)))
    steepest = moves[:, changes.argmin()]
    level = moves[:, np.abs(changes).argmin()]
    assert steepest @ g < 0 and abs(steepest @ level) < 0.02 * 1e-12  # a degree of a right angle, both 1e-6 long


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("learning_rate", [0.005, 0.05, 0.3])
def test_every_step_leaves_at_a_right_angle_from_everywhere(start: tuple[float, float], learning_rate: float):
    scenario = GradientDescent(learning_rate, start=start).scenario
    angles = crossings(scenario.landscape, race(scenario).trajectories[0])
    assert angles.size >= 40
    assert angles == pytest.approx(90, abs=0.01)


def test_a_path_that_cuts_the_contour_lines_askew_is_noticed():
    path = path_of(LESSON)
    turned = replace(path, points=path.points @ np.array([[0.9, 0.3], [-0.3, 0.9]]))
    assert crossings(LESSON.scenario.landscape, turned).min() < 80


@pytest.mark.parametrize("start", STARTS)
def test_in_a_round_bowl_down_leads_to_the_minimum_and_the_path_is_straight(start: tuple[float, float]):
    lesson = GradientDescent(condition=1.0, start=start)
    points = path_of(lesson).points
    assert first_miss(race(lesson.scenario)) == pytest.approx(0, abs=1e-4)
    assert points[:, 0] * start[1] == pytest.approx(points[:, 1] * start[0], abs=1e-12)


def test_the_path_bends():
    ways = np.diff(path_of(LESSON).points, axis=0)
    heading = np.unwrap(np.arctan2(ways[:, 1], ways[:, 0]))
    assert np.degrees(np.ptp(heading)) > 60


def test_a_step_is_as_long_as_the_slope_times_the_rate_and_gets_shorter():
    points = path_of(LESSON).points
    lengths = norm(np.diff(points, axis=0).T)
    slopes = norm(LESSON.scenario.landscape.gradient(points[:-1].T))
    assert lengths == pytest.approx(LESSON.learning_rate * slopes, rel=1e-9)
    assert (np.diff(lengths) < 0).all()


@pytest.mark.parametrize("condition", [6.0, 12.0, 20.0])
@pytest.mark.parametrize(("share", "expected"), [(0.1, True), (0.99, True), (1.02, False)])
def test_steps_that_are_short_enough_lower_the_loss_and_longer_ones_raise_it(
    condition: float, share: float, expected: bool
):
    lesson = GradientDescent(share * 2 / condition, condition)
    assert GradientDescent.claims()["falls"].found(lesson, race(lesson.scenario)).holds == expected


def test_down_gains_most_of_the_three_ways_and_level_least():
    gains = LESSON.changes
    assert gains["down"] < gains["minimum"] < -0.1
    assert abs(gains["level"]) < 0.1 * abs(gains["down"])
    lengths = [float(np.hypot(*way)) for way in LESSON.arrows.values()]
    assert lengths == pytest.approx([lengths[0]] * 3)


def test_at_the_minimum_there_is_no_way_to_go():
    lesson = GradientDescent(start=(0.0, 0.0))
    found = {name: claim.found(lesson, race(lesson.scenario)) for name, claim in lesson.claims().items()}
    assert [name for name, finding in found.items() if finding.holds] == ["rests"]


def flow(start: tuple[float, float], condition: float, angle: float = 30.0) -> Array:
    """The gradient flow in the elliptic bowl in closed form, (points, 2): each eigenvector decays on its own."""
    turned = np.radians(angle)
    axes = np.array([[np.cos(turned), np.sin(turned)], [-np.sin(turned), np.cos(turned)]])
    decay = np.exp(-np.outer(np.linspace(0, 8, 4001), [1.0, condition]))
    return (decay * (axes @ start)) @ axes


def asked(start: tuple[float, float] | None = None, condition: float = 6.0) -> Race:
    scenario = LESSON.prediction.scenario
    parameters = (("condition", condition), ("angle", 30.0))
    return race(replace(scenario, start=start or scenario.start, parameters=parameters))


def test_both_paths_of_the_prediction_follow_the_gradient_flow_the_finer_one_more_closely():
    run = asked()
    first = float(norm(np.array(run.scenario.point)))
    curve = flow(run.scenario.point, 6.0)
    coarse, fine = (float(distances(path.points[:81], curve).max()) / first for path in run.trajectories)
    assert fine < coarse / 5 and coarse < 0.02
    right, values = LESSON.prediction.answer(LESSON, run)
    straight = np.array([run.scenario.point, (0.0, 0.0)])
    assert right == "same"
    assert values["apart"] < 0.02
    assert values["bend"] == pytest.approx(float(distances(curve, straight).max()) / first, rel=0.01)
    assert values["coarse"] == pytest.approx(values["fine"], rel=0.2), "they end at nearly the same distance"


@pytest.mark.parametrize("start", [(-1.7, 0.3), (1.5, -1.0), (0.2, 1.9), (-1.0, -1.0)])
@pytest.mark.parametrize("condition", [4.0, 12.0])
def test_prediction_has_one_answer_from_other_starts_and_in_other_bowls(start: tuple[float, float], condition: float):
    assert LESSON.prediction.answer(LESSON, asked(start, condition))[0] == "same"


def test_prediction_recognises_the_other_answers():
    run = asked()
    coarse, fine = run.trajectories
    line = np.linspace(1, 0, 801)[:, None] * np.array(run.scenario.point)
    for points, expected in ((line, "straight"), (fine.points[np.minimum(np.arange(801), 80)], "short")):
        wrong = Race(run.scenario, (coarse, replace(fine, points=points)))
        assert LESSON.prediction.answer(LESSON, wrong)[0] == expected


@pytest.mark.parametrize("unit", [0.1, 10.0])
def test_unit_of_the_loss_changes_the_length_of_a_step_and_not_its_direction(unit: float):
    bowl = LESSON.scenario.landscape
    plain, scaled, converted = (
        run_steps(loss, OPTIMIZERS["gradient_descent"](learning_rate=rate), LESSON.point, 20).points
        for loss, rate in ((bowl, 0.05), (Scaled(bowl, unit), 0.05), (Scaled(bowl, unit), 0.05 / unit))
    )
    assert converted == pytest.approx(plain, abs=1e-12)
    assert scaled[1] - scaled[0] == pytest.approx(unit * (plain[1] - plain[0]))


def test_unit_of_a_parameter_changes_the_path():
    """In y' = s y the derivative is g / s, and a step in y' is s times as long in y: y moves by the factor 1 / s^2."""
    g = LESSON.scenario.landscape.gradient(np.array(LESSON.point))
    step = np.array([g[0], g[1] / 2.0**2])
    along = np.array([-g[1], g[0]])
    angle = np.degrees(np.arccos(abs(step @ along) / norm(step) / norm(along)))
    assert angle < 80


def test_only_on_the_axes_of_the_ellipses_the_first_step_points_at_the_minimum():
    angles = np.arange(0, 180, 5)
    misses = []
    for angle in angles:
        start = (float(1.5 * np.cos(np.radians(angle))), float(1.5 * np.sin(np.radians(angle))))
        misses.append(first_miss(race(replace(GradientDescent(start=start).scenario, steps=1))))
    assert angles[np.array(misses) < 1].tolist() == [30, 120]
    assert max(misses) == pytest.approx(np.degrees(np.arctan(5 / (2 * np.sqrt(6)))), abs=1)


def test_example_for_the_board():
    down, way = np.array([-1.0, -6.0]), np.array([-1.0, -1.0])
    assert round(float(np.degrees(np.arccos(down @ way / norm(down) / norm(way))))) == 36


def test_goals_cannot_be_met_by_another_optimizer_or_from_the_minimum():
    goals = GradientDescent.goals()
    adam = Entry.from_text("adam(learning_rate=0.5)")
    assert not goals["uphill"].found(LESSON, race(replace(goals["uphill"].scenario, entries=(adam,)))).holds
    diagonal = replace(goals["straight"].scenario, entries=(adam,), start=(1.0, 1.0))
    assert first_miss(race(diagonal)) < 1 and not goals["straight"].found(LESSON, race(diagonal)).holds
    assert not goals["straight"].found(LESSON, race(replace(goals["straight"].scenario, start=(0.0, 0.0)))).holds
    far = replace(goals["opposite"].scenario, start=(-3.0, -3.0))
    assert not goals["opposite"].found(LESSON, race(far)).holds
    assert min(far.landscape.minima, key=sum) == pytest.approx(OPPOSITE, abs=0.01)


def test_on_the_four_valleys_the_start_decides_which_is_found():
    scenario = LESSON.suggested()["valleys"]
    ends = {
        tuple(race(replace(scenario, start=start)).trajectories[0].points[-1].round(3).tolist())
        for start in [(1.0, 1.0), (-1.0, 1.0), (-1.0, -2.0), (2.0, -2.0)]
    }
    assert ends == {(round(x, 3), round(y, 3)) for x, y in scenario.landscape.minima}


def test_exactly_on_the_saddle_nothing_moves_and_beside_it_something_does():
    scenario = LESSON.suggested()["saddle"]
    assert (race(scenario).trajectories[0].points == 0).all()
    beside = race(replace(scenario, start=(0.0, 0.05))).trajectories[0]
    assert beside.points[-1] == pytest.approx([0, 1], abs=1e-3)


def test_on_the_plateau_steps_are_as_small_as_the_slope():
    path = race(LESSON.suggested()["plateau"]).trajectories[0]
    assert norm(path.points[-1] - path.points[0]) < 0.2


def test_every_step_has_an_angle_the_last_one_too():
    path = race(replace(LESSON.scenario, steps=5)).trajectories[0]
    assert int(path.last_step) == len(crossings(LESSON.scenario.landscape, path)) == 5
