"""Cache warm-up: the races that visitors see first, computed before they come, without a page."""

from collections.abc import Callable, Iterator
from concurrent.futures import wait

import landscape_lab.ui.server.process  # noqa: F401
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.fairness import default_comparison, rounds
from landscape_lab.experiments.runs import race_of
from landscape_lab.experiments.scenarios.view import View
from landscape_lab.ui.course.start import first_picture
from landscape_lab.ui.jobs.worker_pool import LEASE, LONG_WORK
from landscape_lab.ui.stage.message import race_tree
from landscape_lab.ui.state import default_scenario

__all__ = ["first_picture", "warm_caches"]


def warm_caches() -> None:
    """Compute what opening any page computes, in the threads for long work, which let visitors go first."""
    for pieces in _rounds():
        share = LONG_WORK.share()
        futures = [share.submit(piece) for piece in pieces]
        while wait(futures, LEASE / 2).not_done:
            share.renew()
        for future in futures:
            future.result()


def _rounds() -> Iterator[list[Callable[[], object]]]:
    """Pieces that do not need each other, round after round."""
    lessons = [cls() for cls in LESSONS.values()]
    yield [
        lambda: race_tree(default_scenario(), View()),
        *(
            lambda lesson=lesson, scenario=scenario: race_tree(scenario, View(**lesson.shown))
            for lesson in lessons
            for scenario in (lesson.scenario, lesson.prediction.scenario)
        ),
    ]
    yield [
        lambda lesson=lesson, claim=claim: claim.found(lesson, race_of(lesson.scenario))
        for lesson in lessons
        for claim in lesson.claims().values()
    ]
    yield from rounds(default_comparison())
