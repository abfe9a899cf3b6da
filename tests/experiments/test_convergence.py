"""The rule of convergence, compared with a direct reading of its definition, and its use in tables, maps and texts."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments import RACES, Race, Scenario, race, results
from landscape_lab.experiments.convergence import NOWHERE, convergence
from landscape_lab.experiments.course.lessons import RACE_LESSONS
from landscape_lab.experiments.fairness import Comparison, entry_runs, profile
from landscape_lab.experiments.maps.tiles import run_tile
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.experiments.tables import ranking
from landscape_lab.ui.i18n.translation import aloud
from landscape_lab.ui.playground.results import winner
from landscape_lab.ui.stage.message import race_tree
from landscapes import LANDSCAPES, Landscape
from optim_core import OPTIMIZERS, Outcome, Trajectory, run

ROOT = Path(__file__).parents[2]
SCENARIOS = {key: named.scenario for key, named in RACES.items()} | {
    key: lesson().scenario for key, lesson in RACE_LESSONS.items()
}


def defined(surface: Landscape, path: Trajectory) -> tuple[int, int]:
    """The index of the minimum and the step, by the definition, step by step; -1 for a run that has not converged."""
    last = int(path.last_step)
    if path.outcome == Outcome.DIVERGED:
        return -1, -1
    heights = [float(surface.value(np.array(place))) for place in surface.minima]
    (x0, x1), (y0, y1) = surface.domain
    possible = []
    for i, (place, height) in enumerate(zip(surface.minima, heights, strict=True)):
        away = math.dist(path.points[last], place)
        is_lowest = height <= min(heights) + 2e-6
        if (is_lowest or away <= math.hypot(x1 - x0, y1 - y0) / 100) and path.losses[last] >= height - 2e-6:
            possible.append((away, i))
    if not possible:
        return -1, -1
    _away, minimum = min(possible)
    height = heights[minimum]
    step, left = last + 1, max((path.losses[0] - height) / 1000, 1e-9 * (1 + abs(height)))
    while step > 0 and path.losses[step - 1] - height <= left:
        step -= 1
    return (minimum, step) if step <= last else (-1, -1)


@pytest.mark.parametrize("key", SCENARIOS)
def test_rule_is_its_definition(key: str):
    ran = race(SCENARIOS[key])
    for path in ran.trajectories:
        found = convergence(ran.landscape, path)
        assert (int(found.minimum), int(found.step)) == defined(ran.landscape, path)


def test_runs_of_a_batch_are_judged_like_single_runs():
    surface = LANDSCAPES["six_hump_camel"]
    starts = np.random.default_rng(0).uniform(-1, 1, (2, 40)) * [[2.1], [1.2]]
    together = convergence(surface, run(surface, OPTIMIZERS["momentum"](0.02), starts, 60))
    assert len(set(together.minimum.tolist())) > 3 and NOWHERE in together.minimum
    for i, start in enumerate(starts.T):
        alone = convergence(surface, run(surface, OPTIMIZERS["momentum"](0.02), start, 60))
        assert (alone.minimum, alone.step, alone.lowest) == tuple(part[i] for part in vars(together).values())


@pytest.mark.parametrize("text", ["x^2+3*y^2", "1000*(x^2+3*y^2)", "0.001*(x^2+3*y^2)", "x^2+3*y^2-50"])
def test_step_does_not_depend_on_the_unit_of_the_loss_or_a_constant(text: str):
    """Normalised gradients make the path independent of the factor."""
    query = {"surface": f'formula(text="{text}")', "start": "1.5,1", "lanes": "rprop(learning_rate=0.05)"}
    assert (
        results(race(Scenario.from_query(query)))[0].converged_at
        == results(race(Scenario.from_query(query | {"surface": 'formula(text="x^2+3*y^2")'})))[0].converged_at
    )


def test_step_does_not_depend_on_the_part_of_the_surface_that_the_map_shows():
    rows = [
        results(
            race(
                Scenario.from_query(
                    {
                        "surface": f'formula(text="x^2+3*y^2",left=-{size},right={size},bottom=-{size},top={size})',
                        "start": "1.5,1",
                        "lanes": "momentum(learning_rate=0.02)",
                    }
                )
            )
        )[0]
        for size in (2, 20)
    ]
    assert rows[0].converged_at == rows[1].converged_at is not None


# Everything that tells it


@pytest.mark.parametrize("key", SCENARIOS)
def test_table_and_spoken_text_give_the_same_step(key: str):
    ran = race(SCENARIOS[key])
    spoken = race_tree(ran.scenario, View())["words"]["summary"]
    for row, path in zip(results(ran), ran.trajectories, strict=True):
        minimum, step = defined(ran.landscape, path)
        assert row.converged_at == (step if step >= 0 else None)
        assert ("converged" in str(row.outcome)) == (step >= 0 or "has not converged" in str(row.outcome))
        assert aloud(f"{row.name}: {row.outcome}.") in spoken
        if step >= 0:
            assert str(row.outcome).endswith(f"at step {step}")
        assert row.at_lowest == (minimum >= 0 and "local" not in str(row.outcome))


def test_rule_is_in_one_place():
    """Whether a loss stays low is judged by `settled_at`, which only the rule may call."""
    modules = [*(ROOT / "landscape_lab").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    assert len(modules) > 150
    using = [path.relative_to(ROOT).as_posix() for path in modules if "settled_at" in path.read_text("utf-8")]
    assert using == ["landscape_lab/experiments/convergence.py"]


FINDINGS = {
    "learning_rate": [1],
    "adaptive_learning_rate": [1, 2],
    "feature_scaling": [0],
    "momentum": [0, 1, 2],
    "adaptive_methods": [1, 2, 3],
    "lookahead": [0, 1],
}
"""The entries of a lesson's race for which one of its findings gives the steps at which they converge."""


