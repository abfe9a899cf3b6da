"""Gradient noise depends only on the seed and the step."""

import numpy as np

from optim_core import OPTIMIZERS, SAMPLERS, run
from optim_core.sampler import MOST_SEEDS, TOGETHER, normal_at
from tests.golden.cases import Rosenbrock
from tests.optim_core.surfaces import Quadratic, assert_same_bits

noise = SAMPLERS["gradient_noise"]
descent = OPTIMIZERS["gradient_descent"](0.01)
BOWL = Quadratic(1, 0, 1)


def test_noise_depends_on_the_seed() -> None:
    one, same, other = (run(BOWL, descent, (0.5, 0.5), 40, sampler=noise(), seed=s).points for s in (7, 7, 8))
    assert_same_bits(one, same)
    assert (one[1:] != other[1:]).all()


def test_all_optimizers_and_runs_with_one_seed_have_the_same_noise() -> None:
    path = run(BOWL, descent, np.array([[0.5, -0.2], [0.5, 0.9]]), 40, sampler=noise(), record_state=True)
    met = path.state["g"] - path.points[:-1]
    np.testing.assert_allclose(met[..., 0], met[..., 1], atol=1e-14)
    other = run(BOWL, OPTIMIZERS["adam"](0.05), (0.1, 0.1), 40, sampler=noise(), record_state=True)
    np.testing.assert_allclose(met[..., 0], other.state["g"] - other.points[:-1], atol=1e-14)


def test_array_of_seeds_gives_a_batch_of_runs() -> None:
    path = run(BOWL, descent, (0.5, 0.5), 40, sampler=noise(), seed=np.arange(6).reshape(2, 3))
    assert path.points.shape == (41, 2, 2, 3)
    assert_same_bits(path.points[..., 1, 2], run(BOWL, descent, (0.5, 0.5), 40, sampler=noise(), seed=5).points)


def test_noise_of_a_seed_is_independent_of_the_other_seeds() -> None:
    for seeds in (np.arange(3), np.arange(40, 42, dtype=np.uint8), np.arange(MOST_SEEDS + 1)):
        for t in (0, TOGETHER - 1, TOGETHER, 3 * TOGETHER + 2):
            assert_same_bits(normal_at(seeds, t), np.concatenate([normal_at(int(seed), t) for seed in seeds], axis=1))


def test_longer_run_begins_like_a_shorter_one() -> None:
    long, short = (run(BOWL, descent, (0.5, 0.5), steps, sampler=noise(), seed=3).points for steps in (80, 30))
    assert_same_bits(long[:31], short)


def test_noise_is_normal_with_the_variance_of_its_formula() -> None:
    """Over 4000 seeds the variance at step t is eta / (1 + t)^gamma to five standard errors, per coordinate."""
    n, sampler = 4000, noise(eta=2.0, gamma=0.8)
    still = np.zeros((2, n))
    for t in (0, 9):
        drawn = sampler.at(BOWL, t, np.arange(n)).gradient(still)
        variance = 2.0 / (1 + t) ** 0.8
        assert drawn.shape == (2, n)
        assert (np.abs(drawn.mean(axis=1)) < 5 * np.sqrt(variance / n)).all()
        assert (np.abs(drawn.var(axis=1) / variance - 1) < 5 * np.sqrt(2 / n)).all()
        assert abs(np.asarray(np.corrcoef(drawn))[0, 1]) < 5 / np.sqrt(n)
        share = (np.abs(drawn) < np.sqrt(variance)).mean()
        assert abs(share - 0.6827) < 5 * np.sqrt(0.6827 * 0.3173 / (2 * n))


def test_noise_differs_between_steps() -> None:
    drawn = np.array([normal_at(0, t)[:, 0] for t in range(2000)])
    for lag in (1, 2, 25):
        assert np.abs((drawn[lag:] * drawn[:-lag]).mean(axis=0)).max() < 5 / np.sqrt(2000)


def test_value_and_hessian_stay_exact() -> None:
    theta = np.array([[0.3], [0.4]])
    seen = noise().at(Rosenbrock(), 0, 1)
    np.testing.assert_array_equal(seen.value(theta), Rosenbrock().value(theta))
    np.testing.assert_array_equal(seen.hessian(theta), Rosenbrock().hessian(theta))
    assert (seen.gradient(theta) != Rosenbrock().gradient(theta)).all()
    assert SAMPLERS["exact"]().at(seen, 0, 1) is seen
