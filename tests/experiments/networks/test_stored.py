"""The stored results of experiments with networks: they belong to the experiments, and are what these compute."""

from pathlib import Path

import numpy as np
import pytest

from landscape_lab.experiments.networks import stored as module
from landscape_lab.experiments.networks.stored import (
    MOST_BYTES,
    RESULTS,
    Experiment,
    Tolerance,
    grid,
    store,
    stored,
    text_of,
)
from landscape_lab.experiments.networks.studies import experiments

EACH = pytest.mark.parametrize("key", experiments())


@EACH
def test_stored_results_belong_to_the_experiment(key: str):
    experiment, path = experiments()[key], RESULTS / f"{key}.npz"
    assert path.exists(), f"make networks: {path.name} is missing"
    found = stored(key)
    assert text_of(found.cases) == text_of(experiment.cases), f"make networks: the cases of {key} have changed"
    assert set(found.arrays) == set(experiment.tolerances)
    assert all(len(array) == len(experiment.cases) for array in found.arrays.values())
    assert path.stat().st_size <= MOST_BYTES
    assert set(found.versions) == {"python", "numpy", "machine"}


def test_there_are_no_other_files_of_results():
    assert {path.name for path in RESULTS.iterdir()} == {f"{key}.npz" for key in experiments()}


@pytest.mark.thorough
@EACH
def test_part_of_an_experiment_computed_again_agrees_with_the_stored_results(key: str):
    assert list(experiments()[key].differences(stored(key), short=True)) == []


def line(slope: float, start: int) -> dict:
    return {"height": start + slope * np.arange(5.0), "end": start + 4 * slope}


EXAMPLE = Experiment(grid(slope=(0.5, 2.0), start=(0, 1)), line, {"height": Tolerance(), "end": Tolerance()})


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    stored.cache_clear()
    store("example", EXAMPLE)
    yield stored("example")
    stored.cache_clear()


def test_results_are_read_as_they_were_computed(results):
    assert results["height"].shape == (4, 5) and results["height"].dtype == np.float32
    assert results["end"].tolist() == [2, 3, 8, 9]
    assert results.number(slope=2.0, start=1) == 3
    assert results.where(start=0).tolist() == [True, False, True, False]
    with pytest.raises(KeyError, match="2 cases"):
        results.number(slope=2.0)
    with pytest.raises(KeyError, match="0 cases"):
        results.number(slope=3.0)


def test_same_results_give_the_same_bytes(results, tmp_path: Path):
    first = (tmp_path / "example.npz").read_bytes()
    assert store("example", EXAMPLE).read_bytes() == first


def test_every_difference_beyond_a_tolerance_is_reported(results):
    assert [list(EXAMPLE.differences(results, number)) for number in range(4)] == [[]] * 4

    def other(slope: float, start: int) -> dict:
        found = line(slope, start)
        found["height"][3] += 0.1
        return found

    strict = Experiment(EXAMPLE.cases, other, EXAMPLE.tolerances)
    (told,) = strict.differences(results, 1)
    assert told.startswith("height of case 1") and "1 of 5 values differ, by at most 0.1" in told
    early = Experiment(EXAMPLE.cases, other, {"height": Tolerance(rows=3, mean=0.1), "end": Tolerance()})
    assert not list(early.differences(results, 1))
    on_average = Experiment(EXAMPLE.cases, other, {"height": Tolerance(rows=3, mean=0.001), "end": Tolerance()})
    (told,) = on_average.differences(results, 1)
    assert "mean" in told


def test_short_run_is_compared_with_the_first_rows(results):
    def short(slope: float, start: int) -> dict:
        return {"height": line(slope, start)["height"][:2]}

    def wrong(slope: float, start: int) -> dict:
        return {"height": line(slope, start)["height"][1:3]}

    def longer(slope: float, start: int) -> dict:
        return {"height": np.zeros(9)}

    for computed, differs in ((short, False), (wrong, True), (longer, True)):
        experiment = Experiment(EXAMPLE.cases, line, EXAMPLE.tolerances, computed)
        assert bool(list(experiment.differences(results, 2, short=True))) == differs


def test_arrays_without_a_tolerance_are_refused():
    with pytest.raises(ValueError, match="those with a tolerance: height"):
        Experiment(EXAMPLE.cases, line, {"height": Tolerance()}).arrays()
