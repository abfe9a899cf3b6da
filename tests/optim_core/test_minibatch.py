"""Mini-batches of a loss over data: which examples, in which order, and their mean and variance."""

import math
from typing import Any

import numpy as np
import pytest

from landscapes import DATA_LOSSES, LANDSCAPES, SURFACES
from optim_core import OPTIMIZERS, SAMPLERS, run
from optim_core.example_sampler import ExampleSampler, batches, has_examples
from optim_core.metrics import epochs, examples_seen
from tests.optim_core.surfaces import Quadratic, assert_lane_is, assert_same_bits

LOSS = DATA_LOSSES["linear_regression"]
descent = OPTIMIZERS["gradient_descent"](0.05)
minibatch, in_order, curriculum, dropout = (SAMPLERS[k] for k in ("minibatch", "in_order", "curriculum", "dropout"))

CHOOSERS: dict[str, Any] = {key: cls for key, cls in SAMPLERS.items() if issubclass(cls, ExampleSampler)}
EVERY = pytest.mark.parametrize("key", CHOOSERS)
EVERY_LOSS = pytest.mark.parametrize("loss", DATA_LOSSES.values(), ids=lambda loss: loss.key)


def an_epoch(sampler, loss=LOSS, seed=0, number=0):
    count = batches(loss.n, sampler.size)
    return [sampler.rows_at(loss, t, seed) for t in range(number * count, (number + 1) * count)]


def test_which_samplers_need_examples():
    assert {key for key, cls in SAMPLERS.items() if cls.needs_examples} == {*CHOOSERS, "dropout"}
    assert set(CHOOSERS) == {"minibatch", "in_order", "curriculum"}
    assert {key for key, surface in SURFACES.items() if has_examples(surface)} == set(DATA_LOSSES)


def test_which_samplers_draw_at_random():
    """A batch of all examples is the whole loss; with replacement it is not."""
    fixed = [in_order(3), minibatch(LOSS.n), minibatch(LOSS.n + 5), SAMPLERS["exact"]()]
    drawn = [minibatch(LOSS.n - 1), minibatch(LOSS.n, True), curriculum(), dropout(), SAMPLERS["gradient_noise"]()]
    assert [each.is_random(LOSS) for each in [*fixed, *drawn]] == [False] * len(fixed) + [True] * len(drawn)


@pytest.mark.parametrize("key", [key for key, cls in SAMPLERS.items() if cls.needs_examples])
@pytest.mark.parametrize("surface", [Quadratic(1, 0, 1), LANDSCAPES["bowl"]])
def test_sampling_a_surface_without_examples_raises(key, surface):
    with pytest.raises(TypeError, match="no loss over examples"):
        run(surface, descent, (0.5, 0.5), 3, sampler=SAMPLERS[key]())


@pytest.mark.parametrize("size", [1, 3, 7, 20, 50])
@pytest.mark.parametrize("number", [0, 1, 5])
def test_epoch_uses_every_example_once(size, number):
    rows = an_epoch(minibatch(size), number=number)
    assert sorted(np.concatenate(rows)) == list(range(20))
    assert [len(batch) for batch in rows] == [min(size, 20 - i) for i in range(0, 20, size)]
    assert size >= 20 or (np.concatenate(rows) != np.concatenate(an_epoch(minibatch(size), number=number + 1))).any()


@EVERY
@pytest.mark.parametrize("size", [1, 6])
def test_batches_depend_only_on_seed_and_step(key, size):
    sampler = CHOOSERS[key](size)
    steps = [0, 55, 3, 119, 55, 1]  # in any order, with repeats
    one = [sampler.rows_at(LOSS, t, 4) for t in steps]
    again = [CHOOSERS[key](size).rows_at(LOSS.with_parameters(noise=0.5), t, 4) for t in steps]
    for rows, same in zip(one, again, strict=True):
        np.testing.assert_array_equal(rows, same)
    assert (one[1] == one[4]).all()
    orders = {tuple(np.concatenate([sampler.rows_at(LOSS, t, seed) for t in range(20)])) for seed in range(5)}
    assert len(orders) == (1 if key == "in_order" else 5)


