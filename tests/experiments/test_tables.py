import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from landscape_lab.experiments import Race, Scenario, places, race, results
from landscapes import LANDSCAPES, Landscape
from landscapes.critical_points import CriticalPoints, Kind
from optim_core import Outcome


def only_result(**query):
    return results(race(Scenario.from_query(query)))[0]


def test_divergence_is_reported_with_its_step_and_loss():
    row = only_result(surface="bowl", lanes="gradient_descent(learning_rate=5)")
    path = race(Scenario.from_query({"surface": "bowl", "lanes": "gradient_descent(learning_rate=5)"})).trajectories[0]
    assert f"diverged at step {int(path.last_step)}: left the map at loss" in str(row.outcome)
    assert row.final_loss == path.losses[path.last_step] and row.converged_at is None


def test_convergence_is_reported_with_its_step():
    row = only_result(surface="bowl", lanes="gradient_descent(learning_rate=0.1)")
    assert str(row.outcome) == f"converged at step {row.converged_at}"
    assert row.distance == pytest.approx(0, abs=1e-9) and (row.converged_at or 0) > 0


def test_local_minimum_is_not_the_global_minimum():
    surface = LANDSCAPES["six_hump_camel"]
    values = [float(surface.value(np.array(place))) for place in surface.minima]
    worst = surface.minima[int(np.argmax(values))]
    row = only_result(
        surface="six_hump_camel", start=f"{worst[0]!r},{worst[1]!r}", lanes="gradient_descent(learning_rate=0.001)"
    )
    assert "local minimum" in str(row.outcome)


def test_surface_without_a_minimum_has_no_distance():
    row = only_result(surface="saddle", lanes="gradient_descent(learning_rate=0.001)", steps="3")
    assert row.distance is None and row.converged_at is None


def test_results_are_one_per_entry_in_order():
    scenario = Scenario.from_query({"lanes": 'adam(name="b"),adam(name="a"),newton'})
    assert [row.name for row in results(race(scenario))] == ["b", "a", "Newton"]


def test_evaluations_are_those_of_the_run():
    scenario = Scenario.from_query({"surface": "booth", "lanes": "newton,nesterov", "steps": "20"})
    newton, nesterov = results(race(scenario))
    assert (newton.evaluations, nesterov.evaluations) == (60, 20)


def test_run_that_passes_a_minimum_at_its_last_step_has_not_converged():
    bouncing = Scenario.from_query(
        {
            "surface": "himmelblau",
            "start": "0,0",
            "lanes": "gradient_descent(learning_rate=0.0348)",
            "steps": "60",
        }
    )
    (row,) = results(race(bouncing))
    assert row.converged_at is None
    assert str(row.outcome).startswith("has not converged, at loss")


def test_diverged_run_has_not_converged():
    diverging = Scenario.from_query(
        {
            "surface": "elliptic_bowl(condition=10,angle=30)",
            "lanes": "gradient_descent(learning_rate=0.3)",
            "start": "0.001,0.0005",
            "steps": "300",
        }
    )
    (row,) = results(race(diverging))
    assert str(row.outcome).startswith("diverged")
    assert row.converged_at is None


def test_critical_points_are_those_of_the_surface():
    for key in ("himmelblau", "saddle", "plateau", "rosenbrock"):
        found = places(race(Scenario.from_query({"surface": key, "steps": "5"})))
        surface = LANDSCAPES[key]
        told = tuple(tuple(place.point for place in found if place.kind is kind) for kind in Kind)
        assert told == tuple(surface.critical_points)
        assert all(place.loss == surface.value(np.array(place.point)) for place in found)


def test_entries_are_listed_at_the_point_where_they_ended():
    starts = {"4,2": (3.0, 2.0), "-3,-3": (-3.779, -3.283)}
    for start, end in starts.items():
        query = {"surface": "himmelblau", "start": start, "steps": "300"}
        ran = race(Scenario.from_query(query | {"lanes": "gradient_descent(learning_rate=0.01),adam,newton"}))
        ended = [place for place in places(ran) if place.entries]
        first = next(place for place in ended if 0 in place.entries)
        assert first.kind is Kind.MINIMUM and first.point == pytest.approx(end, abs=1e-3)
        for row, entry in zip(results(ran), range(3), strict=True):
            here = [place for place in ended if entry in place.entries]
            assert len(here) == (row.converged_at is not None or "saddle" in str(row.outcome))


