"""Cache warm-up: computes the races that pages show first, without rendering the pages."""

from collections.abc import Callable, Iterator
from concurrent.futures import wait

import landscape_lab.ui.server.process  # noqa: F401
from landscape_lab.experiments.course.lessons import LESSONS, RACE_LESSONS
from landscape_lab.experiments.fairness import default_comparison, rounds
from landscape_lab.experiments.networks import default_plan
from landscape_lab.experiments.networks.training import trained
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.course.start import first_picture
from landscape_lab.ui.jobs.worker_pool import ABANDONED_AFTER, WORKER_POOL
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.state import default_scenario

__all__ = ["first_picture", "warm_caches"]


def warm_caches() -> None:
    """Compute the initial race of every page in the worker pool, which gives precedence to visitors."""
    for pieces in _rounds():
        executor = WORKER_POOL.executor()
        futures = [executor.submit(piece) for piece in pieces]
        while wait(futures, ABANDONED_AFTER / 2).not_done:
            executor.renew()
        for future in futures:
            future.result()


def _rounds() -> Iterator[list[Callable[[], object]]]:
    """Yield rounds of independent tasks; each round needs the results of the round before."""
    lessons, about_races = ([cls() for cls in some.values()] for some in (LESSONS, RACE_LESSONS))
    yield [
        lambda: race_tree(default_scenario(), View()),
        lambda: trained(default_plan().scenario),
        *(
            lambda lesson=lesson, scenario=scenario: race_tree(scenario, View(**lesson.shown))
            for lesson in about_races
            for scenario in (lesson.scenario, lesson.prediction.scenario)
        ),
    ]
    yield [
        lambda lesson=lesson, claim=claim: claim.found(lesson, lesson.result_of(lesson.scenario))
        for lesson in lessons
        for claim in lesson.claims().values()
    ]
    yield [
        lambda lesson=lesson, goal=goal: goal.found(lesson, lesson.result_of(goal.scenario))
        for lesson in lessons
        for goal in lesson.goals().values()
    ]
    yield from rounds(default_comparison())