@EVERY
def test_rows_of_many_seeds_are_stacked(key):
    sampler, seeds = CHOOSERS[key](4), np.array([3, 0, 3])
    rows = sampler.rows_at(LOSS, 9, seeds)
    assert rows.shape == (len(sampler.rows_at(LOSS, 9, 0)), 3)
    for index, seed in enumerate(seeds):
        np.testing.assert_array_equal(rows[:, index], sampler.rows_at(LOSS, 9, int(seed)))


@EVERY_LOSS
@pytest.mark.parametrize("size", [1, 4, 5, 20])
def test_gradients_of_an_epoch_average_to_the_full_gradient(loss, size):
    theta = np.array(loss.start)[:, None]
    gradients = [minibatch(size).at(loss, t, 0).gradient(theta) for t in range(batches(loss.n, size))]
    np.testing.assert_allclose(np.mean(gradients, axis=0), loss.gradient(theta), rtol=1e-10, atol=1e-12)
    uneven = [(minibatch(3).at(loss, t, 0).gradient(theta), len(minibatch(3).rows_at(loss, t, 0))) for t in range(7)]
    weighted = sum(g * n for g, n in uneven) / loss.n
    np.testing.assert_allclose(weighted, loss.gradient(theta), rtol=1e-10, atol=1e-12)


@EVERY_LOSS
@pytest.mark.parametrize("replacement", [False, True])
def test_batch_gradient_is_unbiased_with_the_expected_variance(loss, replacement):
    """Over the first batch of 4000 seeds, the mean holds to five standard errors; the variance is sigma^2 / B, times
    (n - B) / (n - 1) without replacement, to one tenth."""
    count, theta = 4000, np.array(loss.start)[:, None]
    singles = np.concatenate([loss.on(np.array([i])).gradient(theta) for i in range(loss.n)], axis=1)
    many = np.broadcast_to(theta, (2, count))
    for size in (1, 5):
        drawn = minibatch(size, replacement).at(loss, 0, np.arange(count)).gradient(many)
        expected = singles.var(axis=1) / size * (1 if replacement else (loss.n - size) / (loss.n - 1))
        error = np.sqrt(expected / count)
        assert (np.abs(drawn.mean(axis=1) - loss.gradient(theta)[:, 0]) < 5 * error).all()
        np.testing.assert_allclose(drawn.var(axis=1), expected, rtol=0.1 if size > 1 else 0.2)


def test_with_replacement_an_epoch_repeats_some_examples():
    rows = np.concatenate(an_epoch(minibatch(1, True)))
    assert len(rows) == 20 and len(set(rows.tolist())) < 20
    counts = np.bincount(
        np.concatenate([np.concatenate(an_epoch(minibatch(5, True), seed=s)) for s in range(500)]), minlength=20
    )
    assert np.abs(counts / 500 - 1).max() < 5 / math.sqrt(500)


def test_sorted_order_is_sorted_and_independent_of_the_seed():
    for by_feature, key in ((False, LOSS.data.targets), (True, LOSS.data.features[:, 0])):
        for number in (0, 3):
            rows = np.concatenate(an_epoch(in_order(3, by_feature), seed=number, number=number))
            assert (np.diff(key[rows]) >= 0).all() and sorted(rows) == list(range(20))


def test_curriculum_begins_with_the_easiest_examples_and_ends_with_all():
    sampler = curriculum(size=2, stages=4, stage_steps=15)
    rank = np.argsort(np.argsort(LOSS.data.difficulty))
    for stage, visible in enumerate((5, 10, 15, 20)):
        met = np.concatenate([sampler.rows_at(LOSS, t, 1) for t in range(15 * stage, 15 * (stage + 1))])
        assert set(rank[met]) == set(range(visible))
    later = np.concatenate([sampler.rows_at(LOSS, t, 1) for t in range(600, 900)])
    assert set(rank[later]) == set(range(20))
    once = [sampler.rows_at(LOSS, t, 1) for t in (0, 1, 2)]  # the first pass over the five easiest, in pairs
    assert sorted(rank[np.concatenate(once)]) == [0, 1, 2, 3, 4]


def test_curriculum_of_one_stage_shuffles_all_examples():
    rows = [curriculum(size=4, stages=1).rows_at(LOSS, t, 0) for t in range(5)]
    assert sorted(np.concatenate(rows)) == list(range(20))