def test_only_global_minima_are_marked_lowest():
    found = places(race(Scenario.from_query({"surface": "six_hump_camel", "steps": "1"})))
    minima = [place for place in found if place.kind is Kind.MINIMUM]
    lowest = min(place.loss for place in minima)
    assert {place.lowest for place in minima} == {True, False}
    assert all(place.lowest == (place.loss < lowest + 1e-6) for place in minima)


def test_diverged_or_moving_entry_is_listed_at_no_point():
    query = {"surface": "bowl", "lanes": "gradient_descent(learning_rate=5),gradient_descent(learning_rate=0.0001)"}
    assert [place.entries for place in places(race(Scenario.from_query(query)))] == [()]


def test_entry_that_stops_on_a_saddle_is_listed_there():
    ran = race(
        Scenario.from_query({"surface": "saddle", "start": "1,0", "lanes": "gradient_descent(learning_rate=0.1)"})
    )
    (place,) = (place for place in places(ran) if place.entries)
    assert place.kind is Kind.SADDLE and not place.lowest


FORMULAS = {
    # text: view, starts
    "1000*abs(y-x^2)+(1-x)^2": (2, ["1,1", "-1,0.5"]),
    "100*sqrt(abs(y-0.01*x^2))+0.01*abs(x+10)": (12, ["-10,1", "-9,0.5"]),
    "abs(y-x)*abs(y-x-0.02)+0.1*(x-0.3)^2+0.01y": (2, ["0.25,0.25", "0.25,0.27", "0.251,0.262"]),
    "abs(x)+abs(y)": (2, ["0,0", "1,0.7"]),
    "x^3-3x+y^2": (3, ["1,0", "0.5,1", "-2.5,0"]),  # unbounded below; the minimum is only local
    "x^3-3x+y^2+0.001x^4": (3, ["-2.2,0.1"]),
    "(x^2+y^2-1)^2": (2, ["1.2,0.3"]),  # the minima form a circle; none is isolated
    "(x-1.999)^2+y^2": (2, ["1.5,1"]),  # lowest at the border of the view
    "(x-2.05)^2+y^2-exp(-50((x+1)^2+y^2))": (2, ["1.9,0.1", "-1,0.1"]),  # lower beyond the border than inside
    "exp(x)+y^2": (2, ["0,1"]),
    "x^4+y^4": (2, ["0,0", "1,1"]),
    "abs(sin(9x))+abs(sin(9y))": (8, ["3,3.1", "0.01,0.02"]),  # more minima than are listed
    "3+0x": (2, ["0.5,0.5"]),
}
ENTRIES = "gradient_descent(learning_rate=0.001),gradient_descent(learning_rate=0.1),momentum,adam,newton,rmsprop"


def races():
    for text, (reach, starts) in FORMULAS.items():
        surface = f'formula(text="{text}",left=-{reach},right={reach},bottom=-{reach},top={reach})'
        for start in starts:
            yield Scenario.from_query({"surface": surface, "start": start, "lanes": ENTRIES, "steps": "300"})
    for surface in LANDSCAPES.values():
        for x, y in surface.starts[:1]:
            query = {"surface": surface.key, "start": f"{x!r},{y!r}", "lanes": ENTRIES, "steps": "300"}
            yield Scenario.from_query(query)


