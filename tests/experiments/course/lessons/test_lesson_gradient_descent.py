"""What the page on gradient descent says beyond its claims."""

from dataclasses import replace

import numpy as np
import pytest

from landscape_lab.experiments import race
from landscape_lab.experiments.course.lessons.gradient_descent import GradientDescent, crossings, first_miss
from landscapes import LANDSCAPES
from optim_core import Trajectory
from optim_core.objective import norm

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
    assert str(lesson.gains)
    found = {name: claim.found(lesson, race(lesson.scenario)) for name, claim in lesson.claims().items()}
    assert [name for name, finding in found.items() if finding.holds] == ["rests"]


def test_the_path_of_the_prediction_turns_into_the_valley_once_the_wall_is_behind_it():
    points = race(LESSON.prediction.scenario).trajectories[0].points
    turned = np.radians(30)
    along, across = points @ np.array([np.cos(turned), np.sin(turned)]), points @ [-np.sin(turned), np.cos(turned)]
    last = np.diff(points, axis=0)[-1]
    way = -points[-2]
    assert abs(across[200]) < 0.01 * abs(across[0]) and abs(along[200]) > 0.3 * abs(along[0])
    assert last @ way / norm(last) / norm(way) > np.cos(np.radians(1))


def test_on_the_four_valleys_the_start_decides_which_is_found():
    scenario = next(iter(LESSON.suggested().values()))
    ends = {
        tuple(race(replace(scenario, start=start)).trajectories[0].points[-1].round(3).tolist())
        for start in [(1.0, 1.0), (-1.0, 1.0), (-1.0, -2.0), (2.0, -2.0)]
    }
    assert ends == {(round(x, 3), round(y, 3)) for x, y in scenario.landscape.minima}


def test_exactly_on_the_saddle_nothing_moves_and_beside_it_something_does():
    scenario = [*LESSON.suggested().values()][1]
    assert (race(scenario).trajectories[0].points == 0).all()
    beside = race(replace(scenario, start=(0.0, 0.05))).trajectories[0]
    assert beside.points[-1] == pytest.approx([0, 1], abs=1e-3)


def test_on_the_plateau_steps_are_as_small_as_the_slope():
    path = race([*LESSON.suggested().values()][2]).trajectories[0]
    assert norm(path.points[-1] - path.points[0]) < 0.2


def test_every_step_has_an_angle_the_last_one_too():
    path = race(replace(LESSON.scenario, steps=5)).trajectories[0]
    assert int(path.last_step) == len(crossings(LESSON.scenario.landscape, path)) == 5