@EVERY_LOSS
def test_batch_of_all_examples_is_gradient_descent(loss):
    step = OPTIMIZERS["gradient_descent"](0.05)
    exact, batch = (run(loss, step, loss.start, 100, sampler=s).points for s in (None, minibatch(2000)))
    np.testing.assert_allclose(batch, exact, rtol=1e-9, atol=1e-9)


@EVERY_LOSS
@pytest.mark.parametrize(
    "sampler",
    [minibatch(3), minibatch(4, True), in_order(3), curriculum(2, 3, 10), dropout(0.4)],
    ids=["minibatch", "replacement", "in_order", "curriculum", "dropout"],
)
def test_every_run_of_a_batch_equals_its_single_run(loss, sampler):
    starts, seeds = np.array(loss.starts).T, np.array([5, 0, 5])
    together = run(loss, OPTIMIZERS["adam"](0.1), starts, 60, sampler=sampler, seed=seeds)
    shared = run(loss, OPTIMIZERS["adam"](0.1), starts, 60, sampler=sampler, seed=5)
    for index in range(3):
        seed = int(seeds[index])
        alone = run(loss, OPTIMIZERS["adam"](0.1), starts[:, index], 60, sampler=sampler, seed=seed)
        assert_lane_is(together, (index,), alone)
        if seed == 5:
            assert_same_bits(shared.points[..., index], alone.points)


def test_recorded_losses_are_over_all_examples():
    path = run(LOSS, descent, LOSS.start, 30, sampler=minibatch(1))
    np.testing.assert_allclose(path.losses, LOSS.value(path.points.T), rtol=1e-12)


def test_sampled_dropout_drops_its_share_and_equals_ridge_on_average():
    loss = DATA_LOSSES["multiple_regression"]
    theta, count = np.array(loss.start), 4000
    many = np.broadcast_to(theta[:, None], (2, count))
    drawn = dropout(0.3).at(loss, 7, np.arange(count)).gradient(many)
    ridge = loss.with_parameters(dropout=0.3).gradient(theta)
    assert (np.abs(drawn.mean(axis=1) - ridge) < 5 * drawn.std(axis=1) / math.sqrt(count)).all()
    np.testing.assert_array_equal(drawn[:, 3], dropout(0.3).at(loss, 7, 3).gradient(theta[:, None])[:, 0])
    assert (drawn[:, 3] != dropout(0.3).at(loss, 8, 3).gradient(theta[:, None])[:, 0]).all()
    np.testing.assert_allclose(dropout(0.0).at(loss, 0, 0).gradient(theta), loss.gradient(theta), rtol=1e-12)


def test_examples_are_counted_per_evaluation():
    path = run(LOSS, descent, LOSS.start, 12, sampler=minibatch(8))
    assert examples_seen(path, minibatch(8), LOSS).tolist() == [0, 8, 16, 20, 28, 36, 40, 48, 56, 60, 68, 76, 80]
    assert epochs(path, minibatch(8), LOSS)[[3, 6, 12]].tolist() == [1, 2, 4]
    exact = run(LOSS, descent, LOSS.start, 5)
    assert examples_seen(exact, SAMPLERS["exact"](), LOSS).tolist() == [0, 20, 40, 60, 80, 100]
    # A step of Newton's method takes a gradient and a Hessian: 3 evaluations.
    newton = run(LOSS, OPTIMIZERS["newton"](), LOSS.start, 2, sampler=minibatch(5))
    assert examples_seen(newton, minibatch(5), LOSS).tolist() == [0, 15, 30]
    batch = run(LOSS, descent, np.array(LOSS.starts).T, 4, sampler=minibatch(1), seed=np.arange(3))
    assert examples_seen(batch, minibatch(1), LOSS).tolist() == [[t] * 3 for t in range(5)]


def test_ended_run_uses_no_more_examples():
    fast = OPTIMIZERS["gradient_descent"](np.array([0.01, 10.0]))
    path = run(LOSS, fast, LOSS.start, 80, sampler=minibatch(5))
    seen = examples_seen(path, minibatch(5), LOSS)
    last = int(path.last_step[1])
    assert last < 80 and np.isnan(seen[last + 1 :, 1]).all() and seen[last, 1] == 5 * last
    assert seen[80, 0] == 400