def assert_consistent(ran: Race) -> None:
    """Asserts that all statements of the two tables agree with each other and with the path."""
    surface, found = ran.landscape, places(ran)
    minima = [place for place in found if place.kind is Kind.MINIMUM]
    size = math.hypot(*(high - low for low, high in surface.domain))
    for i, (row, path) in enumerate(zip(results(ran), ran.trajectories, strict=True)):
        outcome, end, loss = str(row.outcome), path.points[path.last_step], row.final_loss
        here = [place for place in found if i in place.entries]
        assert len(here) <= 1
        assert (row.distance is not None) == (bool(minima) and bool(np.isfinite(end).all()))
        if row.distance is not None:
            assert row.distance == pytest.approx(min(math.dist(end, place.point) for place in minima))
        converged = outcome.startswith("converged at step"), outcome.startswith("converged to a local minimum")
        assert any(converged) == any(place.kind is Kind.MINIMUM for place in here) == (row.converged_at is not None)
        assert outcome.startswith("sits at a saddle") <= any(place.kind is Kind.SADDLE for place in here)
        if any(converged):
            (place,) = here
            assert place.lowest == converged[0]
            assert place.lowest or math.dist(end, place.point) <= 0.01 * size
            assert outcome.endswith(f"at step {row.converged_at}")
            assert place.loss - 2e-6 * (1 + abs(place.loss)) <= loss
            assert loss - place.loss <= max(1e-3 * (path.losses[0] - place.loss), 3e-6 * (1 + abs(place.loss)))
            target = place.loss + 1e-3 * abs(path.losses[0] - place.loss) + 2e-9 * (1 + abs(place.loss))
            assert path.outcome != Outcome.DIVERGED
            assert (path.losses[row.converged_at : path.last_step + 1] <= target).all()
            assert row.converged_at is not None
            assert row.converged_at == 0 or path.losses[row.converged_at - 1] > place.loss
        below = bool(minima) and all(loss < place.loss - 2e-6 * (1 + abs(place.loss)) for place in minima)
        inside = all(low <= at <= high for at, (low, high) in zip(end, surface.domain, strict=True))
        if below:
            assert not any(converged)
        if below and inside and path.outcome not in (Outcome.DIVERGED, Outcome.STOPPED_EARLY):
            assert outcome.startswith(("is below every listed minimum", "sits at a saddle"))
        if outcome.startswith("is below every listed minimum"):
            assert minima and all(loss < place.loss for place in minima)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "scenario", [*races()], ids=lambda scenario: f"{scenario.landscape.text[:60]} {scenario.point}"
)
def test_tables_are_consistent(scenario):
    assert_consistent(race(scenario))


@dataclass(frozen=True)
class Elsewhere(Race):
    """A race whose results are computed with another list of minima than that of its surface."""

    minima: tuple[tuple[float, float], ...] = ()

    @property
    def landscape(self) -> Landscape:
        surface = replace(super().landscape)
        surface.__dict__["_found"] = CriticalPoints(minima=self.minima)
        return surface


@pytest.mark.parametrize("listed", [((1.004, 1.009),), ((1.004, 1.009), (-0.5, 0.25)), ()])
def test_unlisted_minimum_causes_no_contradiction(listed):
    """A search may miss a minimum or list a nearby point; an entry that ends lower is reported as lower."""
    ran = race(next(races()))
    ran = Elsewhere(ran.scenario, ran.trajectories, listed)
    assert_consistent(ran)
    told = str(results(ran)[0].outcome)
    assert told == ("is below every listed minimum, at loss 0" if listed else "has not converged, at loss 0")


def test_run_that_starts_at_the_minimum_has_converged():
    (row, *_) = results(race(next(races())))
    assert str(row.outcome) == "converged at step 0"
    assert (row.final_loss, row.distance, row.converged_at) == (0.0, 0.0, 0)


def test_run_converges_to_the_nearer_of_two_close_minima():
    query = {"surface": 'formula(text="abs(y-x)*abs(y-x-0.02)+0.1*(x-0.3)^2+0.001y",left=-2,right=2,bottom=-2,top=2)'}
    for start, place, sentence in (
        ("0.295,0.295", (0.295, 0.295), "converged at step 0"),
        ("0.295,0.315", (0.295, 0.315), "converged to a local minimum, (0.295, 0.315), at step 0"),
    ):
        ran = race(
            Scenario.from_query(
                query | {"start": start, "lanes": "gradient_descent(learning_rate=0.000001)", "steps": "1"}
            )
        )
        assert [each.point for each in places(ran) if each.entries] == [pytest.approx(place)]
        assert str(results(ran)[0].outcome) == sentence
