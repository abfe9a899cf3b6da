"""What lessons 17 and 18 state about networks: it holds for other seeds, and fails for other results."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from landscape_lab.experiments.course import regularised_networks, tuned_networks
from landscape_lab.experiments.course.lessons import LESSONS
from landscape_lab.experiments.networks import NetworkPlan
from landscape_lab.experiments.networks.stored import Results, stored
from landscape_lab.experiments.networks.studies import dropout, fine_tuning, forgetting, normalisation
from landscapes.networks import Digits, Network

CLAIMS: list[tuple[str, Callable[[Results], tuple[bool, dict[str, Any]]]]] = [
    ("fine_tuning", tuned_networks.few_digits),
    ("fine_tuning", tuned_networks.related_digits),
    ("fine_tuning", tuned_networks.kept_layers),
    ("fine_tuning", tuned_networks.other_digits),
    ("forgetting", tuned_networks.forgets),
    ("dropout", regularised_networks.memorises_less),
    ("dropout", regularised_networks.correct_labels),
    ("normalisation", regularised_networks.batch_sizes),
    ("normalisation", regularised_networks.rates_and_weights),
    ("normalisation", regularised_networks.training_and_use),
]
EACH = pytest.mark.parametrize(("key", "claim"), CLAIMS, ids=[claim.__name__ for _, claim in CLAIMS])


def of_seeds(results: Results, seeds: set[int]) -> Results:
    rows = np.array([case["seed"] in seeds for case in results.cases])
    cases = [case for case, kept in zip(results.cases, rows, strict=True) if kept]
    return Results(cases, results.versions, {name: array[rows] for name, array in results.arrays.items()})


def seeds_of(key: str) -> list[int]:
    return sorted({case["seed"] for case in stored(key).cases})


@EACH
def test_statement_holds_for_each_half_of_the_seeds_and_without_each_seed(key: str, claim: Callable):
    seeds = seeds_of(key)
    half = len(seeds) // 2
    parts = [set(seeds[:half]), set(seeds[half:]), *(set(seeds) - {seed} for seed in seeds)]
    for part in parts:
        holds, values = claim(of_seeds(stored(key), part))
        assert holds, (part, values)


def with_arrays(results: Results, change: Callable[[np.ndarray], np.ndarray]) -> Results:
    same = ("rates", "epochs", "steps")
    return Results(
        results.cases,
        results.versions,
        {name: array if name in same else change(array) for name, array in results.arrays.items()},
    )


@EACH
def test_statement_fails_where_nothing_makes_a_difference(key: str, claim: Callable):
    level = with_arrays(stored(key), lambda array: np.full_like(array, 0.8))
    assert not claim(level)[0]


@EACH
def test_statement_fails_for_results_of_the_opposite_order(key: str, claim: Callable):
    """All values reflected in the middle, so that what was high is low."""
    opposite = with_arrays(stored(key), lambda array: np.nanmedian(array) * 2 - array)
    assert not claim(opposite)[0]


# ---- what the pages say besides ----


def text(key: str, *cells: str) -> str:
    content = LESSONS[key]().content()
    return " ".join(piece.text for cell in cells for piece in content.cells[cell].pieces)


def test_experiments_are_those_that_lesson_17_describes():
    assert fine_tuning.network_of("turned").parameters == 3466 and fine_tuning.HIDDEN == (32, 32)
    assert fine_tuning.old_loss("turned", 0).n == 600 == 10 * fine_tuning.OLD
    assert len(fine_tuning.RATES) == 5 and len(fine_tuning.SEEDS) == 10 == len(seeds_of("forgetting"))
    assert (tuned_networks.ANGLES, tuned_networks.EACH) == (fine_tuning.ANGLES, fine_tuning.EACH)
    assert (tuned_networks.ANGLE, tuned_networks.FEW) == (fine_tuning.ANGLE, fine_tuning.FEW)
    assert (
        tuned_networks.TUNINGS == forgetting.WAYS
        and (forgetting.ANGLE, forgetting.EACH) == (30, 20)
        and forgetting.STEPS[-1] == 400
    )
    assert tuned_networks.SLOW == tuned_networks.FAST / 10 == 0.001
    shown = text("fine_tuning", "network", "network_figures", "forgotten")
    for word in (
        "3,466",
        "600",
        "ten trainings",
        "best of five learning rates",
        "by 20°",
        "by 30°",
        "rate of 0.01",
        "twenty examples",
    ):
        assert word in shown, word


def test_experiments_are_those_that_lesson_18_describes():
    assert dropout.WIDTHS == (64, 64, 64, 10) and dropout.EXAMPLES == 200 and len(dropout.RATES) == 3
    assert len(seeds_of("dropout")) == 8 and len(seeds_of("normalisation")) == 6
    assert normalisation.WIDTHS == (64, 32, 32, 10) and len(normalisation.RATES) == 6
    assert (normalisation.EXAMPLES, normalisation.EPOCHS) == (256, 12)
    ours = regularised_networks
    assert (ours.KINDS, ours.SIZES, ours.SCALES, ours.SIZE) == (
        normalisation.KINDS, normalisation.SIZES, normalisation.SCALES, normalisation.SIZE,
    )  # fmt: skip
    shown = text("dropout_and_normalisation", "network", "batches")
    for word in ("Two hidden layers of 64 units", "200", "a fifth", "Eight", "best of three learning rates"):
        assert word in shown, word
    for word in ("two hidden layers of 32 units", "256", "12 epochs", "Six", "best of six learning rates"):
        assert word in shown, word
    assert [*dict.fromkeys(case["dropout"] for case in dropout.EXPERIMENT.cases)] == [*ours.CHANCES]


def test_captions_of_lesson_17_describe_the_curves():
    by_examples, by_angle, old = LESSONS["fine_tuning"]().networks  # type: ignore[attr-defined]
    first, last = ([mean[i] for mean in by_examples.means] for i in (0, -1))
    assert min(first[1:]) > first[0] and max(last[1:]) < last[0]
    at = np.array(by_angle.means)
    assert at[3, 0] > at[2, 0] > at[1, 0] > at[0, 0]
    assert (at[3, 4:] < at[2, 4:]).all() and (at[2, 4:] < at[1, 4:]).all() and (at[1, 4:] < at[0, 4:]).all()
    alone, fast, slow, kept = old.means
    low, high = old.values < 0.71, (old.values > 0.8) & np.isfinite(fast)
    assert low.sum() > 5 and (np.minimum(slow, kept) > fast)[low].all() and high.any()
    assert np.abs([slow - fast, kept - fast])[:, high].max() < 0.05 and (alone < fast - 0.2)[np.isfinite(fast)].all()


def test_captions_of_lesson_18_describe_the_curves():
    by_epoch, by_size = LESSONS["dropout_and_normalisation"]().networks  # type: ignore[attr-defined]
    peaks, ends = [mean.max() for mean in by_epoch.means], [mean[-1] for mean in by_epoch.means]
    assert max(peaks) - min(peaks) < 0.01 and ends[0] < ends[1] - 0.02 < ends[2] - 0.04
    none, layer, batch, in_training = by_size.means
    sizes = np.array(by_size.values)
    assert (batch[sizes < 8] < none[sizes < 8] - 0.01).all() and (batch[sizes >= 8] > none[sizes >= 8] - 0.01).all()
    assert (np.abs(layer - none) < 0.02).all()
    assert (np.diff(batch - in_training) < 0).all()


def test_links_to_the_page_of_networks_are_trainings_like_those_of_the_experiments():
    before, dropped, batches = (
        NetworkPlan.from_query(link).scenario
        for link in (
            tuned_networks.PRETRAINING, regularised_networks.WITH_DROPOUT, regularised_networks.IN_SMALL_BATCHES,
        )
    )  # fmt: skip
    assert before.network == fine_tuning.network_of("turned") and before.steps == fine_tuning.PRETRAINING_STEPS
    assert before.data.n == fine_tuning.old_loss("turned", 0).n
    assert dropped.network == Network(dropout.WIDTHS, dropout=regularised_networks.CHANCES[-1])
    assert (dropped.data.n, dropped.epochs, dropped.batch) == (dropout.EXAMPLES, dropout.EPOCHS, dropout.BATCH)
    assert dropped.data.train.difficulty.mean() == regularised_networks.WRONG
    assert batches.network == Network(normalisation.WIDTHS, normalisation="batch")
    assert (batches.data.n, batches.epochs) == (normalisation.EXAMPLES, normalisation.EPOCHS)
    assert batches.batch == regularised_networks.SMALL


def test_images_are_turned_about_their_centre():
    data = Digits(n=20).train
    images = data.features.reshape(-1, 8, 8)
    np.testing.assert_allclose(fine_tuning.turned(data, 0).features, data.features, atol=1e-12)
    quarter = fine_tuning.turned(data, 90).features.reshape(-1, 8, 8)
    np.testing.assert_allclose(quarter, np.rot90(images, -1, axes=(1, 2)), atol=1e-12)
    forth_and_back = fine_tuning.turned(fine_tuning.turned(data, 180), -180)
    np.testing.assert_allclose(forth_and_back.features, data.features, atol=1e-12)


def test_new_task_has_no_example_of_the_old_one():
    old, new = fine_tuning.old_loss("turned", 3), fine_tuning.new_loss("turned", 0, fine_tuning.MOST, 3)
    rows = {tuple(row) for row in old.data.features}
    assert new.n == 500 and not any(tuple(row) in rows for row in new.data.features)
    others = fine_tuning.new_loss("others", 0, 5, 3)
    assert others.n == 25 and set(others.data.targets) == set(range(5))


def test_kept_layers_are_those_before_the_last_ones():
    for kept, task in product((0, 1, 2), ("turned", "others")):
        assert fine_tuning.new_loss(task, 0, 2, 0, kept).network == replace(
            Network((64, 32, 32, 5 if task == "others" else 10)), frozen=tuple(range(1, kept + 1))
        )