@pytest.mark.parametrize("key", FINDINGS)
def test_findings_give_the_same_steps(key: str):
    lesson = RACE_LESSONS[key]()
    ran = race(lesson.scenario)
    steps = {defined(ran.landscape, ran.trajectories[entry])[1] for entry in FINDINGS[key]}
    assert steps == {results(ran)[entry].converged_at for entry in FINDINGS[key]}
    told = [claim.found(lesson, ran).sentence.values.values() for claim in lesson.claims().values()]
    assert any(steps <= {value for value in values if isinstance(value, int)} for values in told)


@pytest.mark.thorough
@pytest.mark.parametrize("key", SCENARIOS)
def test_maps_give_the_same_minimum(key: str):
    """A map ends a run where its gradient vanishes: at that minimum, but not always at the same step."""
    ran = race(SCENARIOS[key])
    start = [np.array([at]) for at in ran.scenario.point]
    for entry, path in zip(ran.scenario.entries, ran.trajectories, strict=True):
        alone = replace(ran.scenario, entries=(entry,))
        outcomes, _crossings, minimum = run_tile(alone, start[0], start[1], ("x", "y"), "minimum")
        assert minimum.item() == defined(ran.landscape, path)[0]
        assert (outcomes.item() == Outcome.DIVERGED) == (path.outcome == Outcome.DIVERGED)


@pytest.mark.parametrize("key", RACES)
def test_fair_comparison_counts_the_evaluations_up_to_the_same_step(key: str):
    comparison = Comparison(RACES[key].scenario, budget=100, starts=10, use_tuned_settings=False)
    found = profile(comparison)
    assert found is not None
    landscape, drawn = comparison.scenario.landscape, np.random.default_rng(0).uniform(size=(2, 10))
    low, high = np.array(landscape.domain).T[..., None]
    solved = 0
    for costs, entry in zip(found.costs, comparison.scenario.entries, strict=True):
        for cost, start in zip(costs, (low + (high - low) * drawn).T, strict=True):
            path = entry_runs(comparison, entry, start=start)
            (row,) = results(Race(replace(comparison.scenario, entries=(entry,)), (path,)))
            paid = path.evaluated[row.converged_at] if row.at_lowest else math.inf
            assert cost == (max(paid, 1.0) if paid <= 100 else math.inf)
            solved += math.isfinite(cost)
    assert solved or key == "noise"


# The winner


def test_ranking_has_the_entries_at_a_lowest_minimum_by_step():
    query = {"surface": "six_hump_camel", "start": "1.9,1.0", "steps": "200"}
    entries = ["adam(learning_rate=0.1)", "gradient_descent(learning_rate=0.01)", "momentum(learning_rate=0.01)"]
    rows = results(race(Scenario.from_query(query | {"lanes": ",".join([*entries, entries[2]])})))
    assert rows[0].converged_at is not None and not rows[0].at_lowest
    expected: dict[int, list[int]] = {}
    for i, row in enumerate(rows):
        if row.at_lowest:
            expected.setdefault(row.converged_at or 0, []).append(i)
    assert ranking(rows) == sorted(expected.items())


@pytest.mark.parametrize("offset", [(0, 0), (0.2, 0.2), (0.2, -0.2), (-0.2, 0.2), (-0.2, -0.2), (0.1, 0), (0, -0.1)])
def test_race_of_the_start_page_has_one_clear_winner_from_starts_nearby(offset: tuple[float, float]):
    scenario = RACES["paths"].scenario
    start = (scenario.point[0] + offset[0], scenario.point[1] + offset[1])
    ranked = ranking(results(race(replace(scenario, start=start))))
    (first, winners), (second, _entries), *_rest = ranked
    assert [scenario.entries[i].label for i in winners] == ["Nesterov"]
    assert second > 1.4 * first
    assert 2 <= sum(len(entries) for _step, entries in ranked) < len(scenario.entries)


def said(**query: Any) -> str:
    return winner(Scenario.from_query(query))


def test_winner_is_read_from_the_race():
    for key, named in RACES.items():
        rows = results(race(named.scenario))
        at = [row.converged_at for row in rows if row.at_lowest and row.converged_at is not None]
        if not at:
            assert "No entry converges to the lowest minimum within" in winner(named.scenario), key
            continue
        names = ", ".join(row.name for row in rows if row.at_lowest and row.converged_at == min(at))
        told = winner(named.scenario)
        assert told.startswith((f"{names} converges first, at step {min(at)}.", f"{names} converge first, all at"))
        missing = told.partition(" steps: ")[2]
        assert missing == (
            ", ".join(row.name for row in rows if not row.at_lowest) + "." if len(at) < len(rows) else ""
        )


def test_winner_of_other_races():
    two = "gradient_descent(learning_rate=0.5),newton"
    assert said(surface="bowl", lanes=two).startswith("Gradient descent, Newton converge first, all at step 1.")
    assert said(surface="bowl", lanes="newton") == "Newton converges at step 1."
    assert said(surface="bowl", lanes="gradient_descent(learning_rate=0.0001)", steps="9").startswith("No entry")
    assert said(surface="saddle", lanes=two, steps="5").startswith("This surface has no minimum")
